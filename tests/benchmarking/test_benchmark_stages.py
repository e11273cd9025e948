"""The stages, one behind the other, are the update."""

import numpy as np
import pytest
import tensorflow as tf

from src.benchmarking.stages import Stages, _finished
from src.benchmarking.tracking import build_tracker
from tests.support.benchmark_examples import candidate, filter_candidate, rpn_candidate
from tests.support.helpers import texture

CANDIDATES = {"siamfc": candidate, "siamrpn": rpn_candidate, "filter": filter_candidate}
CROPS = {"siamfc": (3, 255, 255, 3), "siamrpn": (1, 287, 287, 3)}
BOX = np.array([50.0, 40.0, 30.0, 24.0])


@pytest.fixture(scope="module", params=CANDIDATES)
def tracker(request):
    return build_tracker(CANDIDATES[request.param]())[0]


def test_the_stages_give_what_the_update_gives(tracker):
    rng = np.random.default_rng(0)
    frames = [texture((160, 120), rng) for _ in range(2)]
    tracker.init(frames[0], BOX)
    stages, state = Stages(tracker.graph), tracker.state
    assert np.allclose(stages.mean_colour(frames[1]), frames[1].mean((0, 1)), atol=1e-3)
    crops = stages.crop(frames[1], state.centre_frame, state.target_sz)
    search = stages.network(crops)
    told = stages.respond(state.online, search) if tracker.graph.filter else None
    maps = stages.correlate(state.template, search, told)
    seen = stages.select(maps, state, np.float32([160, 120]))
    result = tracker.update(frames[1])
    design = tracker.graph.design
    assert crops.shape == CROPS[design.method] and np.isfinite(seen.sidelobe_ratio).all()
    assert np.isclose(seen.score[0], result.score, rtol=1e-4)
    assert np.allclose(seen.response[0], result.response, atol=1e-6)
    assert np.isclose(seen.side_frame[0], result.search_box_ltwh[2])


def test_the_template_stage_gives_the_template_of_init(tracker):
    frame = texture((160, 120), np.random.default_rng(1))
    tracker.init(frame, BOX)
    stages, state = Stages(tracker.graph), tracker.state
    template = stages.template(frame, state.centre_frame, state.target_sz)
    assert np.allclose(template.rolling[0], state.template.rolling[0], rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def learner():
    return build_tracker(filter_candidate())[0]


def test_the_filters_stages_give_what_init_and_update_give(learner):
    rng = np.random.default_rng(2)
    frames = [texture((160, 120), rng) for _ in range(3)]
    learner.init(frames[0], BOX)
    stages, state = Stages(learner.graph), learner.state
    crops = stages.crop(frames[0], state.centre_frame, state.target_sz)
    views = stages.paste(crops, state.target_sz)
    again = stages.learn_first(state.online)
    # the frame as it is, at the middle of three scales, stands before its two pasted views
    shown = learner.graph.filter.begin(
        tf.concat([stages.network(crops)[0][None, 1:2], views[0][None]], axis=1),
        [[0, 0], [48, 0], [-48, 0]],
    )
    for found in (again, shown):
        np.testing.assert_allclose(found.taps, state.online.taps, atol=1e-3)
    learner.update(frames[1])
    state = learner.state
    search = stages.network(stages.crop(frames[2], state.centre_frame, state.target_sz))
    told = stages.respond(state.online, search)
    maps = stages.correlate(state.template, search, told)
    seen = stages.select(maps, state, np.float32([160, 120]))
    learned = stages.learn(state.online, search, seen, state.lost)
    learner.update(frames[2])
    assert int(learned.age[0]) == 2 and not np.allclose(learned.taps, state.online.taps, atol=5e-3)
    np.testing.assert_allclose(learned.taps, learner.state.online.taps, atol=1e-3)


def test_every_second_update_is_one_that_learns(learner):
    frame = texture((160, 120), np.random.default_rng(3))
    learner.init(frame, BOX)
    stages, learns = Stages(learner.graph), []
    for _ in range(4):
        learns.append(stages.learns(learner.state))
        learner.update(frame)
    assert learns == [False, True, False, True]


def test_without_a_filter_no_update_learns():
    tracker = build_tracker(candidate())[0]
    tracker.init(texture((160, 120), np.random.default_rng(4)), BOX)
    assert not Stages(tracker.graph).learns(tracker.state)


def test_a_gpu_is_waited_for(monkeypatch):
    waited = []
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [kind])
    monkeypatch.setattr(tf.test.experimental, "sync_devices", lambda: waited.append(1))
    assert _finished(lambda a, b: a + b)(1, 2) == 3
    assert waited == [1]
