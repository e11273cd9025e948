"""Worker processes that never outlive their parent and stop at once when it is told to stop."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from src.errors import UserError

_STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM}


@contextlib.contextmanager
def worker_pool(
    workers: int, initializer: Callable[..., None], *arguments: object
) -> Iterator[Executor]:
    """Starts worker processes; whatever ends the block, none is left afterwards.

    Args:
        workers: How many.
        initializer: Is called with `arguments` in every worker before its first task.
        *arguments: Its arguments.

    Yields:
        The executor, to `submit` to inside of `signals_held`.

    Raises:
        UserError: A worker died.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _start, (initializer, *arguments))
    try:
        yield pool
    except BaseException as error:
        for worker in multiprocessing.active_children():
            worker.kill()
        if isinstance(error, BrokenProcessPool):
            raise UserError(
                "a worker process died, probably for lack of memory; run the same command again to "
                "go on, perhaps with fewer run.workers"
            ) from error
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Holds back SIGTERM and Ctrl-C until the block ends; processes started in it never get them.

    So Ctrl-C, which a terminal sends to parent and workers alike, is the parent's to answer.
    """
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)


def _start(initializer: Callable[..., None], *arguments: object) -> None:
    """Makes a worker end when its parent is gone, even by SIGKILL, and initializes it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    initializer(*arguments)


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)
