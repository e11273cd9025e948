import numpy as np
import pytest
from PIL import Image

from src.base.errors import UserError
from src.datasets.video_files import decoded_frames
from src.labelling.frames import find_frames
from src.labelling.labels import cut_at_frame, labels_of
from src.labelling.results import read_results
from tests.support.cvat_exports import box, head, track, write_export
from tests.support.helpers import make_clip
from tests.support.own_videos import write_video
from tests.support.result_files import write_own_result, write_result
from tests.support.turned_pictures import save_turned

BOXES = np.tile([10.0, 8, 20, 16], (8, 1))


def found(path, named=None):
    return find_frames(read_results([str(path)]), named)


def test_the_data_set_of_an_evaluation_tells_names_and_size(tmp_path):
    make_clip(tmp_path / "clips" / "ball", layout="otb")
    for name in ("ball", "ball_3"):
        path = write_result(tmp_path / "r", name, BOXES, dataset=tmp_path / "clips")
        frames = found(path)
        assert (frames.name, frames.size_wh, frames.video_file) == ("ball", (160, 120), "")
        assert frames.files == [f"{number:08d}.jpg" for number in range(1, 9)]


def test_a_data_set_of_labels_tells_its_video_file(tmp_path):
    """The tracks of an evaluation of what a labelling tool exported."""
    exports = tmp_path / "mine"
    video = write_video(exports / "film.mp4", 8, codec="mp4v")
    frames = decoded_frames(video, 8)
    frames.folder.mkdir()
    for path in frames:
        Image.new("RGB", (64, 48)).save(path)
    rows = [box(0, (4, 8, 14, 20)), box(7, (6, 8, 16, 20))]
    write_export(exports, head(size=8), track(3, rows))
    path = write_result(tmp_path / "r", "mine-3", BOXES, dataset=exports)
    found_frames = found(path)
    assert (found_frames.video_file, found_frames.fps) == ("film.mp4", 20.0)
    assert found_frames.size_wh == (64, 48) and found_frames.files[7] == "00000007.jpg"


def test_without_its_data_set_the_size_is_not_known(tmp_path):
    frames = found(write_result(tmp_path, "ball", BOXES))
    assert (frames.name, frames.size_wh, frames.fps) == ("ball", None, 25.0)
    assert frames.files[0] == "00000000.jpg" and len(frames.files) == 8


def test_an_own_video_tells_of_itself_or_its_results_do(tmp_path):
    video = write_video(tmp_path / "film.mp4", codec="mp4v")
    path = write_own_result(tmp_path / "r", "film_2", video, BOXES[:4], start=2)
    frames = found(path)
    assert (frames.name, frames.size_wh, frames.fps) == ("film", (64, 48), 20.0)
    # ten in the file, though the track ended before
    assert frames.files == [f"{number:08d}.jpg" for number in range(10)]
    assert frames.video_file == "film.mp4"
    video.unlink()
    gone = found(path)
    assert (gone.name, gone.size_wh, gone.video_file) == ("film", (64, 48), "film.mp4")
    assert len(gone.files) == 6


def test_photographs_have_the_size_that_their_exif_shows(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(8):
        save_turned(folder / f"{number}.jpg", np.zeros((24, 32, 3), np.uint8), 6)
    frames = found(write_result(tmp_path / "r", "ball", BOXES), folder)
    assert frames.size_wh == (24, 32)


def test_frames_may_be_named(tmp_path):
    path = write_result(tmp_path / "r", "ball", BOXES)
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in (9, 10, 11, 12, 13, 14, 15, 16):
        Image.new("RGB", (32, 24)).save(folder / f"{number}.png")
    frames = found(path, folder)
    assert frames.files[:2] == ["9.png", "10.png"] and frames.size_wh == (32, 24)
    video = write_video(tmp_path / "film.mp4", codec="mp4v")
    assert found(path, video).size_wh == (64, 48)
    with pytest.raises(
        UserError, match=r"--frames .*nothing: there is no such video file or folder"
    ):
        found(path, tmp_path / "nothing")
    for name in ("17.png", "18.png"):
        Image.new("RGB", (32, 24)).save(folder / name)
    with pytest.raises(UserError, match="frames: 10 images, but a track of 8 frames; name the"):
        found(path, folder)


def test_tracks_are_brought_to_the_length_of_the_video(tmp_path):
    video = write_video(tmp_path / "film.mp4", codec="mp4v")
    path = write_own_result(tmp_path / "r", "film", video, [*BOXES[:2], [70.0, 8, 5, 5]])
    tracks = read_results([str(path), f"car={path}"])
    labels = labels_of(tracks, find_frames(tracks, None))
    assert labels.names == ["target", "car"]
    (one, two) = labels.tracks
    assert one.boxes_ltwh.shape == (10, 4) and one.n_visible == two.n_visible == 2
    # what lies outside the frame is no label
    assert np.isnan(one.boxes_ltwh[2:]).all()


def test_boxes_are_cut_at_the_frame():
    boxes = np.array([[-5.0, 4, 10, 10], [60, 40, 10, 10], [1, 2, 3, 4], [np.nan] * 4])
    cut = [[0, 4, 5, 10], [60, 40, 4, 8], [1, 2, 3, 4], [np.nan] * 4]
    np.testing.assert_array_equal(cut_at_frame(boxes, (64, 48)), cut)
