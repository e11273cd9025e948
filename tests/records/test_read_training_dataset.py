from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from src.base.errors import UserError
from src.geometry.search_geometry import exemplar_side, search_side
from src.network.siamese import build_network
from src.pairs.pair_list import Pair, read_pair_list, write_pair_list
from src.records.read_training_dataset import reading_errors, training_batches, validation_batches
from src.records.store import RecordSet, open_records
from src.training.train_step import batch_spec
from src.video.crops import crop, mean_colour
from src.video.images import read_image
from tests.support.parameter_files import TINY, load_design, load_hyperparams
from tests.support.read_records import DESIGN, PLAIN, same, save_frame
from tests.support.small_records import environment_in, make_list, prepare_here

HP = load_hyperparams(**PLAIN)


UNSHIFTED = load_hyperparams(search_shift=0, **PLAIN)


SMALL_NETWORK = TINY | {"filter_num": [2, 2, 2, 2, 2]}


EPOCHS, STEPS = 3, 3  # 10 pairs make 3 batches


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    env = make_list(tmp_path_factory.mktemp("batches"), n_train=10, n_validation=4)
    prepare_here(DESIGN, env)
    return env


@pytest.fixture(scope="module")
def records(env):
    return open_records(DESIGN, env, "train")


def read(records, seed=5, epochs=EPOCHS, start_step=0, hp=HP):
    batches = training_batches(records, DESIGN, hp, seed, epochs, start_step)
    return list(batches.as_numpy_iterator())


@pytest.fixture(scope="module")
def batches(records):
    """All batches of three epochs; not for tests that build a network, which sets another seed."""
    return read(records)


def pair_ids(batch):
    return list(zip(batch["z_frame"].tolist(), batch["x_frame"].tolist(), strict=True))


def make_one_pair(folder, name, box, **design):
    """Records of a single pair, as the first element of its training batches, unshifted."""
    pair = Pair("train", "v", name, 0, box, name, 0, box)
    env, design = environment_in(folder), load_design(batch_size=1, **design)
    write_pair_list(env.pair_list, [pair], "a test")
    prepare_here(design, env)
    records = open_records(design, env, "train")
    return next(training_batches(records, design, UNSHIFTED, 1, 1).as_numpy_iterator())


def test_batches_have_the_shapes_and_types_that_are_told(batches):
    # C28: whole batches went through Python as float64
    batch = batches[0]
    assert {key: (value.dtype, value.shape) for key, value in batch.items()} == {
        "z": (np.float32, (3, 127, 127, 3)),
        "z_scaled": (np.float32, (3, 0, 127, 127, 3)),
        "x": (np.float32, (3, 255, 255, 3)),
        "disp_crop": (np.float32, (3, 2)),
        "target_sz_crop": (np.float32, (3, 2)),
        "positive": (np.float32, (3,)),
        "video": (object, (3,)),
        "z_frame": (np.int64, (3,)),
        "x_frame": (np.int64, (3,)),
    }
    assert set(batch["video"]) == {b"train"}
    for crops in (batch["z"], batch["x"]):
        assert crops.min() >= 0
        assert 128 < crops.max() <= 255


def test_the_same_seed_gives_the_same_batches(records, batches):
    first, second = batches, read(records)
    assert len(first) == EPOCHS * STEPS
    assert all(map(same, first, second))
    assert not same(first[0], read(records, seed=6, epochs=1)[0])


def test_epochs_differ_in_order_and_shift(batches):
    epochs = [batches[i * STEPS : (i + 1) * STEPS] for i in range(EPOCHS)]
    orders = [[pair for batch in epoch for pair in pair_ids(batch)] for epoch in epochs]
    assert all(len(set(order)) == 9 for order in orders)
    assert len(set(map(tuple, orders))) == EPOCHS
    shifts = np.concatenate([batch["disp_crop"] for batch in batches])
    assert len(np.unique(shifts, axis=0)) == len(shifts)


@pytest.mark.parametrize("start_step", [1, STEPS, STEPS + 2, EPOCHS * STEPS])
def test_a_later_start_gives_the_same_batches_from_there(records, batches, start_step):
    later = read(records, start_step=start_step)
    expected = batches[start_step:]
    assert len(later) == len(expected)
    assert all(map(same, later, expected))


def test_shifts_fill_the_range_and_move_the_target(env):
    design = load_design(batch_size=10)
    hp = load_hyperparams(search_shift=64, **PLAIN)
    batches = training_batches(open_records(design, env, "train"), design, hp, 1, 20)
    shifts = np.concatenate([batch["disp_crop"] for batch in batches.as_numpy_iterator()])
    assert shifts.shape == (200, 2)
    assert np.abs(shifts).max() <= 64
    assert (shifts.min(axis=0) < -55).all()
    assert (shifts.max(axis=0) > 55).all()
    assert np.abs(shifts.mean(axis=0)).max() < 10
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.25


