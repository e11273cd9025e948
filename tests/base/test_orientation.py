import pytest

from src.base.orientation import apply_orientation, orientation_applied, orientation_setting


@pytest.fixture(autouse=True)
def usual_afterwards():
    yield
    apply_orientation(True)


def test_pictures_are_turned_unless_somebody_chose_otherwise():
    assert orientation_applied() and orientation_setting() == {}
    apply_orientation(False)
    assert not orientation_applied() and orientation_setting() == {"exif_orientation": False}
