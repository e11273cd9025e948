"""What a training strives for: a row for each method and loss."""

from collections.abc import Callable
from dataclasses import dataclass

from src.base.errors import UserError
from src.network.siamese import SiameseNetwork
from src.network.types import Tensors
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.training.anchors import anchor_loss, compare_anchors, make_anchor_targets
from src.training.boxes import compare_boxes, make_distance_targets, make_fused_loss
from src.training.contrast import compare_with_others, contrast_loss, make_contrast_targets
from src.training.logistic import compare_pairs, logistic_loss, make_logistic_targets


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


_ANCHORS = Objective(compare_anchors, make_anchor_targets, lambda *_: anchor_loss)

# (`design.method`, `hyperparams.loss`) -> what the training strives for
OBJECTIVES = {
    ("siamfc", "logistic"): Objective(
        compare_pairs, make_logistic_targets, lambda *_: logistic_loss
    ),
    ("siamfc", "contrast"): Objective(
        compare_with_others, make_contrast_targets, lambda *_: contrast_loss
    ),
    ("siamrpn", "anchors"): _ANCHORS,
    ("siamrpn_fused", "anchors"): _ANCHORS,
    ("siamrpn_fused", "distances"): Objective(
        compare_boxes, make_distance_targets, make_fused_loss
    ),
}


def find_objective(method: str, loss: str) -> Objective:
    """The row of a method (`design.method`) and a loss (`hyperparams.loss`).

    Raises:
        UserError: The method does not learn by this loss.
    """
    if (method, loss) not in OBJECTIVES:
        known = " or ".join(name for owner, name in OBJECTIVES if owner == method)
        raise UserError(f"hyperparams.loss is {loss}, but design.method {method} learns by {known}")
    return OBJECTIVES[method, loss]
