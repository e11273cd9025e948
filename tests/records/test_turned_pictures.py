"""Records of photographs that are stored turned are those of the same photographs, upright."""

import numpy as np
import pytest
from PIL import Image

from src.base.orientation import apply_orientation
from src.pairs.pair_list import Pair
from src.records.encoding import PairEncoder
from src.records.store import record_parameters
from tests.support.helpers import make_clip
from tests.support.parameter_files import load_design
from tests.support.turned_pictures import save_as_shown

DESIGN = load_design()


@pytest.fixture
def usual_choice():
    yield
    apply_orientation(True)


@pytest.fixture(scope="module")
def encoder():
    return PairEncoder(DESIGN)


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
def test_records_do_not_depend_on_how_a_picture_is_stored(tmp_path, encoder, orientation):
    boxes = make_clip(tmp_path, 2, suffix=".png").tolist()
    box_z, box_x = (tuple(box) for box in boxes)
    pair = Pair("train", "clip", "00000001.png", 0, box_z, "00000002.png", 1, box_x)
    upright = encoder.encode(pair, tmp_path)
    for name in ("00000001.png", "00000002.png"):
        save_as_shown(tmp_path / name, np.asarray(Image.open(tmp_path / name)), orientation)
    assert encoder.encode(pair, tmp_path) == upright


def test_records_of_unturned_pictures_are_others(usual_choice):
    usual = record_parameters(DESIGN)
    apply_orientation(False)
    assert record_parameters(DESIGN) == usual | {"exif_orientation": False}
