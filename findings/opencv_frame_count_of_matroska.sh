#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: CAP_PROP_FRAME_COUNT of Matroska and WebM files.
#
# One would guess: how many frames can be read.
# What happens: these files keep no count, and the answer is the end of the film times the frame
#   rate, as an ordinary number. A film of 100 frames whose rate drops half-way has "296"; one at
#   a constant rate whose first frame is not at 0 (cut out of a longer one) has "150". As MP4 both
#   have 100. Reading gives all 100 frames of each.
# Why it matters: recordings of screens, calls and browsers are such files. An array laid out by
#   that number, or a check "as many labels as frames", is wrong by a factor; only reading tells.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet opencv-python-headless==5.0.0.93 av==18.1.0 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from fractions import Fraction
from importlib.metadata import version

import av
import cv2
import numpy as np

print(f"opencv-python-headless {version('opencv-python-headless')}, written by av {version('av')}")

TIMES = {  # of the frames, in milliseconds
    "constant": [40 * k for k in range(100)],
    "slower": [40 * k if k < 50 else 2000 + 200 * (k - 50) for k in range(100)],
    "late": [2000 + 40 * k for k in range(100)],
}


def write(name, times):
    with av.open(name, "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time in times:
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 160, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def counted_and_read(name):
    film = cv2.VideoCapture(name)
    counted = film.get(cv2.CAP_PROP_FRAME_COUNT)
    read = 0
    while film.read()[0]:
        read += 1
    film.release()
    return int(counted), read


seen = {}
for words, times in TIMES.items():
    for ending in ("mp4", "mkv"):
        name = f"{words}.{ending}"
        write(name, times)
        seen[name] = counted_and_read(name)
        print(f"{name}: FRAME_COUNT {seen[name][0]}, frames read {seen[name][1]}")

stated = dict.fromkeys(seen, (100, 100)) | {"slower.mkv": (296, 100), "late.mkv": (150, 100)}
if seen != stated:
    sys.exit(f"No longer as stated, which was {stated}")
print("As stated: the count of Matroska films is no count.")
PY
