"""Frames, each read while the one before it is tracked."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Frame = TypeVar("Frame")

_END = object()


@contextlib.contextmanager
def read_ahead(frames: Iterator[Frame]) -> Iterator[Iterator[Frame]]:
    """Reads one frame ahead, in a thread that ends with the block.

    Args:
        frames: Reads a frame when it is asked for the next one; what it raises is raised for this
            frame, not for the one before. Nobody else may ask it inside the block.

    Yields:
        The frames in order; two at most are in memory. The first is read when it is asked for.
    """
    with ThreadPoolExecutor(1) as thread:
        yield _taken(thread, frames)


def _taken(thread: ThreadPoolExecutor, frames: Iterator[Frame]) -> Iterator[Frame]:
    coming = thread.submit(next, frames, _END)
    while (frame := coming.result()) is not _END:
        coming = thread.submit(next, frames, _END)
        yield frame
