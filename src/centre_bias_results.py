"""What the centre-bias experiment writes: lines, a picture and its numbers as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from src.atomic import atomic_write_text
from src.centre_bias_measures import CENTRE, Bias, centre_share
from src.centre_bias_picture import write_heat_maps
from src.centre_bias_setup import DESIGN


def numbers_path(picture: Path) -> Path:
    """The JSON file beside a picture."""
    return picture.with_suffix(".json")


def told(bias: Bias) -> str:
    """The measures of one network in a line."""
    return (
        f"{bias.found:.1%} of the targets found, {bias.centre_share:.1%} of the mean response and "
        f"{bias.peaks_in_centre:.1%} of the peaks in the centre"
    )


def write_results(
    picture: Path, settings: Mapping[str, int], biases: Mapping[int, Bias], targets: np.ndarray
) -> None:
    """Writes the numbers, then the picture; each whole or not at all.

    Args:
        picture: A PNG file.
        settings: What else the numbers depend on, by name.
        biases: By the largest shift of the training, crop pixels.
        targets: float [n, n], the mean response of a network that knows the targets.
    """
    numbers = _numbers(settings, biases, targets)
    atomic_write_text(numbers_path(picture), json.dumps(numbers, indent=1) + "\n")
    titles = [f"trained with shift {shift} px" for shift in biases]
    measured = [(bias.found, bias.centre_share) for bias in biases.values()]
    captions = [
        f"targets found: {found:.0%}\nresponse in the centre: {centred:.0%}"
        for found, centred in [*measured, (1, centre_share(targets, DESIGN.tot_stride))]
    ]
    write_heat_maps(
        picture,
        [*titles, "the truth"],
        captions,
        np.stack([*(bias.mean_response for bias in biases.values()), targets]),
        DESIGN.tot_stride,
    )


def _numbers(
    settings: Mapping[str, int], biases: Mapping[int, Bias], targets: np.ndarray
) -> dict[str, object]:
    """All numbers as JSON has them."""
    trainings = [
        {
            "shift": shift,
            "found": bias.found,
            "centre_share": bias.centre_share,
            "peaks_in_centre": bias.peaks_in_centre,
            "mean_response": np.round(bias.mean_response, 5).tolist(),
        }
        for shift, bias in biases.items()
    ]
    return {
        **settings,
        "stride": DESIGN.tot_stride,
        "centre_reach": CENTRE,
        "targets_in_centre": centre_share(targets, DESIGN.tot_stride),
        "trainings": trainings,
        "true_mean_response": np.round(targets, 5).tolist(),
    }
