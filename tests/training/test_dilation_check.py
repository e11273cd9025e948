import pytest
import tensorflow as tf

from src.base.errors import UserError
from src.network.siamese import build_network
from src.training import dilation_check
from src.training.dilation_check import check_dilation
from tests.support.parameter_files import TINY, load_design
from tests.support.small_pysot import SMALL_RESNET


def small_resnet(precision="float32", **changes):
    return build_network(load_design("design_siamrpn_pp", **SMALL_RESNET, **changes), 0, precision)


@pytest.fixture(scope="module")
def network():
    """It is only read."""
    return small_resnet()


def asked(monkeypatch, network):
    """The types whose gradient is asked for."""
    types = []
    monkeypatch.setattr(
        dilation_check, "_differentiable", lambda dtype: types.append(dtype) or True
    )
    check_dilation(network)
    return types


def test_only_dilated_layers_that_learn_matter(monkeypatch, network):
    assert asked(monkeypatch, network) == ["float32"]
    assert asked(monkeypatch, small_resnet("bfloat16")) == ["bfloat16"]
    assert asked(monkeypatch, small_resnet(frozen_blocks=3)) == ["float32"]
    assert asked(monkeypatch, small_resnet(frozen_blocks=4)) == []
    assert asked(monkeypatch, build_network(load_design(**TINY), 0)) == []


@pytest.mark.parametrize("kind", [tf.errors.InvalidArgumentError, tf.errors.UnimplementedError])
def test_what_it_cannot_is_told(monkeypatch, network, kind):
    def refuse(*arguments, **options):
        raise kind(None, None, "not on this CPU")

    monkeypatch.setattr(tf.nn, "conv2d", refuse)
    assert not dilation_check._differentiable("float32")
    monkeypatch.setattr(dilation_check, "_differentiable", lambda dtype: False)
    with pytest.raises(UserError, match=r"resnet dilates .* in float32 .*ONEDNN_OPTS=1"):
        check_dilation(network)


def test_another_error_is_not_hidden(monkeypatch):
    def fail(*arguments, **options):
        raise tf.errors.ResourceExhaustedError(None, None, "no memory")

    monkeypatch.setattr(tf.nn, "conv2d", fail)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        dilation_check._differentiable("float32")
