"""What a training tells: a JSON line for every report, and TensorBoard summaries on demand."""

import importlib.util
import json
from pathlib import Path

import tensorflow as tf

from src.base.errors import UserError
from src.base.files import atomic_write_text
from src.weights.training_folder import LOG_FILE

SUMMARY_FOLDER = "summaries"


class TrainingLog:
    """Appends reports to `<folder>/training_log.jsonl`, and to TensorBoard if asked."""

    def __init__(self, folder: Path, write_summary: bool):
        """Opens nothing yet.

        Args:
            folder: The training's folder (`design.saver_folder`).
            write_summary: Whether to write summaries too (`run.write_summary`).

        Raises:
            UserError: Summaries are asked for, but TensorBoard is not installed.
        """
        self.path = folder / LOG_FILE
        self.writer = None
        if write_summary:
            if importlib.util.find_spec("tensorboard") is None:
                raise UserError(
                    "run.write_summary needs the package tensorboard: install "
                    '"tensorboard~=2.21.0" or set run.write_summary to 0'
                )
            self.writer = tf.summary.create_file_writer(str(folder / SUMMARY_FOLDER))

    def rewind(self, step: int) -> None:
        """Drops what an interrupted run reported after the checkpoint that it resumes from."""
        if not self.path.exists():
            return
        kept = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                if json.loads(line)["step"] <= step:
                    kept.append(line + "\n")
            except json.JSONDecodeError:
                continue  # a line that a kill cut short
        atomic_write_text(self.path, "".join(kept))

    def write(self, kind: str, step: int, values: dict[str, float]) -> None:
        """Adds one report.

        Args:
            kind: "train" or "validation".
            step: Steps done.
            values: What to report, by name.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, "step": step, **values}) + "\n")
        if self.writer is not None:
            with self.writer.as_default():
                for name, value in values.items():
                    tf.summary.scalar(f"{kind}/{name}", value, step=step)
                self.writer.flush()
