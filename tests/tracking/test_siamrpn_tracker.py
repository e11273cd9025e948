"""SiamRPN's trackers as other programs use them; `tests/weights/test_pysot.py` has their tracks."""

import numpy as np
import pytest

from src.base.errors import UserError
from src.network.siamese import build_network
from src.tracking.graph_tracker import GraphTracker
from src.tracking.loading import load_tracker
from src.training.train_step import Learner
from tests.support.parameter_files import load_design, load_environment, load_hyperparams
from tests.support.small_pysot import SMALL_ALEX, state_dict
from tests.support.torch_writer import write_zip

HP = load_hyperparams("hyperparams_siamrpn_dw")
FRAMES = np.random.default_rng(0).integers(0, 256, (4, 90, 120, 3)).astype(np.uint8)
BOX = np.array([40.0, 30.0, 30.0, 20.0])


@pytest.fixture(scope="module")
def design():
    return load_design("design_siamrpn_dw", net="model.pth", **SMALL_ALEX)


@pytest.fixture(scope="module")
def tracker(design, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained")
    write_zip(folder / "model.pth", state_dict(build_network(design, 3)))
    env = load_environment(root_pretrained=str(folder))
    found, told = load_tracker(HP, env, design, "net")
    assert "model.pth" in told
    return found


def test_a_track_is_results_for_programs_that_know_no_tensors(tracker):
    assert isinstance(tracker, GraphTracker)
    tracker.init(FRAMES[0], BOX)
    for frame in FRAMES[1:]:
        result = tracker.update(frame)
        assert result.box_ltwh.shape == result.search_box_ltwh.shape == (4,)
        assert 0 <= result.confidence <= 1
        assert np.isfinite([*result.box_ltwh, result.score, *result.evidence]).all()
        assert np.asarray(result.response).shape == (21, 21)
        assert result.lost is False


def test_frames_of_any_size_do_not_retrace(tracker):
    for size in (90, 60):
        tracker.init(FRAMES[0][:size], BOX)
        tracker.update(FRAMES[1][:size])
    assert tracker.start.experimental_get_tracing_count() == 1
    assert tracker.advance.experimental_get_tracing_count() == 1


def test_a_training_by_the_loss_of_another_method_is_refused(tracker, design):
    hp = HP.model_copy(update={"loss": "logistic"})
    with pytest.raises(UserError, match=r"logistic, but design\.method siamrpn learns by anchors"):
        Learner(tracker.network, design, hp, 10)
