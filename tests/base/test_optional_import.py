import math
import sys

import pytest

from src.base.errors import UserError
from src.base.imports import import_optional


def test_a_module_that_is_there_is_imported():
    assert import_optional("math", "math", "counting") is math
    assert import_optional("os.path", "os", "finding").join("a", "b")


def test_a_missing_one_is_told_with_the_command_that_gets_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "colorsys", None)
    with pytest.raises(UserError, match=r"^painting needs .*colorsys.*: pip install paint==1\.2$"):
        import_optional("colorsys", "paint==1.2", "painting")
