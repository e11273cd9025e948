import pytest

from src.records.store import (
    exemplar_patch_sz,
    patch_pixels_per_crop_pixel,
    record_parameters,
    search_patch_sz,
)
from tests.support.parameter_files import load_design


def test_the_search_patch_has_room_for_shifts_of_64_crop_pixels():
    design = load_design(resize_width=383, resize_height=766)
    assert search_patch_sz(design) == (766, 383)
    assert patch_pixels_per_crop_pixel(design) == pytest.approx([1, 2])


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(400, 400, (283, 283)), (300, 500, (354, 212))]
)
def test_the_exemplar_patch_shows_a_search_crop_and_8_pixels_more(width, height, expected):
    design = load_design(resize_width=width, resize_height=height)
    assert exemplar_patch_sz(design) == expected
    shown = [pixels * 383 for pixels in expected]
    assert shown[0] / height == pytest.approx(271, abs=1)
    assert shown[1] / width == pytest.approx(271, abs=1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("context", 0.25),
        ("pad_with_image_mean", False),
        ("resize_width", 500),
        ("resize_height", 500),
        ("exemplar_sz", 63),
        ("search_sz", 287),
    ],
)
def test_parameters_that_change_the_records_are_told(key, value):
    changed = record_parameters(load_design(**{key: value}))
    assert {k for k, v in changed.items() if v != record_parameters(load_design())[k]} == {key}


def test_parameters_of_the_network_and_the_training_do_not_matter():
    assert record_parameters(load_design(batch_size=3, score_gain=2.0)) == record_parameters(
        load_design()
    )
