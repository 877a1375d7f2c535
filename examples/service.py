"""A service in twenty lines: load the plan once, judge every message.

Run it next to support.guard:  python service.py < messages.jsonl
"""

import json
import sys
from pathlib import Path

import guardc

HERE = Path(__file__).parent

# In production the build compiles, and the service only loads: no compiler is imported. Without a plan,
# compile here.
PLAN = HERE / "support.plan"
plan = guardc.load(PLAN) if PLAN.exists() else guardc.compile(HERE / "support.guard")

# Guards are looked up once; they hold no state of a message, so threads may share them.
guards = {name: plan.guard(name) for name in ("question", "reply")}

for line in sys.stdin:
    message = json.loads(line)
    outcome = guards[message["guard"]].validate(message["text"], metadata=message.get("metadata", {}))

    # `output` is what may go on: the text, the fixed text, or nothing. Never fall back to message["text"].
    verdict = "passed" if outcome.passed else "stopped"
    print(message["id"], verdict, json.dumps(outcome.output, ensure_ascii=False))

    # Log which rule failed and what was done, not the text: it may hold what the rule found.
    for failure in outcome.failures:
        print("   ", failure.rule, "->", failure.action, failure.message or "")
