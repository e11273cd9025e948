import numpy as np
import pytest

import src.own_video.source
from src.base.errors import UserError
from src.own_video.source import expand_region, find_start
from tests.support.own_videos import make_source, picture

BOX = [10, 8, 20, 16]


@pytest.mark.parametrize(
    ("argv", "expanded"),
    [
        ([], []),
        (["--set", "a.b=c"], ["--set", "a.b=c"]),
        (
            ["--region", "-5,3.5,20,1e1", "--design", "x"],
            ["--design", "x", "--set", "evaluation.region=[-5.0, 3.5, 20.0, 10.0]"],
        ),
        (["--region=1, 2,3,4"], ["--set", "evaluation.region=[1.0, 2.0, 3.0, 4.0]"]),
    ],
)
def test_the_option_stands_last_as_a_set(argv, expanded):
    assert expand_region(argv) == expanded


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,0,4", "1,2,3,-4", "nan,1,2,3", "1,2,inf,3"]
)
def test_a_bad_region_is_told(text):
    with pytest.raises(UserError, match=r"^--region .*: must be x,y,w,h"):
        expand_region(["--region", text])


def test_a_region_without_value_is_told():
    with pytest.raises(UserError, match="must be x,y,w,h"):
        expand_region(["--region"])


def test_it_starts_on_the_first_whole_frame_from_the_start_frame_on():
    frames = [picture(k) for k in range(8)]
    frames[3] = None
    source = make_source(frames)
    start = find_start(source, 3, BOX)
    assert (start.index, start.seconds) == (4, 0.4) and start.read_seconds >= 0
    np.testing.assert_array_equal(start.frame, frames[4])
    np.testing.assert_array_equal(start.box_ltwh, BOX)
    assert [index for index, _, _ in source.frames] == [5, 6, 7]


@pytest.mark.parametrize(
    ("frames", "told"),
    [([], "no frame that can be read"), ([None, None, None], "no frame that can be read")],
)
def test_a_video_without_whole_frames_is_told(frames, told):
    with pytest.raises(UserError, match=told):
        find_start(make_source(frames), 1, BOX)


def test_a_start_frame_behind_the_end_tells_the_range():
    with pytest.raises(UserError, match=r"start_frame 5: .* has 3 frames; 0 to 2 is right"):
        find_start(make_source([picture(0)] * 3), 5, BOX)


@pytest.mark.parametrize("box", [[64, 8, 20, 16], [10, -16, 20, 16], [-30, 0, 30, 30]])
def test_a_box_outside_the_frame_is_told(box):
    with pytest.raises(UserError, match=r"^film: the start box .* outside the frame of 64 x 48"):
        find_start(make_source([picture(0)]), 0, box)


def test_a_box_in_shares_of_the_frame_tells_its_pixels():
    with pytest.raises(UserError, match=r"^film: .* less than a pixel .* \[16\.0, 12\.0, 32"):
        find_start(make_source([picture(0)]), 0, [0.25, 0.25, 0.5, 0.5])


def test_a_box_that_reaches_into_the_frame_is_taken():
    start = find_start(make_source([picture(0)]), 0, [-20, -4, 30, 16])
    np.testing.assert_array_equal(start.box_ltwh, [-20, -4, 30, 16])


def test_without_a_region_it_is_drawn_on_the_start_frame(monkeypatch):
    def draw(frame, name):
        assert name == "film" and frame[0, 0, 0] == 2
        return np.array([1.0, 2, 3, 4])

    monkeypatch.setattr(src.own_video.source, "draw_region", draw)
    start = find_start(make_source([picture(k) for k in range(4)]), 2, None)
    np.testing.assert_array_equal(start.box_ltwh, [1, 2, 3, 4])


def test_without_region_and_display_the_option_is_named(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UserError, match=r"^film: .*without a display give --region x,y,w,h"):
        find_start(make_source([picture(0)]), 0, None)
