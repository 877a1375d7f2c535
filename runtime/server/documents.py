"""What the server says about itself: the OpenAPI document, and a page for people.

Both are the same for every plan, and open to everybody: which guards there are is for those with a key.
"""

from __future__ import annotations

import html
from typing import Any

from guardc.runtime.server.refusals import CODES
from guardc.runtime.server.settings import Settings
from guardc.version import __version__

__all__ = ["PAGE", "PAGE_HEADERS", "openapi"]

STRING = {"type": "string"}
OPTIONAL_STRING = {"type": ["string", "null"]}


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


TEXT = {"type": "string", "description": "a text; JSON text if the guard is `as json`"}
MESSAGES = {"type": "array", "items": {"type": "object"}, "description": "chat messages with `role` and `content`"}
VALUE = {"description": "of a guard `as json` the value; else a list of chat messages"}
METADATA = {"type": ["object", "null"], "description": "the fields that the policy's conditions name"}
TIMEOUT = {
    "type": ["number", "null"],
    "exclusiveMinimum": 0,
    "description": "seconds for slow rules; then `on error` decides",
}
SPAN = _object({"start": {"type": "integer"}, "end": {"type": "integer"}, "detector": STRING})
FAILURE = _object(
    {
        "rule": STRING,
        "validator": STRING,
        "action": STRING,
        "message": STRING,
        "path": STRING,
        "source": STRING,
        "error": OPTIONAL_STRING,
        "value": {"type": ["number", "null"]},
        "spans": _list(_ref("Span")),
    }
)
OUTCOME = {
    "guard": STRING,
    "structured": {"type": "boolean", "description": "the guard is `as json`"},
    "passed": {"type": "boolean", "description": "the output satisfies every rule that is not `noop`"},
    "action": {**OPTIONAL_STRING, "description": "what decided; null: nothing failed"},
    "output": {"description": "what may be used: as given, fixed, empty, or null"},
    "failures": _list(_ref("Failure")),
    "unresolved": _list(_ref("Failure")),
    "reask": {"type": ["object", "null"], "description": "what the model is to be asked again"},
    "error": {**OPTIONAL_STRING, "description": "what an `exception` rule says"},
}
POLICY_HASH = {"type": "string", "description": "SHA-256 of the policy that judged"}


