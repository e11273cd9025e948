"""Times tracking, stage by stage and whole, beside the bare network on the same crops."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.benchmarking.frames import Footage, from_start, load_footage
from src.benchmarking.light import LightRun
from src.benchmarking.results import Candidate, Measure, Variant
from src.benchmarking.stages import Stages
from src.benchmarking.timing import alternate, call_times, over_rounds, rate, ratios, round_sizes
from src.evaluating.following import TrackStep, follow, timed
from src.network.siamese import build_network
from src.parameters.hyperparams import has_filter
from src.runtime.light_tracker import LightTracker
from src.tracking.graph_tracker import GraphTracker
from src.tracking.loading import make_tracker
from src.tracking.opening import open_tracker, settle_precision
from src.tracking.tracker import GreySwitch
from src.video.images import read_image
from src.weights.finding import trained_checkpoint

ROUND_UPDATES = 10
WARM_UP = 3

# stage -> seconds of every call in one round
Seconds = dict[str, list[float]]


class TrackingRun:
    """One tracker, measured in rounds."""

    def __init__(
        self, tracker: GraphTracker, footage: Sequence[Footage], clock: Callable[[], float]
    ):
        """Takes what is measured; `round` traces the stages at its first call.

        Args:
            tracker: Tracks one target.
            footage: What to track; rounds take it in turn.
            clock: Seconds, rising.
        """
        self.tracker, self._footage, self._clock = tracker, footage, clock
        self._stages = Stages(tracker.graph)

    def round(self, number: int, updates: int) -> Seconds:
        """Starts a track and follows it.

        Args:
            number: Of the round; decides on the footage.
            updates: How many.

        Returns:
            Seconds of each call, by stage.
        """
        footage, seconds = self._footage[number % len(self._footage)], defaultdict(list)
        steps = follow(self.tracker, from_start(footage), self._clock)
        seconds["init"].append(next(steps).seconds)
        if self.tracker.graph.filter:
            self._first_frame(footage.frames[0], seconds)
        for index, (path, frame) in zip(range(updates), footage.following(), strict=False):
            self._one_frame(path, frame, steps, index % 2 == 0, seconds)
        return seconds

    def _first_frame(self, frame: np.ndarray, seconds: Seconds) -> None:
        """The stages of an `init` that are the filter's."""
        state, stages = self.tracker.state, self._stages
        crops = stages.crop(tf.convert_to_tensor(frame), state.centre_frame, state.target_sz)
        clocked = self._into(seconds)
        if self.tracker.graph.hp.filter_pasted:
            clocked("init_pasted_views", stages.paste, crops, state.target_sz)
        clocked("init_filter_learning", stages.learn_first, state.online)

    def _into(self, seconds: Seconds) -> Callable:
        """What calls a stage by its name and notes its seconds."""

        def clocked(name: str, function: Callable, *arguments: object) -> object:
            value, taken = timed(self._clock, function, *arguments)
            seconds[name].append(taken)
            return value

        return clocked

    def _one_frame(
        self,
        path: Path,
        frame: np.ndarray,
        steps: Iterator[TrackStep],
        update_first: bool,
        seconds: Seconds,
    ) -> None:
        """Every stage once, and the update; which of update and network is first, alternates."""
        clocked, stages, state = self._into(seconds), self._stages, self.tracker.state
        pixels = tf.convert_to_tensor(frame)
        clocked("read_and_decode", read_image, path)
        clocked("mean_colour", stages.mean_colour, pixels)
        target = (pixels, state.centre_frame, state.target_sz)
        crops = clocked("crop", stages.crop, *target)
        if update_first:
            seconds["update"].append(next(steps).seconds)
        search = clocked("bare_network", stages.network, crops)
        if not update_first:
            seconds["update"].append(next(steps).seconds)
        graph = self.tracker.graph
        told = (
            clocked("filter_response", stages.respond, state.online, search)
            if graph.filter
            else None
        )
        maps = clocked("correlate_and_upsample", stages.correlate, state.template, search, told)
        frame_wh = tf.constant(frame.shape[1::-1], tf.float32)
        seen = clocked("select", stages.select, maps, state, frame_wh)
        if stages.learns(state):
            clocked("filter_learning", stages.learn, state.online, search, seen, state.lost)
        if graph.refreshes:
            clocked("template", stages.template, *target)


