"""A client of the TraX protocol drives the tracker as the VOT toolkit does."""

import configparser
import contextlib
import os
import re
import shlex
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import trax
from trax.client import Client

import src.tracking.loading
from src import light, vot_client
from src.api import Tracker
from src.base.errors import UserError
from src.datasets.sequences import load_video
from src.geometry.region_to_bbox import region_to_box_ltwh
from src.parameters.command_line import call_door
from src.video.images import read_image
from src.vot_client import IMAGES, REGIONS, serve
from tests.support.api_trackers import DriftingTracker, released_tracker
from tests.support.patience import PATIENCE
from tests.support.places import ROOT

FRAMES = 9
# the protocol writes four decimals of a float32
TOLERANCE = 1e-3


def command_of_the_page():
    """What `trackers.ini` in the docs starts, with this repository's place and interpreter."""
    page = (ROOT / "docs" / "programs.md").read_text(encoding="utf-8")
    config = configparser.ConfigParser()
    config.read_string(re.search(r"```ini\n(.*?)```", page, flags=re.DOTALL)[1])
    (tracker,) = (config[name] for name in config.sections())
    assert tracker["protocol"] == "trax" and float(tracker["timeout"]) >= 60
    interpreter, *arguments = shlex.split(tracker["command"])
    home = interpreter.removesuffix("/.venv/bin/python")
    assert tracker["env_pythonpath"] == home
    return [sys.executable, *arguments]


