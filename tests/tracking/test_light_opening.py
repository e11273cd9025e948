import pytest

from src.base.errors import UserError
from src.evaluating.running import load_with_one_thread
from src.parameters.parse_arguments import parse_arguments
from src.runtime.light_tracker import LightTracker
from src.tracking.opening import by_tensorflow, exact, open_light, open_tracker, settled
from tests.support.evaluations import make_job


def parameters_with(*settings, model="siamfc_online_lite0"):
    words = [word for setting in settings for word in ("--set", setting)]
    return parse_arguments(["--model", model, "--set", "run.runtime=litert", *words])


def test_the_shipped_export_is_opened():
    tracker, weights = open_tracker(parameters_with())
    assert isinstance(tracker, LightTracker)
    assert weights.startswith("released weights siamrpn_efficientnet_lite0.npz, ")
    assert weights.endswith(", by LiteRT in float32 of float16 weights")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("hyperparams.window_influence=0.3", r"hyperparams\.window_influence 0\.4, now 0\.3"),
        ("design.context=0.25", r"design\.context 0\.5, now 0\.25"),
    ],
)
def test_an_export_of_other_parameters_is_refused(setting, words):
    with pytest.raises(UserError, match=rf"{words}.*--set run\.export=FOLDER"):
        open_light(parameters_with(setting))


def test_an_export_of_another_design_is_refused():
    with pytest.raises(UserError, match=r"siamfc_online_lite0: belongs to other settings"):
        open_light(parameters_with(model="efficientnet_lite0"))


def test_a_folder_that_is_named_is_read(tmp_path):
    with pytest.raises(UserError, match=rf"{tmp_path}/export\.json: cannot be read"):
        open_light(parameters_with(f"run.export={tmp_path}"))


def test_nothing_is_settled_for_it():
    parameters = parameters_with("run.tracking_precision=auto")
    assert settled(parameters) is parameters


def test_what_changes_a_tracker_takes_tensorflow():
    run = exact(parameters_with("run.tracking_precision=auto")).run
    assert (run.runtime, run.tracking_precision) == ("tensorflow", "float32")
    run = by_tensorflow(parameters_with("run.tracking_precision=bfloat16")).run
    assert (run.runtime, run.tracking_precision) == ("tensorflow", "bfloat16")


def test_a_worker_computes_with_one_thread(tmp_path):
    job = make_job(tmp_path)
    parameters = parameters_with()
    tracker, _ = load_with_one_thread(type(job)(parameters, "", job.results))
    assert tracker.network.threads == 1
