"""How a network learns: the training's part of `hyperparams.json`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from src.parameters.models import Count, Parameters, PartShare, Positive, Share, Switch


class LearningHyperparams(Parameters):
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
