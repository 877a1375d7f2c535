# What a reader of JSON (RFC 8259) carries along: the cursor, the open objects and lists, why it stopped, what it mended.
#
# The reader is one loop (jsontext.pxi) over values, strings and numbers (jsonscalars.pxi). Where the grammar is broken, and only
# there, it asks jsonmend.pxi, which refuses unless the reader may mend. So one grammar stands for both, and text that is
# valid is never changed. jsonfind.pxi finds the JSON in an answer.

# Values are handled as bare pointers: most live for a few instructions between being made and being put into what holds them.
cdef extern from "Python.h":
    bint Py_UNICODE_ISALNUM(Py_UCS4) nogil
    void Py_INCREF(PyObject*) nogil
    void Py_DECREF(PyObject*)
    void Py_XDECREF(PyObject*)
    void Py_CLEAR(PyObject*)
    PyObject* new_string "PyUnicode_New"(Py_ssize_t size, uint32_t most) except NULL
    PyObject* string_from "PyUnicode_FromKindAndData"(int kind, const void* data, Py_ssize_t size) except NULL
    bint is_ascii "PyUnicode_IS_ASCII"(PyObject*)
    void PyUnicode_WRITE(int kind, void* data, Py_ssize_t at, uint32_t c) nogil
    PyObject* PyLong_FromLongLong(int64_t) except NULL
    PyObject* PyLong_FromString(const char*, char**, int) except NULL
    PyObject* PyFloat_FromDouble(double) except NULL
    double PyOS_string_to_double(const char*, char**, PyObject*) except? -1.0
    PyObject* PyDict_New() except NULL
    int PyDict_SetItem(PyObject*, PyObject*, PyObject*) except -1
    Py_ssize_t PyDict_Size(PyObject*) except -1
    PyObject* PyList_New(Py_ssize_t) except NULL
    int PyList_Append(PyObject*, PyObject*) except -1

cdef enum:
    JSON_DEPTH = 200            # open objects and lists
    JSON_DIGITS = 4300          # of one number; Python's own limit, for its time is quadratic in them

# Why a text is refused. From JSON_DEEP on it is JSON, but not JSON that is read: its parts are no answer either.
cdef enum JsonError:
    JSON_READ, JSON_EMPTY, JSON_VALUE, JSON_KEY, JSON_COLON, JSON_OBJECT_END, JSON_LIST_END, JSON_UNFINISHED, JSON_TRAILING,
    JSON_CONTROL, JSON_ESCAPE, JSON_NUMBER,
    JSON_DEEP, JSON_DUPLICATE, JSON_LONG, JSON_LARGE, JSON_CONSTANT, JSON_SURROGATE

cdef tuple JSON_ERRORS = (
    "", "no JSON in the text", "expected a value", "expected a key in double quotes", "expected `:`", "expected `,` or `}`",
    "expected `,` or `]`", "the text ends too early", "there is more text after the value",
    "a control character in a string", "an escape that JSON does not have", "a number that JSON does not have",
    f"nested more than {JSON_DEPTH} deep", "a key stands twice in one object", f"a number of more than {JSON_DIGITS:,} digits",
    "a number too large for a float", "`NaN` and `Infinity` are not JSON", "an escape of half a surrogate pair",
)

# What was mended.
cdef enum JsonMend:
    MEND_COMMENT, MEND_TRAILING_COMMA, MEND_MISSING_COMMA, MEND_SINGLE_QUOTES, MEND_SMART_QUOTES, MEND_UNQUOTED_KEY,
    MEND_PYTHON, MEND_CONTROL, MEND_CUT, MEND_DROPPED, MEND_OTHERS, MENDS

cdef tuple JSON_MENDS = (
    "comment removed", "trailing comma removed", "missing comma added", "single quotes replaced", "smart quotes replaced",
    "unquoted key quoted", "Python literal replaced", "control character in a string escaped",
    "cut-off end closed", "unfinished member dropped", "further JSON ignored",
)


ctypedef struct JsonFrame:
    PyObject* container         # owned: a dict, or a list
    PyObject* key               # owned: the member's name in a dict that waits for its value
    Py_ssize_t key_at
    Py_ssize_t count            # of members or items
    bint is_object


ctypedef struct Json:
    Text text
    bint ascii                  # all of the text is
    Py_ssize_t end              # what is read ends here; the text may go on
    Py_ssize_t at
    Py_ssize_t value_end        # behind the last value
    JsonError error
    bint mending
    bint begun                  # something that only JSON has was read: a member's name, an item
    int depth
    JsonFrame frames[JSON_DEPTH]
    Py_ssize_t mended[MENDS]    # how often
    Py_ssize_t mended_at[MENDS] # where first


cdef inline uint32_t json_peek(const Json* json, Py_ssize_t at) noexcept nogil:
    """The character at `at`; 0, which stands nowhere in JSON, at the end."""
    if at >= json.end:
        return 0
    if json.text.kind == PyUnicode_1BYTE_KIND:
        return (<const uint8_t*>json.text.data)[at]
    if json.text.kind == PyUnicode_2BYTE_KIND:
        return (<const uint16_t*>json.text.data)[at]
    return (<const uint32_t*>json.text.data)[at]


cdef inline bint is_json_space(uint32_t c) noexcept nogil:
    return c == 32 or c == 10 or c == 13 or c == 9


cdef void json_open(Json* json, str text, Py_ssize_t start, Py_ssize_t end, bint mending) noexcept:
    cdef int k
    json.text = Text(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text), PyUnicode_KIND(text))
    json.ascii = is_ascii(<PyObject*>text)
    json.at = json.value_end = start
    json.end = end
    json.error = JSON_READ
    json.mending = mending
    json.begun = False
    json.depth = 0
    if mending:
        for k in range(<int>MENDS):
            json.mended[k] = 0


cdef void json_close(Json* json) noexcept:
    """Give back what is still open."""
    cdef int k
    for k in range(json.depth):
        Py_XDECREF(json.frames[k].key)
        Py_DECREF(json.frames[k].container)
    json.depth = 0


cdef inline PyObject* refuse(Json* json, JsonError error, Py_ssize_t at) noexcept nogil:
    """NULL, without an exception."""
    json.error = error
    json.at = at
    return NULL


cdef inline void note(Json* json, JsonMend mend, Py_ssize_t at) noexcept nogil:
    if json.mended[<int>mend] == 0:
        json.mended_at[<int>mend] = at
    json.mended[<int>mend] += 1


cdef str json_path(const Json* json):
    """Where the reader is: `$.items[2].name`."""
    cdef int k
    cdef list steps = ["$"]
    for k in range(json.depth):
        if not json.frames[k].is_object:
            steps.append(f"[{json.frames[k].count}]")
        elif json.frames[k].key != NULL:
            steps.append(key_step(<str>json.frames[k].key))
    return "".join(steps)


cdef str key_step(str key):
    """A key as a path shows it: `.name`, else `["any key"]`, cut to its first characters."""
    shown = key if len(key) <= 60 else key[:60] + "..."
    if key.isascii() and key.isidentifier():
        return "." + shown
    shown = "".join([c if c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):X}}}" for c in shown])
    return f'["{shown}"]'
