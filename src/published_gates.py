"""The gates: what a published network must reach here, on which videos, and who says so.

A gate runs one network with the hyper-parameters, videos and starts of a published evaluation. The
thresholds are the scores of that evaluation, or a little less where its source says too little to
do the same in every detail (`vot15_bag`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedFile:
    """A published network.

    Attributes:
        name: Its file in `environment.root_pretrained`.
        origin: Where it can be had.
        sha256: 64 hexadecimal digits as another port reports them; empty where nobody does.
    """

    name: str
    origin: str
    sha256: str = ""


@dataclass(frozen=True)
class Threshold:
    """A score that must be reached.

    Attributes:
        score: A field of `metrics.Scores`, of those in `SCORES`.
        least: In the unit of that field.
        source: Who reports this score, or the one that it was taken from.
    """

    score: str
    least: float
    source: str


@dataclass(frozen=True)
class Gate:
    """One evaluation with known scores.

    Attributes:
        about: What is run, in one line.
        design: The network, a file in `parameters/`.
        hyperparams: The tracker's hyper-parameters, a file there too.
        net: The network's weights.
        thresholds: What must be reached; all of them for the gate to be passed.
        net_gray: The weights for grey videos; None: `net` serves them too.
        videos: Their names, whatever the case of the letters; none: all in the folder.
        n_subseq: Starts in each video; more than one only where no videos are named.
        average: What weighs the same in the mean: "video" or "frame".
        grey_frames: Whether every frame is turned grey before it is tracked.
    """

    about: str
    design: str
    hyperparams: str
    net: PublishedFile
    thresholds: tuple[Threshold, ...]
    net_gray: PublishedFile | None = None
    videos: tuple[str, ...] = ()
    n_subseq: int = 1
    average: str = "video"
    grey_frames: bool = False


# field of `metrics.Scores` -> its name, and the decimals that the known scores are given in
SCORES = {
    "success_auc": ("success AUC", 3),
    "precision_20px": ("precision at 20 px", 3),
    "precision": ("precision at 20 px, percent", 2),
    "mean_iou": ("mean IoU, percent", 2),
}

_OTB_13 = """
    Basketball Bolt Boy Car4 CarDark CarScale Coke Couple Crossing David David2 David3 Deer Dog1
    Doll Dudek FaceOcc1 FaceOcc2 Fish FleetFace Football Football1 Freeman1 Freeman3 Freeman4 Girl
    Ironman Jogging-1 Jogging-2 Jumping Lemming Liquor Matrix Mhyang MotorRolling MountainBike
    Shaking Singer1 Singer2 Skating1 Skiing Soccer Subway Suv Sylvester Tiger1 Tiger2 Trellis
    Walking Walking2 Woman
"""
# the benchmark of CVPR 2013: 50 folders, 51 targets
OTB_13 = tuple(_OTB_13.split())

_CFNET = "in cfnet-networks.zip, linked on http://www.robots.ox.ac.uk/~luca/cfnet.html"
_SIAMFC = "linked on http://www.robots.ox.ac.uk/~luca/siamese-fc.html"
_PORT = "README of cuasp_siamfc, another port"
_USER = "a user's run of the authors' code, bertinetto/cfnet#23"
_PERFORMANCE = "torrvision/siamfc-tf, performance.txt"
_TABLE = "README of huanglianghua/siamfc-pytorch"

CONV5 = PublishedFile(
    "baseline-conv5_e55.mat",
    _CFNET,
    "3df4b30801c5472dff5a6fd5f1b3de63a46e581a84877def8b63a0a43561e3e6",
)
CONV5_GREY = PublishedFile(
    "baseline-conv5_gray_e100.mat",
    _CFNET,
    "2cefa19ae7a69092f3beaf0c6a9ccc048dc483a67c3f9d23e483809a6a7d577f",
)
SIAMFC_2016_GREY = PublishedFile("2016-08-17_gray025.net.mat", _SIAMFC)
SIAMFC_PYTORCH = PublishedFile(
    "siamfc_alexnet_e50.pth", f"linked in the {_TABLE}, or written by its training"
)

GATES = {
    "vot15_bag_colour": Gate(
        about="Baseline-conv5 on vot15_bag",
        design="design_baseline_conv5.json",
        hyperparams="hyperparams_xc5.json",
        net=CONV5,
        thresholds=(Threshold("mean_iou", 77.0, f"77.3 in the {_PORT}"),),
        videos=("vot15_bag",),
    ),
    "vot15_bag_grey": Gate(
        about="Baseline-conv5 for grey videos on vot15_bag, whose frames are turned grey",
        design="design_baseline_conv5.json",
        hyperparams="hyperparams_xc5.json",
        net=CONV5_GREY,
        thresholds=(Threshold("mean_iou", 79.0, f"79.6 in the {_PORT}"),),
        videos=("vot15_bag",),
        grey_frames=True,
    ),
    # performance.txt names a commit and no settings. All videos, 3 starts and 20 px stand in that
    # commit's evaluation.json; hyper-parameters and network are those of its repository's
    # hyperparams.json and design.json, which names xc_conv5_32c_s4_e40.mat in another version
    "siamfc_tf_validation": Gate(
        about="Baseline-conv5 on all of CFNet's validation videos, 3 starts each, mean per frame",
        design="design_baseline_conv5.json",
        hyperparams="hyperparams_natural.json",
        net=CONV5,
        thresholds=(
            Threshold("precision", 69.41, _PERFORMANCE),
            Threshold("mean_iou", 50.18, _PERFORMANCE),
        ),
        n_subseq=3,
        average="frame",
    ),
    "otb13_baseline_conv5": Gate(
        about="Baseline-conv5 with its network for grey videos on the 51 sequences of OTB-13",
        design="design_baseline_conv5.json",
        hyperparams="hyperparams_xc5.json",
        net=CONV5,
        net_gray=CONV5_GREY,
        thresholds=(
            Threshold("success_auc", 0.6, f"{_USER}; 0.618 in the paper"),
            Threshold("precision_20px", 0.779, f"{_USER}; 0.806 in the paper"),
        ),
        videos=OTB_13,
    ),
    "otb13_siamfc_2016": Gate(
        about="SiamFC of 2016, trained on colour and grey pairs, on the 51 sequences of OTB-13",
        design="design_alexnet_v1.json",
        hyperparams="hyperparams_alexnet_v1.json",
        net=SIAMFC_2016_GREY,
        thresholds=(
            Threshold("success_auc", 0.596, "bilylee/SiamFC-TensorFlow#2; 0.608 in the paper"),
        ),
        videos=OTB_13,
    ),
    "otb13_siamfc_pytorch": Gate(
        about="siamfc-pytorch's network on the 51 sequences of OTB-13",
        design="design_alexnet_v1.json",
        hyperparams="hyperparams_alexnet_v1.json",
        net=SIAMFC_PYTORCH,
        thresholds=(
            Threshold("success_auc", 0.589, _TABLE),
            Threshold("precision_20px", 0.781, _TABLE),
        ),
        videos=OTB_13,
    ),
}
