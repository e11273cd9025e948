"""The graphs of a TFLite file as functions of arrays by name."""

import ctypes
import os
from types import ModuleType
from typing import Any

import numpy as np

from src.base.errors import UserError
from src.base.quiet import silent_stderr

Arrays = dict[str, np.ndarray]


def import_litert() -> ModuleType:
    """LiteRT's interpreters.

    Raises:
        UserError: It is not installed.
    """
    try:
        from ai_edge_litert import interpreter
    except ImportError as error:
        raise UserError(
            f"LiteRT is not installed ({error}); pip install -r requirements-light.txt installs it"
        ) from error
    return interpreter


def usual_threads() -> int:
    """As many threads as this process has cores, at most 4: more wait for each other."""
    return min(len(os.sched_getaffinity(0)), 4) if hasattr(os, "sched_getaffinity") else 2


class Graphs:
    """The graphs of one file; one thread at a time may call them.

    Attributes:
        names: Of the graphs.
        threads: How many compute.
    """

    def __init__(self, model: bytes, threads: int):
        """Reads the file; a graph is prepared at its first call.

        Args:
            model: The file's bytes.
            threads: How many compute.

        Raises:
            UserError: LiteRT is not installed.
        """
        self._model, self.threads = model, threads
        self._open()
        self.names = tuple(self._interpreter.get_signature_list())

    def __call__(self, name: str, arrays: Arrays) -> Arrays:
        """Computes one graph.

        Args:
            name: Of the graph.
            arrays: At least its inputs.

        Returns:
            Its outputs, copies.
        """
        if os.getpid() != self._process:
            # after a fork its threads are not there: it would wait for them, also at its end
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._interpreter))
            self._open()
        if name not in self._runners:
            runner = self._interpreter.get_signature_runner(name)
            self._runners[name] = runner, tuple(runner.get_input_details())
        runner, inputs = self._runners[name]
        return runner(**{key: arrays[key] for key in inputs})

    def input_shape(self, name: str, key: str) -> tuple[int, ...]:
        """Shape of an input of a graph."""
        runner = self._interpreter.get_signature_runner(name)
        return tuple(map(int, runner.get_input_details()[key]["shape"]))

    def _open(self) -> None:
        """A new interpreter, of this process."""
        litert = import_litert()
        self._process = os.getpid()
        self._runners: dict[str, tuple[Any, tuple[str, ...]]] = {}
        # LiteRT greets at the first preparation of a graph
        with silent_stderr():
            self._interpreter = litert.Interpreter(
                model_content=self._model, num_threads=self.threads
            )
            self._interpreter.allocate_tensors()
