import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.parameters.hyperparams import TrackerHyperparams
from src.tracking.loading import LOOKS
from src.tuning.search import FILTER_RANGES, SPACES, Range, search_space
from tests.support.parameter_files import load_design, load_hyperparams


@given(
    low=st.floats(0.001, 1), length=st.floats(0.001, 3), log=st.booleans(), value=st.floats(-1, 5)
)
def test_places_and_values_are_each_others_inverse(low, length, log, value):
    interval = Range(low, low + length, log)
    place = interval.place(value)
    assert 0 <= place <= 1
    held = min(max(value, low), low + length)
    assert interval.value(place) == pytest.approx(held, rel=1e-3)


def test_the_ends_of_a_range_are_in_it():
    z_lr = SPACES["siamfc"].switched["z_lr"]
    assert z_lr.value(0) == 0.001 and z_lr.value(1) == 0.05


def test_every_method_has_a_space_of_the_trackers_keys():
    assert set(SPACES) == set(LOOKS)
    for space in SPACES.values():
        assert set(space.keys) <= set(TrackerHyperparams.model_fields)
        assert len(set(space.keys)) == len(space.keys)


def test_the_ends_of_every_range_are_valid_parameters():
    for space in SPACES.values():
        for key, interval in {**space.ranges, **space.switched}.items():
            for value in (interval.low, interval.high):
                assert getattr(load_hyperparams(**{key: value}), key) == value


def space_of(name, **changes):
    hp = load_hyperparams(name.replace("design", "hyperparams"), **changes)
    return search_space(load_design(name), hp)


def test_only_the_head_with_a_cosine_has_its_keys():
    with_cosine = space_of("design_siamrpn_lite0")
    assert {"cosine_share", "first_look", "box_lr", "z_lr"} <= set(with_cosine.keys)
    assert space_of("design_siamrpn") == SPACES["siamrpn"]
    assert space_of("design") == SPACES["siamfc"]


def test_a_filter_is_searched_for_where_it_has_a_say():
    with_filter = space_of("design_siamfc_online_lite0")
    assert set(with_filter.keys) == {*space_of("design_siamrpn_lite0").keys, *FILTER_RANGES}
    assert set(FILTER_RANGES) <= set(space_of("design", filter_weight=2.0).keys)


@pytest.mark.parametrize(
    "name", ["siamrpn", "siamrpn_dw", "siamrpn_pp", "siamrpn_lite0", "siamfc_online_lite0"]
)
def test_the_shipped_values_of_siamrpn_lie_inside(name):
    hp = load_hyperparams(f"hyperparams_{name}")
    for key, interval in space_of(f"design_{name}").ranges.items():
        assert interval.low < getattr(hp, key) < interval.high
