"""A network whose convolutions another file computes: it gives the answers that it is told."""

import tensorflow as tf

from src.network.heads.fused import FusedHead
from src.network.siamese import SiameseNetwork
from src.network.types import Levels, Tensors


class SplitNetwork:
    """Stands for a network with a `FusedHead` while graphs are traced.

    Attributes:
        head: The network's.
        prepared: What it says that `prepare` gives.
        said: What it says that the head's branches give.
    """

    def __init__(self, network: SiameseNetwork):
        """Takes the network, whose head still does what needs no convolution."""
        self.head: FusedHead = network.head
        self.prepared: Levels = ()
        self.said: Levels = ()

    def prepare(self, _template_levels: Levels) -> Levels:
        """See `SiameseNetwork.prepare`."""
        return self.prepared

    def compare_prepared(
        self, _prepared: Levels, _search_levels: Levels, cosine: tf.Tensor
    ) -> Tensors:
        """See `SiameseNetwork.compare_prepared`."""
        return self.head.joined(self.said, cosine, training=False)
