# Plan: what its guards share, from decoded sections.

cdef object ABSENT = layout.NONE     # as a Python number: decoded records hold those
cdef object INNER = -3               # place of `inner` in a record of GARD, from its end


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
        self.owners = tuple([self._owner(number, record) for number, record in enumerate(cold["OWNR"])])
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

    cdef Owner _owner(self, size_t number, tuple record):
        cdef Owner owner = Owner.__new__(Owner)
        name, file, line, on_fail = record
        owner.number = number
        owner.name = self.strings[name]
        owner.source = f"{self.strings[file]}:{line}"
        owner.on_fail = self.actions[on_fail]
        return owner

    cdef tuple _path(self, tuple record):
        start, count, type_number = record
        steps = self.sections.cold["STEP"][start : start + count]
        return tuple([index if key == ABSENT else self.strings[key] for key, index in steps]), layout.TYPES[type_number]
