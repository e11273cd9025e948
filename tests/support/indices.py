"""Indices of videos that tests make up, and pairs of them as objects."""

import tempfile
from pathlib import Path

import numpy as np

from src.datasets.index import Index, open_index
from src.datasets.index_building import write_index
from src.datasets.index_part import IndexPart
from src.datasets.labels import FrameFiles, LabelledVideo, Source, Target, only_target
from src.pairs.pair_list import Pair
from src.pairs.video_pairs import draw_video_pairs

PHOTOGRAPHS = Source("photographs", True, 0, None, None, None, None)
VIDEOS = Source("videos", False, 0, None, None, None, None)


def index_of(videos, path: Path, source: Source = VIDEOS) -> Index:
    """An index of these videos of the data set at `path`, in a temporary folder."""
    folder = Path(tempfile.mkdtemp())
    part = IndexPart()
    for video in videos:
        part.add_video(path, video)
    write_index(folder, source, [part])
    return open_index(folder, path)


def labelled(name: str, frames, boxes_ltwh, **more) -> LabelledVideo:
    """A video with one target; without one where there are no boxes."""
    targets = () if boxes_ltwh is None else (only_target(np.asarray(boxes_ltwh, float)),)
    files = FrameFiles(frames[0].parent, [frame.name for frame in frames])
    return LabelledVideo(name, files, targets, **more)


def photograph(folder, number, labels, box=(50, 40, 32, 24), name=None):
    """A photograph with a box of each of these labels, one pixel apart."""
    zero = np.zeros(1, np.int32)
    targets = [
        Target(str(k), label, zero, np.array([[box[0] + k, *box[1:]]], float), zero)
        for k, label in enumerate(labels)
    ]
    return LabelledVideo(name or f"p{number}", FrameFiles(folder, [f"{number:08d}.jpg"]), targets)


def as_pairs(rows) -> list[Pair]:
    """Rows of the list as pairs."""
    return [
        Pair(row[0], row[1], row[2], row[3], tuple(row[4:8]), row[8], row[9], tuple(row[10:14]))
        for row in rows
    ]


def draw_pairs(index: Index, hp, seed, root):
    """Pairs of an index as objects, with the tally."""
    pairs, tally = draw_video_pairs(index, hp, seed, root)
    return as_pairs(pairs.rows(np.arange(len(pairs)))), tally
