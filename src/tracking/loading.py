"""Which tracker a method has, and a tracker with its weights."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from src.network.siamese import build_network
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment
from src.tracking.graph_tracker import (
    FusedMultiTracker,
    FusedTracker,
    SiamFCMultiTracker,
    SiamFCTracker,
    SiamRPNMultiTracker,
    SiamRPNTracker,
)
from src.tracking.tracker import GreySwitch, SeveralTracker, Tracker
from src.weights.finding import load_pretrained, load_weights, uses_net


@dataclass(frozen=True)
class Method:
    """How a method tracks; how it learns is told in `src.training.objectives.OBJECTIVES`.

    Attributes:
        tracker: From network, design and hyper-parameters to a tracker; a fourth argument says
            whether it may hold the weights as they are.
        multi_tracker: Likewise, to a tracker of several targets: `init` takes boxes [N, 4], and
            `update` gives a list of results.
    """

    tracker: Callable[..., Tracker]
    multi_tracker: Callable[..., SeveralTracker]


METHODS = {
    "siamfc": Method(SiamFCTracker, SiamFCMultiTracker),
    "siamrpn": Method(SiamRPNTracker, SiamRPNMultiTracker),
    "siamrpn_fused": Method(FusedTracker, FusedMultiTracker),
}


def load_tracker(
    hp: Hyperparams,
    env: Environment,
    design: Design,
    weights: str,
    several: bool = False,
    precision: str = "float32",
    fixed: bool = True,
) -> tuple[Tracker, str]:
    """Builds the design's network and tracker with its weights.

    With `design.net` goes `design.net_gray`, if named: a second network for grey videos.

    Args:
        hp: The tracker's hyper-parameters.
        env: Where pretrained networks lie.
        design: The network; `design.method` picks the row.
        weights: Which weights (`evaluation.weights`).
        several: Whether it is to track several targets at once; see `Method.multi_tracker`.
        precision: What the backbone computes with; a row of `siamese.PRECISIONS`.
        fixed: Whether its graphs hold the weights as constants, which is faster.

    Returns:
        The tracker, and one line that names the weights, and the precision unless it is float32.

    Raises:
        UserError: There are no such weights, or they belong to another design.
    """
    network = build_network(design, 0, precision)
    description = load_weights(network, env, design, weights)
    method = METHODS[design.method]
    make_tracker = method.multi_tracker if several else method.tracker
    tracker = make_tracker(network, design, hp, fixed)
    computed = "" if precision == "float32" else f", in {precision}"
    if not (design.net_gray and uses_net(design, weights)):
        return tracker, description + computed
    grey_network = build_network(design, 0, precision)
    grey = load_pretrained(grey_network, Path(env.root_pretrained) / design.net_gray)
    switch = GreySwitch(tracker, make_tracker(grey_network, design, hp, fixed))
    return switch, f"{description}; for grey videos {grey}{computed}"
