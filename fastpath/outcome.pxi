# What a run returns. The classes are plain containers; who fills them is verdict.pxi and fixes.pxi.

from typing import NamedTuple


class Span(NamedTuple):
    """A finding: characters `start` to `end` (half-open) of the judged text, and the detector that found it."""

    start: int
    end: int
    detector: str


class Reask(NamedTuple):
    """What to ask again. Deterministic.

    Attributes:
        messages: the failed rules' messages, in written order; of a structured value each with its path in front.
        instructions: all of it in one text that can follow the answer in a conversation.
        paths: of a structured value: the values that are asked again. `("$",)`: all of it.
        schema: then the JSON Schema (draft 2020-12) of the answer that `merge` takes: an object of these paths; if the path is
            `$`, the whole value.
        value: then the rest, fixed. What is asked again is not in it; an item of a list is None.
        places: the paths as tuples of keys and indexes.
    """

    messages: tuple
    instructions: str
    paths: tuple = ()
    schema: object = None
    value: object = None
    places: tuple = ()

    def merge(self, answer):
        """The value with an answer in it, to be judged.

        Args:
            answer: what the instructions ask for, as a text or as an object: paths and their values. If the path is `$`, the
                whole value. Paths that were not asked for, and an answer of another kind, are ignored.
        """
        return merged(self.value, self.paths, self.places, answer)


@cython.final
cdef class Failure:
    """One rule that did not hold.

    Attributes:
        rule: the rule's label, or its test as a sentence.
        validator: the detectors, measure or predicate, e.g. `no` or `words`.
        action: the on-fail action that applies to this failure.
        message: the author's message, or one that says what was found or measured. Never contains the judged text.
        path: where in a structured value, e.g. `$.items[2].name`; `$` is the whole. A path shows keys of the value.
        spans: what was found, in order, in the text or in the text at `path`; empty unless the test is `no`.
        value: the number a measure gave, else None.
        error: None, or what went wrong inside the validator or condition.
        cause: the exception behind `error`, if there is one.
        source: file and line of the rule, e.g. `support.guard:21`.
    """

    cdef:
        readonly str rule
        readonly str validator
        readonly str action
        readonly str path
        readonly str source
        readonly tuple spans
        readonly object value
        readonly str error
        readonly object cause
        object to               # of a value of the wrong shape: what it becomes
        str given               # the author's message, or that of a shape
        Verdict verdict
        RuleInfo info

    def __init__(self):
        raise TypeError("failures are made by guards")

    @property
    def message(self):
        if self.error is not None:
            return self.given if self.given is not None else self.error
        return self.given if self.given is not None else default_message(self)

    @property
    def fix(self):
        """The text, or number, as this failure's fix alone would leave it; None if its action fixes nothing."""
        if self.error is not None or self.action not in ("fix", "fix_reask"):
            return None
        return self.to if self.info is None else fix_alone(self.verdict, self.info)

    def __reduce__(self):
        raise TypeError("a failure refers to its plan and cannot be pickled")

    def __repr__(self):
        found = f" at {', '.join(f'{s}-{e}' for s, e, _ in self.spans)}" if self.spans else ""
        return f"<Failure {self.rule!r}: {self.message}{found}; {self.action}>"


