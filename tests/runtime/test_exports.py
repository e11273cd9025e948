import json
import shutil

import pytest

from src.base.errors import UserError
from src.runtime.exports import SHIPPED, read_export, sealed


@pytest.fixture
def export(tmp_path):
    """A copy of what is shipped, to be damaged."""
    return shutil.copytree(SHIPPED, tmp_path / "export")


def told_of(folder):
    return json.loads((folder / "export.json").read_text(encoding="utf-8"))


def test_what_is_shipped_is_read_and_small():
    export = read_export(None)
    assert export.folder == SHIPPED
    assert len(export.network) + len(export.tracker) <= 5_000_000
    assert export.weights == (
        "released weights siamrpn_efficientnet_lite0.npz, 2f968b0547e5, by LiteRT in float32 of "
        "float16 weights"
    )


def test_a_folder_without_an_export(tmp_path):
    with pytest.raises(UserError, match=r"export\.json: cannot be read .*python -m src export"):
        read_export(tmp_path / "none")


@pytest.mark.parametrize("text", ["", "{", "[1]", '"text"'])
def test_a_damaged_description(export, text):
    (export / "export.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"export\.json: is damaged"):
        read_export(export)


@pytest.mark.parametrize("number", [3, 5, None])
def test_another_format(export, number):
    told = told_of(export) | {"format": number}
    (export / "export.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(UserError, match=rf"is of format {number}, this version reads 4; write it"):
        read_export(export)


@pytest.mark.parametrize(
    "change", [{"quantise": "float17"}, {"hyperparams": {}}, {"sha256": [1]}, {"own_sha256": None}]
)
def test_a_changed_description(export, change):
    told = told_of(export) | change
    (export / "export.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(UserError, match=r"export\.json: is damaged, or was changed; write it anew"):
        read_export(export)


def test_a_description_is_sealed_whatever_its_layout(export):
    told = told_of(export)
    assert sealed(told) == told
    (export / "export.json").write_text(json.dumps(dict(reversed(told.items()))), encoding="utf-8")
    assert read_export(export).told == told


@pytest.mark.parametrize("name", ["network.tflite", "tracker.tflite"])
def test_a_missing_or_changed_file(export, name):
    content = (export / name).read_bytes()
    (export / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(UserError, match=rf"{name}: is damaged, or of another export"):
        read_export(export)
    (export / name).unlink()
    with pytest.raises(UserError, match=rf"{name}: cannot be read"):
        read_export(export)
