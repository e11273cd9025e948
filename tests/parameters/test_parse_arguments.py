import json
import re
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.parameters.command_line import CommandParser, shared_options
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Evaluation, Run
from src.parameters.parse_arguments import named_tracker, parse_arguments, read_parameters
from src.parameters.sources import RECOMMENDED
from tests.support.parameter_files import FOLDER

WITH_TRUE_SCALE = "hyperparams.other_scales=[0.9,1,1.1]"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "parameters")


def change(folder, name, **changes):
    path = folder / f"{name}.json"
    values = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(values))
    return path


def parse(folder, *arguments, **overrides):
    return parse_arguments(["--parameters", str(folder), *arguments], **overrides)


def refused(folder, *arguments):
    with pytest.raises(UserError) as caught:
        parse(folder, *arguments)
    return str(caught.value)


def test_the_five_come_in_the_originals_order():
    types = [type(model) for model in parse_arguments([])]
    assert types == [Hyperparams, Evaluation, Run, Environment, Design]


def test_the_folder_beside_the_scripts_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse_arguments([])[4].exemplar_sz == 127
    assert parse_arguments(["--design", "design_alexnet_v1.json"])[4].tot_stride == 8
    assert parse_arguments(["--hyperparams", "hyperparams_xc5.json"])[0].scale_step == 1.047


def test_overrides_of_the_originals_api(folder):
    hp, evaluation, run, _, _ = parse(
        folder, in_hp={"z_lr": 0.5}, in_evaluation={"video": "a"}, in_run={"debug": 1}
    )
    assert (hp.z_lr, evaluation.video, run.debug) == (0.5, "a", True)


def test_other_files_by_path_and_by_name(folder, tmp_path):
    other = tmp_path / "mine.json"
    shutil.copy(folder / "hyperparams_xc5.json", other)
    change(folder, "environment", root_parameters=str(folder))
    assert parse(folder, "--hyperparams", str(other))[0].scale_step == 1.047
    assert parse(folder, "--hyperparams", "hyperparams_xc5.json")[0].scale_step == 1.047
    assert parse(folder, "--design", "design_alexnet_v1.json")[4].tot_stride == 8


@pytest.mark.parametrize(
    ("option", "file", "key", "value"),
    [
        ("evaluation.video=all", 1, "video", "all"),
        ("evaluation.video=42", 1, "video", "42"),
        ("evaluation.video=a=b c.d", 1, "video", "a=b c.d"),
        ('evaluation.video="quoted"', 1, "video", "quoted"),
        ("environment.stills_annotations=", 3, "stills_annotations", ""),
        ("hyperparams.scale_max=7", 0, "scale_max", 7.0),
        ("design.num_epochs=3", 4, "num_epochs", 3),
        ("design.filter_num=[8,8,8,8,8]", 4, "filter_num", (8, 8, 8, 8, 8)),
        ("run.debug=true", 2, "debug", True),
        ("evaluation.region=[1,2.5,3,4]", 1, "region", (1, 2.5, 3, 4)),
    ],
)
def test_set_overrides_one_key(folder, option, file, key, value):
    assert getattr(parse(folder, "--set", option)[file], key) == value


def test_the_last_of_several_sets_wins(folder):
    arguments = ("--set", "run.seed=3", "--set", "run.seed=4")
    assert parse(folder, *arguments)[2].seed == 4


