"""Serve the live site, and tell the browsers that show it when it has changed."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("live.js")
TAG = b'<script defer src="/_live/script.js"></script></head>'
PATIENCE = 2.0  # seconds until a file that is missing is taken to be so: sites are being swapped
BEAT = 10.0  # seconds after which a browser that went away is noticed


class Pages:
    """What the browsers are told: how many builds there were, and what became of the last."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.changed = threading.Condition()
        self.state: dict[str, Any] = {"build": 0, "pages": [], "faults": []}

    def tell(self, state: dict[str, Any]) -> None:
        """Tell of another build."""
        with self.changed:
            self.state = {"build": self.state["build"] + 1, **state}
            self.changed.notify_all()


class Handler(SimpleHTTPRequestHandler):
    """Answers with the files of the site, to whose pages it adds a script."""

    pages: Pages

    def do_GET(self) -> None:
        """Answer a browser."""
        if self.path == "/_live/script.js":
            self.send(SCRIPT.read_bytes(), "text/javascript; charset=utf-8")
        elif self.path == "/_live/events":
            self.send_events()
        elif path := self.page():
            self.send(path.read_bytes().replace(b"</head>", TAG, 1), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def page(self) -> Path | None:
        """Return the file of a page; wait a while for one that is not there."""
        path = Path(self.translate_path(self.path))
        end = time.monotonic() + PATIENCE
        while True:
            found = path / "index.html" if path.is_dir() else path
            if found.is_file() or time.monotonic() > end:
                return found if found.is_file() and found.suffix == ".html" else None
            time.sleep(0.05)

    def send(self, content: bytes, kind: str) -> None:
        """Send a file that no browser is to keep."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def send_events(self) -> None:
        """Send what became of each build, the last one first."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        told = -1
        with contextlib.suppress(OSError):  # the browser went away
            while True:
                with self.pages.changed:
                    if self.pages.state["build"] == told:
                        self.pages.changed.wait(BEAT)
                    state = self.pages.state
                new = state["build"] != told
                told = state["build"]
                self.wfile.write(f"data: {json.dumps(state)}\n\n".encode() if new else b":\n\n")
                self.wfile.flush()

    def end_headers(self) -> None:
        """Let no browser keep anything."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing: the builds are what the author looks at."""


@contextlib.contextmanager
def serving(site: Path, port: int) -> Iterator[Pages]:
    """Serve a folder, which comes and goes."""
    handler = type("SiteHandler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(handler, directory=str(site)))
    server.daemon_threads = True
    handler.pages = pages = Pages(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield pages
    finally:
        server.shutdown()
        server.server_close()
