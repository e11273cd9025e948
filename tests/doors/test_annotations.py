"""The command: labels for a tool, or one sentence; nothing is overwritten."""

import pytest

from src import annotations
from src.base.errors import UserError
from src.datasets.cvat import SOURCE
from src.labelling.writing import FORMATS
from src.parameters.command_line import call_door
from tests.support.own_videos import write_video
from tests.support.result_files import write_own_result

BOXES = [[8.0 + 2 * k, 12, 16, 12] for k in range(10)]


@pytest.fixture
def results(tmp_path):
    """Two targets of one video."""
    video = write_video(tmp_path / "film.mp4", codec="mp4v")
    one = write_own_result(tmp_path / "r" / "one", "film", video, BOXES)
    two = write_own_result(tmp_path / "r" / "two", "film", video, BOXES, lost=[0, 1])
    return [f"car={one}", f"person={two}"]


def run(*words):
    call_door(annotations, [str(word) for word in words])


def test_labels_are_written_told_of_and_read_back(results, tmp_path, capsys):
    out = tmp_path / "film.xml"
    run("--to", "cvat", "--out", out, *results)
    assert capsys.readouterr().out.splitlines() == [
        "Target 1: car, in 10 of 10 frames",
        "Target 2: person, in 8 of 10 frames",
        f"Labels: {out}",
    ]
    (video,) = SOURCE.read(out, out.name)
    assert [target.label for target in video.targets] == ["car", "person"]
    assert video.targets[1].rows.tolist() == [2, 3, 4, 5, 6, 7, 8, 9]


def test_every_tool_has_its_file(results, tmp_path):
    assert list(annotations.SUFFIXES) == list(FORMATS)
    for tool, suffix in annotations.SUFFIXES.items():
        out = tmp_path / f"labels_{tool}{suffix}"
        run("--to", tool, "--out", out, "--address", "https://x/film.mp4", *results)
        assert out.is_dir() if tool == "yolo" else out.stat().st_size > 100


def test_what_lies_there_is_kept(results, tmp_path):
    out = tmp_path / "mine.xml"
    out.write_text("mine")
    with pytest.raises(UserError, match=r"--out .*mine\.xml: exists already"):
        run("--to", "cvat", "--out", out, *results)
    assert out.read_text() == "mine"
    with pytest.raises(UserError, match="is not empty; a new or empty folder is right"):
        run("--to", "yolo", "--out", tmp_path, *results)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "a.xml"], "--to is missing: name one of cvat, mot, coco-vid"),
        (["--to", "paint", "--out", "a.xml"], "invalid choice: 'paint'"),
        (["--to", "cvat"], "--out is missing: name the .xml file"),
        (["--to", "mot", "--out", "gt.xml"], r"the name of a file that ends in \.txt is right"),
        (["--to", "cvat", "--out", "a.xml", "--tolerance", "-1"], "--tolerance -1: 0 or more"),
        (["--to", "cvat", "--out", "a.xml", "--tolerance", "nan"], "--tolerance nan: 0 or more"),
        (["--to", "cvat", "--out", "a.xml"], "no results are named"),
    ],
)
def test_wrong_options_are_one_sentence(words, told):
    with pytest.raises(UserError, match=told):
        run(*words)