@pytest.mark.parametrize(("width", "height", "search_shift"), [(400, 400, 0), (300, 500, 64)])
def test_crops_from_records_equal_crops_from_frames(tmp_path, width, height, search_shift):
    env = make_list(tmp_path, n_train=3, n_validation=0)
    design = load_design(batch_size=3, resize_width=width, resize_height=height)
    prepare_here(design, env)
    hp = load_hyperparams(search_shift=search_shift, **PLAIN)
    batches = training_batches(open_records(design, env, "train"), design, hp, 1, 1)
    [batch] = batches.as_numpy_iterator()
    pairs = {(pair.z_frame, pair.x_frame): pair for pair in read_pair_list(env.pair_list)}
    for i, pair_id in enumerate(pair_ids(batch)):
        pair = pairs[pair_id]
        for key, path, box, disp in (
            ("z", pair.z_path, pair.z_box_ltwh, np.zeros(2)),
            ("x", pair.x_path, pair.x_box_ltwh, batch["disp_crop"][i]),
        ):
            direct = direct_crop(tmp_path / "data" / path, box, disp, key)
            assert np.abs(batch[key][i] - direct).mean() < 2


def direct_crop(path, box, disp_crop, key):
    """The exemplar or search crop, from the frame in one step."""
    frame, size = read_image(path), {"z": 127, "x": 255}[key]
    left, top, width, height = box
    side = search_side(exemplar_side(width, height, 0.5), 127, size)
    centre = np.array([left + width / 2, top + height / 2]) - disp_crop * side / size
    centre, side = tf.constant([centre], tf.float32), tf.constant([[side, side]], tf.float32)
    return crop(frame, centre, side, (size, size), mean_colour(frame))[0].numpy()


@pytest.mark.parametrize("margin", [8, 64])
def test_surroundings_lie_around_the_same_exemplar(env, records, margin):
    wide = load_design(batch_size=3, exemplar_margin=margin)
    hp = load_hyperparams(stretch=0.05, colour_jitter=0.0, grey_share=0.0)
    plain, surrounded = (
        list(training_batches(records, design, hp, 5, 1)) for design in (DESIGN, wide)
    )
    validation = open_records(DESIGN, env, "validation")
    plain += list(validation_batches(validation, DESIGN, hp))
    surrounded += list(validation_batches(validation, wide, hp))
    assert len(plain) == len(surrounded) == STEPS + 2
    inner = slice(margin, 127 + margin)
    for one, other in zip(plain, surrounded, strict=True):
        assert {key: tf.TensorSpec(v.shape[1:], v.dtype) for key, v in other.items()} == {
            key: tf.TensorSpec(spec.shape[1:], spec.dtype)
            for key, spec in batch_spec(wide, hp, None).items()
        }
        assert other["z"].shape[1:] == (127 + 2 * margin, 127 + 2 * margin, 3)
        np.testing.assert_allclose(other["z"][:, inner, inner], one["z"], atol=0.05)
        places = set(one) - {"z", "z_scaled"}
        assert all(np.array_equal(one[key], other[key]) for key in places)


def test_surroundings_are_those_of_the_frame(env, records):
    wide = load_design(batch_size=3, exemplar_margin=64)
    batch = next(training_batches(records, wide, UNSHIFTED, 5, 1).as_numpy_iterator())
    pairs = {
        (pair.z_frame, pair.x_frame): pair
        for pair in read_pair_list(env.pair_list)
        if pair.split == "train"
    }
    for i, pair_id in enumerate(pair_ids(batch)):
        pair, root = pairs[pair_id], Path(env.root_dataset)
        direct = direct_crop(root / pair.z_path, pair.z_box_ltwh, np.zeros(2), "x")
        assert np.abs(batch["z"][i] - direct).mean() < 2
        assert np.abs(batch["z"][i][32:-32, 32:-32] - direct[32:-32, 32:-32]).mean() < 2


@pytest.mark.parametrize(
    ("box", "width", "height"),
    [((61.3, 41.7, 9.4, 11.8), 400, 400), ((70.0, 20.0, 31.0, 60.5), 300, 500)],
)
def test_the_target_is_in_the_middle(tmp_path, box, width, height):
    left, top, w, h = box
    y, x = np.mgrid[0:120, 0:200]
    centre = (left + w / 2, top + h / 2)
    blob = np.exp(-((x + 0.5 - centre[0]) ** 2 + (y + 0.5 - centre[1]) ** 2) / (2 * 3**2))
    frame = (blob[..., None].repeat(3, axis=2) * 255).round().astype(np.uint8)
    (tmp_path / "data").mkdir()
    Image.fromarray(frame).save(tmp_path / "data" / "frame.png")
    batch = make_one_pair(tmp_path, "frame.png", box, resize_width=width, resize_height=height)
    for crops in (batch["z"], batch["x"]):
        grey = np.where(crops[0].mean(axis=2) > 20, crops[0].mean(axis=2), 0)
        rows, columns = np.mgrid[0 : len(grey), 0 : len(grey)] + 0.5
        found = np.array([(grey * columns).sum(), (grey * rows).sum()]) / grey.sum()
        assert np.abs(found - len(grey) / 2).max() < 0.5


