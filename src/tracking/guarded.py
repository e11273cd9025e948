"""A tracker in a process of its own: one that hangs or crashes is ended, and told."""

import contextlib
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any, Self

import numpy as np

from src.base.errors import UserError
from src.tracking.tracker import Tracker, TrackResult
from src.workers.worker_pool import end_with_parent, signals_held

# importing what it needs, on a busy machine
_START_SECONDS = 120.0


class GuardedTracker:
    """Hands frames to a tracker in another process and waits so long for each answer.

    Code that hangs in a library takes no signal but SIGKILL, which only another process can send.
    Frames lie in shared memory: a copy of one is what this costs a frame.

    Attributes:
        description: That of the tracker.
    """

    def __init__(self, make: Callable[[], Tracker], frame_seconds: float):
        """Starts the process.

        Args:
            make: Makes a tracker with a `description`; is pickled.
            frame_seconds: Longest time for an `init` or `update`.

        Raises:
            UserError: As `make`.
        """
        self._seconds, self._frames, self._number = frame_seconds, None, 0
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(make, theirs), daemon=True)
        with signals_held():
            self._process.start()
        theirs.close()
        try:
            self.description: str = self._answer(_START_SECONDS)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """The same."""
        return self

    def __exit__(self, *error: object) -> None:
        """Ends the process."""
        self.close()

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track; see `Tracker.init`.

        Raises:
            UserError: As the tracker, or it hangs or died.
        """
        self._number = 0
        self._ask("init", frame, box_ltwh)

    def update(self, frame: np.ndarray) -> TrackResult:
        """Follows the target into the next frame; see `Tracker.update`.

        Raises:
            UserError: As the tracker, or it hangs or died.
        """
        self._number += 1
        return self._ask("update", frame)

    def close(self) -> None:
        """Ends the process, whatever it does."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
        if self._frames is not None:
            self._frames.close()
            self._frames.unlink()
            self._frames = None

    def _ask(self, method: str, frame: np.ndarray, *arguments: np.ndarray) -> Any:
        name = self._share(frame)
        with contextlib.suppress(BrokenPipeError):  # the answer tells how it ended
            self._pipe.send((method, name, frame.shape, arguments))
        return self._answer(self._seconds)

    def _share(self, frame: np.ndarray) -> str:
        """Copies a frame to where the other process sees it; the name of that place."""
        if self._frames is None or self._frames.size < frame.nbytes:
            if self._frames is not None:
                self._frames.close()
                self._frames.unlink()
            self._frames = SharedMemory(create=True, size=frame.nbytes)
        np.ndarray(frame.shape, np.uint8, self._frames.buf)[...] = frame
        return self._frames.name

    def _answer(self, seconds: float) -> Any:
        """What the other process returns or raises."""
        where = f"{self._number} frames after its start" if self._number else "at its start"
        if not self._pipe.poll(seconds):
            self.close()
            raise UserError(
                f"the tracker has not answered for {seconds:g} s, {where}, and was ended; run the "
                "same command again to go on, perhaps with a larger --frame-seconds, or leave the "
                "video out"
            )
        try:
            failed, value = self._pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            self._process.join()
            raise UserError(
                f"the tracker's process ended by itself, {where} (exit code "
                f"{self._process.exitcode}); run the same command again to go on, or leave the "
                "video out"
            ) from error
        if failed:
            raise value
        return value


def _serve(make: Callable[[], Tracker], pipe: Connection) -> None:
    """The other process: makes the tracker and answers until nobody asks any more."""
    end_with_parent()
    try:
        tracker = make()
    except UserError as error:
        pipe.send((True, error))
        return
    pipe.send((False, tracker.description))
    frames: SharedMemory | None = None
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            method, name, shape, arguments = pipe.recv()
            if frames is None or frames.name != name:
                frames = SharedMemory(name)
            pipe.send(_call(getattr(tracker, method), frames, shape, arguments))


def _call(
    method: Callable[..., Any], frames: SharedMemory, shape: tuple[int, ...], arguments: tuple
) -> tuple[bool, Any]:
    """Whether a call failed in a way that is told, and what it returned or raised."""
    try:
        return False, method(np.ndarray(shape, np.uint8, frames.buf), *arguments)
    except UserError as error:
        return True, error
