import json

import pytest
from pydantic import ValidationError

from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Evaluation, Run
from tests.support.parameter_files import FOLDER, ORIGINAL_HYPERPARAMS

MODELS = {
    "design": Design,
    "environment": Environment,
    "evaluation": Evaluation,
    "run": Run,
    "hyperparams": Hyperparams,
}

# the keys and values of the original files
TORRVISION_DESIGN = {
    "join_method": "xcorr",
    "net": "baseline-conv5_e55.mat",
    "net_gray": "",
    "windowing": "cosine_sum",
    "exemplar_sz": 127,
    "search_sz": 255,
    "score_sz": 33,
    "tot_stride": 4,
    "context": 0.5,
    "pad_with_image_mean": True,
}
ORIGINALS = [
    ("design", TORRVISION_DESIGN),
    (
        "design",
        TORRVISION_DESIGN
        | {
            "resize_width": 700,
            "resize_height": 700,
            "channel": 3,
            "filter_w": [11, 5, 3, 3, 3],
            "filter_h": [11, 5, 3, 3, 3],
            "filter_num": [96, 128, 96, 96, 32],
            "batch_size": 8,
            "num_epochs": 50,
            "saver_folder": "output",
            "path_ckpt": "saver-test",
        },
    ),
    (
        "environment",
        {
            "root_dataset": ".",
            "root_pretrained": "pretrained",
            "root_parameters": "parameters",
            "tfrecord_path": "tfrecords",
            "tfrecord_filename": "train_shuffled",
        },
    ),
    (
        "evaluation",
        {
            "n_subseq": 3,
            "dist_threshold": 20,
            "stop_on_failure": 0,
            "dataset": "vedio",
            "video": "tc_Badminton_ce2",
            "start_frame": 0,
        },
    ),
    ("hyperparams", ORIGINAL_HYPERPARAMS),
    ("run", {"visualization": 1, "debug": 0, "gpus": [1]}),
]


@pytest.mark.parametrize(("name", "values"), ORIGINALS)
def test_the_original_files_stay_valid(name, values):
    model = MODELS[name].model_validate_json(json.dumps(values))
    for key, value in values.items():
        expected = tuple(value) if isinstance(value, list) else value
        assert getattr(model, key) == expected


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_shipped_file_is_valid(path):
    MODELS[path.stem.split("_")[0]].model_validate_json(path.read_text(encoding="utf-8"))


# no single design has the keys of all backbones: tests/test_design.py looks at all of them
@pytest.mark.parametrize("name", [name for name in MODELS if name != "design"])
def test_the_main_files_list_every_key(name):
    values = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert set(values) == set(MODELS[name].model_fields)


@pytest.mark.parametrize("name", MODELS)
def test_defaults_are_the_shipped_values(name):
    shipped = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    fields = MODELS[name].model_fields
    required = {key: value for key, value in shipped.items() if fields[key].is_required()}
    filled = MODELS[name].model_validate_json(json.dumps(required))
    # weights belong to the network of design.json, not to any that leaves the key out
    shipped.pop("weights") if name == "design" else None
    read = MODELS[name].model_validate_json(json.dumps(shipped | required))
    keys = set(shipped)
    assert filled.model_dump(mode="json", include=keys) == read.model_dump(
        mode="json", include=keys
    )


def test_parameters_are_frozen():
    run = Run.model_validate_json(json.dumps({"visualization": 0, "debug": 0, "gpus": []}))
    with pytest.raises(ValidationError):
        run.seed = 5


@pytest.mark.parametrize("value", [0, 1, True, False])
def test_a_switch_takes_the_originals_numbers(value):
    run = Run.model_validate_json(json.dumps({"visualization": value, "debug": 0, "gpus": []}))
    assert run.visualization is bool(value)


@pytest.mark.parametrize("value", [2, "1", None, 1.0, [1]])
def test_a_switch_takes_nothing_else(value):
    with pytest.raises(ValidationError):
        Run.model_validate_json(json.dumps({"visualization": value, "debug": 0, "gpus": []}))


def test_every_field_says_what_it_means():
    for model in MODELS.values():
        for key, info in model.model_fields.items():
            assert info.description, key
