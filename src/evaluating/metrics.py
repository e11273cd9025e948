"""How well a track follows its ground truth: overlap, centre error, the scores of OTB and LaSOT.

Boxes are ltwh in frame pixels. Frames whose ground truth is NaN (target absent) are left out of
every score and counted; a frame that is visible but has no box (the track was stopped) is a
failure: overlap 0, centre error infinite. The first frame counts, as in OTB: its box is the
ground truth by definition. NumPy only, so that other toolkits can check the numbers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from src.geometry.region_to_bbox import box_ltwh_to_cxcywh, is_absent, rect_iou

OVERLAP_THRESHOLDS = np.linspace(0.0, 1.0, 21)
ERROR_THRESHOLDS = np.arange(51.0)
OTB_DISTANCE = 20.0
# LaSOT's, in sizes of the target: calc_seq_err_robust.m and eval_tracker.m of its toolkit
NORM_THRESHOLDS = np.arange(51) / 100
NORM_INDEX = 20
# SiamFC-tf integrates its precision over these distances, pixels
AUC_THRESHOLDS = np.linspace(0.5, 25.0, 50)


@dataclass(frozen=True)
class Scores:
    """Scores of one track, or a mean of several.

    Attributes:
        frames: Frames that were scored.
        absent_frames: Frames left out, because their ground truth is absent.
        failed_frames: Scored frames that have no box.
        precision: Share of frames with a centre error below `dist_threshold`, percent.
        precision_auc: Mean height of that share over distances from 0.5 to 25 px, 0 to 1.
        mean_iou: Mean overlap, percent.
        success_auc: OTB's success score, the mean of `success_curve`, 0 to 20/21.
        precision_20px: OTB's precision score, the share with a centre error up to 20 px, 0 to 1.
        success_curve: 21 shares with an overlap above 0, 0.05 ... 1.
        precision_curve: 51 shares with a centre error up to 0, 1 ... 50 px.
        norm_precision: LaSOT's normalised precision, the share with a normalised centre error up
            to 0.2, 0 to 1.
        norm_precision_area: Area under `norm_precision_curve` by its width, 0 to 1, as
            TrackingNet's score.
        norm_precision_curve: 51 shares with a normalised centre error up to 0, 0.01 ... 0.5.
    """

    frames: int
    absent_frames: int
    failed_frames: int
    precision: float
    precision_auc: float
    mean_iou: float
    success_auc: float
    precision_20px: float
    success_curve: tuple[float, ...]
    precision_curve: tuple[float, ...]
    norm_precision: float
    norm_precision_area: float
    norm_precision_curve: tuple[float, ...]


_COUNTS = ("frames", "absent_frames", "failed_frames")


def centre_error(boxes_a: np.ndarray, boxes_b: np.ndarray) -> np.ndarray:
    """Distance between the centres of boxes.

    Args:
        boxes_a: float [..., 4] ltwh.
        boxes_b: float [..., 4] ltwh.

    Returns:
        float64 [...], pixels; NaN where a box is NaN.
    """
    a, b = box_ltwh_to_cxcywh(boxes_a), box_ltwh_to_cxcywh(boxes_b)
    return np.linalg.norm(a[..., :2] - b[..., :2], axis=-1)


def normalised_centre_error(boxes: np.ndarray, ground_truth: np.ndarray) -> np.ndarray:
    """Distance between centres in sizes of the target: x by its true width, y by its height.

    Args:
        boxes: float [..., 4] ltwh.
        ground_truth: float [..., 4] ltwh, sizes above 0.

    Returns:
        float64 [...]; NaN where a box is NaN.
    """
    a, b = box_ltwh_to_cxcywh(boxes), box_ltwh_to_cxcywh(ground_truth)
    return np.linalg.norm((a[..., :2] - b[..., :2]) / b[..., 2:], axis=-1)


def overlap_and_error(boxes: np.ndarray, ground_truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Overlap and centre error of every frame in which the target is visible.

    Args:
        boxes: float [N, 4] ltwh, NaN rows where the tracker gave none.
        ground_truth: float [N, 4] ltwh, NaN rows where the target is absent.

    Returns:
        iou float64 [M], 0 to 1, and centre error float64 [M], pixels, of the M visible frames;
        0 and infinity where there is no box.
    """
    visible = ~is_absent(ground_truth)
    boxes, ground_truth = boxes[visible], ground_truth[visible]
    lost = ~np.isfinite(boxes).all(axis=-1)
    iou = np.where(lost, 0.0, rect_iou(boxes, ground_truth))
    error = np.where(lost, np.inf, centre_error(boxes, ground_truth))
    return iou, error


