"""Work for the workers of a cluster, which dies with its process the first time."""

import os
import signal
from pathlib import Path

from src.records.preparation import write_shard
from tests.support.trackers import IdentityTracker


def is_first(mark: Path) -> bool:
    """Whether nobody asked before, in any process."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingTracker(IdentityTracker):
    """Kills its process in the midst of a track."""

    def update(self, frame):
        if self.updates == 3:
            die()
        return super().update(frame)


def load_dying(job):
    """The first tracker that is loaded dies."""
    first = is_first(Path(job.parameters.env.root_dataset, "a tracker died"))
    return DyingTracker() if first else IdentityTracker(), "checkpoint 1"


def write_shard_or_die(job):
    """The first shard that is written kills its process after two pairs."""
    if is_first(job.root / "a writer died"):
        from src.records.encoding import PairEncoder

        encode, done = PairEncoder.encode, []

        def encode_two(self, pair, root):
            if len(done) == 2:
                die()
            done.append(encode(self, pair, root))
            return done[-1]

        PairEncoder.encode = encode_two
    return write_shard(job)


def folder_of_worker():
    """Where a worker works."""
    return Path.cwd(), os.getpid()
