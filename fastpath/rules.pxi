# Judging a text: the loop over the rules.
#
# `judge` returns a verdict with what failed, in written order. Nothing is allocated for a text in which nothing is found,
# unless a rule asks for something else; no Python code runs for a rule that holds, unless it is a custom validator or a
# condition.

cdef enum:
    TEST_FIND, TEST_MEASURE, TEST_PREDICATE

cdef enum:
    QUANTIFIER_NO, QUANTIFIER_HAS, QUANTIFIER_IS

cdef enum:
    ONE_OF, JSON, LOWER_CASE, UPPER_CASE, STARTS_WITH, ENDS_WITH, CUSTOM_PREDICATE, CONTAINS, SQL, HTML, OPENAPI

cdef enum:
    NO_FINDER, FIND_LEAKS, FIND_REPEATS

cdef enum:
    NOOP, CUSTOM, FIX, FIX_REASK, REASK, FILTER, REFRAIN, EXCEPTION


cdef class ActionInfo:
    """An on-fail action, decoded."""

    cdef:
        readonly str name
        readonly int strength
        readonly str message
        readonly tuple template     # pieces (kind, text), or None
        readonly object to          # a str, but for values that are no texts
        readonly CallInfo call


cdef class CallInfo:
    """A handler with the arguments of one use, or a search that runs apart with what it is asked."""

    cdef:
        readonly str name
        readonly object handler
        readonly dict arguments
        readonly bint apart


cdef class TermInfo:
    """A detector as a rule names it: a pattern (with its slot in the guard's scan), a call, or a finder of the language.
    `whole` is the call that tells whether the whole text is a finding; a custom detector has but one."""

    cdef:
        readonly str name
        readonly str kind
        int64_t slot                # -1: not in the scan
        int64_t pattern             # -1: there is a call or a finder
        int finder
        GivenText given             # what a leak is one of
        readonly CallInfo call
        readonly CallInfo whole


cdef class RuleInfo:
    """A rule, decoded: what its C twin `Rule` refers to when Python objects are needed."""

    cdef:
        readonly str name
        readonly str validator
        readonly str source
        readonly int test
        readonly int what
        readonly bint ignore_case
        readonly bint at_end        # a stream does not wait for it
        readonly bint low_open
        readonly bint high_open
        readonly object low
        readonly object high
        readonly tuple terms
        readonly tuple excepts
        readonly tuple strings
        readonly CallInfo call
        readonly tuple when
        readonly tuple needs
        readonly ActionInfo on_fail
        readonly ActionInfo on_error
        int64_t classifier          # -1: none
        size_t number               # in the plan
        readonly bint native        # all terms and excepts are patterns
        readonly tuple places       # of each term that of the first one with its name
        readonly tuple fillings     # of each term its fix, or None where it depends on the span

    @property
    def term_names(self):
        return [term.name for term in self.terms]

    @property
    def measure(self):
        if self.what == MEASURE_ITEMS:
            return "count"
        if self.what == MEASURE_COUNT:
            return f"count({', '.join(self.term_names)})"
        if self.what == MEASURE_SCORE:
            return self.validator
        if self.what == MEASURE_OVERLAP:
            return f"overlap({self.term_names[0]})"
        return self.call.name if self.call is not None else layout.MEASURES[self.what]

    @property
    def bounds(self):
        if self.low is None:
            return f"{'below' if self.high_open else 'at most'} {self.high}"
        if self.high is None:
            return f"{'above' if self.low_open else 'at least'} {self.low}"
        return f"{self.low}" if self.low == self.high else f"in {self.low}..{self.high}"


# What the loop needs of a rule, without Python objects.
ctypedef struct Rule:
    int test
    int what
    bint conditional
    bint native
    bint forbids            # a `no`
    bint quiet              # holds where nothing is found, whatever else is the case
    bint late               # of a value in a structure: cannot be judged before all of the structure is there, or only once
    bint reports            # it can do no more: its actions, also that of an error, are `noop`
    int strength            # of its on-fail action
    Py_ssize_t low
    Py_ssize_t high
    uint32_t slot_count
    uint32_t* slots         # slots of the detectors, for a quick "nothing found"
    const Classifier* classifier    # of the measure `score`, or what a service is given; else NULL


