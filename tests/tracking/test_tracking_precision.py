import numpy as np
import pytest

from src.network.siamese import build_network
from src.parameters.parse_arguments import Parameters
from src.tracking import opening as tracking_precision
from src.tracking.loading import load_tracker, make_tracker
from src.tracking.opening import (
    exact,
    faster_precision,
    open_tracker,
    settle_precision,
    settled,
)
from tests.support.parameter_files import (
    TINY,
    load_design,
    load_environment,
    load_evaluation,
    load_hyperparams,
    load_run,
)
from tests.support.tflite_networks import SMALL_LITE


def clock_of(float32_seconds, bfloat16_seconds):
    """A clock for searches that take so long, in turns."""
    times, now = [0.0], 0.0
    for _ in range(5):
        for seconds in (float32_seconds, bfloat16_seconds):
            times += [now + seconds, now + seconds]
            now += seconds
    return iter(times).__next__


@pytest.mark.parametrize(
    ("seconds", "precision", "gain"),
    [((0.2, 0.1), "bfloat16", 2.0), ((0.1, 0.2), "float32", 0.5), ((0.21, 0.2), "float32", 1.05)],
)
def test_the_faster_precision_is_taken_if_it_is_clearly_faster(
    monkeypatch, seconds, precision, gain
):
    monkeypatch.setattr(tracking_precision, "_search", lambda design, name: lambda: None)
    found = faster_precision(load_design(), clock_of(*seconds))
    assert found == (precision, pytest.approx(gain))


def test_a_search_runs_in_both_precisions():
    assert faster_precision(load_design(**TINY))[0] in ("float32", "bfloat16")


def test_only_auto_is_tried_and_told(monkeypatch, capsys):
    monkeypatch.setattr(tracking_precision, "faster_precision", lambda design: ("bfloat16", 1.789))
    for wanted in ("float32", "bfloat16"):
        run = load_run(tracking_precision=wanted)
        assert settle_precision(run, load_design()) == run
    assert capsys.readouterr().out == ""
    run = settle_precision(load_run(tracking_precision="auto"), load_design())
    assert run == load_run(tracking_precision="bfloat16")
    assert capsys.readouterr().out == (
        "Precision: bfloat16 (a search in bfloat16 is 1.79 times as fast here)\n"
    )


def test_the_line_of_the_weights_tells_another_precision():
    design, hp = load_design(), load_hyperparams()
    told = []
    for precision in ("float32", "bfloat16"):
        tracker, line = load_tracker(
            hp, load_environment(), design, "released", precision=precision
        )
        policy = tracker.network.backbone.conv1.convolution.dtype_policy
        assert (policy.compute_dtype, policy.variable_dtype) == (precision, "float32")
        told.append(line)
    assert told[1] == f"{told[0]}, in bfloat16"


@pytest.mark.parametrize(
    ("name", "changes", "constant"),
    [
        ("design_alexnet_v1", {"filter_num": [8, 16, 16, 16, 16]}, False),
        ("design_efficientnet_lite0", SMALL_LITE, True),
    ],
)
def test_bfloat16_finds_almost_the_same(name, changes, constant):
    design, hp = load_design(name, **changes), load_hyperparams(z_lr=0.1)
    frames = np.random.default_rng(0).integers(0, 256, (2, 90, 120, 3)).astype(np.uint8)
    results = []
    for precision in ("float32", "bfloat16"):
        tracker = make_tracker(build_network(design, 1, precision), design, hp, constant)
        tracker.init(frames[0], np.array([40.0, 30.0, 30.0, 20.0]))
        results.append(np.asarray(tracker.update(frames[0]).response))
    assert results[1].dtype == np.float32
    difference = np.abs(results[1] - results[0]).max()
    assert 0 < difference < 0.05 * results[0].max()


@pytest.fixture
def opened(monkeypatch):
    """What `open_tracker` asks for: devices, then what the tracker is loaded with."""
    asked = []
    monkeypatch.setattr("src.base.imports.use_devices", asked.append)
    monkeypatch.setattr("src.tracking.loading.load_tracker", lambda *args: asked.append(args[2:]))
    monkeypatch.setattr(tracking_precision, "faster_precision", lambda design: ("bfloat16", 2.0))
    return asked


def parameters_of(**run):
    return Parameters(
        load_hyperparams(), load_evaluation(), load_run(**run), load_environment(), load_design()
    )


def test_a_tracker_is_opened_on_its_devices_in_its_precision(opened):
    parameters = parameters_of(gpus=[1], tracking_precision="auto")
    open_tracker(parameters)
    open_tracker(exact(parameters), "net", True, constant_weights=False)
    assert opened == [
        (1,),
        (parameters.design, "best", False, "bfloat16", True),
        (1,),
        (parameters.design, "net", True, "float32", False),
    ]


def test_the_precision_of_several_processes_is_settled_once(opened, capsys):
    parameters = settled(parameters_of(gpus=[1], tracking_precision="auto"))
    assert opened == [(1,)] and parameters.run.tracking_precision == "bfloat16"
    assert settled(parameters) == parameters and opened == [(1,)]
    open_tracker(parameters)
    assert capsys.readouterr().out.count("Precision: ") == 1
