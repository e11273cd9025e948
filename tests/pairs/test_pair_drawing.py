"""The pairs of many videos are the same whoever draws them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import pytest

from src.base.errors import UserError
from src.datasets.sequences import list_videos, load_video
from src.pairs import list_making as pair_drawing
from src.pairs.list_making import PairPiece, draw_piece, draw_videos
from src.pairs.video_pairs import draw_video, gather_pairs, make_pairs
from src.workers.executors import open_executor
from tests.support.helpers import make_clip, write_rows
from tests.support.parameter_files import load_hyperparams, load_run

HP = load_hyperparams(pairs_per_video=12, max_frame_gap=5)
N_VIDEOS = 7


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Seven clips; of the third no frame can be used."""
    root = tmp_path_factory.mktemp("däta")
    for number in range(N_VIDEOS):
        make_clip(root / "train" / f"clip_{number}", n_frames=8, layout="plain", seed=number)
        boxes = [(50 + 3 * k, 40 + number, 32, 24) for k in range(8)]
        rows = [["nan"] * 4] * 8 if number == 2 else boxes
        write_rows(root / "train" / f"clip_{number}" / "groundtruth.txt", rows)
    return root


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(pair_drawing, "VIDEOS_PER_PIECE", 2)


@pytest.fixture
def opened(monkeypatch):
    """Numbers of pieces that executors were opened for."""
    numbers = []

    def watched(run, pieces, *rest):
        numbers.append(pieces)
        return open_executor(run, pieces, *rest)

    monkeypatch.setattr(pair_drawing, "open_executor", watched)
    return numbers


def draw(root, **run):
    names = list_videos(root / "train")
    return draw_videos(root / "train", names, HP, load_run(**run), root)


def test_worker_processes_draw_what_one_process_draws(root, small_pieces, opened):
    alone = draw(root, workers=1)
    assert opened == []
    shared = draw(root, workers=2)
    assert opened == [4]
    assert [asdict(video) for video in shared] == [asdict(video) for video in alone]
    videos = [load_video(root / "train", f"clip_{number}") for number in range(N_VIDEOS)]
    pairs, tally = make_pairs(videos, HP, 1, root)
    assert gather_pairs(shared, HP, 1) == (pairs, tally)
    assert len(pairs) == 12 * (N_VIDEOS - 1) and list(tally.left_out_videos) == ["clip_2"]


def test_few_videos_are_drawn_here(root, opened):
    assert len(draw(root, workers=2, cluster="tcp://nowhere:1")) == N_VIDEOS
    assert opened == []


def test_a_cluster_is_asked_whatever_the_number_of_workers(root, small_pieces, monkeypatch):
    asked = []

    def threads(run, pieces, files):
        asked.append((run.cluster, pieces, files))
        return ThreadPoolExecutor(2)

    monkeypatch.setattr(pair_drawing, "open_executor", threads)
    address = "tcp://scheduler:8786"
    assert draw(root, workers=1, cluster=address) == draw(root, workers=1)
    assert asked == [(address, 4, [root / "train" / "clip_0" / "00000001.jpg"])]


def test_the_seed_reaches_every_video(root):
    one, other = draw(root, seed=1), draw(root, seed=2)
    differ = [a.pairs != b.pairs for a, b in zip(one, other, strict=True)]
    assert differ == [number != 2 for number in range(N_VIDEOS)]


def test_a_piece_is_its_videos_one_by_one(root):
    names = ("clip_5", "clip_1")
    drawn = draw_piece(PairPiece(root / "train", names, HP, 3, root))
    assert drawn == [draw_video(load_video(root / "train", n), HP, 3, root) for n in names]


@pytest.mark.parametrize("pieces", [2, N_VIDEOS])
def test_the_first_wrong_video_is_told(tmp_path, monkeypatch, pieces):
    monkeypatch.setattr(pair_drawing, "VIDEOS_PER_PIECE", pieces)
    monkeypatch.setattr(pair_drawing, "open_executor", lambda *_: ThreadPoolExecutor(2))
    for number in range(N_VIDEOS):
        folder = tmp_path / "train" / f"clip_{number}"
        make_clip(folder, n_frames=3, layout="plain")
        write_rows(folder / "groundtruth.txt", [(50, 40, 32, 24)] * (2 if number in (3, 6) else 3))
    with pytest.raises(UserError, match=r"clip_3.*2 rows for 3 frames"):
        draw(tmp_path, workers=2)
