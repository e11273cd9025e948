"""Frames of more than 8 bits, as thermal and depth cameras give them: counts become bytes.

Such a camera fills a small part of its 16 bits, so the upper byte alone would show next to
nothing. The range of a video's first frame is stretched to all bytes, and all frames of the video
by the same range: what is as warm as before stays as bright.
"""

import sys
from dataclasses import dataclass

import numpy as np

# per cent of the first frame's pixels; those beyond may be dead ones
_PERCENTILES = (0.1, 99.9)
# of the range, kept free at both ends for what later frames show
_MARGIN = 0.1


@dataclass(frozen=True)
class CountRange:
    """Which counts are black and white.

    Attributes:
        low: Becomes 0, as does all below it.
        high: Becomes 255, as does all above it; > low.
    """

    low: float
    high: float

    def to_grey(self, counts: np.ndarray) -> np.ndarray:
        """Counts [H, W], of any type, to grey uint8 [H, W, 3]; what is no number is black."""
        shares = (np.asarray(counts, np.float32) - self.low) / (self.high - self.low)
        grey = (np.clip(np.nan_to_num(shares), 0, 1) * 255).round().astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)


# the upper byte, for a frame that tells nothing: cameras begin with a closed shutter
UPPER_BYTE = CountRange(0, 65535)


def count_range(counts: np.ndarray) -> CountRange:
    """The range of a video's first frame, with some room at both ends.

    Args:
        counts: [H, W], of any type.

    Returns:
        `UPPER_BYTE` if they are all the same or no numbers.
    """
    finite = counts[np.isfinite(counts)]
    if not finite.size:
        return UPPER_BYTE
    low, high = np.percentile(finite, _PERCENTILES).tolist()
    if not high > low:
        return UPPER_BYTE
    room = _MARGIN * (high - low)
    return CountRange(low - room, high + room)


_told: list[str] = []


def tell_range(place: str, chosen: CountRange) -> None:
    """Says once in a process that frames are stretched, on stderr.

    Args:
        place: The first frame, or its video.
        chosen: Its range.
    """
    if not _told:
        _told.append(place)
        print(
            f"Frames of more than 8 bits are stretched, each video by its first frame: of {place} "
            f"the counts {chosen.low:.6g} to {chosen.high:.6g} become 0 to 255",
            file=sys.stderr,
            flush=True,
        )


class FirstFrameRange:
    """Brings the counts of one video to bytes, by the range of its first frame that has one."""

    def __init__(self, place: str):
        """Begins without a range.

        Args:
            place: Of the video, to be told.
        """
        self._place = place
        self._range: CountRange | None = None

    def to_grey(self, counts: np.ndarray) -> np.ndarray:
        """As `CountRange.to_grey`."""
        if self._range is None and (chosen := count_range(counts)) != UPPER_BYTE:
            self._range = chosen
            tell_range(self._place, chosen)
        return (self._range or UPPER_BYTE).to_grey(counts)