@pytest.mark.parametrize("in_file", [True, False])
def test_other_scales_are_taken_from_file_and_command_line(folder, in_file):
    values = {"loss": "contrast", "other_scales": [0.9, 2], "zoom": 0.2}
    if in_file:
        change(folder, "hyperparams", **values)
        hp = parse(folder)[0]
    else:
        options = [f"hyperparams.{key}={json.dumps(value)}" for key, value in values.items()]
        hp = parse(folder, *(part for option in options for part in ("--set", option)))[0]
    assert (hp.loss, hp.other_scales, hp.zoom) == ("contrast", (0.9, 2.0), 0.2)
    told = refused(folder, "--set", "hyperparams.loss=contrast", "--set", WITH_TRUE_SCALE)
    assert f"{WITH_TRUE_SCALE}: other_scales has 1, must have scales that are wrong" in told


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("evaluation.vide=x", ["--set evaluation.vide=x", "did you mean video"]),
        ("evalution.video=x", ["no file 'evalution'", "did you mean evaluation"]),
        ("design.scale_num=3", ["no key 'scale_num'; hyperparams has it"]),
        ("hyperparams.lr_end=null", ["lr_end is null"]),
        ("run.seed=" + "9" * 5000, ["seed is"]),
        ("design.filter_w=" + "[" * 100000, ["filter_w is"]),
        ("evaluation.tracker=../mine", ["tracker is", "without slashes"]),
        ("environment.root_results=", ["root_results is", "printable"]),
        ("environment.tfrecord_filename=a/b", ["tfrecord_filename is"]),
        ("nonsense", ["--set nonsense", "FILE.KEY=VALUE"]),
        ("run.seed=-1", ["--set run.seed=-1", "seed is -1", "greater than or equal to 0"]),
        ("run.seed=1.5", ["seed is 1.5", "integer"]),
        ("run.seed=true", ["seed is true", "integer"]),
        ("hyperparams.scale_num=4", ["scale_num is 4", "odd"]),
        ("hyperparams.other_scales=[0.9]", ["=[0.9]: other_scales has 1", "only loss contrast"]),
        ('hyperparams.other_scales=["0.9"]', ['other_scales[0] is "0.9"', "a valid number"]),
        ("hyperparams.other_scales=[0.9,true]", ["other_scales[1] is true", "a valid number"]),
        ("hyperparams.other_scales=[0.4]", ["other_scales[0] is 0.4", "or equal to 0.5"]),
        ("hyperparams.other_scales=[2.1]", ["other_scales[0] is 2.1", "less than or equal to 2"]),
        ("hyperparams.other_scales=[NaN]", ["other_scales[0] is NaN", "finite"]),
        ("hyperparams.other_scales=0.9", ["other_scales is 0.9", "array"]),
        ("hyperparams.other_scales=0.9,1.1", ['other_scales is "0.9,1.1"', "array"]),
        ("hyperparams.other_scales=null", ["other_scales is null", "array"]),
        (
            "hyperparams.loss=softmax",
            ['loss is "softmax"', "'logistic', 'contrast', 'anchors' or 'distances'"],
        ),
        ("hyperparams.zoom=0.6", ["zoom is 0.6", "less than or equal to 0.5"]),
        ("hyperparams.label_sigma=0", ["label_sigma is 0", "greater than 0"]),
        ("hyperparams.label_scale_sigma=-1", ["label_scale_sigma is -1", "greater than 0"]),
        ("hyperparams.response_up=2000", ["response_up is 2000", "less than or equal to 64"]),
        ("hyperparams.filter_sigma=1e-30", ["filter_sigma is 1e-30", "or equal to 1"]),
        ("hyperparams.filter_ridge=1e39", ["filter_ridge is 1e+39", "or equal to 1000"]),
        ("hyperparams.filter_every=4294967296", ["filter_every is", "or equal to 10000"]),
        ("hyperparams.filter_steps=4294967299", ["filter_steps is", "or equal to 1000"]),
        ("hyperparams.filter_first_steps=1e9", ["filter_first_steps is"]),
        ("design.tot_stride=8", ["--set design.tot_stride=8", "tot_stride is 8", "make 4"]),
        ("design.windowing=square", ["windowing", "square", "'cosine' or 'uniform'"]),
    ],
)
def test_a_wrong_set_is_told(folder, option, words):
    told = refused(folder, "--set", option)
    for word in words:
        assert word in told


def test_everything_wrong_is_told_at_once(folder):
    path = change(folder, "design", exemplar_size=127, search_sz="255", context=-1)
    change(folder, "run", seed=True)
    told = refused(folder, "--set", "hyperparams.scale_num=2")
    for word in (
        f"{path}: there is no key 'exemplar_size' (did you mean exemplar_sz?)",
        f'{path}: search_sz is "255"',
        f"{path}: context is -1",
        "seed is true",
        "scale_num is 2",
    ):
        assert word in told
    assert "\n" not in told


