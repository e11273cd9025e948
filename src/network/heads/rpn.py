"""Region proposals: for every anchor whether it holds the target, and how it must be changed.

All heads give `cls` [B, n, n, 2 k], logits of "not the target" for k anchors, then of "the target",
and `loc` [B, n, n, 4 k], offsets in x for k anchors, then in y, in width and in height: pysot's
order. What anchors and offsets are stands in `src.network.box_coding`.
"""

import tensorflow as tf

from src.network.batch_norm import head_norm
from src.network.box_coding import anchors_per_cell
from src.network.composite import Composite
from src.network.convolutional import GroupedConvolution, NormalisedConvolution
from src.network.cross_correlation import depthwise_correlation, kernel_correlation
from src.network.frozen_weights import read
from src.network.types import Levels
from src.parameters.design import Design

RandomNormal = tf.keras.initializers.RandomNormal

FILTER_SZ = 3  # of what makes template and search features of a level
CLS, LOC = 2, 4  # numbers of an anchor

_LAST_SPREAD = 0.01  # of the last filters at first: outputs near 0 (Faster R-CNN, section 3.3)


class UpChannelBranch(tf.keras.layers.Layer):
    """The template becomes a kernel for every output (SiamRPN, section 3.2).

    Attributes:
        scale: Factor on the sum of the thousands of products, which is not learned. A mean at
            first, for a plain sum diverges at any usual learning rate; in pysot's weights it is 1.
    """

    def __init__(self, outputs: int):
        """Records the number of output channels."""
        super().__init__()
        self.outputs = outputs

    def build(self, template_shape: tuple, search_shape: tuple) -> None:
        """Makes the layers, now that the channels are known."""
        channels, size_hw = search_shape[-1], (FILTER_SZ, FILTER_SZ)
        self.kernels = GroupedConvolution(channels * self.outputs, size_hw, 1, 1)
        self.search_features = GroupedConvolution(channels, size_hw, 1, 1)
        cells = (template_shape[1] - FILTER_SZ + 1) * (template_shape[2] - FILTER_SZ + 1)
        mean = tf.keras.initializers.Constant(1 / (cells * channels))
        self.scale = self.add_weight(shape=(1,), initializer=mean, trainable=False, name="scale")

    def call(self, template: tf.Tensor, search: tf.Tensor) -> tf.Tensor:
        """Compares [B, h, w, C] with [B, H, W, C]: [B, H - h + 1, W - w + 1, outputs]."""
        products = kernel_correlation(self.kernels(template), self.search_features(search))
        return products * read(self.scale)


class DepthwiseBranch(Composite, tf.keras.layers.Layer):
    """Every channel is correlated by itself, then they are mixed (SiamRPN++, section 3.4)."""

    def __init__(self, outputs: int, design: Design):
        """Makes the layers, as wide as what comes in."""
        super().__init__()
        self.template_features = NormalisedConvolution(None, FILTER_SZ, head_norm(design))
        self.search_features = NormalisedConvolution(None, FILTER_SZ, head_norm(design))
        self.mix = NormalisedConvolution(None, 1, head_norm(design))
        self.last = GroupedConvolution(outputs, (1, 1), 1, 1, RandomNormal(stddev=_LAST_SPREAD))

    def call(self, template: tf.Tensor, search: tf.Tensor, training: bool) -> tf.Tensor:
        """Compares [B, h, w, C] with [B, H, W, C]: [B, H - h + 1, W - w + 1, outputs]."""
        template = tf.nn.relu(self.template_features(template, training=training))
        search = tf.nn.relu(self.search_features(search, training=training))
        products = depthwise_correlation(template, search, training)
        features = self.mix(products, training=training)
        return self.last(tf.nn.relu(features))


class UpChannelHead(Composite, tf.keras.layers.Layer):
    """SiamRPN's head (CVPR 2018), of one level."""

    def __init__(self, design: Design):
        """Makes one branch a task; the offsets are adjusted by a 1x1 convolution."""
        super().__init__()
        anchors = anchors_per_cell(design.anchor_scales, design.anchor_ratios)
        self.cls, self.loc = UpChannelBranch(CLS * anchors), UpChannelBranch(LOC * anchors)
        self.adjust_loc = GroupedConvolution(LOC * anchors, (1, 1), 1, 1)

    def call(
        self, template_levels: Levels, search_levels: Levels, training: bool
    ) -> dict[str, tf.Tensor]:
        """Compares one level [B, h, w, C] with [B, H, W, C]; nothing depends on `training`."""
        (template,), (search,) = template_levels, search_levels
        return {
            "cls": self.cls(template, search),
            "loc": self.adjust_loc(self.loc(template, search)),
        }


class DepthwiseHead(Composite, tf.keras.layers.Layer):
    """The depth-wise head of one level (pysot's DepthwiseRPN)."""

    def __init__(self, design: Design):
        """Makes one branch a task."""
        super().__init__()
        anchors = anchors_per_cell(design.anchor_scales, design.anchor_ratios)
        self.cls = DepthwiseBranch(CLS * anchors, design)
        self.loc = DepthwiseBranch(LOC * anchors, design)

    def call(
        self, template_levels: Levels, search_levels: Levels, training: bool
    ) -> dict[str, tf.Tensor]:
        """Compares one level [B, h, w, C] with [B, H, W, C]."""
        (template,), (search,) = template_levels, search_levels
        return {
            "cls": self.cls(template, search, training=training),
            "loc": self.loc(template, search, training=training),
        }


class LevelsHead(Composite, tf.keras.layers.Layer):
    """A depth-wise head for each level; their sum is weighted (SiamRPN++, section 3.3).

    Attributes:
        cls_weight: Trained, one number a level; the weights are its softmax.
        loc_weight: The same for the offsets.
    """

    def __init__(self, design: Design):
        """Makes one head for each of `design.levels`."""
        super().__init__()
        self.count = max(len(design.levels), 1)
        # attributes, not a list: checkpoints do not look into Keras lists
        for place in range(self.count):
            setattr(self, f"level{place}", DepthwiseHead(design))
        self.cls_weight, self.loc_weight = (
            self.add_weight(shape=(self.count,), initializer="ones", name=name)
            for name in ("cls_weight", "loc_weight")
        )

    @property
    def heads(self) -> list[DepthwiseHead]:
        """The heads, in the order of the levels."""
        return [getattr(self, f"level{place}") for place in range(self.count)]

    def call(
        self, template_levels: Levels, search_levels: Levels, training: bool
    ) -> dict[str, tf.Tensor]:
        """Compares levels [B, h, w, C] with [B, H, W, C], all of the same sizes."""
        found = [
            head((template,), (search,), training=training)
            for head, template, search in zip(
                self.heads, template_levels, search_levels, strict=True
            )
        ]
        return {
            "cls": _weighted_sum([each["cls"] for each in found], self.cls_weight),
            "loc": _weighted_sum([each["loc"] for each in found], self.loc_weight),
        }


def _weighted_sum(maps: list[tf.Tensor], weight: tf.Variable) -> tf.Tensor:
    """Sum of the maps, weighted by a softmax."""
    return tf.einsum("lbhwc,l->bhwc", tf.stack(maps), tf.nn.softmax(read(weight)))
