from src import pprint_params
from src.parameters.command_line import call_door
from src.parameters.parse_arguments import MODELS, parse_arguments
from src.pprint_params import format_params, parameter_table
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "parameters.md"


def test_every_value_has_a_line():
    models = parse_arguments([])
    lines = format_params(models).splitlines()
    keys = [f"{name}.{key}" for name, model in MODELS.items() for key in model.model_fields]
    assert [line.split()[0] for line in lines] == keys
    assert next(line for line in lines if line.startswith("design.exemplar_sz")).endswith(" 127")


def test_the_table_tells_range_default_and_meaning():
    table = parameter_table()
    for row in (
        "## hyperparams.json",
        "| `scale_num` | whole number, ≥ 1, odd, ≤ 25 | an error | `3` | scales that are ",
        '| `optimizer` | `"sgd"`, `"adam"` | `"sgd"` | `"sgd"` | optimiser |',
        "| `visualization` | true, false, 0, 1 | an error | `1` |",
        "| `num_epochs` | whole number, ≥ 1 or null | `50` | `50` |",
        "| `filter_w` | list of whole number, ≥ 1 | `[11, 5, 3, 3, 3]` | `[11, 5, 3, 3, 3]` |",
        '| `box_coding` | `"anchors"`, `"distances"` | `"anchors"` | not set |',
    ):
        assert row in table


def test_the_page_is_what_the_program_writes():
    written = "python -m src.pprint_params --table > docs/parameters.md"
    assert PAGE.read_text(encoding="utf-8") == parameter_table() + "\n", written


def test_the_command_prints_values_or_table(capsys):
    call_door(pprint_params, ["--set", "run.seed=17"])
    assert "run.seed" in capsys.readouterr().out
    call_door(pprint_params, ["--table"])
    assert capsys.readouterr().out.strip() == parameter_table()
