import numpy as np
import tensorflow as tf

from src.network.siamese import LevelProjection, make_neck
from tests.support.parameter_files import load_design


def test_without_channels_levels_stay_as_they_are():
    levels = (tf.ones([1, 3, 3, 2]),)
    assert make_neck(load_design())(levels, training=True) is levels


def test_every_level_is_projected_by_itself():
    neck = make_neck(load_design("design_siamrpn_pp", neck_channels=5))
    assert isinstance(neck, LevelProjection)
    levels = tuple(tf.random.stateless_normal([2, 4, 4, c], [1, c]) for c in (3, 6, 12))
    projected = neck(levels, training=False)
    assert [level.shape for level in projected] == [(2, 4, 4, 5)] * 3
    for projection, level, found in zip(neck.projections, levels, projected, strict=True):
        expected = np.einsum("bhwc,co->bhwo", level, projection.kernel[0, 0]) / np.sqrt(1 + 1e-5)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
