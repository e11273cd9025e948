"""The ground of a synthetic clip, and colours that stand out from it."""

import numpy as np

from tests.clips.target import SHAPES, Motion, Target, random_radius
from tests.clips.textures import PATTERNS, coloured_texture, random_palette, value_noise

# Distance in RGB of a target's mean colour from the ground's: clear, but not glaring.
_CONTRAST = 72.0


def make_ground(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Draws a canvas of two materials with a wavy border, and things strewn over it.

    Args:
        rng: Where it comes from.
        size: (width, height) of the frames, pixels; the canvas is twice as large.

    Returns:
        float64 [2 * height, 2 * width, 3], 0...255.
    """
    width, height = 2 * size[0], 2 * size[1]
    near, far = (_material(rng, height, width) for _ in range(2))
    y, x = np.mgrid[:height, :width] / min(size)
    tilt = rng.normal(0, 0.25)
    border = y - 1 - rng.uniform(-0.35, 0.35) + tilt * (x - width / height)
    border = border + 0.5 * (value_noise(rng, height, width, 0.4 * min(size), 2) - 0.5)
    mix = np.clip(rng.uniform(4, 30) * border + 0.5, 0, 1)[..., None]
    ground = far + mix * (near - far)
    for _ in range(int(rng.integers(10, 28))):
        _strew(rng, ground, min(size))
    return np.clip(ground, 0, 255)


def palette_apart(rng: np.random.Generator, ground: np.ndarray) -> np.ndarray:
    """Draws a palette whose mean differs clearly, but not glaringly, from the ground's.

    Args:
        rng: Where it comes from.
        ground: float64 [h, w, 3], 0...255.

    Returns:
        float64 [2 to 4, 3], RGB, 0...255.
    """
    mean = ground.mean(axis=(0, 1))
    best, best_miss = None, np.inf
    for _ in range(40):
        palette = random_palette(
            rng, int(rng.integers(2, 5)), rng.uniform(0.25, 0.85), rng.uniform(0.1, 0.5)
        )
        miss = abs(np.sqrt(np.sum((palette.mean(axis=0) - mean) ** 2)) - _CONTRAST)
        if miss < best_miss:
            best, best_miss = palette, miss
    return best


def _material(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    pattern = str(rng.choice(["noise", "noise", "stripes", "checks", "blobs"]))
    palette = random_palette(rng, 3, rng.uniform(0.3, 0.7), rng.uniform(0.15, 0.5))
    palette = palette.mean(axis=0) + 0.55 * (palette - palette.mean(axis=0))
    return coloured_texture(rng, pattern, height, width, rng.uniform(12, 40), palette)


def _strew(rng: np.random.Generator, ground: np.ndarray, frame_side: int) -> None:
    """Paints one thing that lies still somewhere on the ground."""
    height, width = ground.shape[:2]
    centre = rng.uniform(0, 1, 2) * (width, height)
    radius = rng.uniform(0.04, 0.16) * frame_side * random_radius(rng, str(rng.choice(SHAPES)))
    side = int(2.4 * radius.max()) + 4
    palette = random_palette(rng, 3, rng.uniform(0.25, 0.75), rng.uniform(0.1, 0.6))
    pattern = str(rng.choice(list(PATTERNS)))
    texture = coloured_texture(rng, pattern, side, side, rng.uniform(4, 12), palette)
    angle = rng.uniform(0, 2 * np.pi)
    motion = Motion(
        lambda _: centre, lambda _: angle, lambda _: 1.0, lambda _: 0.0, lambda _: np.zeros(3)
    )
    Target(radius, rng.uniform(0.5, 2.0), texture, np.zeros(3), motion).paint(ground, 0.0)
