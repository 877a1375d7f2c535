# Plan and Guard: from decoded sections to something that can be called.

from collections.abc import Mapping


cdef object ABSENT = layout.NONE     # as a Python number: decoded records hold those
cdef object INNER = -3               # place of `inner` in a record of GARD, from its end
cdef tuple VALUED = (MEASURE_NUMBER, MEASURE_ITEMS)


cdef object optional(tuple_or_list, number):
    return None if number == ABSENT else tuple_or_list[number]


cdef class Plan:
    """A loaded plan: immutable, shared by all of its guards and by any number of threads.

    Args:
        sections: from `reader.read`.
        handlers: one Python callable per record of section HAND, in that order.
        searches: one per record of section SRCH, called as `search(text, whole=False)`; it returns pairs of offsets or raises
            `SearchError`.
        parsers: one per record of section RULE: what judges a text for a rule whose predicate needs a parser, else None.
            Called as `parser(text)`; it returns a bool or raises `SearchError`.

    Raises:
        PlanError: a table of the plan is inconsistent.
    """

    cdef:
        readonly tuple guard_names
        tuple guard_numbers             # their records
        readonly str policy_hash
        Tables tables
        tuple fields                    # metadata: (name, type, default or None)
        tuple constants
        tuple calls
        tuple searches                  # (a call that finds, a call that judges the whole text)
        tuple actions
        tuple owners
        tuple paths                     # of conditions: (keys and indexes, type)
        tuple definitions               # of schemas: (name, schema as text, numbers of those that it refers to)
        tuple parsers
        object sections
        list strings

    def __cinit__(self, sections, tuple handlers, tuple searches=(), tuple parsers=()):
        cold = sections.cold
        self.sections = sections
        self.strings = strings = sections.strings
        self.policy_hash = sections.policy_hash
        self.tables = Tables(sections)
        self.constants = tuple([self._constant(record) for record in cold["CONS"]])
        self.fields = tuple([
            (strings[name], layout.TYPES[kind], optional(self.constants, default))
            for name, kind, default in cold["META"]
        ])
        if len(handlers) != len(cold["HAND"]):
            raise HandlerError(f"the plan needs {len(cold['HAND'])} handlers, {len(handlers)} were given")
        self.calls = tuple([self._call(handlers, record) for record in cold["CALL"]])
        if len(searches) != len(cold["SRCH"]):
            raise HandlerError(f"the plan needs {len(cold['SRCH'])} searches, {len(searches)} were given")
        self.searches = tuple([
            (self._search(search, record[0], False), self._search(search, record[0], True))
            for search, record in zip(searches, cold["SRCH"])
        ])
        self.actions = tuple([self._action(record) for record in cold["ACTN"]])
        if len(parsers) not in (0, len(cold["RULE"])):
            raise HandlerError(f"the plan has {len(cold['RULE'])} rules, {len(parsers)} parsers were given")
        self.parsers = parsers
        self.owners = tuple([self._owner(record) for record in cold["OWNR"]])
        self.paths = tuple([self._path(record) for record in cold["PATH"]])
        self.definitions = tuple([self._definition(record) for record in cold["DEFN"]])
        self.guard_numbers = tuple([number for number, record in enumerate(cold["GARD"]) if not record[INNER]])
        self.guard_names = tuple([strings[cold["GARD"][number][0]] for number in self.guard_numbers])
        if len(set(self.guard_names)) != len(self.guard_names):
            raise _damaged("GARD", "two guards of one name")

    cdef object _constant(self, tuple record):
        kind, number, text = record
        if kind == 3:
            if text == ABSENT:
                raise _damaged("CONS", "a string without its text")
            return self.strings[text]
        if number != number or not -9007199254740992 <= number <= 9007199254740992:
            raise _damaged("CONS", "a number out of range")
        return bool(number) if kind == 0 else int(number) if kind == 1 else number

    cdef tuple _list(self, start, count, target):
        return tuple([target[entry] for (entry,) in self.sections.cold["LIST"][start : start + count]])

    cdef tuple _numbers(self, start, count):
        return tuple([entry for (entry,) in self.sections.cold["LIST"][start : start + count]])

    cdef tuple _definition(self, tuple record):
        name, schema, start, count = record
        plain_schema("DEFN", self.strings[schema])
        return self.strings[name], self.strings[schema], self._numbers(start, count)

    cdef CallInfo _call(self, tuple handlers, tuple record):
        cdef CallInfo call = CallInfo.__new__(CallInfo)
        handler, start, count = record
        name, _, first, parameters = self.sections.cold["HAND"][handler]
        if parameters != count:
            raise _damaged("CALL", "the wrong number of arguments")
        names = [self.strings[record[0]] for record in self.sections.cold["PARM"][first : first + parameters]]
        call.name = self.strings[name]
        call.handler = handlers[handler]
        call.arguments = dict(zip(names, self._list(start, count, self.constants)))
        return call

    cdef CallInfo _search(self, search, name, whole):
        cdef CallInfo call = CallInfo.__new__(CallInfo)
        call.name = self.strings[name]
        call.handler = search
        call.arguments = {"whole": whole}
        call.apart = True
        return call

    cdef ActionInfo _action(self, tuple record):
        cdef ActionInfo action = ActionInfo.__new__(ActionInfo)
        name, message, has_template, start, count, to, call = record
        action.name = layout.ACTIONS[name]
        action.strength = name
        action.message = optional(self.strings, message)
        action.template = None
        if has_template:
            action.template = tuple([
                (layout.PIECES[kind], self.strings[text])
                for kind, text in self.sections.cold["TMPL"][start : start + count]
            ])
        action.to = optional(self.constants, to)
        action.call = optional(self.calls, call)
        if (name == CUSTOM) != (action.call is not None):
            raise _damaged("ACTN", "a custom action without its handler, or the reverse")
        return action


    cdef Owner _owner(self, tuple record):
        cdef Owner owner = Owner.__new__(Owner)
        name, file, line, on_fail = record
        owner.name = self.strings[name]
        owner.source = f"{self.strings[file]}:{line}"
        owner.on_fail = self.actions[on_fail]
        return owner

    cdef tuple _path(self, tuple record):
        start, count, type_number = record
        steps = self.sections.cold["STEP"][start : start + count]
        return tuple([index if key == ABSENT else self.strings[key] for key, index in steps]), layout.TYPES[type_number]


