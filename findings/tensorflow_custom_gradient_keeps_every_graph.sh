#!/usr/bin/env bash
# tensorflow-cpu 2.21.0: `tf.custom_gradient` in a traced function.
#
# One would guess: a `tf.function` that nobody holds any more is freed with its graph and the
#   constants in it, whatever operations it was made of; a function without custom gradient is.
# What happens: with one `tf.custom_gradient` in it, whether a gradient was ever asked for or not,
#   the graph stays until the process ends. By the source, tracing registers the gradient, which
#   holds the graph's tensors, in a table of the process under a new name, and nothing removes it.
# Why it matters: a program that traces again and again (a model for each request, a search that
#   traces for each trial) grows by each graph's constants, and no garbage collection helps.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0
cd "$folder"

cat > trace.py <<'CODE'
import gc
import weakref

import tensorflow as tf


def square(x):
    return x * x


@tf.custom_gradient
def square_with_gradient(x):
    return x * x, lambda upstream: 2.0 * x * upstream


def graphs_left(function, traces=5):
    graphs = []
    for _ in range(traces):
        traced = tf.function(lambda x: function(x) + 1.0)
        graphs.append(weakref.ref(traced.get_concrete_function(tf.TensorSpec([], tf.float32)).graph))
        assert float(traced(tf.constant(3.0))) == 10.0
        del traced
    gc.collect()
    return sum(graph() is not None for graph in graphs)


plain, custom = graphs_left(square), graphs_left(square_with_gradient)
print(f"of 5 graphs each are left: {plain} without, {custom} with a custom gradient")
CODE
seen=$(TF_CPP_MIN_LOG_LEVEL=3 "$folder/env/bin/python" trace.py 2> /dev/null)
echo "$seen"

stated="of 5 graphs each are left: 0 without, 5 with a custom gradient"
if [ "$seen" != "$stated" ]; then
    echo "No longer as stated, which was: $stated" >&2
    exit 1
fi
echo "As stated: a custom gradient keeps every graph that it was traced in."
