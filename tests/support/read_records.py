"""Designs and records that reading is tested with."""

import numpy as np
from PIL import Image, ImageDraw

from tests.support.parameter_files import load_design

GREY = (90, 120, 150)
DESIGN = load_design(batch_size=3)
# what is seen is compared with frames, so nothing but the place is changed
PLAIN = {"stretch": 0.0, "colour_jitter": 0.0, "grey_share": 0.0}


def same(one, other):
    return all(np.array_equal(one[key], other[key]) for key in one)


def save_frame(path, size=(160, 90), disc=None, square=None, suffix=".png"):
    """A grey frame with a white disc (x, y, radius) or a red square (left, top, side)."""
    image = Image.new("RGB", size, GREY)
    draw = ImageDraw.Draw(image)
    if disc:
        x, y, radius = disc
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill="white")
    if square:
        left, top, side = square
        draw.rectangle((left, top, left + side - 1, top + side - 1), fill=(255, 0, 0))
    image.save(path / f"frame{suffix}")
    return f"frame{suffix}"
