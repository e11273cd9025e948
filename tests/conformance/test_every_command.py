"""Every command tells all of itself by `--help`, with an example that its own options take."""

import argparse
import importlib
import re
import shlex

import pytest

from src.__main__ import COMMANDS, command_list, main
from src.base.errors import UserError
from src.parameters.command_line import call_door, door_parser, shared_options
from tests.support.places import ROOT

SHARED = ("--parameters", "--hyperparams", "--design", "--model", "--set")
# these read what a training or an evaluation wrote, and no parameters
WITHOUT_PARAMETERS = {"learning_curve", "annotations", "light"}


@pytest.fixture(params=COMMANDS)
def name(request):
    return request.param


@pytest.fixture
def door(name):
    return importlib.import_module(COMMANDS[name])


def help_of(door, capsys):
    with pytest.raises(SystemExit) as ended:
        call_door(door, ["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr()
    assert told.err == ""
    return told.out


def test_help_names_every_option_with_its_default(name, door, capsys):
    told = " ".join(help_of(door, capsys).split())
    actions = door_parser(door)._actions
    assert all(option in told for action in actions for option in action.option_strings)
    for action in actions:
        assert action.help and " ".join(action.help.split()) in told
        if action.default not in (None, False, [], argparse.SUPPRESS):
            assert f"(default: {action.default})" in action.help
    assert all((option in told) == (name not in WITHOUT_PARAMETERS) for option in SHARED)


def test_help_is_written_as_the_docstring_is(door, capsys):
    told = help_of(door, capsys)
    assert door.__doc__.strip() in told
    assert told.startswith(f"usage: python -m src {door.__name__.removeprefix('src.')} [-h]")
    assert max(map(len, told.splitlines())) <= 100


def test_the_examples_are_taken(name, door):
    examples = re.findall(rf"^    python -m src {name} (.*)$", door.__doc__, flags=re.MULTILINE)
    assert examples and "\n\nExample:\n    python" in door.__doc__
    for example in examples:
        door_parser(door).parse_args(shlex.split(example))


def test_a_wrong_option_is_one_sentence(name, door):
    for words in (["--nonsense"], ["--out"]):
        with pytest.raises(UserError, match=rf"; python -m src {name} --help tells all options$"):
            call_door(door, words)


def test_all_commands_are_listed_by_what_they_do(capsys):
    for argv in ([], ["--help"]):
        main(argv)
        assert capsys.readouterr().out == command_list() + "\n"
    lines = [line.split(maxsplit=1) for line in command_list().splitlines()[1:-2]]
    summaries = {
        name: importlib.import_module(module).__doc__.split("\n")[0]
        for name, module in COMMANDS.items()
    }
    assert dict(lines) == summaries


def test_every_door_that_runs_is_a_command():
    runs = {path.stem for path in (ROOT / "src").glob("*.py") if "run_door(" in path.read_text()}
    assert runs == set(COMMANDS)


def test_both_names_of_a_command_are_the_same(run_module, capsys):
    by_module = run_module("src.report", "--help")
    assert (by_module.returncode, by_module.stderr) == (0, "")
    with pytest.raises(SystemExit):
        main(["report", "--help"])
    assert by_module.stdout == capsys.readouterr().out


def test_an_unknown_command_is_one_sentence_with_the_nearest(run_module, refusal):
    told = refusal(run_module("src", "benchmrk"), "benchmrk: there is no such command")
    assert "did you mean benchmark?" in told
    assert "did you mean" not in refusal(run_module("src", "nix"), "python -m src lists all")


def test_what_is_not_installed_for_a_command_is_told(monkeypatch):
    monkeypatch.setitem(COMMANDS, "export", "absent_package.export")
    with pytest.raises(UserError, match=r"export needs the package absent_package, .* pip install"):
        main(["export"])


def test_help_needs_no_parameters_and_no_arrays(run_python):
    """So it is there at once."""
    doors = set(COMMANDS) - {"vot_client", "light"}  # their work is in the door itself
    code = (
        "import importlib, sys\n"
        "from src.__main__ import command_list\n"
        "from src.parameters.command_line import door_parser\n"
        "command_list()\n"
        f"for name in {sorted(doors)}:\n"
        "    door_parser(importlib.import_module(f'src.{name}')).format_help()\n"
        "print(sorted({'pydantic', 'numpy', 'matplotlib', 'scipy', 'tensorflow', 'jinja2'}"
        " & set(sys.modules)))\n"
    )
    done = run_python(code)
    assert (done.stderr, done.stdout) == ("", "[]\n")


def test_shared_options_are_shared():
    parser = argparse.ArgumentParser()
    shared_options(parser)
    assert {option for action in parser._actions for option in action.option_strings} == {
        *SHARED,
        "-h",
        "--help",
    }
