import numpy as np
import pytest

from src.base.errors import UserError
from src.network.siamese import build_network
from src.tracking.loading import make_tracker
from tests.support.parameter_files import TINY, load_design, load_hyperparams

BOXES = np.array([[40.0, 30.0, 30.0, 20.0], [70.0, 50.0, 12.0, 18.0], [5.0, 60.0, 25.0, 25.0]])
FRAMES = np.random.default_rng(0).integers(0, 256, (5, 90, 120, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def parts():
    design = load_design(**TINY)
    return build_network(design, seed=2), design, load_hyperparams(z_lr=0.1, lost_below=0.4)


@pytest.fixture(scope="module")
def together(parts):
    return make_tracker(*parts, targets=None)


@pytest.mark.parametrize("chosen", [[0], [2, 0], [0, 1, 2]])
def test_each_target_goes_where_it_would_go_alone(parts, together, chosen):
    alone = make_tracker(*parts)
    together.init(FRAMES[0], BOXES[chosen])
    found = [together.update(frame) for frame in FRAMES[1:]]
    for place, target in enumerate(chosen):
        alone.init(FRAMES[0], BOXES[target])
        for number, frame in enumerate(FRAMES[1:]):
            expected, result = alone.update(frame), found[number][place]
            np.testing.assert_allclose(result.box_ltwh, expected.box_ltwh, atol=1e-3)
            assert result.score == pytest.approx(expected.score, rel=1e-3, abs=1e-4)
            assert result.confidence == pytest.approx(expected.confidence, abs=1e-3)
            assert result.lost == expected.lost


def test_one_trace_for_any_number_of_targets_and_any_frame(together):
    for count, size in ((1, 90), (3, 60), (2, 90)):
        together.init(FRAMES[0][:size], BOXES[:count])
        assert len(together.update(FRAMES[1][:size])) == count
    assert together.start.experimental_get_tracing_count() == 1
    assert together.advance.experimental_get_tracing_count() == 1


def test_a_search_that_grows_is_refused(parts):
    network, design, hp = parts
    hp = hp.model_copy(update={"lost_search_growth": 2.0})
    with pytest.raises(UserError, match=r"lost_search_growth is 2: .* 1 is right"):
        make_tracker(network, design, hp, targets=None)


def test_a_number_of_targets_that_is_told_is_that_of_the_graph(parts, together):
    two = make_tracker(*parts, targets=2)
    assert two.advance.input_signature[1].lost.shape == (2,)
    for tracker in (two, together):
        tracker.init(FRAMES[0], BOXES[:2])
    for ours, theirs in zip(two.update(FRAMES[1]), together.update(FRAMES[1]), strict=True):
        np.testing.assert_allclose(ours.box_ltwh, theirs.box_ltwh, atol=1e-3)
