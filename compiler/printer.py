"""Prints a module as text: one line per thing, stable names, the same for the same module."""

from __future__ import annotations

from collections.abc import Iterator

from guardc.compiler.ir import (
    CheckIR,
    ClassifierIR,
    GuardIR,
    Module,
    NodeIR,
    PatternIR,
    RegexSource,
    RuleIR,
    SearchIR,
    Term,
    TextIR,
)
from guardc.compiler.prefilter import Prefilter
from guardc.policy.model import (
    Action,
    BoolOp,
    Call,
    Compare,
    Constant,
    Expression,
    FieldRef,
    InList,
    InRange,
    Not,
    PathRef,
    Reasks,
    Service,
    Value,
)
from guardc.policy.reading.literals import show_number, show_text
from guardc.policy.types import show_literal, show_path

__all__ = ["show", "show_action", "show_condition", "show_value"]


def show(module: Module) -> str:
    """The module as text, ending in a newline."""
    return "\n".join(_lines(module)) + "\n"


def _lines(module: Module) -> Iterator[str]:
    yield f"module {module.file}"
    for field in module.metadata:
        default = "" if field.default is None else f" = {show_value(field.default)}"
        yield f"metadata {field.name} {field.type}{default}"
    for custom in module.customs.values():
        parameters = ", ".join(f"{parameter.name} {parameter.type}" for parameter in custom.parameters)
        yield f"handler {custom.kind} {custom.name}({parameters})"
    for name, judge in module.judges.items():
        yield f"judge {name} via {judge.model}: {show_text(judge.prompt)}"
    for name, service in module.services.items():
        yield f"service {name} = {_service(service)}"
    for number, pattern in enumerate(module.patterns):
        yield f"p{number} = {_pattern(pattern)}"
    for number, search in enumerate(module.searches):
        yield f"s{number} = {_search(search)}"
    for number, classifier in enumerate(module.classifiers):
        yield f"c{number} = {_classifier(classifier)}"
    for number, owner in enumerate(module.owners):
        yield f"o{number} = {owner.name} -> {show_action(owner.on_fail)}"
    for number, node in enumerate(module.nodes):
        yield f"n{number} = {_node(node)}"
    for number, text in enumerate(module.texts):
        yield f"t{number} = {_text(text)}"
    for model in module.models:
        values = model.model_dump(include={"temperature", "timeout", "max_tokens"}, exclude_none=True)
        yield f"model {model.name} = {show_text(model.model)}{''.join(f', {k} {v}' for k, v in values.items())}"
    for guard in module.guards:
        yield from _guard(guard, module)
    for asking in module.askings:
        said = [] if asking.question is None else [f"answers {module.guards[asking.question].name}"]
        said += (
            []
            if asking.reasks is None
            else [f"reasks {asking.reasks.count}{_via(asking.reasks)} -> {show_action(asking.reasks.then)}"]
        )
        said += [] if asking.template is None else [f"reask with {show_text(asking.template)}"]
        yield f"calls for {module.guards[asking.guard].name}: {', '.join(said)}"


def _via(reasks: Reasks) -> str:
    return "" if reasks.via is None else f" via {reasks.via}"


def _node(node: NodeIR) -> str:
    """What a value must be. `g` and a number is an inner guard, in the order of guards."""
    parts = [*node.kinds, *(show_literal(value) for value in node.choices)]
    fields = [
        f"{field.key}{'' if field.required else '?'}: n{field.node}"
        + ("" if field.default is None else f" = {show_literal(field.default.value)}")
        for field in node.fields
    ]
    fields += [] if node.rest is None else [f"*: n{node.rest}"]
    parts += ["{" + ", ".join(fields) + "}"] if fields else []
    items = [f"{index}: n{number}" for index, number in node.items]
    items += [] if node.element is None else [f"*: n{node.element}"]
    parts += ["[" + ", ".join(items) + "]"] if items else []
    if node.tag is not None:
        parts.append(f"by {node.tag}: " + ", ".join(f"{show_literal(v)} n{number}" for v, number in node.variants))
    parts.append(f"owner o{node.owner}")
    parts += [] if node.rules is None else [f"rules g{node.rules}"]
    parts += [] if node.stray is None else [f"else n{node.stray}"]
    return f"{' '.join(parts)}  # {node.said}"


