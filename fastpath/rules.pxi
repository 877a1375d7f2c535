# Judging a text: the loop over the rules.
#
# `judge` returns the failures, in written order. Nothing is allocated and no Python code runs for a rule that holds, unless it
# is a custom validator or a condition.

cdef enum:
    TEST_FIND, TEST_MEASURE, TEST_PREDICATE

cdef enum:
    QUANTIFIER_NO, QUANTIFIER_HAS, QUANTIFIER_IS

cdef enum:
    ONE_OF, JSON, LOWER_CASE, UPPER_CASE, STARTS_WITH, ENDS_WITH, CUSTOM_PREDICATE

cdef enum:
    NOOP, CUSTOM, FIX, FIX_REASK, REASK, FILTER, REFRAIN, EXCEPTION


cdef class ActionInfo:
    """An on-fail action, decoded."""

    cdef:
        readonly str name
        readonly int strength
        readonly str message
        readonly tuple template     # pieces (kind, text), or None
        readonly str to
        readonly CallInfo call


cdef class CallInfo:
    """A handler with the arguments of one use, or a search that runs apart with what it is asked."""

    cdef:
        readonly str name
        readonly object handler
        readonly dict arguments
        readonly bint apart


cdef class TermInfo:
    """A detector as a rule names it: a pattern (with its slot in the guard's scan), or a call. `whole` is the call that tells
    whether the whole text is a finding; a custom detector has but one."""

    cdef:
        readonly str name
        readonly str kind
        int64_t slot                # -1: not in the scan
        int64_t pattern             # -1: there is a call
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
        readonly bint native        # no call among terms and excepts

    @property
    def term_names(self):
        return [term.name for term in self.terms]

    @property
    def measure(self):
        if self.what == MEASURE_COUNT:
            return f"count({', '.join(self.term_names)})"
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
    Py_ssize_t low
    Py_ssize_t high
    uint32_t slot_count
    uint32_t* slots         # slots of the detectors, for a quick "nothing found"


class BadAnswerError(Exception):
    """A handler raised, or gave what it must not. The message is the failure's `error`: it names the handler and what
    was raised, and quotes neither, for exceptions may hold parts of the text."""


cdef object call_handler(CallInfo call, str text):
    """What a custom validator says about a text."""
    try:
        return call.handler(text, **call.arguments)
    except SearchError as error:    # made to be shown
        raise BadAnswerError(str(error)) from error
    except Exception as error:
        raise BadAnswerError(f"`{call.name}` raised {type(error).__name__}") from error


cdef class Judgement:
    """One text being judged: the run of the scan and what was found, grouped by slot."""

    cdef:
        Run run
        Text text
        str string
        bint opened
        dict searched           # CallInfo of a search: its spans, or the error that it ended in
        Tables tables
        uint32_t* first         # findings of slot s: sorted[first[s] : first[s + 1]]
        Finding* sorted

    def __dealloc__(self):
        if self.opened:
            run_close(&self.run)
        free(self.first)
        free(self.sorted)


cdef Judgement begin(Guard guard, str string):
    cdef Judgement judgement = Judgement.__new__(Judgement)
    judgement.string = string
    judgement.text = text_of(string)
    judgement.tables = guard.plan.tables
    judgement.opened = True
    if run_open(&judgement.run, guard.scan, judgement.tables.most_positions) < 0:
        raise MemoryError
    if guard.scan != NULL:
        scan(&judgement.run, judgement.tables, &judgement.text)
        if judgement.run.found:
            group_findings(judgement)
    return judgement


cdef int group_findings(Judgement judgement) except -1:
    """A counting sort by slot; within a slot findings stand in the order of the text already."""
    cdef size_t i, slots = judgement.run.scan.slot_count
    cdef Finding* finding
    judgement.first = <uint32_t*>malloc((slots + 2) * sizeof(uint32_t))
    judgement.sorted = <Finding*>malloc(judgement.run.found * sizeof(Finding))
    if judgement.first == NULL or judgement.sorted == NULL:
        raise MemoryError
    for i in range(slots + 2):
        judgement.first[i] = 0
    for i in range(judgement.run.found):
        judgement.first[judgement.run.findings[i].slot + 2] += 1
    for i in range(2, slots + 2):
        judgement.first[i] += judgement.first[i - 1]
    for i in range(judgement.run.found):
        finding = &judgement.run.findings[i]
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


cdef list term_spans(Judgement judgement, TermInfo term):
    """The findings of one detector as (start, end), in the order of the text."""
    cdef uint32_t i
    if term.call is not None:
        return call_spans(judgement, term.call)
    if judgement.first == NULL:
        return []
    return [
        (judgement.sorted[i].start, judgement.sorted[i].end)
        for i in range(judgement.first[term.slot], judgement.first[term.slot + 1])
    ]


cdef list call_spans(Judgement judgement, CallInfo call):
    """What a custom detector or a search finds. A search is made once in a text, however many rules name it: each one may take
    all of its time."""
    if not call.apart:
        return custom_spans(call, judgement.string)
    if judgement.searched is None:
        judgement.searched = {}
    answer = judgement.searched.get(call)
    if answer is None:
        try:
            answer = custom_spans(call, judgement.string)
        except BadAnswerError as error:
            answer = error
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


