"""`guardc validators`."""

from __future__ import annotations

import json

from guardc.policy import check_text
from guardc.policy.catalog import ACTIONS, TESTS


def test_the_catalogue(guardc, golden):
    text = guardc("validators").stdout
    assert max(map(len, text.splitlines())) <= 80
    # The names in the library change more often than this page; the next test holds them.
    head, _, rest = text.partition("The standard library\n")
    _, _, tail = rest.partition("Patterns that do not")
    golden("validators", f"{head}(the standard library)\n\nPatterns that do not{tail}")


def test_the_standard_library_is_listed_by_module(guardc):
    modules = {
        module["name"]: module for module in json.loads(guardc("validators", "--format", "json").stdout)["modules"]
    }
    assert {"std.pii", "std.secrets", "std.injection"} <= set(modules)
    assert "pii.email" in modules["std.pii"]["detectors"]
    assert all(module["about"] and (module["detectors"] or module["classifiers"]) for module in modules.values())
    text = guardc("validators").stdout
    assert all(name in text for module in modules.values() for name in module["detectors"])


def test_json_has_every_test_and_action(guardc):
    found = json.loads(guardc("validators", "--format", "json").stdout)
    assert [test["name"] for test in found["tests"]] == list(TESTS)
    assert [action["name"] for action in found["actions"]] == list(ACTIONS)


def test_the_actions_of_a_test_are_those_that_compile(guardc):
    """Every listed action checks out in a policy, and no unlisted fix does."""
    good = {"one of": "low", "json": "[]", "upper case": "X", "starts with": "Dear x", "ends with": "x."}
    good |= {"contains": "Not financial advice.", "number": "5", "number within": "11"}
    for test in json.loads(guardc("validators", "--format", "json").stdout)["tests"]:
        written = test["example"].partition(" on fail ")[0]
        to = f'fix to "{good.get(test["name"], "x")}"'
        forms = {"fix": "fix", "fix with": 'fix with "x"', "fix to": to, "custom": "custom mend()"}
        for action in ("noop", "exception", "refrain", "filter", "reask", *forms):
            policy = check_text(
                "edition 1\nimport std.pii\npattern order_id = /O\\d/\npattern contact = /C\\d/\ncustom action mend()\n"
                'text prompt = "You are a bank."\n'
                f"guard g on output {{\n    {written} on fail {forms.get(action, action)}\n}}\n"
            ).policy
            assert (policy is not None) == (action in test["actions"]), (written, action)
