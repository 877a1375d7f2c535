# What a value of a structured text must be: the plan's nodes as objects.
#
# Nodes refer to each other, in circles where a shape names itself. INVARIANT: following `stray` or `variants` never leads on
# to a node that follows them again for the same value; every other reference leads into a value.

cdef enum:
    KIND_STRING = 1
    KIND_NUMBER = 2
    KIND_INTEGER = 4
    KIND_BOOL = 8
    KIND_NULL = 16
    KIND_LIST = 32
    KIND_OBJECT = 64
    KIND_MAP = 128
    EVERY_KIND = KIND_STRING | KIND_NUMBER | KIND_BOOL | KIND_NULL | KIND_LIST | KIND_OBJECT


@cython.final
cdef class Owner:
    """Who answers for the shape of a value: a field, or the guard."""

    cdef:
        size_t number               # in the plan
        str name
        str source
        ActionInfo on_fail


@cython.final
cdef class Member:
    """A key of an object."""

    cdef:
        str key
        Node node
        bint required
        bint has_default
        object default


@cython.final
cdef class Node:
    """See layout.py, section NODE."""

    cdef:
        int kinds
        Owner owner
        str type
        str said
        str schema                  # JSON Schema, as text
        tuple definitions           # numbers of those that it refers to
        frozenset words             # strings among the choices; None: no choice is one
        tuple choices
        tuple members
        dict keys                   # key -> its Member
        Node rest
        Node element
        dict items                  # index -> Node; None: all are `element`
        str tag
        dict variants               # (type, value) -> Node
        Node stray
        Guard rules


cdef tuple choice_key(object value):
    """What tells literals apart: to Python `1` and `true` are equal."""
    return (bool if type(value) is bool else str if type(value) is str else int, value)


cdef Node read_nodes(Plan plan, size_t root):
    """The node `root`, with all that it refers to."""
    cdef dict made = {}, guards = {}
    cdef list waiting = [root]
    cdef Node node
    while waiting:
        number = waiting.pop()
        node = node_of(made, number, waiting)
        fill_node(plan, node, plan.sections.cold["NODE"][number], made, guards, waiting)
    for node in made.values():
        check_node(node)
    return made[root]


cdef Node node_of(dict made, object number, list waiting):
    """The node of that number, which is to be filled if it is new."""
    if number == ABSENT:
        return None
    if number not in made:
        made[number] = Node.__new__(Node)
        waiting.append(number)
    return made[number]


cdef int fill_node(Plan plan, Node node, tuple record, dict made, dict guards, list waiting) except -1:
    cdef Member member
    cdef list members = []
    if node.owner is not None:
        return 0                # it stood in the list twice: the root
    cold = plan.sections.cold
    (kinds, owner, type_name, said, schema, definition, definitions, choice, choices, field, fields, rest, element, item, items, tag, variant,
     variants, stray, rules) = record
    node.kinds = kinds
    node.owner = plan.owners[owner]
    node.type = plan.strings[type_name]
    node.said = plan.strings[said]
    node.schema = plan.strings[schema]
    plain_schema("NODE", node.schema)
    node.definitions = plan._numbers(definition, definitions)
    node.choices = plan._list(choice, choices, plan.constants)
    words = [value for value in node.choices if type(value) is str]
    node.words = frozenset(words) if words else None
    for key, number, required, default in cold["FLDS"][field : field + fields]:
        member = Member.__new__(Member)
        member.key = plan.strings[key]
        member.node = node_of(made, number, waiting)
        member.required = required
        member.has_default = default != ABSENT
        member.default = plain_json("FLDS", plan.strings[default]) if member.has_default else None
        members.append(member)
    node.members = tuple(members)
    node.keys = {(<Member>member).key: member for member in members}
    node.rest = node_of(made, rest, waiting)
    node.element = node_of(made, element, waiting)
    node.items = None
    if items:
        node.items = {index: node_of(made, number, waiting) for index, number in cold["ITEM"][item : item + items]}
    node.tag = optional(plan.strings, tag)
    node.variants = {
        choice_key(plan.constants[value]): node_of(made, number, waiting)
        for value, number in cold["VARI"][variant : variant + variants]
    }
    node.stray = node_of(made, stray, waiting)
    if rules != ABSENT:
        if rules not in guards:
            guards[rules] = inner_guard(plan, rules)
        node.rules = guards[rules]
    return 0


cdef dict plain_schema(str section, str text):
    """The JSON Schema in a plan."""
    value = plain_json(section, text)
    if type(value) is not dict:
        raise _damaged(section, "a schema that is no object")
    return value


cdef object plain_json(str section, str text):
    """The value of JSON in a plan."""
    cdef JsonReading reading = read_whole(text)
    if reading.error is not None:
        raise _damaged(section, "a text that is no JSON")
    return reading.value


cdef int check_node(Node node) except -1:
    cdef Node other
    if node.kinds & KIND_LIST and node.element is None:
        raise _damaged("NODE", "a list whose items have no node")
    if len(node.keys) != len(node.members):
        raise _damaged("NODE", "an object that has a key twice")
    if (node.tag is None) != (not node.variants):
        raise _damaged("NODE", "a tag without shapes, or the reverse")
    for other in node.variants.values():
        if other.tag is not None:
            raise _damaged("NODE", "a tag leads to another tag")
    if node.stray is not None and (node.stray.kinds & EVERY_KIND != EVERY_KIND or node.stray.tag is not None):
        raise _damaged("NODE", "a node for all values does not take all values")
    return 0


cdef Guard inner_guard(Plan plan, size_t number):
    if not plan.sections.cold["GARD"][number][INNER]:
        raise _damaged("GARD", "a guard of its own judges single values for another")
    return Guard.__new__(Guard, plan, number)
