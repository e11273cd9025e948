"""A head that knows objects beside a correlation that knows this target.

Two depth-wise branches look at the whole search area, padded with zeros, and say where an object is
that resembles the template, and what its box is. To the first is added the cosine of the template
and each window (SiamFC's head), which needs no learning and so does not forget.
"""

from collections.abc import Sequence

import tensorflow as tf

from src.network.batch_norm import head_norm
from src.network.box_coding import BOX_CODINGS
from src.network.composite import Composite
from src.network.convolutional import GroupedConvolution, NormalisedConvolution
from src.network.cross_correlation import (
    Tensors,
    centre_crop,
    cosine_correlation,
    cosine_with_each,
    depthwise_correlation,
    pad_for,
)
from src.network.heads.correlation import GainBias
from src.network.types import Levels
from src.parameters.design import Design

FILTER_SZ = 3
# the first logit of a cosine: SiamFC's gain, and 0 between what released weights find at targets
# (0.36 to 0.79) and elsewhere (up to 0.25)
FIRST_GAIN, FIRST_COSINE = 20.0, 0.3
FIRST_SPREAD = 0.01  # of the first filters of a last layer: no anchor or cell is preferred


class WideBranch(Composite, tf.keras.layers.Layer):
    """Depth-wise correlation over the padded search area, then two layers that see around."""

    def __init__(self, outputs: int, design: Design):
        """Makes the layers, all `design.head_channels` wide."""
        super().__init__()
        self.template_features, self.search_features, self.first, self.second = (
            NormalisedConvolution(
                design.head_channels, FILTER_SZ, head_norm(design), padding="SAME"
            )
            for _ in range(4)
        )
        small = tf.keras.initializers.RandomNormal(stddev=FIRST_SPREAD)
        self.last = GroupedConvolution(outputs, (1, 1), 1, 1, small)

    def call(self, template: tf.Tensor, search: tf.Tensor, training: bool) -> tf.Tensor:
        """Compares [B, t, t, C] with [B, n, n, C], t odd: [B, n, n, outputs]."""
        parts = self.prepare(template, training), self.seen(search, training)
        products = self.products(*parts, training)
        return self.judged(products, training)

    def prepare(self, template: tf.Tensor, training: bool) -> tf.Tensor:
        """What is compared of templates: [B, t, t, head_channels]."""
        return tf.nn.relu(self.template_features(template, training=training))

    def seen(self, search: tf.Tensor, training: bool) -> tf.Tensor:
        """What is compared of search areas: [B, n, n, head_channels]."""
        return tf.nn.relu(self.search_features(search, training=training))

    def products(self, prepared: tf.Tensor, seen: tf.Tensor, training: bool) -> tf.Tensor:
        """What both give together, channel by channel: [B, n, n, head_channels]."""
        products = depthwise_correlation(prepared, pad_for(prepared, seen), training)
        return products / float(prepared.shape[1] * prepared.shape[2])

    def judged(self, products: tf.Tensor, training: bool) -> tf.Tensor:
        """What is said of the products: [B, n, n, outputs]."""
        features = tf.nn.relu(self.first(products, training=training))
        features = tf.nn.relu(self.second(features, training=training))
        return self.last(features)


class FusedHead(Composite, tf.keras.layers.Layer):
    """Branches for score and box, and the cosine."""

    def __init__(self, design: Design):
        """Makes as many outputs as `design.box_coding` asks for."""
        super().__init__()
        self.coding = BOX_CODINGS[design.box_coding]
        scores, numbers = self.coding.channels(design)
        self.cls, self.loc = WideBranch(scores, design), WideBranch(numbers, design)
        self.cosine_cells = design.cosine_cells
        self.scaling = GainBias()

    def call(
        self, template_levels: Levels, search_levels: Levels, training: bool
    ) -> dict[str, tf.Tensor]:
        """Compares [B, t, t, C] with [B, n, n, C], the first of one or two levels.

        Args:
            template_levels: Of the templates.
            search_levels: Of the search areas.
            training: Whether batch normalisation uses and remembers the batch's statistics.

        Returns:
            `cls` and `loc` [B, n, n, ...] as `src.network.box_coding` reads them; `cosine` [B, n,
            n, 1], -1...1, and likewise `cosine_1` of the second level.
        """
        template, search = template_levels[0], search_levels[0]
        said = tuple(branch(template, search, training=training) for branch in (self.cls, self.loc))
        cosine, *finer = self.cosines(template_levels, search_levels, training)
        return self.joined(said, cosine, training) | {
            "cosine": cosine,
            **{f"cosine_{place}": one for place, one in enumerate(finer, 1)},
        }

    def prepare(self, template_levels: Levels) -> Levels:
        """What each branch compares of templates that stay: [B, t, t, head_channels] for each."""
        return tuple(
            branch.prepare(template_levels[0], training=False) for branch in (self.cls, self.loc)
        )

    def seen(self, search_levels: Levels) -> Levels:
        """What each branch compares of search areas: [B, n, n, head_channels] for each."""
        return tuple(
            branch.seen(search_levels[0], training=False) for branch in (self.cls, self.loc)
        )

    def products(self, prepared: Levels, seen: Levels) -> Levels:
        """What each branch makes of both, in the same shape as the latter."""
        parts = zip((self.cls, self.loc), prepared, seen, strict=True)
        return tuple(
            branch.products(template, search, training=False) for branch, template, search in parts
        )

    def judged(self, products: Levels) -> Levels:
        """What the branches say of the products: `cls` and `loc`, without the cosine."""
        parts = zip((self.cls, self.loc), products, strict=True)
        return tuple(branch.judged(product, training=False) for branch, product in parts)

    def joined(self, said: Levels, cosine: tf.Tensor, training: bool) -> dict[str, tf.Tensor]:
        """`cls` and `loc` of what the branches say, and of the first level's cosine."""
        cls, loc = said
        return {
            "cls": self.coding.add_logit(cls, self.scaled(cosine, training=training)),
            "loc": loc,
        }

    def cosines(self, template_levels: Levels, search_levels: Levels, training: bool) -> Levels:
        """How alike template and windows are: [B, n, n, 1] for each level, -1...1.

        Of the first level the middle cells count, of a finer one all: they show the target alone.
        """
        parts = self._all_cosine_parts(template_levels, search_levels)
        return tuple(cosine_correlation(*part, training) for part in parts)

    def cosines_with_each(self, templates: Sequence[Levels], search_levels: Levels) -> Levels:
        """The same of T templates with the areas that they share: [B, n, n, T] for each level."""
        parts = [self._all_cosine_parts(levels, search_levels) for levels in templates]
        return tuple(
            cosine_with_each(tf.stack([template for template, _ in level], axis=1), level[0][1])
            for level in zip(*parts, strict=True)
        )

    def _all_cosine_parts(self, template_levels: Levels, search_levels: Levels) -> list[Tensors]:
        """What the cosines of each level compare."""
        (first, *finer), (search, *finer_search) = template_levels, search_levels
        whole = zip(finer, finer_search, strict=True)
        return [self.cosine_parts(first, search), *((fine, pad_for(fine, x)) for fine, x in whole)]

    def cosine_parts(self, template: tf.Tensor, search: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What the cosine compares: the middle of templates, and padded search areas."""
        middle = centre_crop(template, self.cosine_cells)
        return middle, pad_for(middle, search)

    def scaled(self, cosine: tf.Tensor, training: bool) -> tf.Tensor:
        """A logit of cosines of any shape."""
        return self.scaling(FIRST_GAIN * (cosine - FIRST_COSINE), training=training)
