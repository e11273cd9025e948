#!/usr/bin/env bash
# datumaro 1.13.12: from CVAT's XML of a video to the MOT format.
#
# One would guess: the box of frame 6 is written as frame 7 (MOT counts from 1), and a box that
#   CVAT marks as outside (the target has left) is not written, or as not visible.
# What happens: frames are numbered anew by their place among those that have a row, so frames
#   0, 2, 3, 4, 6 become 1 to 5; the outside box is written like any other, with visibility 1.
#   No word of either, although the items know their frame and their outside mark.
# Why it matters: after the first frame without a label every box lies on another picture than
#   the one it was drawn on, and targets stay where they were last seen after they are gone.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet datumaro==1.13.12 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

from datumaro.components.dataset import Dataset

print(f"datumaro {version('datumaro')}")

OUTSIDE = {0: 0, 2: 0, 3: 0, 4: 1, 6: 0}  # frame: has the target left?
boxes = "".join(
    f'<box frame="{frame}" xtl="{10 + frame}.00" ytl="20.00" xbr="{40 + frame}.00" ybr="60.00"'
    f' outside="{outside}" occluded="0" keyframe="1" z_order="0"></box>\n'
    for frame, outside in OUTSIDE.items()
)
Path("cvat").mkdir()
Path("cvat/annotations.xml").write_text(
    '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta><task>'
    "<id>1</id><name>street</name><size>8</size><mode>interpolation</mode><overlap>0</overlap>"
    "<flipped>False</flipped><start_frame>0</start_frame><stop_frame>7</stop_frame>"
    "<frame_filter></frame_filter><labels><label><name>car</name><attributes></attributes>"
    "</label></labels><original_size><width>200</width><height>100</height></original_size>"
    f'</task></meta>\n<track id="0" label="car">\n{boxes}</track></annotations>\n'
)

dataset = Dataset.import_from("cvat", "cvat")
known = {
    item.attributes["frame"]: bool(item.annotations[0].attributes["outside"]) for item in dataset
}
print(f"read, frame and outside: {known}")
dataset.export("mot", "mot_seq_gt")
rows = [line.split(",") for line in Path("mot/gt/gt.txt").read_text().split()]
print("written, frame, left edge and visibility:")
written = [(int(row[0]), float(row[2]), float(row[8])) for row in rows]
for row in written:
    print("  ", *row)

stated = [(1, 10.0, 1.0), (2, 12.0, 1.0), (3, 13.0, 1.0), (4, 14.0, 1.0), (5, 16.0, 1.0)]
if known != {0: False, 2: False, 3: False, 4: True, 6: False} or written != stated:
    sys.exit(f"No longer as stated, which was {stated}")
print("As stated: frames 0, 2, 3, 4, 6 became 1 to 5, and the outside box is visible.")
PY
