"""A target that leaves and comes back: what is judged, what stands still, where it is sought."""

import numpy as np
import pytest

from src.tracking.loading import make_tracker
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.peak_network import CLOSED_LOOP, PeakNetwork, box_around, spot_frame

SIZE = 40.0
# neither of one colour nor faded, which would be no picture
GONE = np.zeros((360, 480, 3), np.uint8)
GONE[0, 0] = 60
# sure while the peak is what it was in the first frame, lost when there is none
JUDGED = {"confidence": (2.0, 16.0, 0.0), "lost_below": 0.3, "found_above": 0.6}


def tracker_with(**changes):
    design = load_design(pad_with_image_mean=False)
    hp = load_hyperparams(**CLOSED_LOOP | JUDGED | changes)
    return make_tracker(PeakNetwork(design), design, hp)


def follow(tracker, frames):
    tracker.init(spot_frame((240, 180), SIZE), box_around((240, 180), SIZE))
    return [tracker.update(frame) for frame in frames]


def centre(result):
    return result.box_ltwh[:2] + result.box_ltwh[2:] / 2


def test_a_target_in_sight_is_sure():
    for result in follow(tracker_with(), [spot_frame((242, 181), SIZE)] * 3):
        assert result.confidence > 0.8
        assert not result.lost
        assert result.evidence[0].numpy() == pytest.approx(0, abs=0.05)


def test_confidence_falls_when_the_target_is_gone_and_rises_when_it_is_back():
    here = spot_frame((240, 180), SIZE)
    results = follow(tracker_with(), [here, *[GONE] * 5, *[here] * 5])
    assert [result.lost for result in results[3:6]] == [True] * 3
    assert [result.confidence < 0.05 for result in results[4:6]] == [True] * 2
    assert not results[-1].lost
    assert results[-1].confidence > 0.8


def test_by_default_nothing_is_ever_lost():
    results = follow(tracker_with(lost_below=0.0), [GONE] * 4)
    assert not any(result.lost for result in results)


def test_size_and_template_stand_still_while_the_target_is_lost():
    # a spot of another size, too weak to be believed
    weak = (spot_frame((240, 180), SIZE * 1.1) * 0.3).astype(np.uint8)
    for lost_below, frozen in ((0.3, True), (0.0, False)):
        tracker = tracker_with(lost_below=lost_below, z_lr=0.2)
        results = follow(tracker, [GONE, GONE])
        before = tracker.state.template.rolling[0].numpy()
        results.append(tracker.update(weak))
        assert results[-1].lost == frozen
        assert (results[-1].box_ltwh[2] == pytest.approx(results[-2].box_ltwh[2])) == frozen
        assert np.array_equal(tracker.state.template.rolling[0].numpy(), before) == frozen


# crop pixels: beyond the 64 of the usual map, within the 126 of the wide one
FAR = 100 * 2 * SIZE / 127


@pytest.mark.parametrize("growth", [1.0, 2.0])
def test_only_a_search_that_grows_finds_a_target_far_off(growth):
    back = spot_frame((240 + FAR, 180 - FAR), SIZE)
    results = follow(tracker_with(lost_search_growth=growth), [*[GONE] * 4, *[back] * 6])
    found = np.abs(centre(results[-1]) - [240 + FAR, 180 - FAR]).max() < 2
    assert found == (growth > 1)
    assert results[-1].lost != found


def test_a_target_that_is_waited_for_stays_where_it_was_seen_last():
    elsewhere = (spot_frame((270, 200), SIZE) * 0.3).astype(np.uint8)
    results = follow(tracker_with(lost_search_growth=2.0), [GONE, GONE, elsewhere, elsewhere])
    assert results[-1].lost
    assert centre(results[-1]) == pytest.approx(centre(results[1]))


def test_the_wide_area_is_what_the_result_tells():
    results = follow(tracker_with(lost_search_growth=2.0), [GONE] * 4)
    ratio = results[3].search_box_ltwh[2] / results[0].search_box_ltwh[2]
    assert ratio == pytest.approx(511 / 255, rel=0.11)  # the first area is one of three scales
    assert len(results[3].response) > 1.9 * len(results[0].response)
