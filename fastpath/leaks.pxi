# Stretches of words of a given text (grams.pxi), in a text that is still coming.
#
# A plan has hashes of whole groups of words alone: of fewer words nothing tells whether they are the begin of one, for that would
# help to guess the given text. So the latest words wait, one fewer than a group has, and so does the word that has not ended. A
# stretch has ended when as many words have come behind it as a group has, without being one.
#
# Positions are those of the whole text.

@cython.final
cdef class LeakLead:
    """What is known of one given text.

    Attributes:
        key: by which the passage knows what it finds.
        found: stretches that have ended, as (start, end), in order; taken out by the stage.
    """

    cdef:
        GivenText given
        int key
        list found
        Ring ring
        Py_ssize_t at               # what stands before it has been read
        bint in_word
        bint apostrophe             # the last character is one, and the word may go on behind it
        Py_ssize_t begin            # of the word that is being read
        uint64_t hash               # of its characters so far
        Py_ssize_t start            # of the stretch that has not ended; -1 if there is none
        Py_ssize_t end
        size_t last                 # how many words had been read at its end

    cdef int read(self, const Text* view) except -1:
        """Read what comes next."""
        if view.kind == PyUnicode_1BYTE_KIND:
            return read_words(self, <const uint8_t*>view.data, view.length)
        if view.kind == PyUnicode_2BYTE_KIND:
            return read_words(self, <const uint16_t*>view.data, view.length)
        return read_words(self, <const uint32_t*>view.data, view.length)

    cdef int end_word(self, Py_ssize_t end) except -1:
        cdef size_t words = self.given.words, place = self.ring.read % words
        self.in_word = self.apostrophe = False
        self.ring.hashes[place] = self.hash
        self.ring.starts[place] = self.begin
        self.ring.read += 1
        if self.ring.read >= words and find_gram(&self.given, gram_hash(&self.ring, words)) >= 0:
            if self.start < 0:
                self.start = self.ring.starts[self.ring.read % words]
            self.end = end
            self.last = self.ring.read
        elif self.start >= 0 and self.ring.read >= self.last + words:
            self.found.append((self.start, self.end))
            self.start = -1
        return 0

    cdef Py_ssize_t first_open(self) noexcept:
        """Where what is not decided begins."""
        cdef size_t waiting = min(self.ring.read, <size_t>self.given.words - 1)
        if self.start >= 0:
            return self.start
        if waiting:
            return self.ring.starts[(self.ring.read - waiting) % self.given.words]
        return self.begin if self.in_word else self.at


cdef LeakLead make_leak_lead(TermInfo term, int key):
    cdef LeakLead lead = LeakLead.__new__(LeakLead)
    lead.given = term.given
    lead.key = key
    lead.found = []
    lead.start = -1
    return lead


cdef int read_words(LeakLead lead, const Char* text, Py_ssize_t n) except -1:
    """As `next_word` reads them, character by character."""
    cdef Py_ssize_t i
    cdef uint32_t c
    for i in range(n):
        c = text[i]
        if is_in_word(c):
            if not lead.in_word:
                lead.in_word = True
                lead.begin = lead.at
                lead.hash = WORD_BASIS
            lead.hash = (lead.hash ^ small(c)) * WORD_PRIME
            lead.apostrophe = False
        elif lead.in_word:
            if is_apostrophe(c) and not lead.apostrophe:
                lead.apostrophe = True
            else:
                lead.end_word(lead.at - lead.apostrophe)
        lead.at += 1
    return 0