def _service(service: Service) -> str:
    said = service.model_dump(exclude={"name", "address", "on_error", "at"}, exclude_defaults=True)
    return f"env {service.address}{''.join(f', {name} {value}' for name, value in said.items())}"


def _pattern(pattern: PatternIR) -> str:
    source = pattern.source
    if isinstance(source, RegexSource):
        text = f"/{source.regex}/{source.flags}"
    else:
        options = " ignore case" * source.ignore_case + " anywhere" * source.anywhere + " leet" * source.leet
        options += f" within {source.edits} edits" if source.edits else ""
        text = f"words {len(source.entries)}{options}"
    where = f" where {', '.join(map(_check, pattern.checks))}" if pattern.checks else ""
    line = f"{text}{where}  # {', '.join(pattern.names)}"
    if pattern.compiled is None:
        return line
    automaton, dfa = pattern.compiled.automaton, pattern.compiled.dfa
    longest = "unbounded" if automaton.max_length is None else automaton.max_length
    machine = "simulation" if dfa is None else f"dfa {len(dfa.table) // dfa.stride} states"
    if pattern.compiled.fuzzy is not None:
        machine = f"fuzzy tree of {len(pattern.compiled.fuzzy.nodes)} nodes"
    if pattern.compiled.tree is not None:
        machine = f"tree of {len(pattern.compiled.tree.trie.targets)} cells"
    return (
        f"{line}\n    {machine}, {len(automaton.positions)} positions, {len(automaton.classes)} classes, "
        f"length {automaton.min_length}..{longest}, {len(pattern.compiled.factors)} factors"
    )


def _check(check: CheckIR) -> str:
    return check.text if check.pattern is None else f"{check.text}=p{check.pattern}"


def _search(search: SearchIR) -> str:
    where = f" where {', '.join(search.checks)}" if search.checks else ""
    names = ", ".join(search.names)
    return f"/{search.source.regex}/{search.source.flags} backtracking within {search.limit} ms{where}  # {names}"


def _text(text: TextIR) -> str:
    return f"text {len(text.grams)} groups of {text.words} words  # {', '.join(text.names)}"


def _classifier(classifier: ClassifierIR) -> str:
    names = ", ".join(classifier.names)
    numbers = f"scale {show_number(classifier.scale)}, bias {show_number(classifier.bias)}"
    return f"{1 << classifier.bits} weights {classifier.digest[:12]}, {numbers}  # {names}"


def _guard(guard: GuardIR, module: Module) -> Iterator[str]:
    limit = guard.limit
    if guard.inner:
        yield f"g{module.guards.index(guard)}, inner guard {guard.name}"
    else:
        said = f" from {', '.join(guard.roles)}" if guard.roles else ""
        said += "" if guard.root is None else f" as n{guard.root}"
        said += "" if guard.finders is None else f", one text of each g{guard.finders}"
        most = f"max {limit.amount} {limit.unit} -> {show_action(limit.on_fail)}"
        stream = " stream" if guard.stream else ""
        yield f"guard {guard.name} on {guard.direction}{stream}{said}, {most}"
        if guard.hold is not None:
            action = "" if guard.hold.on_fail is None else f" -> {show_action(guard.hold.on_fail)}"
            yield f"    hold at most {guard.hold.amount} chars{action}"
    if guard.normalize:
        yield f"    normalize {', '.join(guard.normalize)}"
    for number in guard.order:
        yield f"    {_rule(guard.rules[number])}"
    if guard.scan is not None:
        scan = guard.scan
        yield f"    scan {' '.join(f'p{number}' for number in scan.patterns)}"
        if scan.everywhere:
            yield f"      everywhere: {' '.join(f'p{scan.patterns[slot]}' for slot in scan.everywhere)}"
        if scan.prefilter is not None:
            yield from _prefilter(scan.prefilter, scan.patterns)