@pytest.mark.parametrize(("width", "height"), [(400, 400), (300, 500)])
def test_a_circle_is_a_circle_in_the_training_crop(tmp_path, width, height):
    # C10, C12: width and height were mixed up where they differ
    (tmp_path / "data").mkdir()
    name = save_frame(tmp_path / "data", size=(320, 120), disc=(150, 60, 20))
    box = (130, 40, 41, 41)
    batch = make_one_pair(tmp_path, name, box, resize_width=width, resize_height=height)
    for crops in (batch["z"], batch["x"]):
        white = crops[0].min(axis=2) > 200
        across, down = white.any(axis=0).sum(), white.any(axis=1).sum()
        assert across > 55
        assert abs(across - down) <= 2
    assert batch["target_sz_crop"][0] == pytest.approx([63.5, 63.5], rel=1e-5)


def test_a_red_square_is_red_in_the_crops(tmp_path):
    (tmp_path / "data").mkdir()
    name = save_frame(tmp_path / "data", square=(60, 30, 24))
    batch = make_one_pair(tmp_path, name, (60, 30, 24, 24))
    for crops in (batch["z"], batch["x"]):
        middle = crops[0, crops.shape[1] // 2, crops.shape[2] // 2]
        np.testing.assert_allclose(middle, (255, 0, 0), atol=4)


def test_validation_is_unshifted_in_order_and_complete(env):
    records = open_records(DESIGN, env, "validation")
    batches = list(validation_batches(records, DESIGN, HP).as_numpy_iterator())
    assert [len(batch["x"]) for batch in batches] == [3, 1]
    assert not any(batch["disp_crop"].any() for batch in batches)
    assert all((batch["positive"] == 1).all() for batch in batches)
    assert all(map(same, batches, validation_batches(records, DESIGN, HP).as_numpy_iterator()))
    expected = [
        (pair.z_frame, pair.x_frame)
        for pair in read_pair_list(env.pair_list)
        if pair.split == "validation"
    ]
    assert [pair for batch in batches for pair in pair_ids(batch)] == expected


def test_fewer_pairs_than_a_batch_are_refused(records):
    with pytest.raises(UserError, match="10 training pairs, fewer than one batch of 11"):
        training_batches(records, load_design(batch_size=11), HP, 1, 1)


@pytest.mark.parametrize("damage", ["truncated", "altered", "removed"])
def test_damage_while_reading_is_told(records, tmp_path, damage):
    copies = tuple(tmp_path / path.name for path in records.paths)
    for path, copy in zip(records.paths, copies, strict=True):
        copy.write_bytes(path.read_bytes())
    content = copies[0].read_bytes()
    if damage == "truncated":
        copies[0].write_bytes(content[:-50])
    elif damage == "altered":
        copies[0].write_bytes(content[:500] + bytes(100) + content[600:])
    else:
        copies[0].unlink()
    damaged = RecordSet(copies, records.pairs, records.list_sha256)
    with pytest.raises(UserError, match=r"prepare_training_dataset\.py"), reading_errors():
        read(damaged)


def test_training_crops_are_augmented_and_validation_is_not(env, records):
    hp = load_hyperparams(search_shift=0, grey_share=0.0)
    plain, changed = (read(records, hp=one, epochs=1)[0] for one in (UNSHIFTED, hp))
    assert pair_ids(plain) == pair_ids(changed)
    assert np.abs(plain["z"] - changed["z"]).mean() > 1
    ratio = changed["target_sz_crop"] / plain["target_sz_crop"]
    assert 0.001 < np.abs(ratio - 1).max() <= 0.0527
    validation = validation_batches(open_records(DESIGN, env, "validation"), DESIGN, hp)
    assert all((batch["disp_crop"].numpy() == 0).all() for batch in validation)


@pytest.mark.parametrize("seed", [0, 1])
def test_batches_can_be_made_beside_a_network_of_any_seed(records, seed):
    build_network(load_design(**SMALL_NETWORK), seed)
    assert len(read(records, seed=seed, epochs=1)) == STEPS


def test_pairs_of_one_video_all_stay_positive(records):
    plain, asked = (
        read(records, epochs=1, hp=load_hyperparams(negative_share=share, **PLAIN))
        for share in (0.0, 0.8)
    )
    assert len(asked) == len(plain) == STEPS
    assert all(map(same, plain, asked))
