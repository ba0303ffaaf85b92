"""How a list may be divided in stages: how many, how long each, and where in names they begin."""

import itertools

import rows
from exprs import add, evaluate, mul

MAX_BEFORE = 3  # members before the first stage
MAX_BEHIND = 6  # and behind the last


def ways_to_divide(data, ends, rank):
    """(how many stages, members of one, members before the first and behind the last) for all that fit the numbers."""
    by_sample = {(s, index): end for (s, index, _), end in ends.items()}
    points = list(by_sample.items())
    seen = set()
    for count, length in stages_and_lengths(data, rank):
        left, values = set(), set()
        for (s, index), end in points:
            total = total_of(count, length, data.flats[s], index)
            left.add(end - total if total is not None else None)
            values.add(total)
            if len(left) > 1:
                break
        if len(left) != 1 or len(values) < 2 or None in left or not -MAX_BEFORE <= (more := left.pop()) <= MAX_BEFORE + MAX_BEHIND:
            continue
        key = tuple(tuple(evaluate(length, data.flats[s], (*index, n)) for n in range(int(evaluate(count, data.flats[s], index)))) for (s, index), _ in points)
        if (key, more) not in seen:
            seen.add((key, more))
            yield count, length, more


def stages_and_lengths(data, rank):
    """How many stages a list may have and how long each: first those that are as many as the list of their lengths is long."""
    base = data.flats[0]
    lists = [p for p in data.paths if any(isinstance(f.get(p), list) and f.get(p) for f in data.flats) and not p.endswith("id2label")]
    numbers = {p for p in lists if all(isinstance(x, int) and not isinstance(x, bool) for f in data.flats for x in f.get(p) or ())}
    scalars = [p for p in data.paths if any(type(f.get(p)) is int and 0 < f.get(p) < 64 for f in data.flats)]
    floats = [p for p in data.paths if any(isinstance(f.get(p), float) for f in data.flats)]
    alike = [("L", p) for p in lists] + [("min", ("L", a), ("L", b)) for a, b in itertools.combinations(lists, 2)]
    alike += [add(("k", p), more) for p in scalars for more in (0, 1, 2, 3)] + [2, 3, 4]
    first, then = [], []
    for count in [("L", p) for p in lists] + [("e", p, ("i", n, 0)) for p in lists for n in range(rank)] + [("k", p) for p in scalars]:
        for path in lists if count[0] == "L" else ():
            if any(isinstance(f.get(path), list) and len(f[path]) < len(f.get(count[1]) or ()) for f in data.flats):
                continue
            own = [("e", path, (side, rank, 0)) for side in ("i", "r")] if path in numbers else []
            lengths = [length for e in own for length in (e, add(e, 1), add(e, 2), *(("ceil", ("*", e, ("k", other))) for other in floats))]
            if any(isinstance(x, list) for x in base.get(path) or ()):
                lengths.append(("L", path, ("i", rank, 0)))
            (first if path == count[1] else then).extend((count, length) for length in lengths)
        then.extend((count, length) for length in alike if length != count)
    return first + then


def total_of(count, length, flat, index):
    stages = evaluate(count, flat, index)
    if stages is None or not 0 < stages <= rows.MAX_MEMBERS:
        return None
    sizes = [evaluate(length, flat, (*index, n)) for n in range(int(stages))]
    return None if any(n is None or n < 0 for n in sizes) else int(sum(sizes))


def segments_of(way, before, rank):
    """[(number of the first member, stages, members of each)…]; None where no formula tells where the last ones begin."""
    count, length, more = way
    out = [(n, 1, 1) for n in range(before)]
    out.append((before, count, length))
    if more > before:
        total = sum_of(count, length, rank)
        if total is None:
            return None
        out += [(add(total, before + n), 1, 1) for n in range(more - before)]
    return out


def sum_of(count, length, rank):
    if not _uses(length, rank):
        return mul(count, length)
    if length[0] == "e" and count[0] == "L":
        return ("S", length[1])
    if length[0] == "+" and isinstance(length[-1], int) and length[1][0] == "e" and count[0] == "L" and len(length) == 3:
        return add(("S", length[1][1]), mul(count, length[-1]))
    return None


def _uses(e, variable):
    if not isinstance(e, tuple):
        return False
    if e[0] == "i":
        return e[1] == variable
    if len(e) > 2 and isinstance(e[2], tuple) and e[2][:1] in (("i",), ("r",), ("m",)):
        return e[2][1] == variable
    return any(_uses(part, variable) for part in e[1:])


def places_of(segments, flat, index):
    """{number: (segment, stage, place)}"""
    out = {}
    for n, (start, count, length) in enumerate(segments):
        at = evaluate(start, flat, index)
        for stage in range(int(evaluate(count, flat, index))):
            for place in range(int(evaluate(length, flat, (*index, stage)))):
                out[at] = (n, stage, place)
                at += 1
    return out
