"""Checkpoints of a training, and the settings that they belong to."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from src.base.errors import UserError, write_trouble
from src.base.files import atomic_write_text
from src.base.settings import asked_part, differences, refuse_others
from src.network.siamese import SiameseNetwork
from src.parameters.design import LENGTH, WEIGHTS, Design, keys_of
from src.parameters.design_checks import BACKBONE_KEYS
from src.parameters.network_arithmetic import is_padded
from src.weights.training_folder import SETTINGS_FILE, read_settings, with_defaults

BEST, NEWEST = "best", "newest"
BEST_FOLDER = "best"


def network_settings(design: Design) -> dict:
    """The part of a design that weights belong to, as JSON holds it."""
    of_backbones = {key for keys in BACKBONE_KEYS.values() for key in keys}
    keys = keys_of(Design, WEIGHTS) - of_backbones | set(BACKBONE_KEYS[design.backbone])
    if not is_padded(design):
        keys.remove("tot_stride")  # follows from the layers; elsewhere it decides on dilations
    return design.model_dump(mode="json", include=keys)


class Checkpoints:
    """Keeps the newest checkpoints of a training in a folder, and the best in a folder below.

    The settings are written beside them at the first save; a folder that holds a training with
    other settings is refused, so that none is overwritten. Its length may be another.

    Attributes:
        name: First part of the checkpoints' names.
        place: The folder and the key that names it, for messages.
        stored: The settings of the training that the folder holds; None if it holds none.
    """

    def __init__(self, design: Design, keep: int, settings: dict, best_of: dict, **state: object):
        """Looks into `design.saver_folder`.

        Args:
            design: Names folder and files (`saver_folder`, `path_ckpt`).
            keep: How many of the newest checkpoints to keep.
            settings: All that the result depends on: `{file: {key: value}}`, JSON values.
            best_of: Trackable objects of the best checkpoint.
            state: Trackable objects of the newest checkpoint.

        Raises:
            UserError: The folder holds a training with other settings.
        """
        self.folder, self.settings = Path(design.saver_folder), settings
        self.name, self.place, self.stored = design.path_ckpt, _place(self.folder), None
        self.newest = _manager(self.folder, design.path_ckpt, keep, state)
        self.best = _manager(self.folder / BEST_FOLDER, design.path_ckpt, 1, best_of)
        if self.newest.latest_checkpoint:
            self.stored = read_settings(self.folder)
            compare_settings(self.place, self.stored, _without_length(settings))

    def restore(self) -> bool:
        """Restores the newest state; False when there is none yet."""
        path = self.newest.latest_checkpoint
        if path:
            self.newest.checkpoint.restore(path).assert_consumed()
        return path is not None

    def save(self, step: int) -> None:
        """Saves the newest state under its step.

        Raises:
            UserError: It cannot be written; what was saved before is whole.
        """
        with self._whole_or_not(self.newest, step):
            atomic_write_text(self.folder / SETTINGS_FILE, json.dumps(self.settings, indent=1))
            self.newest.save(checkpoint_number=step)

    def save_best(self, step: int) -> None:
        """Saves the best state under its step; raises what `save` raises."""
        with self._whole_or_not(self.best, step):
            self.best.save(checkpoint_number=step)

    @contextlib.contextmanager
    def _whole_or_not(self, manager: tf.train.CheckpointManager, step: int) -> Iterator[None]:
        """Tells why a checkpoint cannot be written, and leaves no half of it on a full disk."""
        before = self.newest.latest_checkpoint
        try:
            yield
        except (OSError, *_WRITE_ERRORS) as error:
            _remove_half(manager.directory, f"{self.name}-{step}")
            kept = f"the last one, {Path(before).name}, is whole" if before else "there is none yet"
            raise UserError(
                f"{self.place}: the checkpoint of step {step} cannot be written "
                f"({write_trouble(error)}); {kept}: run the same command again when this is mended"
            ) from error


# what TensorFlow makes of a full disk, a quota, a lost folder and the like
_WRITE_ERRORS = (
    tf.errors.ResourceExhaustedError,
    tf.errors.OutOfRangeError,
    tf.errors.PermissionDeniedError,
    tf.errors.NotFoundError,
    tf.errors.FailedPreconditionError,
    tf.errors.UnknownError,
    tf.errors.DataLossError,
)


def _remove_half(folder: str, name: str) -> None:
    """Removes the files of a checkpoint that its folder does not name as its newest."""
    shutil.rmtree(Path(folder) / f"{name}_temp", ignore_errors=True)
    if Path(tf.train.latest_checkpoint(folder) or "").name != name:
        for file in Path(folder).glob(f"{name}.*"):
            file.unlink(missing_ok=True)


def _manager(folder: Path, name: str, keep: int, objects: dict) -> tf.train.CheckpointManager:
    """A manager of one folder; it makes the folder when it saves."""
    return tf.train.CheckpointManager(
        tf.train.Checkpoint(**objects), str(folder), max_to_keep=keep, checkpoint_name=name
    )


def _place(folder: Path) -> str:
    """A checkpoint's folder and the key that names it, for messages."""
    return f"{folder} (design.saver_folder)"


def _without_length(settings: dict) -> dict:
    """Settings without the keys that say how long a training is."""
    design, length = settings.get("design", {}), keys_of(Design, LENGTH)
    kept = {key: value for key, value in design.items() if key not in length}
    return settings | {"design": kept}


_ADVICE = "name another place or use those settings"


def compare_settings(place: str, theirs: dict, ours: dict, advice: str = _ADVICE) -> None:
    """Refuses weights of other settings.

    Args:
        place: Where the weights lie, and which key says so.
        theirs: What they belong to, `{file: {key: value}}`.
        ours: What is asked for, likewise.
        advice: What the user can do, ends the sentence.

    Raises:
        UserError: Values differ; the message names every key.
    """
    theirs = with_defaults(theirs)
    why = differences(asked_part(theirs, ours), ours)
    refuse_others(place, why, advice)


def find_checkpoint(design: Design, which: str) -> Path | None:
    """Path of the best or newest checkpoint; the newest if no best was chosen; None if none."""
    folder = Path(design.saver_folder)
    folders = {BEST: (folder / BEST_FOLDER, folder), NEWEST: (folder,)}[which]
    found = (tf.train.latest_checkpoint(str(place)) for place in folders)
    return next((Path(path) for path in found if path), None)


def restore_network(network: SiameseNetwork, design: Design, path: Path) -> None:
    """Sets a network's weights from a checkpoint of a training.

    Args:
        network: Built for `design`.
        design: Names the folder (`saver_folder`), and other weights that could be taken.
        path: The checkpoint.

    Raises:
        UserError: The checkpoint belongs to another design, or cannot be read.
    """
    folder = Path(design.saver_folder)
    theirs = {"design": read_settings(folder).get("design", {})}
    ours = {"design": network_settings(design)}
    compare_settings(_place(folder), theirs, ours, _other_weights(design))
    try:
        status = tf.train.Checkpoint(network=network).restore(str(path))
        status.assert_existing_objects_matched().expect_partial()
    except (tf.errors.OpError, AssertionError, LookupError, ValueError) as error:
        raise UserError(f"{path} is damaged or not a checkpoint of this network") from error


def _other_weights(design: Design) -> str:
    """What to do where the checkpoints are those of another design."""
    kinds = {"released": design.weights, "net": design.net}
    ways = [f"evaluation.weights={kind} takes {file}" for kind, file in kinds.items() if file]
    return "; ".join(["name another place or use that design", *ways])