def _asking(others: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {"text": TEXT, "messages": MESSAGES, "value": VALUE}
    return [_object({name: schema, **others}, [name]) for name, schema in asked.items()]


def _body(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {"content": {kind: {"schema": schema}}}


def _answers(*codes: str, good: dict[str, Any], said: str, error: str = "Error") -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": said, **good}}
    for code in codes:
        status, _, meaning = CODES[code].partition(": ")
        answers[status] = {"description": meaning, **_body(_ref(error))}
    return answers


EVENTS = {"text/event-stream": {"schema": STRING}}


def openapi(settings: Settings) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    guard = {"name": "guard", "in": "path", "required": True, "schema": STRING}
    refused = ("bad_request", "no_key", "forbidden", "unknown_guard", "busy")
    paths: dict[str, Any] = {
        "/v1/guards/{guard}/validate": {
            "post": {
                "summary": "Judge a text, chat messages, a value, or many of them",
                "operationId": "validate",
                "parameters": [guard],
                "requestBody": {"required": True, **_body(_ref("Question"))},
                "responses": _answers(
                    *refused,
                    *("too_slow", "too_large", "wrong_type", "timeout"),
                    good=_body({"oneOf": [_ref("Outcome"), _ref("Outcomes")]}),
                    said="the outcome, or one for each item of the batch",
                ),
            }
        },
        "/v1/guards/{guard}/stream": {
            "post": {
                "summary": "Judge a text while it comes: lines of JSON in, server-sent events out, at the same time",
                "operationId": "stream",
                "parameters": [guard],
                "requestBody": {"required": True, **_body(_ref("Piece"), "application/x-ndjson")},
                "responses": _answers(
                    *refused,
                    "wrong_type",
                    good=_body(STRING, "text/event-stream"),
                    said="an event `release` for each line and for the end, then `outcome`; or `error`",
                ),
            }
        },
        "/v1/guards/{guard}/chat/completions": {
            "post": {
                "summary": "A chat completion through the guard, as OpenAI's API has it, whole or as a stream",
                "operationId": "complete",
                "parameters": [guard],
                "requestBody": {"required": True, **_body(_ref("Completion"))},
                "responses": _answers(
                    *refused,
                    *("unknown_model", "too_slow", "too_large", "wrong_type", "rate_limited", "upstream", "timeout"),
                    good={"content": {"application/json": {"schema": {"type": "object"}}, **EVENTS}},
                    said="a completion, or its chunks; what is blocked has the finish reason `content_filter`",
                    error="ErrorLikeOpenAI",
                ),
            }
        },
        "/v1/guards/{guard}/models": {
            "get": {
                "summary": "The models that may be asked for, as OpenAI's API has them",
                "operationId": "models",
                "parameters": [guard],
                "responses": _answers(
                    *("no_key", "forbidden", "unknown_guard", "busy"),
                    good=_body({"type": "object"}),
                    said="a list; `/models/{model}` has one of them",
                    error="ErrorLikeOpenAI",
                ),
            }
        },
        "/v1/playground": {
            "post": {
                "summary": "Compile a policy and try it on a text; what the page at / asks",
                "operationId": "try",
                "requestBody": {"required": True, **_body(_ref("Trial"))},
                "responses": _answers(
                    *("bad_request", "no_key", "forbidden", "not_found", "too_large", "wrong_type", "busy", "timeout"),
                    good=_body({"type": "object"}),
                    said="diagnostics, what the compiler made of it, the outcome, and the stream in pieces",
                ),
            }
        },
        "/v1/guards": {
            "get": {
                "summary": "The guards of the plan that runs, as far as the key is for them",
                "operationId": "guards",
                "responses": _answers("no_key", "forbidden", "busy", good=_body(_ref("Guards")), said="the guards"),
            }
        },
        "/health": {
            "get": {
                "summary": "Whether the server is well, and what runs",
                "operationId": "health",
                "security": [],
                "responses": _answers(good=_body({"type": "object"}), said="`ok`, or `degraded` after a failed reload"),
            }
        },
        "/ready": {
            "get": {
                "summary": "Whether requests may be sent",
                "operationId": "ready",
                "security": [],
                "responses": _answers(good=_body({"type": "object"}), said="a plan is loaded"),
            }
        },
        "/metrics": {
            "get": {
                "summary": "What was counted, in the text format of Prometheus",
                "operationId": "metrics",
                "responses": _answers(
                    *("no_key", "forbidden", "not_found"),
                    good=_body(STRING, "text/plain"),
                    said="the page; only if the server was started with `--metrics`",
                ),
            }
        },
        "/admin/reload": {
            "post": {
                "summary": "Take over what the files of the plan and of the keys say now",
                "operationId": "reload",
                "responses": _answers(
                    *("no_key", "forbidden", "bad_plan", "busy"),
                    good=_body(
                        _object(
                            {"changed": {"type": "boolean"}, "policy_hash": POLICY_HASH, "workers": {"type": "integer"}}
                        )
                    ),
                    said="whether another policy runs now, and in how many workers",
                ),
            }
        },
    }
    listed = {"name": STRING, "direction": {"enum": ["input", "output"]}, "stream": {"type": "boolean"}}
    listed["schema"] = {"type": ["object", "null"], "description": "JSON Schema of its values; null: it judges texts"}
    errors = _object(
        {"code": {"enum": list(CODES)}, "message": STRING, "where": OPTIONAL_STRING, "help": OPTIONAL_STRING}
    )
    batch = _list({"oneOf": _asking({"metadata": METADATA})})
    batch["maxItems"] = settings.max_batch
    schemas = {
        "Trial": _object(
            {
                "policy": STRING,
                "text": STRING,
                "guard": {**OPTIONAL_STRING, "description": "the name of one; null: the first"},
                "piece": {"type": "integer", "minimum": 1, "description": "characters of a piece of the stream"},
            },
            required=["policy"],
        ),
        "Completion": {
            "type": "object",
            "description": "what OpenAI's API takes, as far as docs/server.md lists it",
            "properties": {
                "model": STRING,
                "messages": MESSAGES,
                "stream": {"type": "boolean"},
                "guardc": {"type": "object", "properties": {"metadata": METADATA}},
            },
            "required": ["model", "messages"],
        },
        "ErrorLikeOpenAI": _object(
            {
                "error": _object(
                    {"message": STRING, "type": STRING, "param": OPTIONAL_STRING, "code": {"enum": list(CODES)}}
                )
            }
        ),
        "Question": {
            "oneOf": [
                *_asking({"metadata": METADATA, "timeout": TIMEOUT}),
                _object({"batch": batch, "timeout": TIMEOUT}, ["batch"]),
            ]
        },
        "Piece": {
            "description": "a line; metadata in the first one alone",
            "oneOf": [_object({"piece": STRING}), _object({"metadata": {"type": "object"}})],
        },
        "Outcome": _object({**OUTCOME, "policy_hash": POLICY_HASH}),
        "Outcomes": _object({"outcomes": _list(_object(OUTCOME)), "policy_hash": POLICY_HASH}),
        "Failure": FAILURE,
        "Span": SPAN,
        "Guards": _object({"policy_hash": POLICY_HASH, "guards": _list(_object(listed))}),
        "Error": _object({"error": errors}),
    }
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "guardc", "version": __version__, "description": "Verdicts by a compiled guard policy."},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if settings.access == "keys":
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}]
    return document


