"""EfficientNet-Lite0 out of its published names, cell by cell; a cell outside the image is 0."""

import numpy as np

EPSILON = 1e-3


def blocks_by_loops(state, image, strides, dilations, ceiling=6.0):
    """The outputs of all blocks for one image [height, width, 3], 0...255.

    Filters are [out, in, height, width]; cell i of a row looks around pixel i * stride.
    """
    features = filtered((image.astype(np.float64) - 127) / 128, state["_conv_stem.weight"], 2, 1)
    features = clipped(normalised(state, "_bn0", features), ceiling)
    outputs = []
    for number, (stride, dilation) in enumerate(zip(strides, dilations, strict=True)):
        prefix = f"_blocks.{number}."
        inner = features
        if f"{prefix}_expand_conv.weight" in state:
            inner = filtered(inner, state[f"{prefix}_expand_conv.weight"], 1, 1)
            inner = clipped(normalised(state, f"{prefix}_bn0", inner), ceiling)
        inner = filtered(inner, state[f"{prefix}_depthwise_conv.weight"], stride, dilation)
        inner = clipped(normalised(state, f"{prefix}_bn1", inner), ceiling)
        inner = filtered(inner, state[f"{prefix}_project_conv.weight"], 1, 1)
        inner = normalised(state, f"{prefix}_bn2", inner)
        features = inner + features if inner.shape == features.shape else inner
        outputs.append(features)
    return outputs


def filtered(features, filters, stride, dilation):
    """Filters of one input channel are depth-wise, as none of the network has a single channel."""
    height, width = features.shape[:2]
    outputs, _, rows, columns = filters.shape
    result = np.zeros((-(-height // stride), -(-width // stride), outputs))
    for y in range(result.shape[0]):
        for x in range(result.shape[1]):
            for row in range(rows):
                for column in range(columns):
                    up = y * stride + (row - rows // 2) * dilation
                    left = x * stride + (column - columns // 2) * dilation
                    if 0 <= up < height and 0 <= left < width:
                        tap, seen = filters[:, :, row, column], features[up, left]
                        result[y, x] += tap[:, 0] * seen if tap.shape[1] == 1 else tap @ seen
    return result


def normalised(state, name, features):
    scale = state[f"{name}.weight"] / np.sqrt(state[f"{name}.running_var"] + EPSILON)
    return (features - state[f"{name}.running_mean"]) * scale + state[f"{name}.bias"]


def clipped(features, ceiling):
    return np.minimum(np.maximum(features, 0.0), ceiling)
