# Values that a program gives instead of a text: a copy of them as JSON has them.
#
# The copy is made of `dict`, `list`, `str`, `int`, `float`, `bool` and `None` alone, so that what walks over it need not look
# twice, and nothing of the caller's is ever changed. What JSON does not have is replaced by a `Foreign`, which is of no type.
# Whatever the value's own code raises is an answer about the value, not an error.

cdef enum:
    VALUE_DEPTH = 200           # objects and lists in each other, as in JSON that is read


@cython.final
cdef class Foreign:
    """Stands in a copied value where something was that JSON does not have. `what` says what, in words."""

    cdef readonly str what


class TooLargeError(Exception):
    """The value is larger than the guard's `max`."""


# The objects and lists that a value lies in: a value within itself has no end.
ctypedef struct Within:
    const Within* outer
    PyObject* holder
    int depth


cdef Foreign foreign(str what):
    cdef Foreign made = Foreign.__new__(Foreign)
    made.what = what
    return made


@cython.final
cdef class Taking:
    """How much of a value may still be taken: every value costs one, every text and key its length."""

    cdef:
        Py_ssize_t left
        bint in_bytes

    cdef int charge(self, str text) except -1:
        cdef Text view = text_of(text)
        return self.spend(measure_text(MEASURE_BYTES, &view) if self.in_bytes else view.length)

    cdef inline int spend(self, Py_ssize_t amount) except -1:
        self.left -= amount
        if self.left < 0:
            raise TooLargeError
        return 0


cdef object take(Taking taking, object value, const Within* outer):
    """The copy of a value."""
    cdef Within here
    kind = type(value)
    taking.spend(1)
    if kind is str:
        taking.charge(value)
        return value
    if kind is int or kind is bool or value is None:
        return value
    if kind is float:
        return value if value - value == 0 else foreign("a number that is not finite")
    if isinstance(value, str):
        value = PyUnicode_FromObject(value)
        taking.charge(value)
        return value
    if isinstance(value, int):
        return int.__add__(value, 0)
    if isinstance(value, float):
        return take(taking, float.__add__(value, -0.0), outer)
    here = Within(outer, <PyObject*>value, 1 if outer == NULL else outer.depth + 1)
    if here.depth > VALUE_DEPTH:
        return foreign(f"nested more than {VALUE_DEPTH} deep")
    while outer != NULL:
        if outer.holder == here.holder:
            return foreign("an object that is within itself")
        outer = outer.outer
    try:
        if kind is list or kind is tuple or isinstance(value, (list, tuple)):
            return take_items(taking, list(value), &here)
        if kind is dict:
            return take_members(taking, (<dict>value).copy(), &here)
        if isinstance(value, Mapping):
            return take_members(taking, dict(value.items()), &here)
        if hasattr(kind, "model_dump"):
            return take_members(taking, dict(value.model_dump()), &here)
        if hasattr(kind, "__dataclass_fields__"):
            fields = kind.__dataclass_fields__
            return take_members(taking, {name: getattr(value, name) for name in fields}, &here)
    except TooLargeError:
        raise
    except Exception as error:
        return foreign(f"an object whose code raised {type(error).__name__}")
    return foreign(f"a Python `{kind.__name__}`")


cdef object take_items(Taking taking, list items, const Within* here):
    """The list with every item taken, in place: it is a copy already."""
    cdef Py_ssize_t i
    for i in range(len(items)):
        items[i] = take(taking, items[i], here)
    return items


cdef object take_members(Taking taking, dict members, const Within* here):
    """The same for a dict."""
    cdef bint plain = True
    for name in members:
        if type(name) is not str:
            if not isinstance(name, str):
                return foreign("an object with a key that is not a string")
            plain = False
    if not plain:
        members = {PyUnicode_FromObject(name): item for name, item in members.items()}
    for name in members:        # no key is added or removed
        taking.charge(name)
        members[name] = take(taking, members[name], here)
    return members
