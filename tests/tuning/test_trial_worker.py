"""The worker with a real, if random, network, in a process of its own as the search runs it."""

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.segments import plan_segments
from src.evaluating.following import track_video
from src.evaluating.metrics import score
from src.network.siamese import build_network
from src.parameters.parse_arguments import Parameters
from src.tracking.loading import make_tracker
from src.tracking.tracker import GreySwitch
from src.tuning.search import SPACES, Unit, VideoScore
from src.tuning.trials import Work, load_on_cpu, retuned, track_unit
from src.workers.executors import open_executor
from src.workers.pieces import one_cpu_thread
from tests.support.helpers import make_clip
from tests.support.parameter_files import (
    TINY,
    load_design,
    load_environment,
    load_evaluation,
    load_hyperparams,
    load_run,
)
from tests.support.random_checkpoints import save_checkpoint

HP = load_hyperparams()


START = HP.model_dump(include=set(SPACES["siamfc"].keys))


def make_work(folder, frames=5):
    design, network = save_checkpoint(folder / "output")
    make_clip(folder / "clips" / "a", frames)
    make_clip(folder / "clips" / "b", frames, seed=1)
    env = load_environment(root_dataset=str(folder))
    evaluation = load_evaluation(dataset="clips", video="all")
    segments = {segment.name: segment for segment in plan_segments(env, evaluation)}
    parameters = Parameters(HP, evaluation, load_run(), env, design)
    _, weights = load_on_cpu(parameters)
    return Work(parameters, weights), segments, network


@pytest.fixture(scope="module")
def worker():
    """A process of its own for all searches of this file."""
    with open_executor(load_run(workers=1), 1, setup=one_cpu_thread) as executor:
        yield executor


def scores_from_a_worker(worker, work, segments, *units):
    pending = [worker.submit(track_unit, work, segments[unit.video], unit) for unit in units]
    return [future.result() for future in pending]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return make_work(tmp_path_factory.mktemp("search"))


def scores_here(work, segments, network, values, videos):
    hp = HP.model_copy(update=values)
    tracker, scores = make_tracker(network, work.parameters.design, hp), []
    for segment in (segments[video] for video in videos):
        track = track_video(tracker, segment)
        found = score(track.boxes_ltwh, segment.sequence.boxes_ltwh, 20)
        scores.append(VideoScore(found.success_auc, found.precision_20px))
    return scores


def test_a_worker_scores_what_the_tracker_finds_with_the_trials_values(everything, worker):
    work, segments, _ = everything
    other = START | {"scale_lr": 0.9, "scale_step": 1.08, "z_lr": 0.0, "scale_span": 2.0}
    units = [Unit(0, "a", START), Unit(0, "b", START), Unit(1, "a", other), Unit(2, "a", START)]
    scores = scores_from_a_worker(worker, work, segments, *units)
    # threads, of which a worker has one, may move a box by a rounding
    expected = scores_here(*everything, START, "ab") + scores_here(*everything, other, "a")
    np.testing.assert_allclose(scores[:3], expected, atol=0.02)
    assert scores[3] == scores[0] != scores[1]
    assert 0 < scores[0].success_auc <= 20 / 21


def test_weights_that_were_replaced_are_told(tmp_path, worker):
    work, segments, _ = make_work(tmp_path, frames=2)
    save_checkpoint(tmp_path / "output", seed=5)
    with pytest.raises(UserError, match=r"saver-test-5.*the search began with.*saver-test-4"):
        scores_from_a_worker(worker, work, segments, Unit(0, "a", START))


def test_a_frame_that_cannot_be_read_is_told(tmp_path):
    work, segments, _ = make_work(tmp_path, frames=2)
    (tmp_path / "clips" / "a" / "00000002.jpg").write_bytes(b"")
    with pytest.raises(UserError, match=r"00000002\.jpg"):
        track_unit(work, segments["a"], Unit(0, "a", START))


def test_a_retuned_tracker_has_the_same_networks_and_other_hyperparameters():
    design = load_design(**TINY)
    colour, grey = (make_tracker(build_network(design, seed), design, HP) for seed in (1, 2))
    hp = load_hyperparams(scale_lr=0.3)
    switch = retuned(GreySwitch(colour, grey), design, hp)
    assert (switch.colour.network, switch.grey.network) == (colour.network, grey.network)
    assert switch.colour.hp == switch.grey.hp == hp and colour.hp == HP
