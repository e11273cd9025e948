import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from src.base.errors import UserError
from src.network.siamese import build_network
from src.parameters.design import Design
from src.parameters.design_checks import PER_LAYER
from src.weights.checkpoints import (
    SETTINGS_FILE,
    Checkpoints,
    compare_settings,
    find_checkpoint,
    network_settings,
    restore_network,
)
from tests.support.full_disk import files_up_to
from tests.support.parameter_files import TINY, load_design
from tests.support.places import GOLDEN

STORED_TRACKS = GOLDEN / "checkpoint"
SMALLEST = TINY | {"filter_num": [2, 2, 2, 2, 2]}


def design_in(folder, **changes):
    return load_design(**(SMALLEST | {"saver_folder": str(folder)} | changes))


def checkpoints_in(folder, network, step=None, **settings):
    design = design_in(folder)
    settings = {"design": network_settings(design) | settings}
    step = step if step is not None else tf.Variable(0)
    return Checkpoints(design, 2, settings, {"network": network}, network=network, step=step)


def randomise(network, seed=3):
    rng = np.random.default_rng(seed)
    for weight in network.weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))


def assert_same_weights(one, other):
    for a, b in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)


def test_everything_comes_back(tmp_path):
    network, step = build_network(design_in(tmp_path), 1), tf.Variable(7)
    randomise(network)
    checkpoints_in(tmp_path, network, step).save(7)
    other, other_step = build_network(design_in(tmp_path), 2), tf.Variable(0)
    assert checkpoints_in(tmp_path, other, other_step).restore()
    assert int(other_step) == 7
    assert_same_weights(network, other)
    for_tracking = build_network(design_in(tmp_path), 3)
    restore_network(
        for_tracking, design_in(tmp_path), find_checkpoint(design_in(tmp_path), "newest")
    )
    assert_same_weights(network, for_tracking)


def test_nothing_is_found_before_the_first_save(tmp_path):
    network = build_network(design_in(tmp_path), 1)
    assert not checkpoints_in(tmp_path / "new", network).restore()
    assert find_checkpoint(design_in(tmp_path / "new"), "best") is None
    assert not (tmp_path / "new").exists()


def test_best_falls_back_to_newest(tmp_path):
    network = build_network(design_in(tmp_path), 1)
    checkpoints = checkpoints_in(tmp_path, network)
    checkpoints.save(5)
    assert find_checkpoint(design_in(tmp_path), "best").name == "saver-test-5"
    checkpoints.save_best(3)
    assert find_checkpoint(design_in(tmp_path), "best") == tmp_path / "best" / "saver-test-3"
    assert find_checkpoint(design_in(tmp_path), "newest").name == "saver-test-5"


