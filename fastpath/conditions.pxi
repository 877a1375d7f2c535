# `when`: conditions over the metadata that came with a text.
#
# A condition is a postfix program (layout.OPERATIONS). It was checked at load: operands never run out, arguments exist.
# Values are Python objects, so that `==` and `<` are Python's.

class ConditionError(Exception):
    """A field that a condition needs is missing or has the wrong type. The message is the failure's `error`."""


cdef bint has_type(object value, str type_name):
    if type_name == "string":
        return isinstance(value, str)
    if type_name == "bool":
        return isinstance(value, bool)
    # NaN is no number: every comparison with it is false, so a rule might be left out for it.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


cdef list field_values(tuple fields, tuple needs, object metadata):
    """Values of all fields (None for those the condition does not name)."""
    cdef list values = [None] * len(fields)
    for number in needs:
        name, type_name, default = fields[number]
        value = metadata.get(name) if metadata is not None else None
        if value is None:
            value = default
        if value is None:
            raise ConditionError(f"metadata field `{name}` is missing")
        if not has_type(value, type_name):
            raise ConditionError(f"metadata field `{name}` is not a {type_name}")
        values[number] = value
    return values


cdef object value_at(object value, tuple path):
    """What is at a path of a structured value; None if there is nothing of the path's type."""
    steps, type_name = path
    for step in steps:
        if type(value) is dict and type(step) is str:
            value = value.get(step)
        elif type(value) is list and type(step) is int and step < len(value):
            value = value[step]
        else:
            return None
    return value if has_type(value, type_name) else None


cdef bint condition_holds(tuple program, tuple needs, tuple fields, object metadata) except -1:
    cdef object root = None
    cdef list values, stack = []
    if type(metadata) is Given:
        root = (<Given>metadata).root
        metadata = (<Given>metadata).metadata
    values = field_values(fields, needs, metadata)
    for operation, argument in program:
        if operation == "constant":
            stack.append(argument)
        elif operation == "field":
            stack.append(values[argument])
        elif operation == "path":
            stack.append(value_at(root, argument))
        elif operation == "not":
            stack.append(not stack.pop())
        elif operation == "in range":
            high, low, value = stack.pop(), stack.pop(), stack.pop()
            stack.append(value is not None and low <= value <= high)
        elif operation in ("and", "or", "in list"):
            operands = stack[len(stack) - argument:]
            del stack[len(stack) - argument:]
            if operation == "and":
                stack.append(all(operands))
            elif operation == "or":
                stack.append(any(operands))
            else:
                stack.append(operands[0] in operands[1:])
        else:
            right, left = stack.pop(), stack.pop()
            if operation == "==":
                stack.append(left == right)
            elif operation == "!=":
                stack.append(left != right)
            elif left is None or right is None:
                stack.append(False)
            elif operation == "<":
                stack.append(left < right)
            elif operation == "<=":
                stack.append(left <= right)
            elif operation == ">":
                stack.append(left > right)
            else:
                stack.append(left >= right)
    return stack[0]


cdef tuple read_condition(list records, uint32_t first, uint32_t count, tuple constants, size_t field_count, tuple paths):
    """Decode a program and check that it leaves exactly one value, whatever the values are."""
    cdef list program = []
    cdef Py_ssize_t depth = 0, used
    for kind, argument in records[first : first + count]:
        operation = layout.OPERATIONS[kind]
        used = 0 if operation in ("constant", "field", "path") else 1 if operation == "not" else 2
        if operation == "constant":
            if argument >= len(constants):
                raise _damaged("CODE", "it names a constant that does not exist")
            argument = constants[argument]
        elif operation == "field":
            if argument >= field_count:
                raise _damaged("CODE", "it names a metadata field that does not exist")
        elif operation == "path":
            if argument >= len(paths):
                raise _damaged("CODE", "it names a path that does not exist")
            argument = paths[argument]
        elif operation == "in range":
            used = 3
        elif operation in ("and", "or", "in list"):
            used = argument
            if used < 1:
                raise _damaged("CODE", "an operation without operands")
        if used > depth:
            raise _damaged("CODE", "an operation lacks operands")
        depth += 1 - used
        program.append((operation, argument))
    if count and depth != 1:
        raise _damaged("CODE", "a condition does not give one value")
    return tuple(program)
