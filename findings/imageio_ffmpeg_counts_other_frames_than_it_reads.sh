#!/usr/bin/env bash
# imageio 2.38.1 with imageio-ffmpeg 0.8.1: films whose frame rate varies.
#
# One would guess: iterating gives each frame of the file once, as many as count_frames() of the
#   same reader says and as the same imageio gives by its other plugin for films ("pyav").
# What happens: frames are repeated until the rate is constant, without a word. A film of 100
#   frames that slows down half-way gives 296 (as MP4) or 299 (as Matroska); one with a pause of
#   0.4 seconds 112 or 110. count_frames() says 100 for all of them; "pyav" reads 100.
# Why it matters: telephones and screen recorders make such films. From the first pause on, the
#   label of frame n lies on another picture, and a tracker's results have lines too many.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet imageio==2.38.1 imageio-ffmpeg==0.8.1 av==18.1.0 numpy==2.4.6
cd "$folder"

"$folder/env/bin/python" - <<'PY'
import sys
from fractions import Fraction
from importlib.metadata import version

import av
import imageio.v2
import imageio.v3
import numpy as np

print(f"imageio {version('imageio')}, imageio-ffmpeg {version('imageio-ffmpeg')}")
print(f"films written by av {version('av')}")

FILMS = {  # times of 100 frames, in milliseconds
    "constant": [40 * k for k in range(100)],
    "slower": [40 * k if k < 50 else 2000 + 200 * (k - 50) for k in range(100)],
    "pause": [40 * k if k < 50 else 40 * k + 400 for k in range(100)],
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


def numbers(name, plugin):
    return [number_in(picture) for picture in imageio.v3.imiter(name, plugin=plugin)]


seen = {}
for words, times in FILMS.items():
    for ending in ("mp4", "mkv"):
        name = f"{words}.{ending}"
        write(name, times)
        with imageio.v2.get_reader(name, "ffmpeg") as reader:
            counted = reader.count_frames()
        by_ffmpeg, by_pyav = numbers(name, "FFMPEG"), numbers(name, "pyav")
        seen[name] = counted, len(by_ffmpeg)
        print(
            f"{name}: count_frames() {counted}, read {len(by_ffmpeg)}, by pyav {len(by_pyav)}; "
            f"read as number 70: frame {by_ffmpeg[70]}"
        )
        if by_pyav != list(range(100)):
            sys.exit("Not even the other plugin reads frames 0 to 99")

right = all(seen[f"constant.{ending}"] == (100, 100) for ending in ("mp4", "mkv"))
counts = {counted for counted, _ in seen.values()}
repeated = all(read > 105 for name, (_, read) in seen.items() if not name.startswith("constant"))
if not right or counts != {100} or not repeated:
    sys.exit("No longer as stated")
print("As stated: more frames are read than are there, and than were counted.")
PY
