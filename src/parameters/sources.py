"""Which JSON files are read, and where each value comes from."""

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

from src.base.errors import UserError

FILES = ("hyperparams", "evaluation", "run", "environment", "design")
BESIDE_THE_SCRIPTS = Path(__file__).resolve().parents[2] / "parameters"
USUAL = Path("parameters")
# the `--model` that is the one to recommend
RECOMMENDED = "siamfc_online_lite0"


@dataclass
class Source:
    """Values of one kind of parameters, and where each comes from."""

    path: Path
    readable: bool = False
    values: dict = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def where(self, key: str) -> str:
        """The file, or the option that overrides it."""
        return self.origins.get(key, str(self.path))

    def override(self, key: str, value: object, origin: str) -> None:
        """Sets one value and remembers where it came from."""
        self.values[key] = value
        self.origins[key] = origin


def read_sources(options: argparse.Namespace, errors: list[str]) -> dict[str, Source]:
    """Reads the five files.

    Args:
        options: `--parameters`, `--design`, `--model`, `--hyperparams` and `--set`.
        errors: Takes a sentence for each file that cannot be read.

    Returns:
        The files by name, in the order of `FILES`.

    Raises:
        UserError: There is no folder of parameters, no such model, or a model and a design are
            named.
    """
    folder = options.parameters
    if folder == USUAL and not folder.exists():
        folder = BESIDE_THE_SCRIPTS
    if not folder.is_dir():
        raise UserError(f"--parameters: there is no folder {folder}")
    environment = _read(folder / "environment.json", errors)
    by_name = Path(str(environment.values.get("root_parameters", folder)))
    design_path = _design_path(options, folder, by_name)
    read = {
        "environment": environment,
        "design": _read(design_path, errors),
        "evaluation": _read(folder / "evaluation.json", errors),
        "run": _read(folder / "run.json", errors),
    }
    if options.hyperparams is not None:
        path = _found(options.hyperparams, (Path(), by_name, folder))
    else:
        beside = (design_path.parent, folder, by_name)
        # a folder that the user names holds what the user wants
        shipped = options.parameters in (USUAL, BESIDE_THE_SCRIPTS)
        places = beside if shipped else (folder, *beside)
        path = _belonging(read["design"], options.set, folder, places, errors)
    read["hyperparams"] = Source(design_path) if path is None else _read(path, errors)
    return {name: read[name] for name in FILES}


def names_design(options: argparse.Namespace) -> bool:
    """Whether a design was named, by its file or as a model."""
    return options.design is not None or options.model is not None


def names_tracker(options: argparse.Namespace) -> bool:
    """Whether anything was named that says which tracker is wanted: a file, a folder, a key."""
    return (
        names_design(options)
        or options.hyperparams is not None
        or options.parameters != USUAL
        or any(text.startswith("design.") for text in options.set)
    )


def tracker_name(options: argparse.Namespace) -> str:
    """What the options say of the tracker, in a few words for the user."""
    name = options.model or str(options.design or "design.json")
    if not names_design(options) and options.parameters != USUAL:
        name = str(options.parameters / name)
    others = [f"with {options.hyperparams}"] if options.hyperparams is not None else []
    others += [f"with {text}" for text in options.set if text.startswith("design.")]
    return ", ".join([name, *others])


def _design_path(options: argparse.Namespace, folder: Path, by_name: Path) -> Path:
    """The file of the network."""
    if options.model is None:
        if options.design is None:
            return folder / "design.json"
        return _found(options.design, (Path(), by_name, folder))
    if options.design is not None:
        raise UserError(
            f"--model {options.model} and --design {options.design}: both name a design; one of "
            "them is right"
        )
    name, places = f"design_{options.model}.json", (by_name, folder)
    path = _found(Path(name), places)
    if not path.exists():
        files = (file for place in places for file in place.glob("design_*.json"))
        known = sorted({file.stem.removeprefix("design_") for file in files})
        raise UserError(
            f"--model {options.model}: there is no {name} in {folder}; known are "
            f"{', '.join(known) or 'none'}"
        )
    return path


def _belonging(
    design: Source, sets: list[str], folder: Path, places: tuple[Path, ...], errors: list[str]
) -> Path | None:
    """The file of the hyper-parameters that the design names; None after telling it is missing."""
    key = "design.hyperparams="
    named = [text.removeprefix(key) for text in sets if text.startswith(key)]
    name = named[-1] if named else design.values.get("hyperparams", "")
    if not name or not isinstance(name, str):
        return folder / "hyperparams.json"
    path = _found(Path(name), places)
    if path.exists():
        return path
    where = f"--set {key}{name}" if named else str(design.path)
    errors.append(
        f"{where}: hyperparams names {name}, which is neither beside the design nor in {folder}; "
        "--hyperparams FILE takes another"
    )
    return None


def _found(path: Path, places: tuple[Path, ...]) -> Path:
    """The first of the places that has the file; the path as it is where none has it."""
    return next((place / path for place in places if (place / path).exists()), path)


def _read(path: Path, errors: list[str]) -> Source:
    """One JSON object; empty when it cannot be read."""
    source = Source(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, path, errors))
    except FileNotFoundError:
        errors.append(f"{path}: there is no such file, neither here nor in the folder --parameters")
    except OSError as error:
        errors.append(f"{path}: {error.strerror}")
    except UnicodeDecodeError:
        errors.append(f"{path}: is not UTF-8 text")
    except json.JSONDecodeError as error:
        errors.append(f"{path}: line {error.lineno}, column {error.colno}: {error.msg}")
    except (ValueError, RecursionError):
        errors.append(f"{path}: holds numbers or brackets beyond all measure")
    else:
        if isinstance(values, dict):
            source.values, source.readable = values, True
        else:
            errors.append(f"{path}: must be one JSON object, {{...}}")
    return source


def _unique(pairs: list[tuple[str, object]], path: Path, errors: list[str]) -> dict:
    """The object; a key that stands twice is told."""
    values: dict = {}
    for key, value in pairs:
        if key in values:
            errors.append(f"{path}: {key} stands there twice")
        values[key] = value
    return values
