"""An index says what its source says, whoever reads it, and is made once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets import index_building
from src.datasets.index_building import make_index
from src.datasets.labels import OCCLUDED, FrameFiles, LabelledVideo, Target
from src.datasets.passed_over import passed_over
from src.datasets.sequences import list_videos, load_video
from src.workers.executors import open_executor
from tests.support.helpers import make_clip, write_rows
from tests.support.indices import index_of, labelled
from tests.support.parameter_files import load_run
from tests.support.turned_pictures import save_turned

N_VIDEOS = 7


@pytest.fixture
def dataset(tmp_path):
    """Seven clips; the third has no box in any frame."""
    for number in range(N_VIDEOS):
        make_clip(tmp_path / "däta" / f"clip_{number}", n_frames=8, layout="plain", seed=number)
        boxes = [(50 + 3 * k, 40 + number, 32.5, 24) for k in range(8)]
        rows = [["nan"] * 4] * 8 if number == 2 else boxes
        write_rows(tmp_path / "däta" / f"clip_{number}" / "groundtruth.txt", rows)
    return tmp_path / "däta"


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(index_building, "UNITS_PER_PIECE", 2)


@pytest.fixture
def opened(monkeypatch):
    """What executors were opened for: the number of pieces, the files of the data."""
    asked = []

    def watched(run, pieces, files):
        asked.append((pieces, files))
        return open_executor(run, pieces, files)

    monkeypatch.setattr(index_building, "open_executor", watched)
    return asked


def make(dataset, place="index", **run):
    return make_index(dataset.parent / place, dataset, None, load_run(**run))


def contents(index):
    """Every column as lists."""
    columns = {name: column.tolist() for name, column in index.columns.items()}
    strings = {name: [text[k] for k in range(len(text))] for name, text in index.strings.items()}
    return columns | strings


def test_it_says_what_the_labels_say(dataset):
    index = make(dataset)
    assert index.n_videos == index.n_targets == N_VIDEOS
    for target in range(N_VIDEOS):
        video = load_video(dataset, index.track(target))
        owner = int(index.columns["target_video"][target])
        rows = index.rows_of(target)
        np.testing.assert_array_equal(index.columns["row_box_ltwh"][rows], video.boxes_ltwh)
        assert index.columns["row_frame"][rows].tolist() == list(range(8))
        names = index.strings["frame_name"].take(np.array(index.frames_of(owner)))
        assert [index.folder_of(owner) / name for name in names] == list(video.frames)
        assert index.columns["video_size"][owner].tolist() == [160, 120]
    assert [index.track(k) for k in range(N_VIDEOS)] == list_videos(dataset)


def test_targets_flags_and_sizes_are_kept(tmp_path):
    frames = FrameFiles(tmp_path / "a", ["1.jpg", "2.jpg", "3.jpg"])
    make_clip(tmp_path / "a", n_frames=3, layout="plain")
    frames = FrameFiles(tmp_path / "a", [f"{k:08d}.jpg" for k in (1, 2, 3)])
    boxes = np.array([[1, 2, 3, 4], [np.nan] * 4, [5, 6, 7, 8.5]])
    one = Target("7", "dog", np.array([0, 1], np.int32), boxes[:2], np.array([OCCLUDED, 0]))
    other = Target("x", "", np.array([2], np.int32), boxes[2:], np.array([0]))
    videos = [
        LabelledVideo("empty", frames, ()),
        LabelledVideo("a", frames, (one, other), (160, 120), left_out=["track 3: no box"]),
    ]
    index = index_of(videos, tmp_path)
    assert [index.track(k) for k in (0, 1)] == ["a-7", "a-x"]
    assert index.strings["target_label"][0] == "dog"
    assert index.columns["row_frame"].tolist() == [0, 1, 2]
    assert index.columns["row_flags"].tolist() == [OCCLUDED, 0, 0]
    np.testing.assert_array_equal(index.columns["row_box_ltwh"], boxes)
    assert [place.tolist() for place in index.targets_of_videos()] == [[0, 0], [0, 2]]
    assert (index.left_out, index.n_left_out) == (["track 3: no box"], 1)


def test_labels_for_frames_of_another_size_are_told(tmp_path):
    make_clip(tmp_path / "a", n_frames=2, layout="plain")
    frames = sorted((tmp_path / "a").glob("*.jpg"))
    index = index_of([labelled("a", frames, [[1, 2, 3, 4]] * 2, size_wh=(320, 240))], tmp_path)
    trouble = index.strings["video_trouble"][0]
    assert "00000001.jpg: is 160 x 120 pixels, while its labels are for 320 x 240" in trouble


def test_labels_for_a_picture_before_its_turn_are_told_the_way_out(tmp_path):
    image = save_turned(tmp_path / "1.jpg", np.zeros((48, 64, 3), np.uint8), 6)
    boxes = [[1, 2, 3, 4]]
    index = index_of([labelled("a", [image], boxes, size_wh=(64, 48))], tmp_path)
    trouble = index.strings["video_trouble"][0]
    assert "1.jpg: is 48 x 64 pixels, while its labels are for 64 x 48" in trouble
    assert trouble.endswith("environment.exif_orientation=ignored")
    index = index_of([labelled("a", [image], boxes, size_wh=(48, 64))], tmp_path)
    assert index.columns["video_size"][0].tolist() == [48, 64]


def test_worker_processes_make_what_one_process_makes(dataset, small_pieces, opened):
    alone = contents(make(dataset, "alone", workers=1))
    assert opened == []
    shared = contents(make(dataset, "shared", workers=2))
    assert [pieces for pieces, _ in opened] == [4]
    assert opened[0][1][0].parent == dataset / "clip_0"
    assert repr(shared) == repr(alone)


def test_few_videos_are_read_here(dataset, opened):
    assert make(dataset, workers=2, cluster="tcp://nowhere:1").n_videos == N_VIDEOS
    assert opened == []


def test_it_is_made_once_and_anew_when_something_has_changed(dataset, monkeypatch):
    made = []
    read_piece = index_building.read_piece
    monkeypatch.setattr(
        index_building, "read_piece", lambda piece: made.append(1) or read_piece(piece)
    )
    make(dataset)
    first = len(made)
    make(dataset)
    assert len(made) == first > 0
    write_rows(dataset / "clip_1" / "groundtruth.txt", [(1, 2, 30, 40)] * 8)
    index = make(dataset)
    assert len(made) == 2 * first
    assert index.columns["row_box_ltwh"][index.rows_of(1)][0].tolist() == [1, 2, 30, 40]
    (dataset / "clip_1" / "00000009.jpg").write_bytes(b"")
    with pytest.raises(UserError, match="8 rows for 9 frames"):
        make(dataset)
    assert len(list((dataset.parent / "index").iterdir())) == 1, "nothing half made is left"


@pytest.mark.parametrize("size", [2, N_VIDEOS])
def test_all_wrong_videos_are_told_or_left_out(dataset, monkeypatch, size):
    monkeypatch.setattr(index_building, "UNITS_PER_PIECE", size)
    monkeypatch.setattr(index_building, "open_executor", lambda *_: ThreadPoolExecutor(2))
    for number in (3, 6):
        write_rows(dataset / f"clip_{number}" / "groundtruth.txt", [(50, 40, 32, 24)] * 2)
    with pytest.raises(UserError) as told:
        make(dataset, workers=2)
    head, first, second = str(told.value).splitlines()
    assert head == ("2 of 7 videos cannot be used (environment.on_bad_video=skip leaves them out):")
    assert "clip_3" in first and "clip_6" in second and "2 rows for 8 frames" in first
    index = make_index(dataset.parent / "index", dataset, None, load_run(workers=2), "skip")
    assert index.n_targets == 5 and len(index.wrong) == 2


def test_a_wrong_video_among_many_is_passed_over_and_told(tmp_path):
    for number in range(21):
        make_clip(tmp_path / "d" / f"v{number}", n_frames=2, layout="plain", seed=number)
        write_rows(tmp_path / "d" / f"v{number}" / "groundtruth.txt", [(50, 40, 32, 24)] * 2)
    (tmp_path / "d" / "v4" / "groundtruth.txt").write_text("1,2,3\n1,2,3\n")
    index = make(tmp_path / "d")
    assert index.n_videos == 21 and index.n_targets == 20
    assert "v4/groundtruth.txt, row 1: 3 numbers" in index.strings["video_trouble"][4]


def test_a_video_of_a_document_that_cannot_be_read_counts_as_wrong(tmp_path):
    make_clip(tmp_path / "a", n_frames=2, layout="plain")
    frames = sorted((tmp_path / "a").glob("*.jpg"))
    good = labelled("a", frames, [[1, 2, 30, 40]] * 2)
    index = index_of([good, passed_over("b", "labels.json, record 3: no box")], tmp_path)
    assert index.wrong == ["labels.json, record 3: no box"] and index.left_out == []
    assert index.strings["video_trouble"][1] == "labels.json, record 3: no box"
