"""Layers that are made of layers."""


class Composite:
    """Comes before Keras's `Layer` or `Model`; its parts are built as they are first called.

    Left alone, Keras traces the call of such a layer to build it, and within it those of its parts
    once more: half of the seconds that it takes to make a network.
    """

    def build(self, *_shapes: object) -> None:
        """Nothing is left to make."""
