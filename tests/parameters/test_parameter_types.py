import pytest
from pydantic import TypeAdapter, ValidationError

from src.parameters.models import (
    Address,
    Count,
    CountRange,
    Name,
    OddCount,
    PartShare,
    Path,
    Positive,
    Share,
    Switch,
)


def accepts(kind, value):
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (Count, [1, 10**9], [0, -1, 1.5, True, "1"]),
        (OddCount, [1, 127], [0, 2, -1]),
        (CountRange, [(1, 1), (108, 371)], [(2, 1), (0, 5), (1,), (1, 2, 3), (1.0, 2), 5]),
        (Share, [0.0, 1.0, 0.3], [-0.01, 1.01]),
        (PartShare, [0.0, 0.9], [-0.01, 0.91]),
        (Positive, [1e-9, 5.0], [0.0, -1.0]),
        (Switch, [0, 1, True, False], [2, "1", 1.0, None]),
        (Path, ["data", "../a b/größe", "/"], ["", "a\nb", "a\0b"]),
        (
            Address,
            ["", "tcp://host:8786", "tls://10.0.0.1:1"],
            ["host:8786", "tcp://host", "a://b:c"],
        ),
        (Name, ["SiamFC", "saver-test", "a b"], ["", ".", "..", ".a", "a/b", "a\\b"]),
    ],
)
def test_each_kind_takes_what_it_should(kind, right, wrong):
    assert [value for value in right if not accepts(kind, value)] == []
    assert [value for value in wrong if accepts(kind, value)] == []
