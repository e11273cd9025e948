"""Tracks validation videos with a network in training: what the training is selected by."""

from collections.abc import Callable, Sequence

import numpy as np

from src.evaluating.following import track_and_score
from src.network.siamese import SiameseNetwork
from src.tracking.tracker import Tracker
from src.video.segments import Segment


class ValidationTracking:
    """Scores a network by tracking; the tracker has a float32 copy of it, traced once."""

    def __init__(
        self,
        network: SiameseNetwork,
        copy: SiameseNetwork,
        make_tracker: Callable[[SiameseNetwork], Tracker],
        segments: Sequence[Segment],
        dist_threshold: float,
    ):
        """Makes the tracker.

        Args:
            network: The network in training.
            copy: Of the same design; receives its weights before each tracking.
            make_tracker: From a network to its tracker.
            segments: What to track.
            dist_threshold: `evaluation.dist_threshold`, pixels.
        """
        self.network, self.copy = network, copy
        self.tracker, self.segments = make_tracker(copy), segments
        self.dist_threshold = dist_threshold

    def __call__(self) -> dict[str, float]:
        """Tracks all segments with the weights as they are now.

        Returns:
            `success_auc` (OTB, 0...1) and `precision` (share of hits, 0...1), means over the
            segments.
        """
        for ours, theirs in zip(self.copy.weights, self.network.weights, strict=True):
            ours.assign(theirs)
        scores = [
            track_and_score(self.tracker, segment, self.dist_threshold) for segment in self.segments
        ]
        return {
            "success_auc": float(np.mean([one.success_auc for one in scores])),
            "precision": float(np.mean([one.precision for one in scores])) / 100,
        }
