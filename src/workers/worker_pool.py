"""Worker processes that never outlive their parent and stop at once when it is told to stop."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from concurrent.futures.thread import ThreadPoolExecutor
from typing import Any

from src.base.errors import UserError

MAX_DEATHS = 3
_STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM}


@contextlib.contextmanager
def worker_pool(workers: int) -> Iterator[Executor]:
    """Starts worker processes; whatever ends the block, none is left afterwards.

    A piece of work whose process dies is done again by a new process, so it must be safe to do
    twice; after `MAX_DEATHS` deaths its future raises a UserError.

    Args:
        workers: How many; each is started when a piece of work needs it.

    Yields:
        The executor.
    """
    pool = _WorkerPool(workers)
    try:
        yield pool
    except BaseException:
        pool.kill()
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


class _WorkerPool(Executor):
    """Threads that each have one process, so that it is known which piece a process died of."""

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers)
        self._own = threading.local()
        self._processes: list[ProcessPoolExecutor] = []
        self._lock, self._stopped = threading.Lock(), False

    def submit(self, function: Callable[..., Any], /, *args: object, **kwargs: object) -> Future:
        return self._threads.submit(self._do, function, *args, **kwargs)

    def kill(self) -> None:
        """Ends the processes in the midst of their work."""
        with self._lock:
            self._stopped = True
        for worker in multiprocessing.active_children():
            worker.kill()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        for process in self._processes:
            process.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _do(self, function: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        for _ in range(MAX_DEATHS):
            try:
                return self._start(function, *args, **kwargs).result()
            except BrokenProcessPool:
                del self._own.process
        raise UserError(
            f"a worker process died {MAX_DEATHS} times at the same piece of work, probably for "
            "lack of memory; run the same command again to go on, perhaps with fewer run.workers"
        )

    def _start(self, function: Callable[..., Any], *args: object, **kwargs: object) -> Future:
        """Hands the work to this thread's process."""
        # else a process might be started after all were killed
        with self._lock:
            if self._stopped:
                raise CancelledError
            if not hasattr(self._own, "process"):
                context = multiprocessing.get_context("spawn")
                self._own.process = ProcessPoolExecutor(1, context, end_with_parent)
                self._processes.append(self._own.process)
            with signals_held():
                return self._own.process.submit(function, *args, **kwargs)


def end_with_parent() -> None:
    """Makes this process, which another one started, end when that is gone, even by SIGKILL."""
    threading.Thread(target=_await_parent, daemon=True).start()


def _await_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


def in_processes(function: Callable[..., Any], calls: Sequence[tuple]) -> list[Any]:
    """Calls a function in a process for each tuple of arguments; none is left afterwards.

    Args:
        function: Importable; it and its arguments are pickled.
        calls: Arguments of each call.

    Returns:
        What the calls returned, in their order.

    Raises:
        UserError: A process died, or a call raised it.
    """
    with worker_pool(len(calls)) as pool:
        with signals_held():
            futures = [pool.submit(function, *arguments) for arguments in calls]
        return [future.result() for future in futures]
