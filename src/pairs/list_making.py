"""Draws the pairs of all videos of a data set; where they are many, in several processes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from src.base.progress import progress
from src.pairs.video_pairs import VideoPairs, draw_video
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Run
from src.video.sequences import load_video
from src.workers.executors import open_executor

# a second of work or more, so that starting a process pays
VIDEOS_PER_PIECE = 200


@dataclass(frozen=True)
class PairPiece:
    """One piece of work: the pairs of some videos.

    Attributes:
        folder: The data set.
        names: Videos of it.
        hp: What `draw_video` needs.
        seed: Seed of all choices.
        root: Folder that the paths in the pairs are relative to.
    """

    folder: Path
    names: tuple[str, ...]
    hp: Hyperparams
    seed: int
    root: Path


def draw_piece(piece: PairPiece) -> list[VideoPairs]:
    """Reads the ground truth of a piece's videos and draws their pairs.

    Args:
        piece: The work.

    Returns:
        What came of each video, in the order of their names.

    Raises:
        UserError: A video has no frames, or its ground truth is wrong.
    """
    videos = (load_video(piece.folder, name) for name in piece.names)
    return [draw_video(video, piece.hp, piece.seed, piece.root) for video in videos]


def draw_videos(
    folder: Path, names: Sequence[str], hp: Hyperparams, run: Run, root: Path
) -> list[VideoPairs]:
    """Draws the pairs of each video; the same whoever does it and however many they are.

    Args:
        folder: The data set.
        names: Its videos, at least one. `VIDEOS_PER_PIECE` are one piece of work; several pieces
            go to `run.workers` or `run.cluster`, a single one is done here.
        hp: What `draw_video` needs.
        run: `seed`, `workers` and `cluster`.
        root: Folder that the paths in the pairs are relative to.

    Returns:
        What came of each video, in the order of `names`.

    Raises:
        UserError: The first video that is wrong, see `draw_piece`; or a worker cannot do its work.
    """
    here = len(names) <= VIDEOS_PER_PIECE or (run.workers == 1 and not run.cluster)
    size = 1 if here else VIDEOS_PER_PIECE
    parts = [tuple(names[start : start + size]) for start in range(0, len(names), size)]
    pieces = [PairPiece(folder, part, hp, run.seed, root) for part in parts]
    with progress(total=len(names), desc="videos", unit="video") as bar:
        if here:
            return _collect(map(draw_piece, pieces), bar)
        seen = [load_video(folder, names[0]).frames[0]]
        with open_executor(run, len(pieces), seen) as executor:
            futures = [executor.submit(draw_piece, piece) for piece in pieces]
            return _collect((future.result() for future in futures), bar)


def _collect(drawn: Iterable[list[VideoPairs]], bar: tqdm) -> list[VideoPairs]:
    videos: list[VideoPairs] = []
    for some in drawn:
        videos += some
        bar.update(len(some))
    return videos
