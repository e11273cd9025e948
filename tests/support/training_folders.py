"""Folders of trainings that never ran: a log and settings as a training writes them."""

import json
from pathlib import Path

from src.weights.training_folder import LOG_FILE, SETTINGS_FILE


def write_training(
    folder: Path, reports: list[tuple], batch_size: int = 8, seed: int = 1, **run: object
) -> Path:
    """Writes reports (kind, step, values by name) and settings; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"kind": kind, "step": step} | values) for kind, step, values in reports]
    (folder / LOG_FILE).write_text("".join(f"{line}\n" for line in lines))
    settings = {"design": {"batch_size": batch_size, "net": ""}, "run": {"seed": seed} | run}
    (folder / SETTINGS_FILE).write_text(json.dumps(settings))
    return folder


def train_reports(losses: list[float], every: int = 20) -> list[tuple]:
    """Reports of a training; its distance is ten times its loss."""
    return [
        ("train", every * number, {"loss": loss, "distance_to_gt": 10 * loss, "lr": 0.01})
        for number, loss in enumerate(losses, 1)
    ]
