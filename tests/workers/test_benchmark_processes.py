"""Calls in new processes: answers in order, errors as they are."""

import os

import pytest

from src.base.errors import UserError
from src.geometry.search_geometry import search_side
from src.workers.worker_pool import in_processes


def test_each_call_gets_its_answer():
    # by name, as every function is pickled
    assert in_processes(pow, [(2, 3), (3, 2)]) == [8, 9]
    assert in_processes(os.getpid, [()]) != [os.getpid()]


def test_an_error_of_the_user_arrives_as_such(tmp_path):
    from src.video.images import read_image

    with pytest.raises(UserError, match="no such image file"):
        in_processes(read_image, [(tmp_path / "none.png",)])
    assert in_processes(search_side, [(10.0, 127, 255)]) == [search_side(10.0, 127, 255)]
