"""Whether tracking gets slower or larger with time, and whether frame sizes cost traces."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from src.benchmark_candidates import Candidate
from src.benchmark_clock import rate
from src.benchmark_frames import Footage, load_footage
from src.benchmark_machine import resident_mb
from src.benchmark_results import Measure, Variant
from src.benchmark_tracking import build_tracker, precision_of
from src.evaluation import timed
from src.siamfc_tracker import SiamFCTracker

# (width, height) of the videos that one trace must do for
SIZES_WH = ((640, 480), (320, 240), (1280, 720), (333, 217), (480, 640))

_FRAMES = 40
_SHARES = 50  # parts of a track: the first is warm-up, memory is read after each


def measure_length(
    candidate: Candidate,
    updates: int,
    folder: Path,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[list[Variant], list[str]]:
    """Follows a target for long, on frames that begin again and again.

    Args:
        candidate: What is measured.
        updates: In all; at least 50.
        folder: Temporary.
        clock: Seconds, rising.

    Returns:
        One variant, and notes.

    Raises:
        UserError: A video or weights are wrong.
    """
    _, evaluation, _, env, _ = candidate.parameters
    footage, note = load_footage(env, evaluation, 1, _FRAMES, folder)
    tracker, _ = build_tracker(candidate)
    seconds, resident = follow(tracker, footage[0], updates, clock)
    measures = lasting(seconds, resident) | traces(tracker, footage[0])
    variants = [candidate.variant(precision_of(tracker), measures)]
    return variants, [note, f"{updates} updates on {len(footage[0].frames)} frames in a loop"]


def follow(
    tracker: SiamFCTracker, footage: Footage, updates: int, clock: Callable[[], float]
) -> tuple[np.ndarray, list[float]]:
    """Tracks for long.

    Returns:
        Seconds of every update, [updates], and the resident size in MB after each fiftieth part.
    """
    tracker.init(footage.frames[0], footage.box_ltwh)
    seconds, resident = np.zeros(updates), []
    share = updates // _SHARES
    for index, (_, frame) in zip(range(updates), footage.following(), strict=False):
        seconds[index] = timed(clock, tracker.update, frame)[1]
        if (index + 1) % share == 0:
            resident.append(resident_mb())
    return seconds, resident


def lasting(seconds: np.ndarray, resident: Sequence[float]) -> dict[str, Measure]:
    """Compares the beginning of a long track with its end.

    Args:
        seconds: Of every update; of 5,000, the updates 100 to 1,100 are held against the last
            1,000.
        resident: See `follow`.

    Returns:
        Updates a second early and late, the ratio of the medians, which other work on the machine
        hardly moves, and how far memory grew after the warm-up.
    """
    warm, fifth = len(seconds) // _SHARES, len(seconds) // 5
    early, late = seconds[warm : warm + fifth], seconds[-fifth:]
    return {
        "updates_per_second_early": Measure(unit="1/s", value=rate(fifth, early), count=fifth),
        "updates_per_second_late": Measure(unit="1/s", value=rate(fifth, late), count=fifth),
        "late_to_early": Measure(unit="", value=float(np.median(early) / np.median(late))),
        "memory_growth": Measure(unit="MB", value=max(resident) - resident[0]),
    }


def traces(tracker: SiamFCTracker, footage: Footage) -> dict[str, Measure]:
    """Tracks in frames of five sizes and counts what was traced for them, since the tracker was."""
    first = Image.fromarray(footage.frames[0])
    for size_wh in SIZES_WH:
        frame = np.asarray(first.resize(size_wh, Image.Resampling.BILINEAR))
        tracker.init(frame, footage.box_ltwh * np.tile(np.array(size_wh) / first.size, 2))
        tracker.update(frame)
    graphs = {"traces_of_init": tracker.start, "traces_of_update": tracker.advance}
    return {
        name: Measure(unit="", value=graph.experimental_get_tracing_count(), count=len(SIZES_WH))
        for name, graph in graphs.items()
    }
