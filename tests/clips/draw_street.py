"""Draws a street: a cyclist passes pedestrians, another cyclist, cars and a tree.

python -m tests.clips.draw_street FOLDER

writes 00000001.jpg ... and groundtruth.txt (the cyclist's box, x,y,w,h a line) into FOLDER, and

python -m tests.clips.draw_street --track results/.../street.txt --gif street.gif

the same frames with the box and confidence of a track. All is drawn; no photograph is in it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from src.pictures.drawing import INK, PAPER, PREDICTED, draw_box, draw_caption
from tests.clips.street_figures import (
    FINER,
    Colour,
    Pen,
    draw_car,
    draw_cyclist,
    draw_tree,
    draw_walker,
)

SIZE = (480, 270)
FRAMES = 66
ROAD, PAVEMENT = (96, 98, 104), (176, 168, 158)
INKS = (INK, PAPER, PREDICTED)
CLEAR = 255  # place in the palette: the pixel of the picture before


def draw_house(draw: ImageDraw.ImageDraw, left: int, right: int, top: int, wall: Colour) -> None:
    """A front with rows of windows, and a shop with an awning below."""

    def box(x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        draw.rectangle([x0 * FINER, y0 * FINER, x1 * FINER - 1, y1 * FINER - 1], fill=colour)

    light, dim = (tuple(min(255, int(f * part)) for part in wall) for f in (1.12, 0.86))
    box(left, top, right, 142, wall)
    for y in range(top, 142, 4):
        box(left, y, right, y + 0.5, dim)
    box(left - 1, top - 4, right + 1, top + 2, light)
    for x in range(left + 9, right - 16, 24):
        for y in range(top + 11, 96, 29):
            box(x - 2, y - 2, x + 14, y + 20, light)
            box(x, y, x + 12, y + 18, (86, 108, 128))
            box(x, y, x + 12, y + 5, (128, 150, 168))
            box(x + 5.5, y, x + 6.5, y + 18, light)
    box(left + 6, 112, right - 6, 140, (52, 58, 66))
    box(left + 10, 116, right - 22, 138, (112, 128, 134))
    for stripe, x in enumerate(range(left + 4, right - 4, 6)):
        box(x, 104, min(x + 6, right - 4), 113, light if stripe % 2 else (158, 58, 52))


def draw_background() -> Image.Image:
    """What stands still behind all that moves."""
    rng = np.random.default_rng(7)
    width, height = SIZE[0] * FINER, SIZE[1] * FINER
    shade = np.linspace(0, 1, height)[:, None, None]
    sky = np.array([150, 190, 226]) * (1 - shade) + np.array([236, 238, 232]) * shade
    image = Image.fromarray(np.broadcast_to(sky, (height, width, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    walls = ((188, 156, 128), (206, 196, 176), (160, 112, 96), (198, 182, 150), (150, 158, 160))
    edges = (0, 92, 204, 288, 396, 480)
    for wall, left, right, top in zip(
        walls, edges[:-1], edges[1:], (18, 34, 8, 28, 14), strict=True
    ):
        draw_house(draw, left, right, top, wall)
    for top, bottom, colour in (
        (142, 166, PAVEMENT),
        (166, 170, (128, 124, 118)),
        (170, 248, ROAD),
        (248, 252, (138, 134, 128)),
        (252, 270, PAVEMENT),
    ):
        draw.rectangle([0, top * FINER, width, bottom * FINER], fill=colour)
    for x in range(-20, 480, 48):
        left, right, middle = x * FINER, (x + 26) * FINER, 197 * FINER
        draw.rectangle([left, middle, right, middle + 4], fill=(206, 204, 196))
    for x in (46, 150, 352, 446):
        draw_tree(Pen(draw, (x, 163), 20), rng, 5.6, 0.3)
    grain = rng.normal(0, 3, (height // 3, width // 3, 1)).repeat(3, 0).repeat(3, 1)
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def draw_foreground() -> Image.Image:
    """What stands still before all that moves: a tree and a lamp; clear elsewhere."""
    layer = Image.new("RGBA", (SIZE[0] * FINER, SIZE[1] * FINER))
    draw, rng = ImageDraw.Draw(layer), np.random.default_rng(3)
    draw_tree(Pen(draw, (262, 262), 46), rng, 7.2, 0.62)
    lamp = Pen(draw, (120, 262), 46)
    lamp.line([(0, 0), (0, 5.6)], 0.12, (44, 52, 50))
    lamp.line([(0, 0), (0, 0.5)], 0.24, (44, 52, 50))
    return layer


def cyclist_pen(draw: ImageDraw.ImageDraw | None, number: int) -> Pen:
    """Where the target is: it rides to the right, and away by a third of its size."""
    done = number / (FRAMES - 1)
    metre = 46 - 14 * done
    return Pen(draw, (48 + 384 * done, 240 - 36 * done), metre)


def box_ltwh(pen: Pen) -> tuple[float, float, float, float]:
    """The target's box: bicycle and rider, frame pixels."""
    left, top = pen.feet[0] - 0.9 * pen.metre, pen.feet[1] - 1.79 * pen.metre
    return left, top, 1.82 * pen.metre, 1.79 * pen.metre


