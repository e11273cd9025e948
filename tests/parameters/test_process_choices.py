from src.base.orientation import apply_orientation, orientation_applied
from src.parameters.process_choices import apply_choices
from tests.support.parameter_files import load_environment


def test_the_orientation_of_pictures_is_chosen_for_the_process():
    try:
        apply_choices(load_environment(exif_orientation="ignored"))
        assert not orientation_applied()
        apply_choices(load_environment(exif_orientation="applied"))
        assert orientation_applied()
    finally:
        apply_orientation(True)
