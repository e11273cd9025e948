"""The contrast loss on networks: what meets what, one graph, gradients, and that it is learnt."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.siamese import build_network
from src.training.contrast import compare_with_others, contrast_loss, make_contrast_targets
from src.training.train_step import batch_spec
from tests.support.contrast import TWO_SCALES, contrast_hyperparams
from tests.support.parameter_files import TINY, load_design
from tests.support.training_batches import batch_of

# nothing without influence but the bias of the scaling
BARE = TINY | {
    "filter_num": [4, 4, 4, 4, 4],
    "batch_norm": [False] * 5,
    "join_method": "cosine",
    "score_scaling": "gain_bias",
    "score_gain": 20.0,
}
NETWORKS = {
    "alexnet": load_design(**TINY),
    "two levels of a template in its surroundings": load_design(
        "design_efficientnet_lite0", levels=[3, 4], tot_stride=8, template_cells=9, score_sz=25
    ),
}


@pytest.fixture(scope="module", params=NETWORKS)
def compared(request):
    """A network, and a batch of noise in its sizes."""
    design = NETWORKS[request.param]
    hp = contrast_hyperparams(other_scales=TWO_SCALES)
    rng = np.random.default_rng(7)
    crops = {
        key: tf.constant(rng.uniform(0, 255, (3, *spec.shape[1:])), tf.float32)
        for key, spec in batch_spec(design, hp, None).items()
        if key in ("z", "z_scaled", "x")
    }
    return build_network(design, 1), crops


def test_every_exemplar_meets_its_search_crop_at_every_scale_and_all_others(compared):
    network, crops = compared
    found = compare_with_others(network, crops, training=False)
    exemplars = tf.concat([crops["z"][:, None], crops["z_scaled"]], axis=1)

    def alone(z, x):
        return network((z[None], x[None]), training=False)["score"].numpy()[0, ..., 0]

    cells = found["score"].shape[1]
    assert found["scaled"].shape == (3, 3, cells, cells)
    assert found["others"].shape == (3, 3, cells, cells)
    size = np.abs(found["scaled"]).max()
    for i in range(3):
        for k in range(3):
            expected = alone(exemplars[i, k], crops["x"][i])
            np.testing.assert_allclose(found["scaled"][i, k], expected, atol=1e-4 * size)
        for j in range(3):
            expected = alone(crops["z"][i], crops["x"][j])
            np.testing.assert_allclose(found["others"][i, j], expected, atol=1e-4 * size)
    assert np.ptp(found["scaled"], axis=1).max() > 1e-3 * size
    assert np.ptp(found["others"], axis=0).max() > 1e-3 * size


def test_the_score_is_what_a_tracker_would_see(compared):
    network, crops = compared
    score = compare_with_others(network, crops, training=False)["score"]
    expected = network((crops["z"], crops["x"]), training=False)["score"]
    assert score.shape == expected.shape
    np.testing.assert_allclose(score, expected, atol=1e-4 * np.abs(expected).max())


def test_in_training_a_pair_has_one_map_whichever_way_it_is_compared(compared):
    network, crops = compared
    found = compare_with_others(network, crops, training=True)
    size = np.abs(found["scaled"]).max()
    for i in range(3):
        np.testing.assert_allclose(found["others"][i, i], found["scaled"][i, 0], atol=1e-4 * size)


def test_batch_normalisation_of_the_scores_takes_all_maps_together():
    network = build_network(NETWORKS["alexnet"], 1)
    batch = batch_of(6, pairs=3, shift=16, other_scales=TWO_SCALES)
    found = compare_with_others(network, batch, training=True)
    scores = np.concatenate([np.ravel(found["scaled"]), np.ravel(found["others"])])
    assert abs(scores.mean()) < 1e-3
    assert abs(scores.std() - 1) < 0.01
    assert abs(np.mean(found["others"])) > 1e-3


@pytest.mark.parametrize("other_scales", [(), TWO_SCALES])
def test_one_graph_serves_any_values_and_a_batch_of_one(other_scales):
    design, hp = NETWORKS["alexnet"], contrast_hyperparams(other_scales=other_scales)
    network = build_network(design, 1)
    traced = tf.function(
        lambda batch: compare_with_others(network, batch, training=False),
        input_signature=[batch_spec(design, hp, None)],
    )
    for seed, pairs in ((1, 3), (2, 3), (3, 1)):
        batch = batch_of(seed, pairs=pairs, other_scales=other_scales)
        found = traced(batch)
        assert found["score"].shape == (pairs, 17, 17, 1)
        assert found["scaled"].shape == (pairs, 1 + len(other_scales), 17, 17)
        assert found["others"].shape == (pairs, pairs, 17, 17)
        for key, expected in compare_with_others(network, batch, training=False).items():
            size = np.abs(expected).max()
            np.testing.assert_allclose(found[key], expected, atol=1e-4 * size)
    assert traced.experimental_get_tracing_count() == 1


def one_gradient(network, design, hp, batch):
    variables = network.trainable_variables
    targets = make_contrast_targets(design, hp)(batch)
    with tf.GradientTape() as tape:
        loss = contrast_loss(compare_with_others(network, batch, training=True), targets)["total"]
    return float(loss), list(zip(tape.gradient(loss, variables), variables, strict=True))


def test_the_gradient_reaches_every_variable_but_the_bias_of_the_scores():
    # the softmax does not see what is added to all logits
    design, hp = load_design(**BARE), contrast_hyperparams(other_scales=TWO_SCALES)
    network = build_network(design, 1)
    batch = batch_of(8, pairs=3, shift=16, other_scales=TWO_SCALES, videos="abc")
    for key in ("z", "z_scaled", "x"):
        batch[key] /= 100  # beside 255 shades the biases would hardly count
    _, gradients = one_gradient(network, design, hp, batch)
    assert len(gradients) == 12
    for gradient, variable in gradients:
        norm = float(tf.norm(gradient))
        if variable is network.head.scaling.bias:
            assert norm < 1e-6
        else:
            assert norm > 1e-3, variable.path


def test_a_few_steps_on_a_batch_lower_its_loss():
    design, hp = load_design(**TINY), contrast_hyperparams(other_scales=TWO_SCALES)
    network = build_network(design, 1)
    batch = batch_of(9, shift=16, other_scales=TWO_SCALES, videos="abcd")
    optimizer = tf.keras.optimizers.Adam(1e-3)
    losses = []
    for _ in range(8):
        loss, gradients = one_gradient(network, design, hp, batch)
        optimizer.apply_gradients(gradients)
        losses.append(loss)
    assert losses[-1] < 0.6 * losses[0]
    assert losses[-1] > 0
