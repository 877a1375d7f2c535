# Counting what guards say and how long it takes: what telemetry reads (docs/telemetry.md).
#
# Off until `Guard.measure`. Then a run costs two looks at a clock and a few additions; memory is fixed by the plan: a histogram for
# each way in which a guard decides, four numbers for each rule. A reader adds up what it finds and stops nobody, so of a run that
# is just being counted it may see a part.

from libc.math cimport pow as power

cdef extern from "counters.h" nogil:
    enum:
        BUCKETS
        BUCKET_BOUNDS
        SHARDS
    ctypedef struct TimeCounts:
        uint64_t nanoseconds
        uint64_t* buckets
    uint64_t* bucket_bounds
    uint8_t* first_buckets
    double nanoseconds_per_tick
    uint64_t run_began
    uint64_t ticks_now() noexcept
    uint64_t nanoseconds_since(uint64_t ticks) noexcept
    void choose_clock() noexcept
    void count_time(TimeCounts* counts, uint64_t nanoseconds) noexcept
    void COUNT(uint64_t* counter, uint64_t more) noexcept
    uint64_t COUNTED(const uint64_t* counter) noexcept
    unsigned shard_of_thread() noexcept

cdef enum:
    FIRST_BOUND = -92               # the exponent of the first bucket's end: 2 ** (-92 / 4) seconds
    WAYS = 18                       # to decide: nothing or one of eight actions, not passed or passed

# What is counted of a rule.
ctypedef struct RuleCounts:
    uint64_t failed
    uint64_t errors                 # it could not be judged
    uint64_t findings
    uint64_t unresolved             # the fixed text failed it


cdef tuple ACTION_NAMES = tuple(layout.ACTIONS)
cdef object CLOCK_LOCK = object()


cdef int make_buckets() except -1:
    cdef size_t i, k = 0
    for i in range(BUCKET_BOUNDS):
        bucket_bounds[i] = <uint64_t>(power(2.0, (FIRST_BOUND + <int>i) / 4.0) * 1e9)
    for i in range(64):
        while k < BUCKET_BOUNDS and bucket_bounds[k] < <uint64_t>1 << i:
            k += 1
        first_buckets[i] = k
    return 0


make_buckets()


cdef int start_clock() except -1:
    with cython.critical_section(CLOCK_LOCK):
        if nanoseconds_per_tick == 0:
            choose_clock()
    return 0


def bucket_ends():
    """Where the buckets of a histogram end, in seconds; there is one more bucket than ends."""
    return tuple([power(2.0, (FIRST_BOUND + i) / 4.0) for i in range(BUCKET_BOUNDS)])


def ticks():
    """Now, for `runs_since`; 0 as long as nothing is measured."""
    return ticks_now() if nanoseconds_per_tick else 0


def runs_since(uint64_t began):
    """What this thread judges next began then; 0: when it begins."""
    global run_began
    run_began = began


cdef inline uint64_t begin_of_run() noexcept:
    return run_began if run_began else ticks_now()


cdef tuple read_times(const TimeCounts* counts, size_t step, size_t shards):
    """The sum, in nanoseconds, and the number in each bucket; `step` bytes lie between the counts of one shard and the next."""
    cdef const TimeCounts* each
    cdef uint64_t total = 0
    cdef uint64_t found[BUCKETS]
    cdef size_t shard, i
    for i in range(BUCKETS):
        found[i] = 0
    for shard in range(shards):
        each = <const TimeCounts*>(<const char*>counts + shard * step)
        total += COUNTED(&each.nanoseconds)
        for i in range(BUCKETS):
            found[i] += COUNTED(&each.buckets[i])
    return total, tuple([found[i] for i in range(BUCKETS)])


@cython.final
cdef class Times:
    """A histogram of seconds, for what is not judged here: validators of a service, calls of models. Threads may share it."""

    cdef TimeCounts counts[SHARDS]

    def add(self, double seconds):
        """Count one time. What is below 0 is 0."""
        cdef double nanoseconds = seconds * 1e9
        count_time(
            &self.counts[shard_of_thread()],
            0 if not nanoseconds > 0 else <uint64_t>nanoseconds if nanoseconds < 1e18 else <uint64_t>1000000000000000000,
        )

    def read(self):
        """The sum in nanoseconds, and how many are in each bucket."""
        return read_times(self.counts, sizeof(TimeCounts), SHARDS)


