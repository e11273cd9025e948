"""The scene of a synthetic clip: ground, target, look-alikes, things in front, and the camera."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.interpolate import CubicSpline

from tests.clips.events import Event, smooth_step, total_weight
from tests.clips.ground import make_ground, palette_apart
from tests.clips.target import SHAPES, Motion, Target, random_radius, smooth_path
from tests.clips.textures import PATTERNS, coloured_texture, random_palette, sample_bilinear

_EXPOSURES = 9


@dataclass(frozen=True)
class Bar:
    """A textured upright thing that passes in front of the target.

    Attributes:
        event: When; at `start` and `stop` it just touches the target from either side.
        half_width: Frame pixels.
        reach: Distance of the bar's axis from the target's centre at those times, frame pixels;
            negative when it comes from the left.
        slant: Shift of x per y.
        texture: float64 [h, w, 3], 0...255.
    """

    event: Event
    half_width: float
    reach: float
    slant: float
    texture: np.ndarray

    def paint(self, image: np.ndarray, centre_frame: np.ndarray, time: float) -> np.ndarray:
        """Draws the bar over an image, in place; returns its cover, float64 [H, W], 0...1."""
        y, x = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
        axis = centre_frame[0] + self.reach * (1 - 2 * self.event.progress(time))
        across = x - axis - self.slant * (y - centre_frame[1])
        cover = np.clip(self.half_width - np.abs(across) + 0.5, 0, 1)
        shade = 1.1 - 0.5 * (across / self.half_width) ** 2 * (cover > 0)
        colour = sample_bilinear(self.texture, across + self.half_width, y) * shade[..., None]
        image += cover[..., None] * (colour - image)
        return cover


@dataclass(frozen=True)
class Scene:
    """All that is in view; `render` shows it at a time.

    Attributes:
        size: (width, height) of the frames, pixels.
        ground: float64 [h, w, 3], 0...255, a canvas larger than the frame.
        camera: Time -> [4]: pan x, pan y (pixels), roll (radians), zoom.
        target: What is followed.
        distractors: Look-alikes, behind the target.
        bars: What passes in front of it.
        events: The clip's script.
        light_angle: Direction in which a gradient of light falls, radians.
    """

    size: tuple[int, int]
    ground: np.ndarray
    camera: CubicSpline
    target: Target
    distractors: tuple[Target, ...]
    bars: tuple[Bar, ...]
    events: tuple[Event, ...]
    light_angle: float

    def render(self, time: float) -> tuple[np.ndarray, float]:
        """The picture at a time, with motion blur and light, before the sensor.

        Args:
            time: In frames.

        Returns:
            float64 [H, W, 3], about 0...255, and the share of the whole target's area that is
            inside the frame and not covered, 0...1.
        """
        shutter = 2 * total_weight(self.events, "motion_blur", time)
        exposures = _EXPOSURES if shutter > 0.05 else 1
        offsets = shutter * ((np.arange(exposures) + 0.5) / exposures - 0.5)
        pictures, shares = zip(*[self._expose(time + offset) for offset in offsets], strict=True)
        image = sum(pictures) / exposures * self._light(time)[..., None]
        sigma = 1.6 * total_weight(self.events, "defocus", time)
        if sigma > 0.1:
            image = ndimage.gaussian_filter(image, (sigma, sigma, 0))
        return image, sum(shares) / exposures

    def _expose(self, time: float) -> tuple[np.ndarray, float]:
        """Picture [H, W, 3] of an instant and the visible share of the target."""
        image = self._ground_view(time)
        for distractor in self.distractors:
            distractor.paint(image, time)
        seen = self.target.paint(image, time)
        for bar in self.bars:
            seen = seen * (1 - bar.paint(image, self.target.motion.centre_frame(time), time))
        return image, min(1.0, float(seen.sum()) / self.target.area(time))

    def _ground_view(self, time: float) -> np.ndarray:
        width, height = self.size
        pan_x, pan_y, roll, zoom = self.camera(time)
        y, x = np.mgrid[:height, :width] + 0.5
        y, x = (y - height / 2) / zoom, (x - width / 2) / zoom
        cos, sin = np.cos(roll), np.sin(roll)
        middle_y, middle_x = self.ground.shape[0] / 2 + pan_y, self.ground.shape[1] / 2 + pan_x
        return sample_bilinear(
            self.ground, cos * x - sin * y + middle_x, sin * x + cos * y + middle_y
        )

    def _light(self, time: float) -> np.ndarray:
        """Gain of every pixel, [H, W]."""
        width, height = self.size
        gain = 1 - 0.45 * total_weight(self.events, "dark", time)
        y, x = np.mgrid[:height, :width] + 0.5
        along = (x / width - 0.5) * np.cos(self.light_angle)
        along = along + (y / height - 0.5) * np.sin(self.light_angle)
        return gain * (1 + total_weight(self.events, "gradient", time) * along)


def make_scene(
    rng: np.random.Generator, n_frames: int, size: tuple[int, int], events: tuple[Event, ...]
) -> Scene:
    """Draws a scene that plays a script.

    Args:
        rng: Where shapes, textures, paths and light come from.
        n_frames: Length of the clip.
        size: (width, height) of the frames, pixels.
        events: The script.

    Returns:
        The scene; times from 0 to `n_frames - 1` can be rendered.
    """
    ground = make_ground(rng, size)
    spread = np.array([0.3 * size[0], 0.3 * size[1], 0.06, 0.05])
    rest = np.array([0.0, 0.0, 0.0, 1.0])
    camera = smooth_path(rng, n_frames, rng.uniform(15, 35), rest - spread, rest + spread)
    target, distractors = _make_movers(rng, n_frames, size, palette_apart(rng, ground), events)
    bars = [_make_bar(rng, size, target, event) for event in events if event.kind == "occlusion"]
    light = rng.uniform(0, 2 * np.pi)
    return Scene(size, ground, camera, target, distractors, tuple(bars), events, light)


def _make_movers(
    rng: np.random.Generator,
    n_frames: int,
    size: tuple[int, int],
    palette: np.ndarray,
    events: tuple[Event, ...],
) -> tuple[Target, tuple[Target, ...]]:
    """The target and its look-alikes: the same shape, pattern and, nearly, colours."""
    mean_radius = rng.uniform(0.095, 0.15) * min(size)
    radius = mean_radius * random_radius(rng, str(rng.choice(SHAPES)))
    aspect, cell = rng.uniform(0.5, 1.9), mean_radius * rng.uniform(0.35, 0.6)
    pattern, side = str(rng.choice(list(PATTERNS))), int(2.4 * radius.max()) + 4
    reach = 1.6 * 1.5 * radius.max() * max(aspect, 1 / aspect) ** 0.5

    def make(colours: np.ndarray, script: tuple[Event, ...], trips: list[Event]) -> Target:
        texture = coloured_texture(rng, pattern, side, side, cell, colours)
        motion = _make_motion(rng, n_frames, size, reach, script, trips)
        return Target(radius, aspect, texture, rng.uniform(0, 2 * np.pi, 3), motion)

    target = make(palette, events, [event for event in events if event.kind == "leave"])
    distractors = []
    for event in events:
        if event.kind == "distractor":
            near = np.clip(palette + rng.normal(0, 18, palette.shape), 0, 255)
            distractors.append(make(near, (), [event]))
    return target, tuple(distractors)


def _make_motion(
    rng: np.random.Generator,
    n_frames: int,
    size: tuple[int, int],
    reach: float,
    events: tuple[Event, ...],
    trips: list[Event],
) -> Motion:
    frame = np.array(size, dtype=np.float64)
    place = smooth_path(rng, n_frames, rng.uniform(8, 24), 0.25 * frame, 0.75 * frame)
    turning = smooth_path(rng, n_frames, 16, -0.35, 0.35)
    scaling = smooth_path(rng, n_frames, 18, 0.88, 1.12)
    shearing = smooth_path(rng, n_frames, 9, -0.18, 0.18)
    wobbling = smooth_path(rng, n_frames, 8, np.full(3, -0.07), np.full(3, 0.07))
    outside = [_nearest_exit(place((e.start + e.stop) / 2), frame, reach) for e in trips]

    def centre_frame(time: float) -> np.ndarray:
        point = place(time)
        for event, exit_point in zip(trips, outside, strict=True):
            point = point + _away(event, time) * (exit_point - point)
        return point

    def angle(time: float) -> float:
        turns = sum(e.strength * smooth_step(e.progress(time)) for e in events if e.kind == "turn")
        return float(turning(time)) + turns * np.pi / 2

    def scale(time: float) -> float:
        zoom = 1.4 ** total_weight(events, "zoom", time)
        return float(np.clip(scaling(time) * zoom, 0.6, 1.6))

    return Motion(centre_frame, angle, scale, shearing, wobbling)


def _away(event: Event, time: float) -> float:
    """How far outside a mover is, 0...1: a leaver during its event, a visitor the rest of time."""
    weight = event.weight(time, rim=0.42)
    return weight if event.kind == "leave" else 1 - weight


def _nearest_exit(point: np.ndarray, frame: np.ndarray, reach: float) -> np.ndarray:
    """The point `reach` beyond the edge of the frame (width, height) nearest to `point`."""
    gaps = np.stack([point, frame - point])
    end, axis = np.unravel_index(np.argmin(gaps), gaps.shape)
    exit_point = np.array(point)
    exit_point[axis] = frame[axis] + reach if end else -reach
    return exit_point


def _make_bar(rng: np.random.Generator, size: tuple[int, int], target: Target, event: Event) -> Bar:
    slant = rng.uniform(-0.2, 0.2)
    contours = [
        target.contour_frame(time) - target.motion.centre_frame(time)
        for time in range(event.start, event.stop + 1)
    ]
    # Across the bar's direction, the target extends this far from its centre.
    extent = max(np.abs(contour[:, 0] - slant * contour[:, 1]).max() for contour in contours)
    half_width = event.strength * extent
    reach = (half_width + extent + 1) * rng.choice([-1, 1])
    palette = random_palette(rng, 3, rng.uniform(0.25, 0.55), 0.3)
    height, width = size[1], int(2 * half_width) + 2
    texture = coloured_texture(rng, "noise", height // 3, width, 8, palette)
    texture = ndimage.zoom(texture, (3, 1, 1), order=1)
    return Bar(event, half_width, reach, slant, texture)
