# The JSON in a model's answer: the whole text, else a fenced block, else an object or list in prose.
#
# Every step goes forward only: what one reading passed over is not read again from its middle, which keeps it linear and keeps
# a part of a broken value from being taken for the answer.

@cython.final
cdef class JsonReading:
    """What was read of a text, or why nothing was.

    `error` is None if a value was read. Then `value` is it, `start` and `end` say where in the text it stands, and `repairs` what
    was mended: triples of what, the offset where first, and how often. Otherwise `error` says why not, `offset` where in the
    text, and `path` where in the value. Neither holds text, but for the keys in the path.
    """

    cdef:
        readonly object value
        readonly str error
        readonly Py_ssize_t offset
        readonly str path
        readonly Py_ssize_t start
        readonly Py_ssize_t end
        readonly tuple repairs
        JsonError reason
        bint begun              # what was refused is JSON at least at its begin
        Py_ssize_t resume       # behind what was refused

    def __repr__(self):
        if self.error is not None:
            return f"<JsonReading {self.error} at {self.offset}>"
        return f"<JsonReading of {self.start}:{self.end}, {len(self.repairs)} kinds of repairs>"


cdef JsonReading new_reading(Py_ssize_t start, Py_ssize_t end):
    cdef JsonReading reading = JsonReading.__new__(JsonReading)
    reading.start = start
    reading.end = end
    reading.path = "$"
    reading.repairs = ()
    return reading


cdef JsonReading refused(JsonReading reading, JsonError reason, Py_ssize_t offset):
    reading.value = None
    reading.reason = reason
    reading.error = JSON_ERRORS[<int>reason]
    reading.offset = offset
    return reading


cdef JsonReading read_at(str text, Py_ssize_t start, Py_ssize_t end, bint mending):
    """The value that begins at `start`, whatever follows it."""
    cdef Json json
    cdef PyObject* value
    cdef JsonReading reading = new_reading(start, end)
    json_open(&json, text, start, end, mending)
    try:
        value = read_here(&json)
        if value != NULL:
            reading.value = <object>value
            Py_DECREF(value)
            reading.end = json.at
            if mending:
                reading.repairs = mends_of(&json)
            return reading
        reading.begun = json.begun
        reading.path = json_path(&json)
        reading.resume = behind_broken(&json) if json.begun and mending else max(json.at, start + 1)
        return refused(reading, json.error, json.at)
    finally:
        json_close(&json)


cdef tuple mends_of(const Json* json):
    cdef int k
    return tuple([(JSON_MENDS[k], json.mended_at[k], json.mended[k]) for k in range(<int>MENDS) if json.mended[k]])


cdef Py_ssize_t behind_broken(const Json* json) noexcept:
    """Behind the closing bracket of what is broken, as well as that can be seen."""
    cdef Py_ssize_t at = json.at
    cdef int64_t depth = json.depth
    cdef bint inside = False
    cdef uint32_t c
    while at < json.end and depth > 0:
        c = json_peek(json, at)
        at += 1
        if c == 34 or c == 10:      # strings hold no line breaks: a stray quote ends with its line
            inside = c == 34 and not inside
        elif inside:
            at += c == 92
        elif c == 123 or c == 91:
            depth += 1
        elif c == 125 or c == 93:
            depth -= 1
    return min(at, json.end)


cdef Py_ssize_t behind_space(str text, Py_ssize_t at, Py_ssize_t end) noexcept:
    while at < end and is_json_space(text[at]):
        at += 1
    return at


cdef JsonReading read_whole(str text):
    """The value that the text is, without finding and mending."""
    return read_all(text, 0, len(text), False)


cdef JsonReading read_all(str text, Py_ssize_t start, Py_ssize_t end, bint mending):
    """The value that a part of the text is."""
    cdef JsonReading reading
    cdef Py_ssize_t stop
    start = behind_space(text, start, end)
    if start == end:
        return refused(new_reading(start, end), JSON_EMPTY, start)
    reading = read_at(text, start, end, mending)
    if reading.error is None:
        stop = behind_space(text, reading.end, end)
        if stop < end:
            return refused(reading, JSON_TRAILING, stop)
    return reading


cdef inline bint is_final(JsonReading reading):
    """Refused, and so that no other part of the text can be the answer."""
    return reading.reason >= JSON_DEEP or (reading.reason == JSON_TRAILING)


cdef bint belongs_to_more(str text, Py_ssize_t at) noexcept:
    """Does what follows a value show that it stood within another one? Then it is a part, and not the answer."""
    cdef Py_ssize_t end = len(text)
    at = behind_space(text, at, end)
    if at == end:
        return False
    if text[at] == 44:
        at = behind_space(text, at + 1, end)
        return at < end and is_quote(text[at])
    return text[at] == 125 or text[at] == 93