@cython.final
cdef class Counts:
    """The counters of one guard: for each shard the `WAYS`, then the rules.

    A guard on texts has its own rules, then its `max` and its `hold`. One on values may have all of the plan, by their numbers
    there, then those who answer for shapes.
    """

    cdef:
        char* memory
        size_t step                 # bytes of a shard
        size_t rule_count
        size_t owner_count
        size_t first                # number in the plan of the first of its rules

    def __cinit__(self, Guard guard):
        cold = guard.plan.sections.cold
        if guard.root is None:
            self.rule_count = guard.rule_count
            self.first = 0 if guard.rule_count == 0 else (<RuleInfo>guard.infos[0]).number
        else:
            self.rule_count = len(cold["RULE"])
            self.owner_count = len(cold["OWNR"])
        self.step = WAYS * sizeof(TimeCounts) + (self.rule_count + self.owner_count + 2) * sizeof(RuleCounts)
        self.step = (self.step + 127) & ~<size_t>127        # no cache line belongs to two shards
        self.memory = <char*>PyMem_Calloc(SHARDS, self.step)
        if self.memory == NULL:
            raise MemoryError

    def __dealloc__(self):
        PyMem_Free(self.memory)

    cdef inline TimeCounts* ways(self) noexcept:
        return <TimeCounts*>(self.memory + shard_of_thread() * self.step)

    cdef inline RuleCounts* rules(self, size_t shard) noexcept:
        return <RuleCounts*>(self.memory + shard * self.step + WAYS * sizeof(TimeCounts))

    cdef int count_outcome(self, Outcome outcome) except -1:
        """Count what failed."""
        cdef RuleCounts* rules = self.rules(shard_of_thread())
        if outcome.parts is not None:
            for part in outcome.parts:
                self.count_outcome(part)
        if outcome.judged is not None:
            self.count_verdict(rules, outcome.judged, False)
        if outcome.judged_again is not None:
            self.count_verdict(rules, outcome.judged_again, True)
        if outcome.misfits is not None:
            self.count_misfits(rules, outcome.misfits, False)
        if outcome.misfits_again is not None:
            self.count_misfits(rules, outcome.misfits_again, True)
        return 0

    cdef int count_misfits(self, RuleCounts* rules, list misfits, bint again) except -1:
        cdef Misfit misfit
        cdef RuleCounts* counts
        for misfit in misfits:
            if misfit.verdict is not None:
                self.count_verdict(rules, misfit.verdict, again)
                continue
            counts = &rules[self.rule_count + (<Owner>misfit.node.owner).number]
            COUNT(&counts.unresolved if again else &counts.failed, 1)
        return 0

    cdef int count_verdict(self, RuleCounts* rules, Verdict verdict, bint again) except -1:
        cdef const Failed* failed
        cdef RuleCounts* counts
        cdef size_t i
        for i in range(verdict.count):
            failed = &verdict.failed[i]
            if failed.number >= HOLD:
                counts = &rules[self.rule_count + self.owner_count + (failed.number == HOLD)]
            else:
                counts = &rules[verdict.info(failed).number - self.first]
            if again:
                COUNT(&counts.unresolved, 1)
                continue
            COUNT(&counts.errors if failed.broken else &counts.failed, 1)
            if failed.count:
                COUNT(&counts.findings, failed.count)
        return 0

    cdef RuleCounts read_rule(self, size_t number) noexcept:
        cdef RuleCounts total = RuleCounts(0, 0, 0, 0)
        cdef const RuleCounts* counts
        cdef size_t shard
        for shard in range(SHARDS):
            counts = &self.rules(shard)[number]
            total.failed += COUNTED(&counts.failed)
            total.errors += COUNTED(&counts.errors)
            total.findings += COUNTED(&counts.findings)
            total.unresolved += COUNTED(&counts.unresolved)
        return total

    cdef list read_ways(self):
        """Each way that was taken: (action or None, passed, nanoseconds, buckets)."""
        cdef const TimeCounts* ways = <const TimeCounts*>self.memory
        cdef list found = []
        cdef size_t way
        for way in range(WAYS):
            total, buckets = read_times(&ways[way], self.step, SHARDS)
            if any(buckets):
                found.append((ACTION_NAMES[way // 2 - 1] if way > 1 else None, way % 2 == 1, total, buckets))
        return found

    cdef list read_rules(self, Guard guard):
        """Each rule: (name, validator, source, action, its failures, action on error, its errors, findings, unresolved). Of a
        guard on values only those that failed."""
        cdef list found = []
        cdef RuleCounts counts
        cdef RuleInfo info
        cdef Owner owner
        cdef size_t i
        cold, strings = guard.plan.sections.cold, guard.plan.strings
        for i in range(self.rule_count):
            counts = self.read_rule(i)
            if guard.root is not None and not counts.failed | counts.errors | counts.unresolved:
                continue
            record = cold["RULE"][self.first + i]
            source = f"{strings[record[2]]}:{record[3]}"
            on_fail, on_error = guard.plan.actions[record[20]].name, guard.plan.actions[record[21]].name
            found.append((strings[record[0]], strings[record[1]], source, on_fail, counts.failed, on_error, counts.errors,
                          counts.findings, counts.unresolved))
        for i in range(self.owner_count):
            counts = self.read_rule(self.rule_count + i)
            if counts.failed | counts.unresolved:
                owner = guard.plan.owners[i]
                found.append((owner.name, "shape", owner.source, owner.on_fail.name, counts.failed, None, 0, 0,
                              counts.unresolved))
        for i, info in enumerate((guard.limit_info, guard.hold_info)):
            if info is not None:
                counts = self.read_rule(self.rule_count + self.owner_count + i)
                found.append((info.name, info.validator, info.source, info.on_fail.name, counts.failed, None, 0, 0, 0))
        return found


cdef int way_of(Outcome outcome) except -1:
    """How it was decided: twice the strength of the action and 2 more, or 0; and 1 more if it passed."""
    cdef int strength
    if outcome.action is None:
        return outcome.passed
    for strength in range(len(ACTION_NAMES)):
        if ACTION_NAMES[strength] is outcome.action:
            break
    else:
        strength = ACTION_NAMES.index(outcome.action)
    return 2 * strength + 2 + outcome.passed


cdef int after_run(Guard guard, Outcome outcome, uint64_t began) except -1:
    """Count a run, and tell who wants to know."""
    cdef uint64_t nanoseconds = nanoseconds_since(began)
    if guard.counts is not None:
        count_time(&guard.counts.ways()[way_of(outcome)], nanoseconds)
        if outcome.action is not None:
            guard.counts.count_outcome(outcome)
    if guard.observer is not None:
        guard.observer(guard, outcome, nanoseconds)
    return 0


def found_texts(Failure failure not None):
    """What stands at each of a failure's spans. For whoever must recognize it without keeping it."""
    if failure.verdict is None or failure.verdict.text is None:
        return ()
    return tuple([failure.verdict.text[start:end] for start, end, _ in failure.spans])
