import math

import numpy as np
import pytest
import tensorflow as tf

from src.training.contrast import contrast_loss, make_contrast_targets
from src.training.train_step import batch_spec
from tests.reference.contrast_by_loops import loss_by_loops, share_by_loops
from tests.support.contrast import TWO_SCALES, contrast_hyperparams
from tests.support.parameter_files import TINY, load_design
from tests.support.training_batches import batch_of

# cells and stride of their score maps
MAPS = {"design": (33, 4), "design_efficientnet_lite0": (13, 16)}


def targets_of(disps, name="design", videos=None, positive=None, **changes):
    pairs = len(disps)
    batch = {
        "disp_crop": tf.constant(disps, tf.float32),
        "positive": tf.constant([1.0] * pairs if positive is None else positive, tf.float32),
        "video": tf.constant(list(videos or "abcdefgh"[:pairs])),
    }
    targets = make_contrast_targets(load_design(name), contrast_hyperparams(**changes))(batch)
    return {key: value.numpy() for key, value in targets.items()}


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("other_scales", [(), TWO_SCALES, (0.5, 0.9, 2.0)])
@pytest.mark.parametrize(("sigma", "scale_sigma"), [(8.0, 0.04), (30.0, 0.5)])
def test_the_share_is_that_of_the_loops(name, other_scales, sigma, scale_sigma):
    disps = [(0.0, 0.0), (7.5, -3.0), (-61.0, 40.2)]
    share = targets_of(
        disps, name, other_scales=other_scales, label_sigma=sigma, label_scale_sigma=scale_sigma
    )["share"]
    scales = (1.0, *other_scales)
    for found, disp in zip(share, disps, strict=True):
        expected = share_by_loops(*MAPS[name], disp, scales, sigma, scale_sigma)
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-7)
    np.testing.assert_allclose(share.sum(axis=(1, 2, 3)), 1, rtol=1e-5)


