"""A few steps on a few pairs: what is learned from, and what is asked."""

from typing import ClassVar

import numpy as np
import pytest

from src import centre_bias_training
from src.centre_bias_network import build_padded_network
from src.centre_bias_setup import DESIGN, REACH
from src.centre_bias_training import respond, train
from src.errors import UserError
from tests.small_records import prepare_films

KEYS = ("video", "z_frame", "x_frame", "z", "disp_crop")


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return prepare_films(tmp_path_factory.mktemp("films"), DESIGN)


class Recorder:
    """Stands for a learner: keeps the batches, and says of each what `verdict` is."""

    batches: ClassVar[list] = []
    verdict = True

    def __init__(self, network, method, design, hp, steps):
        self.batches.clear()

    def train_step(self, batch):
        self.batches.append({key: value.numpy() for key, value in batch.items()})
        return self.verdict


def test_a_network_learns(records):
    start, trained = build_padded_network(seed=1), train(records, 0, 2, seed=1)
    for before, after in zip(start.trainable_variables, trained.trainable_variables, strict=True):
        assert np.abs(after.numpy() - before.numpy()).max() < 0.01
    assert np.any(start.layer0.kernel.numpy() != trained.layer0.kernel.numpy())


def test_the_shift_alone_differs_in_what_is_learned_from(records, monkeypatch):
    monkeypatch.setattr(centre_bias_training, "Learner", Recorder)
    seen = {}
    for shift in (0, 32):
        train(records, shift, 5, seed=1)
        seen[shift] = {key: np.concatenate([b[key] for b in Recorder.batches]) for key in KEYS}
        assert len(Recorder.batches) == 5
    for key in ("video", "z_frame", "x_frame", "z"):
        np.testing.assert_array_equal(seen[0][key], seen[32][key])
    assert np.all(seen[0]["disp_crop"] == 0)
    assert 24 < np.abs(seen[32]["disp_crop"]).max() <= 32


def test_a_training_that_diverges_is_told(records, monkeypatch):
    monkeypatch.setattr(centre_bias_training, "Learner", Recorder)
    monkeypatch.setattr(Recorder, "verdict", False)
    with pytest.raises(UserError, match="shift 16: the training diverged"):
        train(records, 16, 6, seed=1)


def test_the_test_shows_targets_anywhere(records):
    said = respond(build_padded_network(seed=1), records, seed=1)
    pairs = 2 * (records.pairs // DESIGN.batch_size) * DESIGN.batch_size
    assert said.response.shape == (pairs, DESIGN.score_sz, DESIGN.score_sz)
    assert said.response.min() >= 0 and said.response.max() <= 1
    assert said.disp_crop.shape == (pairs, 2)
    assert REACH * 0.8 < np.abs(said.disp_crop).max() <= REACH
    assert np.abs(said.disp_crop.mean(axis=0)).max() < REACH / 3
