"""From evidence of tracks to a confidence that says how often a box is right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata

from src.base.errors import UserError
from src.datasets.segments import Segment
from src.evaluating.following import follow_segment
from src.geometry.region_to_bbox import rect_iou
from src.tracking.tracker import Tracker

FAILED_BELOW = 0.1  # overlap under which a box is beside its target
# shares of the good frames that a track may call lost, and that suffice to find it again
LOST_SHARE, FOUND_SHARE = 0.01, 0.05
# keeps the factors finite where failures and good frames are apart
_PENALTY = 1e-3


@dataclass(frozen=True)
class Calibration:
    """What `hyperparams.json` holds of it, and how good it is.

    Attributes:
        confidence: Offset and factors of the evidence.
        lost_below: Confidence that all but `LOST_SHARE` of the good frames reach.
        found_above: Confidence that all but `FOUND_SHARE` of the good frames reach.
        roc_area: Chance that a good frame has more confidence than a failed one.
        frames: How many it was calibrated on.
        failed: How many of them had failed.
    """

    confidence: tuple[float, ...]
    lost_below: float
    found_above: float
    roc_area: float
    frames: int
    failed: int


def calibrate(evidence: np.ndarray, failed: np.ndarray) -> Calibration:
    """Fits the confidence.

    Args:
        evidence: float [M, k], higher means surer.
        failed: bool [M], whether the target was missed; some are, and some are not.

    Returns:
        The calibration, rounded to four decimals.
    """
    confidence = tuple(np.round(fit(evidence, failed), 4).tolist())
    sure = predict(evidence, confidence)
    bounds = np.quantile(sure[~failed], [LOST_SHARE, FOUND_SHARE]).round(4).tolist()
    area = roc_area(sure, failed)
    return Calibration(confidence, *bounds, area, len(failed), int(failed.sum()))


def fit(evidence: np.ndarray, failed: np.ndarray) -> np.ndarray:
    """Offset and factors that make the observed failures likeliest.

    Args:
        evidence: float [M, k].
        failed: bool [M].

    Returns:
        float64 [k + 1]; factors are at least 0: more evidence never makes less sure.
    """
    mean, spread = evidence.mean(axis=0), np.maximum(evidence.std(axis=0), 1e-9)
    scaled = (evidence - mean) / spread
    sign = np.where(failed, 1.0, -1.0)

    def cost(weights: np.ndarray) -> float:
        surprise = np.logaddexp(0, sign * (weights[0] + scaled @ weights[1:]))
        return float(surprise.mean() + _PENALTY * (weights[1:] ** 2).sum())

    bounds = [(None, None)] + [(0, None)] * evidence.shape[1]
    found = minimize(cost, np.zeros(evidence.shape[1] + 1), bounds=bounds).x
    factors = found[1:] / spread
    return np.concatenate([[found[0] - factors @ mean], factors])


def predict(evidence: np.ndarray, confidence: tuple[float, ...]) -> np.ndarray:
    """Confidence [M] of evidence [M, k], as `src.tracking.response.confidence` computes it."""
    return 1 / (1 + np.exp(-(confidence[0] + evidence @ np.array(confidence[1:]))))


def roc_area(sure: np.ndarray, failed: np.ndarray) -> float:
    """Area under the ROC curve of `sure` as a test for frames that have not failed.

    Args:
        sure: float [M].
        failed: bool [M], of both kinds.

    Returns:
        The chance that a good frame has a higher value than a failed one, ties half: 0.5 is no
        better than a coin.
    """
    ranks = rankdata(sure)
    good = int((~failed).sum())
    above = ranks[~failed].sum() - good * (good + 1) / 2
    return float(above / (good * int(failed.sum())))


def evidence_and_failures(tracker: Tracker, segment: Segment) -> tuple[np.ndarray, np.ndarray]:
    """Tracks one video.

    Args:
        tracker: Whose results hold evidence.
        segment: Of a video with ground truth.

    Returns:
        evidence float64 [M, k], and failed bool [M]: overlap below `FAILED_BELOW`, or target
        absent; of the M frames behind the first.
    """
    evidence, boxes = [], []
    with follow_segment(tracker, segment) as steps:
        for step in steps:
            if step.result is not None:
                evidence.append(np.asarray(step.result.evidence, np.float64))
                boxes.append(step.box_ltwh)
    truth = segment.sequence.boxes_ltwh[segment.start + 1 :]
    overlap = rect_iou(np.reshape(boxes, (-1, 4)), truth)
    return np.array(evidence), ~(overlap >= FAILED_BELOW)


def _gathered(tracker: Tracker, segments: Sequence[Segment]) -> tuple[np.ndarray, np.ndarray]:
    """All frames of all videos."""
    parts = [evidence_and_failures(tracker, segment) for segment in segments]
    evidence, failed = (np.concatenate(part) for part in zip(*parts, strict=True))
    if failed.all() or not failed.any():
        every = "every" if failed.all() else "no"
        raise UserError(
            f"{every} one of the {len(failed)} frames of the validation videos has failed (overlap "
            f"below {FAILED_BELOW}); a calibration needs frames of both kinds: name more videos"
        )
    return evidence, failed
