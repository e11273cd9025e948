"""A few steps on a few pairs: what is learned from, and what is asked."""

import numpy as np
import pytest

from src import centre_bias_training
from src.centre_bias_network import build_padded_network
from src.centre_bias_setup import DESIGN, REACH, learning
from src.centre_bias_training import respond, train
from src.errors import UserError
from tests.small_records import prepare_films


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return prepare_films(tmp_path_factory.mktemp("films"), DESIGN)


def weights(network):
    return [variable.numpy() for variable in network.trainable_variables]


def test_networks_start_alike_and_learn_from_the_shift(records):
    untrained, first, shifted = (
        weights(network)
        for network in (build_padded_network(1), train(records, 0, 3, 1), train(records, 32, 3, 1))
    )
    for start, one, other in zip(untrained[::2][:8], first[::2], shifted[::2], strict=False):
        assert 0 < np.abs(one - start).max() < 0.01
        assert 0 < np.abs(other - one).max() < 0.01


def test_the_test_shows_targets_anywhere(records):
    said = respond(build_padded_network(seed=1), records, seed=1)
    pairs = 2 * (records.pairs // DESIGN.batch_size) * DESIGN.batch_size
    assert said.response.shape == (pairs, DESIGN.score_sz, DESIGN.score_sz)
    assert said.response.min() >= 0 and said.response.max() <= 1
    assert said.disp_crop.shape == (pairs, 2)
    assert REACH * 0.8 < np.abs(said.disp_crop).max() <= REACH
    assert np.abs(said.disp_crop.mean(axis=0)).max() < REACH / 3


def test_a_training_that_diverges_is_told(records, monkeypatch):
    wild = {"lr": 1e30, "lr_end": 1e30}
    monkeypatch.setattr(
        centre_bias_training, "learning", lambda shift: learning(shift).model_copy(update=wild)
    )
    with pytest.raises(UserError, match="shift 16: the training diverged"):
        train(records, 16, 6, seed=1)
