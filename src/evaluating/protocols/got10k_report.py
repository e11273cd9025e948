"""GOT-10k's protocol: its lines, and the files its toolkit and its server read."""

import math
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from src.base.files import atomic_path, atomic_write_text
from src.evaluating.protocols.got10k import Got10kScores, got10k_overlaps, got10k_scores
from src.evaluating.results import Track
from src.evaluating.score_lines import Case, Verdict, joined, speed_columns
from src.parameters.models import Evaluation
from src.video.images import image_size

FOLDER = "got10k"
ARCHIVE = "got10k.zip"
# of every file in the archive, so that equal results are equal archives
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def case_overlaps(case: Case) -> np.ndarray:
    """Overlaps float64 [M] of one track; M is 0 without ground truth."""
    sequence = case.segment.sequence
    if sequence.boxes_ltwh is None:
        return np.empty(0)
    frame_size = image_size(sequence.frames[0])
    return got10k_overlaps(case.outcome.track.boxes_ltwh, sequence.boxes_ltwh, frame_size)


def got10k_columns(case: Case) -> list[str]:
    """Scores of one track as columns; none without ground truth."""
    overlaps = case_overlaps(case)
    return _columns(got10k_scores(overlaps)) if overlaps.size else ["no scores"]


def judge_got10k(cases: Sequence[Case], evaluation: Evaluation, dataset: str) -> Verdict:
    """Scores all tracks: overlaps pooled, as GOT-10k's toolkit does, and means of sequences.

    Args:
        cases: At least one.
        evaluation: Not looked at.
        dataset: Name of the data set, with its split.

    Returns:
        Lines and scores; those are None where no video has ground truth.
    """
    del evaluation
    overlaps = {case.outcome.name: case_overlaps(case) for case in cases}
    overlaps = {name: values for name, values in overlaps.items() if values.size}
    tracks = [case.outcome.track for case in cases]
    toolkit = {"fps_of_toolkit": _fps_of_toolkit(tracks)}
    if not overlaps:
        about = f"-- GOT-10k on {dataset}: no ground truth, no scores"
        return Verdict([joined(about, *speed_columns(tracks))], {"pooled": None} | toolkit)
    pooled = got10k_scores(np.concatenate(list(overlaps.values())))
    single = {name: got10k_scores(values) for name, values in overlaps.items()}
    mean = {
        key: float(np.mean([getattr(one, key) for one in single.values()]))
        for key in ("ao", "sr50", "sr75")
    }
    frames = sum(map(len, overlaps.values()))
    lines = [
        f"-- GOT-10k on {dataset} ({len(single)} of {len(cases)} videos scored, {frames} frames "
        "pooled) --",
        " -- " + joined(*_columns(pooled), *speed_columns(tracks)),
        joined("-- mean of sequences", *_columns(Got10kScores(**mean, success_curve=()))),
    ]
    videos = {name: asdict(one) for name, one in single.items()}
    scores = {"pooled": asdict(pooled), "mean_of_sequences": mean, "frames": frames}
    return Verdict(lines, scores | toolkit | {"videos": videos})


def write_got10k(folder: Path, cases: Sequence[Case], whole: bool) -> list[Path]:
    """Writes boxes and times as GOT-10k's toolkit does, and packs them for its server.

    Args:
        folder: The result folder.
        cases: Whole tracks.
        whole: Whether they are all of the data set; only then are they packed.

    Returns:
        The archive or, of a part, the folder.
    """
    texts = {}
    for case in cases:
        name, first = case.outcome.name, case.segment.sequence.first_index
        boxes = case.outcome.track.boxes_ltwh + np.array([first, first, 0, 0])
        texts[f"{name}/{name}_001.txt"] = _text(boxes, "%.3f")
        texts[f"{name}/{name}_time.txt"] = _text(case.outcome.track.seconds[:, None], "%.8f")
    for name, text in texts.items():
        atomic_write_text(folder / FOLDER / name, text)
    if not whole:
        return [folder / FOLDER]
    with (
        atomic_path(folder / ARCHIVE) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), text, zipfile.ZIP_DEFLATED)
    return [folder / ARCHIVE]


def _columns(scores: Got10kScores) -> list[str]:
    return [f"AO: {scores.ao:.3f}", f"SR.50: {scores.sr50:.3f}", f"SR.75: {scores.sr75:.3f}"]


def _fps_of_toolkit(tracks: Sequence[Track]) -> float | None:
    """Mean of 1 / seconds over all frames, those of `init` too: more than frames by seconds."""
    seconds = np.concatenate([track.seconds for track in tracks])
    seconds = seconds[seconds > 0]
    speed = float(np.mean(1 / seconds)) if seconds.size else math.nan
    return speed if math.isfinite(speed) else None


def _text(table: np.ndarray, number: str) -> str:
    return "".join(",".join(number % value for value in row) + "\n" for row in table)
