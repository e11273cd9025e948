#!/usr/bin/env bash
# motmetrics 1.4.0: io.loadtxt(..., fmt="mot16").
#
# One would guess: columns X and Y are what the file says; neither the function's documentation
#   nor the table's speaks of anything else.
# What happens: 1 is taken off each, for the MOTChallenge's own files count pixels from 1. It is
#   done to every file, so in one that counts from 0 (as datumaro writes it) the box of
#   the picture's corner starts at -1, -1. The reader of the VATIC format takes nothing off.
# Why it matters: boxes that a tracker keeps in memory, scored against labels read this way, or
#   labels read from two formats, lie a pixel apart; a small target then never overlaps fully.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet motmetrics==1.4.0 pandas==3.1.1 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

import motmetrics
import numpy as np

print(f"motmetrics {version('motmetrics')}")

BOX = [0, 0, 10, 20]  # left, top, width, height: the picture's first corner, counted from 0
Path("mot.txt").write_text("1,1,0,0,10,20,1,1,1\n")
Path("vatic.txt").write_text('1 0 0 10 20 1 0 0 0 "person"\n')


def read_as(fmt, name):
    columns = ["X", "Y", "Width", "Height"]
    return motmetrics.io.loadtxt(name, fmt=fmt)[columns].to_numpy().astype(float).tolist()


of_mot, of_vatic = read_as("mot16", "mot.txt"), read_as("vatic-txt", "vatic.txt")
overlap = float(motmetrics.distances.boxiou(np.array(BOX, float), np.array(of_mot[0])))
told = "matlab" in (motmetrics.io.load_motchallenge.__doc__ + motmetrics.io.loadtxt.__doc__).lower()
print(f"written: {BOX}")
print(f"read as mot16: {of_mot[0]}, read as vatic-txt: {of_vatic[0]}")
print(f"overlap of the box written and the box read: {overlap:.2f}")
print(f"documentation of the reader tells of it: {told}")

if of_mot != [[-1, -1, 10, 20]] or of_vatic != [BOX] or round(overlap, 2) != 0.75 or told:
    sys.exit("No longer as stated")
print("As stated: the box moved by a pixel to the left and up.")
PY
