"""Pairs for the centre-bias experiment: generated clips, made into records as any videos are."""

from pathlib import Path

from src.centre_bias_setup import DESIGN, learning
from src.pair_list import write_pair_list
from src.parameters import Environment
from src.progress import progress
from src.record_plan import plan_records
from src.record_store import RecordSet, open_records
from src.record_writer import write_shard
from src.sequences import list_videos, load_video
from src.synthetic_clips import make_clip, write_clip
from src.training_pairs import make_pairs, shuffle_pairs

FRAMES = 4  # of a clip
SIZE = (240, 180)  # width and height of the frames, pixels

_SHARDS = 4
_SEEDS = 10_000  # more than the clips that one seed makes


def make_records(folder: Path, clips: int, seed: int) -> tuple[RecordSet, RecordSet]:
    """Generates clips, each with a target and a ground of its own, and makes records of pairs.

    Args:
        folder: Where clips, list and records are written; empty.
        clips: How many, at least 2.
        seed: Seed of clips, split and pairs.

    Returns:
        Records to learn from, and records of other clips for the test.
    """
    env = _places(folder)
    for number in progress(range(clips), total=clips, desc="clips", unit="clip"):
        clip = make_clip(seed * _SEEDS + number, FRAMES, SIZE)
        write_clip(clip, folder / env.train_dataset / f"clip_{number:04d}")
    _list_pairs(env, seed)
    for plan in plan_records(DESIGN, env, _SHARDS):
        plan.finish({job.path.name: write_shard(job) for job in plan.jobs})
    return open_records(DESIGN, env, "train"), open_records(DESIGN, env, "validation")


def _places(folder: Path) -> Environment:
    """All below one folder."""
    return Environment(
        root_dataset=str(folder),
        root_pretrained=str(folder),
        root_parameters=str(folder),
        train_dataset="clips",
        stills_annotations="",
        pair_list=str(folder / "pairs.csv"),
        tfrecord_path=str(folder / "records"),
    )


def _list_pairs(env: Environment, seed: int) -> None:
    """Writes the list of pairs; whole clips are kept for the test."""
    videos = Path(env.root_dataset, env.train_dataset)
    named = (load_video(videos, name) for name in list_videos(videos))
    pairs, _ = make_pairs(named, learning(0), seed, env.root_dataset)
    write_pair_list(env.pair_list, shuffle_pairs(pairs, seed), "Pairs of generated clips")
