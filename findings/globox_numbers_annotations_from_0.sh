#!/usr/bin/env bash
# globox 2.9.0 writes a COCO file, pycocotools 2.0.11 scores by it.
#
# One would guess: boxes equal to the labels score 1 by COCO's own evaluation; COCO asks of an
#   annotation's number only that no two are the same.
# What happens: globox numbers annotations from 0 (and gives no way to choose). pycocotools writes
#   down which label a box was matched with by that number, and takes 0 for "with none". So the
#   first label of every such file is missed and its box a false alarm: a film with one labelled
#   frame scores 0, four frames 0.56. globox's own evaluation of the same says 1.
# Why it matters: small sets suffer most (key frames of one target), the score still looks like a
#   score, and the two tools that one would compare disagree for no visible reason.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet globox==2.9.0 pycocotools==2.0.11 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import contextlib
import io
import json
import sys
from importlib.metadata import version
from pathlib import Path

from globox import Annotation, AnnotationSet, BoundingBox, COCOEvaluator
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

print(f"globox {version('globox')}, pycocotools {version('pycocotools')}")


def film(frames, **score):
    return AnnotationSet(
        Annotation(
            f"{frame:08}.jpg",
            (200, 100),
            [BoundingBox(label="car", xmin=10 + frame, ymin=20, xmax=50 + frame, ymax=60, **score)],
        )
        for frame in range(frames)
    )


def precision_by_pycocotools(labels, first):
    """Returns the average precision of the labels' own boxes, labels numbered from `first`."""
    for number, annotation in enumerate(labels["annotations"], first):
        annotation["id"] = number
    Path("labels.json").write_text(json.dumps(labels))
    boxes = [
        {key: label[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.9}
        for label in labels["annotations"]
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO("labels.json")
        evaluation = COCOeval(truth, truth.loadRes(boxes), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return round(float(evaluation.stats[0]), 2)


seen = {}
for frames in (1, 4, 20):
    film(frames).save_coco("written.json", auto_ids=True)
    labels = json.loads(Path("written.json").read_text())
    first = labels["annotations"][0]["id"]
    own = COCOEvaluator(ground_truths=film(frames), predictions=film(frames, confidence=0.9)).ap()
    seen[frames] = (
        first,
        precision_by_pycocotools(labels, first),
        precision_by_pycocotools(labels, 1),
        round(float(own), 2),
    )
    print(
        f"{frames} frames, labels numbered from {seen[frames][0]}: AP {seen[frames][1]}, "
        f"numbered from 1: {seen[frames][2]}, by globox itself: {seen[frames][3]}"
    )

perfect = all(answer[2:] == (1.0, 1.0) for answer in seen.values())
numbered = all(answer[0] == 0 for answer in seen.values())
if not (perfect and numbered and seen[1][1] == 0.0 and seen[4][1] == 0.56 and seen[20][1] < 0.95):
    sys.exit("No longer as stated")
print("As stated: label number 0 is never found.")
PY
