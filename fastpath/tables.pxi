# The plan's hot tables as C structs.
#
# `Tables` points into the mapped plan and copies nothing but what is decoded per pattern. Its constructor checks every
# number that is later used as an index; after that the loops of automata.pxi and scan.pxi run without looking.
#
# INVARIANT (after `Tables.__cinit__`): for every pattern
#   - every class of the plan that CLAS can give indexes `local`, and every entry of `local` is below `classes`;
#   - every class (and the virtual start and end of text) has a `before` and an `after` kind that index `truth`;
#   - every edge's target is a position of the pattern or ACCEPT;
#   - every transition's state is a row of the DFA's table.

cdef enum:
    NONE = 0xFFFFFFFF
    ACCEPT = 0xFFFFFFFF
    DFA_ACCEPT = 0x8000
    WORD_LABEL = 0x8000
    SKETCH_ACCEPTED = 0xFFFF
    LABEL = 0x7FFF
    LONGEST_CHECKED = 256
    FURTHEST_NEAR = 1000
    CHECK_NAMED = 0                 # kinds of checks, in the order of layout.CHECK_KINDS
    CHECK_ENTROPY = 1
    CHECK_NOT_BEFORE = 2
    CHECK_IS = 3
    CHECK_HAS = 4
    CHECK_NO = 5
    CHECK_NEAR = 6
    CHECK_NOT_IN = 7
    CHECK_PUBLIC_SUFFIX = 35        # a named one, in the order of layout.CHECKS
    ENTRY_ENDS = 1
    MORE_FOLLOWS = 2
    FUZZY_SPACE = 1
    LONGEST_ENTRY = 250
    LONGEST_PREFIX = 8
    FILTER_END = 0x10000
    FILTERS_ENDS = 512
    MOST_EDITS = 2
    DFA_STATE = 0x7FFF

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX

ctypedef fused Char:
    uint8_t
    uint16_t
    uint32_t

# EDGE and POSN as they lie in the plan.
ctypedef struct Edge:
    uint32_t target
    uint32_t needs

ctypedef struct ClassSet:
    uint64_t members[4]

ctypedef struct Position:
    uint32_t accepts
    uint32_t follow
    uint32_t follow_count

# FACT as it lies in the plan.
ctypedef struct Factor:
    uint32_t slot
    uint32_t min_back

# SLOT as it lies in the plan; see scan.pxi.
ctypedef struct Slot:
    uint32_t pattern
    uint32_t reach
    uint64_t walk[4]

# CSTA as it lies in the plan: consecutive entries of a list.
ctypedef struct Range:
    uint32_t first
    uint32_t count

# CELL as it lies in the plan.
ctypedef struct Cell:
    uint32_t target
    uint16_t label
    uint16_t flags

ctypedef struct Pattern
# CHEK: see judging.pxi.
ctypedef struct Check:
    int kind
    int what
    const Pattern* pattern
    double least
    uint32_t within

# NEFF as it lies in the plan.
ctypedef struct Effect:
    uint8_t removed
    uint8_t role
    uint16_t count
    uint32_t first
    uint32_t looks

# SUFL as it lies in the plan; see suffixes.pxi.
ctypedef struct SuffixNode:
    uint32_t text
    uint32_t first
    uint16_t count
    uint8_t length
    uint8_t rule

# A linear model; see classify.pxi.
ctypedef struct Classifier:
    const int8_t* weights           # 1 << (32 - shift) of them
    int shift
    double scale
    double bias

# FNOD, FEDG and FSYM as they lie in the plan.
ctypedef struct FuzzyNode:
    uint32_t first
    uint16_t count
    uint16_t ends

ctypedef struct FuzzyEdge:
    uint32_t label
    uint32_t node

ctypedef struct FuzzySymbol:
    uint16_t first
    uint16_t second
    uint16_t third
    uint16_t mark

# A word list with `within` or `leet`; see fuzzy.pxi.
ctypedef struct Fuzzy:
    const FuzzyNode* nodes
    const FuzzyEdge* edges
    const FuzzySymbol* symbols
    const uint64_t* filter
    int filter_shift
    uint32_t root
    uint32_t prefixes
    int edits
    int longest                     # characters of an entry

