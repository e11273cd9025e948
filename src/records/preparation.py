"""Makes the records of a pair list: deals the work to processes, and ends it whatever happens.

The same list and design give the same bytes, whatever the number of workers, wherever they are and
however often the work was interrupted.
"""

import contextlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from pathlib import Path

from src.base.errors import UserError
from src.base.files import atomic_path, atomic_write_text, file_crc32
from src.base.locks import locked
from src.base.progress import progress
from src.parameters.design import Design
from src.parameters.models import Environment, Run
from src.records.plan import RecordPlan, ShardJob, plan_records
from src.records.store import Manifest, Shard, Skipped
from src.workers.executors import open_executor
from src.workers.pieces import kept, one_cpu_thread

MAX_SKIPPED_SHARE = 0.05
SHOWN_SKIPPED = 10
_POLL_SECONDS = 0.5
_LOCK = ".records.lock"


def prepare_records(design: Design, env: Environment, run: Run) -> str:
    """Makes the records of `environment.pair_list`, or goes on with an interrupted preparation.

    Args:
        design: What the records are made for.
        env: The list, the data set, where the records go.
        run: `workers`, `cluster` and `num_shards`.

    Returns:
        A report: sets, shards, bytes a pair, pairs a second, skipped pairs.

    Raises:
        UserError: The list or the place is not usable, other records are there, more than 5 % of
            the pairs cannot be read, a worker died, or the disk is full.
    """
    plans = plan_records(design, env, run.num_shards)
    with _locked_folder(Path(env.tfrecord_path)):
        for plan in plans:
            plan.refuse_other()
        plans = [plan for plan in plans if plan.pairs]
        shards = {name: shard for plan in plans for name, shard in plan.finished_shards().items()}
        jobs = [job for plan in plans for job in plan.jobs if job.path.name not in shards]
        start = time.monotonic()
        made = _make_shards(plans, jobs, shards, run) if jobs else {}
        seconds = time.monotonic() - start
        manifests = [plan.finish(shards | made) for plan in plans]
    return "\n".join(
        [
            *(_describe_set(*item) for item in zip(plans, manifests, strict=True)),
            _describe_work(made.values(), seconds),
            *_describe_skipped(manifests),
            *(f"left over from other records: {path}" for p in plans for path in p.leftovers()),
        ]
    )


def _make_shards(
    plans: Sequence[RecordPlan],
    jobs: Sequence[ShardJob],
    shards: Mapping[str, Shard],
    run: Run,
) -> dict[str, Shard]:
    """Makes the missing shards in worker processes; `shards` are those that are there."""
    n_pairs = sum(plan.pairs for plan in plans)
    initial = sum(shard.pairs + len(shard.skipped) for shard in shards.values())
    seen = [jobs[0].pair_list, jobs[0].root / jobs[0].read_pairs()[0][1].z_path]
    staging = [plan.staging for plan in plans]
    made: dict[str, Shard] = {}
    with (
        _staging_folders(plans),
        progress(total=n_pairs, initial=initial, desc="records", unit="pair") as bar,
        open_executor(run, len(jobs), seen, staging, one_cpu_thread) as executor,
    ):
        for finished in _finished_shards(jobs, executor):
            made |= {shard.file: shard for shard in finished}
            bar.update(max(0, initial + _count_done(plans, made.values()) - bar.n))
            _refuse_too_many_skipped(plans, [*shards.values(), *made.values()], n_pairs)
    return made


def _finished_shards(jobs: Sequence[ShardJob], executor: Executor) -> Iterator[list[Shard]]:
    """Runs the jobs; twice a second yields the shards finished since, which may be none."""
    pending = {executor.submit(write_shard, job) for job in jobs}
    while pending:
        done, pending = wait(pending, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        yield [future.result() for future in done]


def _count_done(plans: Sequence[RecordPlan], made: Collection[Shard]) -> int:
    """Pairs that were done in this run, those of half-made shards included."""
    counts = [_read_count(path) for plan in plans for path in plan.staging.glob(".*.count")]
    return sum(counts) + sum(shard.pairs + len(shard.skipped) for shard in made)


def _read_count(path: Path) -> int:
    """What a count file tells; 0 if it is being written or was just removed."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _refuse_too_many_skipped(
    plans: Sequence[RecordPlan], shards: Sequence[Shard], n_pairs: int
) -> None:
    skipped = [pair for shard in shards for pair in shard.skipped]
    if len(skipped) <= MAX_SKIPPED_SHARE * n_pairs:
        return
    for plan in plans:
        plan.forget_skipped()
    raise UserError(
        f"at least {len(skipped)} of {n_pairs} pairs cannot be read, more than "
        f"{MAX_SKIPPED_SHARE:.0%}, for instance row {skipped[0].row} of the list: "
        f"{skipped[0].reason}; mend the frames or make the list anew"
    )


@contextlib.contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    """Makes the folder of the records and keeps other preparations out of it."""
    advice = "wait until it has ended, or name another environment.tfrecord_path"
    with contextlib.ExitStack() as stack:
        try:
            lock = locked(folder / _LOCK, "records are being prepared here", advice)
            stack.enter_context(lock)
        except OSError as error:
            raise _not_writable(folder, error) from error
        yield


@contextlib.contextmanager
def _staging_folders(plans: Sequence[RecordPlan]) -> Iterator[None]:
    """Makes the staging folders; half-written files in them are removed before and after."""
    try:
        for plan in plans:
            plan.staging.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(plan.staging.parent, error) from error
    _remove_parts(plans)
    try:
        yield
    finally:
        _remove_parts(plans)


def _remove_parts(plans: Sequence[RecordPlan]) -> None:
    for plan in plans:
        for pattern in (".*.part", ".*.count"):
            for part in plan.staging.glob(pattern):
                part.unlink(missing_ok=True)


def _not_writable(folder: Path, error: OSError) -> UserError:
    return UserError(
        f"{folder}: records cannot be written here ({error.strerror}); "
        "environment.tfrecord_path should name a folder that can be written"
    )


def _describe_set(plan: RecordPlan, manifest: Manifest) -> str:
    size = sum(shard.size for shard in manifest.shards)
    return (
        f"{plan.manifest.stem}: {manifest.pairs} pairs in {len(manifest.shards)} shards, "
        f"{size / manifest.pairs / 1000:.1f} kB a pair, in {plan.manifest.parent}"
    )


def _describe_work(made: Collection[Shard], seconds: float) -> str:
    if not made:
        return "nothing to do: these records were complete already"
    pairs = sum(shard.pairs for shard in made)
    return f"{pairs} pairs in {seconds:.0f} s, {pairs / seconds:.1f} pairs/s"


def _describe_skipped(manifests: Sequence[Manifest]) -> list[str]:
    skipped = [pair for manifest in manifests for pair in manifest.skipped]
    lines = [f"  row {pair.row}: {pair.reason}" for pair in skipped[:SHOWN_SKIPPED]]
    if len(skipped) > SHOWN_SKIPPED:
        lines.append("  ... all of them are in the manifests")
    return [f"{len(skipped)} pairs skipped", *lines]


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
