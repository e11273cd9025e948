"""What a gate needs before it can track: parameters, the files of networks, and videos."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from src.design import Design
from src.errors import UserError
from src.metrics import OTB_DISTANCE
from src.parameters import Environment, Evaluation, Hyperparams, Run
from src.parse_arguments import BESIDE_THE_SCRIPTS, parse_arguments
from src.published_gates import Gate, PublishedFile
from src.record_plan import file_sha256
from src.segments import ALL, Segment, dataset_folder, plan_segments
from src.sequences import list_videos


def gate_parameters(
    gate: Gate, sets: Sequence[str], folder: str | None = None
) -> tuple[Hyperparams, Evaluation, Run, Environment, Design]:
    """All parameters: the gate's own, and for the rest the user's.

    Args:
        gate: Names design and hyper-parameters, which are always the shipped files.
        sets: Values of `--set`.
        folder: Value of `--parameters`, if given.

    Returns:
        As `parse_arguments` does.

    Raises:
        UserError: A parameter is wrong, or set although the gate decides on it.
    """
    fixed = _fixed_evaluation(gate)
    _refuse_fixed(sets, fixed)
    hp, evaluation, run, env, design = parse_arguments(_words(gate, sets, folder))
    nets = {"net": gate.net.name, "net_gray": gate.net_gray.name if gate.net_gray else ""}
    evaluation, design = evaluation.model_copy(update=fixed), design.model_copy(update=nets)
    return hp, evaluation, run, env, design


def _refuse_fixed(sets: Sequence[str], fixed: Mapping[str, object]) -> None:
    """What the gate decides on must not be set: the scores would be of something else."""
    for text in sets:
        file, _, key = text.partition("=")[0].partition(".")
        if file in ("design", "hyperparams") or (file == "evaluation" and key in fixed):
            raise UserError(f"--set {text}: the gate decides on this; leave it out")


def _words(gate: Gate, sets: Sequence[str], folder: str | None) -> list[str]:
    """The command line of a script that runs with the gate's parameters."""
    words = ["--design", str(BESIDE_THE_SCRIPTS / gate.design)]
    words += ["--hyperparams", str(BESIDE_THE_SCRIPTS / gate.hyperparams)]
    words += ["--parameters", folder] if folder else []
    return words + [word for text in sets for word in ("--set", text)]


def _fixed_evaluation(gate: Gate) -> dict[str, object]:
    """The keys of `evaluation.json` that the gate decides on."""
    return {
        "protocol": "ope",
        "video": ALL,
        "n_subseq": gate.n_subseq,
        "start_frame": 0,
        "stop_on_failure": False,
        "dist_threshold": OTB_DISTANCE,
        "weights": "net",
        # without a start box from elsewhere, a video without ground truth is refused
        "region": None,
    }


def check_files(gate: Gate, folder: Path) -> list[tuple[bool, str]]:
    """Compares the gate's networks with what is known of them.

    Args:
        gate: Names one or two networks.
        folder: Where they lie.

    Returns:
        For each, whether its SHA-256 is the known one (or none is known), and a line to say so.

    Raises:
        UserError: One is missing; tells where it can be had.
    """
    return [_checksum_line(file, folder / file.name) for file in (gate.net, gate.net_gray) if file]


def _checksum_line(file: PublishedFile, path: Path) -> tuple[bool, str]:
    """One network's verdict and line."""
    if not path.is_file():
        raise UserError(
            f"{path} does not exist: put the file there ({file.origin}), or name its folder with "
            "--set environment.root_pretrained=DIR"
        )
    found = file_sha256(path)
    if not file.sha256:
        return True, f"SHA-256 of {path}: {found}, none is known"
    if found == file.sha256:
        return True, f"met: SHA-256 of {path}: {found}, as known"
    return False, f"NOT met: SHA-256 of {path}: {found}, the published file has {file.sha256}"


def plan_gate(gate: Gate, env: Environment, evaluation: Evaluation) -> list[Segment]:
    """Finds the gate's videos; decodes no image.

    Args:
        gate: Names them, or takes all.
        env: `root_dataset`.
        evaluation: `dataset`; the rest as `gate_parameters` gives it.

    Returns:
        What to track: one segment for each start, in the gate's order of videos.

    Raises:
        UserError: Videos are missing (the first ones are told), or one is wrong.
    """
    folder = dataset_folder(env, evaluation)
    known = {name.casefold(): name for name in list_videos(folder)}
    missing = [name for name in gate.videos if name.casefold() not in known]
    if missing:
        raise UserError(
            f"{folder}: {len(missing)} of the gate's {len(gate.videos)} videos are missing, first "
            f"{', '.join(missing[:5])}; name the folder that holds them with --set "
            "environment.root_dataset=DIR --set evaluation.dataset=NAME"
        )
    names = [known[name.casefold()] for name in gate.videos] or [ALL]
    plans = [plan_segments(env, evaluation.model_copy(update={"video": name})) for name in names]
    return [segment for plan in plans for segment in plan]
