"""The tracker as the got10k toolkit wants it: `ExperimentOTB(...).run(got10k_tracker(...))`.

The toolkit hands over the boxes of the annotation files as they are, and compares what comes back
with these: OTB's count pixels from 1, GOT-10k's and VOT's from 0.
"""

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from src.api import Tracker
from src.base.errors import UserError
from src.base.imports import import_optional

if TYPE_CHECKING:
    from got10k.trackers import Tracker as ToolkitTracker


def got10k_tracker(
    tracker: Tracker, *, first_index: int, name: str = "SiamFC-tf", is_deterministic: bool = True
) -> "ToolkitTracker":
    """Wraps a tracker for the toolkit's experiments.

    Args:
        tracker: What follows the targets.
        first_index: Index of the first pixel in the benchmark's annotation files: 1 for OTB,
            0 for GOT-10k and VOT; boxes are converted both ways.
        name: Name of the toolkit's result folder.
        is_deterministic: Whether the toolkit may run it once only.

    Returns:
        A `got10k.trackers.Tracker`: `init(image, box)` and `update(image)` take Pillow images,
        and boxes are float64 [4], (x, y, width, height), as the benchmark counts.

    Raises:
        UserError: got10k is not installed, or `first_index` is neither 0 nor 1.
    """
    if first_index not in (0, 1):
        raise UserError(
            f"first_index is {first_index!r}; 1 is right for OTB, 0 for GOT-10k and VOT"
        )
    toolkit = import_optional("got10k.trackers", "got10k==0.1.3", "the got10k toolkit's tracker")
    shift = np.array([first_index, first_index, 0.0, 0.0])

    class Adapter(toolkit.Tracker):
        """What the toolkit calls."""

        def init(self, image: Image.Image, box: np.ndarray) -> None:
            """Starts a track."""
            tracker.init(_as_frame(image), np.asarray(box, np.float64) - shift)

        def update(self, image: Image.Image) -> np.ndarray:
            """The target's box in the next frame."""
            return tracker.update(_as_frame(image)).box + shift

    return Adapter(name, is_deterministic)


def _as_frame(image: Image.Image) -> np.ndarray:
    """A Pillow image as uint8 [H, W, 3] RGB."""
    return np.asarray(image.convert("RGB"))
