import numpy as np
import pytest
import tensorflow as tf

from src.network.heads import HEADS
from src.network.heads.correlation import CorrelationHead
from src.serving.tflite import COMPARISONS, compare_one, correlate_one, cosine_one
from tests.support.parameter_files import load_design


def levels(seed, batch, size, channels):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=(batch, size, size, c)).astype(np.float32) for c in channels)


def trained_head(seed, **changes):
    """A head whose scaling holds random numbers, as after a training."""
    head = CorrelationHead(load_design("design_alexnet_v1", score_gain=0.5, **changes))
    head(levels(0, 1, 3, (4,)), levels(0, 1, 5, (4,)), training=False)
    rng = np.random.default_rng(seed)
    for weight in head.weights:
        weight.assign(rng.uniform(0.5, 2, weight.shape))
    return head


def test_every_join_method_has_its_single_form():
    assert set(COMPARISONS) == set(HEADS)


@pytest.mark.parametrize("join_method", ["xcorr", "cosine"])
@pytest.mark.parametrize("score_scaling", ["batch_norm", "gain_bias"])
@pytest.mark.parametrize(("areas", "channels"), [(1, (4,)), (3, (16,)), (5, (2, 3, 5))])
def test_one_template_scores_as_in_the_head(join_method, score_scaling, areas, channels):
    head = trained_head(areas, join_method=join_method, score_scaling=score_scaling)
    template, search = levels(1, 1, 5, channels), levels(2, areas, 11, channels)
    repeated = tuple(tf.repeat(level, areas, axis=0) for level in template)
    expected = head(repeated, search, training=False)["score"][..., 0]
    score = compare_one(head, join_method, template, search)["score"]
    assert score.shape == (areas, 7, 7)
    np.testing.assert_allclose(score, expected, rtol=1e-5, atol=1e-5)


def test_products_are_summed_over_window_and_channels():
    (template,), (search,) = levels(3, 1, 3, (4,)), levels(4, 2, 6, (4,))
    plain = correlate_one(template, search).numpy()
    cosine = cosine_one(template, search).numpy()
    for area in range(2):
        for i in range(4):
            for j in range(4):
                window = search[area, i : i + 3, j : j + 3]
                product = float((window * template[0]).sum())
                norms = float(np.linalg.norm(window) * np.linalg.norm(template))
                assert plain[area, i, j, 0] == pytest.approx(product, abs=1e-4)
                assert cosine[area, i, j, 0] == pytest.approx(product / norms, abs=1e-5)


def test_the_cosine_of_nothing_is_zero():
    (template,), (search,) = levels(5, 1, 3, (4,)), levels(6, 2, 6, (4,))
    np.testing.assert_array_equal(cosine_one(np.zeros_like(template), search), 0)
    np.testing.assert_array_equal(cosine_one(template, np.zeros_like(search)), 0)
