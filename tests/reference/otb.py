"""OTB's one-pass evaluation and SiamFC-tf's scores by plain loops over frames and thresholds."""

import math


def overlap(a, b):
    left, top = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[0] + a[2], b[0] + b[2]), min(a[1] + a[3], b[1] + b[3])
    if right <= left or bottom <= top:
        return 0.0
    shared = (right - left) * (bottom - top)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def distance(a, b):
    dx = (a[0] + a[2] / 2) - (b[0] + b[2] / 2)
    dy = (a[1] + a[3] / 2) - (b[1] + b[3] / 2)
    return math.hypot(dx, dy)


def normalised_distance(a, truth):
    dx = (a[0] + a[2] / 2) - (truth[0] + truth[2] / 2)
    dy = (a[1] + a[3] / 2) - (truth[1] + truth[3] / 2)
    return math.sqrt((dx / truth[2]) ** 2 + (dy / truth[3]) ** 2)


def is_nan(box):
    return any(math.isnan(number) for number in box)


def one_pass(boxes, ground_truth, dist_threshold):
    """All scores of one track; boxes and ground truth are lists of four numbers, NaN = none."""
    overlaps, distances, normalised, absent, failed = [], [], [], 0, 0
    for index, truth in enumerate(ground_truth):
        if is_nan(truth):
            absent += 1
            continue
        box = truth if index == 0 else boxes[index]
        if is_nan(box):
            failed += 1
            overlaps.append(0.0)
            distances.append(math.inf)
            normalised.append(math.inf)
        else:
            overlaps.append(overlap(box, truth))
            distances.append(distance(box, truth))
            normalised.append(normalised_distance(box, truth))
    success, precision = [], []
    for step in range(21):
        success.append(sum(1 for value in overlaps if value > step * 0.05) / len(overlaps))
    for pixels in range(51):
        precision.append(sum(1 for value in distances if value <= pixels) / len(distances))
    below = []
    for half_pixels in range(1, 51):
        hits = sum(1 for value in distances if value < half_pixels / 2)
        below.append(hits / len(distances))
    area = sum((below[i] + below[i + 1]) / 2 for i in range(49)) / 49
    shares = []
    for hundredths in range(51):
        hits = sum(1 for value in normalised if value <= hundredths / 100)
        shares.append(hits / len(normalised))
    norm_area = sum((shares[i] + shares[i + 1]) / 2 for i in range(50)) / 50
    near = sum(1 for value in distances if value < dist_threshold)
    return {
        "frames": len(overlaps),
        "absent_frames": absent,
        "failed_frames": failed,
        "precision": 100 * near / len(distances),
        "precision_auc": area,
        "mean_iou": 100 * sum(overlaps) / len(overlaps),
        "success_auc": sum(success) / 21,
        "precision_20px": precision[20],
        "success_curve": success,
        "precision_curve": precision,
        "norm_precision": shares[20],
        "norm_precision_area": norm_area,
        "norm_precision_curve": shares,
    }
