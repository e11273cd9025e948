"""Validation videos: to choose the best network by, and to put on a card."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from src.base.errors import UserError
from src.base.files import file_sha256
from src.base.progress import progress
from src.datasets.segments import ALL, Segment, plan_segments
from src.datasets.sequences import list_videos
from src.evaluating.following import track_and_score
from src.evaluating.metrics import OTB_DISTANCE
from src.pairs.pair_list import read_pair_list
from src.parameters.models import Environment, Evaluation, Run, TrainSource
from src.tracking.tracker import Tracker

if TYPE_CHECKING:
    from src.network.siamese import SiameseNetwork


def plan_validation(env: Environment, evaluation: Evaluation, run: Run) -> list[Segment]:
    """Finds the validation videos; decodes no image.

    Args:
        env: `validation_datasets`, or else the pair list and the folder of its videos.
        evaluation: `first_index`; nothing else of it, so that no test data is looked at.
        run: `track_videos`.

    Returns:
        One segment for each video, from its first visible frame.

    Raises:
        UserError: A folder, a video or its ground truth is wrong, or two videos have one name.
    """
    if env.validation_datasets:
        segments = [
            segment
            for folder in env.validation_datasets
            for segment in _plan(env, evaluation, folder, env.validation_layout, ALL)
        ]
    else:
        pairs = read_pair_list(env.pair_list)
        names = sorted({pair.video for pair in pairs if pair.split == "validation"})
        segments = [
            segment
            for source, kept in _by_source(env, names)
            for name in kept
            for segment in _plan(env, evaluation, source.path, _layout(env, source), name)
        ]
    return _named(segments, run.track_videos)


def _by_source(env: Environment, names: Sequence[str]) -> Iterator[tuple[TrainSource, list[str]]]:
    """The sources that the list was made of, each with those of the videos that it holds."""
    if len(env.train_dataset) == 1:
        yield env.train_dataset[0], list(names)
        return
    for source in env.train_dataset:
        known = set(list_videos(Path(env.root_dataset, source.path), _layout(env, source)))
        yield source, [name for name in names if name in known]


def _layout(env: Environment, source: TrainSource) -> str | None:
    return source.layout or env.train_layout


def _plan(
    env: Environment, evaluation: Evaluation, dataset: str, layout: str | None, video: str
) -> list[Segment]:
    """Segments of one video, or of all, from the first frame."""
    wanted = {"dataset": dataset, "layout": layout, "video": video}
    wanted |= {"n_subseq": 1, "start_frame": 0}
    segments = plan_segments(env, evaluation.model_copy(update=wanted))
    for segment in segments:
        if segment.sequence.boxes_ltwh is None:
            raise UserError(
                f"{Path(env.root_dataset) / dataset / segment.name}: a validation video needs its "
                "ground truth"
            )
    return segments


def _named(segments: list[Segment], names: tuple[str, ...]) -> list[Segment]:
    """The segments of the named videos; all if none is named."""
    known: dict[str, Segment] = {}
    for segment in segments:
        same = known.setdefault(segment.name, segment)
        if same is not segment:
            raise UserError(
                f"environment.validation_datasets: {same.sequence.frames[0].parent} and "
                f"{segment.sequence.frames[0].parent} have one name, {segment.name}; rename one"
            )
    missing = [name for name in names if name not in known]
    if missing:
        raise UserError(
            f"run.track_videos: {missing[0]} is none of the validation videos: "
            f"{', '.join(sorted(known))}"
        )
    return [known[name] for name in names] or segments


class ValidationTracking:
    """Scores a network by tracking; the tracker has a float32 copy of it, traced once."""

    def __init__(
        self,
        network: "SiameseNetwork",
        copy: "SiameseNetwork",
        make_tracker: Callable[["SiameseNetwork"], Tracker],
        segments: Sequence[Segment],
        dist_threshold: float,
    ):
        """Makes the tracker.

        Args:
            network: The network in training.
            copy: Of the same design; receives its weights before each tracking.
            make_tracker: From a network to its tracker.
            segments: What to track.
            dist_threshold: `evaluation.dist_threshold`, pixels.
        """
        self.network, self.copy = network, copy
        self.tracker, self.segments = make_tracker(copy), segments
        self.dist_threshold = dist_threshold

    def __call__(self) -> dict[str, float]:
        """Tracks all segments with the weights as they are now.

        Returns:
            `success_auc` (OTB, 0...1) and `precision` (share of hits, 0...1), means over the
            segments.
        """
        for ours, theirs in zip(self.copy.weights, self.network.weights, strict=True):
            ours.assign(theirs)
        scores = [
            track_and_score(self.tracker, segment, self.dist_threshold) for segment in self.segments
        ]
        return {
            "success_auc": float(np.mean([one.success_auc for one in scores])),
            "precision": float(np.mean([one.precision for one in scores])) / 100,
        }


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


def card_differences(
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
