"""Between backbone and head: 1x1 convolutions that bring all levels to the same channels."""

from collections.abc import Callable

import tensorflow as tf

from src.network.normalised_convolution import NormalisedConvolution
from src.network.sync_batch_norm import head_norm
from src.parameters.design import Design

Levels = tuple[tf.Tensor, ...]


class LevelProjection(tf.keras.layers.Layer):
    """Convolution and batch normalisation of every level (SiamRPN++, section 3.3)."""

    def __init__(self, design: Design):
        """Makes one projection to `design.neck_channels` for each of `design.levels`."""
        super().__init__()
        self.count = max(len(design.levels), 1)
        # attributes, not a list: checkpoints do not look into Keras lists
        for place in range(self.count):
            setattr(
                self,
                f"level{place}",
                NormalisedConvolution(design.neck_channels, 1, head_norm(design)),
            )

    @property
    def projections(self) -> list[NormalisedConvolution]:
        """In the order of the levels."""
        return [getattr(self, f"level{place}") for place in range(self.count)]

    def call(self, levels: Levels, training: bool) -> Levels:
        """Maps levels [B, h, w, C] to [B, h, w, neck_channels]."""
        return tuple(
            project(level, training=training)
            for project, level in zip(self.projections, levels, strict=True)
        )


def make_neck(design: Design) -> Callable[..., Levels]:
    """What stands between backbone and head.

    Args:
        design: `neck_channels` says whether levels are projected.

    Returns:
        A function (levels, training) -> levels.
    """
    return _as_they_are if design.neck_channels is None else LevelProjection(design)


def _as_they_are(levels: Levels, training: bool) -> Levels:
    """No neck: nothing to learn, nothing in a checkpoint."""
    return levels
