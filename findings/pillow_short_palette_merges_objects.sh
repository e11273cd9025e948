#!/usr/bin/env bash
# Pillow 13.0.0: a mask of object numbers with a palette, saved as PNG.
#
# One would guess: the palette is only how the numbers look; the documentation of PNG's option
#   "bits" says that 8 bits a pixel are written where it is not given, so any number up to 255
#   comes back.
# What happens: 1, 2 or 4 bits are written if the palette has no more colours than that, and
#   higher numbers lose their upper bits. With three colours object 5 comes back as object 1, and
#   object 40 as background. No error, and bits=8 does not help; a palette of 17 colours does, and
#   as TIFF the same picture keeps its numbers.
# Why it matters: masks of videos (DAVIS, YouTube-VOS) are such files; who saves them with a few
#   colours of his own makes two targets into one, or has one vanish.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet pillow==13.0.0 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from PIL import Image

print(f"Pillow {version('pillow')}")

OBJECTS = [0, 1, 2, 5, 9, 40]


def read_again(colours, name, **options):
    """Returns the numbers that come back for OBJECTS under a palette of so many colours."""
    mask = Image.fromarray(np.array([OBJECTS], np.uint8))
    mask.putpalette([channel for k in range(colours) for channel in (255 * (k > 0), 12 * k, 0)])
    mask.save(name, **options)
    with Image.open(name) as again:
        return np.asarray(again)[0].tolist()


seen = {
    "PNG, 2 colours": read_again(2, "two.png"),
    "PNG, 3 colours": read_again(3, "three.png"),
    "PNG, 16 colours": read_again(16, "sixteen.png"),
    "PNG, 17 colours": read_again(17, "seventeen.png"),
    "PNG, 3 colours, bits=8": read_again(3, "eight_bits.png", bits=8),
    "TIFF, 3 colours": read_again(3, "three.tiff"),
}
print(f"{'saved':24}{OBJECTS}")
for words, objects in seen.items():
    print(f"{words:24}{objects}")

stated = {
    "PNG, 2 colours": [0, 1, 1, 1, 1, 1],
    "PNG, 3 colours": [0, 1, 2, 1, 1, 0],
    "PNG, 16 colours": [0, 1, 2, 5, 9, 8],
    "PNG, 17 colours": OBJECTS,
    "PNG, 3 colours, bits=8": [0, 1, 2, 1, 1, 0],
    "TIFF, 3 colours": OBJECTS,
}
if seen != stated:
    sys.exit(f"No longer as stated, which was {stated}")
print("As stated: numbers above a short palette become other numbers.")
PY
