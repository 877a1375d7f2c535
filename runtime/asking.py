"""What a policy says about calls of models: how often an answer is asked again, and what happens after the last time;
and which models judge texts.

Read when a plan is loaded. `runtime/llm/` acts by it and is imported by the first call.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from guardc.fastpath import layout
from guardc.fastpath.errors import PlanError
from guardc.fastpath.reader import Sections

__all__ = ["USUAL", "Asking", "Criterion", "NamedModel", "read_askings", "read_criteria"]

MOST_REASKS = 10


class NamedModel(NamedTuple):
    """A model that the policy names.

    Attributes:
        name: of the policy.
        arguments: of a call of it: `model`, and what else the policy says.
        timeout: seconds that one call has, or None.
    """

    name: str
    arguments: dict[str, Any]
    timeout: float | None


class Asking(NamedTuple):
    """What one guard says.

    Attributes:
        question: name of the input guard that judges what is asked, or None.
        reasks: how often an answer is asked again at most.
        then: what happens after the last answer: `exception`, `refrain` or `filter`.
        message: the author's message for that, or None.
        via: the model that is asked again; None: the one that answered.
        template: of what a model is told when it is asked again; None for `Reask.instructions`.
    """

    question: str | None = None
    reasks: int = 1
    then: str = "exception"
    message: str | None = None
    template: str | None = None
    via: NamedModel | None = None


class Criterion(NamedTuple):
    """What a model judges a text by.

    Attributes:
        name: of the judge, as rules use it.
        measured: whether a score is asked for; else a yes or no.
        prompt: of the policy.
        model: that judges.
        fields: of the metadata that the prompt names, with their types and defaults.
    """

    name: str
    measured: bool
    prompt: str
    model: NamedModel
    fields: tuple[tuple[str, str, Any], ...]


USUAL = Asking()
"""Of guards that say nothing."""


def read_askings(sections: Sections) -> dict[str, Asking]:
    """By name of guard.

    Raises:
        PlanError: a record of the plan cannot be.
    """
    guards, strings = sections.cold["GARD"], sections.strings
    position = {name: number for number, name in enumerate(_columns("GARD"))}
    inner, direction, name_of = position["inner"], position["direction"], position["name"]
    models = [_model(record, strings) for record in sections.cold["MODL"]]
    found: dict[str, Asking] = {}
    for guard, question, has_reasks, reasks, then, template, via in sections.cold["ASKS"]:
        for number, wanted in ((guard, 1), (question, 0)):
            if number != layout.NONE and (guards[number][inner] or guards[number][direction] != wanted):
                raise PlanError("section ASKS is damaged: a call refers to a guard that cannot be in it")
        name = strings[guards[guard][name_of]]
        asking = Asking(
            question=None if question == layout.NONE else strings[guards[question][name_of]],
            template=None if template == layout.NONE else strings[template],
            via=None if via == layout.NONE else models[via],
        )
        if has_reasks:
            if name in found or reasks > MOST_REASKS or then == layout.NONE:
                raise PlanError("section ASKS is damaged: it says nothing that can be done")
            action, message = sections.cold["ACTN"][then][:2]
            if layout.ACTIONS[action] not in {"exception", "refrain", "filter"}:
                raise PlanError("section ASKS is damaged: the last answer would be let through")
            asking = asking._replace(
                reasks=reasks, then=layout.ACTIONS[action], message=None if message == layout.NONE else strings[message]
            )
        found[name] = asking
    return found


def read_criteria(sections: Sections) -> dict[int, Criterion]:
    """By number of the handler that stands for it.

    Raises:
        PlanError: a record of the plan cannot be.
    """
    strings, cold = sections.strings, sections.cold
    found: dict[int, Criterion] = {}
    for handler, prompt, model, start, count in cold["JUDG"]:
        name, kind, _, parameters = cold["HAND"][handler]
        if layout.HANDLER_KINDS[kind] not in {"measure", "predicate"} or parameters:
            raise PlanError("section JUDG is damaged: what a model judges is neither a measure nor a predicate")
        fields = [cold["META"][entry] for (entry,) in cold["LIST"][start : start + count]]
        found[handler] = Criterion(
            name=strings[name],
            measured=layout.HANDLER_KINDS[kind] == "measure",
            prompt=strings[prompt],
            model=_model(cold["MODL"][model], strings),
            fields=tuple(
                (strings[field], layout.TYPES[kind], None if default == layout.NONE else _constant(default, sections))
                for field, kind, default in fields
            ),
        )
    return found


def _constant(number: int, sections: Sections) -> str | int | float | bool:
    kind, value, text = sections.cold["CONS"][number]
    match layout.CONSTANT_KINDS[kind]:
        case "string":
            if text == layout.NONE:
                raise PlanError("section CONS is damaged: a string without its text")
            return str(sections.strings[text])
        case "bool":
            return bool(value)
    return int(value) if float(value).is_integer() else float(value)


def _model(record: tuple[Any, ...], strings: list[str]) -> NamedModel:
    name, model, has_temperature, temperature, timeout, max_tokens = record
    arguments: dict[str, Any] = {"model": strings[model]}
    if has_temperature:
        arguments["temperature"] = temperature
    if max_tokens:
        arguments["max_tokens"] = max_tokens
    return NamedModel(strings[name], arguments, timeout / 1000 if timeout else None)


def _columns(section: str) -> list[str]:
    """The names of a decoded record's values; a range or list has two."""
    fields = next(entry for entry in layout.SECTIONS if entry.name == section).fields
    return [
        name for field in fields for name in ([field.name] * 2 if field.type in {"range", "list"} else [field.name])
    ]
