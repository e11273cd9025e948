"""What `--also` means, and what of the parameters a result tells."""

import json

import pytest

from src.base.errors import UserError
from src.benchmarking.results import read_candidates
from src.parameters.command_line import CommandParser, shared_options
from tests.support.benchmark_examples import candidate
from tests.support.parameter_files import load_design, load_hyperparams

V1, LITE = "design_alexnet_v1.json", "design_efficientnet_lite0.json"


def read(*also, argv=()):
    parser = CommandParser("")
    shared_options(parser)
    options = parser.parse_args(argv)
    options.also = also
    return read_candidates(options)


def test_the_first_is_that_of_the_options():
    (first,) = read(argv=["--set", "hyperparams.z_lr=0.5", "--design", V1])
    assert first.name == "design_alexnet_v1"
    assert first.parameters[0].z_lr == 0.5 and first.parameters[4].tot_stride == 8
    assert read()[0].name == "design"


def test_others_differ_in_what_they_name():
    first, lite, one_scale, rolling = read(
        f"{LITE}:hyperparams_efficientnet_lite0.json:run.precision=bfloat16",
        "hyperparams.scale_num=1",
        f"{LITE}:hyperparams.z_lr=0.25",
        argv=["--set", "hyperparams.scale_lr=0.3", "--design", V1],
    )
    assert lite.name == "design_efficientnet_lite0 run.precision=bfloat16"
    assert lite.parameters[4].backbone == "efficientnet_lite"
    assert lite.parameters[2].precision == "bfloat16" and first.parameters[2].precision == "float32"
    assert one_scale.name == "design_alexnet_v1 hyperparams.scale_num=1"
    assert one_scale.parameters[4] == first.parameters[4]
    assert (one_scale.parameters[0].scale_num, first.parameters[0].scale_num) == (1, 3)
    assert rolling.parameters[0].z_lr == 0.25 and first.parameters[0].z_lr != 0.25
    # what the options set holds for all
    assert {each.parameters[0].scale_lr for each in (first, lite, one_scale, rolling)} == {0.3}


def test_a_name_tells_no_folder(tmp_path):
    _, other = read(f"design.weights={tmp_path}/w.npz")
    assert other.name == "design design.weights=w.npz"


@pytest.mark.parametrize("text", ["", ":", "a.json:", "a.json:b.json:c.json"])
def test_what_nobody_understands_is_told(text):
    with pytest.raises(UserError, match=r"--also .*joined by colons"):
        read(text)


def test_a_missing_design_is_told():
    with pytest.raises(UserError, match=r"none\.json"):
        read("none.json")


def test_a_variant_tells_no_paths():
    variant = candidate(weights="/home/me/w.npz", saver_folder="/home/me/out").variant(
        "float32", {}
    )
    assert "/home" not in json.dumps(variant.model_dump(mode="json"))
    assert variant.design["tot_stride"] == 8 and "z_lr" in variant.hyperparams


def test_a_model_is_the_first_candidates_design_and_no_others():
    first, rolling, lite = read(
        "hyperparams.z_lr=0.25", LITE, argv=["--model", "alexnet_v1", "--set", "run.seed=2"]
    )
    assert [each.name for each in (first, rolling)] == [
        "design_alexnet_v1",
        "design_alexnet_v1 hyperparams.z_lr=0.25",
    ]
    assert (first.parameters.design, first.parameters.hp) == (
        load_design("design_alexnet_v1"),
        load_hyperparams("hyperparams_alexnet_v1"),
    )
    assert lite.parameters.design == load_design("design_efficientnet_lite0")
    assert lite.parameters.hp == load_hyperparams("hyperparams_efficientnet_lite0")
    assert lite.parameters.run.seed == 2
    with pytest.raises(UserError, match="both name a design"):
        read(argv=["--model", "alexnet_v1", "--design", V1])


def test_all_share_the_devices_of_the_first():
    _, other = read("run.gpus=[1]", argv=["--set", "run.gpus=[0]"])
    assert other.parameters.run.gpus == (0,)


def test_a_variant_does_not_tell_where_its_hyperparameters_came_from():
    assert "hyperparams" not in candidate().variant("float32", {}).design