cdef JsonReading read_in_prose(str text, Py_ssize_t start):
    """The object or list that begins with the bracket at `start`, mended if need be."""
    cdef Py_ssize_t end = len(text)
    cdef JsonReading mended, reading = read_at(text, start, end, False)
    if reading.error is not None and not is_final(reading):
        mended = read_at(text, start, end, True)
        if mended.error is not None:
            if is_final(mended):
                return mended
            reading.begun = mended.begun
            reading.resume = mended.resume
            return reading
        reading = mended
    if reading.error is None and belongs_to_more(text, reading.end):
        return refused(reading, JSON_TRAILING, behind_space(text, reading.end, end))
    return reading


cdef Py_ssize_t next_bracket(str text, Py_ssize_t at) noexcept:
    """Where the next object or list may begin; -1 if nowhere."""
    cdef Py_ssize_t end = len(text)
    while at < end:
        if text[at] == 123 or text[at] == 91:
            return at
        at += 1
    return -1


cdef JsonReading search_prose(str text, str opens):
    """The first object or list that reads as it is, else the first that can be mended, else why there is none."""
    cdef JsonReading reading, valid = None, mended = None, unwanted = None, broken = None
    cdef Py_ssize_t at = next_bracket(text, 0), begin = behind_space(text, 0, len(text))
    cdef list wanted = []
    while at >= 0 and len(wanted) < 2:
        reading = read_in_prose(text, at)
        if reading.error is None:
            if text[at] not in opens:
                unwanted = unwanted or reading
            else:
                wanted.append(at)
                if reading.repairs and at != begin:
                    mended = mended or reading
                else:           # what the text begins with is the answer, be it mended
                    valid = valid or reading
            at = next_bracket(text, reading.end)
        elif not is_final(reading):
            if reading.begun:
                broken = broken or reading
            at = next_bracket(text, reading.resume)
        elif not wanted:
            return reading
        else:
            wanted.append(at)
    return with_others(valid or mended, wanted) or unwanted or broken or refused(new_reading(0, 0), JSON_EMPTY, 0)


cdef JsonReading with_others(JsonReading chosen, list starts):
    """Note that there was more to choose from."""
    if len(starts) > 1:
        others = [start for start in starts if start != chosen.start]
        chosen.repairs += ((JSON_MENDS[<int>MEND_OTHERS], min(others), len(others)),)
    return chosen


cdef list fenced_blocks(str text):
    """The spans inside of ``` and ~~~ lines (CommonMark 0.31, section 4.5, with any indentation). A block without an end goes on to
    the end of the text."""
    cdef list blocks = []
    cdef Py_ssize_t at = 0, line_end, start, stop, inside = -1, end = len(text), size = 0
    cdef Py_UCS4 mark = 0, c
    while at < end:
        line_end = text.find("\n", at)
        line_end = end if line_end < 0 else line_end + 1
        start = behind_space(text, at, line_end)
        c = text[start] if start < line_end else 0
        stop = start
        if c == 96 or c == 126:
            while stop < line_end and text[stop] == c:
                stop += 1
        if inside < 0:
            if stop - start >= 3 and (c == 126 or text.find("`", stop, line_end) < 0):
                inside, mark, size = line_end, c, stop - start
        elif c == mark and stop - start >= size and behind_space(text, stop, line_end) == line_end:
            blocks.append((inside, at))
            inside = -1
        at = line_end
    if inside >= 0:
        blocks.append((inside, end))
    return blocks


cdef JsonReading search_blocks(str text, str opens):
    """The last fenced block that is an object or list as it is, else the last one that can be mended; None if there is none.

    The last, for an answer that shows several blocks leads up to its result.
    """
    cdef JsonReading reading, valid = None, mended = None
    cdef list wanted = []
    for start, end in reversed(fenced_blocks(text)):
        start = behind_space(text, start, end)
        if start == end or text[start] not in opens:
            continue
        reading = read_all(text, start, end, False)
        if reading.error is not None:
            if is_final(reading) and reading.reason != JSON_TRAILING:
                return valid or mended or reading
            reading = read_all(text, start, end, True)
        if reading.error is None:
            wanted.append(start)
            if reading.repairs:
                mended = mended or reading
            else:
                valid = valid or reading
    return with_others(valid or mended, wanted)


cpdef JsonReading read_json(str text, str opens="{["):
    """Read the JSON in a model's answer.

    Args:
        text: the answer.
        opens: what an object or list that is looked for within other text may begin with, `{`, `[` or both.

    Returns:
        The reading. Nothing about the text is raised.
    """
    cdef JsonReading whole = read_whole(text), found, block
    if whole.error is None or whole.reason == JSON_EMPTY:
        return whole
    found = search_prose(text, opens)
    if found.reason != JSON_EMPTY and found.start == whole.start:
        return found            # the text begins with it, so that fences are within it or behind it
    block = search_blocks(text, opens)
    if block is not None:
        return block
    if found.reason == JSON_EMPTY and (whole.reason >= JSON_DEEP or text[whole.start] in "{["):
        return whole
    return found
