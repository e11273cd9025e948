import pytest

from src.design_checks import (
    check_design,
    check_duration,
    check_environment,
    check_hyperparams,
)
from tests.parameter_files import FOLDER, load_design, load_environment, load_hyperparams


@pytest.mark.parametrize("path", sorted(FOLDER.glob("design*.json")), ids=lambda path: path.stem)
def test_shipped_designs_are_sound(path):
    design = load_design(path.stem)
    assert check_design(design) == []
    assert check_duration(design) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("hyper*.json")), ids=lambda path: path.stem)
def test_shipped_hyperparams_are_sound(path):
    assert check_hyperparams(load_hyperparams(path.stem)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tot_stride": 8}, ["tot_stride is 8", "make 4"]),
        ({"score_sz": 17}, ["score_sz is 17", "make 33"]),
        ({"pool_stride": [2, 2, 0, 0, 0]}, ["tot_stride is 4", "make 8", "make 17"]),
        ({"search_sz": 127}, ["exemplar_sz is 127, must be less than search_sz, 127"]),
        ({"search_sz": 259, "score_sz": 35}, ["score_sz is 35", "make a score map of 34 cells"]),
        ({"search_sz": 257}, ["search_sz is 257", "only if it is 255"]),
        ({"exemplar_sz": 21}, ["exemplar_sz is 21, too small"]),
        ({"filter_num": [96, 128, 96]}, ["one length", "filter_num 3", "filter_w 5"]),
        ({"filter_groups": [1, 5, 1, 1, 1]}, ["filter_groups[1] is 5", "96 input", "128 filters"]),
        ({"filter_groups": [2, 1, 1, 1, 1]}, ["filter_groups[0] is 2", "3 input"]),
        ({"pool_sz": [3, 0, 0, 0, 0]}, ["pool_sz[1] is 0"]),
        ({"filter_h": [11, 5, 3, 3, 1]}, ["filter_h", "must equal filter_w"]),
    ],
)
def test_contradictions_are_told(changes, words):
    told = "; ".join(check_design(load_design(**changes)))
    for word in words:
        assert word in told


@pytest.mark.parametrize(("epochs", "steps"), [(None, None), (3, 100)])
def test_exactly_one_duration(epochs, steps):
    (told,) = check_duration(load_design(num_epochs=epochs, num_steps=steps))
    assert "exactly one" in told


def test_other_contradictions():
    assert "lr_end is 0.1" in check_hyperparams(load_hyperparams(lr=0.01, lr_end=0.1))[0]
    told = check_environment(load_environment(tfrecord_filename="a", tfrecord_validation="a"))
    assert "must differ" in told[0]
    assert check_environment(load_environment()) == []
