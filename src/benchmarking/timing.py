"""Clocks that share a machine's moods among all that is compared, and what machine it is."""

import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from src.benchmarking.results import Measure

T = TypeVar("T")
LEAST_ROUNDS = 3


def round_sizes(total: int, largest: int) -> list[int]:
    """Divides calls into rounds of about the same size.

    Args:
        total: Calls in all, >= 1.
        largest: Most calls of a round, >= 1.

    Returns:
        Sizes that sum up to `total`, falling, each >= 1; at least three rounds where there are so
        many calls.
    """
    rounds = max(min(total, LEAST_ROUNDS), -(-total // largest))
    return [total // rounds + (number < total % rounds) for number in range(rounds)]


def alternate(
    contestants: Sequence[Callable[[int, int], T]], sizes: Sequence[int]
) -> list[list[T]]:
    """Lets every contestant run in every round, each time with another one first.

    Whatever else the machine does for seconds hits all of them.

    Args:
        contestants: Called with the round's number and its size.
        sizes: Size of each round.

    Returns:
        For each contestant what it returned, round by round.
    """
    results: list[list[T]] = [[] for _ in contestants]
    for number, size in enumerate(sizes):
        for turn in range(len(contestants)):
            place = (number + turn) % len(contestants)
            results[place].append(contestants[place](number, size))
    return results


def call_times(seconds: Sequence[float]) -> Measure:
    """Median and 95th percentile of single calls, ms; from seconds of at least one call."""
    median, p95 = np.percentile(seconds, [50, 95]) * 1000
    return Measure(unit="ms", value=float(median), p95=float(p95), count=len(seconds))


def over_rounds(unit: str, values: Sequence[float]) -> Measure:
    """Median and range of one number a round."""
    return Measure(
        unit=unit,
        value=float(np.median(values)),
        least=float(min(values)),
        most=float(max(values)),
        count=len(values),
    )


def ratios(unit: str, above: Sequence[float], below: Sequence[float]) -> Measure:
    """Median and range of the ratios of two numbers of the same rounds."""
    return over_rounds(unit, [a / b for a, b in zip(above, below, strict=True)])


def rate(calls: int, seconds: Sequence[float]) -> float:
    """Calls a second: all calls divided by the sum of all seconds."""
    return calls / float(np.sum(seconds))


PROJECT = Path(__file__).resolve().parents[2]
_CPUINFO = Path("/proc/cpuinfo")
# what decides how fast float32 and bfloat16 are
_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def machine_facts(cpuinfo: Path = _CPUINFO) -> dict[str, str | int | float | list[str] | None]:
    """Facts about the machine and Python.

    Args:
        cpuinfo: What Linux tells about its processors; may be missing.

    Returns:
        cpu, cpu_flags (those that matter here), cores (of the machine), affinity (cores that this
        process may use), load (runnable processes over the last minute: much above 0 says that
        others worked too), system, python, and onednn (TF_ENABLE_ONEDNN_OPTS).
    """
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = told.get("flags", "").split()
    return {
        "cpu": told.get("model name") or platform.processor() or platform.machine(),
        "cpu_flags": [flag for flag in _FLAGS if flag in flags],
        "cores": os.cpu_count(),
        "affinity": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "onednn": os.environ["TF_ENABLE_ONEDNN_OPTS"],
    }


def process_facts() -> dict[str, str | int | None]:
    """Facts about TensorFlow in this process; none if it was not imported.

    Returns:
        tensorflow (version), intra_op and inter_op (threads; 0: as TensorFlow likes), gpu (its
        name, or None).
    """
    tf = sys.modules.get("tensorflow")
    if tf is None:
        return {}
    gpus = tf.config.get_visible_devices("GPU")
    details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
    return {
        "tensorflow": tf.__version__,
        "intra_op": tf.config.threading.get_intra_op_parallelism_threads(),
        "inter_op": tf.config.threading.get_inter_op_parallelism_threads(),
        "gpu": details.get("device_name", "unknown") if gpus else None,
    }


def peak_mb() -> float:
    """Largest resident size of this process so far, MB."""
    # macOS counts bytes, all others kilobytes
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def commit(folder: Path = PROJECT) -> str | None:
    """The commit that `folder` is at, with "+" behind it if files were changed.

    Returns:
        12 digits; None if the folder is in no git repository or there is no git.
    """
    head = _git(folder, "rev-parse", "--short=12", "HEAD")
    if not head:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{head}+" if changed else head


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None where it refuses or is missing."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
