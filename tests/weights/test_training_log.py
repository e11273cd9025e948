import importlib.util
import json

import pytest

from src.base.errors import UserError
from src.weights.training_folder import LOG_FILE, SUMMARY_FOLDER, TrainingLog
from tests.support.full_disk import files_up_to


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


@pytest.mark.parametrize("write_summary", [False, True])
def test_a_full_disk_is_told(tmp_path, write_summary):
    log = TrainingLog(tmp_path, write_summary)
    log.write("train", 20, {"loss": 0.5})
    place = SUMMARY_FOLDER if write_summary else LOG_FILE
    told = rf"{place}: cannot be written \(File too large\); checkpoints are whole: run the same"
    # summaries begin with more than a log's first line
    with files_up_to(200 if write_summary else 60), pytest.raises(UserError, match=told):
        for _ in range(3):
            log.write("train", 40, {"loss": 0.5})
    log.rewind(20)
    assert log.last_step("train") == 20


def test_a_disk_that_is_full_before_the_first_summary_is_told(tmp_path):
    with files_up_to(1), pytest.raises(UserError, match=rf"{SUMMARY_FOLDER}: cannot be written"):
        TrainingLog(tmp_path, True)


def test_the_last_report_of_a_kind(tmp_path):
    log = TrainingLog(tmp_path, False)
    assert log.last_step("train") == 0
    for kind, step in (("train", 20), ("train", 30), ("validation", 35)):
        log.write(kind, step, {"loss": 1.0})
    assert [log.last_step(kind) for kind in ("train", "validation", "tracking")] == [30, 35, 0]
