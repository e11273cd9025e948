"""The centre-bias experiment: the command in small, and its measures against loops."""

import json

import numpy as np
import pytest
from PIL import Image

from experiments import centre_bias
from src.base.errors import UserError
from src.parameters.network_arithmetic import score_sz, total_stride
from src.records.store import SEARCH_ROOM, patch_pixels_per_crop_pixel

STRIDE, CELLS, CENTRE = centre_bias.STRIDE, centre_bias.CELLS, centre_bias.CENTRE


def test_the_command_trains_and_draws(tmp_path, run_here, monkeypatch):
    few = f"{centre_bias.SETTINGS} hyperparams.pairs_per_video=4"
    monkeypatch.setattr(centre_bias, "SETTINGS", few)
    out = tmp_path / "new" / "bias.png"
    done = run_here("experiments.centre_bias", "--out", out, "--steps", 2, "--shifts", 48)
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert last == f"Centre bias: {out}, {out.with_suffix('.json')}"
    numbers = json.loads(out.with_suffix(".json").read_text())
    assert list(numbers) == ["steps", "seed", "shift 48 px", "the truth"]
    assert (numbers["steps"], numbers["seed"]) == (2, 1)
    found = numbers["shift 48 px"]["targets_found"]
    assert first.startswith(f"shift 48 px: targets_found {found:.1%}, response_in_centre ")
    assert numbers["the truth"]["targets_found"] == 1
    with Image.open(out) as picture:
        assert picture.format == "PNG"
    assert len(list(out.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--out", "bias.jpg"], "--out bias.jpg: the name of a file that ends in .png is right"),
        (["--out", "b.png", "--steps", "0"], "--steps 0: should be 1 to 100000"),
        (["--out", "b.png", "--seed", "0"], "--seed 0: should be 1 to 10000"),
        (["--out", "b.png", "--shifts", "0", "49"], "--shifts [0, 49]: should be 0 to 48"),
    ],
)
def test_options_are_checked(arguments, sentence):
    with pytest.raises(UserError) as caught:
        centre_bias.main(arguments)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", ["bias.png", "bias.json"])
def test_nothing_is_overwritten(tmp_path, name):
    (tmp_path / name).write_bytes(b"kept")
    with pytest.raises(UserError, match=f"{name}: exists already"):
        centre_bias.main(["--out", str(tmp_path / "bias.png")])
    assert (tmp_path / name).read_bytes() == b"kept"


def test_help_names_the_options_with_their_usual_values(capsys):
    with pytest.raises(SystemExit):
        centre_bias.main(["--help"])
    told = capsys.readouterr().out
    for words in (
        "--out",
        "--shifts",
        "--steps",
        "--seed",
        "(default: [0, 16, 32])",
        "(default: 1)",
    ):
        assert words in told


def test_the_shift_alone_differs():
    (one, _, _, design), (other, _, _, same) = (
        centre_bias.parameters(f"hyperparams.search_shift={shift}") for shift in (0, 32)
    )
    assert {key for key, value in one if getattr(other, key) != value} == {"search_shift"}
    assert design == same
    assert centre_bias.REACH <= SEARCH_ROOM
    assert patch_pixels_per_crop_pixel(design).tolist() == [1, 1]
    assert (score_sz(design), total_stride(design)) == (CELLS, STRIDE)
    assert (CELLS - 1) // 2 * STRIDE == centre_bias.REACH


def place(row, column):
    """(x, y) of a cell from the middle, crop pixels."""
    return np.array([column - CELLS // 2, row - CELLS // 2]) * STRIDE


def test_a_loop_measures_the_same():
    rng = np.random.default_rng(1)
    response = rng.uniform(size=(40, CELLS, CELLS)).astype(np.float32)
    disp_crop = rng.uniform(-20, 20, (40, 2))
    found = peaks = 0
    inside = np.zeros(40)
    for pair, (one, target) in enumerate(zip(response, disp_crop, strict=True)):
        cells = [(one[r, c], r, c) for r in range(CELLS) for c in range(CELLS)]
        peak = place(*max(cells)[1:])
        found += sum((peak - target) ** 2) ** 0.5 <= STRIDE
        peaks += max(abs(peak)) <= CENTRE
        inside[pair] = sum(cell for cell, r, c in cells if max(abs(place(r, c))) <= CENTRE)
    bias = centre_bias.measure_bias(response, disp_crop)
    assert (bias["targets_found"], bias["peaks_in_centre"]) == (found / 40, peaks / 40)
    assert bias["response_in_centre"] == pytest.approx(inside.sum() / response.sum(), rel=1e-5)
    np.testing.assert_allclose(bias["mean_response"], response.mean(axis=0), rtol=1e-5)


def test_the_truth_lies_within_the_label_radius():
    disp_crop = np.random.default_rng(2).uniform(-50, 50, (4, 2))
    expected = [
        [[sum((place(r, c) - target) ** 2) ** 0.5 <= 8 for c in range(CELLS)] for r in range(CELLS)]
        for target in disp_crop
    ]
    np.testing.assert_array_equal(centre_bias.true_response(disp_crop), expected)


def test_each_map_is_a_share_of_its_highest_cell():
    cells = np.random.default_rng(3).uniform(0.1, 0.5, (CELLS, CELLS))
    bias = dict.fromkeys(centre_bias.SHARES, 0.25) | {"mean_response": cells}
    panel = centre_bias.heat_figure({"a": bias, "b": bias}).axes[0]
    (image,), (frame,) = panel.images, panel.get_lines()
    np.testing.assert_allclose(image.get_array(), cells / cells.max())
    assert tuple(image.get_extent()) == (-52, 52, 52, -52)  # rows downwards, as y is
    assert set(np.abs(frame.get_data()).ravel()) == {20}
    assert "targets found: 25%\nresponse in centre: 25%" in panel.get_xlabel()