class BadAnswerError(Exception):
    """A handler raised, or gave what it must not. The message is the failure's `error`: it names the handler and what
    was raised, and quotes neither, for exceptions may hold parts of the text."""


cdef object call_handler(CallInfo call, str text, dict leaning=None):
    """What a custom validator says about a text; a service is also given what it leans on."""
    try:
        if leaning is not None:
            return call.handler(text, **leaning, **call.arguments)
        return call.handler(text, **call.arguments)
    except GuardcError as error:    # made to be shown: of a search, a judge, a service
        raise BadAnswerError(str(error)) from error
    except Exception as error:
        raise BadAnswerError(f"`{call.name}` raised {type(error).__name__}") from error


cdef class Judgement:
    """One text being judged, of which something was found or has to be asked.

    `run` lies on the stack of `judge`, which closes it.
    """

    cdef:
        Guard guard
        Verdict verdict         # None until something may fail
        object value            # what the measure gave that was judged last
        bint pending            # an answer is not there yet, so that there will be no verdict
        Run* run
        Text text
        str string
        Text seen               # what detectors and classifiers see: the text, or what `normal` has
        const Normal* normal    # NULL: nothing was normalized
        str shown               # `seen` for what runs apart, once it was asked for
        dict searched           # CallInfo of a search: its spans, or the error that it ended in
        Tables tables
        uint32_t* first         # findings of slot s: sorted[first[s] : first[s + 1]]; NULL if nothing was found
        Finding* sorted

    def __dealloc__(self):
        free(self.first)        # and `sorted`, which lies behind it


cdef inline Verdict verdict_of(Judgement judgement):
    if judgement.verdict is None:
        judgement.verdict = make_verdict(judgement.guard, judgement.string)
    return judgement.verdict


cdef int group_findings(Judgement judgement) except -1:
    """A counting sort by slot; within a slot findings stand in the order of the text already."""
    cdef const Run* run = judgement.run
    cdef size_t i, slots = run.scan.slot_count
    cdef size_t entries = (slots + 3) & ~<size_t>1      # a whole number of words
    cdef Finding* finding
    judgement.first = <uint32_t*>malloc(entries * sizeof(uint32_t) + run.found * sizeof(Finding))
    if judgement.first == NULL:
        raise MemoryError
    judgement.sorted = <Finding*>(judgement.first + entries)
    for i in range(slots + 2):
        judgement.first[i] = 0
    for i in range(run.found):
        judgement.first[run.findings[i].slot + 2] += 1
    for i in range(2, slots + 2):
        judgement.first[i] += judgement.first[i - 1]
    for i in range(run.found):
        finding = &run.findings[i]
        judgement.sorted[judgement.first[finding.slot + 1]] = finding[0]
        judgement.first[finding.slot + 1] += 1
    return 0


cdef inline size_t count_found(Judgement judgement, const Rule* rule) noexcept:
    """How many findings the rule's patterns have."""
    cdef size_t total = 0
    cdef uint32_t i
    if judgement.first == NULL:
        return 0
    for i in range(rule.slot_count):
        total += judgement.first[rule.slots[i] + 1] - judgement.first[rule.slots[i]]
    return total


cdef size_t count_term(Judgement judgement, TermInfo term) except? 0:
    """How many findings one detector has."""
    if term.pattern < 0:
        return len(own_spans(judgement, term, term.call))
    if judgement.first == NULL:
        return 0
    return judgement.first[term.slot + 1] - judgement.first[term.slot]


cdef int add_findings(Judgement judgement, TermInfo term, uint32_t number, Places* places) except -1:
    """Add what one detector, the rule's `number`th, finds."""
    cdef uint32_t i
    cdef Py_ssize_t start, end
    if term.pattern < 0:
        for first, last in own_spans(judgement, term, term.call):
            start, end = first, last
            if term.call is not None and term.call.apart and judgement.normal != NULL:
                map_back(judgement.normal, judgement.text.length, &start, &end)
            add_place(places, start, end, number)
    elif judgement.first != NULL:
        for i in range(judgement.first[term.slot], judgement.first[term.slot + 1]):
            add_place(places, judgement.sorted[i].start, judgement.sorted[i].end, number)
    return 0


