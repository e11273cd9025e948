"""SiamRPN's trackers, of one target and of several: SiamFC's, with another arithmetic."""

from src.tracking.fused_graph import FusedGraph
from src.tracking.graph_tracker import SiamFCTracker
from src.tracking.multi_tracker import SiamFCMultiTracker
from src.tracking.siamrpn_graph import SiamRPNGraph


class SiamRPNTracker(SiamFCTracker):
    """Tracks one target; see `src.tracking.tracker.Tracker`."""

    graph_type = SiamRPNGraph


class SiamRPNMultiTracker(SiamFCMultiTracker):
    """Tracks any number of targets; each as `SiamRPNTracker` would alone."""

    graph_type = SiamRPNGraph


class FusedTracker(SiamFCTracker):
    """Tracks one target by boxes and cosines."""

    graph_type = FusedGraph


class FusedMultiTracker(SiamFCMultiTracker):
    """Tracks any number of targets; each as `FusedTracker` would alone."""

    graph_type = FusedGraph
