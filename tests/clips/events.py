"""What happens to the target of a synthetic clip and when: the script of the clip."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

# What `strength` means for each kind of event; 1 is usual.
KINDS = {
    "occlusion": "width of the bar that passes in front, in widths of the target; > 1.2 hides it",
    "leave": "unused; the target goes out of the frame and returns",
    "turn": "extra quarter turns, kept afterwards; negative: the other way",
    "zoom": "the size grows by 1.4 to this power and comes back; negative: shrinks",
    "motion_blur": "how long the shutter is open, in units of 2 frames",
    "defocus": "blur, in units of 1.6 pixels",
    "dark": "loss of light, in units of 45 %; negative: gain",
    "gradient": "light falls from one side to the other, in units of 50 %",
    "flicker": "random change of light from frame to frame, in units of 15 %",
    "distractor": "unused; a look-alike crosses the scene",
}


@dataclass(frozen=True)
class Event:
    """One event of a clip.

    Attributes:
        kind: A key of `KINDS`.
        start: First frame, from 0.
        stop: One past the last frame.
        strength: See `KINDS`.

    Raises:
        ValueError: The kind is unknown or the span is empty.
    """

    kind: str
    start: int
    stop: int
    strength: float = 1.0

    def __post_init__(self) -> None:
        """Refuses what cannot be rendered."""
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of event {self.kind!r}; known: {', '.join(KINDS)}")
        if self.stop <= self.start:
            raise ValueError(f"{self.kind}: stop {self.stop} is not after start {self.start}")

    def weight(self, time: float, rim: float = 0.25) -> float:
        """0 outside, 1 in the middle, smooth over a share `rim` of the span at either end."""
        width = rim * (self.stop - self.start)
        return float(smooth_step(min(time - self.start, self.stop - time) / width))

    def progress(self, time: float) -> float:
        """0 at the start, 1 at the stop, in proportion to time also before and after."""
        return (time - self.start) / (self.stop - self.start)


def smooth_step(value: float) -> float:
    """0 below 0, 1 above 1, a smooth rise between."""
    value = np.clip(value, 0.0, 1.0)
    return value * value * (3 - 2 * value)


def total_weight(events: Iterable[Event], kind: str, time: float) -> float:
    """Sum of strength times weight of all events of a kind."""
    return sum(event.strength * event.weight(time) for event in events if event.kind == kind)


# Name -> (kind, start, stop, strength), times in shares of the clip.
TRAIN_SCRIPTS = {
    "turn_dark": (("turn", 0.2, 0.8, 1.0), ("dark", 0.5, 0.95, 1.0)),
    "zoom_distractor": (("zoom", 0.15, 0.7, 1.0), ("distractor", 0.3, 1.0, 1.0)),
    "partial_occlusion": (("occlusion", 0.2, 0.45, 0.5), ("occlusion", 0.6, 0.9, 0.6)),
    "leave_return": (("leave", 0.25, 0.85, 1.0),),
    "motion_blur_shrink": (("motion_blur", 0.2, 0.7, 1.2), ("zoom", 0.4, 0.95, -1.0)),
    "full_occlusion": (("occlusion", 0.3, 0.65, 1.4), ("flicker", 0.5, 1.0, 1.0)),
    "distractors": (("distractor", 0.05, 0.7, 1.0), ("distractor", 0.3, 1.0, 1.0)),
    "defocus_gradient": (("defocus", 0.3, 0.7, 1.0), ("gradient", 0.2, 0.95, 1.0)),
    "flicker_turn_back": (("flicker", 0.1, 0.9, 1.0), ("turn", 0.3, 0.9, -1.2)),
    "occlusion_zoom_bright": (
        ("occlusion", 0.15, 0.4, 0.8),
        ("zoom", 0.45, 0.95, 1.0),
        ("dark", 0.5, 0.9, -0.7),
    ),
}

TEST_SCRIPTS = {
    "occlusion_distractor": (("occlusion", 0.25, 0.5, 0.7), ("distractor", 0.4, 1.0, 1.0)),
    "blur_zoom_dark": (
        ("motion_blur", 0.15, 0.45, 1.0),
        ("zoom", 0.3, 0.8, 1.0),
        ("dark", 0.6, 1.0, 0.8),
    ),
    "leave_turn_gradient": (
        ("leave", 0.4, 0.9, 1.0),
        ("turn", 0.1, 0.5, 0.7),
        ("gradient", 0.2, 0.9, 0.8),
    ),
}


def events_of_script(
    script: Iterable[tuple[str, float, float, float]], n_frames: int
) -> tuple[Event, ...]:
    """Turns a script's shares of the clip into frames.

    Args:
        script: A value of `TRAIN_SCRIPTS` or `TEST_SCRIPTS`.
        n_frames: Length of the clip.

    Returns:
        Its events, each at least one frame long.
    """
    return tuple(
        Event(kind, start, max(start + 1, round(stop_share * n_frames)), strength)
        for kind, start_share, stop_share, strength in script
        for start in [round(start_share * n_frames)]
    )
