"""The stages, one behind the other, are the update."""

import numpy as np
import pytest
import tensorflow as tf

from src.benchmark_stages import Stages, _finished
from src.benchmark_tracking import build_tracker
from tests.benchmark_examples import candidate
from tests.helpers import texture


@pytest.fixture(scope="module")
def tracker():
    return build_tracker(candidate())[0]


def test_the_stages_give_what_the_update_gives(tracker):
    rng = np.random.default_rng(0)
    frames = [texture((160, 120), rng) for _ in range(2)]
    tracker.init(frames[0], np.array([50.0, 40.0, 30.0, 24.0]))
    stages, state = Stages(tracker.graph), tracker.state
    assert np.allclose(stages.mean_colour(frames[1]), frames[1].mean((0, 1)), atol=1e-3)
    crops = stages.crop(frames[1], state.centre_frame, state.target_sz)
    score, responses = stages.correlate(state.template, stages.network(crops))
    peak, sidelobe_ratio = stages.select(score, responses)
    result = tracker.update(frames[1])
    assert crops.shape == (3, 255, 255, 3) and np.isfinite(sidelobe_ratio).all()
    assert np.isclose(peak.score[0], result.score, rtol=1e-4)
    assert np.allclose(peak.response[0], result.response, atol=1e-6)


def test_the_template_stage_gives_the_template_of_init(tracker):
    frame = texture((160, 120), np.random.default_rng(1))
    tracker.init(frame, np.array([50.0, 40.0, 30.0, 24.0]))
    stages, state = Stages(tracker.graph), tracker.state
    template = stages.template(frame, state.centre_frame, state.target_sz)
    assert np.allclose(template[0], state.template[0], atol=1e-4)


def test_a_gpu_is_waited_for(monkeypatch):
    waited = []
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [kind])
    monkeypatch.setattr(tf.test.experimental, "sync_devices", lambda: waited.append(1))
    assert _finished(lambda a, b: a + b)(1, 2) == 3
    assert waited == [1]
