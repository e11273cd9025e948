"""Makes one shard of records: what a worker process does."""

import time
from collections.abc import Iterator

from src.base.errors import UserError
from src.base.files import atomic_path, atomic_write_text, file_crc32
from src.records.plan import ShardJob
from src.records.store import Shard, Skipped
from src.workers.pieces import kept

_SECONDS_BETWEEN_COUNTS = 0.5


def write_shard(job: ShardJob) -> Shard:
    """Writes a shard and the note that it is whole.

    A pair with a frame that cannot be read is skipped. The job's `count_file` tells how many pairs
    are done, until the shard is.

    Args:
        job: What to make.

    Returns:
        What the note says.

    Raises:
        UserError: The shard cannot be written, for instance because the disk is full.
    """
    from src.records.encoding import write_records

    skipped: list[Skipped] = []
    try:
        with atomic_path(job.path) as part:
            pairs = write_records(part, _encode_pairs(job, skipped))
        shard = Shard(
            file=job.path.name,
            pairs=pairs,
            size=job.path.stat().st_size,
            crc32=file_crc32(job.path),
            skipped=tuple(skipped),
        )
        atomic_write_text(job.note, shard.model_dump_json())
    except OSError as error:
        raise UserError(
            f"{job.path}: cannot be written ({error.strerror or error}); finished shards are kept, "
            "run the same command again when this is mended"
        ) from error
    finally:
        job.count_file.unlink(missing_ok=True)
    return shard


def _encode_pairs(job: ShardJob, skipped: list[Skipped]) -> Iterator[bytes]:
    """The records of a job's pairs; pairs that cannot be read go to `skipped`."""
    from src.records.encoding import PairEncoder

    encoder, told = kept(PairEncoder, job.design), time.monotonic()
    for done, (row, pair) in enumerate(job.read_pairs()):
        if time.monotonic() - told > _SECONDS_BETWEEN_COUNTS:
            job.count_file.write_text(str(done))
            told = time.monotonic()
        try:
            yield encoder.encode(pair, job.root)
        except UserError as error:
            skipped.append(Skipped(row=row, reason=str(error)))
