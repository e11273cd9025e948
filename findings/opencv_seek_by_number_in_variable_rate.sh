#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: set(CAP_PROP_POS_FRAMES, n) where the frame rate varies.
#
# One would guess: after it, read() gives frame n, the one that the n-th read() from the start
#   would give, the more so where set() returned True.
# What happens: number and time are turned into each other by ONE average rate. In an MP4 of 100
#   frames that slows down half-way, numbers 55 to 77 give the frame 22 later and 78 to 99 none;
#   in a Matroska file with the uneven steps of a recorded screen, frames are off by two, while
#   set() returns True and the property is n afterwards. With a constant rate all are right.
# Why it matters: labels name frames by number. A tool that jumps to a label's frame this way
#   shows, or trains on, another picture than the one labelled; reading in order does not.
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
from itertools import accumulate

import av
import cv2
import numpy as np

print(f"opencv-python-headless {version('opencv-python-headless')}, written by av {version('av')}")

FRAMES = 100
FILMS = {  # times of the frames, in milliseconds
    "constant.mp4": [40 * k for k in range(FRAMES)],
    "slower.mp4": [40 * k if k < 50 else 2000 + 200 * (k - 50) for k in range(FRAMES)],
    "uneven.mkv": list(accumulate([33, 34, 33, 66] * 25, initial=0))[:FRAMES],
}


def picture_of(number):
    """Returns a picture that shows its number as ten black or white stripes."""
    bits = [255 * (number >> bit & 1) for bit in range(10)]
    return np.repeat(np.tile(np.array(bits, np.uint8), (64, 1)), 16, axis=1)


def number_in(picture):
    stripes = picture.reshape(64, 10, 16, 3)[:, :, 4:12].mean(axis=(0, 2, 3))
    return sum(1 << bit for bit in range(10) if stripes[bit] > 128)


def write(name, times):
    with av.open(name, "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture_of(number), format="gray")
            frame = frame.reformat(format="yuv420p")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def read_in_order(name):
    film = cv2.VideoCapture(name)
    numbers = [number_in(film.read()[1]) for _ in range(FRAMES)]
    return numbers, film.read()[0], int(film.get(cv2.CAP_PROP_FRAME_COUNT))


def read_by_number(name):
    film = cv2.VideoCapture(name)
    answers, places, numbers = [], [], []
    for wanted in range(FRAMES):
        answers.append(film.set(cv2.CAP_PROP_POS_FRAMES, wanted))
        places.append(int(film.get(cv2.CAP_PROP_POS_FRAMES)))
        read, picture = film.read()
        numbers.append(number_in(picture) if read else None)
    return numbers, all(answers), places == list(range(FRAMES))


wrong = {}
for name, times in FILMS.items():
    write(name, times)
    in_order, more, count = read_in_order(name)
    numbers, accepted, said = read_by_number(name)
    wrong[name] = {n: got for n, got in enumerate(numbers) if got != n}
    print(
        f"{name}: FRAME_COUNT {count}, read in order all right: "
        f"{in_order == list(range(FRAMES)) and not more}"
    )
    print(f"  set() returned True each time: {accepted}, property is then the number: {said}")
    other = {n: got for n, got in wrong[name].items() if got is not None}
    print(
        f"  by number: {len(other)} give another frame {dict(list(other.items())[:3])}, "
        f"{len(wrong[name]) - len(other)} give none"
    )
    if in_order != list(range(FRAMES)) or more:
        sys.exit("Not even reading in order is right")

slower, uneven = wrong["slower.mp4"], wrong["uneven.mkv"]
if wrong["constant.mp4"] or slower.get(60) != 82 or slower.get(90, 90) is not None or not uneven:
    sys.exit("No longer as stated")
print("As stated: where the rate varies, the number asked for is not the frame that is read.")
PY