cdef list own_spans(Judgement judgement, TermInfo term, CallInfo call):
    """What a detector finds that is no pattern."""
    if term.finder == FIND_LEAKS:
        return find_leaks(&judgement.text, &term.given)
    if term.finder == FIND_REPEATS:
        return find_repeats(&judgement.text)
    return call_spans(judgement, call)


cdef list call_spans(Judgement judgement, CallInfo call):
    """What a custom detector finds in the text, or a search in what detectors see. A search is made once in a text, however many rules name it: each one may take
    all of its time."""
    if not call.apart:
        try:
            return custom_spans(call, judgement.string)
        except PendingError:        # the rule's other detectors can be asked meanwhile
            judgement.pending = True
            return []
    if judgement.shown is None:
        judgement.shown = judgement.string if judgement.normal == NULL else string_of(&judgement.seen)
    if judgement.searched is None:
        judgement.searched = {}
    answer = judgement.searched.get(call)
    if answer is None:
        try:
            answer = custom_spans(call, judgement.shown)
        except BadAnswerError as error:
            answer = error
        except PendingError:
            judgement.pending = True
            answer = []
        judgement.searched[call] = answer
    if type(answer) is not list:
        raise answer
    return answer


cdef list custom_spans(CallInfo call, str text):
    cdef list spans = []
    cdef Py_ssize_t length = len(text)
    answer = call_handler(call, text)
    try:
        for start, end in answer:
            if type(start) is not int or type(end) is not int or not 0 <= start <= end <= length:
                raise ValueError
            spans.append((start, end))
    except (TypeError, ValueError):
        raise BadAnswerError(f"`{call.name}` must return pairs of offsets within the text") from None
    except Exception as error:      # a generator runs only now
        raise BadAnswerError(f"`{call.name}` raised {type(error).__name__}") from error
    spans.sort()
    return spans


cdef size_t add_unexcused(Judgement judgement, RuleInfo info, Places* places) except? 0:
    """Add, sorted, what the rule's detectors find and no `except` detector covers. Returns how many there are."""
    cdef size_t first = places.count, kept, i, k = 0
    cdef uint32_t number = 0
    cdef Py_ssize_t reach = -1
    cdef Places covers
    cdef TermInfo term
    for term in info.terms:
        add_findings(judgement, term, number, places)
        number += 1
    sort_places(&places.items[first], places.count - first)
    if not info.excepts:
        return places.count - first
    places_open(&covers)
    try:
        for term in info.excepts:
            add_findings(judgement, term, 0, &covers)
        sort_places(covers.items, covers.count)
        # Both are sorted by start: `reach` is the furthest end of the covers that start no later than the finding.
        kept = first
        for i in range(first, places.count):
            while k < covers.count and covers.items[k].start <= places.items[i].start:
                reach = max(reach, covers.items[k].end)
                k += 1
            if reach < places.items[i].end:
                places.items[kept] = places.items[i]
                kept += 1
        places.count = kept
    finally:
        places_close(&covers)
    return places.count - first


cdef bint is_whole(Judgement judgement, tuple terms) except -1:
    """Is the whole text a match of one of the detectors?"""
    cdef TermInfo term
    for term in terms:
        if term.pattern < 0:
            length = judgement.seen.length if term.whole is not None and term.whole.apart else judgement.text.length
            if (0, length) in own_spans(judgement, term, term.whole):
                return True
        elif full_any(
            judgement.run, &judgement.tables.patterns[term.pattern], judgement.tables, &judgement.seen
        ):
            return True
    return False


cdef bint predicate_holds(Judgement judgement, RuleInfo info) except -1:
    cdef str text = judgement.string
    if info.what == JSON:
        return read_whole(text).error is None
    if info.what == ONE_OF:
        if info.ignore_case:
            folded = text.casefold()
            return any([folded == choice.casefold() for choice in info.strings])
        return text in info.strings
    if info.what == LOWER_CASE:
        return text == text.lower()
    if info.what == UPPER_CASE:
        return text == text.upper()
    if info.what == STARTS_WITH:
        return text.startswith(info.strings[0])
    if info.what == ENDS_WITH:
        return text.endswith(info.strings[0])
    if info.what == CONTAINS:
        if info.ignore_case:
            return info.strings[0].casefold() in text.casefold()
        return info.strings[0] in text
    answer = call_handler(info.call, text)
    if answer is not True and answer is not False:
        raise BadAnswerError(f"`{info.call.name}` must return True or False")
    return answer


