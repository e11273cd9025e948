"""`z_scaled` of the batches: exemplars that show more or less than they should."""

import numpy as np
import pytest
import tensorflow as tf

from src.base.errors import UserError
from src.records.encoding import decode_record
from src.records.read_training_dataset import training_batches, validation_batches
from src.records.store import open_records, patch_pixels_per_crop_pixel
from src.training.train_step import batch_spec
from tests.reference.crop_by_index import crop_by_index
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.small_records import make_list, prepare_films, prepare_here

DESIGN = load_design(batch_size=3)
SMALL_PATCHES = load_design(batch_size=2, resize_width=300, resize_height=500)
# every other pixel of a crop at half the scale is a pixel of the middle at full scale
HALF_SCALE, MIDDLE = slice(1, 127, 2), slice(32, 95)
LOUD = {"stretch": 0.05, "colour_jitter": 0.3, "grey_share": 0.5, "zoom": 0.2}


def contrast_hyperparams(*other_scales, **changes):
    return load_hyperparams(loss="contrast", other_scales=other_scales, **changes)


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    env = make_list(tmp_path_factory.mktemp("scaled"), n_train=7, n_validation=4)
    prepare_here(DESIGN, env)
    return env


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return prepare_films(tmp_path_factory.mktemp("films"), DESIGN)


def read(records, hp, design=DESIGN, epochs=3):
    return list(training_batches(records, design, hp, 5, epochs).as_numpy_iterator())


def is_grey(crops):
    """For crops [..., height, width, 3]."""
    return np.ptp(crops, axis=-1).max(axis=(-2, -1)) < 1e-3


def test_a_scale_that_shows_more_than_the_records_hold_is_refused(env):
    records = open_records(DESIGN, env, "train")
    training_batches(records, DESIGN, contrast_hyperparams(2.0, stretch=0.0), 1, 1)
    with pytest.raises(UserError, match=r"other_scales has 2: .*shows 305 .* hold 271"):
        training_batches(records, DESIGN, contrast_hyperparams(2.0, stretch=0.2), 1, 1)


@pytest.mark.parametrize("other_scales", [(), (0.9, 1.2)])
def test_training_and_validation_have_an_exemplar_for_every_other_scale(env, other_scales):
    hp = contrast_hyperparams(*other_scales)
    for split, batches in (("train", training_batches), ("validation", validation_batches)):
        rest = (1, 1) if split == "train" else ()
        dataset = batches(open_records(DESIGN, env, split), DESIGN, hp, *rest)
        spec = batch_spec(DESIGN, hp, None)
        assert dataset.element_spec["z_scaled"].is_compatible_with(spec["z_scaled"])
        found = [batch["z_scaled"] for batch in dataset.as_numpy_iterator()]
        assert found
        for exemplars in found:
            assert exemplars.dtype == np.float32
            assert exemplars.shape[1:] == (len(other_scales), 127, 127, 3)
            assert exemplars.size == 0 or 0 <= exemplars.min() < exemplars.max() <= 255


@pytest.mark.parametrize("design", [DESIGN, SMALL_PATCHES], ids=["square", "other patches"])
def test_an_exemplar_shows_its_scale_times_the_area_around_the_same_centre(
    tmp_path, design, other_scales=(0.7, 1.0375, 1.6)
):
    env = make_list(tmp_path, n_train=1, n_validation=2)
    prepare_here(design, env)
    validation = open_records(design, env, "validation")
    hp = contrast_hyperparams(*other_scales)
    (batch,) = validation_batches(validation, design, hp).as_numpy_iterator()
    serialized = tf.data.TFRecordDataset([str(path) for path in validation.paths])
    for record, z, z_scaled in zip(
        map(decode_record, serialized), batch["z"], batch["z_scaled"], strict=True
    ):
        patch, box = record["z_image"].numpy(), record["z_box_ltwh"].numpy()
        centre, side = box[:2] + box[2:] / 2, 127 * patch_pixels_per_crop_pixel(design)
        fill = patch.mean(axis=(0, 1))
        for scale, found in zip((1, *other_scales), (z, *z_scaled), strict=True):
            expected = crop_by_index(patch, centre, scale * side, (127, 127), fill)
            np.testing.assert_allclose(found, expected, atol=0.1)


