"""Frames, each read while the one before it is tracked."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np


@contextlib.contextmanager
def read_ahead(
    read: Callable[[Path], np.ndarray], paths: Sequence[Path]
) -> Iterator[Iterator[np.ndarray]]:
    """Reads one frame ahead, in a thread that ends with the block.

    Args:
        read: From a frame's path to the frame; what it raises is raised for this frame, not for
            the one before.
        paths: At least one.

    Yields:
        The frames in order; two at most are in memory.
    """
    with ThreadPoolExecutor(1) as thread:
        yield _frames(thread, read, paths)


def _frames(
    thread: ThreadPoolExecutor, read: Callable[[Path], np.ndarray], paths: Sequence[Path]
) -> Iterator[np.ndarray]:
    coming = thread.submit(read, paths[0])
    for path in paths[1:]:
        frame = coming.result()
        coming = thread.submit(read, path)
        yield frame
    yield coming.result()
