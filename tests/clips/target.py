"""A textured target of the synthetic clips: its shape, how it deforms, and its tight box.

The shape is star-shaped: a radius for every angle, which changes smoothly with time and carries
the texture along. A matrix then stretches, shears, scales and turns it, and a path moves it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.interpolate import CubicSpline

from tests.clips.textures import sample_bilinear

ANGLES = np.arange(720) * (2 * np.pi / 720)
SHAPES = ("ellipse", "polygon", "blob")

_HARMONICS = np.arange(2, 5)


@dataclass(frozen=True)
class Motion:
    """Where and how the target is at a time, counted in frames; each a function of that time.

    Attributes:
        centre_frame: -> [2], (x, y) of the shape's origin, frame pixels.
        angle: -> radians, clockwise on the screen.
        scale: -> size relative to the first design of the shape.
        shear: -> shift of x per y.
        wobble: -> [3], relative amplitudes of the radius's harmonics 2, 3 and 4.
    """

    centre_frame: Callable[[float], np.ndarray]
    angle: Callable[[float], float]
    scale: Callable[[float], float]
    shear: Callable[[float], float]
    wobble: Callable[[float], np.ndarray]


@dataclass(frozen=True)
class Target:
    """A shape with its texture and motion.

    Attributes:
        radius: float64 [720], radius at `ANGLES`, target pixels (frame pixels at scale 1).
        aspect: Width over height.
        texture: float64 [S, S, 3], 0...255, its middle at the shape's origin.
        phases: float64 [3], phases of the wobble's harmonics.
        motion: How it moves.
    """

    radius: np.ndarray
    aspect: float
    texture: np.ndarray
    phases: np.ndarray
    motion: Motion

    def contour_frame(self, time: float) -> np.ndarray:
        """The outline at a time: float64 [720, 2], (x, y), frame pixels."""
        radius = self._radius_at(time)
        points = radius[:, None] * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=-1)
        return points @ self._matrix(time).T + self.motion.centre_frame(time)

    def box_ltwh(self, time: float) -> np.ndarray:
        """The tight upright box of the whole shape: float64 [4], frame pixels."""
        contour = self.contour_frame(time)
        corner = contour.min(axis=0)
        return np.concatenate([corner, contour.max(axis=0) - corner])

    def area(self, time: float) -> float:
        """Area of the whole shape, square frame pixels (shoelace formula)."""
        x, y = self.contour_frame(time).T
        return abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2

    def paint(self, image: np.ndarray, time: float) -> np.ndarray:
        """Draws the target over an image, in place.

        Args:
            image: float64 [H, W, 3], 0...255.
            time: In frames.

        Returns:
            float64 [H, W], the share of each pixel that the target covers.
        """
        alpha = np.zeros(image.shape[:2])
        rows, columns = _window(self.box_ltwh(time), image.shape[:2])
        y, x = np.mgrid[rows, columns] + 0.5
        if y.size == 0:
            return alpha
        points = np.stack([x, y], axis=-1) - self.motion.centre_frame(time)
        points = points @ np.linalg.inv(self._matrix(time)).T
        angle = np.arctan2(points[..., 1], points[..., 0])
        edge = np.interp(angle, ANGLES, self._radius_at(time), period=2 * np.pi)
        reach = np.hypot(points[..., 0], points[..., 1]) / edge
        alpha[rows, columns] = np.clip((1 - reach) * edge * self.motion.scale(time) + 0.5, 0, 1)
        colour = self._colour(points, angle, edge, reach)
        cover = alpha[rows, columns][..., None]
        image[rows, columns] += cover * (colour - image[rows, columns])
        return alpha

    def _colour(
        self, points: np.ndarray, angle: np.ndarray, edge: np.ndarray, reach: np.ndarray
    ) -> np.ndarray:
        """Texture at target positions [h, w, 2], darker to the rim and lit from above."""
        rest = np.interp(angle, ANGLES, self.radius, period=2 * np.pi)
        where = points * (rest / edge)[..., None] + len(self.texture) / 2
        shade = 1.08 - 0.28 * np.minimum(reach, 1) ** 3 - 0.10 * np.sin(angle) * reach
        return sample_bilinear(self.texture, where[..., 0], where[..., 1]) * shade[..., None]

    def _radius_at(self, time: float) -> np.ndarray:
        waves = np.cos(_HARMONICS[:, None] * ANGLES + self.phases[:, None])
        return self.radius * (1 + self.motion.wobble(time) @ waves)

    def _matrix(self, time: float) -> np.ndarray:
        """Target pixels -> frame pixels around the centre: [2, 2]."""
        cos, sin = np.cos(self.motion.angle(time)), np.sin(self.motion.angle(time))
        shear = np.array([[1.0, self.motion.shear(time)], [0.0, 1.0]])
        stretch = np.diag([self.aspect**0.5, self.aspect**-0.5])
        turn = np.array([[cos, -sin], [sin, cos]])
        return self.motion.scale(time) * turn @ shear @ stretch


def random_radius(rng: np.random.Generator, kind: str) -> np.ndarray:
    """Draws a shape.

    Args:
        rng: Where it comes from.
        kind: One of `SHAPES`; a polygon has 3 to 7 rounded corners.

    Returns:
        float64 [720], radius at `ANGLES`, 1 on average.
    """
    if kind == "ellipse":
        radius = np.ones(len(ANGLES))
    elif kind == "polygon":
        radius = _polygon_radius(rng, int(rng.integers(3, 8)))
    else:
        radius = np.ones(len(ANGLES))
        for k in range(2, 7):
            wave = np.cos(k * ANGLES + rng.uniform(0, 2 * np.pi))
            radius = radius + rng.uniform(0.1, 0.4) / k * wave
    return radius / radius.mean()


def smooth_path(
    rng: np.random.Generator, n_frames: int, knot: float, low: np.ndarray, high: np.ndarray
) -> CubicSpline:
    """A smooth random function of time through random points.

    Args:
        rng: Where the points come from.
        n_frames: The function is defined from one knot before 0 to one after this time.
        knot: Frames from point to point; small means fast.
        low: Lower limits of the points, a float or [D].
        high: Upper limits.

    Returns:
        Time -> a value of the shape of `low`; between points it may pass the limits a little.
    """
    count = int(np.ceil(n_frames / knot)) + 3
    points = rng.uniform(low, high, size=(count, *np.shape(low)))
    return CubicSpline((np.arange(count) - 1) * knot, points)


def _polygon_radius(rng: np.random.Generator, corners: int) -> np.ndarray:
    """Radius of a polygon with random corners at `ANGLES`, its corners rounded a little."""
    turn = 2 * np.pi / corners
    at = np.arange(corners + 1) * turn
    at[:-1] += rng.uniform(-0.15, 0.15, corners) * turn
    at[-1] = at[0] + 2 * np.pi
    length = rng.uniform(0.75, 1.25, corners)
    length = np.append(length, length[0])
    angle = (ANGLES - at[0]) % (2 * np.pi) + at[0]
    side = np.clip(np.searchsorted(at, angle, side="right") - 1, 0, corners - 1)
    before, after, a, b = at[side], at[side + 1], length[side], length[side + 1]
    between = a * np.sin(angle - before) + b * np.sin(after - angle)
    radius = a * b * np.sin(after - before) / between
    return ndimage.gaussian_filter1d(radius, 6, mode="wrap")


def _window(box_ltwh: np.ndarray, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of an image of `shape` (H, W) that a box with a rim of 2 px touches."""
    left, top = np.floor(box_ltwh[:2] - 2)
    right, bottom = np.ceil(box_ltwh[:2] + box_ltwh[2:] + 2)
    height, width = shape
    rows = slice(int(np.clip(top, 0, height)), int(np.clip(bottom, 0, height)))
    columns = slice(int(np.clip(left, 0, width)), int(np.clip(right, 0, width)))
    return rows, columns
