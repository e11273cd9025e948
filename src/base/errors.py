"""Errors that are the user's to mend, and how a script ends: one sentence, exit status 2."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence


class UserError(Exception):
    """Something a user can put right: the message says what, where, and what would be right."""


def write_trouble(error: Exception) -> str:
    """Why something cannot be written, in the system's words.

    Args:
        error: An OSError, or one of TensorFlow's, whose message is
            `{{...}} <file>; No space left on device [Op:SaveV2]`, and perhaps more lines.

    Returns:
        Such as `No space left on device`.
    """
    if isinstance(error, OSError):
        return error.strerror or str(error)
    first, *_ = str(getattr(error, "message", error)).splitlines()
    return first.rpartition("; ")[2].partition(" [Op:")[0]


class LostWorkerError(Exception):
    """Another process of a cluster is gone; the same command on all of them goes on."""


class Terminated(BaseException):
    """SIGTERM arrived: raised in the main thread, so that `finally` clauses run."""


class StopRequest:
    """Whether a signal asked to stop; see `deferred_signals`."""

    def __init__(self) -> None:
        """No signal came yet."""
        self.reason: type[BaseException] | None = None

    def __call__(self, signum: int, frame: object) -> None:
        """Remembers the signal (a signal handler)."""
        self.reason = Terminated if signum == signal.SIGTERM else KeyboardInterrupt


@contextlib.contextmanager
def deferred_signals() -> Iterator[StopRequest]:
    """Keeps SIGTERM and Ctrl-C from breaking into a block, which asks `reason` where it can stop.

    Yields:
        The request; its `reason` is the exception to raise, or None while no signal came.
    """
    request = StopRequest()
    kept = {number: signal.signal(number, request) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield request
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _on_sigterm(signum: int, frame: object) -> None:
    raise Terminated


def run_script(main: Callable[[Sequence[str]], None], argv: Sequence[str]) -> int:
    """Runs a script's `main` and turns its outcome into an exit status.

    Args:
        main: The script; takes the command-line arguments without the program's name.
        argv: Those arguments.

    Returns:
        0 when done, 2 after a `UserError` (told as one line on stderr, starting with `error: `),
        75 after a `LostWorkerError` (`sysexits.h`: try again), 130 after Ctrl-C, 143 after SIGTERM,
        141 when nobody reads the output any more, as a shell would report them.
    """
    signal.signal(signal.SIGTERM, _on_sigterm)
    try:
        main(argv)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except LostWorkerError as error:
        print(f"interrupted: {error}", file=sys.stderr)
        return 75
    except BrokenPipeError:
        # nobody reads on; the interpreter's last flush must not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Terminated:
        print("terminated", file=sys.stderr)
        return 143
    return 0
