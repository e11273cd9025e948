"""The parameters beside the design: one frozen model for each kind of JSON file.

Keys without a default are those of the original SiamFC-tf; files that have only these stay valid.
"""

from typing import Annotated, Literal

from pydantic import Field

from src.parameters.hyperparams import LearningHyperparams
from src.parameters.models import (
    Address,
    Count,
    CountRange,
    Name,
    OddCount,
    Parameters,
    Path,
    Positive,
    Share,
    Switch,
)


class Environment(Parameters):
    """`environment.json`: where things are; relative to the current folder."""

    root_dataset: Path = Field(description="folder of all data sets")
    root_pretrained: Path = Field(description="folder of published networks")
    root_parameters: Path = Field(
        description="where --design and --hyperparams files are looked for by name"
    )
    train_dataset: Path = Field(
        "clips/train", description="folder of the training videos below `root_dataset`"
    )
    stills_annotations: str = Field(
        "stills/annotations.csv",
        description="CSV of boxes in photographs below `root_dataset`; empty: none",
    )
    pair_list: Path = Field(
        "tfrecords/shuffled_pairs.csv", description="the shuffled list of pairs"
    )
    tfrecord_path: Path = Field("tfrecords", description="folder of the TFRecord shards")
    tfrecord_filename: Name = Field(
        "training_dataset", description="first part of the training shards' names"
    )
    tfrecord_validation: Name = Field(
        "validation_dataset", description="first part of the validation shards' names"
    )
    validation_datasets: tuple[Path, ...] = Field(
        (),
        description="folders below `root_dataset` whose videos are tracked while training; "
        "empty: the list's validation videos",
    )
    root_results: Path = Field("results", description="folder of boxes, scores and pictures")


class Evaluation(Parameters):
    """`evaluation.json`: what is tracked and how it is scored."""

    n_subseq: Count = Field(description="starts in each video when `video` is all")
    dist_threshold: Positive = Field(description="centre error that counts as a hit, pixels")
    stop_on_failure: Switch = Field(description="whether a track ends when it loses the target")
    dataset: Path = Field(description="folder of the videos below `root_dataset`")
    video: Path = Field(
        description="name of a video, all, path of a folder or video file, or camera:0"
    )
    start_frame: Annotated[int, Field(ge=0)] = Field(
        description="first frame of a single video, from 0"
    )
    protocol: Literal["ope", "tre", "got10k", "vot"] = Field(
        "ope", description="how tracks start, run and are scored"
    )
    eao_frames: CountRange | None = Field(
        None, description="frames that the VOT-like EAO is averaged over; null: by data set"
    )
    tracker: Name = Field("SiamFC", description="name of the results' folder")
    weights: Literal["best", "newest", "net", "released"] = Field(
        "best", description="checkpoint that is evaluated, `design.net` or `design.weights`"
    )
    first_index: Literal[0, 1] | None = Field(
        None, description="index of the first pixel in ground-truth files; null: by layout"
    )
    region: tuple[float, float, Positive, Positive] | None = Field(
        None, description="x, y, w, h of the target for frames without ground truth"
    )


class Run(Parameters):
    """`run.json`: how the programs run."""

    visualization: Switch = Field(description="pictures of the evaluation; a window if possible")
    debug: Switch = Field(description="picture of the first training batch with its labels")
    gpus: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        description="GPUs to use, from 0; without any GPU the CPU is used"
    )
    write_summary: Switch = Field(False, description="TensorBoard summaries of the training")
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(
        1, description="seed of every random choice"
    )
    workers: Annotated[int, Field(ge=0)] = Field(
        0,
        description="worker processes (pairs, records, search, evaluation); 0: one for each core, "
        "evaluation: none",
    )
    cluster: Address = Field(
        "",
        description="address of a Dask scheduler, e.g. tcp://host:8786, whose workers draw "
        "pairs, make records, search and evaluate; empty: processes of this machine",
    )
    num_shards: Count = Field(8, description="files that the training records are dealt to")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="numbers that the backbone computes with in training"
    )
    tracking_precision: Literal["float32", "bfloat16", "auto"] = Field(
        "float32",
        description="numbers that the backbone computes with in tracking; auto: bfloat16 where it "
        "is faster on this computer",
    )
    track_every: Annotated[float, Field(ge=0)] = Field(
        1.0,
        description="epochs (or parts of one) between trackings of validation videos; 0: never",
    )
    track_videos: tuple[Path, ...] = Field(
        (), description="names of the validation videos that are tracked; empty: all"
    )
    checkpoint_steps: Count = Field(500, description="steps between checkpoints")
    keep_checkpoints: Count = Field(3, description="newest checkpoints that are kept")


class TrackerHyperparams(Parameters):
    """The tracker's part of `hyperparams.json`."""

    response_up: Count = Field(description="upsampling of the score map")
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
    confidence: tuple[float, float, float] = Field(
        (1.2238, 0.0842, 0.1334),
        strict=False,  # the values pass `_last_rate` as a list
        description="calibration of the confidence: offset, factors of the peak above the usual "
        "one and of the peak above the rest in standard deviations",
    )
    lost_below: Share = Field(
        0.0, description="confidence below which the target is lost; 0: never"
    )
    found_above: Share = Field(0.5, description="confidence above which a lost target is found")
    lost_search_growth: Annotated[float, Field(ge=1, le=4)] = Field(
        1.0,
        description="how many times as wide an area is searched for a lost target; 1: as ever",
    )


class Hyperparams(LearningHyperparams, TrackerHyperparams):
    """`hyperparams.json`: the tracker's and the training's hyper-parameters."""
