# Limits of a text that comes in pieces: how much of it there is, and where it is enough or too much.

@cython.final
cdef class Meter:
    """Counts characters, words, lines or bytes as `measure_text` does.

    Attributes:
        number: of its rule, or LIMIT.
        enough: behind which character the text has `low` of them; -1 as long as it has not.
        passed: at which character it has more than `high`; -1 as long as it has not.
        full: where a text with more is cut; -1 as long as it is not known.
    """

    cdef:
        int which
        uint32_t number
        int strength
        Py_ssize_t low
        Py_ssize_t high
        Py_ssize_t amount
        Py_ssize_t read             # characters that have been counted
        Py_ssize_t enough
        Py_ssize_t passed
        Py_ssize_t full
        Py_ssize_t too_many         # how much there was where it was passed
        bint space                  # the last character was white space, or there is none
        bint line_begins
        bint carriage_return

    cdef void count(self, const Text* text) noexcept:
        """Take what comes next."""
        if self.which == MEASURE_CHARS:
            self._count_chars(text.length)
        elif text.kind == PyUnicode_1BYTE_KIND:
            count_piece(self, <const uint8_t*>text.data, text.length)
        elif text.kind == PyUnicode_2BYTE_KIND:
            count_piece(self, <const uint16_t*>text.data, text.length)
        else:
            count_piece(self, <const uint32_t*>text.data, text.length)
        self.read += text.length

    cdef void _count_chars(self, Py_ssize_t count) noexcept:
        self.amount += count
        if self.enough < 0 and self.amount >= self.low:
            self.enough = self.low
        if self.passed < 0 and self.amount > self.high:
            self.passed = self.full = self.high
            self.too_many = self.high + 1


cdef Meter make_meter(int which, uint32_t number, int strength, Py_ssize_t low, Py_ssize_t high):
    cdef Meter meter = Meter.__new__(Meter)
    meter.which = which
    meter.number = number
    meter.strength = strength
    meter.low = low
    meter.high = high
    meter.enough = 0 if low <= 0 else -1
    meter.passed = -1
    meter.full = 0 if high <= 0 else -1
    meter.space = meter.line_begins = True
    return meter


cdef Meter fresh_meter(Meter meter):
    """The same meter, before it has counted anything."""
    return make_meter(meter.which, meter.number, meter.strength, meter.low, meter.high)


cdef void count_piece(Meter meter, const Char* text, Py_ssize_t n) noexcept:
    cdef Py_ssize_t i, more
    cdef uint32_t c
    cdef bint space
    for i in range(n):
        c = text[i]
        more = 0
        if meter.which == MEASURE_WORDS:
            space = is_space(c)
            more = meter.space and not space
            if space and not meter.space and meter.amount == meter.high and meter.full < 0:
                meter.full = meter.read + i
            meter.space = space
        elif meter.which == MEASURE_LINES:
            if not (meter.carriage_return and c == 10):
                more = meter.line_begins
                meter.line_begins = ends_line(c)
                if meter.line_begins and meter.amount + more == meter.high and meter.full < 0:
                    meter.full = meter.read + i
            meter.carriage_return = c == 13
        else:
            more = 1 + (c >= 0x80) + (c >= 0x800) + (c >= 0x10000)
        meter.amount += more
        if more and meter.enough < 0 and meter.amount >= meter.low:
            meter.enough = meter.read + i + 1
        if meter.passed < 0 and meter.amount > meter.high:
            meter.passed = meter.read + i
            meter.too_many = meter.amount
            if meter.full < 0:
                meter.full = meter.passed
