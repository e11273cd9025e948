"""SiamRPN's trackers, of one target and of several: SiamFC's, with another arithmetic."""

from src.fused_graph import FusedGraph
from src.multi_tracker import SiamFCMultiTracker
from src.siamfc_tracker import SiamFCTracker
from src.siamrpn_graph import SiamRPNGraph


class SiamRPNTracker(SiamFCTracker):
    """Tracks one target; see `src.tracker.Tracker`."""

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