# in the order of the table
STAGES = (
    *("read_and_decode", "mean_colour", "crop", "bare_network", "filter_response"),
    *("correlate_and_upsample", "select", "filter_learning", "after_network", "template"),
    *("init_pasted_views", "init_filter_learning", "init", "update"),
)


def measure_tracking(
    candidates: Sequence[Candidate],
    updates: int,
    folder: Path,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[list[Variant], list[str]]:
    """Times the candidates' trackers in turn on the same frames.

    Args:
        candidates: The first one's parameters name the videos.
        updates: Of each tracker.
        folder: Temporary.
        clock: Seconds, rising.

    Returns:
        A variant for each candidate, and notes.

    Raises:
        UserError: A video or weights are wrong.
    """
    sizes = round_sizes(updates, ROUND_UPDATES)
    _, evaluation, _, env, _ = candidates[0].parameters
    footage, note = load_footage(env, evaluation, len(sizes), max(sizes) + 1, folder)
    built = [build_tracker(candidate) for candidate in candidates]
    runs = [run_of(tracker)(tracker, footage, clock) for tracker, _ in built]
    warm_up = updates_to_warm_up(candidates)
    for run in runs:
        run.round(0, warm_up)
    found = alternate([run.round for run in runs], sizes)
    variants = [
        candidate.variant(precision_of(run.tracker), measures_of(rounds, found[0]))
        for candidate, run, rounds in zip(candidates, runs, found, strict=True)
    ]
    weights = [
        f"{candidate.name}: {told}" for candidate, (_, told) in zip(candidates, built, strict=True)
    ]
    rounds = f"{updates} updates in {len(sizes)} rounds, {warm_up} updates before them not counted"
    return variants, [note, rounds, *weights]


def updates_to_warm_up(candidates: Sequence[Candidate]) -> int:
    """Updates after which every stage has been traced, that of learning too."""
    hps = (candidate.parameters.hp for candidate in candidates)
    return max([WARM_UP, *(hp.filter_every for hp in hps if has_filter(hp))])


def run_of(tracker: GraphTracker | LightTracker) -> type[TrackingRun | LightRun]:
    """What measures a tracker."""
    return LightRun if isinstance(tracker, LightTracker) else TrackingRun


def measures_of(rounds: Sequence[Seconds], first: Sequence[Seconds]) -> dict[str, Measure]:
    """Sums up the rounds of one tracker.

    Args:
        rounds: What `TrackingRun.round` returned.
        first: The same rounds of the first tracker, to compare with.

    Returns:
        Times of the stages; updates a second; update through bare network, the medians of a round;
        speed through that of the first tracker.
    """
    together = {name: [s for r in rounds for s in r.get(name, ())] for name in STAGES}
    speeds, first_speeds = (
        [rate(len(r["update"]), r["update"]) for r in several] for several in (rounds, first)
    )
    update, network = (
        [float(np.median(r[name])) for r in rounds] for name in ("update", "bare_network")
    )
    return {
        **{name: call_times(seconds) for name, seconds in together.items() if seconds},
        "update_to_bare_network": ratios("", update, network),
        "updates_per_second": over_rounds("1/s", speeds).model_copy(
            update={"value": rate(len(together["update"]), together["update"])}
        ),
        "speed_to_first": ratios("", speeds, first_speeds),
    }


def build_tracker(candidate: Candidate) -> tuple[GraphTracker | LightTracker, str]:
    """The candidate's tracker, with random weights if its design has none yet.

    Args:
        candidate: Whose design may name a second network for grey videos, which is not measured.

    Returns:
        The tracker, and whether its weights are random.

    Raises:
        UserError: The weights cannot be read.
    """
    hp, evaluation, run, _, design = candidate.parameters
    if design.net or design.weights or trained_checkpoint(design, evaluation.weights):
        tracker, weights = open_tracker(candidate.parameters)
        if isinstance(tracker, LightTracker):
            return tracker, f"{weights}, {tracker.network.threads} threads"
        return tracker.colour if isinstance(tracker, GreySwitch) else tracker, "its weights"
    precision = settle_precision(run, design).tracking_precision
    network = build_network(design, seed=0, precision=precision)
    return make_tracker(network, design, hp, constant_weights=True), "random weights"


def precision_of(tracker: GraphTracker | LightTracker) -> str:
    """What the backbone computes with."""
    if isinstance(tracker, LightTracker):
        return tracker.weights.rpartition(" in ")[2]
    return tracker.network.backbone.compute_dtype
