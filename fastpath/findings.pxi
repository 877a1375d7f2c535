# Where rules found something: spans in growing arrays, without Python objects until somebody asks for them.

# A span of the judged text, and which of its rule's detectors found it.
ctypedef struct Place:
    Py_ssize_t start
    Py_ssize_t end
    uint32_t term

cdef enum:
    FEW_PLACES = 12

# Places in the order of their addition. `items` is `few` until they are more.
ctypedef struct Places:
    Place* items
    size_t count
    size_t room
    Place few[FEW_PLACES]


cdef inline void places_open(Places* places) noexcept:
    places.items = places.few
    places.count = 0
    places.room = FEW_PLACES


cdef inline void places_close(Places* places) noexcept:
    if places.items != places.few:
        free(places.items)


cdef int add_place(Places* places, Py_ssize_t start, Py_ssize_t end, uint32_t term) except -1:
    cdef Place* more
    cdef bint few
    if places.count == places.room:
        few = places.items == places.few
        more = <Place*>realloc(NULL if few else places.items, 2 * places.room * sizeof(Place))
        if more == NULL:
            raise MemoryError
        if few:
            memcpy(more, places.few, places.count * sizeof(Place))
        places.items = more
        places.room *= 2
    places.items[places.count] = Place(start, end, term)
    places.count += 1
    return 0


cdef int compare_places(const void* left, const void* right) noexcept nogil:
    """Leftmost first, at one start the longer, at equal spans the detector named first."""
    cdef const Place* a = <const Place*>left
    cdef const Place* b = <const Place*>right
    if a.start != b.start:
        return -1 if a.start < b.start else 1
    if a.end != b.end:
        return -1 if a.end > b.end else 1
    return (a.term > b.term) - (a.term < b.term)


cdef void sort_places(Place* items, size_t count) noexcept:
    """In place. What one pattern finds is in order already, and a few are soon sorted."""
    cdef size_t i
    for i in range(1, count):
        if compare_places(&items[i - 1], &items[i]) > 0:
            qsort(items, count, sizeof(Place), compare_places)
            return
