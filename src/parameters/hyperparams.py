"""The tracker's and the learner's hyper-parameters, and the text of a file of them."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from src.parameters.models import (
    Count,
    OddCount,
    ParameterModel,
    PartShare,
    Positive,
    Share,
    Switch,
)


class LearningHyperparams(ParameterModel):
    """The training's part of `hyperparams.json`: how to learn, and from which pairs."""

    lr: Positive = Field(0.01, description="learning rate of the first step")
    lr_end: Positive = Field(
        1e-5, description="learning rate of the last step; if missing, not above lr"
    )
    optimizer: Literal["sgd", "adam"] = Field("sgd", description="optimiser")
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.9, description="momentum of sgd, first decay of adam"
    )
    weight_decay: Annotated[float, Field(ge=0)] = Field(5e-4, description="L2 penalty of filters")
    backbone_lr: Annotated[float, Field(ge=0, le=1)] = Field(
        1.0, description="learning rate of the backbone, as a multiple of the others'"
    )
    backbone_start: Annotated[float, Field(ge=0)] = Field(
        0.0, description="epochs before the backbone learns"
    )
    loss: Literal["logistic", "contrast", "anchors", "distances"] = Field(
        "logistic",
        description="logistic judges every cell by itself, contrast place, scale and pair in one; "
        "siamrpn: anchors, a sample of them, or distances from cells to the sides of the box",
    )
    box_loss: Literal["smooth_l1", "l1", "giou"] = Field(
        "smooth_l1", description="siamrpn: what a wrong box costs; giou: distances only"
    )
    box_weight: Positive = Field(5.0, description="siamrpn: factor on the loss of the boxes")
    cosine_weight: Annotated[float, Field(ge=0)] = Field(
        1.0, description="siamrpn_fused: factor on the contrast loss of its cosine"
    )
    filter_loss_weight: Annotated[float, Field(ge=0)] = Field(
        0.0,
        description="factor on the contrast loss of a filter that is learned from the exemplar's "
        "frame as a tracker learns it; 0: none",
    )
    label: Literal["radius", "box"] = Field("radius", description="rule for positive cells")
    label_radius: Positive = Field(16.0, description="radius of positive cells, crop pixels")
    label_balance: Switch = Field(
        True, description="whether positive and negative cells weigh the same in all"
    )
    label_sigma: Positive = Field(
        8.0, description="spread of the contrast loss's label in place, crop pixels"
    )
    label_scale_sigma: Positive = Field(
        0.04, description="spread of the contrast loss's label in scale, natural logarithm"
    )
    other_scales: tuple[Annotated[float, Field(ge=0.5, le=2)], ...] = Field(
        (),
        strict=False,  # the values pass `_last_rate` as a list
        description="wrong scales of exemplars that the contrast loss holds against the true",
    )
    search_shift: Annotated[int, Field(ge=0, le=64)] = Field(
        8, description="largest random shift of the search crop, crop pixels"
    )
    stretch: Annotated[float, Field(ge=0, le=0.2)] = Field(
        0.05, description="largest random stretch of both crops, in x and y apart"
    )
    zoom: Annotated[float, Field(ge=0, le=0.5)] = Field(
        0.0, description="largest random share by which both crops show less"
    )
    search_scale: Annotated[float, Field(ge=0, le=0.5)] = Field(
        0.0, description="largest random share by which the search crop shows more or less"
    )
    colour_jitter: Share = Field(0.1, description="largest random gain and offset of each channel")
    grey_share: Share = Field(0.25, description="share of the pairs that are turned grey")
    blur_share: Share = Field(0.0, description="share of the search crops blurred by motion")
    mirror_share: Share = Field(0.0, description="share of the pairs turned left to right")
    negative_share: PartShare = Field(
        0.0, description="share of the pairs whose exemplar shows another target"
    )
    max_frame_gap: Count = Field(100, description="largest distance of exemplar and search, frames")
    pairs_per_video: Count = Field(100, description="pairs from a video")
    stills_share: PartShare = Field(0.2, description="share of photographs in the training pairs")
    validation_share: PartShare = Field(0.1, description="share of the videos kept for validation")
    min_target_sz: Positive = Field(
        4.0, description="least shorter side of usable boxes, frame pixels"
    )
    max_target_share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.75, description="largest area of usable boxes, as a share of the frame"
    )
    max_aspect: Annotated[float, Field(ge=1)] = Field(
        8.0, description="largest ratio of the longer to the shorter side of usable boxes"
    )
    min_visible: Share = Field(
        0.5, description="least share of usable boxes that lies inside the frame"
    )

    @model_validator(mode="before")
    @classmethod
    def _last_rate(cls, values: object) -> object:
        """The original's `lr` may lie below the usual last rate."""
        lr = values.get("lr") if isinstance(values, dict) else None
        if isinstance(lr, int | float) and "lr_end" not in values:
            return values | {"lr_end": min(lr, cls.model_fields["lr_end"].default)}
        return values


