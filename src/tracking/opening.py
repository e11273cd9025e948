"""From parameters to a tracker: devices, precision, weights; TensorFlow is imported on the way.

Unless `run.runtime` says litert: then an export is read.
"""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from src.base.settings import differences, refuse_others
from src.parameters.design import Design
from src.parameters.hyperparams import TrackerHyperparams
from src.parameters.models import Run
from src.parameters.parse_arguments import Parameters
from src.runtime.exports import read_export
from src.runtime.light_tracker import LightTracker

if TYPE_CHECKING:
    from src.tracking.tracker import Tracker

AUTO, EXACT, SHORT = "auto", "float32", "bfloat16"
TENSORFLOW, LITERT = "tensorflow", "litert"
# what bfloat16 must gain: less is not worth other boxes, and may be chance
LEAST_GAIN = 1.1
_REPETITIONS = 5


def open_tracker(
    parameters: Parameters,
    which: str | None = None,
    multiple: bool = False,
    constant_weights: bool = True,
) -> "tuple[Tracker, str]":
    """Gives TensorFlow its devices, settles the precision and loads the tracker.

    Args:
        parameters: All of them; `design` says which tracker, `run` where and in which numbers it
            computes.
        which: Which weights; None: `evaluation.weights`.
        multiple: Whether it is to track several targets at once.
        constant_weights: Whether its graphs hold the weights as constants, which is faster.

    Returns:
        The tracker, and one line that names the weights, and the precision unless it is float32.

    Raises:
        UserError: There are no such weights, they belong to another design, or a GPU of
            `run.gpus` is missing; as for `open_light`, if that is the runtime.
    """
    if parameters.run.runtime == LITERT:
        return open_light(parameters, multiple)
    from src.base.imports import use_devices

    hp, evaluation, run, env, design = parameters
    use_devices(run.gpus)
    from src.tracking.loading import load_tracker

    precision = settle_precision(run, design).tracking_precision
    weights = which or evaluation.weights
    return load_tracker(hp, env, design, weights, multiple, precision, constant_weights)


def open_light(
    parameters: Parameters, multiple: bool = False, threads: int | None = None
) -> tuple[LightTracker, str]:
    """The tracker of `run.export`, if it is the one that the parameters describe.

    Args:
        parameters: All of them; which weights there are is the export's affair.
        multiple: Whether it is to track several targets at once.
        threads: How many compute; None: as many as there are cores, at most 4.

    Returns:
        The tracker, and one line that names weights and runtime.

    Raises:
        UserError: The export is missing, damaged, or of other parameters; LiteRT is not installed.
    """
    hp, _, run, _, design = parameters
    export = read_export(run.export or None)
    told = {
        "design": export.told["design"],
        # keys that came later are at their defaults
        "hyperparams": TrackerHyperparams.model_validate_json(
            json.dumps(export.told["hyperparams"])
        ).model_dump(mode="json"),
    }
    ours = {
        "design": design.model_dump(mode="json", include=set(told["design"])),
        "hyperparams": hp.model_dump(mode="json", include=set(told["hyperparams"])),
    }
    advice = "name the export of this tracker with --set run.export=FOLDER (python -m src export)"
    refuse_others(export.folder, differences(told, ours), advice)
    return LightTracker(export, threads, multiple), export.weights


def settled(parameters: Parameters) -> Parameters:
    """The parameters with "auto" decided, for several processes that must compute alike.

    Args:
        parameters: All of them; TensorFlow is imported, and given its devices, only for "auto".

    Returns:
        The same with "float32" or "bfloat16" as `run.tracking_precision`.
    """
    run = parameters.run
    if run.runtime == LITERT:
        return parameters
    if run.tracking_precision == AUTO:
        from src.base.imports import use_devices

        use_devices(run.gpus)
    return parameters._replace(run=settle_precision(run, parameters.design))


def exact(parameters: Parameters) -> Parameters:
    """The parameters with tracking in float32, for numbers that must not hang on this computer.

    By TensorFlow: whoever asks for it changes the tracker or its weights.
    """
    return by_tensorflow(parameters, tracking_precision=EXACT)


def by_tensorflow(parameters: Parameters, **changes: object) -> Parameters:
    """The parameters with a tracker that can be changed, and other changes of `run`."""
    run = parameters.run.model_copy(update={"runtime": TENSORFLOW, **changes})
    return parameters._replace(run=run)


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
    embed = tf.function(partial(network.embed_search, training=False), autograph=False)
    with frozen(network.weights):
        embed(crop)
    return lambda: [level.numpy() for level in embed(crop)]
