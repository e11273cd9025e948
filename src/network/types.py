"""What networks, trackers and losses hand to each other."""

import tensorflow as tf

# outputs of a backbone: [B, h, w, C] each
Levels = tuple[tf.Tensor, ...]
# a batch, a head's outputs, targets or losses, by name
Tensors = dict[str, tf.Tensor]