@cython.final
@cython.freelist(16)
cdef class Outcome:
    """What a guard says about one text, or about a list of chat messages.

    Attributes:
        passed: True only if `output` satisfies every rule whose action is not `noop`.
        output: the text, messages or value that may be used: as given, fixed, empty after `refrain`, or None. A value is a copy.
        failures: every rule that did not hold, in written order; of messages, text by text.
        unresolved: what the fixed text failed; empty unless a fix was tried and did not hold.
        action: name of the action that decided; None if nothing failed.
        guard: name of the guard.
        structured: the guard is `as json`: `output` is a value, and failures have paths into it.
    """

    cdef:
        readonly bint passed
        readonly bint structured
        readonly object output
        readonly str action
        readonly str guard
        bint asks
        tuple parts                 # the outcomes of the texts in a list of messages, or None
        Verdict judged              # None if nothing failed
        Verdict judged_again        # what the fixed text failed, or None
        list misfits                # of a structured value: what it failed
        list misfits_again          # and what the fixed one failed
        object asked                # and what is asked again
        tuple made                  # the failures of each as objects, once somebody asked for them
        tuple made_again

    def __init__(self):
        raise TypeError("outcomes are made by guards")

    @property
    def failures(self):
        cdef tuple made
        if self.parts is not None:
            return tuple([failure for part in self.parts for failure in part.failures])
        if self.judged is None and self.misfits is None:
            return ()
        with cython.critical_section(self):
            if self.made is None:
                made = self.judged.failures() if self.misfits is None else failures_of(self.misfits)
                if self.made is None:       # another thread may have come first
                    self.made = made
            return self.made

    @property
    def unresolved(self):
        cdef tuple made
        if self.parts is not None:
            return tuple([failure for part in self.parts for failure in part.unresolved])
        if self.judged_again is None and self.misfits_again is None:
            return ()
        with cython.critical_section(self):
            if self.made_again is None:
                made = self.judged_again.failures() if self.misfits_again is None else failures_of(self.misfits_again)
                if self.made_again is None:
                    self.made_again = made
            return self.made_again

    @property
    def error(self):
        """A `ValidationError` if a failure's action is `exception` and it decided; else None."""
        if self.action != "exception":
            return None
        stopped = tuple([failure for failure in self.failures if failure.action == "exception"])
        return ValidationError("; ".join([failure.message for failure in stopped]), stopped)

    @property
    def reask(self):
        """A `Reask` if the answer should be asked again; else None."""
        if not self.asks:
            return self.asked
        source = self.unresolved or self.failures
        messages = tuple(dict.fromkeys([failure.message for failure in source if failure.action != "noop"]))
        lines = "\n".join([f"- {message}" for message in messages])
        return Reask(messages, f"The answer does not meet these requirements:\n{lines}\nAnswer again and meet all of them.")

    def unwrap(self):
        """The output of an outcome that passed.

        Raises:
            ValidationError: it did not pass.
        """
        if self.passed:
            return self.output
        error = self.error
        if error is None:
            failures = self.unresolved or self.failures
            error = ValidationError("; ".join([failure.message for failure in failures if failure.action != "noop"]), failures)
        raise error

    def parse(self, model):
        """The output of an outcome that passed, as `model.model_validate` makes it: an object of a pydantic model.

        Raises:
            ValidationError: it did not pass.
            pydantic.ValidationError: the model asks for more than the shape.
        """
        return model.model_validate(self.unwrap())

    def __reduce__(self):
        raise TypeError("an outcome refers to its plan and cannot be pickled")

    def __repr__(self):
        verdict = "passed" if self.passed else "not passed"
        return f"<Outcome of {self.guard!r}: {verdict}, action={self.action}, failures={len(self.failures)}>"


cdef Outcome make_outcome(Guard guard, bint passed, object output, str action, Verdict judged, Verdict judged_again, bint asks):
    cdef Outcome outcome = Outcome.__new__(Outcome)
    outcome.passed = passed
    outcome.output = output
    outcome.action = action
    outcome.guard = guard.name
    outcome.structured = guard.root is not None
    outcome.judged = judged
    outcome.judged_again = judged_again
    outcome.asks = asks
    return outcome


cdef str default_message(Failure failure):
    """What a failure says when the author wrote no message. Names and numbers only, never the judged text."""
    cdef RuleInfo info = failure.info
    if info is None:            # made by `Failure.__new__`, behind the guard's back
        raise TypeError("failures are made by guards")
    if info.test == TEST_FIND:
        names = " or ".join(info.term_names)
        if info.what == QUANTIFIER_NO:
            found = dict.fromkeys([detector for _, _, detector in failure.spans])
            return f"found {', '.join(found)}"
        return f"no {names} found" if info.what == QUANTIFIER_HAS else f"the text is not {names}"
    if info.test == TEST_MEASURE and (info.what == MEASURE_NUMBER or failure.value is None):
        # What `number` measures is the judged text itself, which may be a card number, and of any length.
        return f"{info.measure} must be {info.bounds}"
    if info.test == TEST_MEASURE:
        return f"{info.measure} is {failure.value}, must be {info.bounds}"
    return f"the text does not meet: {info.name}"
