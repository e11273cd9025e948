"""The size of a labelled video's frames, as its files and its labels tell it."""

from src.base.errors import UserError
from src.datasets.decoding import frame_files
from src.datasets.labels import LabelledVideo
from src.video.images import image_size
from src.video.orientation import TURNED_ADVICE


def first_frame_size(video: LabelledVideo) -> tuple[tuple[int, int], str]:
    """The size of a video's first frame, which its labels have to agree with.

    Args:
        video: Any labelled video with frames.

    Returns:
        (width, height), pixels, as the frame is shown, and what is wrong with it: a sentence, with
        the size (0, 0), or nothing.
    """
    try:
        size = image_size(frame_files(video)[0])
    except UserError as error:
        return (0, 0), str(error)
    if video.size_wh is not None and tuple(video.size_wh) != size:
        width, height = video.size_wh
        return (0, 0), (
            f"{video.frames[0]}: is {size[0]} x {size[1]} pixels, while its labels are for "
            f"{width} x {height}" + (TURNED_ADVICE if size == (height, width) else "")
        )
    return size, ""
