#!/usr/bin/env bash
# vot-toolkit 0.9.0 (with attributee 0.1.9): which masks it takes for empty.
#
# One would guess: a mask is empty when no pixel of it is set.
# What happens: it is empty when its last set column or row, counted inside its own region, has
#   number 0. A target that stands in the first column of its region is gone, however tall it is;
#   reading even drops its pixels and its place, and with one more set column it is all there.
# Why it matters: VOT writes a mask in the smallest region around it, so a target seen one pixel
#   wide (a pole, a person behind a door) is read as "not in the picture" and that frame counts
#   differently in every measure.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet vot-toolkit==0.9.0 attributee==0.1.9 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from vot.region.io import parse_region
from vot.region.shapes import Mask

print(f"vot-toolkit {version('vot-toolkit')}, attributee {version('attributee')}")

# left, top, width and height of the region, then lengths of runs: unset, set, unset, ...
LINES = {
    "m7,5,1,2,0,2": "two pixels above each other, the region one wide",
    "m7,5,2,1,0,2": "two pixels side by side, the region one high",
    "m7,5,2,2,0,1,1,1,1": "two pixels above each other, an unset column to the right",
    "m6,5,2,2,1,1,1,1": "two pixels above each other, an unset column to the left",
    "m7,5,2,2,0,4": "two by two pixels",
}
seen = {}
for line, words in LINES.items():
    region = parse_region(line)
    seen[line] = (bool(region.is_empty()), str(region))
    print(f"{line:20} {words}: empty {seen[line][0]}, written again {region}")

edge = np.zeros((40, 60), np.uint8)
edge[10:30, 0] = 1
seen["edge"] = bool(Mask(edge).is_empty())
print(f"20 pixels in the first column of a whole picture: empty {seen['edge']}")

stated = {
    "m7,5,1,2,0,2": (True, "m0,0,0,0,0"),
    "m7,5,2,1,0,2": (True, "m7,5,2,1,0,2"),
    "m7,5,2,2,0,1,1,1,1": (True, "m0,0,0,0,0"),
    "m6,5,2,2,1,1,1,1": (True, "m7,5,1,2,0,2"),
    "m7,5,2,2,0,4": (False, "m7,5,2,2,0,4"),
    "edge": True,
}
if seen != stated:
    sys.exit(f"No longer as stated, which was {stated}")
print("As stated: masks with set pixels count as empty.")
PY
