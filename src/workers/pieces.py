"""One piece of work in a worker process, here or on another machine: checks, then the work.

Worker processes of a cluster live longer than one run, start in folders of their own and may be on
machines that do not see the data. So every piece carries what the main program sees; a worker
compares it with its own view before its first piece of a run.
"""

import contextlib
import functools
import hashlib
import importlib
import os
import platform
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from src.base.errors import UserError

# what the bytes of records and the numbers of tracks depend on, and the module that each brings
PACKAGES = {"numpy": "numpy", "pillow": "PIL", "tensorflow": "tensorflow"}

_worker = SimpleNamespace(run=None, kept={})
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class View:
    """What the main program sees, and all of its workers must see alike.

    Attributes:
        folder: Its current folder, which relative paths start from.
        files: Paths, with the files' sizes in bytes; -1 for a file that is not there.
        setup: Is called in every worker before its first piece of the run.
        versions: Names and versions of what computes.
        run: Another one for every run.
    """

    folder: Path
    files: tuple[tuple[Path, int], ...]
    setup: Callable[[], None]
    versions: tuple[tuple[str, str], ...]
    run: str = field(default_factory=lambda: secrets.token_hex(8))


def no_setup() -> None:
    """Where pieces need no preparation."""


def one_cpu_thread() -> None:
    """Where pieces compute with TensorFlow: one thread, no GPU."""
    from src.base.imports import import_tensorflow, use_devices

    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    use_devices(())


@contextlib.contextmanager
def shared_view(
    files: Sequence[Path], folders: Sequence[Path], setup: Callable[[], None] = no_setup
) -> Iterator[View]:
    """What this process sees.

    Args:
        files: Files of the input, the first of a data set for instance.
        folders: Where workers write; each gets a hidden file that lasts as long as the block.
        setup: Is called in every worker before its first piece; a function of a module.

    Yields:
        The view, for `do_piece`.
    """
    with contextlib.ExitStack() as stack:
        marks = [stack.enter_context(_mark(folder)) for folder in folders]
        seen = tuple((path, _size(path)) for path in (*files, *marks))
        yield View(Path.cwd(), seen, setup, versions())


def do_piece(view: View, function: Callable[..., Any], /, *args: object) -> Any:
    """Does one piece of work; one at a time in a process, however many threads it has.

    Args:
        view: What the main program sees.
        function: The work; a function of a module.
        *args: Its arguments.

    Returns:
        What the function returns.

    Raises:
        UserError: This process sees other files or is of another version; or as the function.
    """
    with _one_at_a_time, _inside(view.folder):
        if _worker.run != view.run:
            _worker.kept.clear()
            _check(view)
            view.setup()
            _worker.run = view.run
        return function(*args)


def kept(function: Callable[..., Any], *args: object) -> Any:
    """The value of `function(*args)`, computed once in a run; of each function the last is kept.

    Args:
        function: What is costly, for instance loading a tracker.
        *args: Its arguments.

    Returns:
        Its value.
    """
    if function not in _worker.kept or _worker.kept[function][0] != args:
        _worker.kept[function] = args, function(*args)
    return _worker.kept[function][1]


@functools.cache
def versions() -> tuple[tuple[str, str], ...]:
    """Names and versions of Python, this program and the packages that compute."""
    return (
        ("Python", platform.python_version()),
        ("this program", _program()),
        *((package, _version(module)) for package, module in PACKAGES.items()),
    )


def _version(module: str) -> str:
    """The version of what is imported under a name, whatever the package is called.

    TensorFlow is also packed as `tensorflow-cpu` and others, Pillow as `pillow-simd`. The module
    itself is asked only where no package says that it brings it: TensorFlow takes seconds.
    """
    packages = sorted(set(_packages_of().get(module, ())))
    if not packages:
        return importlib.import_module(module).__version__
    # several, one installed over the other: nobody knows whose files they are
    return " and ".join(dict.fromkeys(metadata.version(package) for package in packages))


@functools.cache
def _packages_of() -> Mapping[str, list[str]]:
    """The installed packages that bring a module, by its name."""
    return metadata.packages_distributions()


def _program() -> str:
    """A fingerprint of this program's source."""
    source, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(source.rglob("*.py")):
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def _mark(folder: Path) -> Iterator[Path]:
    """A hidden file by which workers know the folder; named as what `src.base.files` leaves."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".shared-", suffix=".part") as file:
        yield Path(file.name)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Makes the folder the current one, which it is already in processes of this machine."""
    try:
        before = os.getcwd()
        os.chdir(folder)
    except OSError as error:
        raise _not_seen(folder, "is not there") from error
    try:
        yield
    finally:
        os.chdir(before)


def _check(view: View) -> None:
    for (name, version), (_, expected) in zip(versions(), view.versions, strict=True):
        if version != expected:
            raise UserError(
                f"{_who()}: has {name} {version} instead of {expected}; start the workers with the "
                "main program's packages and source, anew after each change"
            )
    for path, size in view.files:
        found = _size(path)
        if found != size:
            told = "is not there" if found < 0 else f"has {found} bytes instead of {size}"
            raise _not_seen(path, told)


def _not_seen(path: Path, told: str) -> UserError:
    return UserError(
        f"{path}: {told} for {_who()}; all machines must see the data, the weights and the results "
        "under the same paths"
    )


def _who() -> str:
    return f"worker process {os.getpid()} on {socket.gethostname()}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
