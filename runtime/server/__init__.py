"""`guardc serve`: a plan behind HTTP.

Vocabulary: the *plan that runs* is one loaded plan; a request takes it once and keeps it to its end, so a reload never
changes a verdict half way. A *refusal* is an answer that is no verdict: it says what was wrong, where, and what to do.
A *caller* is who a request comes from, as its key says.

The way of a request: `application` counts it, asks `access` who calls, and hands it to a route: `judging` for verdicts
and `streams` for texts that come in pieces, as plain ASGI, and `pages` for what is called now and then. `running` holds
the plan and replaces it.

Invariant: no text of a request reaches a log, and nothing but the routes' answers contains any of it.

Example: `application(Settings(plan="support.plan"))` is an ASGI application for any server.
"""

from __future__ import annotations

from guardc.runtime.server.application import application
from guardc.runtime.server.settings import Settings

__all__ = ["Settings", "application"]