class TrackerHyperparams(ParameterModel):
    """The tracker's part of `hyperparams.json`."""

    response_up: Annotated[int, Field(ge=1, le=64)] = Field(
        description="upsampling of the score map"
    )
    window_influence: Share = Field(description="share of the window in the response")
    z_lr: Share = Field(
        description="share of the newest template in the rolling template; siamrpn_fused has it "
        "beside the first"
    )
    scale_num: Annotated[OddCount, Field(le=25)] = Field(
        description="scales that are searched, odd; siamrpn_fused: scales of the exemplar"
    )
    scale_step: Annotated[float, Field(gt=1, le=2)] = Field(
        description="base of the scales' factors; exponents go from -`scale_span` to `scale_span`"
    )
    scale_penalty: Annotated[float, Field(gt=0, le=1)] = Field(
        description="factor on the peaks of changed scales"
    )
    scale_lr: Share = Field(
        description="share of the winning scale in the new size; siamrpn: of the found size, where "
        "it is sure and alike"
    )
    box_lr: Share = Field(
        0.0, description="siamrpn_fused: share of the found box in the new size, where it is sure"
    )
    scale_min: Annotated[float, Field(gt=0, le=1)] = Field(
        description="smallest size of the target, as a multiple of its first one"
    )
    scale_max: Annotated[float, Field(ge=1)] = Field(
        description="largest size of the target, as a multiple of its first one"
    )
    min_side: Annotated[float, Field(ge=0, le=100)] = Field(
        10.0,
        description="siamrpn, siamrpn_fused: smallest width and height of a box in frame pixels, "
        "or half of its first one where that is less",
    )
    scale_span: Annotated[float, Field(gt=0, le=10)] = Field(
        1.0, description="exponent of the outermost scales, see `scale_step`"
    )
    penalty_k: Annotated[float, Field(ge=0)] = Field(
        0.05, description="siamrpn, siamrpn_fused: what a box costs that changes its size or shape"
    )
    first_look: Share = Field(
        0.0,
        description="siamrpn, siamrpn_fused: share of what the first frame shows to be wrong in "
        "boxes that is taken back in all others",
    )
    cosine_share: Share = Field(
        0.0, description="siamrpn_fused: share of the cosine alone in the score of a box"
    )
    confidence: Annotated[tuple[float, ...], Field(min_length=3, max_length=4)] = Field(
        (1.2238, 0.0842, 0.1334),
        strict=False,  # the values pass `_last_rate` as a list
        description="calibration of the confidence: offset, factors of the peak above the usual "
        "one, of the peak above the rest in standard deviations and, where a filter learns online, "
        "of its peak above the rest",
    )
    lost_below: Share = Field(
        0.0, description="confidence below which the target is lost; 0: never"
    )
    found_above: Share = Field(0.5, description="confidence above which a lost target is found")
    lost_search_growth: Annotated[float, Field(ge=1, le=4)] = Field(
        1.0,
        description="how many times as wide an area is searched for a lost target; 1: as ever",
    )
    filter_share: Share = Field(
        0.0,
        description="siamrpn_fused: share of the filter that learns online in the likeness of "
        "boxes; 0, and 0 of `filter_weight`: no such filter",
    )
    filter_weight: Annotated[float, Field(ge=0, le=1000)] = Field(
        0.0,
        description="siamfc, siamrpn_fused: factor on the response of the filter that learns "
        "online, beside scores or cosines, where the peak is looked for",
    )
    filter_cells: Annotated[int, Field(ge=1, le=31)] = Field(
        5, description="taps of the filter along an axis, cells"
    )
    filter_sigma: Annotated[float, Field(ge=1, le=1000)] = Field(
        16.0, description="spread of the filter's label, crop pixels"
    )
    filter_ridge: Annotated[float, Field(gt=0, le=1000)] = Field(
        0.01, description="weight of the filter's squared taps"
    )
    filter_pasted: Annotated[int, Field(ge=0, le=8)] = Field(
        4, description="views of the first frame with the target pasted elsewhere"
    )
    filter_memory: Annotated[int, Field(ge=1, le=100)] = Field(
        6, description="search areas of later frames that the filter is learned from"
    )
    filter_lr: PartShare = Field(0.1, description="share of the newest of these")
    filter_every: Annotated[int, Field(ge=1, le=10000)] = Field(
        5, description="updates from one of these to the next"
    )
    filter_steps: Annotated[int, Field(ge=1, le=1000)] = Field(
        4, description="conjugate gradients' steps with each of these"
    )
    filter_first_steps: Annotated[int, Field(ge=1, le=1000)] = Field(
        15, description="the same in the first frame"
    )


class Hyperparams(LearningHyperparams, TrackerHyperparams):
    """`hyperparams.json`: the tracker's and the training's hyper-parameters."""


def has_filter(hp: TrackerHyperparams) -> bool:
    """Whether a filter that learns its target has a say."""
    return hp.filter_share > 0 or hp.filter_weight > 0


def hyperparams_text(values: Mapping[str, Any]) -> str:
    """Writes values as JSON, each key with its whole value on one line.

    Args:
        values: For JSON, by key.

    Returns:
        The text of the file.
    """
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
