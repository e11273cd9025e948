"""Videos that OpenCV gets wrong, read by PyAV: what every decoder should say of them."""

import re

import numpy as np
import pytest

from src.base.errors import UserError
from src.base.imports import load_pyav
from src.video.pyav_source import open_video
from src.video.sources import USUAL_FPS
from tests.support.own_videos import damage_frames, write_video
from tests.support.pyav_videos import CLOCK, ONE, SIZE, marked, write_film

av = load_pyav()


def read(path):
    return list(open_video(av, path).frames)


def levels(frames):
    """Red level at the lower right in steps of 20, None for a broken frame."""
    return [None if f is None else round(float(f[-9, -9, 0]) / 20) for _, _, f in frames]


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("progressive.mp4", None, None),
        ("interlaced.ts", None, {"flags": "+ildct+ilme"}),
        ("camcorder.mp4", "libx264", {"x264-params": "tff=1:interlaced=1"}),
        ("interlaced.mpg", "mpeg2video", {"flags": "+ildct+ilme"}),
        ("av1.mkv", "libsvtav1", {"preset": "12", "crf": "20"}),
        ("av1.mp4", "libsvtav1", {"preset": "12", "crf": "20"}),
        ("film.mkv", None, None),
        ("film.webm", None, {"crf": "10", "deadline": "realtime"}),
        ("h265.mov", "libx265", {"x265-params": "log-level=none"}),
        ("film.m2ts", None, None),
    ],
)
def test_frames_lengths_and_times_are_right_in_every_container(tmp_path, name, codec, options):
    source = open_video(av, write_film(tmp_path / name, 8, codec, options))
    frames = list(source.frames)
    assert (source.name, source.fps, source.n_frames) == (name.partition(".")[0], 25.0, 8)
    assert levels(frames) == list(range(1, 9))
    np.testing.assert_allclose([s for _, s, _ in frames], np.arange(8) / 25, atol=2e-3)
    for k, (index, _, frame) in enumerate(frames):
        assert index == k and frame.shape == (SIZE[1], SIZE[0], 3) and frame.dtype == np.uint8
        # away from the mark's edges, which compression blurs
        off = np.abs(frame.astype(int) - marked(20 * k + 20))
        assert off[:12, :12].max() < 16 and off[24:].max() < 16 and frame.flags.c_contiguous
    assert not source.ends_early(*frames[-1][:2])


# by the ISO file format, clause 6.2.2: x' = a x + c y + tx, y' = b x + d y + ty
MATRICES = {
    "turned right": ((0, ONE, 0, -ONE, 0, 0, 48 * ONE, 0, CLOCK), "upper right", (64, 48)),
    "turned left": ((0, -ONE, 0, ONE, 0, 0, 0, 64 * ONE, CLOCK), "lower left", (64, 48)),
    "half a turn": ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, CLOCK), "lower right", (48, 64)),
    "mirrored": ((-ONE, 0, 0, 0, ONE, 0, 64 * ONE, 0, CLOCK), "upper right", (48, 64)),
    "upside down": ((ONE, 0, 0, 0, -ONE, 0, 0, 48 * ONE, CLOCK), "lower left", (48, 64)),
    "rows are columns": ((0, ONE, 0, ONE, 0, 0, 0, 0, CLOCK), "upper left", (64, 48)),
    "mirrored and turned": ((0, -ONE, 0, -ONE, 0, 0, 0, 0, CLOCK), "lower right", (64, 48)),
    "45 degrees": ((46341, 46341, 0, -46341, 46341, 0, 0, 0, CLOCK), "upper left", (48, 64)),
}


def mark_of(frame):
    corners = {
        f"{row} {column}": frame[y, x].min()
        for row, y in (("upper", 6), ("lower", -7))
        for column, x in (("left", 6), ("right", -7))
    }
    return max(corners, key=corners.get)


@pytest.mark.parametrize("kind", MATRICES)
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_video_is_turned_and_mirrored_as_players_show_it(tmp_path, kind, suffix):
    matrix, corner, size = MATRICES[kind]
    frames = read(write_film(tmp_path / f"film{suffix}", 3, matrix=matrix))
    for _, _, frame in frames:
        assert (mark_of(frame), frame.shape[:2]) == (corner, size)
        assert frame.flags.c_contiguous
    assert levels(frames) == [1, 2, 3] or kind.startswith(("turned", "half", "mirr"))


def test_uneven_times_are_those_of_the_file(tmp_path):
    times = [0, 40, 400, 440, 3000, 3040]
    source = open_video(av, write_film(tmp_path / "film.mkv", 6, times=times))
    frames = list(source.frames)
    assert source.n_frames == 6 and levels(frames) == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose([s for _, s, _ in frames], np.array(times) / 1000)
    assert not source.ends_early(*frames[-1][:2])


def test_a_film_without_an_index_is_counted(tmp_path):
    settings = {"container_options": {"movflags": "frag_keyframe+empty_moov"}}
    source = open_video(av, write_film(tmp_path / "film.mp4", 8, **settings))
    assert (source.n_frames, source.counted) == (8, True)
    assert levels(source.frames) == list(range(1, 9))


def test_broken_frames_are_none_and_index_and_time_go_on(tmp_path, capfd):
    path = write_video(tmp_path / "film.avi")
    damage_frames(path, (3, 4, 7))
    frames = read(path)
    broken = [frame is None for _, _, frame in frames]
    assert broken == [index in (3, 4, 7) for index in range(10)]
    np.testing.assert_allclose([s for _, s, _ in frames], np.arange(10) / 20, atol=1e-6)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_cut_off_ends_before_its_header_says(tmp_path):
    path = write_video(tmp_path / "film.avi", 60)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    source = open_video(av, path)
    frames = list(source.frames)
    assert source.n_frames == 60 and 4 < len(frames) < 60
    assert source.ends_early(*frames[-1][:2])


def test_a_video_of_unknown_rate_has_the_usual_one(tmp_path):
    path = write_film(tmp_path / "film.h264", 3, "libx264", format="h264")
    assert open_video(av, path).fps == USUAL_FPS


@pytest.mark.parametrize(
    ("data", "told"),
    [(None, "no such video file"), (b"", "empty"), (b"no video" * 99, "not a video")],
)
def test_what_is_no_video_is_told(tmp_path, capfd, data, told):
    path = tmp_path / "film.mp4"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UserError, match=rf"^{re.escape(str(path))}: .*{told}"):
        open_video(av, path)
    assert capfd.readouterr() == ("", "")


def test_the_picture_of_a_cover_is_not_the_film(tmp_path):
    cover = av.VideoFrame.from_ndarray(marked(250, (200, 200)), format="rgb24")
    with av.open(str(tmp_path / "film.mkv"), "w") as file:
        first, film = file.add_stream("mjpeg", rate=1), file.add_stream("libx264", rate=25)
        first.width, first.height, first.pix_fmt = 200, 200, "yuvj420p"
        first.disposition = av.stream.Disposition.attached_pic
        film.width, film.height, film.pix_fmt = *SIZE, "yuv420p"
        file.mux([*first.encode(cover), *first.encode()])
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(marked(20 * number + 20), format="rgb24")
            file.mux(film.encode(frame))
        file.mux(film.encode())
    source = open_video(av, tmp_path / "film.mkv")
    assert source.n_frames == 5 and levels(source.frames) == [1, 2, 3, 4, 5]


def test_sound_alone_is_no_video(tmp_path):
    with av.open(str(tmp_path / "sound.wav"), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.rate = 8000
        file.mux(stream.encode(sound))
    with pytest.raises(UserError, match="not a video"):
        open_video(av, tmp_path / "sound.wav")
