"""Guards in an ASGI application of one's own: what its routes are asked and answer is judged on the way.

    routes.py    which requests, by which guards, and where the text stands in a body
    asgi.py      the middleware
    answers.py   answers of the application: whole, and piece by piece
    frames.py    events, lines, and plain text

Invariant: of a route that is named, nothing reaches the application or leaves it before the text at its place was
judged; a body in which that cannot be found passes neither way.

Example:

    routes = [Route("POST", "/chat", input="question", text="$.prompt")]
    app.add_middleware(GuardMiddleware, plan=plan, routes=routes)
"""

from __future__ import annotations

from guardc.runtime.middleware.asgi import GuardMiddleware
from guardc.runtime.middleware.routes import Route

__all__ = ["GuardMiddleware", "Route"]
