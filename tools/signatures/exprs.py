"""Expressions over configuration keys: what a dimension is made of. Nested tuples, so that they hash and compare.

    5                       an integer
    ("k", path)             a key of the configuration, "text_config.hidden_size"
    ("e", path, index)      an element of a list; index is an integer, or ("i", n, offset) / ("r", n, offset): the n-th index
                            variable of the tensor's name, from the front or from the back; ("m", n, 0): over and over
    ("L", path)             the length of a list or of a dictionary; ("L", path, index): of a member that is a list itself
    ("S", path)             the sum of a list
    ("i", n)                an index variable itself
    (op, a, b)              + * - // % ** max min /
    (op, a)                 neg ceil floor int round: what makes an integer of a fraction
"""

import math


def add(a, b):
    return _flat("+", a, b, 0)


def mul(a, b):
    if a == 0 or b == 0:
        return 0
    return _flat("*", a, b, 1)


def _flat(op, a, b, unit):
    """Sums and products are flat and sorted, their integers folded."""
    parts, constant = [], unit
    for x in (a, b):
        for y in x[1:] if isinstance(x, tuple) and x[0] == op else (x,):
            if isinstance(y, int):
                constant = constant + y if op == "+" else constant * y
            else:
                parts.append(y)
    parts.sort(key=repr)
    if constant != unit or not parts:
        parts.append(constant)
    return parts[0] if len(parts) == 1 else (op, *parts)


def sub(a, b):
    if a == b:
        return 0
    if isinstance(b, int):
        return add(a, -b)
    return ("-", a, b)


def floordiv(a, b):
    if b == 1:
        return a
    if a == b:
        return 1
    # (x·y) ÷ y: whatever the values.
    if isinstance(a, tuple) and a[0] == "*" and b in a[1:]:
        rest = list(a[1:])
        rest.remove(b)
        return rest[0] if len(rest) == 1 else ("*", *rest)
    return ("//", a, b)


def evaluate(expr, flat, index=()):
    """The value of an expression; None where the configuration lacks a key or has no number there."""
    try:
        return _evaluate(expr, flat, index)
    except (KeyError, IndexError, TypeError, ZeroDivisionError, ValueError, OverflowError):
        return None


def _evaluate(e, flat, index):
    if not isinstance(e, tuple):
        return e
    op = e[0]
    if op == "k":
        value = flat[e[1]]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError
        return value
    if op == "e":
        value = _member(flat[e[1]], e[2], index)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError
        return value
    if op == "L":
        return len(flat[e[1]] if len(e) == 2 else _member(flat[e[1]], e[2], index))
    if op == "S":
        return sum(x for x in flat[e[1]] if not isinstance(x, bool))
    if op == "i":
        return index[e[1]]
    a = _evaluate(e[1], flat, index)
    if len(e) == 2:
        return {"neg": lambda: -a, "ceil": lambda: math.ceil(a), "floor": lambda: math.floor(a), "int": lambda: int(a), "round": lambda: round(a)}[op]()
    for part in e[2:]:
        b = _evaluate(part, flat, index)
        if op == "+":
            a = a + b
        elif op == "*":
            a = a * b
        elif op == "-":
            a = a - b
        elif op == "//":
            a = a // b
        elif op == "/":
            a = a / b
        elif op == "%":
            a = a % b
        elif op == "**":
            a = a**b
        elif op == "max":
            a = max(a, b)
        elif op == "min":
            a = min(a, b)
        else:
            raise ValueError(op)
    return a


def _member(values, at, index):
    if isinstance(at, tuple):
        if at[0] == "m":
            at = index[at[1]] % len(values)
        else:
            at = index[at[1]] + at[2] if at[0] == "i" else len(values) - 1 - (at[1] if at[0] == "z" else index[at[1]] - at[2])
    if at < 0:
        raise IndexError
    return values[at]


def size(expr):
    """How many words an expression has: of two that fit, the smaller one is taken."""
    return 1 + sum(size(x) for x in expr[1:]) if isinstance(expr, tuple) else 1


def keys_of(expr):
    if not isinstance(expr, tuple):
        return set()
    if expr[0] in ("k", "e", "L", "S"):
        return {expr[1]}
    return set().union(*(keys_of(x) for x in expr[1:])) if len(expr) > 1 else set()


def subexpressions(expr):
    if isinstance(expr, tuple):
        yield expr
        if expr[0] not in ("k", "e", "L", "S", "i"):
            for x in expr[1:]:
                yield from subexpressions(x)
