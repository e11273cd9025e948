"""Errors that are the user's to mend, and how a script ends: one sentence, exit status 2."""

import signal
import sys
from collections.abc import Callable, Sequence


class UserError(Exception):
    """Something a user can put right: the message says what, where, and what would be right."""


class Terminated(BaseException):
    """SIGTERM arrived: raised in the main thread, so that `finally` clauses run."""


def _on_sigterm(signum: int, frame: object) -> None:
    raise Terminated


def run_script(main: Callable[[Sequence[str]], None], argv: Sequence[str]) -> int:
    """Runs a script's `main` and turns its outcome into an exit status.

    Args:
        main: The script; takes the command-line arguments without the program's name.
        argv: Those arguments.

    Returns:
        0 when done, 2 after a `UserError` (told as one line on stderr, starting with `error: `),
        130 after Ctrl-C, 143 after SIGTERM, as a shell would report them.
    """
    signal.signal(signal.SIGTERM, _on_sigterm)
    try:
        main(argv)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
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