@pytest.mark.parametrize("name", MAPS)
def test_the_share_is_largest_at_the_nearest_cell_and_the_true_scale(name):
    cells, stride = MAPS[name]
    disps = [(0.0, 0.0), (5.1, -41.0), (-30.0, 13.0), (500.0, -500.0)]
    share = targets_of(disps, name, other_scales=TWO_SCALES)["share"]
    for found, (x, y) in zip(share, disps, strict=True):
        column, row = (min(max(round(disp / stride) + cells // 2, 0), cells - 1) for disp in (x, y))
        assert np.unravel_index(found.argmax(), found.shape) == (0, row, column)
        assert np.isfinite(found).all()


def test_the_share_falls_as_a_gaussian_in_place_and_in_the_logarithm_of_scale():
    (share,) = targets_of(
        [(0.0, 0.0)], other_scales=(0.8, 1.25, 1.1), label_sigma=10.0, label_scale_sigma=0.2
    )["share"]
    np.testing.assert_allclose(share[1], share[2], rtol=1e-4)
    for number, scale in ((1, 0.8), (3, 1.1)):
        ratio = share[number, 16, 16] / share[0, 16, 16]
        assert ratio == pytest.approx(math.exp(-((math.log(scale) / 0.2) ** 2) / 2), rel=1e-4)
    # three cells of 4 pixels to the right and two down
    fall = math.exp(-((12 / 10.0) ** 2 + (8 / 10.0) ** 2) / 2)
    np.testing.assert_allclose(share[:, 18, 19], fall * share[:, 16, 16], rtol=1e-4)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("a", "a", False),
        ("a", "b", True),
        ("a-1", "a-2", False),
        ("source_film_x", "source_film_y", False),
        ("source_film_x", "source_other_x", True),
        ("stills/a.jpg#2", "stills/a.jpg#13", False),
        ("stills/a.jpg#2", "stills/b.jpg#2", True),
        ("stills/a.jpg#2", "a.jpg", True),
    ],
)
def test_pairs_of_one_scene_are_no_others_for_each_other(one, other, differ):
    found = targets_of([(0.0, 0.0)] * 2, videos=[one, other])["is_other"]
    assert found.tolist() == [[False, differ], [differ, False]]


@pytest.mark.parametrize("name", MAPS)
def test_the_cells_for_pictures_are_those_near_the_target_and_none_in_negative_pairs(name):
    cells, stride = MAPS[name]
    targets = targets_of(
        [(9.0, -17.0), (9.0, -17.0)], name, positive=[1.0, 0.0], other_scales=TWO_SCALES
    )
    share = share_by_loops(cells, stride, (9.0, -17.0), (1.0,), 8.0, 0.04)[0]
    np.testing.assert_array_equal(targets["label"][0, ..., 0], share >= share.max() / 2)
    assert targets["label"].shape == (2, cells, cells, 1)
    assert targets["label"][0].any() and not targets["label"][1].any()
    np.testing.assert_array_equal(targets["positive"], [1.0, 0.0])


def test_targets_are_made_in_the_graph_for_any_number_of_pairs():
    design, hp = load_design(**TINY), contrast_hyperparams(other_scales=TWO_SCALES)
    traced = tf.function(
        make_contrast_targets(design, hp), input_signature=[batch_spec(design, hp, None)]
    )
    for pairs in (3, 1):
        batch = batch_of(pairs, pairs=pairs, shift=8, other_scales=TWO_SCALES)
        assert traced(batch)["share"].shape == (pairs, 3, 17, 17)
        assert traced(batch)["is_other"].shape == (pairs, pairs)
    assert traced.experimental_get_tracing_count() == 1


def random_case(seed, videos, positive, other_scales=2, cells=5):
    """Logits and targets of a batch, as NumPy arrays."""
    rng, pairs = np.random.default_rng(seed), len(videos)
    share = rng.uniform(size=(pairs, 1 + other_scales, cells, cells)) ** 3
    share[:, :, 0] = 0  # where a Gaussian underflows
    return {
        "scaled": rng.normal(0, 2, share.shape).astype(np.float32),
        "others": rng.normal(0, 2, (pairs, pairs, cells, cells)).astype(np.float32),
        "share": (share / share.sum(axis=(1, 2, 3), keepdims=True)).astype(np.float32),
        "is_other": np.not_equal.outer(list(videos), list(videos)),
        "positive": np.float32(positive),
    }


def loss_of(case):
    outputs = {key: tf.convert_to_tensor(case[key]) for key in ("scaled", "others")}
    targets = {key: tf.constant(case[key]) for key in ("share", "is_other", "positive")}
    return contrast_loss(outputs, targets)["total"]


@pytest.mark.parametrize("other_scales", [0, 2])
@pytest.mark.parametrize(
    ("videos", "positive"),
    [
        ("abcd", (1, 1, 1, 1)),
        ("abab", (1, 1, 1, 1)),
        ("aaaa", (1, 1, 1, 1)),
        ("abcc", (1, 0, 1, 0)),
        ("abcd", (0, 0, 0, 0)),
        ("a", (1,)),
    ],
)
def test_the_loss_is_that_of_the_loops(videos, positive, other_scales):
    case = random_case(1, videos, positive, other_scales)
    expected = loss_by_loops(case["scaled"], case["others"], case["share"], videos, positive)
    assert float(loss_of(case)) == pytest.approx(expected, rel=1e-5)
    assert (expected > 0.1) == any(positive)


@pytest.mark.parametrize("left_to_others", [0.0, 1e-3, 0.5])
def test_a_softmax_that_equals_its_label_costs_only_what_the_others_take(left_to_others):
    case = random_case(2, "abc", (1, 1, 1))
    with np.errstate(divide="ignore"):
        case["scaled"] = np.maximum(np.log(case["share"]), -100.0) + 3.0
        logit = max(np.log(left_to_others / (2 * 5 * 5)), -100.0) + 3.0
    case["others"] = np.full_like(case["others"], logit)
    assert float(loss_of(case)) == pytest.approx(math.log1p(left_to_others), abs=1e-5)


@pytest.mark.parametrize("constant", [50.0, -3000.0])
def test_a_constant_on_all_logits_changes_nothing(constant):
    case = random_case(3, "abca", (1, 1, 0, 1))
    moved = case | {key: case[key] + np.float32(constant) for key in ("scaled", "others")}
    assert float(loss_of(moved)) == pytest.approx(float(loss_of(case)), abs=2e-3)


@pytest.mark.parametrize("size", [200.0, 1e4])
@pytest.mark.parametrize("videos", ["abc", "aaa"])
def test_is_finite_for_any_logits_and_so_is_its_gradient(size, videos):
    case = random_case(4, videos, (1, 1, 1))
    for signs in ((1, 1), (1, -1), (-1, 1)):
        logits = [
            tf.Variable(sign * size * np.sign(case[key]))
            for sign, key in zip(signs, ("scaled", "others"), strict=True)
        ]
        with tf.GradientTape() as tape:
            loss = loss_of(case | dict(zip(("scaled", "others"), logits, strict=True)))
        assert np.isfinite(float(loss)) and float(loss) > size / 10
        assert all(np.isfinite(gradient).all() for gradient in tape.gradient(loss, logits))


def test_search_crops_of_the_same_video_cost_nothing_and_all_others_do():
    videos = "abac"
    case = random_case(5, videos, (1, 1, 1, 1))
    before = float(loss_of(case))
    for pair in range(4):
        for other in range(4):
            changed = case | {"others": case["others"].copy()}
            changed["others"][pair, other] += 1
            if videos[pair] == videos[other]:
                assert float(loss_of(changed)) == before
            else:
                assert float(loss_of(changed)) > before + 1e-3


def test_a_negative_pair_has_no_loss_but_its_search_crop_is_an_other():
    case = random_case(6, "abc", (1, 0, 1))
    before = float(loss_of(case))
    unseen = case | {key: case[key].copy() for key in ("scaled", "others")}
    unseen["scaled"][1] += np.random.default_rng(0).normal(size=case["scaled"][1].shape)
    unseen["others"][1] += 1
    assert float(loss_of(unseen)) == before
    seen = case | {"others": case["others"].copy()}
    seen["others"][0, 1] += 1
    assert float(loss_of(seen)) > before + 1e-3
