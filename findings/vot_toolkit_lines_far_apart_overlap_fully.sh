#!/usr/bin/env bash
# vot-toolkit 0.9.0 (with attributee 0.1.9): overlap of regions that are one pixel wide or high.
#
# One would guess: two boxes without a common pixel overlap by 0.
# What happens: if the box around both is one pixel wide or high, the answer is 1, the best there
#   is, also for boxes hundreds of pixels apart. With one pixel more it is 0 again.
# Why it matters: a tracker that shrinks to a line in the target's row is scored as perfect, and
#   whoever compares read labels by this function sees no difference between two of them.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet vot-toolkit==0.9.0 attributee==0.1.9 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from vot.region.raster import calculate_overlap
from vot.region.shapes import Rectangle

print(f"vot-toolkit {version('vot-toolkit')}, attributee {version('attributee')}")

PAIRS = {  # left, top, width, height
    "lines in one row": ((0, 7, 10, 1), (500, 7, 10, 1)),
    "lines in one column": ((5, 0, 1, 10), (5, 100, 1, 10)),
    "the same, two pixels wide": ((5, 0, 2, 10), (5, 100, 2, 10)),
    "lines in two columns": ((5, 0, 1, 10), (6, 100, 1, 10)),
}
seen = {}
for words, (first, second) in PAIRS.items():
    seen[words] = float(calculate_overlap(Rectangle(*first), Rectangle(*second)))
    print(f"{words}: {first} and {second} overlap by {seen[words]}")

if list(seen.values()) != [1.0, 1.0, 0.0, 0.0]:
    sys.exit("No longer as stated, which was 1, 1, 0, 0")
print("As stated: lines far apart in one row or column overlap fully.")
PY
