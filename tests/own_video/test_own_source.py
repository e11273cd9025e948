import re
import sys

import numpy as np
import pytest

import src.own_video.source
from src.base.errors import UserError
from src.own_video.source import find_own_source
from tests.support.helpers import make_clip
from tests.support.own_videos import make_source, write_gif, write_video
from tests.support.parameter_files import load_environment, load_evaluation


@pytest.fixture
def find(tmp_path, monkeypatch):
    """Finds the source of a value of `evaluation.video`; the data set is `clips`, cwd `here`."""
    (tmp_path / "here").mkdir()
    (tmp_path / "clips").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(
        src.own_video.source,
        "open_camera",
        lambda number: make_source([], live=True, name=f"c{number}"),
    )
    env = load_environment(root_dataset=str(tmp_path))

    def run(video, dataset="clips"):
        return find_own_source(env, load_evaluation(dataset=dataset, video=str(video)))

    return run


def test_videos_with_ground_truth_and_all_are_left_to_the_benchmark(tmp_path, find):
    make_clip(tmp_path / "clips" / "Ball", 2)
    make_clip(tmp_path / "clips" / "7", 2)
    for video in ("all", "Ball", "7", tmp_path / "clips" / "Ball", "Nobody", "no/where"):
        assert find(video) is None


def test_a_video_with_its_first_box_alone_is_left_to_the_benchmark(tmp_path, find):
    make_clip(tmp_path / "clips" / "Ball", 2)
    (tmp_path / "clips" / "Ball" / "groundtruth.txt").write_text("50,40,32,24\n")
    assert find("Ball") is None


@pytest.mark.parametrize("name", ["film.avi", "FILM.AVI", "film"])
def test_a_file_is_a_video_by_name_or_existence(tmp_path, find, name):
    write_video(tmp_path / "film.avi", 3).rename(tmp_path / "here" / name)
    for video in (name, tmp_path / "here" / name):
        own = find(video)
        assert own.source.place == str(tmp_path / "here" / name)
        assert (own.dataset, own.folder) == ("here", tmp_path / "here")
        assert own.source.n_frames == 3


def test_a_gif_needs_no_opencv(tmp_path, find, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    own = find(write_gif(tmp_path / "film.gif", (100, 100)))
    assert len(list(own.source.frames)) == 2


@pytest.mark.parametrize("suffix", ["mp4", "avi", "mov", "mkv", "webm", "gif", "MP4"])
def test_a_missing_file_with_the_suffix_of_a_video_is_told(find, suffix):
    with pytest.raises(UserError, match=rf"nobody\.{suffix}: there is no such video file"):
        find(f"some/nobody.{suffix}")


@pytest.mark.parametrize("name", ["settings", "performance"])
def test_names_of_other_result_files_are_refused(tmp_path, find, name):
    with pytest.raises(UserError, match="give the video another name"):
        find(write_video(tmp_path / f"{name}.avi", 2))


def test_digits_are_a_camera_unless_the_data_set_has_such_a_video(tmp_path, find):
    assert find("0").source.name == "c0" and find("12").dataset == "camera"
    assert find("camera:3").source.name == "c3" and find("/dev/video3").source.name == "c3"
    make_clip(tmp_path / "clips" / "3", 2)
    assert find("3") is None
    assert find("camera:3").source.name == "c3"
    assert find("0", dataset="no such data set").source.live


def test_frames_without_ground_truth_are_a_source(tmp_path, find):
    make_clip(tmp_path / "clips" / "film", 4, layout="plain")
    for video in ("film", tmp_path / "clips" / "film"):
        own = find(video)
        assert (own.source.name, own.source.n_frames, own.dataset) == ("film", 4, "clips")
        assert own.source.place == str(tmp_path / "clips" / "film")
        assert len(list(own.source.frames)) == 4


def test_a_folder_with_the_suffix_of_a_video_is_a_folder(tmp_path, find):
    boxes = make_clip(tmp_path / "clips" / "film.mp4", 3)
    assert np.isfinite(boxes).all() and find(tmp_path / "clips" / "film.mp4") is None


def test_an_empty_folder_is_told(tmp_path, find):
    (tmp_path / "clips" / "film").mkdir()
    with pytest.raises(UserError, match=re.escape(str(tmp_path / "clips" / "film"))):
        find(tmp_path / "clips" / "film")


def test_an_address_is_a_stream_whatever_the_data_set_holds(tmp_path, find, monkeypatch):
    make_clip(tmp_path / "clips" / "1", 2)
    seen = []
    opened = lambda address: seen.append(address) or make_source([], live=True, name="host")  # noqa: E731
    monkeypatch.setattr(src.own_video.source, "open_stream", opened)
    own = find("rtsp://me:secret@host/1")
    assert (own.source.name, own.dataset, seen) == ("host", "stream", ["rtsp://me:secret@host/1"])


def test_a_file_may_be_named_by_its_address(tmp_path, find):
    path = write_video(tmp_path / "my film.avi", 3)
    assert find(path.as_uri()).source.place == str(path)
