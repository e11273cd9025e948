import json

import numpy as np
import pytest
import tensorflow as tf

from src.network.siamese import build_network
from src.parameters.parse_arguments import parse_arguments
from src.runtime.exports import SHIPPED, read_export
from src.runtime.interpreters import Graphs
from src.runtime.light_tracker import LightTracker
from src.serving.calibration_crops import crops_of_videos
from src.serving.light_network import traced
from src.serving.light_tracker import LightFunctions, areas_of, write_light
from src.serving.split_network import SplitNetwork
from src.tracking.loading import load_tracker, make_tracker
from tests.support.embedded_clips import clip_of
from tests.support.light_exports import exported_and_read, write_export
from tests.support.parameter_files import TINY, load_design, load_hyperparams

CLIP = "test_000_occlusion_distractor"
BOX = np.array([40.0, 30.0, 30.0, 20.0], np.float32)


@pytest.fixture(scope="module")
def recommended():
    """The released tracker, its weights as variables, and its parameters."""
    parameters = parse_arguments(["--model", "siamfc_online_lite0"])
    hp, _, _, env, design = parameters
    return load_tracker(hp, env, design, "released", constant_weights=False)[0], parameters


@pytest.fixture(scope="module")
def exported(recommended, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    write_export(recommended[0], folder, "float16")
    return folder


def tiny_tracker(**changes):
    design = load_design(**TINY, filter_groups=[1, 2, 1, 2, 2])
    return make_tracker(build_network(design, 2), design, load_hyperparams(**changes))


def random_frames():
    rng = np.random.default_rng(1)
    sizes = ((90, 120), (91, 133), (60, 200), (90, 120))
    return [rng.integers(0, 256, (*size, 3)).astype(np.uint8) for size in sizes]


def boxes_of(tracker, frames, box_ltwh):
    tracker.init(frames[0], box_ltwh)
    return np.array([tracker.update(frame).box_ltwh for frame in frames[1:]])


def test_on_a_clip_its_boxes_are_those_of_tensorflow(recommended, tmp_path):
    frames, box_ltwh = clip_of(CLIP, 12)
    light = exported_and_read(recommended[0], tmp_path)
    expected = boxes_of(recommended[0], frames, box_ltwh)
    np.testing.assert_allclose(boxes_of(light, frames, box_ltwh), expected, atol=0.05)


def test_what_is_shipped_is_what_the_command_makes(exported):
    """Of the released weights; to float16, for another TensorFlow may order its sums otherwise."""
    shipped, made = read_export(SHIPPED).told, read_export(exported).told
    for key in ("format", "quantise", "sizes", "stride", "scales", "design", "hyperparams"):
        assert shipped[key] == made[key], "the command of docs/programs.md writes it anew"
    lights = [LightTracker(read_export(folder), 1) for folder in (SHIPPED, exported)]
    assert shipped["functions"] == made["functions"]
    frames, box_ltwh = clip_of(CLIP, 4)
    boxes = [boxes_of(light, frames, box_ltwh) for light in lights]
    np.testing.assert_allclose(*boxes, atol=0.05)


def test_a_rolling_template_is_embedded_anew_where_it_is_not_cut_out(tmp_path):
    tracker = tiny_tracker(z_lr=0.25)
    light = exported_and_read(tracker, tmp_path)
    assert "tracker.refresh" in json.loads((tmp_path / "export.json").read_text())["functions"]
    frames = random_frames()
    expected = boxes_of(tracker, frames, BOX)
    np.testing.assert_allclose(boxes_of(light, frames, BOX), expected, atol=1e-2)


def test_a_lost_target_is_searched_for_in_a_wider_area(tmp_path):
    # nothing is ever sure, so the target is lost from the first update on
    changes = {"confidence": (-9.0, 0.0, 0.0), "lost_below": 0.5, "found_above": 0.9}
    tracker = tiny_tracker(lost_search_growth=1.5, **changes)
    light, frames = exported_and_read(tracker, tmp_path), random_frames()
    for one in (tracker, light):
        one.init(frames[0], BOX)
    sides = []
    for frame in frames[1:]:
        expected, found = tracker.update(frame), light.update(frame)
        assert found.lost and expected.lost
        np.testing.assert_allclose(found.search_box_ltwh, expected.search_box_ltwh, atol=1e-2)
        sides.append(found.search_box_ltwh[2])
    assert sides[1] > 1.3 * sides[0]


def test_integers_are_nearly_as_good(recommended, tmp_path):
    tracker, parameters = recommended
    samples = crops_of_videos(parameters, tracker.graph)
    names = [name for name, _ in samples()]
    assert set(names) == {"exemplar", "search", "views"}
    write_export(tracker, tmp_path, "int8", samples)
    export = read_export(tmp_path)
    # a quarter of the bytes of 700,000 weights, twice: for exemplars and, in one batch or several,
    # for search areas; of 720,000 of the head; and the graphs of all
    assert len(export.network) < 2_500_000
    assert export.weights.endswith("by LiteRT in int8")
    frames, box_ltwh = clip_of(CLIP, 8)
    expected = boxes_of(tracker, frames, box_ltwh)
    found = boxes_of(LightTracker(export, 1), frames, box_ltwh)
    np.testing.assert_allclose(found, expected, atol=4)


def test_areas_are_those_that_are_cut_out(recommended):
    graph = recommended[0].graph
    areas = areas_of(graph, np.float32([[25, 40]]), np.float32([[30, 40]]))
    side = np.sqrt(65 * 75) * 257 / 127
    np.testing.assert_allclose(areas["area_search"], [[25, 40, side]], rtol=1e-5)
    assert areas["area_exemplar"].shape == (3, 3) and "area_wide" not in areas


def test_functions_have_names(recommended):
    functions = LightFunctions(recommended[0])
    assert list(functions.network) == ["exemplar", "search", "head_search", "views"]
    assert list(functions.tracker) == [
        "start",
        "products_search",
        "views",
        "begin",
        "update_search",
    ]


def test_an_update_gives_only_what_it_changes_of_a_state(recommended):
    functions = LightFunctions(recommended[0])
    first = {name for name in functions.tracker["begin"].structured_outputs if "state" in name}
    told = functions.tracker["update_search"].structured_outputs
    changed = {name for name in first if name in told}
    # of the template two levels, which roll; centre, size, evidence, and whether it is lost; of the
    # filter taps, age, and features, labels and weights of the samples
    assert len(changed) == 6 + 5 and {"state_centre_frame", "state_lost"} < changed
    found = {name for name in told if not name.startswith(("state_", "area_"))}
    # the filter's own response is for pictures
    assert found == {
        *("box_ltwh", "score", "response", "search_box_ltwh", "confidence", "lost", "evidence"),
    }
    # templates of three scales, of two levels each, and what two branches make of one
    assert sum("template" in name for name in first - changed) == 3 * 2 + 2


def test_a_split_network_says_what_it_was_told(recommended):
    network = recommended[0].network
    split = SplitNetwork(network)
    levels = (tf.random.stateless_normal([1, 7, 7, 112], [1, 2]),)
    search = (tf.random.stateless_normal([1, 17, 17, 112], [3, 4]),)
    cosine = tf.random.stateless_uniform([1, 17, 17, 1], [5, 6])
    split.prepared = network.prepare(levels)
    products = network.head.products(split.prepared, network.head.seen(search))
    split.said = network.head.judged(products)
    assert split.prepare(None) is split.prepared
    expected = network.compare_prepared(split.prepared, search, cosine)
    found = split.compare_prepared(None, None, cosine)
    for key in ("cls", "loc"):
        np.testing.assert_array_equal(found[key], expected[key])


def test_a_weight_is_written_once(tmp_path):
    tracker = tiny_tracker()
    write_light(tracker, tmp_path, "none")
    n_weights = sum(int(np.prod(weight.shape)) for weight in tracker.network.weights)
    content = (tmp_path / "network.tflite").read_bytes()
    assert len(content) < 4 * n_weights * 1.5 + 50_000
    assert Graphs(content, 1).names == ("exemplar", "search")


def test_a_traced_function_takes_and_gives_names():
    double = traced(lambda x: {"twice": 2 * x}, {"x": tf.TensorSpec([2])})
    assert double(x=tf.constant([1.0, 2.0]))["twice"].numpy().tolist() == [2, 4]
