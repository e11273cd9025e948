import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.parameters.hyperparams import TrackerHyperparams
from src.tracking.loading import LOOKS
from src.tuning.search import (
    FILTER_RANGES,
    FILTER_SHARE,
    SPACES,
    Range,
    Space,
    Trial,
    VideoScore,
    nearest_trials,
    search_space,
)
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
    boxes_too = {*FILTER_RANGES, *FILTER_SHARE}
    assert set(with_filter.keys) == {*space_of("design_siamrpn_lite0").keys, *boxes_too}
    peaks_alone = set(space_of("design", filter_weight=2.0).keys)
    assert peaks_alone == {*SPACES["siamfc"].keys, *FILTER_RANGES}


@pytest.mark.parametrize(
    "name", ["siamrpn", "siamrpn_dw", "siamrpn_pp", "siamrpn_lite0", "siamfc_online_lite0"]
)
def test_the_shipped_values_of_siamrpn_lie_inside(name):
    hp = load_hyperparams(f"hyperparams_{name}")
    for key, interval in space_of(f"design_{name}").ranges.items():
        # of a share all or nothing is a value like others
        inside = interval.low < getattr(hp, key) < interval.high
        assert inside or getattr(hp, key) in (0, 1)


PLAIN = Space(
    {"share": Range(0.0, 2.0), "rate": Range(0.01, 1.0, log=True)},
    {"switch": Range(1.0, 3.0)},
    {"choice": (1.0, 1.5)},
)
VALUES = {"share": 0.5, "rate": 0.1, "switch": 2.0, "choice": 1.0}


@pytest.mark.parametrize(
    ("changes", "distance"),
    [
        ({}, 0),
        ({"share": 1.5}, 0.25),  # half of its range, of four keys: sqrt(0.25 / 4)
        ({"rate": 1.0}, 0.25),  # half of it in the logarithm
        ({"switch": 3.0}, 0.25),
        ({"switch": 0.0}, 0.5),
        ({"choice": 1.5}, 0.5),
        ({"share": 1.5, "rate": 0.01, "switch": 1.0, "choice": 1.5}, (1.75 / 4) ** 0.5),
    ],
)
def test_distances_count_shares_of_ranges(changes, distance):
    for pair in ((VALUES, VALUES | changes), (VALUES | changes, VALUES)):
        assert PLAIN.distance(*pair) == pytest.approx(distance)


def test_the_nearest_trials_are_those_of_like_values():
    scores = {"a": VideoScore(0.5, 0.5)}
    shares = enumerate((0.0, 2.0, 0.6, 0.5, 0.4))
    trials = [Trial(number, VALUES | {"share": share}, scores) for number, share in shares]
    near = nearest_trials(PLAIN, trials, trials[3], 3)
    assert [trial.number for trial in near] == [2, 4, 0]
    assert nearest_trials(PLAIN, trials[3:4], trials[3], 3) == []
