"""A layer of layers is called once for its first outputs, and has the weights of its parts."""

import tensorflow as tf

from src.network.composite import Composite


class Pair(Composite, tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.first, self.second = tf.keras.layers.Dense(3), tf.keras.layers.Dense(4)
        self.calls = 0

    def call(self, left, right):
        self.calls += 1
        return self.second(self.first(left) + right)


def test_the_parts_build_themselves_in_the_first_call():
    pair = Pair()
    assert pair(tf.ones([2, 5]), tf.ones([2, 3])).shape == (2, 4)
    assert pair.calls == 1 and pair.built
    assert [weight.shape for weight in pair.weights] == [(5, 3), (3,), (3, 4), (4,)]
