"""The network as data: `design.json`, every key with its range and unit.

Keys without a default are those of the original SiamFC-tf; files that have only these stay valid.
"""

from typing import Annotated, Literal

from pydantic import Field

from src.parameters.models import Count, Name, OddCount, ParameterModel, Path, Positive, Switch


class Design(ParameterModel):
    """`design.json`: the network, the crops, and how long it trains."""

    method: Literal["siamfc", "siamrpn", "siamrpn_fused"] = Field(
        "siamfc",
        description="tracking method: a score at some scales, boxes from anchors, or boxes beside "
        "scores at some scales",
    )
    backbone: Literal["alexnet", "efficientnet_lite", "resnet"] = Field(
        "alexnet", description="network that embeds the crops"
    )
    join_method: Literal[
        "xcorr", "cosine", "rpn_up_channel", "rpn_depthwise", "rpn_levels", "rpn_fused"
    ] = Field(
        description="how embeddings are compared: correlation, plain or normalised; siamrpn: "
        "kernels for every output, depth-wise correlation, or that at every level; siamrpn_fused: "
        "depth-wise correlation beside cosines"
    )
    net: str = Field(
        description="file in `root_pretrained` with pretrained weights (.mat, .pth); empty: none"
    )
    net_gray: str = Field(
        description="file with weights for grey videos, beside `net`; empty: `net` serves them too"
    )
    weights: str = Field(
        "", description="released weights of this design (.npz), for evaluation; empty: none"
    )
    initial_weights: str = Field(
        "",
        description="weights that a training starts from (.npz), or an ImageNet backbone (.pth, "
        ".model, .h5, .keras); empty: `net`, or random",
    )
    windowing: Literal["cosine_sum", "cosine", "uniform"] = Field(
        description="window over the response that holds back large displacements"
    )
    exemplar_sz: OddCount = Field(description="side of the exemplar crop, pixels, odd")
    exemplar_margin: Annotated[int, Field(ge=0)] = Field(
        0, description="pixels of surroundings on each side of the exemplar crop"
    )
    template_cells: OddCount | None = Field(
        None, description="middle cells of the embedded exemplar that are the template; null: all"
    )
    search_sz: OddCount = Field(description="side of the search crop, pixels, odd")
    score_sz: OddCount = Field(
        description="side of the score map, cells; must equal the computed one"
    )
    tot_stride: Count = Field(description="crop pixels a cell; must equal the computed one")
    context: Annotated[float, Field(ge=0, le=2)] = Field(
        description="share of width + height added around the target"
    )
    crop_alignment: Literal["exact", "pixel"] = Field(
        "exact",
        description="siamrpn, siamrpn_fused: where the tracker's crops begin: anywhere, or as in "
        "pysot",
    )
    pad_with_image_mean: Switch = Field(
        description="outside the image: its mean colour, or else black"
    )
    resize_width: Annotated[int, Field(ge=32, le=4096)] = Field(
        400, description="width of the stored search images, pixels"
    )
    resize_height: Annotated[int, Field(ge=32, le=4096)] = Field(
        400, description="height of the stored search images, pixels"
    )
    channel: Literal[3] = Field(3, description="colour channels")
    levels: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (),
        description="blocks (resnet: stages) of the backbone whose outputs are compared; empty: "
        "the last; siamrpn_fused: one, and perhaps one of half its stride",
    )
    stage_blocks: tuple[Count, Count, Count, Count] = Field(
        (3, 4, 6, 3), description="blocks by stage of a resnet; the default is ResNet-50"
    )
    stem_filters: Count = Field(
        64, description="filters of a resnet's stem; stages have 4, 8, 16 and 32 times as many"
    )
    neck_channels: Count | None = Field(
        None, description="channels that 1x1 convolutions bring every level to; null: as they are"
    )
    box_coding: Literal["anchors", "distances"] = Field(
        "anchors",
        description="siamrpn_fused: boxes as changes of anchors, or one a cell by the distances of "
        "its sides",
    )
    head_channels: Count = Field(96, description="siamrpn_fused: width of its two branches")
    cosine_cells: OddCount = Field(
        5,
        description="siamrpn_fused: middle cells of the template that the cosine of the first "
        "level compares",
    )
    anchor_scales: tuple[Positive, ...] = Field(
        (8.0,), min_length=1, description="sides of the square anchors, in strides"
    )
    anchor_ratios: tuple[Positive, ...] = Field(
        (0.33, 0.5, 1.0, 2.0, 3.0), min_length=1, description="heights of anchors over widths"
    )
    frozen_blocks: Annotated[int, Field(ge=0)] = Field(
        0,
        description="first blocks (resnet: stages) of the backbone (with its stem) that do not "
        "learn",
    )
    freeze_batch_norm: bool = Field(
        False, description="whether batch normalisation in the backbone stays as it is"
    )
    filter_w: tuple[Count, ...] = Field((11, 5, 3, 3, 3), description="filter widths by layer")
    filter_h: tuple[Count, ...] = Field((11, 5, 3, 3, 3), description="filter heights by layer")
    filter_num: tuple[Count, ...] = Field(
        (96, 128, 96, 96, 32), description="number of filters by layer"
    )
    conv_stride: tuple[Count, ...] = Field((2, 1, 1, 1, 1), description="strides by layer")
    filter_groups: tuple[Count, ...] = Field((1, 1, 1, 1, 1), description="groups by layer")
    batch_norm: tuple[bool, ...] = Field(
        (True, True, True, True, False), description="batch normalisation by layer"
    )
    relu: tuple[bool, ...] = Field((True, True, True, True, False), description="relu by layer")
    pool_sz: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (3, 3, 0, 0, 0), description="windows of max-pooling by layer"
    )
    pool_stride: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (2, 1, 0, 0, 0), description="strides of max-pooling by layer; 0: no pooling"
    )
    bn_momentum: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.95, description="share of the old moving statistics kept at each step"
    )
    bn_epsilon: Positive = Field(1e-3, description="added to variances")
    score_scaling: Literal["batch_norm", "gain_bias"] = Field(
        "batch_norm", description="trained scaling of the scores"
    )
    score_gain: Positive = Field(
        1.0, description="fixed factor on the correlation before that scaling"
    )
    batch_size: Count = Field(8, description="pairs a step")
    num_epochs: Count | None = Field(50, description="length of the training in epochs, or null")
    num_steps: Count | None = Field(None, description="length of the training in steps, or null")
    saver_folder: Path = Field("output", description="folder of checkpoints and log")
    path_ckpt: Name = Field("saver-test", description="first part of the checkpoints' names")
    hyperparams: str = Field(
        "hyperparams.json",
        description="file of the hyper-parameters that belong to this design, beside it or in the "
        "folder of parameters; --hyperparams takes another",
    )
