"""Key frames of a track with the response over the area searched, as an evaluation has drawn them.

A response is not in the result files: it is seen in these pictures or nowhere.
"""

import io

from PIL import Image

from src.reporting.comparison import Row
from src.reporting.tracker_results import TrackerResults

_QUALITY = 75


def strip_of(tracker: TrackerResults, row: Row) -> bytes | None:
    """What one tracker has drawn of a video.

    Args:
        tracker: Whose results may hold pictures.
        row: The video, from one start frame on.

    Returns:
        A JPEG file, a fifth as long as the picture in the results; None if there is none, or it
        cannot be read: a page without it is whole too.
    """
    path = tracker.strips.get((row.video.name, row.start))
    if path is None:
        return None
    file = io.BytesIO()
    try:
        Image.open(path).convert("RGB").save(file, "JPEG", quality=_QUALITY, optimize=True)
    except OSError:
        return None
    return file.getvalue()
