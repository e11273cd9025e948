"""Files and folders that are there whole or not at all, and what tells one from another."""

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from src.base.errors import UserError


@contextlib.contextmanager
def atomic_path(path: str | Path, suffix: str = ".part") -> Iterator[Path]:
    """Gives a file to write in place of `path`, which it becomes when the block ends well.

    Args:
        path: The file to make or replace; its folder is made if needed.
        suffix: Ends the other name, for writers that take the format from it.

    Yields:
        A new, empty file in the same folder; removed if the block raises.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=suffix)
    os.close(handle)
    part = Path(name)
    try:
        with full_disk_names(path):
            yield part
            _sync(part)
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


# what a write says where there is no room: on the disk, for this user, for a file of this size
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def full_disk_names(path: str | Path) -> Iterator[None]:
    """Lets the error of a full disk name the file, which a write does not know."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL and error.filename is None:
            error.filename = str(path)
        raise


@contextlib.contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Gives a folder to fill in place of `path`, which it becomes when the block ends well.

    Args:
        path: A folder that does not exist or is empty; its own folder is made if needed.

    Yields:
        A new, empty folder beside it; removed with all that is in it if the block raises.

    Raises:
        UserError: At the end something lies at `path`; it stays as it is.
    """
    path = Path(path).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part"))
    try:
        yield part
        for file in part.rglob("*"):
            if file.is_file():
                _sync(file)
        part.chmod(0o777 & ~_umask())
        _become(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _become(part: Path, path: Path) -> None:
    """Renames a folder, but not over what another program has written meanwhile."""
    try:
        part.replace(path)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        raise UserError(
            f"{path}: another program has written it meanwhile, and it stays as it is; write to "
            "another folder, or run one program at a time"
        ) from error


def _sync(path: Path) -> None:
    """Waits until a file's bytes are on the disk, so that no name comes before them."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def atomic_write_bytes(path: str | Path, data: bytes) -> None:
    """Writes a whole file at once."""
    with atomic_path(path) as part:
        part.write_bytes(data)


def atomic_write_text(path: str | Path, text: str) -> None:
    """Writes a whole text file at once, UTF-8, line ends as given."""
    atomic_write_bytes(path, text.encode())


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_BLOCK = 1 << 20


def file_crc32(path: Path) -> int:
    """CRC-32 of a file's bytes."""
    crc = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            crc = zlib.crc32(block, crc)
    return crc


def named_file(path: Path | None, suffix: str) -> Path:
    """The file that `--out` names, whether or not it exists.

    Args:
        path: What was given; None: nothing.
        suffix: How its name must end, e.g. `.png`.

    Raises:
        UserError: Nothing was given, or no file of that kind can be there.
    """
    if path is None or not path.name:
        raise UserError(f"--out is missing: name the {suffix} file that is to be written")
    if path.suffix.lower() != suffix or path.is_dir():
        raise UserError(f"--out {path}: the name of a file that ends in {suffix} is right")
    return path


def new_file(path: Path | None, suffix: str) -> Path:
    """The file that `--out` names, where nothing lies yet; takes what `named_file` takes.

    Raises:
        UserError: As there, or it exists.
    """
    path = named_file(path, suffix)
    if path.exists():
        raise UserError(f"--out {path}: exists already; choose another name or remove it")
    return path


def new_folder(path: Path | None) -> Path:
    """The folder that `--out` names, new or empty; None where nothing was given.

    Raises:
        UserError: Nothing was given, or something lies there.
    """
    if path is None:
        raise UserError("--out is missing: name the folder that is to be written")
    if path.exists() and not path.is_dir():
        raise UserError(f"--out {path}: is a file; a new or empty folder is right")
    if path.is_dir() and any(path.iterdir()):
        raise UserError(f"--out {path}: is not empty; a new or empty folder is right")
    return path