@contextlib.contextmanager
def started(folder, *options):
    """The tracker's process and a client, started as the toolkit does; what both have said."""
    said = []
    process = subprocess.Popen(
        [*command_of_the_page(), *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TRAX": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    streams = (process.stdin.fileno(), process.stdout.fileno())
    yield SimpleNamespace(
        client=Client(stream=streams, log=said.append), process=process, said=said
    )
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def toolkit(tmp_path_factory):
    with started(tmp_path_factory.mktemp("workdir")) as running:
        yield running


@pytest.fixture(scope="module")
def video():
    return load_video(ROOT / "data" / "clips" / "test", "test_001_blur_zoom_dark")


def track_by_client(client, images, region):
    """Boxes float64 [N, 4] of all images, and the properties of the last."""
    (answer,), _ = client.initialize({"color": images[0]}, [(region, {})], {})
    boxes = [answer[0].bounds()]
    for image in images[1:]:
        (answer,), _ = client.frame({"color": image}, {}, [])
        boxes.append(answer[0].bounds())
    return np.array(boxes), answer[1]


def track_by_api(frames, box_ltwh, tracker=None):
    tracker = tracker or released_tracker()
    tracker.init(frames[0], box_ltwh)
    return np.array([box_ltwh, *(tracker.update(frame).box for frame in frames[1:])])


def test_a_client_gets_the_boxes_of_the_api_whatever_it_sends(toolkit, video):
    client, start = toolkit.client, video.boxes_ltwh[0]
    assert client.tracker_name == "SiamFC-tf"
    assert set(client.image_formats) == {"path", "memory"}
    assert set(client.region_formats) == {"rectangle", "polygon"}
    paths = video.frames[:FRAMES]
    frames = [read_image(path) for path in paths]

    files = [trax.FileImage.create(str(path)) for path in paths]
    boxes, _ = track_by_client(client, files, trax.Rectangle.create(*start.tolist()))
    np.testing.assert_allclose(boxes, track_by_api(frames, start), atol=TOLERANCE)
    assert np.abs(boxes[-1] - boxes[0]).max() > 1

    # the same process starts a second track, from a turned box and images in memory
    corners = [(95.0, 40.0), (115.0, 65.0), (90.0, 90.0), (70.0, 60.0)]
    memory = [trax.MemoryImage.create(frame) for frame in frames]
    boxes, _ = track_by_client(client, memory, trax.Polygon.create(corners))
    turned = region_to_box_ltwh(np.ravel(corners))
    np.testing.assert_allclose(boxes, track_by_api(frames, turned), atol=TOLERANCE)

    client.quit()
    assert toolkit.process.wait(timeout=PATIENCE) == 0
    # standard error goes the same way: nobody but TraX has said anything
    lines = "".join(toolkit.said).splitlines()
    assert [line for line in lines if line and not line.startswith("@@TRAX:")] == []
    assert toolkit.process.stdout.read() == b""


def test_the_other_runtime_answers_too(tmp_path, video):
    paths = video.frames[:FRAMES]
    files = [trax.FileImage.create(str(path)) for path in paths]
    start = video.boxes_ltwh[0]
    with started(tmp_path, "--set", "run.runtime=litert") as running:
        boxes, properties = track_by_client(
            running.client, files, trax.Rectangle.create(*start.tolist())
        )
        running.client.quit()
        assert running.process.wait(timeout=PATIENCE) == 0
    expected = track_by_api([read_image(path) for path in paths], start, light.Tracker.load())
    np.testing.assert_allclose(boxes, expected, atol=TOLERANCE)
    assert 0 < float(properties["confidence"]) <= 1


class FakeServer:
    """Hands out requests one by one, and keeps the answers."""

    def __init__(self, *requests):
        self.requests, self.answers, self.reason = list(requests), [], "still running"

    def wait(self):
        request = self.requests.pop(0)
        if isinstance(request, Exception):
            raise request
        return request

    def status(self, objects):
        ((region, properties),) = objects
        self.answers.append((region.bounds(), properties))

    def quit(self, reason=None):
        self.reason = reason


def image_of(frame):
    return {"color": trax.MemoryImage.create(frame)}


FRAME = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
BOX = (10.0, 20.0, 30.0, 15.0)
START = trax.server.Request("initialize", image_of(FRAME), [(trax.Rectangle.create(*BOX), {})], {})
NEXT = trax.server.Request("frame", image_of(FRAME[..., ::-1]), None, {})
QUIT = trax.server.Request("quit", None, None, {})


def test_requests_are_answered_until_the_client_quits():
    fake, server = DriftingTracker(), FakeServer(START, NEXT, NEXT, START, QUIT, NEXT)
    serve(server, Tracker(fake))
    first, second, third, again = (box for box, _ in server.answers)
    assert first == again == BOX and fake.started_on == [list(BOX)] * 2
    np.testing.assert_allclose([second[0], third[0]], [12.37, 14.74], rtol=1e-6)
    np.testing.assert_array_equal(fake.frames[0], FRAME)
    np.testing.assert_array_equal(fake.frames[1], FRAME[..., ::-1])
    assert server.reason is None and server.requests == [NEXT]


@pytest.mark.parametrize(("confidence", "told"), [(0.25, {"confidence": 0.25}), (np.nan, {})])
def test_confidence_is_told_where_there_is_one(confidence, told):
    server = FakeServer(START, NEXT, QUIT)
    serve(server, Tracker(DriftingTracker(confidence=confidence)))
    assert [properties for _, properties in server.answers] == [{}, told]


def test_the_client_is_told_why_a_request_fails(tmp_path):
    missing = NEXT._replace(image={"color": trax.FileImage.create(str(tmp_path / "no.jpg"))})
    outside = START._replace(objects=[(trax.Rectangle.create(100, 0, 5, 5), {})])
    for requests, words in (
        ([NEXT], "before init"),
        ([outside], "outside the frame"),
        ([START, missing], r"no\.jpg: there is no such image file"),
    ):
        server = FakeServer(*requests)
        with pytest.raises(UserError, match=words):
            serve(server, Tracker(DriftingTracker()))
        assert re.search(words, server.reason)


def test_a_client_that_is_gone_is_told():
    server = FakeServer(START, trax.TraxException("Exception when waiting for command: Unknown"))
    with pytest.raises(UserError, match=r"the TraX client is gone .*waiting for command"):
        serve(server, Tracker(DriftingTracker()))


def test_images_of_every_format_become_frames(tmp_path, video):
    path = str(video.frames[0])
    np.testing.assert_array_equal(IMAGES["path"](trax.FileImage.create(path)), read_image(path))
    grey = FRAME[..., 0]
    deep = grey.astype(np.uint16) * 256 + 77
    for shown, expected in ((FRAME, FRAME), (grey, grey), (deep, grey)):
        frame = IMAGES["memory"](trax.MemoryImage.create(shown))
        assert frame.dtype == np.uint8
        np.testing.assert_array_equal(frame, expected)


def test_regions_of_every_format_become_boxes():
    assert REGIONS["rectangle"](trax.Rectangle.create(*BOX)).tolist() == list(BOX)
    corners = [(10.0, 20.0), (40.0, 20.0), (40.0, 35.0), (10.0, 35.0)]
    np.testing.assert_allclose(REGIONS["polygon"](trax.Polygon.create(corners)), BOX)
    turned = [(30.0, 10.0), (50.0, 30.0), (30.0, 50.0), (10.0, 30.0)]
    # its area is half of its extent's
    half = 20 * np.sqrt(0.5)
    expected = [30 - half, 30 - half, 2 * half, 2 * half]
    np.testing.assert_allclose(REGIONS["polygon"](trax.Polygon.create(turned)), expected)
    triangle = [(10.0, 20.0), (40.0, 20.0), (10.0, 35.0)]
    np.testing.assert_allclose(REGIONS["polygon"](trax.Polygon.create(triangle)), BOX)


def test_standard_output_is_left_to_trax(run_python):
    done = run_python(
        "import os; from src.vot_client import stdout_for_trax\n"
        "with stdout_for_trax():\n"
        "    os.write(1, b'noise of a library, ')\n"
        "    print('noise of Python')\n"
        "    os.write(int(os.environ['TRAX_OUT']), b'hello, ')\n"
        "print('afterwards', 'TRAX_OUT' in os.environ)"
    )
    assert done.stdout == "hello, afterwards False\n"
    assert done.stderr == "noise of a library, noise of Python\n"


def test_arguments_choose_the_tracker(monkeypatch):
    asked = []

    def load(hp, env, design, weights, *_):
        asked.append((design.tot_stride, hp.z_lr, weights))
        return DriftingTracker(), "weights"

    monkeypatch.setattr(src.tracking.loading, "load_tracker", load)
    monkeypatch.setattr(trax, "Server", lambda *args, **options: FakeServer(QUIT))
    call_door(vot_client, [])
    sets = ["--set", "hyperparams.z_lr=0.5", "--set=evaluation.weights=net"]
    call_door(vot_client, ["--design", "design.json", *sets])
    assert asked == [(16, 0.02, "best"), (4, 0.5, "net")]


def test_wrong_arguments_and_a_missing_package_are_told_before_anything_is_loaded(monkeypatch):
    with pytest.raises(UserError, match="z_lr is 7"):
        call_door(vot_client, ["--set", "hyperparams.z_lr=7"])
    monkeypatch.setitem(sys.modules, "trax", None)
    with pytest.raises(UserError, match=r"pip install vot-trax==4\.0\.2"):
        call_door(vot_client, [])
