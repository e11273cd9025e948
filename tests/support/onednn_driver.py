"""What depends on TensorFlow's kernels, in a process of its own: they are chosen as it starts.

python -m tests.support.onednn_driver FOLDER: compares the TFLite files with their network, then
trains a small network that dilates for a step and exits as the training does.
"""

import json
import sys
from pathlib import Path

import run_tracker_training
from src.base.errors import run_script
from src.network.siamese import build_network
from tests.support.parameter_files import load_design
from tests.support.small_pysot import SMALL_RESNET
from tests.support.small_records import prepare_films
from tests.support.tflite_networks import (
    SMALL_LITE,
    assert_both_files_compute_what_the_network_does,
)

CHANGES = SMALL_RESNET | {"batch_size": 2, "num_epochs": None, "num_steps": 1}


def arguments(folder: Path) -> list[str]:
    """A training of one step."""
    design = {f"design.{key}": json.dumps(value) for key, value in CHANGES.items()}
    values = design | {
        "design.initial_weights": "",
        "design.saver_folder": folder / "output",
        "environment.tfrecord_path": folder / "records",
        "environment.pair_list": folder / "pairs.csv",
        "run.track_every": 0,
    }
    files = ["--design", "design_siamrpn_pp.json", "--hyperparams", "hyperparams_siamrpn_pp.json"]
    return files + [part for key, value in values.items() for part in ("--set", f"{key}={value}")]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    design = load_design("design_efficientnet_lite0", **SMALL_LITE)
    assert_both_files_compute_what_the_network_does(build_network(design, 3), design, 5, folder)
    print("the files agree")
    prepare_films(folder, load_design("design_siamrpn_pp", **CHANGES))
    sys.exit(run_script(run_tracker_training.main, arguments(folder)))
