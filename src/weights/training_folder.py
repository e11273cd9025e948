"""What a training writes beside its checkpoints: settings and log, written and read."""

import contextlib
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

from src.base.errors import UserError, write_trouble
from src.base.files import atomic_write_text
from src.parameters.design import Design
from src.parameters.hyperparams import LearningHyperparams

LOG_FILE = "training_log.jsonl"
SETTINGS_FILE = "parameters.json"


def read_settings(folder: Path) -> dict:
    """The settings beside the checkpoints of a folder.

    Raises:
        UserError: They are missing or damaged.
    """
    path = folder / SETTINGS_FILE
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise UserError(
            f"{path}, the settings of the checkpoints beside it, cannot be read; restore it or "
            "choose another design.saver_folder"
        ) from error


def read_reports(folder: Path) -> list[dict]:
    """The reports in the log of a training, which may still be running.

    Args:
        folder: The training's folder (`design.saver_folder`).

    Returns:
        In the order of writing: "kind" (text), "step" (steps done) and numbers by name.

    Raises:
        UserError: There is no log, or a line of it is damaged.
    """
    path = folder / LOG_FILE
    try:
        # what follows the last line end is being written, or was cut short by a kill
        *lines, _ = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UserError(
            f"{folder} is not the folder of a training: there is no {LOG_FILE} to read; "
            "design.saver_folder is right"
        ) from error
    return [_report(path, number, line) for number, line in enumerate(lines, 1)]


def _report(path: Path, number: int, line: bytes) -> dict:
    """One line of the log."""
    try:
        report = json.loads(line)
    except ValueError:
        report = None
    if not _is_report(report):
        raise UserError(f"{path}, line {number}: is damaged; remove the line, or restore the log")
    return report


def _is_report(value: object) -> bool:
    """Whether a JSON value is what `TrainingLog.write` writes."""
    if not (isinstance(value, dict) and isinstance(value.get("step"), int)):
        return False
    numbers = (number for key, number in value.items() if key != "kind")
    return isinstance(value.get("kind"), str) and all(isinstance(n, int | float) for n in numbers)


def with_defaults(settings: dict) -> dict:
    """Settings with the keys that did not exist yet: the defaults say what it was like."""
    defaults = {
        "design": {
            key: json.loads(json.dumps(field.default))
            for key, field in Design.model_fields.items()
            if not field.is_required()
        },
        "hyperparams": LearningHyperparams().model_dump(mode="json"),
    }
    return settings | {file: keys | settings.get(file, {}) for file, keys in defaults.items()}


SUMMARY_FOLDER = "summaries"


class TrainingLog:
    """Appends reports to `<folder>/training_log.jsonl`, and to TensorBoard if asked."""

    def __init__(self, folder: Path, write_summary: bool):
        """Opens nothing yet.

        Args:
            folder: The training's folder (`design.saver_folder`).
            write_summary: Whether to write summaries too (`run.write_summary`).

        Raises:
            UserError: Summaries are asked for, but TensorBoard is not installed, or they cannot be
                written.
        """
        self.path = folder / LOG_FILE
        self.writer = None
        if write_summary:
            if importlib.util.find_spec("tensorboard") is None:
                raise UserError(
                    "run.write_summary needs the package tensorboard: install "
                    '"tensorboard~=2.21.0" or set run.write_summary to 0'
                )
            import tensorflow as tf

            with self._summary_errors():
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

    def last_step(self, kind: str) -> int:
        """Step of the last report of a kind; 0 if there is none."""
        reports = read_reports(self.path.parent) if self.path.exists() else []
        return max((one["step"] for one in reports if one["kind"] == kind), default=0)

    def write(self, kind: str, step: int, values: dict[str, float]) -> None:
        """Adds one report.

        Args:
            kind: "train" or "validation".
            step: Steps done.
            values: What to report, by name.

        Raises:
            UserError: The disk is full, say.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"kind": kind, "step": step, **values}) + "\n")
        except OSError as error:
            raise _not_written(self.path, error) from error
        if self.writer is not None:
            self._write_summary(kind, step, values)

    def _write_summary(self, kind: str, step: int, values: dict[str, float]) -> None:
        """The same for TensorBoard."""
        import tensorflow as tf

        with self._summary_errors(), self.writer.as_default():
            for name, value in values.items():
                tf.summary.scalar(f"{kind}/{name}", value, step=step)
            self.writer.flush()

    @contextlib.contextmanager
    def _summary_errors(self) -> Iterator[None]:
        """Tells what TensorFlow says of summaries that it cannot write."""
        import tensorflow as tf

        try:
            yield
        except tf.errors.OpError as error:
            raise _not_written(self.path.parent / SUMMARY_FOLDER, error) from error


def _not_written(path: Path, error: Exception) -> UserError:
    return UserError(
        f"{path}: cannot be written ({write_trouble(error)}); checkpoints are whole: run the same "
        "command again when this is mended"
    )
