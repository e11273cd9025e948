"""SiamFC's head: cross-correlation, then a trained scaling of the scores."""

import tensorflow as tf

from src.batch_norm import BatchNorm
from src.cross_correlation import cross_correlation
from src.parameters import Design


class GainBias(tf.keras.layers.Layer):
    """Scales scores by a trained gain, which starts at 1, and adds a trained bias."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the two scalars."""
        self.gain = self.add_weight(shape=(), initializer="ones", name="gain")
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, score: tf.Tensor, training: bool) -> tf.Tensor:
        """The same in training and tracking."""
        return self.gain * score + self.bias


def _batch_norm(design: Design) -> tf.keras.layers.Layer:
    """Batch normalisation of the one score channel (CFNet's "fin_adjust")."""
    return BatchNorm(momentum=design.bn_momentum, epsilon=design.bn_epsilon)


def _gain_bias(design: Design) -> tf.keras.layers.Layer:
    """Trained gain and bias (SiamFC 2016)."""
    return GainBias()


SCORE_SCALINGS = {"batch_norm": _batch_norm, "gain_bias": _gain_bias}


class CorrelationHead(tf.keras.layers.Layer):
    """Correlates one level of features and scales the result.

    `design.score_gain` is a fixed factor on the correlation, which sums thousands of products;
    without it the trained gain would need steps a thousand times smaller than the other weights.
    """

    def __init__(self, design: Design):
        """Picks the scaling that `design.score_scaling` names."""
        super().__init__()
        self.score_gain = design.score_gain
        self.scaling = SCORE_SCALINGS[design.score_scaling](design)

    def call(
        self,
        template_levels: tuple[tf.Tensor, ...],
        search_levels: tuple[tf.Tensor, ...],
        training: bool,
    ) -> dict[str, tf.Tensor]:
        """Compares.

        Args:
            template_levels: One level, [B, h, w, C].
            search_levels: One level, [B, H, W, C].
            training: Whether batch normalisation uses and remembers the batch's statistics.

        Returns:
            `{"score": [B, H - h + 1, W - w + 1, 1]}`, logits: positive where the target is.
        """
        (template,), (search,) = template_levels, search_levels
        score = self.score_gain * cross_correlation(template, search)
        return {"score": self.scaling(score, training=training)}
