# A guard as it is called: the way in.

from collections.abc import Mapping


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
        readonly bint streamed      # texts may be given piece by piece
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
        bint watched                # somebody counts its runs, or is told of them
        Counts counts               # None: nobody counts
        object observer             # called as `observer(guard, outcome, nanoseconds)`; or None

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
        self.limit_info = make_limit(self, "max", plan.actions[on_limit], limit, unit)
        self.limit_info.source = f"{plan.strings[limit_file]}:{limit_line}"
        read_hold(self, streamed, hold, on_hold, hold_file, hold_line)
        self.inner = inner
        if scan != ABSENT:
            read_scan(self, plan.sections.cold["SCAN"][scan])
        read_rules(self, first, count)
        read_order(self, first, count, order, order_count)
        if inner:
            self.pace = pace_of(self)
        if self.valued and not inner:
            raise _damaged("GARD", "a rule that is not about texts")
        if root != ABSENT:
            read_structure(self, inner or count, root, finders)

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
        cdef uint64_t began
        cdef Outcome outcome
        if timeout is not None:
            return self.validate_within(text, metadata, timeout)
        if not self.watched:
            return self._judge(text, metadata)
        began = begin_of_run()
        outcome = self._judge(text, metadata)
        after_run(self, outcome, began)
        return outcome

    cdef Outcome _judge(self, text, metadata):
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

    def measure(self):
        """Count runs from now on. Again: nothing."""
        start_clock()
        with cython.critical_section(self):
            if self.counts is None:
                self.counts = Counts(self)
                self.watched = True

    def observe(self, observer not None):
        """Call `observer(guard, outcome, nanoseconds)` after each run from now on, in place of the one before. What it raises,
        `validate` raises."""
        start_clock()
        with cython.critical_section(self):
            self.observer = observer
            self.watched = True

    @property
    def counted(self):
        """What was counted, as pairs of (ways to decide, rules); None if nobody counts. See `Counts`."""
        cdef Counts counts = self.counts
        return None if counts is None else (counts.read_ways(), counts.read_rules(self))

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


cdef int check_metadata(object metadata) except -1:
    if metadata is not None and not isinstance(metadata, dict) and not isinstance(metadata, Mapping):
        raise MetadataError(f"metadata must be a mapping, not `{type(metadata).__name__}`")
    return 0
