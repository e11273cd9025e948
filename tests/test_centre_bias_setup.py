from src.centre_bias_setup import DESIGN, REACH, learning
from src.design_checks import check_design, check_hyperparams
from src.method_checks import check_together
from src.record_format import SEARCH_ROOM, patch_pixels_per_crop_pixel


def test_the_settings_contradict_nothing():
    assert check_design(DESIGN) == []
    assert check_hyperparams(learning(0)) == []
    assert check_together(DESIGN, learning(0)) == []


def test_the_test_reaches_the_rim_and_stays_inside_the_patches():
    assert REACH == 48
    assert REACH <= SEARCH_ROOM
    assert patch_pixels_per_crop_pixel(DESIGN).tolist() == [1, 1]


def test_only_the_shift_differs():
    one, other = learning(0).model_dump(), learning(32).model_dump()
    assert {key for key in one if one[key] != other[key]} == {"search_shift"}
    assert other["search_shift"] == 32