cdef bint within(RuleInfo info, object value) except -1:
    if info.low is not None and not (info.low < value if info.low_open else info.low <= value):
        return False
    if info.high is not None and not (value < info.high if info.high_open else value <= info.high):
        return False
    return True


cdef object stand_in(Judgement judgement, RuleInfo info):
    """What counts as the score of a service that does not answer: 1.0 if a detector finds something, else 0.0. None if one of
    them fails, so that nothing stands in."""
    cdef TermInfo term
    cdef size_t found = 0
    try:
        for term in info.terms:
            found += count_term(judgement, term)
    except BadAnswerError:
        return None
    return 1.0 if found else 0.0


cdef object custom_number(Judgement judgement, const Rule* rule, RuleInfo info):
    cdef dict leaning = None
    if rule.classifier != NULL or info.terms:
        leaning = {}
        if rule.classifier != NULL:
            leaning["first"] = score(rule.classifier, &judgement.seen)
        if info.terms:
            leaning["otherwise"] = stand_in(judgement, info)
    value = call_handler(info.call, judgement.string, leaning)
    # An int of more than 63 bits is no measure of anything, and may be too long to be shown.
    if not has_type(value, "number") or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise BadAnswerError(f"`{info.call.name}` must return a number")
    return value


cdef object fractional_value(Judgement judgement, RuleInfo info):
    """The value of a measure that has fractions; None if the text is no number."""
    if info.what == MEASURE_NUMBER:
        return plain_number(float(judgement.string)) if is_number(&judgement.text) else None
    if info.what == MEASURE_TIME:
        return seconds_of(measure_text(MEASURE_WORDS, &judgement.text))
    if info.what == MEASURE_GRADE:
        return reading_grade(&judgement.text)
    return overlap(&judgement.text, &(<TermInfo>info.terms[0]).given)


cdef bint rule_holds(Guard guard, Judgement judgement, size_t number, object metadata) except -1:
    """Does the rule hold? If not, `judgement.value` is what a measure gave, and what was found is added to the places of the
    verdict. Validators' exceptions pass through."""
    cdef const Rule* rule = &guard.rules[number]
    cdef Py_ssize_t amount = 0
    cdef RuleInfo info = guard.infos[number]
    cdef TermInfo term
    judgement.value = None
    if rule.conditional and not condition_holds(info.when, info.needs, guard.plan.fields, metadata):
        return True
    if rule.test == TEST_FIND:
        if rule.what == QUANTIFIER_IS:
            return is_whole(judgement, info.terms) and not is_whole(judgement, info.excepts)
        if rule.native and count_found(judgement, rule) == 0:
            return rule.what == QUANTIFIER_NO
        return (add_unexcused(judgement, info, &verdict_of(judgement).places) > 0) == (rule.what == QUANTIFIER_HAS)
    if rule.test == TEST_PREDICATE:
        return predicate_holds(judgement, info)
    if rule.what == MEASURE_CUSTOM:
        judgement.value = custom_number(judgement, rule, info)
        return within(info, judgement.value)
    if rule.what == MEASURE_SCORE:
        judgement.value = score(rule.classifier, &judgement.seen)
        return within(info, judgement.value)
    if rule.what >= MEASURE_NUMBER:
        judgement.value = fractional_value(judgement, info)
        return judgement.value is not None and within(info, judgement.value)
    if rule.what == MEASURE_COUNT:
        if rule.native:
            amount = count_found(judgement, rule)
        else:
            for term in info.terms:
                amount += count_term(judgement, term)
    else:
        amount = measure_text(rule.what, &judgement.text)
    if rule.low <= amount <= rule.high and (rule.native or within(info, amount)):
        return True
    judgement.value = amount
    return False