def test_a_missing_key_is_named(folder):
    path = folder / "design.json"
    values = json.loads(path.read_text())
    del values["context"]
    path.write_text(json.dumps(values))
    assert refused(folder) == f"{path}: context is missing"


def test_a_key_that_stands_twice_is_told(folder):
    path = folder / "run.json"
    path.write_text(path.read_text().replace("{", '{"seed": 2,', 1))
    assert "seed stands there twice" in refused(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"seed": 1,\n "debug" 0}', ["line 2", "column 10"]),
        ("", ["line 1, column 1"]),
        ("[1, 2]", ["one JSON object"]),
        ("\xff\xfe", ["not UTF-8"]),
        ('{"seed": ' + "9" * 5000 + "}", ["beyond all measure"]),
        ("[" * 100000, ["beyond all measure"]),
    ],
)
def test_malformed_json_is_told(folder, text, words):
    path = folder / "run.json"
    path.write_bytes(text.encode("latin-1"))
    told = refused(folder)
    assert str(path) in told
    for word in words:
        assert word in told


def test_an_empty_object_misses_its_keys(folder):
    (folder / "run.json").write_text("{}")
    assert "visualization is missing" in refused(folder)


def test_missing_files_and_folders_are_told(folder, tmp_path):
    told = refused(tmp_path / "nowhere")
    assert told == f"--parameters: there is no folder {tmp_path / 'nowhere'}"
    assert "nix.json: there is no such file" in refused(folder, "--design", "nix.json")
    (folder / "run.json").unlink()
    assert str(folder / "run.json") in refused(folder)


def test_a_byte_order_mark_is_allowed(folder):
    path = folder / "run.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert parse(folder)[2].seed == 1


def test_unusable_options_are_one_sentence(folder):
    with pytest.raises(UserError, match=r"arguments: --nonsense; .* --help tells all options"):
        parse(folder, "--nonsense")


@given(
    st.sampled_from(sorted(Design.model_fields)),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 5),
        st.floats(),
        st.text(max_size=5),
        st.lists(st.integers(-2, 9), max_size=6),
    ),
)
def test_no_value_whatever_ends_in_a_traceback(key, value):
    try:
        parse_arguments(["--set", f"design.{key}={json.dumps(value)}"])
    except UserError as error:
        assert re.search(r"\w", str(error))


def test_the_scripts_refuse_malformed_json(run_script, refusal, folder):
    (folder / "run.json").write_text("{")
    for script in (
        "get_shuffled_list_from_vedio.py",
        "prepare_training_dataset.py",
        "run_tracker_training.py",
        "run_tracker_evaluation.py",
    ):
        refusal(run_script(script, "--parameters", folder), "run.json", "line 1")


def test_the_five_travel_together():
    parameters = parse_arguments([])
    assert parameters == (
        parameters.hp,
        parameters.evaluation,
        parameters.run,
        parameters.env,
        parameters.design,
    )


DESIGNS = sorted(path.stem.removeprefix("design_") for path in FOLDER.glob("design_*.json"))


@pytest.mark.parametrize("name", DESIGNS)
def test_a_model_is_a_design_with_the_hyperparameters_that_it_names(name):
    hp, *_, design = parse_arguments(["--model", name])
    assert design.hyperparams
    file = str(FOLDER / design.hyperparams)
    both = ["--design", f"design_{name}.json", "--hyperparams", file]
    assert (hp, design) == parse_arguments(both)[::4]
    assert (hp, design) == parse_arguments(["--design", f"design_{name}.json"])[::4]


def test_named_hyperparameters_win_over_those_of_the_design():
    hp = parse_arguments(["--model", "alexnet_v1", "--hyperparams", "hyperparams_xc5.json"])[0]
    assert hp.scale_step == 1.047
    settings = ["--model", "alexnet_v1", "--set", "design.hyperparams=hyperparams_xc5.json"]
    assert parse_arguments(settings)[0].scale_step == 1.047


def test_a_design_that_names_none_takes_those_of_the_folder(folder):
    change(folder, "hyperparams", z_lr=0.25)
    change(folder, "design_alexnet_v1", hyperparams="")
    path = folder / "design_alexnet_v1.json"
    assert parse(folder, "--design", str(path))[0].z_lr == 0.25


