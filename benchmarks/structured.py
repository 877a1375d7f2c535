"""Structured values: guardc against pydantic (`model_validate_json`), and with text rules against Guardrails if it is
installed.

    python benchmarks/structured.py            # prints medians and ratios of one interleaved run

Both get the same JSON text of an object with 20 fields, and both give the value. Every round times each contestant
once, in turn, so that what slows the machine down slows all of them.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Literal

import pydantic

from guardc.compiler import compile_text
from guardc.runtime import Guard, load

ROUNDS = 300
CALLS = 50
"""Per round and contestant."""

SHAPE = """
shape Address {
    street string
    city   string
    code   string
}
shape Order {
    id        string
    email     string
    name      string
    summary   string
    comment   string
    priority  one of "low", "normal", "high"
    status    one of "open", "closed"
    quantity  integer in 1..99
    price     number in 0..10_000
    discount  number
    paid      bool
    gift      bool
    note      string or null
    address   Address
    tags      list of string
    codes     list of integer
    scores    map of number
    created   string
    updated   string
    version   integer
}
"""
PLAIN = f"edition 1\n{SHAPE}\nguard order on output as json Order {{\n}}\n"
RULES = f"""edition 1
import std.pii
import std.secrets
{SHAPE}
guard order on output as json Order {{
    $.id: chars in 1..40
    $.name: no pii.email, pii.card on fail fix
    $.summary: no pii.any on fail fix
    $.comment: no secrets.any on fail exception
    $.note: words <= 300 on fail fix
}}
"""
VALUE = {
    "id": "ORD-12345678",
    "email": "ann@example.com",
    "name": "Ann Example",
    "summary": "The customer asks when the parcel will arrive and whether it can be sent to another address.",
    "comment": "Sent on Monday, expected on Thursday. No reply so far.",
    "priority": "normal",
    "status": "open",
    "quantity": 3,
    "price": 99.5,
    "discount": 0.1,
    "paid": True,
    "gift": False,
    "note": "Call before delivery.",
    "address": {"street": "12 High Street", "city": "Springfield", "code": "12345"},
    "tags": ["parcel", "delay", "address"],
    "codes": [1, 2, 3],
    "scores": {"urgency": 0.4, "anger": 0.1},
    "created": "2026-11-01T10:00:00Z",
    "updated": "2026-11-02T10:00:00Z",
    "version": 2,
}


class Address(pydantic.BaseModel, extra="forbid", strict=True):
    street: str
    city: str
    code: str


class Order(pydantic.BaseModel, extra="forbid", strict=True):
    id: str
    email: str
    name: str
    summary: str
    comment: str
    priority: Literal["low", "normal", "high"]
    status: Literal["open", "closed"]
    quantity: int = pydantic.Field(ge=1, le=99)
    price: float = pydantic.Field(ge=0, le=10_000)
    discount: float
    paid: bool
    gift: bool
    note: str | None
    address: Address
    tags: list[str]
    codes: list[int]
    scores: dict[str, float]
    created: str
    updated: str
    version: int


def main() -> None:
    text = json.dumps(VALUE)
    plain, ruled = (_guard(source) for source in (PLAIN, RULES))
    assert plain.validate(text).output == VALUE == ruled.validate(VALUE).output
    contestants: dict[str, Callable[[], object]] = {
        "json.loads": lambda: json.loads(text),
        "pydantic model_validate_json": lambda: Order.model_validate_json(text),
        "guardc, text, shape alone": lambda: plain.validate(text),
        "guardc, value, shape alone": lambda: plain.validate(VALUE),
        "guardc, text, rules on five fields": lambda: ruled.validate(text),
    }
    contestants |= _guardrails(text)
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, call in contestants.items():
            calls = CALLS if "Guardrails" not in name else 1
            begun = time.perf_counter()
            for _ in range(calls):
                call()
            times[name].append((time.perf_counter() - begun) / calls)
    base = statistics.median(times["pydantic model_validate_json"])
    for name, taken in times.items():
        median = statistics.median(taken)
        sys.stdout.write(f"{name:40} {median * 1e6:10.2f} us {median / base:10.2f} of pydantic\n")


def _guard(source: str) -> Guard:
    plan = compile_text(source).plan
    assert plan is not None
    return load(plan).guard("order")


def _guardrails(text: str) -> dict[str, Callable[[], object]]:
    """Guardrails on the same text, with a validator of its own on five fields: the least that it can do."""
    try:
        import guardrails  # noqa: PLC0415 - an extra peer
        from guardrails.validators import PassResult, Validator, register_validator  # noqa: PLC0415
    except ImportError:
        return {}

    @register_validator(name="benchmark/words", data_type="string")
    class Words(Validator):  # type: ignore[misc]
        def validate(self, value: str, _metadata: object) -> object:
            assert len(value.split()) <= 300
            return PassResult()

    guard = guardrails.Guard.for_pydantic(Order)
    for field in ("id", "name", "summary", "comment", "note"):
        guard.use(Words(on_fail="noop"), on=f"$.{field}")
    return {"Guardrails, five validators": lambda: guard.validate(text)}


if __name__ == "__main__":
    main()
