import importlib.util
import json

import pytest

from src.base.errors import UserError
from src.weights.training_folder import LOG_FILE, SUMMARY_FOLDER, TrainingLog


def lines(folder):
    return [json.loads(line) for line in (folder / LOG_FILE).read_text().splitlines()]


def test_reports_are_json_lines(tmp_path):
    log = TrainingLog(tmp_path / "new", write_summary=False)
    log.write("train", 20, {"loss": 0.5})
    log.write("validation", 20, {"loss": 0.6})
    assert lines(tmp_path / "new") == [
        {"kind": "train", "step": 20, "loss": 0.5},
        {"kind": "validation", "step": 20, "loss": 0.6},
    ]


def test_rewinding_drops_what_came_after_the_checkpoint(tmp_path):
    log = TrainingLog(tmp_path, write_summary=False)
    log.rewind(0)
    for step in (20, 40, 60):
        log.write("train", step, {"loss": 1.0})
    with (tmp_path / LOG_FILE).open("a") as file:
        file.write('{"kind": "tr')
    log.rewind(40)
    assert [line["step"] for line in lines(tmp_path)] == [20, 40]


def test_summaries_are_written_when_asked(tmp_path):
    # C17: the writer was used but never made
    pytest.importorskip("tensorboard", reason="summaries need the optional tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = TrainingLog(tmp_path, write_summary=True)
    for step in range(1, 11):
        log.write("train", step, {"loss": 1.0 / step})
    events = EventAccumulator(str(tmp_path / SUMMARY_FOLDER)).Reload()
    found = events.Tensors("train/loss")
    assert [event.step for event in found] == list(range(1, 11))


def test_without_tensorboard_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="tensorboard"):
        TrainingLog(tmp_path, write_summary=True)
    TrainingLog(tmp_path, write_summary=False).write("train", 1, {"loss": 1.0})
    assert lines(tmp_path)[0]["step"] == 1