@pytest.mark.parametrize("shares", [{}, LOUD])
def test_all_scales_of_a_pair_are_stretched_and_coloured_alike(env, shares):
    records = open_records(DESIGN, env, "train")
    wide = load_design(batch_size=3, exemplar_margin=64)
    narrow, surrounded = (
        read(records, contrast_hyperparams(*scales, **shares), design)
        for scales, design in (((0.5, 2.0), DESIGN), ((), wide))
    )
    for one, other in zip(narrow, surrounded, strict=True):
        half, double = one["z_scaled"][:, 0], one["z_scaled"][:, 1]
        inner = one["z"][:, MIDDLE, MIDDLE]
        np.testing.assert_allclose(half[:, HALF_SCALE, HALF_SCALE], inner, atol=0.1)
        np.testing.assert_allclose(double, other["z"][:, 1::2, 1::2], atol=0.1)
        assert all(np.abs(a - b).mean() > 2 for a, b in zip(half, double, strict=True))


def test_the_exemplars_of_a_pair_are_all_grey_or_none_is(films):
    hp = contrast_hyperparams(0.9, 1.1, grey_share=0.5)
    batches = read(films, hp)
    grey = np.concatenate([is_grey(batch["z"]) for batch in batches])
    scaled = np.concatenate([is_grey(batch["z_scaled"]) for batch in batches])
    np.testing.assert_array_equal(scaled, grey[:, None].repeat(2, axis=1))
    assert 0 < grey.mean() < 1


def test_other_scales_change_nothing_else(env, films):
    changes = LOUD | {"negative_share": 0.5, "blur_share": 0.5}
    validation = open_records(DESIGN, env, "validation")

    def all_batches(*scales):
        hp = contrast_hyperparams(*scales, **changes)
        return read(films, hp) + list(
            validation_batches(validation, DESIGN, hp).as_numpy_iterator()
        )

    without, with_two = all_batches(), all_batches(0.9, 1.1)
    assert len(without) == len(with_two) == 3 * 6 + 2
    for one, other in zip(without, with_two, strict=True):
        assert one.keys() == other.keys()
        np.testing.assert_allclose(one["z"], other["z"], atol=0.01)  # up to rounding
        for key in set(one) - {"z", "z_scaled"}:
            np.testing.assert_array_equal(one[key], other[key])


def test_all_exemplars_of_a_negative_pair_show_the_other_target(films):
    plain, changed = (
        read(films, contrast_hyperparams(0.5, negative_share=share, **LOUD)) for share in (0.0, 0.8)
    )
    negative = 0
    for before, after in zip(plain, changed, strict=True):
        for pair, positive in enumerate(after["positive"]):
            half, inner = after["z_scaled"][pair, 0], after["z"][pair, MIDDLE, MIDDLE]
            np.testing.assert_allclose(half[HALF_SCALE, HALF_SCALE], inner, atol=0.1)
            moved = np.abs(half - before["z_scaled"][pair, 0]).mean() > 0.5
            assert moved == (positive == 0)
            negative += positive == 0
    assert negative > 5


def test_zoom_shows_less_in_all_crops_and_makes_the_target_larger(env):
    records = open_records(DESIGN, env, "train")
    changes = {"stretch": 0.0, "colour_jitter": 0.0, "grey_share": 0.0, "search_shift": 0}
    plain, zoomed = (
        read(records, contrast_hyperparams(0.5, zoom=zoom, **changes)) for zoom in (0.0, 0.5)
    )
    factors = []
    for before, after in zip(plain, zoomed, strict=True):
        larger = after["target_sz_crop"] / before["target_sz_crop"]
        np.testing.assert_allclose(larger[:, 0], larger[:, 1], rtol=1e-5)
        factors += larger[:, 0].tolist()
        for pair, factor in enumerate(larger[:, 0]):
            for key, size in (("z", 127), ("x", 255)):
                centre, side = np.full(2, size / 2), np.full(2, size / factor)
                expected = crop_by_index(before[key][pair], centre, side, (32, 32), 0.0)
                shown = crop_by_index(after[key][pair], centre, np.full(2, size), (32, 32), 0.0)
                assert np.abs(shown - expected).mean() < 3
    assert 1 <= min(factors) < 1.3 and 1.5 < max(factors) <= 2
