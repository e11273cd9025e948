"""The command: a picture with its numbers, or one sentence that says what is wrong."""

import json

import pytest
from PIL import Image

from src.centre_bias import main
from src.errors import UserError


def refused(*arguments):
    with pytest.raises(UserError) as caught:
        main([str(argument) for argument in arguments])
    return str(caught.value)


def test_the_command_trains_and_draws(tmp_path, run_here):
    out = tmp_path / "new" / "bias.png"
    done = run_here("src.centre_bias", "--out", out, "--steps", 2, "--clips", 12, "--shifts", 48)
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert first.startswith("shift 48 px: ")
    assert last == f"Centre bias: {out}, {out.with_suffix('.json')}"
    numbers = json.loads(out.with_suffix(".json").read_text())
    assert (numbers["steps"], numbers["clips"], numbers["seed"]) == (2, 12, 1)
    assert f"{numbers['trainings'][0]['found']:.1%} of the targets found" in first
    assert 0.05 < numbers["targets_in_centre"] < 0.4
    with Image.open(out) as picture:
        assert picture.format == "PNG"
    assert len(list(out.parent.iterdir())) == 2


def test_nothing_is_overwritten(tmp_path):
    for name in ("bias.png", "bias.json"):
        path = tmp_path / name
        path.write_bytes(b"kept")
        assert f"{name}: exists already" in refused("--out", tmp_path / "bias.png")
        assert path.read_bytes() == b"kept"
        path.unlink()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--steps", 0], "--steps 0: should be 1 to 100000"),
        (["--clips", 11], "--clips 11: should be 12 to 5000"),
        (["--seed", -1], "--seed -1: should be 0 to 10000"),
        (["--shifts", 0, 49], "--shifts 49: should be 0 to 48 crop pixels"),
        (["--shifts", 16, 0, 16], "--shifts names a shift twice"),
    ],
)
def test_options_are_checked(tmp_path, arguments, sentence):
    out = tmp_path / "bias.png"
    assert sentence in refused("--out", out, *arguments)
    assert not out.exists()


def test_the_picture_is_named_and_a_png(tmp_path):
    assert "--out is missing" in refused()
    assert "ends in .png is right" in refused("--out", tmp_path / "bias.jpg")
