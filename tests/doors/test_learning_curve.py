"""The command: a picture, or one sentence that says what is wrong."""

import subprocess
import sys

import pytest
from PIL import Image

from src import learning_curve
from src.base.errors import UserError
from src.parameters.command_line import call_door
from src.weights.training_folder import LOG_FILE
from tests.support.places import ROOT
from tests.support.training_folders import train_reports, write_training


@pytest.fixture
def folder(tmp_path):
    return write_training(tmp_path / "output", train_reports([0.7, 0.5, 0.4]))


def run(*arguments):
    command = [sys.executable, "-m", "src.learning_curve", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def main(argv):
    call_door(learning_curve, argv)


def refused(*arguments):
    with pytest.raises(UserError) as caught:
        main([str(argument) for argument in arguments])
    return str(caught.value)


def test_the_command_draws_and_draws_anew(folder, tmp_path):
    out = tmp_path / "new" / "curve.png"
    done = run("--out", out, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Learning curve: {out}\n"
    first = out.read_bytes()
    other = write_training(tmp_path / "other", train_reports([0.8, 0.6]), seed=2)
    main(["--out", str(out), str(folder), str(other)])
    assert out.read_bytes() != first
    with Image.open(out) as picture:
        assert picture.size[0] == 1000


def test_a_wrong_folder_ends_with_one_sentence(tmp_path, refusal):
    out = tmp_path / "curve.png"
    told = refusal(run("--out", out, tmp_path), "is not the folder of a training")
    assert "design.saver_folder is right" in told
    assert not out.exists()


def test_options_are_checked(folder, tmp_path):
    assert "no training is named" in refused("--out", tmp_path / "curve.png")
    assert "--out is missing" in refused(folder)
    for name in ("curve.jpg", "curve", ".png"):
        assert "ends in .png" in refused("--out", tmp_path / name, folder)
    (tmp_path / "folder.png").mkdir()
    assert "ends in .png" in refused("--out", tmp_path / "folder.png", folder)


def test_nothing_is_drawn_of_damaged_or_young_logs(folder, tmp_path):
    out = tmp_path / "curve.png"
    out.write_bytes(b"kept")
    (folder / LOG_FILE).write_text('{"kind": "train"\n')
    assert "line 1: is damaged" in refused("--out", out, folder)
    (folder / LOG_FILE).write_text("")
    assert "has no report yet" in refused("--out", out, folder)
    assert out.read_bytes() == b"kept"
