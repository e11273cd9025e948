import hashlib
import json
import shutil
from dataclasses import replace

import pytest

from src.errors import UserError
from src.gate_inputs import check_files, gate_parameters, plan_gate
from src.published_gates import GATES, PublishedFile
from tests.helpers import make_clip
from tests.parameter_files import FOLDER

GATE = GATES["otb13_baseline_conv5"]
CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def sets(folder, **changes):
    values = {"environment.root_dataset": folder, "evaluation.dataset": "videos"}
    values |= {key.replace("__", "."): value for key, value in changes.items()}
    return [f"{key}={value}" for key, value in values.items()]


def inputs(folder, gate=GATE):
    """Environment and evaluation for `plan_gate`."""
    _, evaluation, _, env, _ = gate_parameters(gate, sets(folder))
    return env, evaluation


def names(segments):
    return [segment.name for segment in segments]


def test_the_gate_decides_on_network_and_tracking_and_the_user_on_places(tmp_path):
    user = sets(tmp_path, evaluation__first_index=1, evaluation__tracker="mine")
    hp, evaluation, run, env, design = gate_parameters(GATE, [*user, "run.seed=3"])
    assert hp.window_influence == 0.175
    assert (design.net, design.net_gray) == (GATE.net.name, GATE.net_gray.name)
    assert (evaluation.video, evaluation.n_subseq, evaluation.weights) == ("all", 1, "net")
    assert (evaluation.dataset, evaluation.tracker, evaluation.first_index) == ("videos", "mine", 1)
    assert (env.root_dataset, run.seed) == (str(tmp_path), 3)


def test_files_of_the_user_do_not_change_a_gate(tmp_path):
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / GATE.design).write_text("{}")
    (tmp_path / GATE.hyperparams).write_text("{}")
    evaluation = json.loads((tmp_path / "evaluation.json").read_text())
    changed = {"n_subseq": 7, "video": "Bolt", "stop_on_failure": 1, "dist_threshold": 5}
    changed |= {"weights": "newest", "start_frame": 4, "region": [1, 2, 3, 4]}
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation | changed))
    assert gate_parameters(GATE, [], str(tmp_path)) == gate_parameters(GATE, [])


@pytest.mark.parametrize(
    "text",
    [
        "design.net=mine.mat",
        "hyperparams.scale_num=5",
        "evaluation.video=Bolt",
        "evaluation.n_subseq=2",
        "evaluation.protocol=vot",
        "evaluation.weights=best",
    ],
)
def test_what_the_gate_decides_on_cannot_be_set(text):
    with pytest.raises(UserError, match=f"--set {text}: the gate decides on this; leave it out"):
        gate_parameters(GATE, ["run.seed=1", text])


def test_other_wrong_settings_are_told_as_everywhere():
    with pytest.raises(UserError, match=r"must be FILE\.KEY=VALUE"):
        gate_parameters(GATE, ["evaluation"])
    with pytest.raises(UserError, match="did you mean dataset"):
        gate_parameters(GATE, ["evaluation.datasett=otb"])


def test_files_are_compared_with_the_known_checksum(tmp_path):
    known, other = PublishedFile("a.mat", "there", SHA256), PublishedFile("b.mat", "", "0" * 64)
    for file in (known, other):
        (tmp_path / file.name).write_bytes(CONTENT)
    same, differs = check_files(replace(GATE, net=known, net_gray=other), tmp_path)
    assert same == (True, f"met: SHA-256 of {tmp_path / 'a.mat'}: {SHA256}, as known")
    assert not differs[0] and differs[1].startswith("NOT met: SHA-256")
    assert differs[1].endswith(f"b.mat: {SHA256}, the published file has {'0' * 64}")
    unknown = replace(known, sha256="")
    ((met, line),) = check_files(replace(GATE, net=unknown, net_gray=None), tmp_path)
    assert met and line.endswith(f"a.mat: {SHA256}, none is known")


def test_a_missing_file_is_told_with_the_place_to_get_it(tmp_path):
    with pytest.raises(UserError, match=r"e55\.mat does not exist.*cfnet-networks\.zip"):
        check_files(GATE, tmp_path)
    (tmp_path / GATE.net.name).write_bytes(CONTENT)
    with pytest.raises(UserError, match=r"gray_e100\.mat does not exist.*root_pretrained=DIR"):
        check_files(GATE, tmp_path)


def test_named_videos_are_found_among_others_whatever_their_case(tmp_path):
    for name in ("bolt", "Boy", "Car4"):
        make_clip(tmp_path / "videos" / name, 2, layout="otb")
    env, evaluation = inputs(tmp_path)
    gate = replace(GATE, videos=("Boy", "Bolt"))
    assert names(plan_gate(gate, env, evaluation)) == ["Boy", "bolt"]


def test_missing_videos_are_counted_and_the_first_named(tmp_path):
    make_clip(tmp_path / "videos" / "Bolt", 2, layout="otb")
    with pytest.raises(UserError, match="50 of the gate's 51 videos are missing") as refused:
        plan_gate(GATE, *inputs(tmp_path))
    assert "first Basketball, Boy, Car4, CarDark, CarScale; name" in str(refused.value)
    with pytest.raises(UserError, match="no such data set folder"):
        plan_gate(GATE, *inputs(tmp_path / "nowhere"))


def test_all_videos_are_tracked_from_each_start(tmp_path):
    make_clip(tmp_path / "videos" / "a", 9)
    make_clip(tmp_path / "videos" / "b", 6)
    gate = GATES["siamfc_tf_validation"]
    segments = plan_gate(gate, *inputs(tmp_path, gate))
    assert names(segments) == ["a_0", "a_3", "a_5", "b_0", "b_2", "b_3"]


def test_the_demo_sequence_of_siamese_fc_is_found_as_it_lies(tmp_path):
    folder = tmp_path / "videos" / "vot15_bag"
    make_clip(folder, 3, layout="vot8")
    (folder / "imgs").mkdir()
    for frame in folder.glob("*.jpg"):
        frame.rename(folder / "imgs" / frame.name)
    gate = GATES["vot15_bag_colour"]
    (segment,) = plan_gate(gate, *inputs(tmp_path, gate))
    assert (segment.name, len(segment.sequence.frames)) == ("vot15_bag", 3)


def test_a_video_without_ground_truth_is_refused(tmp_path):
    make_clip(tmp_path / "videos" / "film", 2, layout="plain")
    with pytest.raises(UserError, match="film: the video has no ground truth"):
        plan_gate(replace(GATE, videos=("film",)), *inputs(tmp_path))
