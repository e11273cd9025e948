"""Runs calls in new processes, all at the same time; the only place that knows how."""

from collections.abc import Callable, Sequence
from typing import Any

from src.workers.worker_pool import signals_held, worker_pool


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
