# Reading a guard from the decoded sections of a plan, and what of it cannot be.


cdef tuple VALUED = (MEASURE_NUMBER, MEASURE_ITEMS)


cdef int read_structure(Guard guard, bint wrong, root, finders) except -1:
    cdef dict opens = {KIND_OBJECT: "{", KIND_LIST: "["}
    if wrong:
        raise _damaged("GARD", "a guard on structured values with rules of its own")
    guard.root = read_nodes(guard.plan, root)
    guard.opens = "".join([sign for kind, sign in opens.items() if guard.root.kinds & kind]) or "{["
    if finders != ABSENT:
        guard.finders = inner_guard(guard.plan, finders)
    return 0


cdef int read_hold(Guard guard, streamed, hold, on_hold, file, line) except -1:
    guard.streamed = streamed
    guard.hold = min(<uint64_t>hold, <uint64_t>PY_SSIZE_T_MAX)
    if (hold and not streamed) or (hold == 0) != (file == ABSENT) or (not hold and on_hold != ABSENT):
        raise _damaged("GARD", "a hold without a stream, or without its parts")
    if on_hold != ABSENT:
        guard.hold_info = make_limit(guard, "hold", guard.plan.actions[on_hold], hold, 0)
        guard.hold_info.source = f"{guard.plan.strings[file]}:{line}"
    return 0


cdef RuleInfo make_limit(Guard guard, str name, ActionInfo action, limit, unit):
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


cdef TermInfo read_term(Guard guard, record, dict slots):
    cdef TermInfo term = TermInfo.__new__(TermInfo)
    name, kind, pattern, call, search, finder, text = record
    if (pattern != ABSENT) + (call != ABSENT) + (search != ABSENT) + (finder != NO_FINDER) != 1:
        raise _damaged("TERM", "a detector must be either a pattern, a call, a search or a finder")
    term.name = guard.plan.strings[name]
    term.kind = guard.plan.strings[kind]
    term.pattern = -1 if pattern == ABSENT else pattern
    term.slot = slots.get(pattern, -1)
    term.finder = finder
    if finder == FIND_LEAKS:
        read_text(guard, &term.given, text)
    if search == ABSENT:
        term.call = term.whole = optional(guard.plan.calls, call)
    else:
        term.call, term.whole = guard.plan.searches[search]
    return term


cdef int read_text(Guard guard, GivenText* given, number) except -1:
    if number == ABSENT:
        raise _damaged("TERM", "a leak without its text")
    _, given.words, first, given.count = guard.plan.sections.cold["TEXT"][number]
    given.grams = guard.plan.tables.grams + <size_t>first
    if not 1 <= given.words <= GRAM_WORDS or given.count == 0:
        raise _damaged("TEXT", "its groups of words cannot be")
    return 0


cdef int read_rules(Guard guard, first, count) except -1:
    cdef size_t number
    cdef RuleInfo info
    cdef Rule* rule
    cdef dict slots = {}
    cdef uint32_t k
    if guard.scan != NULL:
        for k in range(guard.scan.slot_count):
            slots[guard.scan.slots[k].pattern] = k
    infos = []
    guard.rules = <Rule*>PyMem_Calloc(max(1, count), sizeof(Rule))
    if guard.rules == NULL:
        raise MemoryError
    guard.rule_count = count
    for number in range(<size_t>count):
        info = read_rule(guard, first + number, slots)
        if info.at_end and not guard.streamed:
            raise _damaged("RULE", "a rule for the end of a stream in a guard that is none")
        infos.append(info)
        rule = &guard.rules[number]
        rule.test = info.test
        rule.what = info.what
        rule.conditional = len(info.when) > 0
        rule.native = info.native
        rule.strength = info.on_fail.strength
        rule.reports = info.on_fail.strength == NOOP and info.on_error.strength == NOOP
        rule.forbids = info.test == TEST_FIND and info.what == QUANTIFIER_NO
        rule.quiet = rule.forbids and info.native and not info.when
        rule.late = guard.inner and is_late(info)
        if info.classifier >= 0:
            rule.classifier = &guard.plan.tables.classifiers[info.classifier]
        elif info.test == TEST_MEASURE and (info.what < MEASURE_CUSTOM or info.what == MEASURE_ITEMS):
            rule.low = whole_bound(info.low, 0)
            rule.high = whole_bound(info.high, PY_SSIZE_T_MAX)
        read_slots(guard, rule, info)
    guard.infos = tuple(infos)
    return 0


cdef int read_slots(Guard guard, Rule* rule, RuleInfo info) except -1:
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