cdef list unexcused(Judgement judgement, RuleInfo info):
    """What the rule's detectors find and no `except` detector covers, as sorted (start, -end, order, name)."""
    cdef list found = []
    cdef list covers = []
    cdef Py_ssize_t k, order = 0, reach
    cdef TermInfo term
    for term in info.terms:
        for start, end in term_spans(judgement, term):
            found.append((start, -end, order, term.name))
        order += 1
    found.sort()
    for term in info.excepts:
        covers.extend(term_spans(judgement, term))
    if not covers or not found:
        return found
    covers.sort()
    # Both lists are sorted by start: `reach` is the furthest end of the covers that start no later than the finding.
    kept = []
    k = 0
    reach = -1
    for entry in found:
        while k < len(covers) and covers[k][0] <= entry[0]:
            reach = max(reach, <Py_ssize_t>covers[k][1])
            k += 1
        if reach < -entry[1]:
            kept.append(entry)
    return kept


cdef bint is_whole(Judgement judgement, tuple terms) except -1:
    """Is the whole text a match of one of the detectors?"""
    cdef TermInfo term
    for term in terms:
        if term.call is not None:
            if (0, judgement.text.length) in call_spans(judgement, term.whole):
                return True
        elif full_any(
            &judgement.run, &judgement.tables.patterns[term.pattern], judgement.tables, &judgement.text
        ):
            return True
    return False


cdef bint predicate_holds(Judgement judgement, RuleInfo info) except -1:
    cdef str text = judgement.string
    if info.what == JSON:
        return is_json(&judgement.text)
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


cdef object custom_number(RuleInfo info, str text):
    value = call_handler(info.call, text)
    # An int of more than 63 bits is no measure of anything, and may be too long to be shown.
    if not has_type(value, "number") or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise BadAnswerError(f"`{info.call.name}` must return a number")
    return value


cdef Failure make_failure(RuleInfo info, ActionInfo action, str text, size_t number):
    cdef Failure failure = Failure.__new__(Failure)
    failure.rule = info.name
    failure.validator = info.validator
    failure.action = action.name
    failure.strength = action.strength
    failure.given = action.message
    failure.path = "$"
    failure.source = info.source
    failure.spans = ()
    failure.text = text
    failure.info = info
    failure.number = number
    return failure


cdef Failure judge_rule(Guard guard, Judgement judgement, size_t number, object metadata):
    """The rule's failure, or None if it holds. Validators' exceptions pass through."""
    cdef const Rule* rule = &guard.rules[number]
    cdef Py_ssize_t amount = 0
    cdef RuleInfo info
    cdef object value = None
    cdef list found = None
    cdef Failure failure
    if rule.conditional:
        info = guard.infos[number]
        if not condition_holds(info.when, info.needs, guard.plan.fields, metadata):
            return None
    if rule.test == TEST_FIND:
        if rule.what == QUANTIFIER_NO and rule.native and count_found(judgement, rule) == 0:
            return None
        info = guard.infos[number]
        if rule.what == QUANTIFIER_IS:
            if is_whole(judgement, info.terms) and not is_whole(judgement, info.excepts):
                return None
        else:
            found = unexcused(judgement, info)
            if bool(found) == (rule.what == QUANTIFIER_HAS):
                return None
    elif rule.test == TEST_MEASURE:
        if rule.what == MEASURE_CUSTOM or (rule.what == MEASURE_COUNT and not rule.native):
            info = guard.infos[number]
            if rule.what == MEASURE_CUSTOM:
                value = custom_number(info, judgement.string)
            else:
                value = sum([len(term_spans(judgement, term)) for term in info.terms])
            if within(info, value):
                return None
        else:
            if rule.what == MEASURE_COUNT:
                amount = count_found(judgement, rule)
            else:
                amount = measure_text(rule.what, &judgement.text)
            if rule.low <= amount <= rule.high:
                return None
            value = amount
    elif predicate_holds(judgement, guard.infos[number]):
        return None
    info = guard.infos[number]
    failure = make_failure(info, info.on_fail, judgement.string, number)
    failure.value = value
    if found:
        failure.spans = tuple([Span(start, -end, name) for start, end, _, name in found])
    return failure


cdef Failure make_error(RuleInfo info, str text, size_t number, object error):
    """The failure of a rule that could not be judged."""
    cdef Failure failure = make_failure(info, info.on_error, text, number)
    if isinstance(error, (ConditionError, BadAnswerError)):
        failure.error = str(error)
        failure.cause = error.__cause__
    else:
        failure.error = f"judging the rule raised {type(error).__name__}"
        failure.cause = error
    return failure


cdef list judge(Guard guard, str text, object metadata):
    """All failures in written order, or None if every rule holds."""
    cdef list failures = None
    cdef size_t k, number
    cdef Judgement judgement
    cdef Failure failure
    failure = check_limit(guard, text)
    if failure is not None:
        return [failure]
    judgement = begin(guard, text)
    for k in range(guard.rule_count):
        number = guard.order[k]
        try:
            failure = judge_rule(guard, judgement, number, metadata)
        except Exception as error:
            failure = make_error(guard.infos[number], text, number, error)
        if failure is not None:
            if failures is None:
                failures = []
            failures.append(failure)
    if failures is not None and len(failures) > 1:
        failures.sort(key=written_order)
    return failures


def written_order(Failure failure):
    return failure.number


cdef Failure check_limit(Guard guard, str text):
    """The failure of the guard's `max`, or None."""
    cdef Text view = text_of(text)
    cdef Py_ssize_t amount = view.length
    cdef Failure failure
    if guard.limit_in_bytes:
        if amount * 4 <= guard.limit:       # no character takes more
            return None
        amount = measure_text(MEASURE_BYTES, &view)
    if amount <= guard.limit:
        return None
    failure = make_failure(guard.limit_info, guard.limit_info.on_fail, text, 0)
    failure.value = amount
    return failure
