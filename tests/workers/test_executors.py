import os

import pytest

from src.base.errors import UserError
from src.workers import executors
from src.workers.executors import open_executor
from tests.support.cluster_pieces import folder_of_worker
from tests.support.parameter_files import load_run


@pytest.fixture
def asked(monkeypatch):
    """How many processes are asked for; none is started."""
    numbers, start = [], executors.worker_pool
    monkeypatch.setattr(executors, "worker_pool", lambda n: numbers.append(n) or start(n))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})

    def ask(workers, pieces):
        with open_executor(load_run(workers=workers), pieces):
            return numbers[-1]

    return ask


def test_as_many_processes_as_asked_for_cores_or_pieces(asked):
    assert [asked(2, 9), asked(0, 9), asked(9, 2), asked(4, 0)] == [2, 3, 2, 1]


def test_processes_of_this_machine_are_checked_as_those_of_others(tmp_path):
    data = tmp_path / "data.txt"
    data.write_text("123")
    with open_executor(load_run(workers=1), 2, [data]) as executor:
        assert executor.submit(folder_of_worker).result()[1] != os.getpid()
    with (
        pytest.raises(UserError, match=r"data\.txt: is not there for worker process"),
        open_executor(load_run(workers=1), 1, [data]) as executor,
    ):
        data.unlink()
        executor.submit(folder_of_worker).result()