cdef RuleInfo read_rule(Guard guard, size_t number, dict slots):
    cdef RuleInfo info = RuleInfo.__new__(RuleInfo)
    cdef Plan plan = guard.plan
    cold = plan.sections.cold
    (name, validator, file, line, test, what, flags, low, high, term, terms, other, others, string, strings,
     call, when, operations, need, needs, on_fail, on_error, classifier) = cold["RULE"][number]
    info.number = number
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
    info.terms = tuple([read_term(guard, entry, slots) for entry in cold["TERM"][term : term + terms]])
    info.excepts = tuple([read_term(guard, entry, slots) for entry in cold["TERM"][other : other + others]])
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
    info.fillings = fillings_of(guard, info)
    if test == TEST_MEASURE and what != MEASURE_COUNT and what != MEASURE_OVERLAP and what != MEASURE_CUSTOM and terms:
        raise _damaged("RULE", "a measure with detectors that it has no use for")
    custom = (test == TEST_MEASURE and what == MEASURE_CUSTOM) or (test == TEST_PREDICATE and what == CUSTOM_PREDICATE)
    if custom != (info.call is not None):
        raise _damaged("RULE", "a custom validator without its handler, or the reverse")
    scored = test == TEST_MEASURE and what == MEASURE_SCORE
    served = test == TEST_MEASURE and what == MEASURE_CUSTOM
    if (scored and info.classifier < 0) or (info.classifier >= 0 and not scored and not served):
        raise _damaged("RULE", "a score without its classifier, or the reverse")
    if test == TEST_PREDICATE and what in (SQL, HTML, OPENAPI):
        info.call = parser_of(guard, number, layout.PREDICATES[what])
    if test == TEST_MEASURE and what == MEASURE_OVERLAP and (terms != 1 or (<TermInfo>info.terms[0]).finder != FIND_LEAKS):
        raise _damaged("RULE", "an overlap without its text")
    if test == TEST_PREDICATE and what in (STARTS_WITH, ENDS_WITH, CONTAINS) and not info.strings:
        raise _damaged("RULE", "a predicate without its text")
    if info.on_fail.to is not None and type(info.on_fail.to) is not str and not guard.inner:
        raise _damaged("RULE", "a fix that gives no text")
    if info.on_fail.template is not None and (test != TEST_FIND or what != QUANTIFIER_NO):
        raise _damaged("RULE", "a fix of spans for a test that finds none")
    if info.on_error.strength < FILTER and info.on_error.strength != NOOP:
        raise _damaged("RULE", "an action that cannot follow an error")
    return info


cdef CallInfo parser_of(Guard guard, size_t number, str name):
    cdef CallInfo call = CallInfo.__new__(CallInfo)
    if not guard.plan.parsers:
        raise HandlerError(f"the plan needs a parser for `{name}`")
    call.name = name
    call.handler = guard.plan.parsers[number]
    call.arguments = {}
    return call


cdef tuple fillings_of(Guard guard, RuleInfo info):
    cdef TermInfo term
    template = info.on_fail.template
    if template is None or any([piece == "mask" for piece, _ in template]):
        return (None,) * len(info.terms)
    return tuple([fill(template, term.kind, 0) for term in info.terms])


cdef int read_order(Guard guard, first, count, start, order_count) except -1:
    cdef RuleInfo info
    valued = [number for number, info in enumerate(guard.infos) if info.test == TEST_MEASURE and info.what in VALUED]
    if not guard.inner:          # a text may be a number, but nothing to count the items of
        if any([(<RuleInfo>guard.infos[number]).what == MEASURE_ITEMS for number in valued]):
            raise _damaged("RULE", "a count of items in a guard on texts")
        valued = []
    guard.valued = tuple(valued)
    order = [entry - first for (entry,) in guard.plan.sections.cold["LIST"][start : start + order_count]]
    if sorted(order) != list(range(count)):
        raise _damaged("GARD", "the order of its rules leaves one out")
    guard.order = <size_t*>PyMem_Calloc(max(1, count), sizeof(size_t))
    guard.watchful = <size_t*>PyMem_Calloc(max(1, count), sizeof(size_t))
    if guard.order == NULL or guard.watchful == NULL:
        raise MemoryError
    for number in order:
        if number in valued:
            continue
        guard.order[guard.order_count] = number
        guard.order_count += 1
        if not guard.rules[<size_t>number].quiet:
            guard.watchful[guard.watchful_count] = number
            guard.watchful_count += 1
    return 0


cdef int read_scan(Guard guard, record) except -1:
    cdef Plan plan = guard.plan
    cdef Scan* scan = &guard.scan_memory
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
    guard.scan = scan
    if record[5]:
        read_prefilter(guard, &scan.prefilter, record)
        read_factors(guard, scan, record[4], record[5])
    return 0


cdef int read_prefilter(Guard guard, Prefilter* filter, tuple record) except -1:
    cdef Tables tables = guard.plan.tables
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


cdef int read_factors(Guard guard, Scan* scan, size_t first, uint32_t count) except -1:
    cdef uint32_t k, positions
    scan.factors = guard.plan.tables.factors + first
    for k in range(count):
        if scan.factors[k].slot >= scan.slot_count:
            raise _damaged("FACT", "a factor of a pattern that does not exist")
        # The shortest way to a window passes no position twice; a pattern without them has short matches.
        positions = guard.plan.tables.patterns[scan.slots[scan.factors[k].slot].pattern].position_count
        if scan.factors[k].min_back > max(positions, <uint32_t>SHORT):
            raise _damaged("FACT", "a factor lies further from the begin than its pattern is long")
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
