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
from src.training.filter_learning import (
    filter_loss,
    make_filter_comparison,
    make_filter_targets,
)
from src.training.logistic import compare_pairs, logistic_loss, make_logistic_targets


@dataclass(frozen=True)
class Objective:
    """What a training strives for.

    Attributes:
        compare: From network, batch and `training` to outputs, of which `score` [B, n, n, 1] is
            that of the pairs as a tracker would see it, and `embedded` [B, h, w, C] the first level
            of the search crops.
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


def make_objective(design: Design, hp: Hyperparams) -> Objective:
    """What a training strives for by its parameters.

    Args:
        design: `method`.
        hp: `loss`; and `filter_loss_weight`, with which a filter is learned beside it.

    Raises:
        UserError: The method does not learn by this loss.
    """
    objective = find_objective(design.method, hp.loss)
    return _beside_filter(objective, design, hp) if hp.filter_loss_weight > 0 else objective


def _beside_filter(objective: Objective, design: Design, hp: Hyperparams) -> Objective:
    """The same and, weighted, that filters learned from the exemplars' frames find the targets."""
    answer = make_filter_comparison(design, hp)

    def compare(network: SiameseNetwork, batch: Tensors, training: bool) -> Tensors:
        outputs = objective.compare(network, batch, training)
        return outputs | answer(network, batch, outputs["embedded"], training)

    def make_targets(design: Design, hp: Hyperparams) -> Callable[[Tensors], Tensors]:
        parts = objective.make_targets(design, hp), make_filter_targets(design, hp)
        return lambda batch: parts[0](batch) | parts[1](batch)

    def make_loss(design: Design, hp: Hyperparams) -> Callable[[Tensors, Tensors], Tensors]:
        own_loss = objective.make_loss(design, hp)

        def loss(outputs: Tensors, targets: Tensors) -> Tensors:
            own, of_filter = own_loss(outputs, targets), filter_loss(outputs, targets)
            total = own["total"] + hp.filter_loss_weight * of_filter
            return own | {"filter": of_filter, "total": total}

        return loss

    return Objective(compare, make_targets, make_loss)
