import json

import pytest

from src.parameters.hyperparams import hyperparams_text
from tests.support.places import ROOT


@pytest.mark.parametrize("path", sorted((ROOT / "parameters").glob("hyperparams*.json")), ids=str)
def test_the_shipped_files_come_out_as_they_are(path):
    text = path.read_text()
    assert hyperparams_text(json.loads(text)) == text