def test_hyperparameters_lie_beside_the_design_or_in_the_folder(tmp_path, folder):
    mine = tmp_path / "mine"
    mine.mkdir()
    design = mine / "design_x.json"
    design.write_text((FOLDER / "design_alexnet_v1.json").read_text())
    assert (
        parse_arguments(["--design", str(design)])[0]
        == parse_arguments(["--model", "alexnet_v1"])[0]
    )
    shutil.copy(FOLDER / "hyperparams_alexnet_v1.json", mine)
    change(mine, "hyperparams_alexnet_v1", z_lr=0.125)
    assert parse_arguments(["--design", str(design)])[0].z_lr == 0.125
    # a folder that is named holds what is wanted
    change(folder, "hyperparams_alexnet_v1", z_lr=0.5)
    assert parse(folder, "--design", str(design))[0].z_lr == 0.5


def test_a_design_whose_hyperparameters_are_missing_is_told(folder):
    path = change(folder, "design_alexnet_v1", hyperparams="none.json")
    told = refused(folder, "--design", str(path))
    assert told.startswith(f"{path}: hyperparams names none.json, which is neither beside")
    told = refused(folder, "--set", "design.hyperparams=none.json")
    assert told.startswith("--set design.hyperparams=none.json: hyperparams names none.json")
    path.write_text(path.read_text().replace('"none.json"', "5"))
    assert f"{path}: hyperparams is 5" in refused(folder, "--design", str(path))


def test_an_unknown_model_or_two_names_of_a_design_are_told(folder):
    told = refused(folder, "--model", "yolo")
    assert told.startswith("--model yolo: there is no design_yolo.json in ")
    assert told.endswith(f"known are {', '.join(DESIGNS)}")
    told = refused(folder, "--model", "siamrpn", "--design", "design.json")
    assert "both name a design" in told


def recommended(*argv, wanted=True):
    _, evaluation, *_, design = parse_arguments(argv, wants_recommended=lambda *_: wanted)
    return design.method == "siamrpn_fused" and evaluation.weights == "released"


@pytest.mark.parametrize(
    "named",
    [
        ["--model", "alexnet_v1"],
        ["--design", "design.json"],
        ["--hyperparams", "hyperparams.json"],
        ["--set", "design.batch_size=4"],
        ["--parameters", str(FOLDER)],
    ],
)
def test_the_recommended_tracker_is_taken_unless_another_is_named(named):
    assert recommended() and recommended("--set", "evaluation.video=film.mp4")
    assert not recommended(wanted=False)
    assert not recommended(*named)
    assert named_tracker([]).startswith("siamfc_online_lite0, the recommended one")
    assert "recommended" not in named_tracker(named)


def test_weights_may_be_chosen_for_the_recommended_tracker():
    argv = ["--set", "evaluation.weights=best"]
    _, evaluation, *_, design = parse_arguments(argv, wants_recommended=lambda *_: True)
    assert (design.method, evaluation.weights) == ("siamrpn_fused", "best")


def test_keys_of_the_recommended_tracker_may_be_set():
    argv = ["--set", "hyperparams.penalty_k=0.1"]
    assert parse_arguments(argv, wants_recommended=lambda *_: True)[0].penalty_k == 0.1


def test_a_tracker_is_called_by_what_names_it():
    assert named_tracker(["--model", "siamrpn", "--set=design.weights=w.npz"]) == (
        "siamrpn, with design.weights=w.npz"
    )
    assert named_tracker(["--hyperparams", "mine.json"]) == "design.json, with mine.json"
    assert named_tracker(["--parameters", "mine"]) == "mine/design.json"


def test_the_recommended_model_gives_way_to_a_named_design():
    def read(*argv):
        parser = CommandParser("")
        shared_options(parser, recommended=True)
        return read_parameters(parser.parse_args(argv)).design

    named = [["--design", "design.json"], ["--model=alexnet_v1"]]
    recommended = parse_arguments(["--model", RECOMMENDED]).design
    assert read("--set", "run.seed=2") == recommended
    assert [read(*words) for words in named] == [parse_arguments(words).design for words in named]
