"""A small Siamese network that pads every convolution with zeros, as deep networks do."""

import tensorflow as tf

from src.centre_bias_setup import DESIGN
from src.centre_crop import centre_crop
from src.heads import HEADS
from src.siamese import SEED_FOR_ZERO

MEAN, SCALE = 127.0, 128.0  # of pixels, as of EfficientNet-Lite

# filters, their side and stride: in the end every cell sees an edge of the crop, 8 cells away at
# most, for the last five look 10 cells far
LAYERS = ((16, 5, 2), (32, 3, 2), (32, 3, 2), *([(32, 5, 1)] * 5))


class PaddedNetwork(tf.keras.Model):
    """Convolutions and SiamFC's head; what a `Learner` needs of a network."""

    def __init__(self) -> None:
        """Makes the layers."""
        super().__init__()
        # attributes, not a list: Keras wraps lists
        for number, (filters, side, stride) in enumerate(LAYERS):
            layer = tf.keras.layers.Conv2D(
                filters, side, stride, "same", kernel_initializer="he_normal"
            )
            setattr(self, f"layer{number}", layer)
        self.head = HEADS[DESIGN.join_method](DESIGN)

    def embed(self, crops: tf.Tensor) -> tf.Tensor:
        """Maps crops [B, s, s, 3], RGB 0...255, to [B, ceil(s / 8), ceil(s / 8), C]."""
        features = (crops - MEAN) / SCALE
        for number in range(len(LAYERS)):
            features = getattr(self, f"layer{number}")(features)
            if number < len(LAYERS) - 1:
                features = tf.nn.relu(features)
        return features

    def call(self, crops: tuple[tf.Tensor, tf.Tensor], training: bool) -> dict[str, tf.Tensor]:
        """Compares exemplars and search crops; the head tells what comes out."""
        exemplar, search = (self.embed(one) for one in crops)
        template = centre_crop(exemplar, DESIGN.template_cells)
        return self.head((template,), (search,), training=training)


def build_padded_network(seed: int) -> PaddedNetwork:
    """Makes the network with all its variables; the same seed gives the same weights."""
    tf.keras.utils.set_random_seed(seed or SEED_FOR_ZERO)
    network = PaddedNetwork()
    sides = (DESIGN.exemplar_sz, DESIGN.search_sz)
    network(tuple(tf.zeros([1, side, side, 3]) for side in sides), training=False)
    return network
