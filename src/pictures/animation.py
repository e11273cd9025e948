"""Animated GIF of pictures with exact colours for what is drawn on them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from src.base.files import atomic_path

# Half of what GIF allows: noise in the pictures costs bytes, and no reader sees the difference.
COLOURS = 128

_SAMPLES = 8
_SAMPLE_WIDTH = 160

Annotate = Callable[[int, ImageDraw.ImageDraw], None]


def write_gif(
    path: Path,
    count: int,
    picture: Callable[[int], Image.Image],
    annotate: Annotate,
    inks: Sequence[tuple[int, int, int]],
    duration_ms: int,
) -> None:
    """Writes an animation with one palette: `inks`, exact, and the best for the pictures.

    Pictures are made one at a time and reduced to palette indices at once.

    Args:
        path: The file, replaced whole or not at all.
        count: How many pictures, >= 1.
        picture: Number -> RGB picture, all of one size.
        annotate: Draws on picture `number`; its inks are positions in `inks`.
        inks: Colours of the drawings.
        duration_ms: Time a picture is shown.
    """
    palette = _shared_palette(picture, count, inks)

    def pages() -> Iterator[Image.Image]:
        for number in range(count):
            page = picture(number).quantize(palette=palette, dither=Image.Dither.NONE)
            annotate(number, ImageDraw.Draw(page))
            yield page

    rest = pages()
    first = next(rest)
    with atomic_path(path) as part:
        first.save(
            part,
            format="GIF",
            save_all=True,
            append_images=rest,
            duration=duration_ms,
            loop=0,
            optimize=False,
        )


def _shared_palette(
    picture: Callable[[int], Image.Image], count: int, inks: Sequence[tuple[int, int, int]]
) -> Image.Image:
    """A picture whose palette begins with `inks` and goes on with the colours of a few samples."""
    numbers = np.unique(np.linspace(0, count - 1, _SAMPLES).round().astype(int))
    samples = [picture(int(number)) for number in numbers]
    size = (_SAMPLE_WIDTH, max(1, _SAMPLE_WIDTH * samples[0].height // samples[0].width))
    mosaic = np.concatenate(
        [np.asarray(sample.resize(size, Image.Resampling.NEAREST)) for sample in samples]
    )
    colours = Image.fromarray(mosaic).quantize(COLOURS - len(inks), Image.Quantize.MEDIANCUT)
    palette = Image.new("P", (1, 1))
    # Repeating the last ink fills the palette without adding a colour that no picture has.
    values = [v for ink in inks for v in ink] + colours.getpalette()
    palette.putpalette((values + list(inks[-1]) * 256)[: 3 * 256])
    return palette
