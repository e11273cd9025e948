"""Weights as constants of a graph: what depends on them alone is computed once, not every frame."""

import contextlib
import contextvars
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
import tensorflow as tf

_values: contextvars.ContextVar[Mapping[int, np.ndarray]] = contextvars.ContextVar(
    "values", default=MappingProxyType({})
)


@contextlib.contextmanager
def frozen(weights: Iterable[tf.keras.Variable]) -> Iterator[None]:
    """Graphs traced in this block hold these weights as they are now.

    TensorFlow then folds normalisation into the filters once, and oneDNN keeps them in the order
    and type that it computes with.

    Args:
        weights: Of a built network; later changes do not reach the graphs.
    """
    kept = _values.set({id(weight): weight.numpy() for weight in weights})
    try:
        yield
    finally:
        _values.reset(kept)


def read(weight: tf.keras.Variable) -> tf.Tensor:
    """A weight's value: float32 and constant in a block of `frozen`, otherwise what Keras gives."""
    value = _values.get().get(id(weight))
    return tf.convert_to_tensor(weight) if value is None else tf.constant(value)
