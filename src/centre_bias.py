"""Shows why a padded network must see targets beside the middle of the search area to learn them.

python -m src.centre_bias --out PICTURE.png [--shifts 0 16 32] [--steps N] [--clips N] [--seed N]

Zero padding tells a network where in the crop it looks. If the target is always in the middle, the
network learns the place instead of the target (SiamRPN++, section 3.1). For every shift a small
padded network is trained on the same generated pairs, their targets up to so many crop pixels from
the middle in x and in y; then its responses to other pairs, whose targets lie anywhere in the
search area, are averaged. PICTURE.png shows the means, PICTURE.json beside it holds the numbers.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from src.centre_bias_measures import Bias, mean_label, measure_bias
from src.centre_bias_results import numbers_path, told, write_results
from src.centre_bias_setup import DESIGN, LABEL_RADIUS, REACH
from src.errors import UserError, run_script

SHIFTS = (0, 16, 32)  # crop pixels, those of the paper

# option -> usual value, least, greatest, what it is
_COUNTS = {
    "steps": (900, 1, 100_000, "batches of 8 pairs that each network learns from"),
    "clips": (200, 12, 5_000, "clips that are generated, a quarter of them for the test"),
    "seed": (1, 0, 10_000, "seed of every random choice"),
}


def main(argv: Sequence[str]) -> None:
    """Reads the options, trains, tests, and writes picture and numbers.

    Raises:
        UserError: An option is wrong, or one of the files exists; then nothing is written.
    """
    options = _parser().parse_args(argv)
    _check(options)
    from src.devices import make_repeatable

    make_repeatable()
    with tempfile.TemporaryDirectory(prefix="centre-bias-") as folder:
        biases, targets = _train_and_test(options, Path(folder))
    settings = {name: getattr(options, name) for name in _COUNTS}
    write_results(options.out, settings, biases, targets)
    print(f"Centre bias: {options.out}, {numbers_path(options.out)}")


def _parser() -> argparse.ArgumentParser:
    """The options; what is wrong with them is told by `_check`."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, metavar="PICTURE.png", help="the picture to write")
    parser.add_argument(
        "--shifts",
        type=int,
        nargs="+",
        default=SHIFTS,
        metavar="N",
        help=f"largest shifts, crop pixels, 0 to {REACH} (default: 0 16 32)",
    )
    for name, (usual, _, _, what) in _COUNTS.items():
        text = f"{what} (default: {usual})"
        parser.add_argument(f"--{name}", type=int, default=usual, metavar="N", help=text)
    return parser


def _check(options: argparse.Namespace) -> None:
    """Refuses what cannot be done before anything is."""
    if options.out is None:
        raise UserError("--out is missing: name the picture that is to be written")
    if options.out.suffix != ".png":
        raise UserError(f"--out {options.out}: the name of a file that ends in .png is right")
    for path in (options.out, numbers_path(options.out)):
        if path.exists():
            raise UserError(f"{path}: exists already; name another --out or remove the file")
    for name, (_, low, high, _) in _COUNTS.items():
        if not low <= getattr(options, name) <= high:
            raise UserError(f"--{name} {getattr(options, name)}: should be {low} to {high}")
    for shift in options.shifts:
        if not 0 <= shift <= REACH:
            raise UserError(f"--shifts {shift}: should be 0 to {REACH} crop pixels")
    if len(set(options.shifts)) < len(options.shifts):
        raise UserError("--shifts names a shift twice: name each once")


def _train_and_test(
    options: argparse.Namespace, folder: Path
) -> tuple[dict[int, Bias], np.ndarray]:
    """The bias by shift, told as soon as it is known, and where the test's targets are."""
    from src.centre_bias_pairs import make_records
    from src.centre_bias_training import respond, train

    learned, tested = make_records(folder, options.clips, options.seed)
    biases = {}
    for shift in options.shifts:
        network = train(learned, shift, options.steps, options.seed)
        response, disp_crop = respond(network, tested, options.seed)
        biases[shift] = measure_bias(response, disp_crop, DESIGN.tot_stride)
        print(f"shift {shift} px: {told(biases[shift])}", flush=True)
    # the same for every shift
    return biases, mean_label(disp_crop, DESIGN.score_sz, DESIGN.tot_stride, LABEL_RADIUS)


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
