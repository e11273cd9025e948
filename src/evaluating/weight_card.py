"""The card of released weights: what they were trained on, and what they score on validation."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.base.files import file_sha256
from src.base.progress import progress
from src.evaluating.following import track_and_score
from src.evaluating.metrics import OTB_DISTANCE
from src.tracking.tracker import Tracker
from src.video.segments import Segment

# two machines round differently, and a track amplifies it
TOLERANCE = 0.02
# key of the tracker's hyper-parameters -> key of the scores with them
SCORES_OF = {"tracker": "validation", "searched": "searched_validation"}


def score_videos(tracker: Tracker, segments: Sequence[Segment]) -> dict[str, dict[str, float]]:
    """Tracks every video once.

    Args:
        tracker: With the weights of the card.
        segments: The validation videos.

    Returns:
        By video: `success_auc` and `precision_20px` (OTB), both 0...1, four decimals; under
        `mean` their means over the videos.
    """
    scores = {}
    for segment in progress(segments, total=len(segments), desc="validation", unit="video"):
        found = track_and_score(tracker, segment, OTB_DISTANCE)
        scores[segment.name] = {
            "success_auc": round(found.success_auc, 4),
            "precision_20px": round(found.precision_20px, 4),
        }
    means = {
        key: round(float(np.mean([one[key] for one in scores.values()])), 4)
        for key in ("success_auc", "precision_20px")
    }
    return {**scores, "mean": means}


def read_card(path: Path) -> dict:
    """Reads a card.

    Raises:
        UserError: It is missing or damaged.
    """
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        card["file"], card["sha256"], card["validation"]["mean"]["success_auc"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is not the card of released weights") from error
    return card


def check_file(card: Mapping, folder: Path) -> None:
    """Compares the SHA-256 of the weights beside a card with that in the card.

    Raises:
        UserError: The file is missing or another.
    """
    path = folder / card["file"]
    if not path.is_file():
        raise UserError(f"{path}, the weights of this card, does not exist")
    if (found := file_sha256(path)) != card["sha256"]:
        raise UserError(f"{path} has the SHA-256 {found}, the card says {card['sha256']}")


def differences(
    said: Mapping[str, Mapping[str, float]], scores: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """What differs between the card's scores and new ones; the means may differ by `TOLERANCE`.

    Args:
        said: The card's.
        scores: As `score_videos` gives them.

    Returns:
        Sentences; none when the card is confirmed.
    """
    if set(said) != set(scores):
        missing = sorted(set(said) ^ set(scores))
        return [f"the card is about other videos: {', '.join(missing)}"]
    return [
        f"{key} is {scores['mean'][key]:.4f} in the mean, the card says {value:.4f}"
        for key, value in said["mean"].items()
        if abs(scores["mean"][key] - value) > TOLERANCE
    ]
