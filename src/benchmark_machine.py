"""What a benchmark ran on: processor, cores, load, memory, TensorFlow; no paths, no names."""

import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

_CPUINFO = Path("/proc/cpuinfo")
_STATM = Path("/proc/self/statm")
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


def peak_mb(children: bool = False) -> float:
    """Largest resident size so far, MB: of this process, or of its largest child that ended."""
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    # macOS counts bytes, all others kilobytes
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(who).ru_maxrss * unit / 1e6


def resident_mb() -> float:
    """Resident size now, MB; the largest so far where the system does not tell it."""
    if not _STATM.exists():
        return peak_mb()
    return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6


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
