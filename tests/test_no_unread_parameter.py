"""No key without a reader: a key that a user may change must change something."""

import ast
from typing import Literal, get_args, get_origin

import pytest

from src.parameters.parse_arguments import MODELS
from tests.support.places import ROOT

# these treat all keys alike, or only compare keys with each other
NOT_READERS = {"parameters.py", "parse_arguments.py", "pprint_params.py", "design_checks.py"}
NAMES = {"hyperparams": "hp", "environment": "env"}
# read before there is a model to ask: they say where the other files are
READ_BY_THE_PARSER = {("environment", "root_parameters"), ("design", "hyperparams")}


def attributes(code):
    """Pairs (name, attribute) of every `name.attribute` and `....name.attribute`."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute):
            owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
            found.add((owner.lstrip("_"), node.attr))
    return found


def has_one_value(annotation):
    return get_origin(annotation) is Literal and len(get_args(annotation)) == 1


@pytest.fixture(scope="module")
def read():
    files = [*(ROOT / "src").rglob("*.py"), *ROOT.glob("*.py")]
    readers = [path for path in files if path.name not in NOT_READERS]
    return set().union(*(attributes(path.read_text(encoding="utf-8")) for path in readers))


@pytest.mark.parametrize("file", MODELS)
def test_every_key_has_a_reader(read, file):
    unread = [
        key
        for key, info in MODELS[file].model_fields.items()
        if (NAMES.get(file, file), key) not in read
        and (file, key) not in READ_BY_THE_PARSER
        and not has_one_value(info.annotation)
    ]
    assert not unread


def test_the_parser_reads_where_the_files_are():
    code = ast.parse((ROOT / "src" / "parameters" / "sources.py").read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(code) if isinstance(node, ast.Constant)}
    assert {key for _, key in READ_BY_THE_PARSER} <= texts


def test_only_a_read_counts():
    assert attributes("self._design.net + hp.lr") >= {("design", "net"), ("hp", "lr")}
    assert ("hp", "lr") not in attributes("lr = other.lr; 'hp.lr'")
