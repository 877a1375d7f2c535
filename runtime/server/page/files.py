"""The files of the page, as answers."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response
from starlette.routing import Route

from guardc.runtime.server.answers import HEADERS

__all__ = ["routes"]

FOLDER = Path(__file__).parent
FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
POLICY = "; ".join(
    (
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'", "img-src data:",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    )
)  # fmt: skip
"""Nothing is loaded but these files, nothing is sent but to this server."""
ALSO = {"content-security-policy": POLICY, "x-frame-options": "DENY", "referrer-policy": "no-referrer"}


def routes() -> list[Route]:
    """One for each file. They are open to all: there is nothing in them but what the package has."""
    return [_route(path, FOLDER / name, kind) for path, (name, kind) in FILES.items()]


def _route(path: str, file: Path, kind: str) -> Route:
    content = file.read_bytes()
    headers = {name.decode("ascii"): value.decode("ascii") for name, value in HEADERS} | ALSO

    async def answer(_: object) -> Response:
        return Response(content, media_type=kind, headers=headers)

    return Route(path, answer)
