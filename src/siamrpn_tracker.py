"""SiamRPN's trackers, of one target and of several: SiamFC's, with another arithmetic."""

from src.multi_tracker import SiamFCMultiTracker
from src.siamfc_tracker import SiamFCTracker
from src.siamrpn_graph import SiamRPNGraph


class SiamRPNTracker(SiamFCTracker):
    """Tracks one target; see `src.tracker.Tracker`."""

    graph_type = SiamRPNGraph


class SiamRPNMultiTracker(SiamFCMultiTracker):
    """Tracks any number of targets; each as `SiamRPNTracker` would alone."""

    graph_type = SiamRPNGraph
