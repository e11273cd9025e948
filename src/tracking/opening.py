"""Which numbers a tracker's backbone computes with, where the choice is left to this CPU."""

import time
from collections.abc import Callable

from src.parameters.design import Design
from src.parameters.models import Run

AUTO, EXACT, SHORT = "auto", "float32", "bfloat16"
# what bfloat16 must gain: less is not worth other boxes, and may be chance
LEAST_GAIN = 1.1
_REPETITIONS = 5


def settle_precision(run: Run, design: Design) -> Run:
    """Decides `run.tracking_precision` if it is "auto", and prints what was decided.

    Args:
        run: The parameters.
        design: The network.

    Returns:
        The parameters with "float32" or "bfloat16".
    """
    if run.tracking_precision != AUTO:
        return run
    precision, gain = faster_precision(design)
    print(f"Precision: {precision} (a search in bfloat16 is {gain:.2f} times as fast here)")
    return run.model_copy(update={"tracking_precision": precision})


def faster_precision(
    design: Design, clock: Callable[[], float] = time.perf_counter
) -> tuple[str, float]:
    """Times the backbone in both precisions on crops of zeros; imports TensorFlow.

    Args:
        design: The network.
        clock: Seconds, rising.

    Returns:
        The precision, and how many times as fast as float32 bfloat16 is; it is taken from
        `LEAST_GAIN` on.
    """
    searches = {name: _search(design, name) for name in (EXACT, SHORT)}
    seconds = {name: float("inf") for name in searches}
    # in turns, and the shortest of each: other programs then disturb both alike
    for _ in range(_REPETITIONS):
        for name, search in searches.items():
            begin = clock()
            search()
            seconds[name] = min(seconds[name], clock() - begin)
    gain = seconds[EXACT] / seconds[SHORT]
    return (SHORT if gain >= LEAST_GAIN else EXACT), gain


def _search(design: Design, precision: str) -> Callable[[], object]:
    """Embeds one search crop of zeros, in the graph that a tracker would use."""
    import tensorflow as tf

    from src.network.frozen_weights import frozen
    from src.network.siamese import build_network

    network = build_network(design, 0, precision)
    crop = tf.zeros([1, design.search_sz, design.search_sz, 3])
    embed = tf.function(lambda search: network.embed_search(search, training=False))
    with frozen(network.weights):
        embed(crop)
    return lambda: [level.numpy() for level in embed(crop)]