def success_curve(iou: np.ndarray) -> np.ndarray:
    """Shares of overlaps strictly greater than each of `OVERLAP_THRESHOLDS`.

    Args:
        iou: float [M], 0 to 1.

    Returns:
        float64 [21], falling; the last is 0, so its mean is at most 20/21.
    """
    return np.mean(iou[:, None] > OVERLAP_THRESHOLDS, axis=0)


def precision_curve(error: np.ndarray) -> np.ndarray:
    """Shares of centre errors up to each of `ERROR_THRESHOLDS`.

    Args:
        error: float [M], pixels.

    Returns:
        float64 [51], rising.
    """
    return np.mean(error[:, None] <= ERROR_THRESHOLDS, axis=0)


def norm_precision_curve(norm_error: np.ndarray) -> np.ndarray:
    """Shares of normalised centre errors up to each of `NORM_THRESHOLDS`.

    Args:
        norm_error: float [M], sizes of the target.

    Returns:
        float64 [51], rising.
    """
    return np.mean(norm_error[:, None] <= NORM_THRESHOLDS, axis=0)


def precision_auc(error: np.ndarray) -> float:
    """SiamFC-tf's area under the precision, divided by the width, so that the best is 1.

    Args:
        error: float [M], pixels.

    Returns:
        Mean height, by the trapezoidal rule, of the share of errors below 0.5, 1 ... 25 px.
    """
    shares = np.mean(error[:, None] < AUC_THRESHOLDS, axis=0)
    return float(np.trapezoid(shares) / (len(AUC_THRESHOLDS) - 1))


def score(boxes: np.ndarray, ground_truth: np.ndarray, dist_threshold: float) -> Scores:
    """Scores one track.

    Args:
        boxes: float [N, 4] ltwh; row 0 is the frame the track started on and is replaced by the
            ground truth, as OTB does.
        ground_truth: float [N, 4] ltwh; visible in row 0.
        dist_threshold: Largest centre error that `precision` does not count any more, pixels.

    Returns:
        The scores over the visible frames.
    """
    boxes = np.concatenate([ground_truth[:1], boxes[1:]])
    iou, error = overlap_and_error(boxes, ground_truth)
    success = success_curve(iou)
    # NaN, no box, is not up to any threshold
    norm_error = normalised_centre_error(boxes, ground_truth)[~is_absent(ground_truth)]
    norm = norm_precision_curve(norm_error)
    return Scores(
        frames=len(iou),
        absent_frames=len(boxes) - len(iou),
        failed_frames=int(np.isinf(error).sum()),
        precision=float(np.mean(error < dist_threshold) * 100),
        precision_auc=precision_auc(error),
        mean_iou=float(np.mean(iou) * 100),
        success_auc=float(np.mean(success)),
        precision_20px=float(np.mean(error <= OTB_DISTANCE)),
        success_curve=tuple(success.tolist()),
        precision_curve=tuple(precision_curve(error).tolist()),
        norm_precision=float(norm[NORM_INDEX]),
        norm_precision_area=float(np.trapezoid(norm) / (len(norm) - 1)),
        norm_precision_curve=tuple(norm.tolist()),
    )


def average_per_frame(scores: Sequence[Scores]) -> Scores:
    """Mean over all scored frames: long videos weigh more, as in SiamFC-tf.

    Args:
        scores: Scores of at least one track.

    Returns:
        The mean; frames are added up.
    """
    return _average(scores, [one.frames for one in scores])


def average_per_video(scores: Sequence[Scores], videos: Sequence[str]) -> Scores:
    """Mean over videos, each of which is the mean of its tracks: every video weighs 1, as in OTB.

    Args:
        scores: Scores of at least one track.
        videos: Name of the video of each track.

    Returns:
        The mean; frames are added up.
    """
    return _average(scores, [1 / videos.count(name) for name in videos])


def average_tre(scores: Sequence[Scores], videos: Sequence[str]) -> Scores:
    """Mean over videos, each of which is the mean over all frames of its tracks, as TRE has it.

    Args:
        scores: Scores of at least one track.
        videos: Name of the video of each track.

    Returns:
        The mean; frames are added up.
    """
    frames = Counter()
    for name, one in zip(videos, scores, strict=True):
        frames[name] += one.frames
    weights = [one.frames / frames[name] for name, one in zip(videos, scores, strict=True)]
    return _average(scores, weights)


def _average(scores: Sequence[Scores], weights: Sequence[float]) -> Scores:
    """Weighted mean of every score; the counts are sums."""
    means = {}
    for name in (field.name for field in fields(Scores)):
        values = np.array([getattr(one, name) for one in scores])
        if name in _COUNTS:
            means[name] = int(values.sum())
        else:
            mean = np.average(values, axis=0, weights=weights).tolist()
            means[name] = tuple(mean) if isinstance(mean, list) else mean
    return Scores(**means)
