#!/usr/bin/env bash
# pybboxes 0.1.6: convert_bbox and compute_iou with fractions of pixels.
#
# One would guess: changing the layout of four numbers changes no box, the less so between two
#   formats that both count in shares of the picture; an overlap is that of the boxes given.
# What happens: everything goes by way of whole pixels. YOLO to YOLO moves a box by up to half a
#   pixel at each edge, and so do YOLO to Albumentations or FiftyOne; Python rounds halves to the
#   even number, so 2.5 becomes 2 and 3.5 becomes 4. The overlap of two COCO boxes that lie 0.8
#   pixels apart in both directions is 1; of two that share nearly half their width it is 0. A box
#   0.4 pixels wide is refused, with a sentence that says its width is not above 0.
# Why it matters: labels and results of tracking have fractions (GOT-10k, LaSOT, COCO, MOT). A
#   target 10 pixels wide loses up to a tenth of its width, and scores near the threshold flip.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet pybboxes==0.1.6 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from pybboxes import convert_bbox
from pybboxes.functional import compute_iou

print(f"pybboxes {version('pybboxes')}")
PICTURE = WIDTH, HEIGHT = (640, 480)

box_cxcywh = (100.75 / WIDTH, 50.75 / HEIGHT, 9.1 / WIDTH, 9.1 / HEIGHT)
edges = {"given": [96.2, 105.3]}  # left and right, in pixels
cx, _, width, _ = convert_bbox(box_cxcywh, "yolo", "yolo", image_size=PICTURE)
edges["yolo to yolo"] = [(cx - width / 2) * WIDTH, (cx + width / 2) * WIDTH]
left, _, right, _ = convert_bbox(box_cxcywh, "yolo", "albumentations", image_size=PICTURE)
edges["yolo to albumentations"] = [left * WIDTH, right * WIDTH]
left, _, width, _ = convert_bbox(box_cxcywh, "yolo", "fiftyone", image_size=PICTURE)
edges["yolo to fiftyone"] = [left * WIDTH, (left + width) * WIDTH]
for words, ends in edges.items():
    edges[words] = [round(end, 6) for end in ends]
    print(f"left and right edge, {words}: {edges[words]}")


def right_overlap(one, other):
    shares = [
        max(0, min(one[k] + one[k + 2], other[k] + other[k + 2]) - max(one[k], other[k]))
        for k in (0, 1)
    ]
    shared = shares[0] * shares[1]
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


PAIRS = [  # left, top, width, height
    ((10.4, 10.4, 3, 3), (9.6, 9.6, 3, 3)),
    ((10.5, 10, 2, 2), (11.6, 10, 2, 2)),
    ((2.5, 0, 4, 4), (3.5, 0, 4, 4)),
]
overlaps = []
for one, other in PAIRS:
    found, wanted = compute_iou(one, other, bbox_type="coco"), right_overlap(one, other)
    overlaps.append((round(found, 2), round(wanted, 2)))
    print(f"{one} and {other}: overlap {found:.2f}, right is {wanted:.2f}")

try:
    thin = compute_iou((10, 10, 0.4, 5), (10, 10, 0.4, 5), bbox_type="coco")
except ValueError as error:
    thin = str(error)
print(f"0.4 pixels wide, with itself: {thin}")

moved = [96.0, 105.0]
if edges != dict.fromkeys(edges, moved) | {"given": [96.2, 105.3]}:
    sys.exit("No longer as stated: edges")
if overlaps != [(1.0, 0.37), (0.0, 0.29), (0.33, 0.6)] or "greater than 0" not in str(thin):
    sys.exit("No longer as stated: overlaps")
print("As stated: boxes become whole pixels before anything is done with them.")
PY
