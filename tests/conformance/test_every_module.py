"""No public name of a room is out of reach of the room's own tests.

A name is reached where a test of its room, or a door that has tests of its own, mentions it, and
where the definition of another name of the room does that is itself reached.
"""

import ast
from pathlib import Path

import pytest

from tests.support.places import ROOT

SRC, TESTS = ROOT / "src", ROOT / "tests"
DOORS = [path for path in SRC.glob("*.py") if path.stem != "__init__"]
SCRIPTS = sorted(ROOT.glob("*.py"))
# what every room may be tested by
SHARED = [*(TESTS / "conformance").glob("*.py"), *DOORS, *SCRIPTS]
ROOMS = sorted(path.parent for path in SRC.glob("*/__init__.py"))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def words_of(tree: ast.AST) -> set[str]:
    """Every name that a piece of code mentions, also as a part of a path in a string."""
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            words.add(node.id)
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif isinstance(node, ast.alias):
            words.add(node.name.rpartition(".")[2])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.update(part for part in node.value.split(".") if part.isidentifier())
    return words


def defined_names(node: ast.stmt) -> list[str]:
    """What one statement at the head of a module defines: functions, classes, constants."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = [part for target in targets if target for part in ast.walk(target)]
    return [part.id for part in names if isinstance(part, ast.Name)]


def definitions(room: Path) -> dict[str, set[str]]:
    """Every name that a room's modules define, with the names that its definition mentions."""
    found: dict[str, set[str]] = {}
    for path in room.rglob("*.py"):
        for node in tree_of(path).body:
            for name in defined_names(node):
                found.setdefault(name, set()).update(words_of(node))
    return found


def supports_of(path: Path) -> list[Path]:
    """The files of `tests/support` that a test imports."""
    modules = [node.module for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom)]
    names = [module for module in modules if module and module.startswith("tests.support.")]
    return [ROOT / f"{name.replace('.', '/')}.py" for name in names]


def reached(room: Path) -> set[str]:
    """Names of the room that are reached."""
    defined = definitions(room)
    files = [*(TESTS / room.name).rglob("*.py"), *SHARED]
    files += [support for path in files for support in supports_of(path)]
    new = set().union(*(words_of(tree_of(path)) for path in files)) & set(defined)
    found: set[str] = set()
    while new:
        found |= new
        new = set().union(*(defined[name] for name in new)) & set(defined) - found
    return found


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.name)
def test_every_public_name_is_reached_by_a_test_of_its_room(room):
    public = {name for name in definitions(room) if not name.startswith("_")}
    assert not sorted(public - reached(room))


def test_every_door_has_tests_of_its_own():
    tests = {path.stem for path in (TESTS / "doors").glob("test_*.py")}
    # `python -m src` is every command's: test_every_command.py
    assert {f"test_{path.stem}" for path in DOORS if path.stem != "__main__"} <= tests
    run = "".join(path.read_text(encoding="utf-8") for path in (TESTS / "scripts").glob("*.py"))
    assert not [path.name for path in SCRIPTS if path.name not in run]
