"""A clip of a few frames, a list of its pairs and their records, for tests of what uses them."""

import shutil
from dataclasses import replace
from pathlib import Path

from src.pairs.pair_list import Pair, write_pair_list
from src.parameters.design import Design
from src.parameters.models import Environment
from src.records.plan import plan_records
from src.records.preparation import write_shard
from src.records.store import RecordSet, open_records
from src.video.images import read_image
from tests.support.helpers import make_clip
from tests.support.parameter_files import load_environment

N_FRAMES = 5
# by the frame of the exemplar, so that it tells whose exemplar a crop shows
FILMS = ("a_film_x", "a_film_y", "stills/1.jpg#2", "stills/2.jpg#3", "ball")
BROKEN = "train/broken.jpg"


def make_pairs(root: Path, n_train: int = 10, n_validation: int = 3) -> list[Pair]:
    """Writes a clip for each split below `root` and pairs its frames in turn."""
    pairs = []
    for split, count in (("train", n_train), ("validation", n_validation)):
        boxes = make_clip(root / split, N_FRAMES, (96, 72), (30, 25, 20, 15), seed=len(split))
        boxes = [tuple(box) for box in boxes.tolist()]
        for i in range(count):
            z, x = i % N_FRAMES, (i + 1 + i // N_FRAMES) % N_FRAMES
            z_path, x_path = (f"{split}/{frame + 1:08d}.jpg" for frame in (z, x))
            pairs.append(Pair(split, split, z_path, z, boxes[z], x_path, x, boxes[x]))
    return pairs


def make_list(folder: Path, n_broken: int = 0, **counts: int) -> Environment:
    """A data set, a list of its pairs, and the parameters that say where they are.

    The exemplars of the first `n_broken` training pairs are in a truncated image.
    """
    pairs = make_pairs(folder / "data", **counts)
    if n_broken:
        mend_frame(folder)
        break_frame(folder / "data" / BROKEN)
    pairs[:n_broken] = [replace(pair, z_path=BROKEN) for pair in pairs[:n_broken]]
    env = environment_in(folder)
    write_pair_list(env.pair_list, pairs, "a test")
    return env


def environment_in(folder: Path, **changes: str) -> Environment:
    """All folders below `folder`."""
    places = {
        "root_dataset": str(folder / "data"),
        "pair_list": str(folder / "pairs.csv"),
        "tfrecord_path": str(folder / "records"),
    }
    return load_environment(**(places | changes))


def prepare_here(design: Design, env: Environment, num_shards: int = 2) -> None:
    """Makes the records of a list in this process."""
    for plan in plan_records(design, env, num_shards):
        if plan.pairs:
            plan.finish({job.path.name: write_shard(job) for job in plan.jobs})


def prepare_films(folder: Path, design: Design) -> RecordSet:
    """Records of 20 pairs of five videos, of which two are a film's and two are photographs."""
    env = environment_in(folder)
    pairs = make_pairs(folder / "data", n_train=20, n_validation=0)
    named = [replace(pair, video=FILMS[pair.z_frame]) for pair in pairs]
    write_pair_list(env.pair_list, named, "a test")
    prepare_here(design, env)
    return open_records(design, env, "train")


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its content."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def break_frame(path: Path) -> None:
    """Cuts off the second half of an image file."""
    assert read_image(path).size
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def mend_frame(folder: Path) -> None:
    """Makes the broken image of `make_list` whole."""
    shutil.copy(folder / "data" / "train" / "00000001.jpg", folder / "data" / BROKEN)
