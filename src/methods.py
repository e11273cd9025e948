"""One row for each tracking method: what belongs together in training and tracking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from src.anchor_loss import anchor_loss, compare_anchors
from src.anchor_targets import make_anchor_targets
from src.contrast import compare_with_others, contrast_loss, make_contrast_targets
from src.design import Design
from src.distance_targets import make_distance_targets
from src.errors import UserError
from src.fused_loss import compare_boxes, make_fused_loss
from src.grey_tracker import GreySwitch
from src.labels import make_logistic_targets
from src.losses import compare_pairs, logistic_loss
from src.multi_tracker import SiamFCMultiTracker
from src.parameters import Environment, Hyperparams
from src.siamese import SiameseNetwork, build_network
from src.siamfc_tracker import SiamFCTracker
from src.siamrpn_tracker import (
    FusedMultiTracker,
    FusedTracker,
    SiamRPNMultiTracker,
    SiamRPNTracker,
)
from src.tracker import SeveralTracker, Tracker
from src.weights import load_pretrained, load_weights, uses_net

Tensors = dict[str, tf.Tensor]


@dataclass(frozen=True)
class Objective:
    """What a training strives for.

    Attributes:
        compare: From network, batch and `training` to outputs, of which `score` [B, n, n, 1] is
            that of the pairs as a tracker would see it.
        make_targets: From design and hyper-parameters to a function batch -> targets.
        make_loss: From design and hyper-parameters to a function (those outputs, targets) ->
            `{"total": ...}`.
    """

    compare: Callable[[SiameseNetwork, Tensors, bool], Tensors]
    make_targets: Callable[[Design, Hyperparams], Callable[[Tensors], Tensors]]
    make_loss: Callable[[Design, Hyperparams], Callable[[Tensors, Tensors], Tensors]]


@dataclass(frozen=True)
class Method:
    """What must match.

    Attributes:
        objectives: `hyperparams.loss` -> what a training strives for.
        tracker: From network, design and hyper-parameters to a tracker; a fourth argument says
            whether it may hold the weights as they are.
        multi_tracker: Likewise, to a tracker of several targets: `init` takes boxes [N, 4], and
            `update` gives a list of results.
    """

    objectives: Mapping[str, Objective]
    tracker: Callable[..., Tracker]
    multi_tracker: Callable[..., SeveralTracker]

    def objective(self, loss: str) -> Objective:
        """The row that `hyperparams.loss` names.

        Raises:
            UserError: The method does not learn by this loss.
        """
        if loss not in self.objectives:
            known = " or ".join(self.objectives)
            raise UserError(f"hyperparams.loss is {loss}, but this design.method learns by {known}")
        return self.objectives[loss]


METHODS = {
    "siamfc": Method(
        {
            "logistic": Objective(compare_pairs, make_logistic_targets, lambda *_: logistic_loss),
            "contrast": Objective(
                compare_with_others, make_contrast_targets, lambda *_: contrast_loss
            ),
        },
        SiamFCTracker,
        SiamFCMultiTracker,
    ),
    "siamrpn": Method(
        {
            "anchors": Objective(compare_anchors, make_anchor_targets, lambda *_: anchor_loss),
        },
        SiamRPNTracker,
        SiamRPNMultiTracker,
    ),
    "siamrpn_fused": Method(
        {
            "anchors": Objective(compare_anchors, make_anchor_targets, lambda *_: anchor_loss),
            "distances": Objective(compare_boxes, make_distance_targets, make_fused_loss),
        },
        FusedTracker,
        FusedMultiTracker,
    ),
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