def _prefilter(prefilter: Prefilter, patterns: tuple[int, ...]) -> Iterator[str]:
    for number, bucket in enumerate(prefilter.buckets):
        yield f"      bucket {number}: {' '.join(f'f{window}' for window in bucket.windows)}"
    for number, (slot, factor) in enumerate(prefilter.factors):
        far = "" if factor.max_back is None else factor.max_back
        window = " ".join(map(repr, factor.window))
        yield f"      f{number}: {window} -> p{patterns[slot]}@{factor.min_back}..{far}"


def _rule(rule: RuleIR) -> str:
    test = rule.test
    parts = [test.what if test.classifier is None else f"{test.what} c{test.classifier}"]
    if test.terms:
        parts.append(", ".join(_term(term) for term in test.terms))
    if test.excepts:
        parts.append("except " + ", ".join(_term(term) for term in test.excepts))
    if test.call is not None:
        parts.append(_call(test.call))
    if test.low is not None:
        parts.append(f"{'>' if test.low_open else '>='} {show_value(test.low)}")
    if test.high is not None:
        parts.append(f"{'<' if test.high_open else '<='} {show_value(test.high)}")
    if test.dialect is not None:
        parts.append(f"dialect {show_value(test.dialect)}")
    parts += [show_value(text) for text in test.strings]
    if test.ignore_case:
        parts.append("ignore case")
    when = f" when {show_condition(rule.when)}" if rule.when is not None else ""
    at_end = " at end" if rule.at_end else ""
    return (
        f'rule "{rule.name}"{when}: {" ".join(parts)}{at_end} -> {show_action(rule.on_fail)} | '
        f"on error {show_action(rule.on_error)}"
    )


def _term(term: Term) -> str:
    if term.call is not None:
        return f"{term.name}={_call(term.call)}"
    if term.finder is not None:
        return term.name if term.text is None else f"{term.name}=t{term.text}"
    return f"{term.name}=p{term.pattern}" if term.search is None else f"{term.name}=s{term.search}"


def _call(call: Call) -> str:
    return f"{call.name}({', '.join(show_value(value) for value in call.arguments)})"


def show_value(value: Value) -> str:
    """A literal in the spelling of the language."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return show_text(value)
    return show_number(value)


def show_action(action: Action) -> str:
    """An action in the spelling of the language."""
    parts: list[str] = [action.name]
    if action.call is not None:
        parts.append(_call(action.call))
    if action.template is not None:
        pieces = [
            piece.text.replace("{", "{{").replace("}", "}}") if piece.kind == "literal" else f"{{{piece.kind}}}"
            for piece in action.template
        ]
        parts.append("with " + show_value("".join(pieces)))
    if action.to is not None:
        parts.append("to " + show_value(action.to))
    if action.message is not None:
        parts.append(show_value(action.message))
    return " ".join(parts)


def show_condition(expression: Expression) -> str:
    """A condition in the spelling of the language, with all parentheses."""
    match expression:
        case Constant(value=value):
            return show_value(value)
        case FieldRef(name=name):
            return name
        case PathRef(path=path):
            return show_path(path)
        case Not(operand=operand):
            return f"not {show_condition(operand)}"
        case BoolOp(op=op, operands=operands):
            return "(" + f" {op} ".join(show_condition(operand) for operand in operands) + ")"
        case Compare(op=op, left=left, right=right):
            return f"({show_condition(left)} {op} {show_condition(right)})"
        case InRange(operand=operand, low=low, high=high):
            return f"({show_condition(operand)} in {show_value(low)}..{show_value(high)})"
        case InList(operand=operand, items=items):
            return f"({show_condition(operand)} in [{', '.join(show_value(item) for item in items)}])"
