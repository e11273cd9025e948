import numpy as np
import pytest

from src.pictures.drawing import PREDICTED, SEARCH
from src.pictures.films import AnnotatedVideo, annotate, annotated_video, find_codec
from tests.support.own_videos import cv2, picture


class FakeWriter:
    """Keeps the red level of each frame, which comes as BGR."""

    def __init__(self):
        self.levels, self.shapes = [], []

    def write(self, pixels):
        self.levels.append(int(pixels[5, 5, 2]))
        self.shapes.append(pixels.shape)


def written(seconds, fps=10.0):
    writer = FakeWriter()
    video = AnnotatedVideo(writer, fps, (64, 48))
    for number, moment in enumerate(seconds):
        video.write(moment, picture(number))
    return writer.levels


@pytest.mark.parametrize(
    ("seconds", "levels"),
    [
        ([0, 0.1, 0.2, 0.3], [0, 1, 2, 3]),
        ([7.3, 7.4, 7.5], [0, 1, 2]),
        ([0, 0.3, 0.4], [0, 0, 0, 1, 2]),
        ([0, 0.03, 0.1, 0.13, 0.2], [0, 2, 4]),
        ([0, 1000.0, 1000.1], [0] * 21 + [1, 2]),
    ],
    ids=["even", "late start", "gap", "too many", "jump"],
)
def test_frames_are_shown_at_their_times(seconds, levels):
    assert written(seconds) == levels


def test_frames_of_other_sizes_are_scaled_to_the_first():
    writer = FakeWriter()
    video = AnnotatedVideo(writer, 10.0, (64, 48))
    video.write(0.0, picture(3))
    video.write(0.1, picture(9, (100, 20)))
    assert writer.shapes == [(48, 64, 3)] * 2 and writer.levels == [3, 9]


def test_a_lost_target_looks_different():
    frame, box = picture(0, (320, 240)), np.array([40.0, 60, 80, 50])
    found, lost = annotate(frame, box, "frame 3"), annotate(frame, box, "frame 3", lost=True)
    assert tuple(found[60, 40]) == PREDICTED and tuple(lost[60, 40]) == SEARCH
    assert tuple(found[61, 41]) == PREDICTED and tuple(lost[61, 41]) != SEARCH
    assert (frame == picture(0, (320, 240))).all()


def test_the_caption_grows_with_the_frame():
    def caption_height(size):
        black = (annotate(picture(80, size), np.full(4, np.nan), "frame 3") == 0).all(axis=2)
        return int(black[:, 1].sum())

    assert caption_height((320, 240)) < caption_height((1920, 1080)) / 2


@pytest.mark.parametrize("size", [(64, 48), (65, 49)])
def test_the_file_can_be_played_and_appears_whole(tmp_path, size):
    path, codec = tmp_path / "film_annotated.mp4", find_codec(cv2, size)
    with annotated_video(cv2, path, codec, 20.0, size) as video:
        for number in range(6):
            video.write(number / 20, picture(40 * number, size))
        assert not path.exists()
    assert list(tmp_path.iterdir()) == [path]
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FPS) == 20.0
    reds = [capture.read()[1][..., 2].mean() for _ in range(6)]
    np.testing.assert_allclose(reds, np.arange(6) * 40, atol=8)
    assert not capture.read()[0]


def test_an_error_leaves_nothing_behind(tmp_path):
    with (
        pytest.raises(ZeroDivisionError),
        annotated_video(cv2, tmp_path / "a.mp4", "mp4v", 20.0, (64, 48)) as video,
    ):
        video.write(0.0, picture(1))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_many_frames_a_second_are_thinned_out(tmp_path):
    with annotated_video(cv2, tmp_path / "a.mp4", "mp4v", 1000.0, (64, 48)) as video:
        for number in range(100):
            video.write(number / 1000, picture(number))
    assert cv2.VideoCapture(str(tmp_path / "a.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 7


def test_what_cannot_be_written_has_no_codec():
    assert find_codec(cv2, (64, 48)) is not None
    assert find_codec(cv2, (1, 1)) is None
