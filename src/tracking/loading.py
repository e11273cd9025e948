"""Which look a method has, and a tracker with its weights."""

from pathlib import Path

from src.network.siamese import SiameseNetwork, build_network
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment
from src.tracking.fused import FusedLook
from src.tracking.graph_tracker import GraphTracker
from src.tracking.siamfc import SiamFCLook
from src.tracking.siamrpn import SiamRPNLook
from src.tracking.tracker import GreySwitch, MultipleTracker, Tracker
from src.weights.finding import load_pretrained, load_weights, uses_net

# `design.method` -> how it tracks; how it learns is told in `src.training.objectives.OBJECTIVES`
LOOKS = {"siamfc": SiamFCLook, "siamrpn": SiamRPNLook, "siamrpn_fused": FusedLook}


def make_tracker(
    network: SiameseNetwork,
    design: Design,
    hp: Hyperparams,
    constant_weights: bool = False,
    targets: int | None = 1,
) -> GraphTracker:
    """The tracker of the design's method; see `GraphTracker` for arguments and errors."""
    return GraphTracker(LOOKS[design.method], network, design, hp, constant_weights, targets)


def load_tracker(
    hp: Hyperparams,
    env: Environment,
    design: Design,
    weights: str,
    multiple: bool = False,
    precision: str = "float32",
    constant_weights: bool = True,
) -> tuple[Tracker | MultipleTracker, str]:
    """Builds the design's network and tracker with its weights.

    With `design.net` goes `design.net_gray`, if named: a second network for grey videos.

    Args:
        hp: The tracker's hyper-parameters.
        env: Where pretrained networks lie.
        design: The network; `design.method` picks the row of `LOOKS`.
        weights: Which weights (`evaluation.weights`).
        multiple: Whether it is to track any number of targets at once.
        precision: What the backbone computes with; a row of `siamese.PRECISIONS`.
        constant_weights: Whether its graphs hold the weights as constants, which is faster.

    Returns:
        The tracker, and one line that names the weights, and the precision unless it is float32.

    Raises:
        UserError: There are no such weights, or they belong to another design.
    """
    network = build_network(design, 0, precision)
    description = load_weights(network, env, design, weights)
    how = (design, hp, constant_weights, None if multiple else 1)
    tracker = make_tracker(network, *how)
    computed = "" if precision == "float32" else f", in {precision}"
    if not (design.net_gray and uses_net(design, weights)):
        return tracker, description + computed
    grey_network = build_network(design, 0, precision)
    grey = load_pretrained(grey_network, Path(env.root_pretrained) / design.net_gray)
    switch = GreySwitch(tracker, make_tracker(grey_network, *how))
    return switch, f"{description}; for grey videos {grey}{computed}"