def test_a_checkpoint_that_finds_no_room_leaves_the_last_one_whole(tmp_path):
    network, step = build_network(design_in(tmp_path), 1), tf.Variable(1)
    checkpoints = checkpoints_in(tmp_path, network, step)
    with files_up_to(1000), pytest.raises(UserError, match=r"step 1 .*; there is none yet: run"):
        checkpoints.save(1)
    checkpoints.save(1)
    files = sorted(path.name for path in tmp_path.rglob("*"))
    first = [weight.numpy() for weight in network.weights]
    randomise(network)
    with files_up_to(1000), pytest.raises(UserError) as told:
        checkpoints.save(2)
    assert str(told.value) == (
        f"{tmp_path} (design.saver_folder): the checkpoint of step 2 cannot be written (File too "
        "large); the last one, saver-test-1, is whole: run the same command again when this is "
        "mended"
    )
    with files_up_to(1000), pytest.raises(UserError, match=r"step 2 .*the last one, saver-test-1"):
        checkpoints.save_best(2)
    (tmp_path / "best").rmdir()
    assert sorted(path.name for path in tmp_path.rglob("*")) == files
    assert checkpoints_in(tmp_path, network, step).restore()
    for weight, value in zip(network.weights, first, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_a_checkpoint_that_its_folder_cannot_name_is_removed(tmp_path):
    checkpoints = checkpoints_in(tmp_path, build_network(design_in(tmp_path), 1))
    # in the way of the file that TensorFlow writes last
    (tmp_path / "checkpoint").mkdir()
    with pytest.raises(UserError, match="the checkpoint of step 1 cannot be written"):
        checkpoints.save(1)
    assert not list(tmp_path.glob("saver-test-*"))


def test_another_training_is_not_overwritten(tmp_path):
    network = build_network(design_in(tmp_path), 1)
    checkpoints_in(tmp_path, network, batch_size=3, num_epochs=5).save(1)
    with pytest.raises(UserError, match=r"other settings \(design\.batch_size 3, now 4\); name"):
        checkpoints_in(tmp_path, network, batch_size=4, num_epochs=6)


def test_a_training_of_another_length_is_the_same_training(tmp_path):
    network = build_network(design_in(tmp_path), 1)
    assert checkpoints_in(tmp_path, network).stored is None
    checkpoints_in(tmp_path, network, num_epochs=3, num_steps=None).save(1)
    longer = checkpoints_in(tmp_path, network, num_epochs=None, num_steps=40)
    assert longer.restore()
    assert (longer.stored["design"]["num_epochs"], longer.stored["design"]["num_steps"]) == (
        3,
        None,
    )
    longer.save(2)
    assert json.loads((tmp_path / SETTINGS_FILE).read_text())["design"]["num_steps"] == 40


def with_learning(folder, network, **learning):
    settings = {"design": {}, "hyperparams": learning}
    return Checkpoints(design_in(folder), 2, settings, {"network": network}, network=network)


def test_a_learning_key_that_is_younger_than_the_training_counts_as_its_default(tmp_path):
    network = build_network(design_in(tmp_path), 1)
    with_learning(tmp_path, network, lr=0.5).save(1)
    assert with_learning(tmp_path, network, lr=0.5, blur_share=0.0, negative_share=0.0).restore()
    with pytest.raises(UserError, match=r"hyperparams\.negative_share 0\.0, now 0\.3"):
        with_learning(tmp_path, network, lr=0.5, negative_share=0.3)
    with pytest.raises(UserError, match=r"hyperparams\.lr 0\.5, now 0\.01"):
        with_learning(tmp_path, network, lr=0.01)


def test_a_checkpoint_of_another_design_is_refused(tmp_path):
    network = build_network(design_in(tmp_path), 1)
    checkpoints_in(tmp_path, network).save(1)
    other = design_in(tmp_path, filter_num=[2, 2, 2, 2, 4])
    with pytest.raises(UserError, match=r"filter_num \[2, 2, 2, 2, 2\], now \[2, 2, 2, 2, 4\]"):
        restore_network(build_network(other, 1), other, find_checkpoint(other, "best"))


@pytest.mark.parametrize(
    ("named", "ways"),
    [
        ({"weights": "", "net": ""}, ""),
        ({"weights": "my.npz", "net": ""}, "; evaluation.weights=released takes my.npz"),
        ({"weights": "", "net": "old.mat"}, "; evaluation.weights=net takes old.mat"),
        (
            {"weights": "my.npz", "net": "old.mat"},
            "; evaluation.weights=released takes my.npz; evaluation.weights=net takes old.mat",
        ),
    ],
)
def test_weights_that_another_design_has_besides_are_named(tmp_path, named, ways):
    checkpoints_in(tmp_path, build_network(design_in(tmp_path), 1)).save(1)
    other = design_in(tmp_path, exemplar_margin=8, **named)
    with pytest.raises(UserError) as told:
        restore_network(build_network(other, 1), other, find_checkpoint(other, "best"))
    assert str(told.value) == (
        f"{tmp_path} (design.saver_folder): belongs to other settings (design.exemplar_margin 0, "
        f"now 8); name another place or use that design{ways}"
    )


@pytest.mark.parametrize("damage", ["data", "index", "settings", "no settings"])
def test_damage_is_told(tmp_path, damage):
    network = build_network(design_in(tmp_path), 1)
    checkpoints_in(tmp_path, network).save(1)
    if damage == "data":
        path = next(tmp_path.glob("*.data*"))
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "index":
        next(tmp_path.glob("*.index")).write_bytes(b"x")
    elif damage == "settings":
        (tmp_path / SETTINGS_FILE).write_text("{")
    else:
        (tmp_path / SETTINGS_FILE).unlink()
    design = design_in(tmp_path)
    with pytest.raises(UserError, match=r"damaged|cannot be read"):
        restore_network(network, design, find_checkpoint(design, "best"))


def test_a_stored_checkpoint_can_still_be_read(tmp_path):
    # renaming an attribute of the network would break every user's checkpoints
    shutil.copytree(STORED_TRACKS, tmp_path / "kept")
    design = design_in(tmp_path / "kept")
    network, expected = build_network(design, 1), build_network(design, 1)
    randomise(expected, seed=11)
    restore_network(network, design, find_checkpoint(design, "best"))
    assert_same_weights(network, expected)
    stored = json.loads((STORED_TRACKS / SETTINGS_FILE).read_text())["design"]
    younger = {"exemplar_margin": 0, "template_cells": None, "neck_channels": None}
    younger |= {"anchor_scales": [8.0], "anchor_ratios": [0.33, 0.5, 1.0, 2.0, 3.0]}
    younger |= {"box_coding": "anchors", "head_channels": 96, "cosine_cells": 5}
    assert younger | stored == network_settings(design)
    with_margin = design_in(tmp_path / "kept", exemplar_margin=8)
    with pytest.raises(UserError, match=r"other settings \(design\.exemplar_margin 0, now 8"):
        restore_network(network, with_margin, find_checkpoint(with_margin, "best"))


@pytest.mark.parametrize("name", ["design", "design_alexnet_v1", "design_efficientnet_lite0"])
def test_what_is_a_default_need_not_be_stored(name):
    ours = network_settings(load_design(name))
    defaults = {
        key: list(info.default) if isinstance(info.default, tuple) else info.default
        for key, info in Design.model_fields.items()
        if not info.is_required()
    }
    theirs = {
        key: value for key, value in ours.items() if key not in defaults or value != defaults[key]
    }
    assert len(theirs) < len(ours)
    compare_settings("there", {"design": theirs}, {"design": ours})
    for key in ours:
        with pytest.raises(UserError, match=rf"there: belongs to other settings \(design\.{key} "):
            compare_settings("there", {"design": theirs}, {"design": ours | {key: "another"}})


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("design", {*PER_LAYER}),
        ("design_efficientnet_lite0", {"levels", "tot_stride"}),
        ("design_siamrpn_pp", {"levels", "stage_blocks", "stem_filters"}),
    ],
)
def test_weights_belong_to_these_keys_and_no_others(name, own):
    shared = {
        *("method", "backbone", "join_method", "exemplar_sz", "exemplar_margin", "template_cells"),
        *("search_sz", "context", "channel", "bn_epsilon", "score_scaling", "score_gain"),
        *("neck_channels", "anchor_scales", "anchor_ratios", "box_coding", "head_channels"),
        "cosine_cells",
    }
    assert set(network_settings(load_design(name))) == shared | own


def test_weights_belong_to_the_keys_of_their_backbone():
    alexnet, lite = (
        network_settings(load_design(name)) for name in ("design", "design_efficientnet_lite0")
    )
    assert lite["levels"] == [10]
    assert "levels" not in alexnet
    assert alexnet["filter_w"] == [11, 5, 3, 3, 3]
    assert "filter_w" not in lite
    for settings in (alexnet, lite):
        assert settings == json.loads(json.dumps(settings))
