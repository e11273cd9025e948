"""Key frames of a track with the response over the area searched, as an evaluation has drawn them.

A response is not in the result files: it is seen in these pictures or nowhere.
"""

import io
from typing import NamedTuple

from PIL import Image

from src.pictures.track_pictures import shows_filter
from src.reporting.comparison import Row
from src.reporting.tracker_results import TrackerResults

_QUALITY = 75


class Strip(NamedTuple):
    """Key frames of a track.

    Attributes:
        jpeg: The picture, a fifth as long as the file in the results.
        with_filter: Whether the filter's own response is in it too.
    """

    jpeg: bytes
    with_filter: bool


def strip_of(tracker: TrackerResults, row: Row) -> Strip | None:
    """What one tracker has drawn of a video.

    Args:
        tracker: Whose results may hold pictures.
        row: The video, from one start frame on.

    Returns:
        The picture; None if there is none, or it cannot be read: a page without it is whole too.
    """
    path = tracker.strips.get((row.video.name, row.start))
    if path is None:
        return None
    file = io.BytesIO()
    try:
        picture = Image.open(path)
        picture.convert("RGB").save(file, "JPEG", quality=_QUALITY, optimize=True)
    except OSError:
        return None
    return Strip(file.getvalue(), shows_filter(picture))
