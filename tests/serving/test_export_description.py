import hashlib
import json

import numpy as np
import pytest
import tensorflow as tf

from src.serving.saved_model import describe_export
from tests.support.parameter_files import load_design, load_hyperparams

SCALES = np.array([0.96, 1.0, 1.04])


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """The description of a folder with two files, and the folder."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "inner").mkdir()
    (folder / "inner" / "b.bin").write_bytes(b"b")
    (folder / "a.bin").write_bytes(b"a")
    design = load_design(
        "design_efficientnet_lite0", saver_folder="/home/me/output", weights="/home/me/mine.npz"
    )
    double = tf.function(lambda frame, shift: {"twice": 2 * frame + shift}).get_concrete_function(
        tf.TensorSpec([None, 3], tf.float32, "frame"), shift=tf.TensorSpec([], tf.float32, "shift")
    )
    hp = load_hyperparams("hyperparams_efficientnet_lite0")
    told = describe_export(
        folder, design, hp, SCALES, "released weights w.npz, 01", {"double": double}
    )
    return json.loads(json.dumps(told))


def test_sizes_and_scales_are_resolved(described):
    assert described["sizes"] == {
        "exemplar_crop": 127 + 2 * 33,
        "search": 257,
        "template": 5,
        "score": 13,
        "response": 16 * 12 + 1,
    }
    assert described["stride"] == 16
    assert described["scales"] == SCALES.tolist()


def test_the_trackers_parameters_are_told_and_no_others(described):
    assert described["hyperparams"]["window_influence"] == 0.2631
    assert "anchors" not in described
    assert "lr" not in described["hyperparams"]
    for key, value in (("windowing", "cosine"), ("context", 0.5), ("pad_with_image_mean", True)):
        assert described["design"][key] == value
    assert described["weights"] == "released weights w.npz, 01"
    assert "/home" not in json.dumps(described)


def test_functions_and_files_are_told(described):
    assert described["functions"] == {
        "double": {
            "inputs": {
                "frame": {"dtype": "float32", "shape": [None, 3]},
                "shift": {"dtype": "float32", "shape": []},
            },
            "outputs": {"twice": {"dtype": "float32", "shape": [None, 3]}},
        }
    }
    assert described["sha256"] == {
        "a.bin": hashlib.sha256(b"a").hexdigest(),
        "inner/b.bin": hashlib.sha256(b"b").hexdigest(),
    }
    assert described["versions"]["tensorflow"] == tf.__version__


def test_the_unit_of_distances_is_told(tmp_path):
    hp = load_hyperparams("hyperparams_siamrpn_lite0")
    told = describe_export(tmp_path, load_design("design_siamrpn_lite0"), hp, SCALES[1:2], "w", {})
    assert told["distance_unit"] == 127 / 4  # half of a square target in its context
    assert "anchors" not in told
    assert told["hyperparams"]["cosine_share"] == hp.cosine_share


def test_anchors_are_told_in_the_order_of_the_channels(tmp_path):
    design, hp = load_design("design_siamrpn"), load_hyperparams("hyperparams_siamrpn")
    told = describe_export(tmp_path, design, hp, SCALES[1:2], "w", {})
    # pysot's, for a stride of 8 and a scale of 8: heights are 1/3, 1/2, 1, 2, 3 widths
    assert told["anchors"] == [[104, 32], [88, 40], [64, 64], [40, 80], [32, 96]]
    assert told["scales"] == [1.0] and told["sizes"]["response"] == 21
    assert told["design"]["crop_alignment"] == "pixel"
    assert told["hyperparams"]["penalty_k"] == hp.penalty_k
