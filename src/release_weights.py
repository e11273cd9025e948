"""Releases the weights that an evaluation would take, with a card; or verifies a card.

The card holds the scores on the videos of environment.validation_datasets, the settings of the
training beside the checkpoint, and the texts of ABOUT.json (data and sources, machine, commit,
known failures); with --searched also the scores with that file of hyper-parameters, which a search
found for these weights. Verifying compares the SHA-256, tracks the same videos and compares.

With --blend every weight becomes SHARE times the trained one + (1 - SHARE) times the one that the
training started from (run.seed, design.initial_weights). So a network learns to tell the targets of
a few videos apart without forgetting all others (Wortsman et al., Robust fine-tuning of zero-shot
models, CVPR 2022). A blend alone, without videos to score it on, is written without a card.

Example:
    python -m src release_weights --out data/weights/mine.npz --about about.json
    python -m src release_weights --verify data/weights/mine.json
"""

import argparse
import copy
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.base.errors import UserError
from src.base.files import atomic_write_text, file_sha256, new_file
from src.parameters.command_line import run_door, shared_options

if TYPE_CHECKING:
    from src.datasets.segments import Segment
    from src.network.siamese import SiameseNetwork
    from src.parameters.design import Design
    from src.parameters.hyperparams import Hyperparams
    from src.parameters.models import Environment, Evaluation, Run
    from src.parameters.parse_arguments import Parameters


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a release."""
    shared_options(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE.npz", help="the weights to write, their card beside them"
    )
    parser.add_argument(
        "--about", type=Path, metavar="FILE.json", help="texts of the card, a JSON object"
    )
    parser.add_argument(
        "--searched",
        type=Path,
        metavar="FILE.json",
        help="further hyper-parameters that the card gives scores for",
    )
    parser.add_argument(
        "--blend",
        type=float,
        metavar="SHARE",
        help="the trained weights' share, 0 to 1, of a blend with the initial ones (default: none)",
    )
    parser.add_argument(
        "--verify", type=Path, metavar="CARD.json", help="the card to verify, in place of --out"
    )


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Releases or verifies."""
    from src.tracking.opening import exact

    parameters = exact(parameters)
    hp, evaluation, run, env, design = parameters
    if (options.out is None) == (options.verify is None):
        raise UserError("either --out FILE.npz or --verify CARD.json is needed")
    _check_blend(options, design)
    if options.verify:
        segments = _validation_videos(env, evaluation, run)
        _verify(options.verify, parameters, segments)
        return
    segments = _videos_of_card(options, env, evaluation, run)
    tuned = {"tracker": hp}
    if options.searched:
        tuned["searched"] = _read_searched(options)
    _release(options, parameters, tuned, segments)


def _read_searched(options: argparse.Namespace) -> "Hyperparams":
    """The hyper-parameters of `--searched`, with every `--set`."""
    from src.parameters.parse_arguments import read_parameters

    others = copy.copy(options)
    others.hyperparams = options.searched
    return read_parameters(others).hp


def _check_blend(options: argparse.Namespace, design: "Design") -> None:
    """Refuses a share that is none, and weights that have nothing to be blended with."""
    if options.blend is None:
        return
    if options.verify:
        raise UserError("--blend: belongs to --out; --verify takes the weights as they are")
    if not 0 <= options.blend <= 1:
        raise UserError(f"--blend {options.blend}: must be 0 to 1, the trained weights' share")
    if not design.initial_weights:
        raise UserError("design.initial_weights: names no file to blend with")


def _videos_of_card(
    options: argparse.Namespace, env: "Environment", evaluation: "Evaluation", run: "Run"
) -> "list[Segment]":
    """The videos whose scores go on the card; none for a blend that shall have no card."""
    wants_card = options.blend is None or options.about or options.searched
    if not (wants_card or env.validation_datasets):
        return []
    return _validation_videos(env, evaluation, run)


def _validation_videos(env: "Environment", evaluation: "Evaluation", run: "Run") -> "list[Segment]":
    """The videos of `environment.validation_datasets`."""
    if not env.validation_datasets:
        raise UserError(
            "environment.validation_datasets: name the folders of the validation videos, for "
            'instance --set environment.validation_datasets=["otb","vot"]'
        )
    from src.evaluating.validation import plan_validation

    return plan_validation(env, evaluation, run)


