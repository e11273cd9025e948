"""SiamFC's head: cross-correlation, then a trained scaling of the scores."""

import tensorflow as tf

from src.network.batch_norm import head_norm
from src.network.composite import Composite
from src.network.cross_correlation import cosine_correlation, cross_correlation
from src.network.frozen_weights import read
from src.parameters.design import Design


class GainBias(tf.keras.layers.Layer):
    """Scales scores by a trained gain, which starts at 1, and adds a trained bias."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the two scalars."""
        self.gain = self.add_weight(shape=(), initializer="ones", name="gain")
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, score: tf.Tensor, training: bool) -> tf.Tensor:
        """The same in training and tracking."""
        return read(self.gain) * score + read(self.bias)


def _gain_bias(design: Design) -> tf.keras.layers.Layer:
    """Trained gain and bias (SiamFC 2016)."""
    return GainBias()


# `design.join_method` -> how one level is compared
CORRELATIONS = {"xcorr": cross_correlation, "cosine": cosine_correlation}
# of the one score channel: CFNet's "fin_adjust", or a trained gain and bias
SCORE_SCALINGS = {"batch_norm": head_norm, "gain_bias": _gain_bias}


class CorrelationHead(Composite, tf.keras.layers.Layer):
    """Correlates every level of features and scales the mean of the results.

    `design.score_gain` is a fixed factor on the correlation, which sums thousands of products;
    without it the trained gain would need steps a thousand times smaller than the other weights.
    """

    def __init__(self, design: Design):
        """Picks what `design.join_method` and `design.score_scaling` name."""
        super().__init__()
        self.correlate = CORRELATIONS[design.join_method]
        self.score_gain = design.score_gain
        self.scaling = SCORE_SCALINGS[design.score_scaling](design)

    def call(
        self,
        template_levels: tuple[tf.Tensor, ...],
        search_levels: tuple[tf.Tensor, ...],
        training: bool,
    ) -> dict[str, tf.Tensor]:
        """The scaled scores of all places where the template fits.

        Args:
            template_levels: [B, h, w, C] each; C may differ.
            search_levels: [B, H, W, C] each.
            training: Whether batch normalisation uses and remembers the batch's statistics.

        Returns:
            `{"score": [B, H - h + 1, W - w + 1, 1]}`, logits: positive where the target is.
        """
        scores = [
            self.correlate(template, search, training)
            for template, search in zip(template_levels, search_levels, strict=True)
        ]
        score = self.score_gain * (tf.add_n(scores) / len(scores))
        return {"score": self.scaling(score, training=training)}
