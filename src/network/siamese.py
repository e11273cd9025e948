"""The Siamese network: one backbone embeds both crops, a head compares them."""

import contextlib
from collections.abc import Callable, Iterator

import tensorflow as tf

from src.network.backbones import BACKBONES
from src.network.batch_norm import head_norm
from src.network.composite import Composite
from src.network.convolutional import NormalisedConvolution
from src.network.cross_correlation import centre_crop
from src.network.heads import HEADS
from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.network_arithmetic import exemplar_crop_sz

# `run.precision` -> Keras's name of it: bfloat16 arithmetic on float32 weights
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
# tf.data cannot take tensors as seeds of a shuffle while the global seed is 0
SEED_FOR_ZERO = 2**31


class SiameseNetwork(Composite, tf.keras.Model):
    """Backbone, neck and head; weights only: the template of a track is held by its tracker."""

    def __init__(self, design: Design, precision: str):
        """Makes the parts that `design.backbone` and `design.join_method` name.

        Args:
            design: The validated design.
            precision: A row of `PRECISIONS`: what the backbone computes with. Weights, head and
                scores are float32 in any case.
        """
        super().__init__()
        with _dtype_policy(PRECISIONS[precision]):
            self.backbone = BACKBONES[design.backbone](design)
        self.neck = make_neck(design)
        self.template_cells = design.template_cells
        self.head = HEADS[design.join_method](design)

    def embed_template(self, exemplar: tf.Tensor, training: bool) -> tuple[tf.Tensor, ...]:
        """Embeds exemplar crops with their surroundings, RGB 0...255, to the template's levels.

        Args:
            exemplar: float32 [B, s, s, 3], s the `exemplar_crop_sz` of the design.
            training: Whether batch normalisation uses and remembers the batch's statistics.

        Returns:
            The middle cells of every level, [B, t, t, C] each.
        """
        levels = self.neck(self.backbone(exemplar, training=training), training=training)
        return tuple(centre_crop(level, self.template_cells) for level in levels)

    def embed_search(self, search: tf.Tensor, training: bool) -> tuple[tf.Tensor, ...]:
        """Embeds search crops [B, search_sz, search_sz, 3], RGB 0...255, to levels."""
        return self.neck(self.backbone(search, training=training), training=training)

    def prepare(self, template_levels: Levels) -> Levels:
        """What a `FusedHead` compares of templates that stay as they are."""
        return self.head.prepare(template_levels)

    def compare_prepared(
        self, prepared: Levels, search_levels: Levels, cosine: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Compares prepared templates with search areas.

        Args:
            prepared: As `prepare` gives it, of B templates.
            search_levels: Of B search areas.
            cosine: [B, n, n, 1], of the first level.

        Returns:
            `cls` and `loc`; see `src.network.heads.fused`.
        """
        products = self.head.products(prepared, self.head.seen(search_levels))
        return self.head.joined(self.head.judged(products), cosine, training=False)

    def compare(
        self,
        template_levels: tuple[tf.Tensor, ...],
        search_levels: tuple[tf.Tensor, ...],
        training: bool,
    ) -> dict[str, tf.Tensor]:
        """Compares embedded crops, pair by pair; see the head for what it gives."""
        return self.head(template_levels, search_levels, training=training)

    def call(self, crops: tuple[tf.Tensor, tf.Tensor], training: bool) -> dict[str, tf.Tensor]:
        """Embeds and compares a batch of (exemplar, search) crops.

        Returns:
            What the head gives; and `embedded` [B, h, w, C], the first level of the search crops.
        """
        exemplar, search = crops
        template = self.embed_template(exemplar, training=training)
        levels = self.embed_search(search, training=training)
        return self.compare(template, levels, training=training) | {"embedded": levels[0]}


@contextlib.contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    """Layers made in this block follow the named policy of Keras."""
    kept = tf.keras.config.dtype_policy()
    tf.keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        tf.keras.config.set_dtype_policy(kept)


def build_network(design: Design, seed: int, precision: str = "float32") -> SiameseNetwork:
    """A network with all its variables, which are random.

    Args:
        design: The validated design.
        seed: Seed of the initial weights; the same seed gives the same weights.
        precision: A row of `PRECISIONS`.

    Returns:
        A built network.
    """
    tf.keras.utils.set_random_seed(seed or SEED_FOR_ZERO)
    with _usual_numbers():
        network = SiameseNetwork(design, precision)
        crops = [
            tf.zeros([1, side, side, design.channel])
            for side in (exemplar_crop_sz(design), design.search_sz)
        ]
        network(tuple(crops), training=False)
    return network


@contextlib.contextmanager
def _usual_numbers() -> Iterator[None]:
    """Keras's numbers are float32 in this block, whatever the program around it has set."""
    kept = tf.keras.config.floatx()
    tf.keras.config.set_floatx("float32")
    try:
        with _dtype_policy("float32"):
            yield
    finally:
        tf.keras.config.set_floatx(kept)


class LevelProjection(Composite, tf.keras.layers.Layer):
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
        """The projections, in the order of the levels."""
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
