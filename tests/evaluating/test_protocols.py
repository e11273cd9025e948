from typing import get_args

import numpy as np
import pytest

from src.base.errors import UserError
from src.evaluating.evaluation import score_one_pass
from src.evaluating.following import track_video
from src.evaluating.protocols import PROTOCOLS, plan_protocol, protocol_run
from src.evaluating.protocols.vot import track_with_resets
from src.parameters.models import Evaluation
from tests.support.cases import make_outcome
from tests.support.helpers import make_clip, moving_boxes, write_ground_truth
from tests.support.parameter_files import load_environment, load_evaluation

TRUTH = moving_boxes(6, (10, 10, 20, 20), (4, 0))


@pytest.fixture
def plan(tmp_path):
    """Segments of the data set `tmp_path/clips`, as (name, start)."""

    def run(protocol, **changes):
        env = load_environment(root_dataset=str(tmp_path))
        evaluation = load_evaluation(protocol=protocol, dataset="clips", **changes)
        return [(segment.name, segment.start) for segment in plan_protocol(env, evaluation)]

    return run


def test_the_key_names_every_row():
    assert set(get_args(Evaluation.model_fields["protocol"].annotation)) == set(PROTOCOLS)


def test_each_protocol_has_its_starts(tmp_path, plan):
    make_clip(tmp_path / "clips" / "a", 22, step=(1, 1))
    assert plan("ope", n_subseq=2) == [("a_0", 0), ("a_10", 10)]
    assert plan("ope", video="a", start_frame=5) == [("a_5", 5)]
    assert plan("tre") == [("a_0", 0), ("a_1", 1), ("a_2", 2)]
    assert plan("tre", video="a", n_subseq=3) == plan("tre", start_frame=7) == plan("tre")
    assert plan("got10k") == plan("vot") == [("a", 0)]


@pytest.mark.parametrize(
    "changes",
    [{"n_subseq": 3}, {"video": "a", "start_frame": 2}, {"stop_on_failure": 1}],
    ids=["n_subseq", "start_frame", "stop_on_failure"],
)
@pytest.mark.parametrize("protocol", ["tre", "got10k", "vot"])
def test_keys_of_one_pass_are_refused_elsewhere(tmp_path, plan, protocol, changes):
    make_clip(tmp_path / "clips" / "a", 4)
    key = list(changes)[-1]
    with pytest.raises(UserError, match=rf"evaluation\.{key} .*evaluation\.protocol {protocol}"):
        plan(protocol, **changes)


def test_vot_needs_ground_truth(tmp_path, plan):
    make_clip(tmp_path / "clips" / "film", 4, layout="plain")
    with pytest.raises(UserError, match="film: the video has no ground truth"):
        plan("vot", region=[50, 40, 32, 24])
    assert plan("got10k", region=[50, 40, 32, 24]) == [("film", 0)]


def test_the_first_box_alone_is_enough_but_for_vot(tmp_path, plan):
    boxes = make_clip(tmp_path / "clips" / "a", 4)
    write_ground_truth(tmp_path / "clips" / "a", boxes[:1], "vot4")
    assert plan("got10k") == plan("ope") == plan("tre") == [("a", 0)]
    with pytest.raises(UserError, match="a: the video has no ground truth"):
        plan("vot")
    with pytest.raises(UserError, match=r"first box alone.*not on 2"):
        plan("ope", video="a", start_frame=2)


def test_got10k_needs_the_first_frame(tmp_path, plan):
    boxes = make_clip(tmp_path / "clips" / "a", 4)
    boxes[0] = np.nan
    write_ground_truth(tmp_path / "clips" / "a", boxes, "vot4")
    with pytest.raises(UserError, match="a: the target is absent from the first frame"):
        plan("got10k")
    assert plan("vot") == [("a", 1)]


def test_how_segments_are_run():
    assert protocol_run(load_evaluation(protocol="vot")) is track_with_resets
    assert protocol_run(load_evaluation(protocol="got10k")) is track_video
    stopping = protocol_run(load_evaluation(stop_on_failure=1))
    assert (stopping.func, stopping.keywords) == (track_video, {"stop_on_failure": True})


def test_tre_is_the_mean_over_a_videos_frames_then_over_videos(tmp_path):
    far = TRUTH + np.array([500, 0, 0, 0])
    far[3] = TRUTH[3]
    outcomes = [
        make_outcome(tmp_path / "a", "a", TRUTH, TRUTH),
        make_outcome(tmp_path / "a", "a", far, TRUTH, start=3),
        make_outcome(tmp_path / "b", "b", TRUTH, TRUTH),
    ]
    lines, scores = PROTOCOLS["tre"].judge(outcomes, load_evaluation(), "otb")
    # of 9 frames of a, 2 are lost
    assert scores["scores"]["precision_20px"] == pytest.approx((7 / 9 + 1) / 2)
    assert lines[0].startswith("-- TRE on otb (2 videos, 3 tracks, 15 frames; mean over")
    assert "Precision (20 px): 88.89" in lines[1] and "Speed: 10.00" in lines[1]
    film = make_outcome(tmp_path / "c", "c", TRUTH, None)
    lines, scores = PROTOCOLS["tre"].judge([film], load_evaluation(), "otb")
    assert "no scores -- Speed" in lines[0] and scores == {"scores": None}


def test_one_pass_scores_are_for_one_pass():
    for name, row in PROTOCOLS.items():
        assert row.score_track == (None if name == "vot" else score_one_pass)
        assert (row.columns is None) == (name in ("ope", "tre"))
