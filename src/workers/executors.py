"""The one place that makes executors: whatever is many independent pieces of work goes through it.

The same function does a piece in a process of this machine (`run.workers`) and on a cluster
(`run.cluster`), and gives the same bytes. It must be safe to do twice: pieces of workers that died
are done again.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from src.parameters.models import Run
from src.workers.cluster import cluster_executor
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
