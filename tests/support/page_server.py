"""Files and bytes served to a browser of a test, on a free port of this machine.

with served({"/": b"<!doctype html>...", "/page": Path("player/web/page")}) as address: ...
"""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Content = bytes | str | Path
"""What stands at an address: bytes, HTML, a file, or a folder with all that is in it."""


class Script(str):
    """Text that is a module of a page."""


_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@contextmanager
def served(content: Mapping[str, Content], *, policy: str | None = None) -> Iterator[str]:
    """The address of a server that answers with the content; changes of the mapping are seen. policy: the
    Content-Security-Policy of everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            found = _found(content, path)
            self.send_response(200 if found is not None else 404)
            body, kind = found or (b"", "text/plain")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if policy is not None:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _found(content: Mapping[str, Content], path: str) -> tuple[bytes, str] | None:
    here = content.get(path)
    if here is None:
        folder, _, name = path.rpartition("/")
        inside = content.get(folder)
        here = inside / name if isinstance(inside, Path) and (inside / name).is_file() else None
    if isinstance(here, Path):
        kind = _KINDS.get(here.suffix) or mimetypes.guess_type(here.name)[0] or "application/octet-stream"
        return here.read_bytes(), kind
    if isinstance(here, Script):
        return here.encode(), _KINDS[".js"]
    if isinstance(here, str):
        return here.encode(), "text/html; charset=utf-8"
    return (here, "application/octet-stream") if here is not None else None