ctypedef struct Pattern:
    const uint8_t* local            # class of the plan -> class of the pattern
    uint8_t latin[256]              # Latin-1 character -> class of the pattern: both steps in one
    const uint8_t* before           # class -> kind of the character before a boundary; last: start of the text
    const uint8_t* after            # class -> kind of the character after it; last: end of the text
    const uint64_t* truth           # [before kind][after kind] -> conditions that hold
    uint32_t after_kinds
    uint32_t classes
    uint32_t final_newline
    const Edge* start
    uint32_t start_count
    const Edge* edges               # the whole section: positions refer to it
    const uint64_t* needs           # NEED, to which edges refer
    const ClassSet* sets            # CSET, to which positions refer
    const Position* positions
    uint32_t position_count
    const uint16_t* table           # NULL: no DFA
    const uint16_t* starts
    uint32_t min_length
    uint32_t max_length
    const Check* checks
    uint32_t check_count
    const uint16_t* sketch          # NULL: none
    const Cell* cells               # NULL: no long word list; see words.pxi
    const uint16_t* labels          # class of the plan -> label
    uint16_t* latin_labels          # Latin-1 character -> label
    uint32_t root
    bint anywhere
    Fuzzy* fuzzy                    # NULL: no word list with `within` or `leet`

cdef uint64_t FILTER_FACTOR = layout.FILTER_FACTOR
cdef uint64_t MIXERS[4]
for _number, _mixer in enumerate(layout.FILTER_MIXERS):
    MIXERS[_number] = _mixer


cdef object _damaged(str section, str what):
    return PlanError(f"section {section} of the plan is damaged: {what}; compile the policy again")


# Every number of every table is looked at in each load. These two do it without a branch that could leave early, which the
# compiler makes vector instructions of.

cdef uint16_t highest_entry(const uint16_t* table, size_t count, uint16_t more, uint16_t mask) noexcept nogil:
    """The greatest of the entries, after `more` was added (of 16 bits) and `mask` applied."""
    cdef size_t i
    cdef uint16_t entry, most = 0
    for i in range(count):
        entry = <uint16_t>(table[i] + more) & mask
        most = entry if entry > most else most
    return most


cdef inline bint edges_fit(const Edge* edges, size_t count, uint32_t positions, uint32_t needs) noexcept nogil:
    """Does each edge lead to one of so many positions or to ACCEPT, and need a set that exists?"""
    cdef size_t i
    cdef uint32_t wrong = 0
    for i in range(count):
        # ACCEPT and one are 0.
        wrong |= <uint32_t>(edges[i].target + 1) > positions
        wrong |= edges[i].needs >= needs
    return wrong == 0