def _release(
    options: argparse.Namespace,
    parameters: "Parameters",
    tuned: "dict[str, Hyperparams]",
    segments: "Sequence[Segment]",
) -> None:
    """Writes weights and card; the scores are those of the written file. No videos, no card."""
    new_file(options.out, ".npz")
    from src.evaluating.validation import SCORES_OF, score_videos
    from src.parameters.hyperparams import TrackerHyperparams
    from src.tracking.opening import open_tracker
    from src.weights.training_folder import read_settings

    about = _read_about(options.about)
    made = _write_weights(options, parameters)
    if not segments:
        return
    card = {**made, **about, "training": read_settings(Path(parameters.design.saver_folder))}
    written = parameters.design.model_copy(update={"weights": str(options.out)})
    for name, hp in tuned.items():
        tracker, _ = open_tracker(parameters._replace(hp=hp, design=written), "released")
        card[name] = hp.model_dump(mode="json", include=set(TrackerHyperparams.model_fields))
        card[SCORES_OF[name]] = score_videos(tracker, segments)
    path = options.out.with_suffix(".json")
    atomic_write_text(path, json.dumps(card, indent=1) + "\n")
    print(f"Card: {path}\nMean: {card['validation']['mean']}")


def _write_weights(options: argparse.Namespace, parameters: "Parameters") -> dict[str, Any]:
    """Writes the weights, blended if asked for; what the card says of the file."""
    from src.tracking.opening import open_tracker

    tracker, description = open_tracker(parameters)
    from src.weights.finding import fingerprint
    from src.weights.released import save_released

    about: dict[str, Any] = {"trained_fingerprint": fingerprint(tracker.network)}
    if options.blend is not None:
        about["blend"] = _blend(tracker.network, options.blend, parameters)
    save_released(tracker.network, parameters.design, options.out)
    print(f"From: {description}\nWeights: {options.out}")
    return {"file": options.out.name, "sha256": file_sha256(options.out), **about}


def _blend(
    network: "SiameseNetwork", share: float, parameters: "Parameters"
) -> dict[str, float | str]:
    """Moves trained weights towards those that their training started from; for the card."""
    from src.network.siamese import build_network
    from src.weights.finding import start_from

    _, _, run, env, design = parameters
    initial = build_network(design, run.seed)
    started = start_from(initial, env, design)
    for weight, first in zip(network.weights, initial.weights, strict=True):
        weight.assign(share * weight + (1 - share) * first)
    return {"trained_share": share, "other_share": started}


def _read_about(path: Path | None) -> dict[str, str]:
    """The texts that only a person knows."""
    try:
        about = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError) as error:
        raise UserError(f"--about {path}: must be a JSON object of texts") from error
    return dict(about)


def _told(of_card: dict[str, Any]) -> dict[str, Any]:
    """The tracker's hyper-parameters of a card; keys that came after it are at their defaults."""
    from src.parameters.hyperparams import TrackerHyperparams

    return dict(TrackerHyperparams.model_validate_json(json.dumps(of_card)))


def _verify(path: Path, parameters: "Parameters", segments: "Sequence[Segment]") -> None:
    """Compares a card with its weights and with a new evaluation of them."""
    from src.evaluating.validation import (
        SCORES_OF,
        card_differences,
        check_file,
        read_card,
        score_videos,
    )
    from src.tracking.opening import open_tracker

    card = read_card(path)
    check_file(card, path.parent)
    weights = str(path.parent / card["file"])
    described = parameters.design.model_copy(update={"weights": weights})
    for tuning in (name for name, key in SCORES_OF.items() if key in card):
        said, tuned = card[SCORES_OF[tuning]], parameters.hp.model_copy(update=_told(card[tuning]))
        tracker, weights = open_tracker(parameters._replace(hp=tuned, design=described), "released")
        scores = score_videos(tracker, segments)
        for name, values in scores.items():
            print(f"{tuning}, {name}: {values}, the card says {said.get(name)}")
        if wrong := card_differences(said, scores):
            raise UserError(f"{path} is not confirmed ({tuning}): {'; '.join(wrong)}")
        print(f"confirmed ({tuning}): {weights}")


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
