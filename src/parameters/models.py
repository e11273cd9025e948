"""Kinds of values that parameters have; those of places, of evaluation and of a run."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _switch(value: object) -> object:
    """The original writes switches as 0 and 1."""
    if value in (0, 1) and isinstance(value, int) and not isinstance(value, bool):
        return bool(value)
    return value


def _odd(value: int) -> int:
    """Sizes and numbers that need a middle one."""
    if value % 2 == 0:
        raise ValueError("should be odd, so that there is a middle one")
    return value


def _path(text: str) -> str:
    """Something that can be a path."""
    if not text or not text.isprintable():
        raise ValueError("should be a path of printable characters")
    return text


def _name(text: str) -> str:
    """Something that can be a file name."""
    if text.startswith(".") or "/" in text or "\\" in text:
        raise ValueError("should be a file name, without slashes and not starting with a dot")
    return text


def _address(text: str) -> str:
    """Where a server listens, or nothing."""
    if text and not re.fullmatch(r"[a-z]+://[^\s/:]+:[0-9]+", text):
        raise ValueError("should be an address such as tcp://host:8786, or empty")
    return text


def _ascending(pair: tuple[int, int]) -> tuple[int, int]:
    """First and last of a range."""
    if pair[0] > pair[1]:
        raise ValueError("should be the first and then the last")
    return pair


Switch = Annotated[bool, BeforeValidator(_switch)]
Count = Annotated[int, Field(ge=1)]
CountRange = Annotated[tuple[Count, Count], AfterValidator(_ascending)]
OddCount = Annotated[int, Field(ge=1), AfterValidator(_odd)]
Share = Annotated[float, Field(ge=0, le=1)]
PartShare = Annotated[float, Field(ge=0, le=0.9)]  # leaves something for the rest
Positive = Annotated[float, Field(gt=0)]
Address = Annotated[str, AfterValidator(_address)]
Path = Annotated[str, AfterValidator(_path)]
Name = Annotated[str, AfterValidator(_path), AfterValidator(_name)]


class ParameterModel(BaseModel):
    """Base of all: no unknown keys, no conversions between types, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


# keys of `datasets.layouts.SOURCES`
Layout = Literal[
    *("otb", "got10k", "vot", "vid", "lasot", "trackingnet", "uav123", "nfs", "tc128", "mot"),
    *("davis", "youtube_vos", "coco", "det", "csv", "cvat", "label_studio", "coco_vid"),
]


OnBadVideo = Literal["stop", "skip"]


class TrainSource(ParameterModel):
    """One source of training pairs."""

    path: Path = Field(description="folder or file of labels below `root_dataset`")
    share: Positive = Field(1.0, description="of the pairs, against the other sources' shares")
    layout: Layout | None = Field(None, description="null: `train_layout`")


def _sources(value: object) -> object:
    """A path alone is one source, by itself or in a list."""
    values = value if isinstance(value, list) else [value]
    sources = tuple({"path": one} if isinstance(one, str) else one for one in values)
    return sources if isinstance(value, list | str) else value


Sources = Annotated[tuple[TrainSource, ...], BeforeValidator(_sources), Field(min_length=1)]


class Environment(ParameterModel):
    """`environment.json`: where things are; relative to the current folder."""

    root_dataset: Path = Field(description="folder of all data sets")
    root_pretrained: Path = Field(description="folder of published networks")
    root_parameters: Path = Field(
        description="where --design and --hyperparams files are looked for by name"
    )
    train_dataset: Sources = Field(
        (TrainSource(path="clips/train", share=1.0, layout=None),),
        description="training videos below `root_dataset`: a path, or a list of "
        '{"path": ..., "share": ..., "layout": ...}',
    )
    train_layout: Layout | None = Field(
        None, description="layout of the training videos; null: by their tree"
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
    validation_layout: Layout | None = Field(
        None, description="layout of `validation_datasets`; null: by their trees"
    )
    on_bad_video: OnBadVideo = Field(
        "stop",
        description="stop: training videos that cannot be read end the list if they are more than "
        "5 %; skip: they are left out, however many",
    )
    root_results: Path = Field("results", description="folder of boxes, scores and pictures")
    exif_orientation: Literal["applied", "ignored"] = Field(
        "applied",
        description="whether pictures are turned by their EXIF orientation; ignored: for boxes of "
        "pictures as they are stored",
    )


class Evaluation(ParameterModel):
    """`evaluation.json`: what is tracked and how it is scored."""

    n_subseq: Count = Field(description="starts in each video when `video` is all")
    dist_threshold: Positive = Field(description="centre error that counts as a hit, pixels")
    stop_on_failure: Switch = Field(description="whether a track ends when it loses the target")
    dataset: Path = Field(description="folder of the videos below `root_dataset`")
    layout: Layout | None = Field(None, description="layout of `dataset`; null: by its tree")
    on_bad_video: OnBadVideo = Field(
        "stop",
        description="stop: videos that cannot be read end the evaluation before it begins; skip: "
        "they are left out, and listed",
    )
    video: Path = Field(
        description="name of a video, all, path of a folder or video file, camera:0, or an address"
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


class Run(ParameterModel):
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
    runtime: Literal["tensorflow", "litert"] = Field(
        "tensorflow",
        description="what evaluations, own videos and `vot_client` track with; litert: an export, "
        "without TensorFlow",
    )
    export: str = Field(
        "",
        description="folder that `python -m src export` wrote, for litert; empty: the one that "
        "comes with the recommended tracker",
    )
    precision: Literal["float32", "bfloat16", "auto"] = Field(
        "float32",
        description="numbers that the backbone computes with in training; auto: bfloat16 where a "
        "step is faster so on this computer",
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
