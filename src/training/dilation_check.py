"""Whether TensorFlow can train the dilated layers of a network on this machine."""

import tensorflow as tf

from src.base.errors import UserError
from src.network.backbones.resnet import ResNet
from src.network.siamese import SiameseNetwork


def check_dilation(network: SiameseNetwork) -> None:
    """Refuses a network with a dilated layer that TensorFlow cannot differentiate here.

    On a CPU only oneDNN's kernels can, and not in every type. EfficientNet's depth-wise layers do
    not matter: TensorFlow itself spreads them out to layers that do not dilate.

    Args:
        network: Built network, about to be trained on TensorFlow's default device.

    Raises:
        UserError: TensorFlow cannot; says what would help.
    """
    for dtype in _learned_dilations(network):
        if not _differentiable(dtype):
            raise UserError(
                "design.backbone resnet dilates in stages that learn, and TensorFlow cannot "
                f"differentiate a dilated convolution in {dtype} on this device: set the "
                "environment variable TF_ENABLE_ONEDNN_OPTS=1 and run.precision=float32, train on "
                "a GPU (run.gpus), or take a design that does not dilate"
            )


def _learned_dilations(network: SiameseNetwork) -> set[str]:
    """Types that the dilated layers compute in; frozen ones lie before all that learns."""
    backbone = network.backbone
    if not isinstance(backbone, ResNet):
        return set()
    stages = range(1, len(backbone.stage_blocks) + 1)
    blocks = [block for number in stages for block in backbone.stage(number)]
    return {
        block.conv2.compute_dtype
        for block in blocks
        if block.trainable and block.conv2.dilation > 1
    }


def _differentiable(dtype: str) -> bool:
    """Whether TensorFlow has the gradient of a dilated convolution: a tiny one is tried."""

    @tf.function(autograph=False)
    def differentiate() -> list[tf.Tensor]:
        cells, kernel = tf.ones([1, 5, 5, 1], dtype), tf.ones([3, 3, 1, 1], dtype)
        with tf.GradientTape() as tape:
            tape.watch([cells, kernel])
            outputs = tf.nn.conv2d(cells, kernel, 1, "SAME", dilations=2)
        return tape.gradient(outputs, [cells, kernel])

    try:
        differentiate()
    except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
        return False
    return True
