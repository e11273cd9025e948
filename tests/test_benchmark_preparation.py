"""Rates of several processes, and what they encode; here they are no processes."""

import numpy as np
import pytest

from src import benchmark_preparation
from src.benchmark_preparation import ROUNDS, draw_pairs, joint_rate, measure_preparation
from src.errors import UserError
from src.sequences import load_video
from tests.benchmark_examples import candidate
from tests.helpers import make_clip
from tests.parameter_files import load_hyperparams


def test_the_rate_is_that_of_the_time_when_all_work():
    # one a second from 0 on, two a second from 10 on: both work from 12 to 19
    slow, fast = np.arange(20.0), 10 + np.arange(40) / 2
    assert joint_rate([slow, fast], warm_up=4) == pytest.approx(7 / 7 + 14 / 7)
    assert joint_rate([slow], warm_up=4) == pytest.approx(1)


@pytest.mark.parametrize(
    "stamps",
    [
        [np.arange(10.0), 20 + np.arange(10.0)],
        [np.arange(10.0), np.arange(3.0)],
        [np.zeros(10)],
    ],
)
def test_processes_that_did_not_meet_are_told(stamps):
    with pytest.raises(UserError, match="choose more pairs"):
        joint_rate(stamps, warm_up=4)


def test_as_many_pairs_are_drawn_as_wanted(tmp_path):
    for name in "ab":
        make_clip(tmp_path / name, 8, seed=ord(name))
    videos = [load_video(tmp_path, name) for name in "ab"]
    drawn = draw_pairs(videos, load_hyperparams(), 25, tmp_path)
    assert len(set(drawn)) == 25 and {pair.video for pair in drawn} == {"a", "b"}
    assert {pair.split for pair in drawn} == {"train"}
    assert len(draw_pairs(videos, load_hyperparams(), 1000, tmp_path)) == 2 * 8 * 7


def test_both_numbers_of_processes_make_the_same_records(tmp_path, monkeypatch):
    made = []

    def here(function, calls):
        stamps = [function(*arguments) for arguments in calls]
        made.append([job.pairs for (job,) in calls])
        # as if all had begun at the same time
        return [times - times[0] for times in stamps]

    def clips(_frames, folder):
        make_clip(folder / "clip", 8)
        return [load_video(folder, "clip")]

    monkeypatch.setattr(benchmark_preparation, "in_processes", here)
    monkeypatch.setattr(benchmark_preparation, "one_cpu_thread", lambda: None)
    monkeypatch.setattr(benchmark_preparation, "enlarged_training_clips", clips)
    variants, notes = measure_preparation(candidate(), 40, tmp_path)
    assert [len(jobs) for jobs in made] == [1, 2] * ROUNDS
    assert all({p for job in jobs for p in job} == set(made[0][0]) for jobs in made)
    measures = variants[0].measures
    assert measures["one_process"].count == ROUNDS and "40 pairs" in notes[0]
    size = sum(path.stat().st_size for path in tmp_path.glob("records-*"))
    # the last round had two processes, whose files hold half of the pairs each
    assert measures["all_records"].value == pytest.approx(size / 1e6)
    assert measures["record"].value == pytest.approx(size / 40 / 1e3)
