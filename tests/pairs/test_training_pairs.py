import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.datasets.sequences import list_videos, load_video
from src.pairs.frame_drawing import draw_frames
from src.pairs.list_making import shuffled_rows
from src.pairs.rules import seeded_rng
from src.pairs.video_pairs import draw_video_pairs
from tests.support.helpers import make_clip
from tests.support.indices import draw_pairs, index_of, labelled
from tests.support.parameter_files import load_hyperparams

N_FRAMES = 12


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    root = tmp_path_factory.mktemp("data set ä")
    for number in range(4):
        make_clip(root / "train" / f"clip {number}", N_FRAMES, step=(2, 1), seed=number)
    return root


def load_all(root, order=1):
    """The clips as labelled videos."""
    videos = [load_video(root / "train", name) for name in list_videos(root / "train")[::order]]
    return [labelled(video.name, video.frames, video.boxes_ltwh) for video in videos]


def make_pairs(videos, hp, seed, root):
    return draw_pairs(index_of(videos, root / "train"), hp, seed, root)


def gaps_of(frames):
    return [x - z for z, x in frames]


usable_frames = st.lists(st.integers(0, 60), unique=True, min_size=2, max_size=30).map(
    lambda frames: np.array(sorted(frames))
)


def drawn_frames(usable, max_gap, n_pairs, seed=0):
    """Frames (z, x) of the pairs."""
    places = draw_frames(usable, max_gap, n_pairs, np.random.default_rng(seed))
    return [(int(usable[z]), int(usable[x])) for z, x in places]


@given(usable_frames, st.integers(1, 40), st.integers(1, 80), st.integers(0, 5))
def test_drawn_frames_are_usable_near_and_different(usable, max_gap, n_pairs, seed):
    drawn = drawn_frames(usable, max_gap, n_pairs, seed)
    possible = [(z, x) for z in usable for x in usable if 0 < abs(x - z) <= max_gap]
    if max_gap == 1:
        possible = [(z, x) for z, x in possible if x > z]
    assert set(drawn) <= set(possible)
    assert len(drawn) == len(set(drawn)) == min(n_pairs, len(possible))


@given(usable_frames, st.integers(2, 40), st.integers(1, 80), st.integers(0, 2**32))
def test_draws_are_those_of_numpys_generator_one_by_one(usable, max_gap, n_pairs, seed):
    expected = drawn_one_by_one(usable, max_gap, n_pairs, np.random.default_rng(seed))
    assert drawn_frames(usable, max_gap, n_pairs, seed) == expected


def drawn_one_by_one(usable, max_gap, n_pairs, rng):
    """The same by a call of the generator for each choice, and sets of frames."""
    frames = usable.tolist()
    partners = {z: [x for x in frames if 0 < abs(x - z) <= max_gap] for z in frames}
    if sum(map(len, partners.values())) <= n_pairs:
        return [(z, x) for z in frames for x in partners[z]]
    having, drawn = [z for z in frames if partners[z]], {}
    while len(drawn) < n_pairs:
        z = having[rng.integers(len(having))]
        gaps = sorted({abs(x - z) for x in partners[z]})
        gap = gaps[rng.integers(len(gaps))]
        at_gap = [x for x in partners[z] if abs(x - z) == gap]
        drawn[z, at_gap[rng.integers(len(at_gap))]] = None
    return list(drawn)


def test_gaps_cover_one_to_max_evenly_in_both_directions():
    # C13: only neighbours made pairs
    drawn = drawn_frames(np.arange(400), 20, 8000)
    counts = np.bincount(np.abs(gaps_of(drawn)), minlength=21)
    assert counts[0] == 0 and len(counts) == 21
    assert counts[1:].min() > 300 and counts[1:].max() < 500
    assert 0.45 < np.mean(np.array(gaps_of(drawn)) > 0) < 0.55


def test_exemplars_cover_the_video():
    drawn = drawn_frames(np.arange(50), 10, 400)
    assert {z for z, _ in drawn} == set(range(50))


def test_a_gap_of_one_gives_the_neighbours():
    usable = np.array([0, 1, 2, 5, 6, 9])
    drawn = drawn_frames(usable, 1, 100)
    assert drawn == [(0, 1), (1, 2), (5, 6)]
    assert len(drawn_frames(np.arange(50), 1, 7)) == 7


