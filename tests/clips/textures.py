"""Procedural colour textures for the synthetic clips, each drawn from a random generator.

All arithmetic is float64, so that rounding to 8 bits gives the same pictures on every machine.
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

Pattern = Callable[[np.random.Generator, int, int, float], np.ndarray]


def value_noise(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 4
) -> np.ndarray:
    """Sums lattices of random numbers, smoothly interpolated, each finer and weaker by half.

    Args:
        rng: Where the lattices come from.
        height: Rows of the result.
        width: Columns of the result.
        cell: Distance of the coarsest lattice's points, pixels.
        octaves: How many lattices; fewer once their cells are as small as a pixel.

    Returns:
        float64 [height, width], stretched to 0...1.
    """
    total = np.zeros((height, width))
    for octave in range(octaves):
        step = cell / 2**octave
        if octave and step < 1.5:
            break
        rows, columns = int(height / step) + 4, int(width / step) + 4
        lattice = rng.random((rows, columns))
        y = np.arange(height)[:, None] / step + 1.0
        x = np.arange(width)[None, :] / step + 1.0
        total += _sample_grid(lattice, y, x) / 2**octave
    low, high = total.min(), total.max()
    return (total - low) / max(high - low, 1e-9)


def stripes(rng: np.random.Generator, height: int, width: int, cell: float) -> np.ndarray:
    """Soft-edged, slightly wavy stripes of any direction; [height, width], 0...1."""
    angle = rng.uniform(0, np.pi)
    y, x = _warped_coordinates(rng, height, width, cell)
    across = x * np.cos(angle) + y * np.sin(angle)
    return _soft_step(np.sin(np.pi * across / cell))


def checks(rng: np.random.Generator, height: int, width: int, cell: float) -> np.ndarray:
    """Soft-edged, slightly bent checks of any direction; [height, width], 0...1."""
    angle = rng.uniform(0, np.pi / 2)
    y, x = _warped_coordinates(rng, height, width, cell)
    across = x * np.cos(angle) + y * np.sin(angle)
    along = y * np.cos(angle) - x * np.sin(angle)
    return _soft_step(np.sin(np.pi * across / cell) * np.sin(np.pi * along / cell))


def blobs(rng: np.random.Generator, height: int, width: int, cell: float) -> np.ndarray:
    """Rounded spots of one value on the other; [height, width], 0...1."""
    noise = value_noise(rng, height, width, cell, octaves=1)
    return _soft_step(4.0 * (noise - np.median(noise)))


def panels(rng: np.random.Generator, height: int, width: int, cell: float) -> np.ndarray:
    """A few bands of unlike values, like the parts of a dress or of a car; 0...1."""
    y, x = _warped_coordinates(rng, height, width, cell)
    angle = rng.uniform(-0.4, 0.4)
    across = (y * np.cos(angle) + x * np.sin(angle)) / (2.2 * cell) + rng.random()
    levels = rng.permutation(np.linspace(0.0, 1.0, 7))
    return np.interp(across % 7, np.arange(0, 7.5, 0.5), _plateaus(levels))


def fine_noise(rng: np.random.Generator, height: int, width: int, cell: float) -> np.ndarray:
    """Value noise as a pattern; [height, width], 0...1."""
    return value_noise(rng, height, width, cell)


PATTERNS: dict[str, Pattern] = {
    "noise": fine_noise,
    "stripes": stripes,
    "checks": checks,
    "blobs": blobs,
    "panels": panels,
}


def random_palette(
    rng: np.random.Generator, colours: int, value: float, saturation: float
) -> np.ndarray:
    """Draws colours that go together: near hues with one that stands out, unlike in brightness.

    Args:
        rng: Where they come from.
        colours: How many, >= 2.
        value: Mean brightness, 0...1.
        saturation: Mean saturation, 0...1.

    Returns:
        float64 [colours, 3], RGB, 0...255.
    """
    hue = rng.random() + rng.normal(0, 0.05, colours)
    hue[rng.integers(colours)] += rng.uniform(0.2, 0.8)
    spread = rng.permutation(np.linspace(-0.25, 0.25, colours))
    brightness = np.clip(value + spread + rng.normal(0, 0.05, colours), 0.08, 0.97)
    colourfulness = np.clip(saturation + rng.normal(0, 0.15, colours), 0.0, 0.9)
    return hsv_to_rgb(hue, colourfulness, brightness)


def hsv_to_rgb(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Converts hue (any real, period 1), saturation and value (0...1) to RGB.

    Args:
        hue: float64 [N].
        saturation: float64 [N].
        value: float64 [N].

    Returns:
        float64 [N, 3], 0...255.
    """
    position = (np.asarray(hue)[:, None] * 6 + np.array([5.0, 3.0, 1.0])) % 6
    ramp = np.clip(np.minimum(position, 4 - position), 0, 1)
    value, saturation = np.asarray(value)[:, None], np.asarray(saturation)[:, None]
    return 255.0 * value * (1 - saturation * ramp)


