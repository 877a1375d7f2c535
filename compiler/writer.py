"""layout: from a finished module to the bytes of a plan.

The order and shape of everything is in `fastpath/layout.py`; here is what goes into it. The same module gives the same
bytes on every machine: records are numbered in the order in which they are first needed, and nothing depends on hashes,
clocks or paths.

Vocabulary: a *pool* collects the records of one section; adding gives the record's number, or a range for several.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from guardc.compiler.alphabet import Alphabet, build_alphabet
from guardc.compiler.ir import (
    AskingIR,
    CheckIR,
    ClassifierIR,
    FieldIR,
    GuardIR,
    Module,
    NodeIR,
    PatternIR,
    RuleIR,
    Scan,
    SearchIR,
    Term,
    TestIR,
    TextIR,
)
from guardc.compiler.normalization import normalization_table
from guardc.compiler.prefilter import Prefilter, sieve_tables
from guardc.compiler.regex import Automaton, CharSet, Edge, FuzzyTree, WordTree
from guardc.compiler.suffixes import suffix_tree
from guardc.compiler.verify import fields_of
from guardc.fastpath import layout
from guardc.fastpath.layout import NONE
from guardc.policy.model import (
    Action,
    BoolOp,
    Call,
    Compare,
    Constant,
    Expression,
    FieldRef,
    Hold,
    InList,
    InRange,
    Judge,
    Model,
    Not,
    PathRef,
    Service,
    Value,
)

__all__ = ["write_plan"]

Range = tuple[int, int]
NOT_FUZZY = (0,) * 10
"""The fields of PATT that only a fuzzy word list has."""


def write_plan(module: Module) -> bytes:
    """The plan of a module that went through all passes."""
    return _Writer(module).write()


class _Pool:
    """Records of one section."""

    def __init__(self, section: layout.Section) -> None:
        self.section = section
        self._pack = struct.Struct(section.format).pack
        self.data = bytearray()
        self.count = 0

    def add(self, *record: Any) -> int:
        self.data += self._pack(*record)
        self.count += 1
        return self.count - 1

    def extend(self, records: Iterable[Sequence[Any]]) -> Range:
        start = self.count
        for record in records:
            self.add(*record)
        return start, self.count - start

    def extend_array(self, values: npt.NDArray[Any] | bytes, count: int) -> Range:
        """Append records that are packed already."""
        start = self.count
        self.data += values if isinstance(values, bytes) else values.tobytes()
        self.count += count
        return start, count


class _Writer:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.pools = {section.name: _Pool(section) for section in layout.SECTIONS}
        self._interned: dict[tuple[str, Any], int] = {}
        self._scans: dict[tuple[int, ...], int] = {}
        self._handlers = {name: number for number, name in enumerate(module.customs)}
        self._models = {model.name: number for number, model in enumerate(module.models)}
        self._fields = {field.name: number for number, field in enumerate(module.metadata)}
        automata = tuple(_automaton(pattern) for pattern in module.patterns)
        self.alphabet: Alphabet = build_alphabet(automata)

    def write(self) -> bytes:
        pool = self.pools
        for field in self.module.metadata:
            default = NONE if field.default is None else self.constant(field.default)
            pool["META"].add(self.string(field.name), layout.TYPES.index(field.type), default)
        for custom in self.module.customs.values():
            parameters = pool["PARM"].extend(
                (self.string(parameter.name), layout.TYPES.index(parameter.type)) for parameter in custom.parameters
            )
            pool["HAND"].add(self.string(custom.name), layout.HANDLER_KINDS.index(custom.kind), *parameters)
        pages, entries = self.alphabet.pages, self.alphabet.entries
        self.intern("NEED", 0, (0,))
        pool["PAGE"].extend_array(pages.astype("<u2"), pages.size)
        pool["CLAS"].extend_array(entries.astype("<u2"), entries.size)
        simulated = self.module.simulated
        for number, pattern in enumerate(self.module.patterns):
            self.pattern(pattern, self.alphabet.local[number], simulated=number in simulated)
        pool["SRCH"].extend(self.search(search) for search in self.module.searches)
        pool["CLSF"].extend(self.classifier(classifier) for classifier in self.module.classifiers)
        pool["TEXT"].extend(self.text(text) for text in self.module.texts)
        for guard in self.module.guards:
            self.guard(guard)
        pool["MODL"].extend([self.model(model) for model in self.module.models])
        pool["JUDG"].extend([self.judge(name, judge) for name, judge in self.module.judges.items()])
        pool["SERV"].extend([self.service(name, service) for name, service in self.module.services.items()])
        pool["ASKS"].extend([self.asking(asking) for asking in self.module.askings])
        if any(guard.normalize for guard in self.module.guards):
            self.normalization()
        if any(check.what == "public_suffix" for pattern in self.module.patterns for check in pattern.checks):
            self.suffixes()
        for owner in self.module.owners:
            action = self.action(owner.on_fail)
            pool["OWNR"].add(self.string(owner.name), self.string(owner.at.file), owner.at.line, action)
        for definition in self.module.definitions:
            needs = self.entries(definition.needs)
            pool["DEFN"].add(self.string(definition.name), self.string(definition.schema), *needs)
        for node in self.module.nodes:
            self.node(node)
        return self.assemble()

    # --- what everything refers to ------------------------------------------------------------------------------------

    def intern(self, section: str, key: Any, record: Sequence[Any]) -> int:
        """The number of `record`, added if no equal one is there."""
        if (section, key) not in self._interned:
            self._interned[section, key] = self.pools[section].add(*record)
        return self._interned[section, key]

    def string(self, text: str) -> int:
        key = ("STRX", text)
        if key not in self._interned:
            data = text.encode("utf-8", "surrogatepass")
            self._interned[key] = self.pools["STRX"].add(*self.pools["STRD"].extend_array(data, len(data)))
        return self._interned[key]

    def optional_string(self, text: str | None) -> int:
        return NONE if text is None else self.string(text)

    def entries(self, numbers: Iterable[int]) -> Range:
        return self.pools["LIST"].extend((number,) for number in numbers)

    def constant(self, value: Value) -> int:
        kind = {bool: "bool", int: "int", float: "float", str: "string"}[type(value)]
        number, text = (0.0, self.string(value)) if isinstance(value, str) else (float(value), NONE)
        # By the spelling: 0.0 and -0.0 are equal and not the same.
        return self.intern("CONS", (kind, repr(value)), (layout.CONSTANT_KINDS.index(kind), number, text))

    def call(self, call: Call | None) -> int:
        if call is None:
            return NONE
        arguments = self.entries([self.constant(value) for value in call.arguments])
        return self.pools["CALL"].add(self._handlers[call.name], *arguments)

    # --- rules --------------------------------------------------------------------------------------------------------

    def action(self, action: Action) -> int:
        pieces = [(layout.PIECES.index(piece.kind), self.string(piece.text)) for piece in action.template or ()]
        return self.pools["ACTN"].add(
            layout.ACTIONS.index(action.name),
            self.optional_string(action.message),
            int(action.template is not None),
            *self.pools["TMPL"].extend(pieces),
            NONE if action.to is None else self.constant(action.to),
            self.call(action.call),
        )

    def terms(self, terms: tuple[Term, ...]) -> Range:
        records = [
            (
                self.string(term.name),
                self.string(term.kind),
                NONE if term.pattern is None else term.pattern,
                self.call(term.call),
                NONE if term.search is None else term.search,
                layout.FINDERS.index(term.finder or "none"),
                NONE if term.text is None else term.text,
            )
            for term in terms
        ]
        return self.pools["TERM"].extend(records)

    def text(self, text: TextIR) -> tuple[int, ...]:
        grams = self.pools["GRAM"].extend_array(np.array(text.grams, dtype="<u8"), len(text.grams))
        return self.string(text.names[0]), text.words, *grams

    def search(self, search: SearchIR) -> tuple[int, ...]:
        return (
            self.string(search.names[0]),
            self.string(search.source.regex),
            self.string(search.source.flags),
            search.limit,
            sum(1 << layout.APART_CHECKS.index(check) for check in set(search.checks)),
        )

    def classifier(self, classifier: ClassifierIR) -> tuple[int | float, ...]:
        weights = self.pools["WGHT"].extend_array(classifier.weights, len(classifier.weights))
        names = self.entries([self.string(name) for name in classifier.names])
        return *names, *weights, classifier.bits, classifier.scale, classifier.bias

    def checks(self, checks: tuple[CheckIR, ...]) -> Range:
        """In the order in which they are judged: what looks around the match comes last."""
        ordered = sorted(checks, key=lambda check: layout.CHECK_KINDS.index(check.kind))
        return self.pools["CHEK"].extend(
            (
                layout.CHECK_KINDS.index(check.kind),
                layout.CHECKS.index(check.what) if check.what else 0,
                NONE if check.pattern is None else check.pattern,
                check.least,
                check.within,
            )
            for check in ordered
        )

    def condition(self, expression: Expression | None) -> list[tuple[int, int]]:
        """Operations of a condition in postfix order."""

        def operation(name: str, argument: int = 0) -> tuple[int, int]:
            return layout.OPERATIONS.index(name), argument

        def constants(values: Iterable[Value]) -> list[tuple[int, int]]:
            return [operation("constant", self.constant(value)) for value in values]

        match expression:
            case None:
                return []
            case Constant():
                return constants([expression.value])
            case FieldRef():
                return [operation("field", self._fields[expression.name])]
            case PathRef():
                return [operation("path", self.path(expression))]
            case Not():
                return [*self.condition(expression.operand), operation("not")]
            case BoolOp():
                parts = [entry for operand in expression.operands for entry in self.condition(operand)]
                return [*parts, operation(expression.op, len(expression.operands))]
            case Compare():
                sides = self.condition(expression.left) + self.condition(expression.right)
                return [*sides, operation(expression.op)]
            case InRange():
                bounds = constants([expression.low, expression.high])
                return [*self.condition(expression.operand), *bounds, operation("in range")]
            case InList():
                items = constants(expression.items)
                return [*self.condition(expression.operand), *items, operation("in list", len(items) + 1)]

    def rule(self, rule: RuleIR) -> tuple[Any, ...]:
        test = rule.test
        what = {"find": layout.QUANTIFIERS, "measure": layout.MEASURES, "predicate": layout.PREDICATES}[test.kind]
        bounds = (test.low is not None, test.high is not None, test.low_open, test.high_open)
        flags = (*bounds, test.ignore_case, rule.at_end)
        needs = fields_of(rule.when) if rule.when is not None else ()
        # Of `sql` the dialect comes first; the empty one is none.
        strings = (test.dialect or "", *test.strings) if test.what == "sql" else test.strings
        return (
            self.string(rule.name),
            self.string(test.call.name if test.call else _reported(test)),
            self.string(rule.at.file),
            rule.at.line,
            layout.TESTS.index(test.kind),
            what.index(test.what),
            sum(bool(flag) << bit for bit, flag in enumerate(flags)),
            float(test.low or 0),
            float(test.high or 0),
            *self.terms(test.terms),
            *self.terms(test.excepts),
            *self.entries([self.string(text) for text in strings]),
            self.call(test.call),
            *self.pools["CODE"].extend(self.condition(rule.when)),
            *self.entries([self._fields[name] for name in needs]),
            self.action(rule.on_fail),
            self.action(rule.on_error),
            NONE if test.classifier is None else test.classifier,
        )

    def guard(self, guard: GuardIR) -> None:
        first, count = self.pools["RULE"].extend([self.rule(rule) for rule in guard.rules])
        self.pools["GARD"].add(
            self.string(guard.name),
            layout.DIRECTIONS.index(guard.direction),
            sum(1 << layout.ROLES.index(role) for role in guard.roles or layout.ROLES),
            layout.UNITS.index(guard.limit.unit),
            guard.limit.amount,
            self.action(guard.limit.on_fail),
            self.string(guard.limit.at.file),
            guard.limit.at.line,
            first,
            count,
            *self.entries([first + number for number in guard.order]),
            NONE if guard.scan is None else self.scan(guard.scan),
            sum(1 << layout.NORMALIZATIONS.index(step) for step in guard.normalize),
            int(guard.stream),
            *self.hold(guard.hold),
            int(guard.inner),
            NONE if guard.root is None else guard.root,
            NONE if guard.finders is None else guard.finders,
        )

    def asking(self, asking: AskingIR) -> tuple[int, ...]:
        reasks = asking.reasks
        return (
            asking.guard,
            NONE if asking.question is None else asking.question,
            int(reasks is not None),
            0 if reasks is None else reasks.count,
            NONE if reasks is None else self.action(reasks.then),
            self.optional_string(asking.template),
            NONE if reasks is None or reasks.via is None else self._models[reasks.via],
        )

    def model(self, model: Model) -> tuple[int | float, ...]:
        return (
            self.string(model.name),
            self.string(model.model),
            int(model.temperature is not None),
            float(model.temperature or 0),
            model.timeout or 0,
            model.max_tokens or 0,
        )

    def judge(self, handler: str, judge: Judge) -> tuple[int, ...]:
        fields = self.entries([self._fields[name] for name in judge.fields])
        return self._handlers[handler], self.string(judge.prompt), self._models[judge.model], *fields

    def service(self, handler: str, service: Service) -> tuple[int | float, ...]:
        return (
            self._handlers[handler],
            self.string(service.name),
            layout.PROTOCOLS.index(service.protocol),
            self.string(service.address),
            self.optional_string(service.key),
            self.string(service.model),
            self.optional_string(service.version),
            self.string(service.input),
            int(service.column),
            self.optional_string(service.output),
            *self.entries([self.string(label) for label in service.labels]),
            service.timeout,
            service.batch,
            service.delay,
            service.calls,
            service.retries,
            service.hedge or 0,
            service.cache,
            int(service.doubt is not None),
            int(service.fallback),
            *(service.doubt or (0.0, 0.0)),
        )

    def hold(self, hold: Hold | None) -> tuple[int, int, int, int]:
        if hold is None:
            return 0, NONE, NONE, 0
        on_hold = NONE if hold.on_fail is None else self.action(hold.on_fail)
        return hold.amount, on_hold, self.string(hold.at.file), hold.at.line

    def normalization(self) -> None:
        table, pool = normalization_table(), self.pools
        pool["NPAG"].extend_array(table.pages.astype("<u2"), table.pages.size)
        pool["NENT"].extend_array(table.entries.astype("<u2"), table.entries.size)
        for effect in table.effects:
            first, count = pool["NCHR"].extend((ord(character),) for character in effect.wide)
            pool["NEFF"].add(effect.removed, effect.role, count, first, effect.looks)

    def suffixes(self) -> None:
        for node in suffix_tree():
            # Labels come again under many suffixes: `com`, `gov`.
            key = ("SUFC", node.label)
            if key not in self._interned:
                self._interned[key] = self.pools["SUFC"].extend((ord(character),) for character in node.label)[0]
            self.pools["SUFL"].add(self._interned[key], node.first, node.count, len(node.label), node.rule)

    # --- structured values --------------------------------------------------------------------------------------------

    def path(self, path: PathRef) -> int:
        steps = self.pools["STEP"].extend(
            [(self.string(step.key), 0) if step.kind == "key" else (NONE, step.index) for step in path.path]
        )
        return self.pools["PATH"].add(*steps, layout.TYPES.index(path.type))

    def node(self, node: NodeIR) -> None:
        def optional(number: int | None) -> int:
            return NONE if number is None else number

        self.pools["NODE"].add(
            sum(1 << layout.NODE_KINDS.index(kind) for kind in set(node.kinds)),
            node.owner,
            self.string(node.type),
            self.string(node.said),
            self.string(node.schema),
            *self.entries(node.needs),
            *self.entries([self.constant(value) for value in node.choices]),
            *self.pools["FLDS"].extend([self.field(field) for field in node.fields]),
            optional(node.rest),
            optional(node.element),
            *self.pools["ITEM"].extend(node.items),
            self.optional_string(node.tag),
            *self.pools["VARI"].extend([(self.constant(value), number) for value, number in node.variants]),
            optional(node.stray),
            optional(node.rules),
        )

    def field(self, field: FieldIR) -> tuple[int, ...]:
        default = NONE
        if field.default is not None:
            default = self.string(json.dumps(field.default.value, ensure_ascii=False))
        return self.string(field.key), field.node, int(field.required), default

    # --- the scan -----------------------------------------------------------------------------------------------------

    def class_set(self, members: Iterable[int]) -> tuple[int, int, int, int]:
        """Classes of a pattern as a 256-bit set."""
        words = [0, 0, 0, 0]
        for member in members:
            words[member >> 6] |= 1 << (member & 63)
        return words[0], words[1], words[2], words[3]

    def edges(self, edges: tuple[Edge, ...]) -> Range:
        # The automaton writes the end of a match as -1.
        return self.pools["EDGE"].extend(
            (edge.target & 0xFFFFFFFF, self.intern("NEED", edge.needs, (edge.needs,))) for edge in edges
        )

    def pattern(self, pattern: PatternIR, local: npt.NDArray[np.uint16], *, simulated: bool) -> None:
        compiled = pattern.compiled
        assert compiled is not None
        if compiled.tree is not None:
            self.word_tree(pattern, compiled.tree, local)
            return
        if compiled.fuzzy is not None:
            self.fuzzy_tree(pattern, compiled.fuzzy, local)
            return
        automaton, dfa, pool = compiled.automaton, compiled.dfa, self.pools
        classes = len(automaton.classes) + (automaton.final_newline is not None)
        positions = [
            (self.intern("CSET", position.accepts, self.class_set(position.accepts)), *self.edges(position.follow))
            for position in (automaton.positions if simulated else ())
        ]
        truth = [(mask,) for row in automaton.truth for mask in row]
        table = (0, 0) if dfa is None else pool["DTAB"].extend_array(np.array(dfa.table, dtype="<u2"), len(dfa.table))
        sketch = (0, 0)
        if compiled.sketch is not None:
            sketch = pool["DTAB"].extend_array(np.array(compiled.sketch.table, dtype="<u2"), len(compiled.sketch.table))
        starts = (0, 0) if dfa is None else pool["DTAB"].extend((state,) for state in dfa.starts)
        pool["PATT"].add(
            classes,
            NONE if automaton.final_newline is None else automaton.final_newline,
            *pool["LOCL"].extend_array(local.astype(np.uint8), local.size),
            *pool["KIND"].extend((kind,) for kind in automaton.before),
            *pool["KIND"].extend((kind,) for kind in automaton.after),
            len(automaton.truth),
            len(automaton.truth[0]),
            *pool["TRUE"].extend(truth),
            *self.edges(automaton.start if simulated else ()),
            *pool["POSN"].extend(positions),
            0 if dfa is None else len(dfa.table) // dfa.stride,
            *table,
            *starts,
            automaton.min_length,
            NONE if automaton.max_length is None else automaton.max_length,
            *self.checks(pattern.checks),
            *(0, 0, 0, 0, 0, 0),
            *sketch,
            *NOT_FUZZY,
        )

    def word_tree(self, pattern: PatternIR, tree: WordTree, local: npt.NDArray[np.uint16]) -> None:
        """A long word list."""
        pool, trie = self.pools, tree.trie
        cells = np.zeros(len(trie.targets), dtype=[("target", "<u4"), ("label", "<u2"), ("flags", "<u2")])
        cells["target"], cells["label"], cells["flags"] = trie.targets, trie.labels, trie.flags
        labels = np.array(tree.labels, dtype="<u2")[local]
        pool["PATT"].add(
            *self.one_class(pattern, local),
            *pool["CELL"].extend_array(cells, cells.size),
            *pool["LABL"].extend_array(labels, labels.size),
            trie.root,
            int(tree.anywhere),
            *(0, 0),
            *NOT_FUZZY,
        )

    def fuzzy_tree(self, pattern: PatternIR, tree: FuzzyTree, local: npt.NDArray[np.uint16]) -> None:
        """A word list with `within` or `leet`."""
        pool = self.pools
        labels = np.array(tree.labels, dtype="<u2")[local]
        pool["PATT"].add(
            *self.one_class(pattern, local),
            *(0, 0),
            *pool["LABL"].extend_array(labels, labels.size),
            tree.root,
            int(tree.anywhere),
            *(0, 0),
            *pool["FNOD"].extend(tree.nodes),
            *pool["FEDG"].extend(tree.edges),
            *pool["FSYM"].extend(tree.symbols),
            *pool["FBIT"].extend_array(tree.filter.astype("<u8"), tree.filter.size),
            tree.edits,
            tree.prefixes,
        )

    def one_class(self, pattern: PatternIR, local: npt.NDArray[np.uint16]) -> list[int]:
        """The first fields of a pattern that for all but its own search has a single class."""
        automaton, pool = _automaton(pattern), self.pools
        return [
            1,
            NONE,
            *pool["LOCL"].extend_array(np.zeros(local.size, dtype=np.uint8), local.size),
            *pool["KIND"].extend([(0,), (0,)]),
            *pool["KIND"].extend([(0,), (0,)]),
            *(1, 1),
            *pool["TRUE"].extend([(0,)]),
            *(0, 0, 0, 0, 0, 0, 0, 0, 0),
            automaton.min_length,
            NONE if automaton.max_length is None else automaton.max_length,
            *self.checks(pattern.checks),
        ]

    def local_members(self, automaton: Automaton, characters: CharSet) -> list[int]:
        """The classes of a pattern that make up `characters`, the final newline's with the newline's."""
        members = [
            number for number, cls in enumerate(automaton.classes) if cls.ranges and cls.ranges[0][0] in characters
        ]
        if automaton.final_newline is not None and "\n" in characters:
            members.append(automaton.final_newline)
        return members

    def scan(self, scan: Scan) -> int:
        """The number of the scan. What it looks for says all about it, and guards share it."""
        if scan.patterns not in self._scans:
            self._scans[scan.patterns] = self.new_scan(scan)
        return self._scans[scan.patterns]

    def new_scan(self, scan: Scan) -> int:
        slots = self.pools["SLOT"].extend([self.slot(scan, slot) for slot in range(len(scan.patterns))])
        everywhere = self.entries(scan.everywhere)
        prefilter = [(0, 0)] * 7 if scan.prefilter is None else self.prefilter(scan.prefilter)
        return self.pools["SCAN"].add(*slots, *everywhere, *(number for part in prefilter for number in part))

    def slot(self, scan: Scan, slot: int) -> tuple[int, ...]:
        """A slot with what all its factors have in common."""
        number = scan.patterns[slot]
        own = [factor for of, factor in scan.prefilter.factors if of == slot] if scan.prefilter else []
        reaches = [factor.max_back for factor in own]
        far = max((NONE if reach is None else reach for reach in reaches), default=0)
        automaton = _automaton(self.module.patterns[number])
        walk = {cls for factor in own for cls in self.local_members(automaton, factor.walk)}
        return number, far, *self.class_set(walk)

    def prefilter(self, prefilter: Prefilter) -> list[Range]:
        """The ranges of everything that the first stage of one scan needs."""
        pool = self.pools
        sieve = sieve_tables(prefilter.buckets)
        stand_ins = prefilter.view.stand_ins(np.array(self.alphabet.representatives, dtype=np.int64))
        confirm = prefilter.confirm
        states = []
        count = 0
        for accepted in confirm.accepted:
            states.append((count, len(accepted)))
            count += len(accepted)
        return [
            pool["FACT"].extend((slot, factor.min_back) for slot, factor in prefilter.factors),
            pool["SIEV"].extend_array(sieve, sieve.size),
            pool["STND"].extend_array(stand_ins, stand_ins.size),
            pool["CCLS"].extend_array(confirm.classes, confirm.classes.size),
            pool["CTAB"].extend_array(confirm.table.astype("<u2"), confirm.table.size),
            pool["CSTA"].extend(states),
            pool["CFAC"].extend((number,) for accepted in confirm.accepted for number in accepted),
        ]

    # --- the container ------------------------------------------------------------------------------------------------

    def assemble(self) -> bytes:
        end = layout.HEADER.size + len(layout.SECTIONS) * layout.SECTION_ENTRY.size
        table = bytearray()
        body = bytearray()
        for section in layout.SECTIONS:
            data = self.pools[section.name].data
            body += bytes(-(end + len(body)) % layout.ALIGNMENT)
            table += layout.SECTION_ENTRY.pack(
                section.name.encode(), section.size, end + len(body), len(data), zlib.crc32(data), 0
            )
            body += data

        def header(checksum: int) -> bytes:
            return layout.HEADER.pack(
                layout.MAGIC,
                layout.ENDIAN_MARK,
                layout.FORMAT,
                end + len(body),
                len(layout.SECTIONS),
                checksum,
                bytes.fromhex(self.module.policy_hash),
            )

        return header(zlib.crc32(header(0) + table)) + bytes(table) + bytes(body)


def _automaton(pattern: PatternIR) -> Automaton:
    assert pattern.compiled is not None
    return pattern.compiled.automaton


def _reported(test: TestIR) -> str:
    """What `failure.validator` says."""
    return "count" if test.what == "items" else test.reported or test.what
