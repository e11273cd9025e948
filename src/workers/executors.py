"""Where pieces of work are done: here, in processes, or on a Dask cluster."""

import contextlib
import logging
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from types import ModuleType
from typing import Any

from src.base.errors import UserError
from src.base.imports import import_optional
from src.parameters.models import Run
from src.workers.pieces import View, do_piece, no_setup, shared_view
from src.workers.worker_pool import worker_pool


@contextlib.contextmanager
def open_executor(
    run: Run,
    pieces: int,
    files: Sequence[Path] = (),
    folders: Sequence[Path] = (),
    setup: Callable[[], None] = no_setup,
) -> Iterator[Executor]:
    """Starts worker processes, or connects to the cluster; ends or leaves it with the block.

    Args:
        run: `workers` (0: one for each core) and `cluster`.
        pieces: How many pieces of work there are; more processes are not started.
        files: Files of the input; workers that see none or others of another size are refused.
        folders: Where workers write; workers that see other folders there are refused.
        setup: Is called in every worker before its first piece; a function of a module.

    Yields:
        The executor; `submit` it functions of modules.

    Raises:
        UserError: A worker cannot do its work, see `do_piece`, `worker_pool`, `cluster_executor`.
    """
    workers = max(1, min(run.workers or len(os.sched_getaffinity(0)), pieces))
    engine = cluster_executor(run.cluster) if run.cluster else worker_pool(workers)
    with shared_view(files, folders, setup) as view, engine as executor:
        yield _CheckedExecutor(executor, view)


class _CheckedExecutor(Executor):
    """Hands pieces to an executor, each with what its worker has to see."""

    def __init__(self, executor: Executor, view: View) -> None:
        self._executor, self._view = executor, view

    def submit(self, function: Callable[..., Any], /, *args: object, **kwargs: object) -> Future:
        return self._executor.submit(do_piece, self._view, function, *args, **kwargs)


REQUIREMENT = "'distributed>=2026.8'"
CONNECT_SECONDS = 10


@contextlib.contextmanager
def cluster_executor(address: str) -> Iterator[Executor]:
    """Connects to a Dask scheduler; when the block ends, its pieces of work are taken back.

    Dask does a piece whose worker dies again, by its setting `distributed.scheduler.
    allowed-failures` three times; pieces that raise are not done again.

    Args:
        address: Of the scheduler, e.g. `tcp://host:8786`.

    Yields:
        The executor.

    Raises:
        UserError: Dask is not installed, no scheduler answers, workers cannot import this program,
            a piece killed every worker that took it, or the scheduler went away.
    """
    distributed = import_optional("distributed", REQUIREMENT, f"run.cluster {address}")
    client = _connect(distributed, address)
    try:
        if not client.nthreads():
            print(f"run.cluster: {address} has no workers yet, waiting", file=sys.stderr)
        executor = client.get_executor(pure=False)
        try:
            yield _ClusterExecutor(executor)
        finally:
            executor.shutdown(wait=False)
    except distributed.KilledWorker as error:
        raise UserError(
            f"run.cluster: every worker of {address} that took one of the pieces of work died, "
            "probably for lack of memory; run the same command again to go on"
        ) from error
    except (CancelledError, distributed.comm.CommClosedError) as error:
        raise UserError(
            f"run.cluster: the scheduler at {address} went away; run the same command again"
        ) from error
    except ModuleNotFoundError as error:
        raise UserError(
            f"run.cluster: a worker of {address} cannot import what this program needs ({error}); "
            "start the workers with its packages, and its folder as PYTHONPATH"
        ) from error
    finally:
        client.close(timeout=CONNECT_SECONDS)


class _ClusterExecutor(Executor):
    """Sends calls as bytes: the scheduler, which unpacks what it is sent, need not know them."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, function: Callable[..., Any], /, *args: object, **kwargs: object) -> Future:
        return self._executor.submit(pickle.loads, pickle.dumps(_Call(function, args)), **kwargs)


class _Call:
    """A call that is made by unpickling it."""

    def __init__(self, function: Callable[..., Any], args: tuple[object, ...]) -> None:
        self._reduced = function, args

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self._reduced


def _connect(distributed: ModuleType, address: str) -> Any:
    """A client of the scheduler."""
    # what it has to tell of a lost scheduler is a traceback; ours is a sentence
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UserError(
            f"run.cluster: no Dask scheduler answers at {address} within {CONNECT_SECONDS} s; an "
            "empty address uses processes of this machine"
        ) from error