def test_pairs_carry_paths_and_boxes_of_their_frames(dataset):
    hp = load_hyperparams(max_frame_gap=3, pairs_per_video=10, validation_share=0.3)
    pairs, tally = make_pairs(load_all(dataset), hp, 1, dataset)
    assert len(pairs) == 40 and tally.n_frames == 4 * N_FRAMES
    for pair in pairs:
        video = load_video(dataset / "train", pair.video)
        assert dataset / pair.z_path == video.frames[pair.z_frame]
        assert dataset / pair.x_path == video.frames[pair.x_frame]
        assert pair.z_box_ltwh == tuple(video.boxes_ltwh[pair.z_frame])
        assert pair.x_box_ltwh == tuple(video.boxes_ltwh[pair.x_frame])
        assert pair.split == tally.splits[pair.video]
        assert type(pair.z_box_ltwh[0]) is float and type(pair.z_frame) is int
    assert sorted(tally.splits.values()) == ["train"] * 3 + ["validation"]


def test_the_seed_decides_and_the_order_does_not(dataset):
    hp = load_hyperparams(pairs_per_video=20)
    pairs, _ = make_pairs(load_all(dataset), hp, 1, dataset)
    assert make_pairs(load_all(dataset, order=-1), hp, 1, dataset)[0] == pairs
    assert make_pairs(load_all(dataset), hp, 2, dataset)[0] != pairs


def test_a_videos_pairs_do_not_depend_on_the_others(dataset):
    hp = load_hyperparams(pairs_per_video=20, validation_share=0.0)
    everything, _ = make_pairs(load_all(dataset), hp, 1, dataset)
    alone, _ = make_pairs(load_all(dataset)[1:2], hp, 1, dataset)
    assert alone == [pair for pair in everything if pair.video == "clip 1"]


def test_unusable_frames_are_in_no_pair_and_are_counted(dataset):
    video = load_all(dataset)[0]
    boxes = video.targets[0].boxes_ltwh.copy()
    boxes[2] = np.nan
    boxes[4, 2:] = 3.0
    boxes[5] = 0, 0, 160, 120
    boxes[7, 0] = 1000
    boxes[9, 2:] = 90, 10
    hp = load_hyperparams(pairs_per_video=1000)
    pairs, tally = make_pairs([labelled("clip 0", video.frames, boxes)], hp, 1, dataset)
    used = {frame for pair in pairs for frame in (pair.z_frame, pair.x_frame)}
    assert used == set(range(N_FRAMES)) - {2, 4, 5, 7, 9}
    assert tally.left_out_frames == {
        "absent": 1,
        "too small": 1,
        "too large": 1,
        "outside the frame": 1,
        "too elongated": 1,
    }


def test_videos_that_give_nothing_are_named(dataset, tmp_path):
    good = load_all(dataset)[0]
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"")
    boxes, files = good.targets[0].boxes_ltwh, list(good.frames)
    videos = [
        good,
        labelled("plain", files, None),
        labelled("one frame", files[:1], boxes[:1]),
        labelled("broken", [broken, *files[1:]], boxes),
        labelled("absent", files, np.full_like(boxes, np.nan)),
        labelled("far", files, np.where(np.arange(N_FRAMES)[:, None] % 11, np.nan, boxes)),
    ]
    pairs, tally = make_pairs(videos, load_hyperparams(max_frame_gap=5), 1, dataset)
    assert {pair.video for pair in pairs} == {"clip 0"}
    reasons = tally.left_out_videos
    assert reasons["plain"] == "no ground truth"
    assert reasons["one frame"] == "only one frame"
    assert "empty" in reasons["broken"]
    assert reasons["absent"] == f"fewer than two usable frames of {N_FRAMES} (absent {N_FRAMES})"
    assert "max_frame_gap 5" in reasons["far"]
    assert tally.left_out_frames == {"in videos left out": 4 * N_FRAMES + 1}


def test_nothing_left_is_an_error(dataset):
    video = labelled("clip 0", load_all(dataset)[0].frames, None)
    with pytest.raises(UserError, match="no video gives a training pair: clip 0: no ground truth"):
        make_pairs([video], load_hyperparams(), 1, dataset)


def test_shuffling_is_seeded_and_complete(dataset):
    index = index_of(load_all(dataset), dataset / "train")
    pairs, _ = draw_video_pairs(index, load_hyperparams(), 1, dataset)
    rows = pairs.rows(np.arange(len(pairs)))
    shuffled = list(shuffled_rows([pairs], 1))
    assert shuffled == list(shuffled_rows([pairs], 1)) != list(shuffled_rows([pairs], 2))
    assert shuffled != rows and sorted(map(repr, shuffled)) == sorted(map(repr, rows))


def test_generators_differ_by_name_and_seed():
    draws = {seeded_rng(s, n).integers(2**60) for s in (0, 1) for n in ("a", "b", "ä")}
    assert len(draws) == 6
