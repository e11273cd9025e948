import os
import signal

import pytest

from src.base.errors import (
    LostWorkerError,
    Terminated,
    UserError,
    deferred_signals,
    run_script,
    write_trouble,
)


def raising(error):
    def main(argv):
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (UserError("video: no such video"), 2, "error: video: no such video"),
        (
            OSError(28, "No space left on device", "out/x"),
            2,
            "error: out/x: No space left on device",
        ),
        (KeyboardInterrupt(), 130, "interrupted"),
        (Terminated(), 143, "terminated"),
    ],
)
def test_the_outcome_becomes_an_exit_status_and_a_line(error, status, text, capsys):
    assert run_script(raising(error), []) == status
    assert capsys.readouterr().err.strip() == text


def test_success_is_zero_and_silent(capsys):
    # C36: success ended with status 1
    assert run_script(lambda argv: None, ["a"]) == 0
    assert capsys.readouterr().err == ""


def test_a_programming_error_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        run_script(raising(ZeroDivisionError()), [])


def test_sigterm_reaches_finally_clauses():
    reached = []

    def main(argv):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            reached.append(True)

    assert run_script(main, []) == 143
    assert reached


def test_a_lost_worker_is_worth_another_try(capsys):
    def main(argv):
        raise LostWorkerError("a worker is gone")

    assert run_script(main, []) == 75
    assert capsys.readouterr().err == "interrupted: a worker is gone\n"


@pytest.mark.parametrize(
    ("number", "reason"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)]
)
def test_deferred_signals_wait(number, reason):
    before = signal.getsignal(number)
    with deferred_signals() as request:
        assert request.reason is None
        os.kill(os.getpid(), number)
        assert request.reason is reason
    assert signal.getsignal(number) is before


def test_a_reader_that_leaves_is_no_error(run_python):
    code = (
        "import sys, os; from src.base.errors import run_script\n"
        "read, write = os.pipe(); os.close(read); os.dup2(write, 1)\n"
        "def main(argv): print('x' * 10**6, flush=True)\n"
        "sys.exit(run_script(main, []))"
    )
    done = run_python(code)
    assert (done.returncode, done.stderr) == (141, "")


class LibraryError(Exception):
    """As TensorFlow's: what it says is in `message`."""

    def __init__(self, message):
        super().__init__()
        self.message = message


SAVE = "{{function_node __wrapped__SaveV2_dtypes_3_device_/job:localhost}} /out/a-6_temp/part"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device", "a"), "No space left on device"),
        (OSError("worn out"), "worn out"),
        (LibraryError(f"{SAVE}; No space left on device [Op:SaveV2]"), "No space left on device"),
        (
            LibraryError("/a;b/x; File too large\n\tFailed to flush [Op:Flush] name: "),
            "File too large",
        ),
        (LibraryError("no file is named"), "no file is named"),
    ],
)
def test_why_something_cannot_be_written_is_told_in_the_words_of_the_system(error, told):
    assert write_trouble(error) == told
