import json

import numpy as np
import pytest
from PIL import Image

from src.centre_bias_measures import Bias
from src.centre_bias_results import numbers_path, told, write_results

FLAT = np.full((13, 13), 0.25)
BIASES = {0: Bias(FLAT, 0.15, 0.02, 1.0), 32: Bias(FLAT / 2, 0.25, 0.625, 0.5)}


def test_a_line_tells_the_measures():
    assert told(BIASES[32]) == (
        "62.5% of the targets found, 25.0% of the mean response and 50.0% of the peaks in the "
        "centre"
    )


def test_numbers_and_picture_are_written(tmp_path):
    picture = tmp_path / "bias.png"
    targets = np.full((13, 13), 1 / 169)
    write_results(picture, {"steps": 5, "seed": 1}, BIASES, targets)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bias.json", "bias.png"]
    numbers = json.loads(numbers_path(picture).read_text())
    assert (numbers["steps"], numbers["seed"], numbers["stride"]) == (5, 1, 8)
    assert numbers["targets_in_centre"] == pytest.approx(25 / 169)
    assert [one["shift"] for one in numbers["trainings"]] == [0, 32]
    assert [one["found"] for one in numbers["trainings"]] == [0.02, 0.625]
    np.testing.assert_allclose(numbers["trainings"][1]["mean_response"], FLAT / 2)
    with Image.open(picture) as image:
        assert image.size[0] == 750  # two trainings and the targets
