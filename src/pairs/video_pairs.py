"""Training pairs from the videos of an index, and what became of those that give none."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.index import Index
from src.pairs.frame_drawing import draw_frames
from src.pairs.pair_rows import IndexedPairs
from src.pairs.rules import count_left_out, judge_boxes, seeded_rng, split_videos
from src.parameters.hyperparams import Hyperparams

# boxes that are judged at once
_ROWS = 1 << 18


@dataclass
class VideoTally:
    """What became of the videos; of a video with several targets each counts as one.

    Attributes:
        splits: Video name to "train" or "validation", of the videos that gave pairs.
        n_frames: Frames of all videos, those left out included.
        left_out_frames: Number of frames by reason; frames of videos left out whole have that
            as their reason.
        left_out_videos: Video name to the reason.
    """

    splits: dict[str, str] = field(default_factory=dict)
    n_frames: int = 0
    left_out_frames: Counter[str] = field(default_factory=Counter)
    left_out_videos: dict[str, str] = field(default_factory=dict)

    def leave_out(self, name: str, n_frames: int, reason: str) -> None:
        """Counts a video that gives nothing."""
        self.n_frames += n_frames
        self.left_out_frames["in videos left out"] += n_frames
        self.left_out_videos[name] = reason


def draw_video_pairs(
    index: Index, hp: Hyperparams, seed: int, root: str | Path
) -> tuple[IndexedPairs, VideoTally]:
    """Draws `pairs_per_video` pairs of each target, and splits the videos.

    A target's pairs do not depend on other targets, nor on their order.

    Args:
        index: The videos.
        hp: Annotation filter, `max_frame_gap`, `pairs_per_video`, `validation_share`.
        seed: Seed of all choices.
        root: Folder that the paths in the list are relative to.

    Returns:
        The pairs, ordered by the targets' names, and what was left out.

    Raises:
        UserError: No video gives a pair, or two targets have one name.
    """
    tally, drawn = VideoTally(), {}
    judged = judge_rows(index, hp)
    for name, target in _named_targets(index, tally):
        try:
            rows, reasons = _usable_rows(index, target, judged)
            pairs = draw_frames(
                index.columns["row_frame"][rows],
                hp.max_frame_gap,
                hp.pairs_per_video,
                seeded_rng(seed, name),
            )
            if not len(pairs):
                raise UserError(f"no two usable frames within max_frame_gap {hp.max_frame_gap}")
        except UserError as reason:
            tally.leave_out(name, _n_frames(index, target), str(reason))
            continue
        drawn[name] = target, rows[pairs]
        tally.n_frames += _n_frames(index, target)
        tally.left_out_frames += reasons
    if not drawn:
        raise UserError(f"no video gives a training pair: {_complaint(tally)}")
    kin = {name: _kin(index, target) for name, (target, _) in drawn.items()}
    tally.splits = split_videos(kin, hp.validation_share, seed)
    return _gathered(index, root, drawn, tally), tally


def judge_rows(index: Index, hp: Hyperparams) -> np.ndarray:
    """What `judge_boxes` says of every row of an index, uint8 [rows]."""
    sizes = index.columns["video_size"][index.columns["target_video"]]
    stops = index.columns["target_stop"]
    boxes = index.columns["row_box_ltwh"]
    judged = np.empty(len(boxes), dtype=np.uint8)
    for start in range(0, len(boxes), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(boxes)))
        targets = np.searchsorted(stops, rows, side="right")
        judged[rows] = judge_boxes(boxes[rows], sizes[targets], hp)
    return judged


def _named_targets(index: Index, tally: VideoTally) -> Iterator[tuple[str, int]]:
    """The targets by name; videos that have none are left out."""
    named: dict[str, int] = {}
    firsts, afters = (places.tolist() for places in index.targets_of_videos())
    troubles = index.strings["video_trouble"]
    for video, (first, after) in enumerate(zip(firsts, afters, strict=True)):
        trouble = troubles[video]
        if trouble or first == after:
            name, n_frames = index.strings["video_name"][video], len(index.frames_of(video))
            tally.leave_out(name, n_frames, trouble or "no ground truth")
            continue
        for target in range(first, after):
            name = index.track(target)
            if named.setdefault(name, target) != target:
                raise UserError(f"{index.path}: two videos are called {name}")
    yield from sorted(named.items())


def _n_frames(index: Index, target: int) -> int:
    return len(index.frames_of(int(index.columns["target_video"][target])))


def _usable_rows(index: Index, target: int, judged: np.ndarray) -> tuple[np.ndarray, Counter[str]]:
    """Rows of the frames that may be used, int64, and the reasons against the others."""
    n_frames = _n_frames(index, target)
    if n_frames < 2:
        raise UserError("only one frame")
    rows = index.rows_of(target)
    counts = count_left_out(judged[rows])
    if n_frames > rows.stop - rows.start:
        counts["not labelled"] = n_frames - (rows.stop - rows.start)
    usable = rows.start + np.flatnonzero(judged[rows] == 0)
    if len(usable) < 2:
        told = ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
        raise UserError(f"fewer than two usable frames of {n_frames} ({told})")
    return usable, counts


def _kin(index: Index, target: int) -> tuple[str, str]:
    """Film and folder of a target's video."""
    video = int(index.columns["target_video"][target])
    return (
        f"film {index.strings['video_film'][video]}",
        f"folder {index.folder_of(video).resolve()}",
    )


def _gathered(
    index: Index, root: str | Path, drawn: dict[str, tuple[int, np.ndarray]], tally: VideoTally
) -> IndexedPairs:
    """All pairs, in the order of the targets' names."""
    lengths = [len(pairs) for _, pairs in drawn.values()]
    targets = np.array([target for target, _ in drawn.values()], dtype=np.int32)
    validates = np.array([tally.splits[name] == "validation" for name in drawn])
    rows = np.concatenate([pairs for _, pairs in drawn.values()])
    return IndexedPairs(
        index,
        root,
        np.repeat(targets, lengths),
        rows[:, 0],
        rows[:, 1],
        np.repeat(validates, lengths),
    )


def _complaint(tally: VideoTally) -> str:
    told = [f"{name}: {reason}" for name, reason in sorted(tally.left_out_videos.items())]
    more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
    return "; ".join(told[:3]) + more if told else "there are no videos"