cdef class Guard:
    """A guard of a plan. Stateless: calls from any number of threads may run at the same time.

    Args:
        plan: the plan.
        name: the guard's name.

    Raises:
        UnknownGuardError: the plan has no guard of that name.
    """

    cdef:
        readonly Plan plan
        readonly str name
        readonly str direction
        readonly int roles          # bits of layout.ROLES: whose messages are judged
        Py_ssize_t limit
        bint limit_in_bytes
        int normalize
        bint inner
        RuleInfo limit_info
        bint streamed               # texts may be given piece by piece
        Py_ssize_t hold             # characters that a stream may hold back; 0: not said
        RuleInfo hold_info          # what ends a stream that would hold more; None: none can
        tuple infos
        Rule* rules
        size_t rule_count
        size_t* order               # rules as they are judged
        size_t order_count          # all of them, but for those of values that are no texts
        tuple valued                # those
        Node root                   # of a structured value; None: the guard is on texts
        Guard finders               # the inner guard of its `has` rules, or None
        readonly str opens          # what a text begins with that is such a value
        size_t* watchful            # those of them that can fail although nothing is found
        size_t watchful_count
        Scan* scan
        Scan scan_memory
        SlotMasks masks             # of streams
        dict courses                # of streams, by what their rules' conditions are; see course.pxi
        Pace pace                   # of an inner guard: what it means for them

    def __cinit__(self, Plan plan, name):
        self.plan = plan
        self.courses = {}
        if isinstance(name, str):
            if name not in plan.guard_names:
                known = ", ".join([f"`{guard}`" for guard in plan.guard_names]) or "none"
                raise UnknownGuardError(f"the plan has no guard `{name}`; it has {known}")
            number = plan.guard_numbers[plan.guard_names.index(name)]
        else:
            number = name       # an inner guard has no name
        record = plan.sections.cold["GARD"][number]
        (name, direction, roles, unit, limit, on_limit, limit_file, limit_line, first, count, order, order_count, scan,
         normalize, streamed, hold, on_hold, hold_file, hold_line, inner, root, finders) = record
        self.name = plan.strings[name]
        self.direction = layout.DIRECTIONS[direction]
        self.roles = roles
        self.limit = min(<uint64_t>limit, <uint64_t>PY_SSIZE_T_MAX)
        self.limit_in_bytes = unit == 1
        self.normalize = normalize
        if normalize >> len(layout.NORMALIZATIONS) or (normalize & ~STEP_ESCAPES and plan.tables.effect_pages == NULL):
            raise _damaged("GARD", "a guard normalizes by what the plan does not have")
        self.limit_info = self._limit_rule("max", plan.actions[on_limit], limit, unit)
        self.limit_info.source = f"{plan.strings[limit_file]}:{limit_line}"
        self._read_hold(streamed, hold, on_hold, hold_file, hold_line)
        self.inner = inner
        if scan != ABSENT:
            self._read_scan(plan.sections.cold["SCAN"][scan])
        self._read_rules(first, count)
        self._read_order(first, count, order, order_count)
        if inner:
            self.pace = pace_of(self)
        if self.valued and not inner:
            raise _damaged("GARD", "a rule that is not about texts")
        if root != ABSENT:
            self._read_structure(inner or count, root, finders)

    cdef int _read_structure(self, bint wrong, root, finders) except -1:
        cdef dict opens = {KIND_OBJECT: "{", KIND_LIST: "["}
        if wrong:
            raise _damaged("GARD", "a guard on structured values with rules of its own")
        self.root = read_nodes(self.plan, root)
        self.opens = "".join([sign for kind, sign in opens.items() if self.root.kinds & kind]) or "{["
        if finders != ABSENT:
            self.finders = inner_guard(self.plan, finders)
        return 0

    def __dealloc__(self):
        cdef size_t i
        if self.rules != NULL:
            for i in range(self.rule_count):
                PyMem_Free(self.rules[i].slots)
        PyMem_Free(self.rules)
        PyMem_Free(self.order)
        PyMem_Free(self.watchful)
        PyMem_Free(self.scan_memory.everywhere)

    def validate(self, text, metadata=None, *, timeout=None):
        """Judge one text, the texts in a list of chat messages, or one structured value.

        Args:
            text: a `str`; offsets in the outcome count its characters. Or a list (or tuple) of messages as LLM APIs have them:
                mappings with `role` and `content`. Those whose role the guard names are judged. A guard `as json` takes no
                messages, but the value itself: `dict`, `list`, `tuple`, `str`, `int`, `float`, `bool`, `None`, other mappings,
                dataclasses and pydantic models. It is never changed. A `str` is JSON text to such a guard.
            metadata: a mapping with the fields that the policy's conditions name.
            timeout: seconds for everything together that is not judged in microseconds, such as custom validators and judges;
                None: as long as they take. One that has not answered then ends its rule in an error, `TimeoutError`.

        Returns:
            The `Outcome`. What the policy says about the text, including an error inside a validator, is never raised.

        Raises:
            TypeError: `text` is neither a `str` nor a list of messages, and the guard is not `as json`.
            MetadataError: `metadata` is neither None nor a mapping.
            ValueError: `timeout` is not above 0.
        """
        if timeout is not None:
            return self.validate_within(text, metadata, timeout)
        check_metadata(metadata)
        if self.root is not None:
            return validate_structure(self, text, metadata)
        if not isinstance(text, str):
            if isinstance(text, (list, tuple)):
                return judge_messages(self, text, metadata)
            raise TypeError(f"a guard judges a text or a list of messages, not `{type(text).__name__}`")
        if type(text) is not str:
            text = PyUnicode_FromObject(text)       # the characters of a subclass, without its methods
        verdict = judge(self, text, metadata)
        if verdict is None:
            return make_outcome(self, True, text, None, None, None, False)
        return decide(self, text, metadata, verdict)

    def validate_within(self, text, metadata, timeout):
        """`validate` with a `timeout`: the runtime knows how to keep it."""
        raise NotImplementedError

    def stream(self, metadata=None):
        """Judge a text, or a structured value, while it comes.

        Args:
            metadata: as for `validate`. Conditions are decided now, but for those with paths.

        Returns:
            A `Stream` for one text; of a guard `as json` a `ValueStream` for the JSON text of one value.

        Raises:
            TypeError: the policy does not declare the guard `stream`.
            MetadataError: `metadata` is neither None nor a mapping.
        """
        if not self.streamed:
            raise TypeError(f"guard `{self.name}` is not for streams: write `guard {self.name} on output stream` in the policy")
        return stream_of(self, metadata)

    cdef SlotMasks slot_masks(self):
        """Made with the first stream; guards that are asked for none do without."""
        cdef SlotMasks masks
        if self.masks is None and self.scan != NULL:
            masks = SlotMasks(self)
            with cython.critical_section(self):
                if self.masks is None:
                    self.masks = masks
        return self.masks

    @property
    def schema(self):
        """The JSON Schema (draft 2020-12) of the values that a guard `as json` judges; None of a guard on texts."""
        return None if self.root is None else schema_of(self.plan, {"$": ((), self.root)})

    def __reduce__(self):
        raise TypeError("a guard cannot be pickled: load the plan where it is needed")

    def __repr__(self):
        return f"<Guard {self.name!r} on {self.direction}, {self.rule_count} rules>"

    cdef int _read_hold(self, streamed, hold, on_hold, file, line) except -1:
        self.streamed = streamed
        self.hold = min(<uint64_t>hold, <uint64_t>PY_SSIZE_T_MAX)
        if (hold and not streamed) or (hold == 0) != (file == ABSENT) or (not hold and on_hold != ABSENT):
            raise _damaged("GARD", "a hold without a stream, or without its parts")
        if on_hold != ABSENT:
            self.hold_info = self._limit_rule("hold", self.plan.actions[on_hold], hold, 0)
            self.hold_info.source = f"{self.plan.strings[file]}:{line}"
        return 0

    cdef RuleInfo _limit_rule(self, str name, ActionInfo action, limit, unit):
        """The guard's `max` or `hold`, so that its failure looks like any other."""
        cdef RuleInfo info = RuleInfo.__new__(RuleInfo)
        if action.strength < FILTER:
            raise _damaged("GARD", "a limit whose action lets the text through")
        info.name = name
        info.validator = layout.UNITS[unit]
        info.test = TEST_MEASURE
        info.what = MEASURE_BYTES if unit == 1 else MEASURE_CHARS
        info.high = limit
        info.terms = ()
        info.on_fail = action
        return info

    cdef TermInfo _term(self, record, dict slots):
        cdef TermInfo term = TermInfo.__new__(TermInfo)
        name, kind, pattern, call, search, finder, text = record
        if (pattern != ABSENT) + (call != ABSENT) + (search != ABSENT) + (finder != NO_FINDER) != 1:
            raise _damaged("TERM", "a detector must be either a pattern, a call, a search or a finder")
        term.name = self.plan.strings[name]
        term.kind = self.plan.strings[kind]
        term.pattern = -1 if pattern == ABSENT else pattern
        term.slot = slots.get(pattern, -1)
        term.finder = finder
        if finder == FIND_LEAKS:
            self._read_text(&term.given, text)
        if search == ABSENT:
            term.call = term.whole = optional(self.plan.calls, call)
        else:
            term.call, term.whole = self.plan.searches[search]
        return term

    cdef int _read_text(self, GivenText* given, number) except -1:
        if number == ABSENT:
            raise _damaged("TERM", "a leak without its text")
        _, given.words, first, given.count = self.plan.sections.cold["TEXT"][number]
        given.grams = self.plan.tables.grams + <size_t>first
        if not 1 <= given.words <= GRAM_WORDS or given.count == 0:
            raise _damaged("TEXT", "its groups of words cannot be")
        return 0

    cdef int _read_rules(self, first, count) except -1:
        cdef size_t number
        cdef RuleInfo info
        cdef Rule* rule
        cdef dict slots = {}
        cdef uint32_t k
        if self.scan != NULL:
            for k in range(self.scan.slot_count):
                slots[self.scan.slots[k].pattern] = k
        infos = []
        self.rules = <Rule*>PyMem_Calloc(max(1, count), sizeof(Rule))
        if self.rules == NULL:
            raise MemoryError
        self.rule_count = count
        for number in range(<size_t>count):
            info = self._rule_info(first + number, slots)
            if info.at_end and not self.streamed:
                raise _damaged("RULE", "a rule for the end of a stream in a guard that is none")
            infos.append(info)
            rule = &self.rules[number]
            rule.test = info.test
            rule.what = info.what
            rule.conditional = len(info.when) > 0
            rule.native = info.native
            rule.strength = info.on_fail.strength
            rule.reports = info.on_fail.strength == NOOP and info.on_error.strength == NOOP
            rule.forbids = info.test == TEST_FIND and info.what == QUANTIFIER_NO
            rule.quiet = rule.forbids and info.native and not info.when
            rule.late = self.inner and is_late(info)
            if info.classifier >= 0:
                rule.classifier = &self.plan.tables.classifiers[info.classifier]
            elif info.test == TEST_MEASURE and (info.what < MEASURE_CUSTOM or info.what == MEASURE_ITEMS):
                rule.low = whole_bound(info.low, 0)
                rule.high = whole_bound(info.high, PY_SSIZE_T_MAX)
            self._read_slots(rule, info)
        self.infos = tuple(infos)
        return 0

    cdef int _read_slots(self, Rule* rule, RuleInfo info) except -1:
        """The slots of a rule that is decided by what the scan found."""
        cdef TermInfo term
        by_scan = (info.test == TEST_FIND and info.what != QUANTIFIER_IS) or info.test == TEST_MEASURE
        if not by_scan:
            return 0
        for term in info.terms + info.excepts:
            if term.pattern >= 0 and term.slot < 0:
                raise _damaged("SCAN", "a pattern that a rule needs is not scanned for")
        if not info.native or not info.terms:
            return 0
        rule.slots = <uint32_t*>PyMem_Calloc(len(info.terms), sizeof(uint32_t))
        if rule.slots == NULL:
            raise MemoryError
        for term in info.terms:
            rule.slots[rule.slot_count] = term.slot
            rule.slot_count += 1
        return 0

    cdef RuleInfo _rule_info(self, size_t number, dict slots):
        cdef RuleInfo info = RuleInfo.__new__(RuleInfo)
        cdef Plan plan = self.plan
        cold = plan.sections.cold
        (name, validator, file, line, test, what, flags, low, high, term, terms, other, others, string, strings,
         call, when, operations, need, needs, on_fail, on_error, classifier) = cold["RULE"][number]
        info.name = plan.strings[name]
        info.validator = plan.strings[validator]
        info.source = f"{plan.strings[file]}:{line}"
        info.test = test
        info.what = what
        if what >= len((layout.QUANTIFIERS, layout.MEASURES, layout.PREDICATES)[test]) or low != low or high != high:
            raise _damaged("RULE", "a test that does not exist")
        info.low = plain_number(low) if flags & 1 else None
        info.high = plain_number(high) if flags & 2 else None
        info.low_open = flags & 4
        info.high_open = flags & 8
        info.ignore_case = flags & 16
        info.at_end = flags & 32
        info.terms = tuple([self._term(entry, slots) for entry in cold["TERM"][term : term + terms]])
        info.excepts = tuple([self._term(entry, slots) for entry in cold["TERM"][other : other + others]])
        info.native = all([(<TermInfo>entry).pattern >= 0 for entry in info.terms + info.excepts])
        info.strings = plan._list(string, strings, plan.strings)
        info.call = optional(plan.calls, call)
        info.needs = plan._numbers(need, needs)
        info.when = read_condition(cold["CODE"], when, operations, plan.constants, len(plan.fields), plan.paths)
        info.on_fail = plan.actions[on_fail]
        info.on_error = plan.actions[on_error]
        info.classifier = -1 if classifier == ABSENT else classifier
        names, places = info.term_names, {}
        for place, name in enumerate(names):
            places.setdefault(name, place)
        info.places = tuple([places[name] for name in names])
        info.fillings = self._fillings(info)
        custom = (test == TEST_MEASURE and what == MEASURE_CUSTOM) or (test == TEST_PREDICATE and what == CUSTOM_PREDICATE)
        if custom != (info.call is not None):
            raise _damaged("RULE", "a custom validator without its handler, or the reverse")
        scored = test == TEST_MEASURE and what == MEASURE_SCORE
        served = test == TEST_MEASURE and what == MEASURE_CUSTOM
        if (scored and info.classifier < 0) or (info.classifier >= 0 and not scored and not served):
            raise _damaged("RULE", "a score without its classifier, or the reverse")
        if test == TEST_PREDICATE and what in (SQL, HTML, OPENAPI):
            info.call = self._parser(number, layout.PREDICATES[what])
        if test == TEST_MEASURE and what == MEASURE_OVERLAP and (terms != 1 or (<TermInfo>info.terms[0]).finder != FIND_LEAKS):
            raise _damaged("RULE", "an overlap without its text")
        if test == TEST_PREDICATE and what in (STARTS_WITH, ENDS_WITH, CONTAINS) and not info.strings:
            raise _damaged("RULE", "a predicate without its text")
        if info.on_fail.to is not None and type(info.on_fail.to) is not str and not self.inner:
            raise _damaged("RULE", "a fix that gives no text")
        if info.on_fail.template is not None and (test != TEST_FIND or what != QUANTIFIER_NO):
            raise _damaged("RULE", "a fix of spans for a test that finds none")
        if info.on_error.strength < FILTER and info.on_error.strength != NOOP:
            raise _damaged("RULE", "an action that cannot follow an error")
        return info

    cdef CallInfo _parser(self, size_t number, str name):
        cdef CallInfo call = CallInfo.__new__(CallInfo)
        if not self.plan.parsers:
            raise HandlerError(f"the plan needs a parser for `{name}`")
        call.name = name
        call.handler = self.plan.parsers[number]
        call.arguments = {}
        return call

    cdef tuple _fillings(self, RuleInfo info):
        cdef TermInfo term
        template = info.on_fail.template
        if template is None or any([piece == "mask" for piece, _ in template]):
            return (None,) * len(info.terms)
        return tuple([fill(template, term.kind, 0) for term in info.terms])

    cdef int _read_order(self, first, count, start, order_count) except -1:
        cdef RuleInfo info
        valued = [number for number, info in enumerate(self.infos) if info.test == TEST_MEASURE and info.what in VALUED]
        if not self.inner:          # a text may be a number, but nothing to count the items of
            if any([(<RuleInfo>self.infos[number]).what == MEASURE_ITEMS for number in valued]):
                raise _damaged("RULE", "a count of items in a guard on texts")
            valued = []
        self.valued = tuple(valued)
        order = [entry - first for (entry,) in self.plan.sections.cold["LIST"][start : start + order_count]]
        if sorted(order) != list(range(count)):
            raise _damaged("GARD", "the order of its rules leaves one out")
        self.order = <size_t*>PyMem_Calloc(max(1, count), sizeof(size_t))
        self.watchful = <size_t*>PyMem_Calloc(max(1, count), sizeof(size_t))
        if self.order == NULL or self.watchful == NULL:
            raise MemoryError
        for number in order:
            if number in valued:
                continue
            self.order[self.order_count] = number
            self.order_count += 1
            if not self.rules[<size_t>number].quiet:
                self.watchful[self.watchful_count] = number
                self.watchful_count += 1
        return 0

    cdef int _read_scan(self, record) except -1:
        cdef Plan plan = self.plan
        cdef Scan* scan = &self.scan_memory
        cdef size_t k
        start, count, wide, wide_count = record[:4]
        scan.slots = plan.tables.slots + <size_t>start
        scan.slot_count = count
        scan.everywhere = <uint32_t*>PyMem_Calloc(max(1, wide_count), sizeof(uint32_t))
        if scan.everywhere == NULL:
            raise MemoryError
        if len({scan.slots[k].pattern for k in range(scan.slot_count)}) != scan.slot_count:
            raise _damaged("SLOT", "a pattern stands in a scan twice")
        for k in range(scan.slot_count):
            if scan.slots[k].pattern >= plan.tables.pattern_count:
                raise _damaged("SLOT", "a pattern that does not exist")
        for (entry,) in plan.sections.cold["LIST"][wide : wide + wide_count]:
            if entry >= scan.slot_count:
                raise _damaged("SCAN", "a slot that does not exist")
            scan.everywhere[scan.everywhere_count] = entry
            scan.everywhere_count += 1
        self.scan = scan
        if record[5]:
            self._read_prefilter(&scan.prefilter, record)
            self._read_factors(scan, record[4], record[5])
        return 0

    cdef int _read_prefilter(self, Prefilter* filter, tuple record) except -1:
        cdef Tables tables = self.plan.tables
        cdef size_t i, state_count, accepted_count, factor_count = record[5]
        cdef uint64_t total = 0
        (sieve, sieve_count, stand_in, stand_in_count, cls, class_count, row, table_count, state, state_count, first,
         accepted_count) = record[6:]
        filter.group_count = sieve_count // GROUP_BYTES
        if sieve_count % GROUP_BYTES or not 1 <= filter.group_count <= MAX_GROUPS:
            raise _damaged("SCAN", "its sieve has the wrong size")
        if stand_in_count < tables.class_count or class_count != 256:
            raise _damaged("SCAN", "its first stage does not cover all characters")
        filter.groups = <const SieveGroup*>(tables.sieves + <size_t>sieve)
        filter.stand_ins = tables.stand_ins + <size_t>stand_in
        filter.classes = tables.confirm_classes + <size_t>cls
        filter.table = tables.confirm_table + <size_t>row
        filter.accepts = tables.confirm_states + <size_t>state
        filter.accepted = tables.accepted + <size_t>first
        for i in range(256):
            if filter.classes[i] >= filter.stride:
                filter.stride = filter.classes[i] + 1
        filter.inner = table_count // filter.stride
        if filter.inner < 2 or filter.inner * filter.stride != table_count or filter.inner > state_count:
            raise _damaged("SCAN", "its confirming automaton has the wrong size")
        if highest_entry(filter.table, table_count, 0, CONFIRM_STATE) >= state_count:
            raise _damaged("CTAB", "a transition leads to a state that does not exist")
        for i in range(state_count):
            # Each entry belongs to one state: without the bound on their sum a place could take as long as it likes.
            total += filter.accepts[i].count
            if <uint64_t>filter.accepts[i].first + filter.accepts[i].count > accepted_count or total > accepted_count:
                raise _damaged("CSTA", "a state accepts what does not exist")
        for i in range(accepted_count):
            if filter.accepted[i] >= factor_count:
                raise _damaged("CFAC", "a state accepts a factor that does not exist")
        return 0

    cdef int _read_factors(self, Scan* scan, size_t first, uint32_t count) except -1:
        cdef uint32_t k, positions
        scan.factors = self.plan.tables.factors + first
        for k in range(count):
            if scan.factors[k].slot >= scan.slot_count:
                raise _damaged("FACT", "a factor of a pattern that does not exist")
            # The shortest way to a window passes no position twice; a pattern without them has short matches.
            positions = self.plan.tables.patterns[scan.slots[scan.factors[k].slot].pattern].position_count
            if scan.factors[k].min_back > max(positions, <uint32_t>SHORT):
                raise _damaged("FACT", "a factor lies further from the begin than its pattern is long")
        return 0


cdef int check_metadata(object metadata) except -1:
    if metadata is not None and not isinstance(metadata, dict) and not isinstance(metadata, Mapping):
        raise MetadataError(f"metadata must be a mapping, not `{type(metadata).__name__}`")
    return 0


cdef Py_ssize_t whole_bound(object bound, Py_ssize_t absent) except? -1:
    """A bound of a native measure: an integer that fits."""
    if bound is None:
        return absent
    if not isinstance(bound, int):
        raise _damaged("RULE", "a fraction as the bound of a whole number")
    return <Py_ssize_t>max(min(bound, PY_SSIZE_T_MAX), -1)


cdef object plain_number(double number):
    """A bound of a measure: an `int` if it is whole, so that messages read as the author wrote them."""
    if number == <double><int64_t>number and -9007199254740992 <= number <= 9007199254740992:
        return int(number)
    return number
