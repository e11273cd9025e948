"""Times the preparation of records, with one worker process and with two."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.benchmark_candidates import Candidate
from src.benchmark_clock import over_rounds, ratios
from src.benchmark_frames import enlarged_training_clips
from src.benchmark_processes import in_processes
from src.benchmark_results import Measure, Variant
from src.design import Design
from src.errors import UserError
from src.pair_list import Pair
from src.parameters import Hyperparams
from src.pieces import one_cpu_thread
from src.sequences import VideoSequence
from src.training_pairs import make_pairs, shuffle_pairs

PROCESSES = (1, 2)
ROUNDS = 3

_FRAMES = 24  # of each clip
_WARM_UP = 8  # pairs of each worker


class Job(NamedTuple):
    """A worker's share of the pairs.

    Attributes:
        design: Of the records.
        pairs: To encode.
        root: Folder that their paths are relative to.
        path: Shard to write.
    """

    design: Design
    pairs: tuple[Pair, ...]
    root: Path
    path: Path


def measure_preparation(
    candidate: Candidate, pairs: int, folder: Path
) -> tuple[list[Variant], list[str]]:
    """Makes the same records with one process and with two, in turn.

    Args:
        candidate: Design and hyper-parameters.
        pairs: How many records each time.
        folder: Temporary.

    Returns:
        One variant, and notes.

    Raises:
        UserError: A worker died, or there are too few pairs to measure.
    """
    hp, _, _, _, design = candidate.parameters
    videos = enlarged_training_clips(_FRAMES, folder)
    drawn = draw_pairs(videos, hp, pairs, folder)
    rates: dict[int, list[float]] = {count: [] for count in PROCESSES}
    size = 0
    for _ in range(ROUNDS):
        for count in PROCESSES:
            stamps, size = _encode(design, drawn, count, folder)
            rates[count].append(joint_rate(stamps))
    notes = [
        f"{len(drawn)} pairs from JPEG frames of 640x480, while all processes encode: their start "
        f"and the first {_WARM_UP} pairs of each are not counted; {ROUNDS} rounds in turn"
    ]
    return [candidate.variant("float32", _measures(rates, size, len(drawn)))], notes


def draw_pairs(
    videos: Sequence[VideoSequence], hp: Hyperparams, pairs: int, root: Path
) -> list[Pair]:
    """Shuffled training pairs, `pairs` in all, or as many as the videos give."""
    each = hp.model_copy(
        update={"pairs_per_video": -(-pairs // len(videos)), "validation_share": 0.0}
    )
    drawn, _ = make_pairs(videos, each, seed=1, root=root)
    return shuffle_pairs(drawn, seed=1)[:pairs]


def encode_timed(job: Job) -> np.ndarray:
    """Writes a shard; what a worker process does.

    Returns:
        float64 [pairs], the time after each pair, seconds of a clock that processes share.
    """
    one_cpu_thread()
    from src.training_records import PairEncoder, write_records

    encoder, stamps = PairEncoder(job.design), []

    def records():
        for pair in job.pairs:
            yield encoder.encode(pair, job.root)
            stamps.append(time.monotonic())

    write_records(job.path, records())
    return np.array(stamps)


def joint_rate(stamps: Sequence[np.ndarray], warm_up: int = _WARM_UP) -> float:
    """Pairs a second of all processes together.

    Args:
        stamps: For each process the time after each of its pairs.
        warm_up: Pairs of each process that do not count.

    Returns:
        The rate while all of them worked: from the last one's first counted pair to the first
        one's last.

    Raises:
        UserError: They did not work at the same time.
    """
    counted = [times[warm_up:] for times in stamps]
    if min(map(len, counted)) > 1:
        begin, end = max(t[0] for t in counted), min(t[-1] for t in counted)
        done = sum(int(((begin < t) & (t <= end)).sum()) for t in counted)
        if done and end > begin:
            return done / (end - begin)
    raise UserError(
        "--pairs: the worker processes were done before all had begun; choose more pairs"
    )


def _encode(
    design: Design, pairs: Sequence[Pair], processes: int, folder: Path
) -> tuple[list[np.ndarray], int]:
    """Deals the pairs to so many processes: their stamps, and the bytes of all records."""
    paths = [folder / f"records-{number}" for number in range(processes)]
    jobs = [
        Job(design, tuple(pairs[number::processes]), folder, path)
        for number, path in enumerate(paths)
    ]
    stamps = in_processes(encode_timed, [(job,) for job in jobs])
    return stamps, sum(path.stat().st_size for path in paths)


def _measures(rates: dict[int, list[float]], size: int, pairs: int) -> dict[str, Measure]:
    one, two = (rates[count] for count in PROCESSES)
    return {
        "one_process": over_rounds("pairs/s", one),
        "two_processes": over_rounds("pairs/s", two),
        "two_to_one": ratios("", two, one),
        "record": Measure(unit="kB", value=size / pairs / 1e3, count=pairs),
        "all_records": Measure(unit="MB", value=size / 1e6, count=pairs),
    }
