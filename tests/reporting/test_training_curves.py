"""Curves against values worked out by hand, and by loops."""

import json
from pathlib import Path

import numpy as np
import pytest

from src.base.errors import UserError
from src.base.settings import differing_keys
from src.reporting.training_curves import (
    Curve,
    Training,
    labels,
    mean_and_range,
    read_training,
    running_mean,
)
from src.weights.training_folder import LOG_FILE, SETTINGS_FILE
from tests.support.training_folders import write_training

REPORTS = [
    ("train", 20, {"loss": 0.9, "distance_to_gt": 30}),
    ("validation", 30, {"loss": 0.8, "distance_to_gt": 25.5}),
    ("tracking", 30, {"success_auc": 0.25, "precision": 0.5}),
    ("train", 40, {"loss": 0.6, "distance_to_gt": 20}),
    ("validation", 60, {"loss": 0.7, "distance_to_gt": 24.0}),
]


def loop_mean(values, reports):
    """The rule of `running_mean`, a report at a time."""
    means = []
    for at in range(len(values)):
        side = 0
        while side + 1 <= reports // 2 and (side + 1) * 8 <= len(values) and (side + 1) * 2 <= at:
            side += 1
        near = [value for place, value in enumerate(values) if abs(place - at) <= side]
        means.append(sum(near) / len(near))
    return means


def test_reports_become_curves_over_pairs(tmp_path):
    training = read_training(write_training(tmp_path, REPORTS, batch_size=8))
    expected = {
        "train/loss": ([160, 320], [0.9, 0.6]),
        "train/distance_to_gt": ([160, 320], [30, 20]),
        "validation/loss": ([240, 480], [0.8, 0.7]),
        "validation/distance_to_gt": ([240, 480], [25.5, 24]),
        "tracking/success_auc": ([240], [0.25]),
        "tracking/precision": ([240], [0.5]),
    }
    assert set(training.curves) == set(expected)
    for name, (pairs, values) in expected.items():
        np.testing.assert_array_equal(training.curves[name].pairs, pairs)
        np.testing.assert_array_equal(training.curves[name].values, values)
    assert training.settings["design.batch_size"] == 8
    assert training.settings["run.seed"] == 1


def test_what_cannot_be_drawn_is_told(tmp_path):
    empty = write_training(tmp_path / "empty", [])
    with pytest.raises(UserError, match=r"empty.training_log\.jsonl: has no report yet"):
        read_training(empty)
    twice = write_training(tmp_path / "twice", [*REPORTS, REPORTS[0]])
    with pytest.raises(UserError, match=r"the steps of train/.* do not rise"):
        read_training(twice)
    young = write_training(tmp_path / "young", REPORTS)
    (young / SETTINGS_FILE).unlink()
    with pytest.raises(UserError, match=r"young: has no parameters\.json yet.*first checkpoint"):
        read_training(young)


@pytest.mark.parametrize(
    "settings", [{}, [], {"design": 3}, {"design": {}}, {"design": {"batch_size": None}}]
)
def test_settings_without_a_batch_are_told(tmp_path, settings):
    write_training(tmp_path, REPORTS)
    (tmp_path / SETTINGS_FILE).write_text(json.dumps(settings))
    with pytest.raises(UserError, match=r"parameters.json: has no design\.batch_size"):
        read_training(tmp_path)


@pytest.mark.parametrize("count", [1, 7, 8, 23, 24, 39, 40, 100, 300])
@pytest.mark.parametrize("reports", [1, 5, 25])
def test_the_running_mean_is_that_of_loops(count, reports):
    values = np.random.default_rng(count).normal(size=count)
    np.testing.assert_allclose(running_mean(values, reports), loop_mean(values, reports))


def test_the_running_mean_by_hand():
    # 16 reports: 2 on each side at most, by their number as by the 5 asked for
    values = np.array([9.0, 3, 0, 3, 0, 5, 5, 5, 5, 5, 5, 5, 5, 5, 0, 10])
    means = running_mean(values, 5)
    np.testing.assert_allclose(means[:5], [9, 3, 2, 1, 2.6])
    np.testing.assert_allclose(means[-2:], [5, 5])


def test_mean_and_range_where_all_have_a_report():
    one = Curve(np.array([8, 16, 24, 32]), np.array([4.0, 3, 2, 1]))
    two = Curve(np.array([8, 24, 32, 40]), np.array([2.0, 6, 1, 0]))
    three = Curve(np.array([4, 8, 32]), np.array([9.0, 0, 4]))
    mean, least, greatest = mean_and_range([one, two, three])
    np.testing.assert_array_equal(mean.pairs, [8, 32])
    np.testing.assert_allclose(mean.values, [2, 2])
    np.testing.assert_array_equal(least, [0, 1])
    np.testing.assert_array_equal(greatest, [4, 4])


def test_trainings_without_a_common_report_have_an_empty_mean():
    one, two = (Curve(np.array([at]), np.array([1.0])) for at in (8, 16))
    mean, least, greatest = mean_and_range([one, two])
    assert mean.pairs.size == mean.values.size == least.size == greatest.size == 0


def training(folder, **settings):
    return Training(Path(folder), settings, {})


def test_labels_tell_what_differs():
    one = training("a", **{"run.seed": 1, "run.precision": "float32", "design.num_steps": None})
    two = training("b", **{"run.seed": 1, "run.precision": "bfloat16", "design.num_steps": 300})
    assert differing_keys([one.settings, two.settings]) == ["run.precision", "design.num_steps"]
    assert labels([one, two]) == [
        "run.precision float32, design.num_steps null",
        "run.precision bfloat16, design.num_steps 300",
    ]


def test_labels_where_a_setting_is_missing_long_or_the_same():
    old, new = training("a"), training("b", **{"records.list_sha256": "0123456789" * 4})
    assert labels([old, new]) == [
        "records.list_sha256 unknown",
        "records.list_sha256 01234567890123456789012…",
    ]
    seeds = [training(name, **{"run.seed": seed}) for name, seed in (("x", 1), ("y", 1), ("z", 2))]
    assert labels(seeds) == ["run.seed 1, x", "run.seed 1, y", "run.seed 2, z"]
    assert labels(seeds[:1]) == [""]
    assert labels(seeds[:2]) == ["x", "y"]


def test_a_log_of_a_running_training_is_read(tmp_path):
    write_training(tmp_path, REPORTS)
    with (tmp_path / LOG_FILE).open("a") as file:
        file.write('{"kind": "train", "step": 6')
    assert len(read_training(tmp_path).curves["train/loss"].pairs) == 2
