"""Boxes, captions, crops and heat maps on pictures (Pillow only).

Boxes are ltwh in frame pixels, edge convention: pixel i covers [i, i + 1). A box with a NaN, or
None, is absent and draws nothing.
"""

import functools
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PREDICTED = (255, 0, 0)
TRUTH = (0, 255, 0)
SEARCH = (255, 210, 0)
INK = (255, 255, 255)
PAPER = (0, 0, 0)

CAPTION_HEIGHT = 18

_CAPTION_SIZE = 12

_HEAT = np.array(
    [(0, 0, 90), (0, 60, 255), (0, 220, 220), (120, 255, 60), (255, 220, 0), (255, 40, 0)],
    dtype=np.float64,
)


def fit_size(size: tuple[int, int], max_width: int, max_height: int = 10**6) -> tuple[int, int]:
    """The largest size of the same aspect ratio within the limits, never larger than `size`.

    Args:
        size: (width, height), pixels.
        max_width: Limit of the width.
        max_height: Limit of the height.

    Returns:
        (width, height), each at least 1.
    """
    factor = min(1.0, max_width / size[0], max_height / size[1])
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def draw_box(
    draw: ImageDraw.ImageDraw,
    box_ltwh: np.ndarray | None,
    ink: tuple[int, int, int] | int,
    scale: tuple[float, float] = (1.0, 1.0),
    width: int = 2,
) -> None:
    """Outlines the pixels that a box covers.

    Args:
        draw: Of the picture.
        box_ltwh: float [4], frame pixels; NaN or None: nothing is drawn.
        ink: Colour, or palette index for a picture with a palette.
        scale: Picture pixels per frame pixel, (x, y).
        width: Of the line, picture pixels; it lies inside the box.
    """
    if box_ltwh is None or not np.all(np.isfinite(box_ltwh)):
        return
    left, top, box_width, box_height = np.asarray(box_ltwh, dtype=np.float64)
    x0, x1 = round(left * scale[0]), round((left + box_width) * scale[0]) - 1
    y0, y1 = round(top * scale[1]), round((top + box_height) * scale[1]) - 1
    draw.rectangle([x0, y0, max(x0, x1), max(y0, y1)], outline=ink, width=width)


def draw_caption(
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    text: str,
    ink: tuple[int, int, int] | int = INK,
    size: int = _CAPTION_SIZE,
) -> None:
    """Writes a line with its left upper corner at a place; 1.5 times `size` pixels suffice."""
    draw.text((corner[0] + 3, corner[1] + 2), text, fill=ink, font=_font(size))


def crop_area(frame: Image.Image, box_ltwh: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """Cuts an area out of a frame; outside of it lies the frame's mean colour.

    Args:
        frame: RGB.
        box_ltwh: float [4], the area, frame pixels.
        size: (width, height) of the result, pixels.

    Returns:
        RGB of `size`; all of the mean colour where the area has a NaN or no extent.
    """
    mean = tuple(int(v) for v in np.asarray(frame).reshape(-1, 3).mean(axis=0).round())
    if not (np.all(np.isfinite(box_ltwh)) and min(box_ltwh[2:]) > 0):
        return Image.new("RGB", size, mean)
    left, top, width, height = (float(v) for v in box_ltwh)
    extent = (left, top, left + width, top + height)
    return frame.transform(
        size, Image.Transform.EXTENT, extent, Image.Resampling.BILINEAR, fillcolor=mean
    )


def heat_colours(values: np.ndarray) -> np.ndarray:
    """Colours a map from blue (0) through green to red (255): uint8 [h, w] to uint8 [h, w, 3]."""
    at = values.astype(np.float64) / 255 * (len(_HEAT) - 1)
    channels = [np.interp(at, np.arange(len(_HEAT)), channel) for channel in _HEAT.T]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def overlay_response(crop: Image.Image, response: np.ndarray, share: float) -> Image.Image:
    """Lays a response over the middle of the search crop that it belongs to.

    Args:
        crop: RGB, square: the search area.
        response: uint8 [r, r], 0...255; its outermost values belong to the outermost positions.
        share: Distance of the outermost positions as a share of the crop's side, > 0...1.

    Returns:
        RGB of the crop's size; strong values cover the crop more than weak ones.
    """
    cells = len(response)
    # The values lie at the middle of their cells, so the map is one cell wider than the span.
    side = crop.width * share * cells / max(cells - 1, 1)
    corner = (crop.width - side) / 2
    values = Image.fromarray(response).transform(
        crop.size,
        Image.Transform.AFFINE,
        (cells / side, 0, -corner * cells / side, 0, cells / side, -corner * cells / side),
        Image.Resampling.BILINEAR,
    )
    inside = Image.new("L", crop.size, 0)
    ImageDraw.Draw(inside).rectangle(
        [round(corner), round(corner), round(corner + side) - 1, round(corner + side) - 1], fill=1
    )
    opacity = np.asarray(inside) * (40 + np.asarray(values, dtype=np.float64) * 150 / 255)
    heat = Image.fromarray(heat_colours(np.asarray(values)))
    return Image.composite(heat, crop, Image.fromarray(opacity.astype(np.uint8)))


def paste_grid(
    cells: Sequence[Sequence[Image.Image]], gap: int = 4, paper: tuple[int, int, int] = PAPER
) -> Image.Image:
    """Puts pictures into a table; a row is as high as its highest picture.

    Args:
        cells: Rows of RGB pictures, all of one width.
        gap: Pixels between neighbours.
        paper: Colour of the gaps.

    Returns:
        RGB.
    """
    width = max(sum(cell.width + gap for cell in row) for row in cells) - gap
    heights = [max(cell.height for cell in row) for row in cells]
    height = sum(heights) + gap * (len(cells) - 1)
    sheet, y = Image.new("RGB", (width, height), paper), 0
    for row, row_height in zip(cells, heights, strict=True):
        x = 0
        for cell in row:
            sheet.paste(cell, (x, y))
            x += cell.width + gap
        y += row_height + gap
    return sheet


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
