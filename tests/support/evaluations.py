"""An evaluation of small clips by the weights of a fake tracker, and its files."""

from src.evaluating.results import ResultFolder
from src.evaluating.running import EvaluationJob
from src.parameters.parse_arguments import Parameters
from tests.support.parameter_files import (
    load_design,
    load_environment,
    load_evaluation,
    load_hyperparams,
    load_run,
)


def make_job(folder, workers=0, visualization=0, cluster="", **changes):
    """An evaluation of `folder/clips` by the weights of `load_identity`."""
    parameters = Parameters(
        load_hyperparams(),
        load_evaluation(**({"dataset": "clips"} | changes)),
        load_run(workers=workers, visualization=visualization, cluster=cluster),
        load_environment(root_dataset=str(folder)),
        load_design(),
    )
    results = ResultFolder.create(str(folder / "results"), "Test", "clips")
    return EvaluationJob(parameters, "checkpoint 1", results)


TIMES = ("_time.txt", "performance.json", ".zip")


def files(folder):
    """All that is written, times apart."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(TIMES)
    }