def draw_frame(background: Image.Image, foreground: Image.Image, number: int) -> Image.Image:
    """Frame `number`, RGB of `SIZE`."""
    image = background.copy()
    draw = ImageDraw.Draw(image)
    walkers = (
        (30, 1.7, (170, 60, 60), (60, 40, 30)),
        (250, -1.5, (64, 92, 120), (30, 26, 24)),
        (330, 1.2, (196, 168, 70), (120, 84, 50)),
        (470, -1.9, (90, 120, 84), (50, 40, 36)),
    )
    for start, speed, coat, hair in walkers:
        pen = Pen(draw, (start + speed * number, 160), 27, 1 if speed > 0 else -1)
        draw_walker(pen, 0.35 * number + start, coat, hair)
    draw_car(Pen(draw, (388, 182), 24), (88, 112, 142))
    draw_car(Pen(draw, (-300 + 9.5 * number, 192), 31), (186, 196, 200))
    other = Pen(draw, (492 - 5.4 * number, 205), 33, -1)
    draw_cyclist(other, 0.42 * number, (204, 92, 40), (70, 74, 82), (60, 62, 70))
    pen = cyclist_pen(draw, number)
    draw_cyclist(pen, 0.4 * number, (226, 84, 34), (24, 92, 150), (242, 242, 236))
    image.paste(foreground, mask=foreground)
    return image.resize(SIZE, Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.4))


def write_clip(folder: Path, frames: Sequence[Image.Image]) -> None:
    """Writes the clip in VOT's layout."""
    folder.mkdir(parents=True)
    for number, image in enumerate(frames, start=1):
        image.save(folder / f"{number:08d}.jpg", quality=95)
    boxes = [box_ltwh(cyclist_pen(None, number)) for number in range(FRAMES)]
    rows = [",".join(f"{value:.2f}" for value in box) for box in boxes]
    (folder / "groundtruth.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_picture(path: Path, frames: Sequence[Image.Image], track: Path) -> None:
    """Writes the frames with a track's boxes as an animation.

    Only what changes is stored: the street stands still, so the file is a tenth as large.
    """
    boxes_ltwh = np.loadtxt(track, delimiter=",")
    confidence = np.loadtxt(track.with_name(f"{track.stem}_confidence.txt"))
    palette = _palette(frames)
    pages, shown = [], np.full(SIZE[::-1], CLEAR)
    for number, frame in enumerate(frames):
        page = frame.quantize(palette=palette, dither=Image.Dither.NONE)
        draw = ImageDraw.Draw(page)
        draw_box(draw, boxes_ltwh[number], INKS.index(PREDICTED))
        draw.rectangle([0, 0, 176, 19], fill=INKS.index(PAPER))
        text = f"frame {number}   confidence {confidence[number]:.2f}"
        draw_caption(draw, (0, 0), text, INKS.index(INK), 13)
        pixels = np.asarray(page)
        changed = Image.fromarray(np.where(pixels == shown, CLEAR, pixels).astype(np.uint8))
        changed.putpalette(palette.getpalette())
        pages.append(changed)
        shown = pixels
    looks = {"duration": 90, "loop": 0, "transparency": CLEAR, "disposal": 1, "optimize": False}
    pages[0].save(path, save_all=True, append_images=pages[1:], **looks)


def _palette(frames: Sequence[Image.Image]) -> Image.Image:
    """A picture with the palette: inks, the street's colours, half of them the cyclist's."""
    mosaic = Image.new("RGB", (480, 270))
    mosaic.paste(frames[20].resize((240, 270)))
    for place, number in enumerate(range(0, FRAMES, 17)):
        left, top, width, height = box_ltwh(cyclist_pen(None, number))
        cut = frames[number].crop((left, top, left + width, top + height))
        mosaic.paste(cut.resize((240, 68)), (240, 68 * place))
    colours = mosaic.quantize(96, Image.Quantize.MEDIANCUT, kmeans=5).getpalette()[: 96 * 3]
    values = [value for ink in INKS for value in ink] + colours
    palette = Image.new("P", (1, 1))
    palette.putpalette((values + list(INKS[-1]) * 256)[: 3 * 256])
    return palette


def main(argv: Sequence[str]) -> None:
    """Writes the clip, or the picture of a track of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, nargs="?", help="for the frames, a new one")
    parser.add_argument("--track", type=Path, metavar="TXT", help="boxes of a track of the clip")
    parser.add_argument("--gif", type=Path, metavar="GIF", help="the picture of that track")
    options = parser.parse_args(argv)
    background, foreground = draw_background(), draw_foreground()
    frames = [draw_frame(background, foreground, number) for number in range(FRAMES)]
    if options.track:
        write_picture(options.gif, frames, options.track)
    else:
        write_clip(options.folder, frames)


if __name__ == "__main__":
    main(sys.argv[1:])
