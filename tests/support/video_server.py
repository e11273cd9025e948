"""A web server on this machine that sends films, and live pictures as network cameras do."""

import contextlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PIL import Image

from tests.support.pyav_videos import marked


class VideoServer(ThreadingHTTPServer):
    """Sends the files of a folder, and pictures of rising red levels at `/live`.

    Attributes:
        n_pictures: How many `/live` has sent.
        go_on: `/live` waits for it before every picture after the first `n_at_once`.
        is_over: `/live` ends instead of sending another picture after those.
        cut_once: Sends half of a file, and the rest when it is asked for it.
    """

    daemon_threads = True

    def __init__(self, folder: Path, n_at_once: int = 4, cut_once: bool = False):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.n_at_once, self.cut_once = folder, n_at_once, cut_once
        self.n_pictures, self.go_on, self.is_over = 0, threading.Semaphore(0), False
        self.requests: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def serving(folder: Path, **options) -> Iterator[VideoServer]:
    with VideoServer(folder, **options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.is_over = True
            server.go_on.release(1000)
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with contextlib.suppress(ConnectionError):
            if self.path.startswith("/live"):
                self._send_pictures()
            else:
                self._send_file()

    def _send_file(self):
        path = self.server.folder / unquote(urlsplit(self.path).path).lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        data, asked = path.read_bytes(), self.headers.get("Range", "bytes=0-")
        self.server.requests.append(asked)
        begin = int(asked.partition("=")[2].partition("-")[0])
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        end = len(data) // 2 if self.server.cut_once and begin < len(data) // 2 else len(data)
        self.wfile.write(data[begin:end])
        self.close_connection = self.server.cut_once

    def _send_pictures(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=part")
        self.end_headers()
        while True:
            if self.server.n_pictures >= self.server.n_at_once:
                if not self.server.is_over:
                    self.server.go_on.acquire()
                if self.server.is_over:
                    return
            picture = io.BytesIO()
            level = 20 * self.server.n_pictures % 240
            Image.fromarray(marked(level)).save(picture, "JPEG", quality=95)
            head = f"Content-Type: image/jpeg\r\nContent-Length: {picture.tell()}\r\n\r\n"
            self.wfile.write(b"--part\r\n" + head.encode() + picture.getvalue() + b"\r\n")
            self.server.n_pictures += 1
