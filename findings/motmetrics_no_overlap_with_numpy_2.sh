#!/usr/bin/env bash
# motmetrics 1.4.0 with NumPy 2 (2.4.6).
#
# One would guess: what pip installs for it works; it asks for "numpy>=1.12.1".
# What happens: reading labels and distances of points work, but the overlap of boxes, and with it
#   every score of boxes, raises AttributeError: it calls a function that NumPy 2 has not.
# Why it matters: the newest release in a new environment reads two label files and then cannot
#   compare them by their boxes. With numpy==1.26.4 (and a pandas of its time) it can.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > compare.py <<'PY'
import sys
from importlib.metadata import requires, version
from pathlib import Path

import motmetrics

asked = [line for line in requires("motmetrics") if line.startswith("numpy")]
print(f"motmetrics {version('motmetrics')} asks for {asked}, NumPy is {version('numpy')}")

Path("mot.txt").write_text("1,1,10,20,30,40,1,1,1\n2,1,11,20,30,40,1,1,1\n")
labels = motmetrics.io.loadtxt("mot.txt", fmt="mot16")
points = motmetrics.distances.norm2squared_matrix([[0, 0]], [[3, 4]]).tolist()
print(f"rows read: {len(labels)}, squared distance of two points: {points}")
try:
    scored = motmetrics.utils.compare_to_groundtruth(labels, labels, "iou", distth=0.5)
    found = f"{len(scored.mot_events)} matches"
except AttributeError as error:
    found = "AttributeError"
    print(error)
print(f"labels compared with themselves: {found}")
if (len(labels), points, found) != (2, [[25.0]], sys.argv[1]):
    sys.exit("No longer as stated")
PY

python3.11 -m venv new
new/bin/pip install --quiet motmetrics==1.4.0 numpy==2.4.6 pandas==3.1.1
new/bin/python compare.py AttributeError

python3.11 -m venv old
old/bin/pip install --quiet motmetrics==1.4.0 numpy==1.26.4 pandas==2.2.3 scipy==1.13.1
old/bin/python compare.py "2 matches"
echo "As stated: boxes are compared with NumPy 1 only."
