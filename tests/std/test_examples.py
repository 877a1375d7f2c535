"""The example policy is correct, and its messages are what a service would read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
METADATA = {"tier": str, "signed_in": bool}


def test_the_messages_are_well_formed() -> None:
    messages = [json.loads(line) for line in (EXAMPLES / "messages.jsonl").read_text("utf-8").splitlines()]
    assert len({message["id"] for message in messages}) == len(messages)
    for message in messages:
        assert message.keys() <= {"id", "guard", "text", "metadata"}
        assert message["guard"] in {"question", "reply"}
        assert isinstance(message["text"], str)
        assert all(isinstance(value, METADATA[key]) for key, value in message.get("metadata", {}).items())


def test_the_example_policy_has_no_diagnostics() -> None:
    policy = pytest.importorskip("guardc.policy", exc_type=ImportError)
    checked = policy.check_file(EXAMPLES / "support.guard")
    assert list(checked.diagnostics) == []
    assert [guard.name for guard in checked.policy.guards] == ["question", "reply"]
