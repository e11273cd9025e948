import sys

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.decoding import frame_files
from src.datasets.labels import LabelledVideo, only_target
from src.datasets.video_files import decoded_frames
from src.video.images import read_image
from tests.support.own_videos import cv2, write_video
from tests.support.pyav_videos import marked, write_film

BOXES = np.full((3, 4), 8.0)


def labelled(path, n_frames=3):
    return LabelledVideo(
        "film", decoded_frames(path, n_frames), (only_target(BOXES),), video_file=path
    )


def test_an_interlaced_video_is_decoded_into_its_frames(tmp_path):
    path = write_film(tmp_path / "film.ts", 8, options={"flags": "+ildct+ilme"})
    for k, file in enumerate(frame_files(labelled(path))):
        off = np.abs(read_image(file).astype(int) - marked(20 * k + 20))
        assert off[:12, :12].max() < 16 and off[24:].max() < 16


def write_blank(path):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20.0, (64, 48))
    for _ in range(3):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    return path


def test_a_video_that_shows_nothing_leaves_no_frames(tmp_path):
    path = write_blank(tmp_path / "film.avi")
    with pytest.raises(UserError, match=r"film\.avi: every frame has one colour all over"):
        frame_files(labelled(path))
    assert list(tmp_path.iterdir()) == [path]


def test_where_opencv_decodes_its_mistakes_are_told_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "av", None)
    video = labelled(write_video(tmp_path / "film.avi", 3))
    assert len(frame_files(video)) == len(frame_files(video)) == 3
    assert capsys.readouterr().out.count("film.avi: Decoded by OpenCV") == 1
