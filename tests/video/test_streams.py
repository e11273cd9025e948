"""Films and live pictures from a server on this machine."""

import sys
import time

import pytest

import src.video.streams
from src.base.errors import UserError
from src.video.streams import is_address, open_stream
from tests.support.pyav_videos import write_film
from tests.support.video_server import serving

AT_END, AT_BEGIN = {}, {"movflags": "faststart"}


def levels(frames):
    return [None if f is None else round(float(f[-9, -9, 0]) / 20) for _, _, f in frames]


@pytest.mark.parametrize("index", [AT_END, AT_BEGIN], ids=["index at end", "index at begin"])
def test_a_film_on_a_server_has_all_its_frames(tmp_path, index):
    write_film(tmp_path / "my film.mp4", container_options=index)
    with serving(tmp_path) as server:
        source = open_stream(f"{server.address}/my%20film.mp4?id=7")
        frames = list(source.frames)
    assert (source.name, source.live, source.n_frames, source.fps) == ("my_film", False, 8, 25.0)
    assert levels(frames) == list(range(1, 9))
    assert [round(seconds * 25) for _, seconds, _ in frames] == list(range(8))


def test_a_film_goes_on_when_the_connection_breaks(tmp_path):
    write_film(tmp_path / "film.mp4", 12, container_options=AT_BEGIN)
    with serving(tmp_path, cut_once=True) as server:
        assert levels(open_stream(f"{server.address}/film.mp4").frames) == list(range(1, 13))
        assert len(server.requests) > 1


def wait_for(condition):
    """Until another thread has come so far; a test that waits for ever fails by its runner."""
    while not condition():
        time.sleep(0.002)


def test_a_live_stream_gives_its_newest_picture(tmp_path, monkeypatch):
    with serving(tmp_path, n_at_once=4) as server:
        ticks = iter(range(100, 200))
        source = open_stream(f"{server.address}/live", clock=lambda: next(ticks))
        assert source.live and source.n_frames is None
        assert source.name.startswith("127.0.0.1_2")
        first = next(source.frames)
        # while these are tracked, six more come; only the last of them is wanted
        for _ in range(6):
            server.go_on.release()
        wait_for(lambda: server.n_pictures == 10)
        taken = [first]
        while levels(taken)[-1] < 8:
            taken.append(next(source.frames))
        assert levels(taken) == sorted(set(levels(taken)))
        assert [index for index, _, _ in taken] == list(range(len(taken)))
        assert taken[0][1] == 0 and len(taken) < 10
        source.frames.close()


def test_a_live_stream_ends_when_its_server_ends_it(tmp_path):
    with serving(tmp_path, n_at_once=4) as server:
        source = open_stream(f"{server.address}/live")
        next(source.frames)
        server.is_over = True
        server.go_on.release()
        rest = list(source.frames)
    assert len(rest) <= 3


def test_a_live_stream_ends_when_nothing_comes_any_more(tmp_path, monkeypatch):
    monkeypatch.setattr(src.video.streams, "_PATIENCE", 2)
    with serving(tmp_path, n_at_once=5) as server:
        assert 1 <= len(list(open_stream(f"{server.address}/live").frames)) <= 5


def test_what_sends_nothing_is_told_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setattr(src.video.streams, "_PATIENCE", 0.3)
    with serving(tmp_path, n_at_once=0) as server:
        address = server.address.replace("http://", "http://me:secret@")
        with pytest.raises(UserError, match=r"^http://127\S+/live: .*nothing for 0.3 s") as caught:
            open_stream(f"{address}/live")
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("rtsp://127.0.0.1:1/1", "Connection refused"),
        ("rtmp://127.0.0.1:1/1", "Connection refused"),
        ("nonsense://here", "Protocol not found"),
    ],
)
def test_an_address_where_nobody_answers_is_told(address, told):
    with pytest.raises(UserError, match=rf"^{address}: no video comes from there \({told}\)"):
        open_stream(address)


def test_a_page_or_a_missing_file_is_no_video(tmp_path):
    (tmp_path / "page.html").write_text("<html>a page</html>" * 99)
    with serving(tmp_path) as server:
        with pytest.raises(UserError, match=r"no video comes from there .*Invalid data"):
            open_stream(f"{server.address}/page.html")
        with pytest.raises(UserError, match=r"no video comes from there .*404"):
            open_stream(f"{server.address}/film.mp4")


def test_without_pyav_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UserError, match=r'^rtsp://h/1: needs PyAV.*pip install "av>=18"'):
        open_stream("rtsp://me:secret@h/1")


@pytest.mark.parametrize(
    ("video", "expected"),
    [
        ("rtsp://camera/1", True),
        ("HTTP://host/film.mp4", True),
        ("file:///home/me/film.mp4", False),
        ("C:/film.mp4", False),
        ("camera:0", False),
        ("folder/film.mp4", False),
    ],
)
def test_addresses(video, expected):
    assert is_address(video) is expected
