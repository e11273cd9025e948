import numpy as np
import pytest

from src.tracking.tracker import GreySwitch, is_grey

BOX = np.array([1.0, 2.0, 3.0, 4.0])
GREY = np.repeat(np.arange(48, dtype=np.uint8).reshape(6, 8, 1), 3, axis=2)
COLOUR = GREY.copy()
COLOUR[5, 7, 2] += 1


class Recorder:
    def __init__(self, name):
        self.name, self.calls = name, []

    def init(self, frame, box_ltwh):
        self.calls.append(("init", frame, box_ltwh))

    def update(self, frame):
        self.calls.append(("update", frame))
        return self.name


def test_one_coloured_pixel_makes_a_frame_coloured():
    assert is_grey(GREY) is True
    assert is_grey(COLOUR) is False
    for channel in range(3):
        frame = GREY.copy()
        frame[0, 0, channel] = 99
        assert not is_grey(frame)


@pytest.mark.parametrize(("first", "expected"), [(GREY, "grey"), (COLOUR, "colour")])
def test_the_first_frame_picks_the_tracker_of_the_whole_track(first, expected):
    colour, grey = Recorder("colour"), Recorder("grey")
    switch = GreySwitch(colour, grey)
    switch.init(first, BOX)
    assert [switch.update(frame) for frame in (GREY, COLOUR)] == [expected] * 2
    used, other = (grey, colour) if expected == "grey" else (colour, grey)
    assert [call[0] for call in used.calls] == ["init", "update", "update"]
    assert used.calls[0][1] is first
    assert used.calls[0][2] is BOX
    assert not other.calls


def test_every_track_is_picked_anew():
    switch = GreySwitch(Recorder("colour"), Recorder("grey"))
    told = []
    for first in (GREY, COLOUR, GREY):
        switch.init(first, BOX)
        told.append(switch.update(first))
    assert told == ["grey", "colour", "grey"]
