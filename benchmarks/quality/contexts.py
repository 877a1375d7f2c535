"""What stands around a value: two sets of contexts, one to mend by and one that is only for figures.

A context has `{v}`, the value; `{L}` a word that says what it is, `{k}` the same as a name in code. Contexts hold nothing
else that a detector could mean. In those of the group `bare` nothing says what the value is.
"""

from __future__ import annotations

import json
import re

from benchmarks.quality.draw import Draw, Kind

__all__ = ["CONTEXTS", "GROUPS", "placed"]

TUNING = {
    "bare": (
        "Please check {v} before Friday.", "{v}", "It was {v}, I think.", "Was bedeutet {v} hier?", "Voici {v}, merci.",
        "({v})", "It says\n{v}\non the second page", "请看{v}。", "El dato es {v}.", "use {v}; nothing else",
    ),
    "label": (
        "{L}: {v}", "My {L} is {v}.", "{L} {v}", "Can you confirm that {v} is my {L}?", "Hallo, meine {L} lautet {v}.",
        "Mi {L} es {v}, gracias", "Mon {L} : {v} !", "My {L}:\n{v}\nThanks", "Il mio {L} è {v}", "{L} - {v}",
    ),
    "JSON": ('{"{k}": "{v}", "n": 3}', '{\n  "id": 7,\n  "{k}": "{v}"\n}', '[{"a": true, "{k}":"{v}"}]'),
    "CSV": ("id,{k},active\n7,{v},yes\n", "{k};name\n{v};Ann\n", 'name,{k}\n"Ann","{v}"\n'),
    "log": ("INFO user=42 {k}={v} ok", "WARN [worker-3] rejected {k}: {v}", "DEBUG {k}='{v}' retry=2"),
    "table": ("| id | {L} |\n|---|---|\n| 7 | {v} |", "| {L} | {v} |", "- **{L}**: `{v}`\n- other"),
    "code": ("# {L}: {v}", '{k} = "{v}"  # fixture', "// {L} {v}", "user.{k} = '{v}';", "<td>{L}</td><td>{v}</td>"),
}  # fmt: skip
UNSEEN = {
    "bare": (
        "I found {v} in the drawer, who needs it?", "Could you look into {v} for me", "\"{v}\"", "We got {v} yesterday and {v2} is still missing.",
        "J'ai noté {v} quelque part.", "Ich habe nur {v} gefunden!", "- {v}\n- something else", "Anotei {v} no caderno", "see [{v}]", "{v} was rejected by the system.",
    ),
    "label": (
        "For the {L} please write down {v}, it changed last month.", "{L} ({v})", "The customer gave {v} as {L}.", "Here is the {L} you asked for: {v}.", "{L}\n{v}",
        "Bitte notieren Sie meine {L} {v}.", "Quel est le {L} ? C'est {v}.", "Mijn {L} is {v}.", "O {L} dele é {v}", "{L}……{v}", "new {L} => {v}", "Name: Ann Lee, {L}: {v}, City: Bonn",
    ),
    "JSON": ('{"user":{"name":"Ann","{k}":"{v}"},"ok":true}', "{'{k}': '{v}'}", '{"items":[{"type":"{k}","value":"{v}"}]}', "{k}: {v}\nregion: eu\n"),
    "CSV": ("{k}\tname\n{v}\tAnn\n", "name|city|{k}\nAnn|Bonn|{v}\n", "id,{k},note\n1,{v2},a\n2,{v},b\n"),
    "log": ("level=info msg=\"saved\" {k}={v}", "ERROR billing - bad {k} [{v}]", "<14>app: {k} -> {v}"),
    "table": ("{L} | status\n--- | ---\n{v} | open", "1. {L}: **{v}**", "**{L}**\n\n> {v}"),
    "code": ("/* {L} = {v} */", "const {k} = `{v}`;", 'assert parse("{v}")  # {L}', '<input name="{k}" value="{v}">', "INSERT INTO t ({k}) VALUES ('{v}');"),
}  # fmt: skip
CONTEXTS = {"tuning": TUNING, "held-out": UNSEEN}
GROUPS = tuple(TUNING)


def _name(label: str) -> str:
    """A label as the name of a field."""
    return re.sub(r"\W+", "_", label.lower()).strip("_")


def placed(draw: Draw, kind: Kind, group: str, contexts: str, value: str) -> tuple[str, list[tuple[int, int]]]:
    """A text of a group with the value in it, and where the values are that are meant to be found."""
    frame = draw.one(*CONTEXTS[contexts][group])
    label = draw.one(*(kind.labels if contexts == "tuning" else kind.unseen))
    if group == "JSON" and frame[0] in "{[":
        value = json.dumps(value, ensure_ascii=False)[1:-1]
    spans: list[tuple[int, int]] = []
    text = ""
    for part in re.split(r"(\{v2?\}|\{L\}|\{k\})", frame):
        if part in ("{v}", "{v2}"):
            spans.append((len(text), len(text) + len(value)))
            text += value
        else:
            text += {"{L}": label, "{k}": _name(label)}.get(part, part)
    return text, spans
