"""A lock on a folder that one process at a time may write to, and who holds it."""

import contextlib
import errno
import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from src.base.errors import UserError

# what file systems without locks say: some network and FUSE mounts
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


@contextlib.contextmanager
def locked(path: Path, held: str, advice: str) -> Iterator[None]:
    """Keeps other processes out of a folder as long as the block lasts.

    The system gives the lock up when its process ends, however that ends: a file that a kill left
    behind keeps nobody out. The file tells who holds it, and is removed at the end, with the folder
    if that was made for it and nothing else was put there.

    Args:
        path: The lock, a hidden file of the folder, which is made if needed.
        held: What the other process does, e.g. `a training runs here already`.
        advice: What the user can do, ends the sentence.

    Raises:
        UserError: Another process holds the lock; the message tells its id, its host, and since
            when.
        OSError: The file cannot be made.
    """
    made = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = _open_locked(path, held, advice)
    try:
        # where the disk is full, what the block writes will say so
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, _own_note(), 0)
        yield
    finally:
        # before it is given up: whoever waits for this very file sees that it is gone
        path.unlink(missing_ok=True)
        os.close(handle)
        if made:
            with contextlib.suppress(OSError):
                path.parent.rmdir()


def _open_locked(path: Path, held: str, advice: str) -> int:
    """Opens and locks the file."""
    while True:
        # to be written: NFS grants no lock on a folder, nor on a file that is only read
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle, path)
        except OSError as error:
            who = _holder(handle)
            os.close(handle)
            if not isinstance(error, BlockingIOError):
                raise
            raise UserError(f"{path.parent}: {held}, by {who}; {advice}") from error
        if _is_still(path, handle):
            return handle
        # its holder removed it between our two steps
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    """Locks an open file, or says that this cannot be done here."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        print(
            f"{path.parent}: this file system has no locks ({error.strerror}); nothing keeps a "
            "second process from writing here too",
            file=sys.stderr,
        )


def _is_still(path: Path, handle: int) -> bool:
    """Whether the open file is the one that has this name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


def _own_note() -> bytes:
    """What the file says of this process."""
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}).encode()


def _holder(handle: int) -> str:
    """Who holds the lock, as its file says; it may be empty for a moment."""
    try:
        note = json.loads(os.pread(handle, 4096, 0))
        return f"process {note['pid']} on {note['host']} since {note['since']}"
    except (ValueError, LookupError, TypeError):
        return "another process"
