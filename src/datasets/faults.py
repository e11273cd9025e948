"""Videos that cannot be used: all of them are told at once, or left out."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from src.base.errors import UserError

T = TypeVar("T")
# what `evaluation.on_bad_video` and `environment.on_bad_video` say
SKIP = "skip"
_MAX_TOLD = 40


def read_all(
    names: Sequence[str], read: Callable[[str], T], on_bad_video: str, skipped: dict[str, str]
) -> Iterator[T]:
    """Reads videos one after the other.

    Args:
        names: Of the videos.
        read: From a name to what is wanted of it; raises UserError where the video is wrong.
        on_bad_video: `evaluation.on_bad_video`.
        skipped: Takes the reason against each video that is left out.

    Yields:
        What was read, in the order of the names.

    Raises:
        UserError: Videos are wrong, and are not to be left out; after all were read.
    """
    for name in names:
        try:
            found = read(name)
        except UserError as error:
            skipped[name] = str(error)
        else:
            yield found
    if skipped and (on_bad_video != SKIP or len(skipped) == len(names)):
        raise UserError(complaint(list(skipped.values()), len(names), "evaluation.on_bad_video"))


def complaint(sentences: Sequence[str], n_videos: int, key: str) -> str:
    """What is wrong with some videos, in one message.

    Args:
        sentences: One a video, at least one.
        n_videos: How many there are in all.
        key: That leaves them out.

    Returns:
        The sentence alone where there is one, else a line for each.
    """
    hint = f"{key}={SKIP} leaves them out"
    if len(sentences) == 1:
        return sentences[0] if n_videos == 1 else f"{sentences[0]} ({key}={SKIP} leaves it out)"
    told = [f"  {sentence}" for sentence in sentences[:_MAX_TOLD]]
    more = [f"  and {len(sentences) - _MAX_TOLD} more"] if len(sentences) > _MAX_TOLD else []
    head = f"{len(sentences)} of {n_videos} videos cannot be used ({hint}):"
    return "\n".join([head, *told, *more])