cdef Verdict judge(
    Guard guard, str text, object metadata, bint only_no=False, bint again=False, bint early=False
):
    """What the text fails, or None if every rule holds. With `only_no` no other rules are judged; with `early` those that
    are late are not. `again`: the text was fixed, and a rule that can but report is not judged, for nobody reports what it says.

    Raises `PendingError`, after all rules had their turn, if a handler's answer is not there yet.
    """
    cdef Run run
    cdef Judgement judgement
    cdef Verdict verdict = check_limit(guard, text)
    cdef const size_t* order
    cdef size_t k, count
    cdef Text view = text_of(text), seen = view
    cdef Normal normal
    cdef bint changed = False
    if verdict is not None:
        return verdict
    if run_open(&run, guard.scan, guard.plan.tables.most_positions) < 0:
        raise MemoryError
    normal.characters = NULL
    normal.starts = normal.ends = NULL
    normal.count = 0
    normal.alike = False
    try:
        # ASCII has nothing but escapes that could be changed.
        if guard.normalize and (guard.normalize & STEP_ESCAPES or not PyUnicode_IS_ASCII(text)):
            changed = normalize(&normal, guard.plan.tables, guard.normalize, &view)
            if changed:
                seen = normal.view
        if guard.scan != NULL:
            scan(&run, guard.plan.tables, &seen)
            if changed:
                for k in range(run.found):
                    map_back(&normal, view.length, &run.findings[k].start, &run.findings[k].end)
        # Where nothing was found, the rules hold that ask for nothing else.
        order, count = guard.order, guard.order_count
        if run.found == 0:
            order, count = guard.watchful, guard.watchful_count
            if count == 0:
                return None
        judgement = Judgement.__new__(Judgement)
        judgement.run = &run
        judgement.text = view
        judgement.seen = seen
        judgement.normal = &normal if changed else NULL
        judgement.string = text
        judgement.guard = guard
        judgement.tables = guard.plan.tables
        if run.found:
            group_findings(judgement)
        for k in range(count):
            if (
                (only_no and not guard.rules[order[k]].forbids)
                or (again and guard.rules[order[k]].reports)
                or (early and guard.rules[order[k]].late)
            ):
                continue
            if not guard.rules[order[k]].quiet or count_found(judgement, &guard.rules[order[k]]):
                judge_rule(guard, judgement, order[k], metadata)
        if judgement.pending:
            raise PendingError
    finally:
        run_close(&run)
        if normal.characters != NULL:
            normal_release(&normal)
    verdict = judgement.verdict
    if verdict is None or verdict.count == 0:
        return None
    verdict.only_no = only_no
    verdict.put_in_order()
    return verdict


cdef int judge_rule(Guard guard, Judgement judgement, size_t number, object metadata) except -1:
    """Add the rule's failure to the verdict, if it does not hold."""
    cdef size_t first = 0 if judgement.verdict is None else judgement.verdict.places.count
    cdef Verdict verdict
    try:
        if rule_holds(guard, judgement, number, metadata):
            if judgement.verdict is not None:
                judgement.verdict.places.count = first
            return 0
    except PendingError:
        judgement.pending = True
        return 0
    except Exception as error:
        verdict = verdict_of(judgement)
        verdict.places.count = first
        verdict.add(number, guard.rules[number].strength, first)
        verdict.set_error(verdict.count - 1, error)
        return 0
    verdict = verdict_of(judgement)
    verdict.add(number, guard.rules[number].strength, first)
    if judgement.value is not None:
        verdict.set_detail(number, judgement.value)
    return 0


cdef Verdict check_limit(Guard guard, str text):
    """The failure of the guard's `max`, or None."""
    cdef Text view = text_of(text)
    cdef Py_ssize_t amount = view.length
    cdef Verdict verdict
    if guard.limit_in_bytes:
        if amount * 4 <= guard.limit:       # no character takes more
            return None
        amount = measure_text(MEASURE_BYTES, &view)
    if amount <= guard.limit:
        return None
    verdict = make_verdict(guard, text)
    verdict.add(LIMIT, guard.limit_info.on_fail.strength, 0)
    verdict.set_detail(LIMIT, amount)
    return verdict
