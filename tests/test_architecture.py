"""What `lint-imports` cannot say: imports that are late, lengths, signs, and what tests use."""

import ast
import importlib

import pytest

from tests.support.places import ROOT

SRC = ROOT / "src"
SCRIPTS = [
    "get_shuffled_list_from_vedio.py",
    "prepare_training_dataset.py",
    "run_tracker_training.py",
    "run_tracker_evaluation.py",
]
MAX_LINES, MAX_FUNCTION_LINES = 300, 60
TABLES = {"network.backbones", "network.heads", "evaluating.protocols"}
# rooms and files that load without TensorFlow, so that wrong input is told before its seconds
WITHOUT_TENSORFLOW = ("base", "geometry", "runtime", "parameters", "workers", "video", "pairs")
WITHOUT_TENSORFLOW += ("pictures", "evaluating", "own_video", "tuning", "reporting", "labelling")
WITHOUT_TENSORFLOW += ("tracking.opening", "serving.program_inputs")
EXCEPT = {"video.crops"}


def module_name(path):
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted(SRC.rglob("*.py")) if path.parent != SRC}
DOORS = {path.stem: path for path in sorted(SRC.glob("*.py")) if path.stem != "__init__"}
EXPERIMENTS = sorted((ROOT / "experiments").glob("*.py"))
EVERY_FILE = [*MODULES.values(), *DOORS.values(), *EXPERIMENTS, *(ROOT / name for name in SCRIPTS)]


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def functions_of(path):
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_can_be_seen_whole(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions_of(path)}
    assert not {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES}


@pytest.mark.parametrize("name", [*MODULES, *DOORS])
def test_every_module_can_be_imported(name):
    # C41: Python 2's print, tostring and the like
    importlib.import_module(f"src.{name}")


def test_every_room_has_a_sign_that_does_nothing():
    for folder in (path for path in SRC.rglob("*") if path.is_dir() and list(path.glob("*.py"))):
        body = tree_of(folder / "__init__.py").body
        assert isinstance(body[0], ast.Expr), folder
        assert len(body) == 1 or module_name(folder / "__init__.py") in TABLES, folder


def test_experiments_are_not_needed():
    """Nothing in src imports one, and each has its test."""
    for path in [*MODULES.values(), *DOORS.values()]:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None), *(alias.name for alias in node.names)]
                assert not any(str(name).startswith("experiments") for name in names), path
    tests = {path.stem for path in (ROOT / "tests" / "experiments").glob("test_*.py")}
    assert {f"test_{path.stem}" for path in EXPERIMENTS if path.stem != "__init__"} <= tests


def test_what_needs_no_tensorflow_does_not_import_it(run_python):
    """One process for all: what none of them imports together, none imports alone."""
    names = [name for name in MODULES if name.startswith(WITHOUT_TENSORFLOW) and name not in EXCEPT]
    code = (
        "import importlib, sys\n"
        f"for name in {[*names, *DOORS]}:\n"
        "    importlib.import_module(f'src.{name}')\n"
        "    if 'tensorflow' in sys.modules: sys.exit(f'{name} imports it')\n"
        "print('none does')"
    )
    done = run_python(code)
    assert (done.stderr, done.stdout) == ("", "none does\n")


def test_training_has_no_default():
    """Nobody can forget whether a network learns."""
    for path in MODULES.values():
        for node in functions_of(path):
            arguments = node.args.args
            defaults = arguments[len(arguments) - len(node.args.defaults) :]
            assert "training" not in [argument.arg for argument in defaults], path


def test_no_test_imports_another():
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
                assert not node.module.rpartition(".")[2].startswith("test_"), path