cdef class Tables:
    """The hot sections of one plan. Holds the views, so that the memory lives as long as any guard."""

    cdef:
        list views                  # keeps the exported buffers alive
        const uint16_t* page
        const uint16_t* classes     # CLAS
        uint32_t class_count        # classes of the plan: each entry of CLAS is below it
        const Edge* edges
        const uint64_t* needs       # NEED
        const ClassSet* sets        # CSET
        const uint8_t* sieves       # SIEV
        const uint8_t* stand_ins    # STND
        const uint8_t* confirm_classes      # CCLS
        const uint16_t* confirm_table       # CTAB
        const Range* confirm_states         # CSTA
        const uint32_t* accepted    # CFAC
        const Factor* factors       # FACT
        const Slot* slots           # SLOT
        const uint16_t* effect_pages        # NPAG; NULL: nothing is normalized but escapes
        const uint16_t* effect_entries      # NENT
        const Effect* effects       # NEFF
        const uint32_t* effect_characters   # NCHR
        const uint64_t* grams       # GRAM
        const SuffixNode* suffixes  # SUFL; empty if no check needs it
        const uint16_t* suffix_text # SUFC
        Pattern* patterns
        Check* checks
        uint32_t pattern_count
        uint32_t most_positions
        Classifier* classifiers

    def __cinit__(self, sections):
        cdef const unsigned char[::1] view
        cdef dict starts = {}
        cdef bytes aligned
        self.views = []
        counts = {}
        for section in layout.SECTIONS:
            if not section.hot:
                continue
            view = sections.hot[section.name]
            if view.shape[0] and <size_t>&view[0] % 8:
                # Part of a larger buffer: its numbers are read in place and must lie where numbers may.
                aligned = bytes(view)
                view = aligned
            counts[section.name] = view.shape[0] // section.size
            starts[section.name] = <size_t>&view[0] if view.shape[0] else 0
            self.views.append(view)
        self.page = <const uint16_t*><size_t>starts["PAGE"]
        self.classes = <const uint16_t*><size_t>starts["CLAS"]
        self.edges = <const Edge*><size_t>starts["EDGE"]
        self.needs = <const uint64_t*><size_t>starts["NEED"]
        self.sets = <const ClassSet*><size_t>starts["CSET"]
        if counts["NEED"] == 0 or self.needs[0] != 0:
            raise _damaged("NEED", "its first set is not empty")
        self.sieves = <const uint8_t*><size_t>starts["SIEV"]
        self.stand_ins = <const uint8_t*><size_t>starts["STND"]
        self.confirm_classes = <const uint8_t*><size_t>starts["CCLS"]
        self.confirm_table = <const uint16_t*><size_t>starts["CTAB"]
        self.confirm_states = <const Range*><size_t>starts["CSTA"]
        self.accepted = <const uint32_t*><size_t>starts["CFAC"]
        self.factors = <const Factor*><size_t>starts["FACT"]
        self.slots = <const Slot*><size_t>starts["SLOT"]
        if counts["NPAG"]:
            self.effect_pages = <const uint16_t*><size_t>starts["NPAG"]
            self.effect_entries = <const uint16_t*><size_t>starts["NENT"]
            self.effects = <const Effect*><size_t>starts["NEFF"]
            self.effect_characters = <const uint32_t*><size_t>starts["NCHR"]
            self._check_effects(counts)
        self.grams = <const uint64_t*><size_t>starts["GRAM"]
        self.suffixes = <const SuffixNode*><size_t>starts["SUFL"]
        self.suffix_text = <const uint16_t*><size_t>starts["SUFC"]
        self._check_suffixes(counts)
        records = sections.cold["PATT"]
        self.pattern_count = len(records)
        self._check_classes(counts)
        self.patterns = <Pattern*>PyMem_Calloc(max(1, len(records)), sizeof(Pattern))
        if self.patterns == NULL:
            raise MemoryError
        for number, record in enumerate(records):
            self._read_pattern(&self.patterns[number], record, starts, counts)
        self._read_checks(records, sections.cold["CHEK"], counts["SUFL"])
        self._read_classifiers(sections.cold["CLSF"], starts["WGHT"])

    def __dealloc__(self):
        cdef uint32_t i
        if self.patterns != NULL:
            for i in range(self.pattern_count):
                PyMem_Free(self.patterns[i].latin_labels)
                PyMem_Free(self.patterns[i].fuzzy)
        PyMem_Free(self.patterns)
        PyMem_Free(self.checks)
        PyMem_Free(self.classifiers)

    cdef int _read_classifiers(self, list records, size_t weights) except -1:
        cdef Classifier* classifier
        self.classifiers = <Classifier*>PyMem_Calloc(max(1, len(records)), sizeof(Classifier))
        if self.classifiers == NULL:
            raise MemoryError
        for number, (_, _, first, count, bits, scale, bias) in enumerate(records):
            if not layout.LEAST_BITS <= bits <= layout.MOST_BITS or count != 1 << bits:
                raise _damaged("CLSF", "a classifier has the wrong number of weights")
            # So written, the conditions do not hold for what is no number.
            if not 0 <= scale <= layout.LARGEST_SCALE or not abs(bias) <= layout.LARGEST_SCALE:
                raise _damaged("CLSF", "a number out of range")
            classifier = &self.classifiers[number]
            classifier.weights = <const int8_t*>(weights + <size_t>first)
            classifier.shift = 32 - bits
            classifier.scale = scale
            classifier.bias = bias
        return 0

    cdef int _check_classes(self, dict counts) except -1:
        cdef size_t i, pages = counts["CLAS"] // 256
        cdef uint32_t highest = 0
        if counts["PAGE"] != layout.PAGE_COUNT or pages == 0 or counts["CLAS"] % 256:
            raise _damaged("PAGE", "it does not cover all code points")
        for i in range(<size_t>layout.PAGE_COUNT):
            if self.page[i] >= pages:
                raise _damaged("PAGE", "it names a page that does not exist")
        for i in range(pages * 256):
            if self.classes[i] > highest:
                highest = self.classes[i]
        self.class_count = highest + 1
        return 0

    cdef int _check_effects(self, dict counts) except -1:
        cdef size_t i, pages = counts["NENT"] // 256, effects = counts["NEFF"], characters = counts["NCHR"]
        cdef const Effect* effect
        if counts["NPAG"] != layout.PAGE_COUNT or pages == 0 or counts["NENT"] % 256:
            raise _damaged("NPAG", "it does not cover all code points")
        for i in range(<size_t>layout.PAGE_COUNT):
            if self.effect_pages[i] >= pages:
                raise _damaged("NPAG", "it names a page that does not exist")
        for i in range(pages * 256):
            if self.effect_entries[i] >= effects:
                raise _damaged("NENT", "it names an effect that does not exist")
        for i in range(effects):
            effect = &self.effects[i]
            if effect.count > layout.LONGEST_WIDE or <uint64_t>effect.first + effect.count > characters:
                raise _damaged("NEFF", "it names characters that do not exist")
            if effect.looks > 0x10FFFF:
                raise _damaged("NEFF", "it names a code point that does not exist")
        for i in range(characters):
            if self.effect_characters[i] > 0x10FFFF:
                raise _damaged("NCHR", "it names a code point that does not exist")
        return 0

    cdef int _check_suffixes(self, dict counts) except -1:
        cdef size_t i, nodes = counts["SUFL"], characters = counts["SUFC"]
        cdef const SuffixNode* node
        for i in range(nodes):
            node = &self.suffixes[i]
            if <uint64_t>node.text + node.length > characters or <uint64_t>node.first + node.count > nodes:
                raise _damaged("SUFL", "it names labels or characters that do not exist")
        return 0

    cdef int _read_pattern(self, Pattern* p, tuple record, dict starts, dict counts) except -1:
        cdef size_t i
        cdef uint32_t states, stride, local_count, before_count, after_count, before_kinds, truth_count, table_count
        cdef uint32_t starts_count, first_position, first_edge, table_start, starts_start, first
        cdef const uint8_t* local
        cdef const uint16_t* table
        (p.classes, p.final_newline, first, local_count) = record[:4]
        p.local = <const uint8_t*><size_t>starts["LOCL"] + first
        (first, before_count) = record[4:6]
        p.before = <const uint8_t*><size_t>starts["KIND"] + first
        (first, after_count) = record[6:8]
        p.after = <const uint8_t*><size_t>starts["KIND"] + first
        (before_kinds, p.after_kinds, first, truth_count) = record[8:12]
        p.truth = <const uint64_t*><size_t>starts["TRUE"] + first
        (first_edge, p.start_count, first_position, p.position_count, states, table_start, table_count) = record[12:19]
        (starts_start, starts_count, p.min_length, p.max_length) = record[19:23]
        p.edges = self.edges
        p.needs = self.needs
        p.sets = self.sets
        p.start = self.edges + first_edge
        p.positions = <const Position*><size_t>starts["POSN"] + first_position

        if not 1 <= p.classes <= 256 or local_count < self.class_count:
            raise _damaged("PATT", "a pattern has the wrong number of classes")
        if p.final_newline != NONE and p.final_newline >= p.classes:
            raise _damaged("PATT", "a pattern's class of the final newline does not exist")
        for i in range(local_count):
            if p.local[i] >= p.classes:
                raise _damaged("LOCL", "it names a class that does not exist")
        if before_count != p.classes + 1 or after_count != p.classes + 1:
            raise _damaged("PATT", "a pattern has the wrong number of boundary kinds")
        if <uint64_t>before_kinds * p.after_kinds != truth_count:
            raise _damaged("PATT", "a pattern's table of boundary conditions has the wrong size")
        for i in range(before_count):
            if p.before[i] >= before_kinds or p.after[i] >= p.after_kinds:
                raise _damaged("KIND", "it names a boundary kind that does not exist")
        if not edges_fit(p.start, p.start_count, p.position_count, counts["NEED"]):
            raise _damaged("EDGE", "an edge refers to what does not exist")
        self._check_positions(p, counts)
        self.most_positions = max(self.most_positions, p.position_count)

        for i in range(256):
            p.latin[i] = p.local[self.classes[(<size_t>self.page[0] << 8) | i]]
        if states:
            stride = p.classes + 1
            if states > DFA_STATE or <uint64_t>states * stride != table_count or starts_count != before_kinds:
                raise _damaged("PATT", "a pattern's DFA has the wrong size")
            table = <const uint16_t*><size_t>starts["DTAB"]
            p.table = table + table_start
            p.starts = table + starts_start
            if highest_entry(p.table, table_count, 0, DFA_STATE) >= states:
                raise _damaged("DTAB", "a transition leads to a state that does not exist")
            for i in range(starts_count):
                if p.starts[i] >= states:
                    raise _damaged("DTAB", "a start state does not exist")
        if record[26] and record[34]:
            raise _damaged("PATT", "a word list of two kinds")
        if record[26]:
            self._read_tree(p, record, starts)
        if record[34]:
            self._read_fuzzy(p, record, starts)
        first, table_count = record[31:33]
        if table_count:
            p.sketch = <const uint16_t*><size_t>starts["DTAB"] + first
            if table_count < 2 * p.classes or table_count % p.classes:
                raise _damaged("PATT", "a pattern's sketch has the wrong size")
            # One more, so that SKETCH_ACCEPTED counts as 0.
            if highest_entry(p.sketch, table_count, 1, 0xFFFF) > table_count // p.classes:
                raise _damaged("DTAB", "a transition leads to a state that does not exist")
        return 0

    cdef int _read_checks(self, list patterns, list records, size_t suffix_count) except -1:
        """A check refers to a pattern before its own, and no way through checks is long: judging a match comes to an end."""
        cdef size_t number, first, count
        cdef uint32_t judge
        cdef Check* check
        depths = []
        self.checks = <Check*>PyMem_Calloc(max(1, len(records)), sizeof(Check))
        if self.checks == NULL:
            raise MemoryError
        for number, record in enumerate(patterns):
            first, count = record[23:25]
            if count > layout.MOST_CHECKS:
                raise _damaged("PATT", "a pattern has too many checks")
            self.patterns[number].checks = self.checks + first
            self.patterns[number].check_count = count
            depth = 0
            for at in range(first, first + count):
                check = &self.checks[at]
                check.kind, check.what, other, check.least, check.within = records[at]
                if check.kind == CHECK_NAMED and check.what == CHECK_PUBLIC_SUFFIX and suffix_count == 0:
                    raise _damaged("CHEK", "a check for public suffixes, of which there are none")
                if check.kind < CHECK_NOT_BEFORE:
                    continue
                if other >= number:
                    raise _damaged("CHEK", "a check refers to no pattern before its own")
                judge = other
                check.pattern = &self.patterns[judge]
                depth = max(depth, depths[judge] + 1)
                if check.kind == CHECK_NEAR and not 1 <= check.within <= FURTHEST_NEAR:
                    raise _damaged("CHEK", "a check that looks around too far")
            if depth > layout.DEEPEST_CHECK:
                raise _damaged("CHEK", "checks lead from pattern to pattern too often")
            depths.append(depth)
        return 0

    cdef int _read_tree(self, Pattern* p, tuple record, dict starts) except -1:
        cdef uint32_t first_cell, cell_count, i, most
        first_cell, cell_count = record[25:27]
        p.root = record[29]
        p.cells = <const Cell*><size_t>starts["CELL"] + first_cell
        most = self._read_labels(p, record, starts)
        if <uint64_t>p.root + most >= cell_count:
            raise _damaged("PATT", "a word list begins outside of its cells")
        for i in range(cell_count):
            if <uint64_t>p.cells[i].target + most >= cell_count:
                raise _damaged("CELL", "a cell leads out of its word list")
        return 0

    cdef uint32_t _read_labels(self, Pattern* p, tuple record, dict starts) except? 0:
        """What the characters of a word list count as. Returns the greatest label."""
        cdef uint32_t first, count, i, most = 0
        first, count = record[27:29]
        p.anywhere = record[30]
        p.labels = <const uint16_t*><size_t>starts["LABL"] + first
        if count < self.class_count:
            raise _damaged("PATT", "a word list has the wrong number of labels")
        for i in range(count):
            most = max(most, <uint32_t>(p.labels[i] & LABEL))
        p.latin_labels = <uint16_t*>PyMem_Calloc(256, sizeof(uint16_t))
        if p.latin_labels == NULL:
            raise MemoryError
        for i in range(256):
            p.latin_labels[i] = p.labels[self.classes[(<size_t>self.page[0] << 8) | i]]
        return most

    cdef int _read_fuzzy(self, Pattern* p, tuple record, dict starts) except -1:
        cdef uint32_t first, node_count, edge_count, symbol_count, words
        cdef Fuzzy* f = <Fuzzy*>PyMem_Calloc(1, sizeof(Fuzzy))
        if f == NULL:
            raise MemoryError
        p.fuzzy = f
        first, node_count = record[33:35]
        f.nodes = <const FuzzyNode*><size_t>starts["FNOD"] + first
        first, edge_count = record[35:37]
        f.edges = <const FuzzyEdge*><size_t>starts["FEDG"] + first
        first, symbol_count = record[37:39]
        f.symbols = <const FuzzySymbol*><size_t>starts["FSYM"] + first
        first, words = record[39:41]
        f.filter = <const uint64_t*><size_t>starts["FBIT"] + first
        f.root, f.edits, f.prefixes = record[29], record[41], record[42]
        f.filter_shift = 58
        while 0 < f.filter_shift < 64 and <uint64_t>1 << (58 - f.filter_shift) < words:
            f.filter_shift -= 1
        if f.edits > MOST_EDITS or f.root >= node_count or f.prefixes >> (LONGEST_PREFIX + 2):
            raise _damaged("PATT", "a fuzzy word list has a number that is too large")
        if words == 0 or <uint64_t>1 << (58 - f.filter_shift) != words:
            raise _damaged("PATT", "the filter of a fuzzy word list has the wrong size")
        if self._read_labels(p, record, starts) >= symbol_count:
            raise _damaged("LABL", "it names a symbol that does not exist")
        f.longest = self._check_nodes(f, node_count, edge_count)
        return 0

    cdef int _check_nodes(self, const Fuzzy* f, uint32_t node_count, uint32_t edge_count) except -1:
        """The length of the longest entry. A list with circles, or with more ways than entries, would take for ever."""
        cdef uint32_t i, e
        cdef uint64_t total = 0
        cdef const FuzzyNode* node
        cdef uint32_t* ways = <uint32_t*>PyMem_Calloc(2 * <size_t>node_count, sizeof(uint32_t))
        cdef uint32_t* lengths = ways + node_count
        if ways == NULL:
            raise MemoryError
        try:
            for i in range(node_count):
                node = &f.nodes[i]
                total += node.count
                if <uint64_t>node.first + node.count > edge_count or total > edge_count:
                    raise _damaged("FNOD", "it names edges that do not exist")
                ways[i] = node.ends != 0 or node.count == 0
                for e in range(node.first, node.first + node.count):
                    if f.edges[e].node >= i:
                        raise _damaged("FEDG", "it leads to a node that does not stand before its own")
                    ways[i] += ways[f.edges[e].node]
                    lengths[i] = max(lengths[i], lengths[f.edges[e].node] + 1)
                    if ways[i] > layout.MOST_ENTRIES or lengths[i] > LONGEST_ENTRY:
                        raise _damaged("FNOD", "its entries are too many or too long")
            return <int>lengths[f.root]
        finally:
            PyMem_Free(ways)

    cdef int _check_positions(self, Pattern* p, dict counts) except -1:
        cdef size_t i, edge_count = counts["EDGE"], set_count = counts["CSET"]
        cdef uint32_t need_count = counts["NEED"]
        cdef const Position* position
        cdef uint64_t total = 0
        cdef bint fit = True
        for i in range(p.position_count):
            position = &p.positions[i]
            if position.accepts >= set_count:
                raise _damaged("POSN", "a position refers to a set of classes that does not exist")
            total += position.follow_count
            if <uint64_t>position.follow + position.follow_count > edge_count or total > edge_count:
                raise _damaged("POSN", "a position refers to edges that do not exist")
            fit &= edges_fit(p.edges + position.follow, position.follow_count, p.position_count, need_count)
        if not fit:
            raise _damaged("EDGE", "an edge refers to what does not exist")
        return 0
