"""The shipped parameters with changes, as frozen objects."""

import json

from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Evaluation, Run
from tests.support.places import ROOT

FOLDER = ROOT / "parameters"

# a network small enough to learn in seconds: stride 8, 17 x 17 scores
TINY = {
    "filter_num": [8, 16, 16, 16, 16],
    "pool_stride": [2, 2, 0, 0, 0],
    "tot_stride": 8,
    "score_sz": 17,
}
# SiameseFC-tf's file, which holds no more than this
ORIGINAL_HYPERPARAMS = {
    "response_up": 8,
    "window_influence": 0.1,
    "z_lr": 0.01,
    "scale_num": 3,
    "scale_step": 1.04,
    "scale_penalty": 0.97,
    "scale_lr": 0.59,
    "scale_min": 0.2,
    "scale_max": 5,
    "lr": 1e-6,
}


def _load(model, name, changes):
    values = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return model.model_validate_json(json.dumps(values | changes))


def load_design(name="design", **changes) -> Design:
    return _load(Design, name, changes)


def load_hyperparams(name="hyperparams", **changes) -> Hyperparams:
    return _load(Hyperparams, name, changes)


def load_run(**changes) -> Run:
    return _load(Run, "run", changes)


def load_environment(**changes) -> Environment:
    return _load(Environment, "environment", changes)


def load_evaluation(**changes) -> Evaluation:
    return _load(Evaluation, "evaluation", changes)