def _page() -> str:
    routes = (
        ("POST", "/v1/guards/{guard}/validate", "judges a text, messages, a value or a batch"),
        ("POST", "/v1/guards/{guard}/stream", "judges a text while it comes: lines of JSON in, events out"),
        (
            "POST",
            "/v1/guards/{guard}/chat/completions",
            (
                "an answer of a model through the guard, for clients of OpenAI with the base URL "
                "<code>/v1/guards/{guard}</code> (scope <code>chat</code>; with <code>--model</code>)"
            ),
        ),
        ("GET", "/v1/guards/{guard}/models", "the models that may be asked for"),
        ("POST", "/v1/playground", 'compiles a policy and tries it, for <a href="/">the page</a>'),
        ("GET", "/v1/guards", "lists the guards that your key is for, with the JSON Schema of their values"),
        ("GET", "/health", "says whether the server is well, and which policy runs"),
        ("GET", "/ready", "says that requests may be sent"),
        (
            "GET",
            "/metrics",
            "what was counted, for Prometheus (scope <code>metrics</code>; with <code>--metrics</code>)",
        ),
        ("POST", "/admin/reload", "takes over the files of the plan and of the keys (scope <code>admin</code>)"),
        ("GET", "/openapi.json", "all of this as OpenAPI 3.1"),
    )
    rows = "".join(
        f"<tr><td>{method}</td><td><code>{path}</code></td><td>{text}</td></tr>" for method, path, text in routes
    )
    codes = "".join(
        f"<tr><td><code>{code}</code></td><td>{text[:3]}</td><td>{html.escape(text[5:])}</td></tr>"
        for code, text in CODES.items()
    )
    example = (
        "curl http://127.0.0.1:8000/v1/guards/reply/validate \\\n"
        "  -H 'Authorization: Bearer KEY' -H 'Content-Type: application/json' \\\n"
        '  -d \'{"text": "Write to ann@example.com"}\''
    )
    bodies = (
        '{"text": "...", "metadata": {"tier": "pro"}, "timeout": 2.5}\n'
        '{"messages": [{"role": "user", "content": "..."}]}\n'
        '{"value": {"priority": "low"}}\n'
        '{"batch": [{"text": "..."}, {"text": "...", "metadata": {"tier": "free"}}]}'
    )
    answer = (
        '{"guard": "reply", "structured": false, "passed": true, "action": "fix", "output": "Write to [email]",\n'
        ' "failures": [{"rule": "no email", "message": "found email", "action": "fix", "path": "$",\n'
        '               "spans": [{"start": 9, "end": 24, "detector": "email"}], ...}],\n'
        ' "unresolved": [], "reask": null, "error": null, "policy_hash": "..."}'
    )
    lines = (
        '{"piece": "Write to ann@"}        event: release   data: {"text": "Write to ", "stopped": false}\n'
        '{"piece": "example.com"}          event: release   data: {"text": "", "stopped": false}\n'
        'the end of the body               event: release   data: {"text": "[email]", "stopped": false}\n'
        '                                  event: outcome   data: {"guard": "reply", "passed": true, ...}'
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>guardc</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #1b1b1b; background: #fff }}
pre, code {{ font: 14px/1.5 ui-monospace, monospace; background: #f3f3f3 }}
pre {{ padding: 1em; overflow-x: auto }} table {{ border-collapse: collapse }} td {{ padding: .2em 1em .2em 0; vertical-align: top }}
@media (prefers-color-scheme: dark) {{ body {{ color: #e6e6e6; background: #161616 }} pre, code {{ background: #262626 }} }}
</style></head><body>
<h1>guardc {__version__}</h1>
<p>This server judges texts by a compiled guard policy.</p>
<pre>{html.escape(example)}</pre>
<h2>Routes</h2><table>{rows}</table>
<h2>What a request asks</h2><p>One of</p><pre>{html.escape(bodies)}</pre>
<h2>What is answered</h2><pre>{html.escape(answer)}</pre>
<p>A verdict has status 200, whatever it is: look at <code>passed</code>. Use <code>output</code>, never the text that was sent.
What was found is given by its place only. A batch is answered with <code>outcomes</code>, in its order.</p>
<h2>Streams</h2><p>The body is lines of JSON, sent as the text comes; each is answered by an event as soon as it is judged.</p>
<pre>{html.escape(lines)}</pre>
<h2>What is no verdict</h2>
<p>Everything else is <code>{{"error": {{"code", "message", "where", "help"}}}}</code>. Then nothing may pass.</p>
<table>{codes}</table>
</body></html>
"""


PAGE = _page()
"""The page, without scripts and without anything from elsewhere."""
PAGE_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
