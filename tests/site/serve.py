"""Serve a folder as a careful host does: compressed, and cached where the address has a version."""

import gzip
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

PACKED = {".eot", ".gz", ".ipynb.gz", ".png", ".jpg", ".webp", ".woff", ".woff2", ".epub", ".pdf"}


@cache
def packed(path: Path) -> bytes:
    """Return the file compressed by gzip, which every browser accepts."""
    return gzip.compress(path.read_bytes(), mtime=0)


@cache
def headers(folder: Path, address: str) -> list[tuple[str, str]]:
    """Return what the site's file of headers says of an address, but for how long it is kept."""
    found, applies = [], False
    path = folder / "_headers"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        if line.startswith("/"):
            applies = fnmatch(address, line)
        elif applies and line.startswith("  "):
            name, _, value = line.strip().partition(": ")
            if name != "Cache-Control":
                found.append((name, value))
    return found


class Handler(BaseHTTPRequestHandler):
    """Answer one request; the folder is the server's."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file, or the 404 page of the site."""
        folder: Path = self.server.folder  # type: ignore[attr-defined]
        address = urlsplit(self.path)
        path = (folder / unquote(address.path).lstrip("/")).resolve()
        if path.is_dir():
            path /= "index.html"
        found = path.is_file() and path.is_relative_to(folder)
        if not found:
            path = folder / "404.html"
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind.endswith(("javascript", "json")):
            kind += "; charset=utf-8"
        squeeze = path.suffix not in PACKED and "gzip" in self.headers.get("Accept-Encoding", "")
        body = b"no such page" if not path.is_file() else packed(path) if squeeze else None
        if body is None:
            body = path.read_bytes()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if squeeze and path.is_file():
            self.send_header("Content-Encoding", "gzip")
        for name, value in headers(folder, address.path):
            self.send_header(name, value)
        self.send_header("Vary", "Accept-Encoding")
        versioned = address.query.startswith("v=") or path.suffix == ".woff2"
        age = "max-age=31536000, immutable" if versioned else "no-cache"
        self.send_header("Cache-Control", age)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing: the tests report what the browser saw."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder at a free port of this machine alone, and yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.folder = folder.resolve()  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
