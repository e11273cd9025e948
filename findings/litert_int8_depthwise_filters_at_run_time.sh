#!/usr/bin/env bash
# TensorFlow 2.21.0 (its TFLite converter) and ai-edge-litert 2.3.0 (which runs the file):
# depth-wise convolution in int8 with filters that are an input, as in Siamese trackers.
#
# One would guess: an operation that the converter quantises is right to about a hundredth, as the
#   same operation with constant filters is; what integers cannot do stays float.
# What happens: the converter gives the filters the range that it saw, with a zero point, as it does
#   for all activations; the int8 kernels (the usual ones and the reference ones) take the zero
#   point of filters for 0. Filters around 0 are right. Filters that are never negative (after a
#   ReLU, that is) give numbers that have little to do with the right ones. Nothing warns.
# Why it matters: a tracker whose template has gone through a ReLU and is then slid over the search
#   area is exported and runs, and has lost a seventh of its success rate. The products must stay
#   float, outside the quantised graph.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet tensorflow-cpu==2.21.0 ai-edge-litert==2.3.0
cd "$folder"

TF_CPP_MIN_LOG_LEVEL=3 "$folder/env/bin/python" - 2>"$folder/log" <<'PY' || { tail -5 "$folder/log"; exit 1; }
import sys
from importlib.metadata import version

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

print(f"TensorFlow {tf.__version__}, ai-edge-litert {version('ai-edge-litert')}")
AREA, FILTERS = (1, 9, 9, 4), (3, 3, 4, 1)
KERNELS = {"usual": OpResolverType.AUTO, "reference": OpResolverType.BUILTIN_REF}
# what the filters' numbers lie between -> lowest
RANGES = {"-1 and 1": -1.0, "0 and 1": 0.0}


@tf.function(input_signature=[tf.TensorSpec(AREA), tf.TensorSpec(FILTERS)])
def slid(area, filters):
    return tf.nn.depthwise_conv2d(area, filters, [1, 1, 1, 1], "VALID")


def drawn(rng, lowest):
    sizes = ((AREA, 0.0), (FILTERS, lowest))
    return [rng.uniform(low, 1, size).astype(np.float32) for size, low in sizes]


def worst_share(lowest, kernels):
    """Largest error through the largest true number."""
    rng = np.random.default_rng(0)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([slid.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (drawn(rng, lowest) for _ in range(100))
    content = converter.convert()
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    known = {array.shape: array for array in drawn(rng, lowest)}
    for told in interpreter.get_input_details():
        interpreter.set_tensor(told["index"], known[tuple(told["shape"])])
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    right = slid(known[AREA], known[FILTERS]).numpy()
    return float(np.abs(found - right).max() / np.abs(right).max())


errors = {
    (words, name): worst_share(lowest, kernels)
    for words, lowest in RANGES.items()
    for name, kernels in KERNELS.items()
}
for (words, name), error in errors.items():
    print(f"filters between {words}, {name} kernels: wrong by {error:.1%} of the largest number")
good = all(error < 0.03 for (words, _), error in errors.items() if words == "-1 and 1")
bad = all(error > 0.5 for (words, _), error in errors.items() if words == "0 and 1")
if not (good and bad):
    sys.exit("No longer as stated: filters around 0 right, those that are never negative wrong")
print("As stated: filters that are never negative give wrong numbers, without a word.")
PY
