# JSON that is still coming: the tokens of it that are certain.
#
# Reads what jsontext.pxi reads without mending, and refuses what that refuses, from pieces that are cut anywhere: within escapes,
# numbers, keys. It finds the value only where a text begins with it, or with a fenced block that begins with it: of everything
# else only the end of the text tells whether it is the answer. There, and where the grammar is broken, it is *lost*: no more tokens come.

cdef enum TokenPlace:
    # before the value
    AT_TEXT, AT_FENCE, AT_FENCE_INFO, AT_BLOCK,
    # where a sign may stand
    AT_VALUE, AT_FIRST_ITEM, AT_KEY, AT_FIRST_KEY, AT_COLON, AT_BEHIND,
    # within a string; within a number or a word
    IN_STRING, IN_BARE,
    # behind the value, in prose, or behind a flaw
    AT_LOSS

# What a token says. With an end comes what the object had: its keys; with a value or key it.
cdef enum JsonToken:
    TOKEN_OBJECT, TOKEN_LIST, TOKEN_KEY, TOKEN_VALUE, TOKEN_END

cdef dict SHORT_ESCAPES = {"n": "\n", '"': '"', "\\": "\\", "/": "/", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@cython.final
cdef class Tokens:
    """The tokens of one text.

    Attributes:
        start: where the value begins; -1 as long as it is not known.
        found: the tokens since they were taken: pairs of what and with what.
        inside: a string that is a value is open, or the flaw is in it.
        parts: what is decoded of the string or number that is open; `decoded` characters, if it is a string.
    """

    cdef:
        str opens                   # what the value may begin with
        TokenPlace place
        Py_ssize_t length           # characters that have come
        Py_ssize_t start
        list found
        list levels                 # of each open object its keys, of each open list None
        bint inside
        bint is_key                 # the string that is open is one
        list parts
        Py_ssize_t decoded
        str escape                  # the begin of an escape
        Py_UCS4 mark                # what the fence is made of
        Py_ssize_t marks

    cdef int advance(self, str piece) except -1:
        """Take the next piece."""
        cdef Py_ssize_t at = 0, n = len(piece)
        while at < n and self.place != AT_LOSS:
            if self.place == IN_STRING:
                at = self._string(piece, at)
            elif self.place == IN_BARE:
                at = self._bare(piece, at)
            elif self.place <= AT_BLOCK:
                at = self._before(piece, at)
            elif is_json_space(piece[at]):
                at += 1
            else:
                at = self._sign(piece, at)
        self.length += n
        return 0

    cdef Py_ssize_t _before(self, str piece, Py_ssize_t at) except -1:
        """Before the value. As in jsonfind.pxi, a fence is three signs or more, and a line without another backtick."""
        cdef Py_UCS4 c = piece[at]
        if self.place == AT_FENCE:
            if c == self.mark:
                self.marks += 1
                return at + 1
            self.place = AT_FENCE_INFO if self.marks >= 3 else AT_LOSS
            return at
        if self.place == AT_FENCE_INFO:
            if c == 10:
                self.place = AT_BLOCK
            elif c == 96 and self.mark == 96:
                self.place = AT_LOSS
            return at + 1
        if is_json_space(c):
            return at + 1
        if c in self.opens:
            self.start = self.length + at
            self._open(c == 123)
        elif self.place == AT_TEXT and (c == 96 or c == 126):
            self.place = AT_FENCE
            self.mark = c
            self.marks = 1
        else:
            self.place = AT_LOSS
        return at + 1

    cdef Py_ssize_t _sign(self, str piece, Py_ssize_t at) except -1:
        """Where a sign must stand, or a value begin."""
        cdef Py_UCS4 c = piece[at]
        cdef TokenPlace place = self.place
        cdef bint in_object
        if place == AT_COLON:
            self.place = AT_VALUE if c == 58 else AT_LOSS
        elif place == AT_BEHIND:
            in_object = self.levels[len(self.levels) - 1] is not None
            if c == 44:
                self.place = AT_KEY if in_object else AT_VALUE
            elif c == (125 if in_object else 93):
                self._end()
            else:
                self.place = AT_LOSS
        elif place == AT_KEY or place == AT_FIRST_KEY:
            if c == 34:
                self._begin_string(True)
            elif c == 125 and place == AT_FIRST_KEY:
                self._end()
            else:
                self.place = AT_LOSS
        elif c == 34:
            self._begin_string(False)
        elif c == 123 or c == 91:
            self._open(c == 123)
        elif c == 93 and place == AT_FIRST_ITEM:
            self._end()
        elif is_bare(c):
            self.place = IN_BARE
            self.parts = []
            return at
        else:
            self.place = AT_LOSS
        return at + 1

    cdef int _open(self, bint is_object) except -1:
        if len(self.levels) == JSON_DEPTH:
            self.place = AT_LOSS
            return 0
        self.levels.append(set() if is_object else None)
        self.place = AT_FIRST_KEY if is_object else AT_FIRST_ITEM
        self.found.append((TOKEN_OBJECT if is_object else TOKEN_LIST, None))
        return 0

    cdef int _end(self) except -1:
        self.found.append((TOKEN_END, self.levels.pop()))
        self.place = AT_BEHIND if self.levels else AT_LOSS
        return 0

    cdef int _begin_string(self, bint is_key) except -1:
        self.place = IN_STRING
        self.is_key = is_key
        self.inside = not is_key
        self.parts = []
        self.decoded = 0
        self.escape = None
        return 0

    cdef Py_ssize_t _string(self, str piece, Py_ssize_t at) except -1:
        cdef Py_ssize_t start = at, n = len(piece)
        cdef Py_UCS4 c = 0
        if self.escape is not None:
            self._escape(piece[at])
            return at + 1
        while at < n:
            c = piece[at]
            if c == 34 or c == 92 or c < 32:
                break
            at += 1
        if at > start:
            self.parts.append(piece[start:at])
            self.decoded += at - start
        if at == n:
            return at
        if c == 34:
            self._end_string("".join(self.parts))
        elif c == 92:
            self.escape = "\\"
        else:
            self.place = AT_LOSS
        return at + 1

    cdef int _end_string(self, str text) except -1:
        cdef set keys
        self.inside = False
        if not self.is_key:
            self.place = AT_BEHIND
            self.found.append((TOKEN_VALUE, text))
            return 0
        keys = self.levels[len(self.levels) - 1]
        if text in keys:
            self.place = AT_LOSS
            return 0
        keys.add(text)
        self.place = AT_COLON
        self.found.append((TOKEN_KEY, text))
        return 0

    cdef int _escape(self, Py_UCS4 c) except -1:
        """Take the next character of an escape: `\\n`, `\\u00e9`, or two of the latter that are a surrogate pair."""
        cdef str escape = self.escape + c
        cdef Py_ssize_t size = len(escape)
        cdef uint32_t code = c, first, second
        self.escape = escape
        if size == 2:
            if c == 117:
                return 0
            meant = SHORT_ESCAPES.get(escape[1])
            if meant is None:
                self.place = AT_LOSS
                return 0
            return self._decoded(meant)
        if size == 7 or size == 8:
            if c != (92 if size == 7 else 117):
                self.place = AT_LOSS
            return 0
        if not (48 <= code <= 57 or 65 <= (code & ~<uint32_t>32) <= 70):
            self.place = AT_LOSS
            return 0
        if size != 6 and size != 12:
            return 0
        first = int(escape[2:6], 16)
        if size == 12:
            second = int(escape[8:], 16)
            if 0xDC00 <= second <= 0xDFFF:
                return self._decoded(chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)))
            self.place = AT_LOSS
        elif not 0xD800 <= first <= 0xDFFF:
            return self._decoded(chr(first))
        elif first >= 0xDC00:
            self.place = AT_LOSS
        return 0

    cdef int _decoded(self, str character) except -1:
        self.parts.append(character)
        self.decoded += 1
        self.escape = None
        return 0

    cdef Py_ssize_t _bare(self, str piece, Py_ssize_t at) except -1:
        """A number, `true`, `false` or `null`, which ends before the next sign."""
        cdef Py_ssize_t start = at, n = len(piece)
        cdef Py_UCS4 c = 0
        cdef JsonReading reading
        while at < n:
            c = piece[at]
            if not is_bare(c):
                break
            at += 1
        self.parts.append(piece[start:at])
        if at == n:
            return at
        reading = read_whole("".join(self.parts))
        if reading.error is None and (is_json_space(c) or c == 44 or c == 93 or c == 125):
            self.place = AT_BEHIND
            self.found.append((TOKEN_VALUE, reading.value))
        else:
            self.place = AT_LOSS
        return at


cdef inline bint is_bare(uint32_t c) noexcept nogil:
    """Stands it in numbers or words?"""
    return 48 <= c <= 57 or 65 <= (c & ~<uint32_t>32) <= 90 or c == 43 or c == 45 or c == 46


cdef Tokens make_tokens(str opens):
    cdef Tokens tokens = Tokens.__new__(Tokens)
    tokens.opens = opens
    tokens.start = -1
    tokens.found = []
    tokens.levels = []
    tokens.parts = []
    return tokens
