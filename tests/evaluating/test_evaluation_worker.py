import pytest

from src.base.errors import UserError
from src.evaluating.protocols import plan_protocol
from src.evaluating.running import recorder_maker, track_segment
from tests.support.cases import load_identity, load_other_weights
from tests.support.evaluations import make_job
from tests.support.helpers import make_clip


@pytest.fixture
def work(tmp_path):
    """Tracks the one clip as a worker would; its files' names."""
    make_clip(tmp_path / "clips" / "a", 8, step=(8, 0))

    def run(load, **changes):
        job = make_job(tmp_path, **changes)
        (segment,) = plan_protocol(job.parameters.env, job.evaluation)
        pictures = track_segment(job, load, segment)
        return job.results.read("a", 8), [path.name for path in pictures]

    return run


def test_a_worker_writes_the_files_of_its_track(work, capsys):
    track, pictures = work(load_identity)
    assert pictures == []
    assert (track.boxes_ltwh == track.boxes_ltwh[0]).all()
    assert capsys.readouterr().err == ""


def test_a_worker_follows_the_protocol(work):
    # overlap ends after four frames of 8 px; the next start would be frame 9
    track, pictures = work(load_identity, protocol="vot", visualization=1)
    boxes = track.boxes_ltwh
    assert pictures == ["a.gif", "a_strip.png"]
    assert not (boxes[:5] != boxes[0]).any() and (boxes[5:] != boxes[5:]).all()


def test_replaced_weights_are_refused(work):
    with pytest.raises(UserError, match=r"checkpoint 2: the evaluation began with checkpoint 1"):
        work(load_other_weights)


def test_workers_make_pictures_without_a_window(tmp_path, monkeypatch):
    def fail():
        raise AssertionError("a window opens")

    monkeypatch.setattr("src.pictures.visualization.open_live_window", fail)
    assert recorder_maker(make_job(tmp_path), live=False) is None
    job = make_job(tmp_path, visualization=1)
    assert recorder_maker(job, live=False) is not None
    with pytest.raises(AssertionError, match="a window opens"):
        recorder_maker(job, live=True)
