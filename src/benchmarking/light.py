"""Times tracking by LiteRT beside tracking by TensorFlow: the same rounds, on the same frames."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from src.benchmarking.frames import Footage, from_start
from src.evaluating.following import follow, timed
from src.runtime.light_tracker import LightTracker
from src.video.images import read_image


class LightRun:
    """One light tracker, measured in rounds; see `src.benchmarking.tracking.TrackingRun`."""

    def __init__(
        self, tracker: LightTracker, footage: Sequence[Footage], clock: Callable[[], float]
    ):
        """Takes what is measured, as there."""
        self.tracker, self._footage, self._clock = tracker, footage, clock

    def round(self, number: int, updates: int) -> dict[str, list[float]]:
        """Starts a track and follows it; seconds of each call, by stage."""
        footage, seconds = self._footage[number % len(self._footage)], defaultdict(list)
        steps = follow(self.tracker, from_start(footage), self._clock)
        seconds["init"].append(next(steps).seconds)

        def clocked(name: str, function: Callable, *arguments: object) -> object:
            value, taken = timed(self._clock, function, *arguments)
            seconds[name].append(taken)
            return value

        for _, (path, frame) in zip(range(updates), footage.following(), strict=False):
            clocked("read_and_decode", read_image, path)
            state = self.tracker.states[0]
            crops = clocked("crop", self.tracker.crops, "search", frame, state)
            levels = clocked(
                "bare_network", self.tracker.embedded, "search", state | {"crops": crops}
            )
            known = state | levels | {"frame_wh": np.array(frame.shape[1::-1], np.float32)}
            clocked("after_network", self.tracker.tracker, "update_search", known)
            seconds["update"].append(next(steps).seconds)
        return seconds
