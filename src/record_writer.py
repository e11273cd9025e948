"""Makes one shard of records: what a worker process does."""

from collections.abc import Iterator, MutableSequence
from types import SimpleNamespace

from src.atomic import atomic_path, atomic_write_text
from src.errors import UserError
from src.record_plan import ShardJob
from src.record_store import Shard, Skipped, file_crc32

_worker = SimpleNamespace(pairs_done=None)


def start_worker(pairs_done: MutableSequence[int]) -> None:
    """Prepares a worker process: one thread, no GPU.

    Args:
        pairs_done: Shared between the processes; for each job, pairs done so far.
    """
    from src.devices import import_tensorflow, use_devices

    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    use_devices(())
    _worker.pairs_done = pairs_done


def write_shard(job: ShardJob, number: int = 0) -> Shard:
    """Writes a shard and the note that it is whole.

    A pair with a frame that cannot be read is skipped.

    Args:
        job: What to make.
        number: Place of the job in the worker's `pairs_done`.

    Returns:
        What the note says.

    Raises:
        UserError: The shard cannot be written, for instance because the disk is full.
    """
    from src.training_records import write_records

    skipped: list[Skipped] = []
    try:
        with atomic_path(job.path) as part:
            pairs = write_records(part, _encode_pairs(job, number, skipped))
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
    return shard


def _encode_pairs(job: ShardJob, number: int, skipped: list[Skipped]) -> Iterator[bytes]:
    """The records of a job's pairs; pairs that cannot be read go to `skipped`."""
    from src.training_records import PairEncoder

    encoder = PairEncoder(job.design)
    for row, pair in job.read_pairs():
        try:
            yield encoder.encode(pair, job.root)
        except UserError as error:
            skipped.append(Skipped(row=row, reason=str(error)))
        if _worker.pairs_done is not None:
            _worker.pairs_done[number] += 1
