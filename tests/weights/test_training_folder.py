import json

import pytest

from src.base.errors import UserError
from src.weights.training_folder import (
    LOG_FILE,
    SETTINGS_FILE,
    TrainingLog,
    read_reports,
    read_settings,
    with_defaults,
)


def test_reports_come_back_as_a_training_wrote_them(tmp_path):
    log = TrainingLog(tmp_path, write_summary=False)
    log.write("train", 20, {"loss": 0.5, "lr": 1e-2})
    log.write("tracking", 40, {"success_auc": 1.0})
    assert read_reports(tmp_path) == [
        {"kind": "train", "step": 20, "loss": 0.5, "lr": 0.01},
        {"kind": "tracking", "step": 40, "success_auc": 1.0},
    ]


@pytest.mark.parametrize("end", ["", '{"kind": "tr', '{"kind": "train", "step": 4'])
def test_a_line_still_being_written_is_left_out(tmp_path, end):
    (tmp_path / LOG_FILE).write_text('{"kind": "train", "step": 20, "loss": 1.0}\n' + end)
    assert [report["step"] for report in read_reports(tmp_path)] == [20]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b'{"kind": "tr',
        b"[1, 2]",
        b"7",
        b'{"step": 4, "loss": 1}',
        b'{"kind": "train", "loss": 1}',
        b'{"kind": 3, "step": 4}',
        b'{"kind": "train", "step": "4"}',
        b'{"kind": "train", "step": 4, "loss": null}',
        b'{"kind": "train\xff", "step": 4}',
    ],
)
def test_a_damaged_line_is_told_with_its_number(tmp_path, line):
    good = b'{"kind": "train", "step": 20, "loss": 1.0}'
    (tmp_path / LOG_FILE).write_bytes(b"\n".join([good, line, good, b""]))
    with pytest.raises(UserError, match=r"training_log.jsonl, line 2: is damaged; remove"):
        read_reports(tmp_path)


@pytest.mark.parametrize("kind", ["missing", "without a log", "a file"])
def test_other_folders_are_told(tmp_path, kind):
    folder = tmp_path / "place"
    if kind == "without a log":
        folder.mkdir()
    elif kind == "a file":
        folder.write_text("")
    with pytest.raises(UserError, match=r"place is not the folder of a training.*saver_folder is"):
        read_reports(folder)


def test_settings_come_back_or_are_told(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_settings(tmp_path)
    (tmp_path / SETTINGS_FILE).write_text(json.dumps({"run": {"seed": 1}}))
    assert read_settings(tmp_path) == {"run": {"seed": 1}}
    (tmp_path / SETTINGS_FILE).write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        read_settings(tmp_path)


def test_keys_that_did_not_exist_yet_have_their_defaults():
    old = {"design": {"batch_size": 4}, "hyperparams": {"lr": 0.5}, "run": {"seed": 7}}
    filled = with_defaults(old)
    assert (filled["design"]["batch_size"], filled["hyperparams"]["lr"]) == (4, 0.5)
    assert filled["hyperparams"]["blur_share"] == 0.0
    assert filled["hyperparams"]["loss"] == "logistic"
    assert filled["hyperparams"]["other_scales"] == []  # as JSON has it
    assert filled["design"]["filter_num"] == [96, 128, 96, 96, 32]
    assert filled["run"] == {"seed": 7}
    assert "join_method" not in filled["design"]