def coloured_texture(
    rng: np.random.Generator,
    pattern: str,
    height: int,
    width: int,
    cell: float,
    palette: np.ndarray,
) -> np.ndarray:
    """Paints a pattern with a palette and adds grain.

    Args:
        rng: Where the pattern comes from.
        pattern: A name of `PATTERNS`.
        height: Rows.
        width: Columns.
        cell: Size of the pattern's elements, pixels.
        palette: float64 [C, 3], RGB, 0...255.

    Returns:
        float64 [height, width, 3], 0...255.
    """
    value = PATTERNS[pattern](rng, height, width, cell)
    mixed = np.clip(value + 0.25 * (value_noise(rng, height, width, cell, 3) - 0.5), 0, 1)
    stops = np.linspace(0, 1, len(palette))
    image = np.stack([np.interp(mixed, stops, channel) for channel in palette.T], axis=-1)
    grain = 1 + 0.22 * (value_noise(rng, height, width, max(cell / 3, 2.0), 2) - 0.5)
    return np.clip(image * grain[..., None], 0, 255)


def sample_bilinear(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Reads an image at real positions, mirrored beyond its borders.

    Args:
        image: float64 [H, W, 3].
        x: float64 [...], pixels, edge convention (0.5 is the middle of the first pixel).
        y: float64 [...], likewise.

    Returns:
        float64 [..., 3].
    """
    where = np.stack([y - 0.5, x - 0.5])
    channels = [
        ndimage.map_coordinates(image[..., c], where, order=1, mode="mirror") for c in range(3)
    ]
    return np.stack(channels, axis=-1)


def _sample_grid(lattice: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Lattice values at rows y [H, 1] and columns x [1, W] with smoothstep weights."""
    row, column = y.astype(int), x.astype(int)
    v, u = y - row, x - column
    v, u = v * v * (3 - 2 * v), u * u * (3 - 2 * u)
    upper = lattice[row, column] * (1 - u) + lattice[row, column + 1] * u
    lower = lattice[row + 1, column] * (1 - u) + lattice[row + 1, column + 1] * u
    return upper * (1 - v) + lower * v


def _warped_coordinates(
    rng: np.random.Generator, height: int, width: int, cell: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pixel coordinates (y, x), each [height, width], bent by up to about half a cell."""
    y, x = np.mgrid[:height, :width] + 0.5
    bend = [value_noise(rng, height, width, 4 * cell, 1) - 0.5 for _ in range(2)]
    return y + 0.9 * cell * bend[0], x + 0.9 * cell * bend[1]


def _soft_step(value: np.ndarray) -> np.ndarray:
    """Maps -1...1 to 0...1 steeply around 0."""
    return 0.5 + 0.5 * np.clip(3.0 * value, -1, 1)


def _plateaus(levels: np.ndarray) -> np.ndarray:
    """Knots at every half step that hold each level for half a step; the last meets the first."""
    return np.append(np.repeat(levels, 2), levels[0])
