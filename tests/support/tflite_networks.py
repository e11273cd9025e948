"""Whether TFLite files compute what the network does that they were written of."""

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from src.parameters.network_arithmetic import exemplar_crop_sz, score_sz, template_sz
from src.serving.tflite import write_tflite

SMALL_LITE = {
    "exemplar_sz": 33,
    "exemplar_margin": 16,
    "template_cells": 3,
    "search_sz": 97,
    "tot_stride": 16,
    "score_sz": 5,
    "levels": [6, 8],
}


def assert_both_files_compute_what_the_network_does(network, design, scale_num, folder):
    """Writes them into an empty folder; the weights that start as 0 or 1 are changed."""
    rng = np.random.default_rng(0)
    for weight in network.weights:  # fresh statistics and gains are 0 and 1, which hides mistakes
        if len(weight.shape) < 2:
            weight.assign(weight + rng.uniform(0.1, 0.3, weight.shape))
    functions = write_tflite(network, design, scale_num, folder)
    assert set(functions) == {"template", "search"}
    assert {path.name for path in folder.iterdir()} == {"template.tflite", "search.tflite"}

    crop_sz = exemplar_crop_sz(design)
    exemplar = rng.uniform(0, 255, (1, crop_sz, crop_sz, 3)).astype(np.float32)
    side = design.search_sz
    search = rng.uniform(0, 255, (scale_num, side, side, 3)).astype(np.float32)
    levels = network.embed_template(exemplar, training=False)
    repeated = tuple(tf.repeat(level, scale_num, axis=0) for level in levels)
    embedded = network.embed_search(search, training=False)
    expected = network.compare(repeated, embedded, training=False)

    template = _runner(folder / "template.tflite")(exemplar=exemplar)
    assert set(template) == {f"template_{place}" for place in range(len(levels))}
    for place, values in enumerate(levels):
        level = template[f"template_{place}"]
        assert level.shape[1:3] == (template_sz(design), template_sz(design))
        _close(level, values.numpy())
    found = _runner(folder / "search.tflite")(search=search, **template)
    assert set(found) == set(expected)
    for key, values in expected.items():
        cells = 2 * score_sz(design) - 1 if key == "cosine_1" else score_sz(design)
        assert found[key].shape[:3] == (scale_num, cells, cells)
        _close(found[key], values.numpy().reshape(found[key].shape))


def _runner(path):
    return Interpreter(model_path=str(path)).get_signature_runner()


def _close(values, expected):
    """Equal but for rounding.

    Errors of ten layers of sums of some hundreds of terms, each of them 2**-24 of the largest value
    or less, come to 10 * sqrt(300) * 2**-24. Where values are far larger than what they differ by
    (cosines before they were trained), this would hide the differences: there it is a thousandth of
    the spread, and what the last sum of about a thousand terms rounds by: sqrt(1000) / 2 spacings.
    """
    largest, spread = np.abs(expected).max(), np.ptp(expected)
    bound = min(1e-5 * largest, 1e-3 * spread + 16 * np.spacing(largest))
    assert np.abs(values - expected).max() <= bound
