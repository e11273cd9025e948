"""Blends the weights that an evaluation would take with those that their training started from.

python -m src.blend_weights --share S --out FILE.npz [--set ...]

Every weight becomes S times the trained one + (1 - S) times that of design.initial_weights. So a
network learns to tell the targets of a few videos apart without forgetting all others (Wortsman
et al., Robust fine-tuning of zero-shot models, CVPR 2022).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from src.errors import UserError, run_script
from src.parse_arguments import parse_arguments


def main(argv: Sequence[str]) -> None:
    """Reads both, blends and writes."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--share", type=float)
    parser.add_argument("--out", type=Path)
    options, rest = parser.parse_known_args(argv)
    _, evaluation, _, env, design = parse_arguments(rest, description=__doc__)
    if options.share is None or options.out is None:
        raise UserError("--share S and --out FILE.npz are needed")
    if not 0 <= options.share <= 1:
        raise UserError(f"--share {options.share}: must be 0 to 1, the trained weights' share")
    if options.out.exists():
        raise UserError(f"{options.out} exists; choose another --out or remove it")
    if not design.initial_weights:
        raise UserError("design.initial_weights: names no file to blend with")
    from src.devices import use_devices

    use_devices(())
    from src.released_weights import load_initial, save_released
    from src.siamese import build_network
    from src.weights import load_weights

    network, initial = build_network(design, seed=0), build_network(design, seed=0)
    description = load_weights(network, env, design, evaluation.weights)
    load_initial(initial, design)
    for weight, started in zip(network.weights, initial.weights, strict=True):
        weight.assign(options.share * weight + (1 - options.share) * started)
    save_released(network, design, options.out)
    print(f"Trained: {description}\nInitial: {design.initial_weights}\nWeights: {options.out}")


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
