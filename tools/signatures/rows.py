"""From samples to rows: which tensors there are for which configuration, and of what shape.

Names are folded (`layers.3` → `layers.{0}`) where a formula tells how many members there are; else a number stays in the
name. For each folded name every place that could hold it is a point: it is absent there, or has a shape told by
expressions. What tells the points apart is learned as a small tree of predicates over the configuration and the place.
What no expression or tree explains is stored as unknown.
"""

import itertools
import math
import re
import time

import numpy as np

import stages
import vary
from exprs import add, evaluate, floordiv, keys_of, mul, size, subexpressions

MAX_POINTS = 6000
MAX_DEPTH = 4  # questions in a row: what needs more is learned by heart
MAX_ROOTS = 6  # predicates that a tree may begin with
MAX_PLACES = 4  # where an expression was traced, that are looked at for what it may stand for
MAX_ORDERS = 6  # orders of preference among expressions of one value
MAX_SMALLEST = 80  # expressions of a dimension that are held against all its values, by their size
MAX_USUAL = 80  # and by the places that they may stand for
MAX_SOME = 48  # values that all expressions of a dimension are held against first
MAX_MEANINGS = 96  # of one traced expression
MAX_CONDITIONS = 12  # of a tensor beside a weight: more are learned anew
MAX_MEMBERS = 1024  # of one list: more are no list that samples can hold
MAX_WORD = 2  # numbers in a list that stand for kinds; larger ones are sizes, and no code asks for one of them
MAX_FITTED = 40  # points that fitted sums and products are found from
LEAST_VALUES = 3  # that these points must have: two are met by chance
MAX_ATOMS = 500  # expressions of which two may make a dimension
MAX_POOL = 800  # expressions of one class that are tried where nothing was traced
MAX_NUMBERED = 8  # members of a list whose length no formula tells, that still are told one by one


class Samples:
    """All samples of one class, with their configurations flat."""

    def __init__(self, samples, layout="tensors"):
        self.samples = samples
        self.flats = [vary.flatten(s["full"]) for s in samples]
        self.tensors = [s[layout] for s in samples]
        self.changes = [s["change"] for s in samples]
        self.paths = sorted(set().union(*self.flats))
        self.influence_cache = {}
        self.features = None
        self.thinned = set()  # folded names of which not every place was looked at

    def value(self, s, path):
        return self.flats[s].get(path)


class OutOfBudget(Exception):
    pass


def derive(samples, layout="tensors", base=None, tensors=None, given=None, until=math.inf):
    """Rows and unknown names of one class. With the rows of its base class, those are taken where they hold. With names of
    its own for the tensors, the lengths of some lists are given, and no list is divided in stages. Raises OutOfBudget where
    so much processor time is spent."""
    data = Samples(samples, layout)
    data.tensors = tensors or data.tensors
    names = {}
    for s, tensors in enumerate(data.tensors):
        for name in tensors:
            names.setdefault(name, []).append(s)
    folder = Folder(data, names, given or {})
    groups = {}
    for name in names:
        pattern, index = folder.fold(name)
        groups.setdefault(pattern, {})[index] = name
    rows, unknown = [], []
    learner = Learner(data)
    inherited = Inherited(base, data) if base else None
    by_pattern = {}
    # Weights first: what else their modules hold is told beside them.
    for pattern in sorted(groups, key=lambda p: not p.endswith(".weight")):
        if time.process_time() > until:
            raise OutOfBudget
        if inherited and (taken := inherited.take(folder, pattern, groups[pattern])) is not None:
            by_pattern[pattern] = taken
            continue
        weight = f"{pattern.rpartition('.')[0]}.weight"
        made, reason = None, None
        if weight != pattern and weight in by_pattern:
            made = rows_beside(data, folder, learner, pattern, groups[pattern], by_pattern[weight])
        if made is None:
            made, reason = rows_of(data, folder, learner, pattern, groups[pattern])
        if reason:
            unknown.append([pattern, reason])
        else:
            by_pattern[pattern] = made
    # What no predicate tells may be stored just where a weight of the same block is: a norm behind a convolution.
    for pattern, reason in list(unknown):
        block = _above(pattern, 2)
        for weight in [p for p in by_pattern if reason == "predicate" and p.endswith(".weight") and _above(p, 2) == block]:
            made = rows_beside(data, folder, learner, pattern, groups[pattern], by_pattern[weight])
            if made is not None:
                by_pattern[pattern] = made
                unknown.remove([pattern, reason])
                break
    rows = [row for pattern in groups for row in by_pattern.get(pattern, ())]
    rows = like_weights(rows, data, folder)
    if given is None:
        rows, unknown = stages.divide(rows, unknown, data, folder)
    return rows, unknown, data


def _above(name, levels):
    return ".".join(name.split(".")[:-levels])


def like_weights(rows, data, folder):
    """A bias is as long as its weight is wide: where it is stored seldom, the weight tells its shape."""
    by_pattern = {}
    for row in rows:
        by_pattern.setdefault(row["pattern"], []).append(row)
    for pattern, biases in list(by_pattern.items()):
        weights = by_pattern.get(f"{pattern.removesuffix('bias')}weight", [])
        if not pattern.endswith(".bias") or len(weights) <= len(biases) or any(len(b["shape"]) != 1 for b in biases):
            continue
        widths = [w["shape"][0] for w in weights if w["shape"]]
        if len(widths) < len(weights) or "?" in widths or not all(b["shape"][0] in widths for b in biases) or not are_as_wide(pattern, data, folder):
            continue
        made = {}
        for weight in weights:
            conditions = [joined for b in biases for one in b["when"] for other in weight["when"] if (joined := both(one, other)) is not None]
            if conditions:
                made.setdefault(repr(weight["shape"][0]), {**biases[0], "shape": weight["shape"][:1], "when": []})["when"].extend(conditions)
        by_pattern[pattern] = list(made.values())
    return [row for group in by_pattern.values() for row in group]


def are_as_wide(pattern, data, folder):
    for tensors in data.tensors:
        for name, bias in tensors.items():
            if folder.fold(name)[0] == pattern:
                weight = tensors.get(f"{name.removesuffix('bias')}weight")
                if weight is None or tuple(weight["shape"][:1]) != tuple(bias["shape"]):
                    return False
    return True


def both(one, other):
    """Two lists of predicates as one; None where they contradict each other."""
    out = list(one)
    for predicate, truth in other:
        if (predicate, not truth) in out:
            return None
        if (predicate, truth) not in out:
            out.append((predicate, truth))
    return out


# What distrust.ts does not believe either: conditions that tell samples apart by what no code asks.
_BY_HEART = ("@>", "@=", ">k", "i<k+")


def doubtful(rows):
    """How many rows rest on a condition that was learned by heart."""
    return sum(any(_is_by_heart(all_) for all_ in row["when"]) for row in rows)


def _is_by_heart(conjunction):
    if len(conjunction) > MAX_DEPTH:
        return True
    for predicate, _ in conjunction:
        op, *rest = predicate
        if op in _BY_HEART or (op == "i==" and rest[1] > 0) or (op == "i>=last" and rest[1] != 1):
            return True
        if op in ("i%", "i<") and any(other is not predicate and other[1] == rest[0] for other, _ in conjunction):
            return True
    return False


class Inherited:
    """The rows of a base class, under the name that a class with a head gives it."""

    def __init__(self, base, data):
        self.data = data
        self.by_pattern = {}
        prefix, rows = base
        for row in rows:
            for start in {"", f"{prefix}."} if prefix else {""}:
                moved = {**row, "pattern": start + row["pattern"]}
                self.by_pattern.setdefault(moved["pattern"], []).append(moved)

    def take(self, folder, pattern, places):
        """The base's rows of one folded name, if they hold in every sample here; else None."""
        rows = self.by_pattern.get(pattern)
        if rows is None:
            # Numbers that stayed in the name here may be folded there.
            return None
        data = self.data
        points, counts = points_of(data, folder, pattern, places)
        if points is None or [repr(c) for c in counts] != [repr(c) for c in rows[0]["counts"]]:
            return None
        total = sum(1 for name in places.values() for s in range(len(data.samples)) if name in data.tensors[s])
        if total != sum(1 for p in points if p[2] is not None):
            return None
        for s, index, name in points:
            flat = data.flats[s]
            found = [r for r in rows if any(all(holds(p, flat, index, counts) is t for p, t in c) for c in r["when"])]
            if (len(found) == 1) is not (name is not None):
                return None
            if name is not None:
                shape = data.tensors[s][name]["shape"]
                expected = found[0]["shape"]
                if len(shape) != len(expected) or any(e != "?" and evaluate(e, flat, index) != d for e, d in zip(expected, shape)):
                    return None
        return rows


# --- names ------------------------------------------------------------------------------------------------------------


def numbered(segment):
    """What stands before the number of a list's member, and the number: `4`, `expert_4`; None for other words."""
    found = re.fullmatch(r"((?:\w*_|(?:weight|bias)_[ih]h_l)?)(\d{1,9})", segment)
    return (found[1], int(found[2])) if found and str(int(found[2])) == found[2] else None


class Folder:
    """Which numbers in names are members of a list whose length a formula tells."""

    def __init__(self, data, names, given):
        self.data = data
        self.given = given  # counts that are not to be learned
        self.counts = {}  # container → formula, None where numbers stay, "?" where the count is not explained
        self.learn(names)

    def learn(self, names):
        split = {name: name.split(".") for name in names}
        depth = max((sum(numbered(p) is not None for p in parts) for parts in split.values()), default=0)
        heads = {name: ([], 0, ()) for name in names}  # folded parts so far, position, index
        for _ in range(depth):
            found = {}
            for name, parts in split.items():
                head, at, index = heads[name]
                head = list(head)
                while at < len(parts) and numbered(parts[at]) is None:
                    head.append(parts[at])
                    at += 1
                heads[name] = (head, at, index)
                if at < len(parts):
                    stem, number = numbered(parts[at])
                    key = ".".join([*head, stem])
                    for s in names[name]:
                        group = found.setdefault(key, {}).setdefault((s, index), set())
                        group.add(number)
            for container, members in found.items():
                count = self.given[container] if container in self.given else self.count_of(members)
                # A word that ends in a number is a list only where a formula tells its length.
                self.counts[container] = None if count == "?" and container.endswith("_") else count
            for name, parts in split.items():
                head, at, index = heads[name]
                if at >= len(parts):
                    continue
                stem, number = numbered(parts[at])
                formula = self.counts[".".join([*head, stem])]
                if formula is None:
                    heads[name] = (head + [parts[at]], at + 1, index)
                else:
                    heads[name] = (head + [f"{stem}{{{len(index)}}}"], at + 1, (*index, number))
        self.folded = {}
        for name, parts in split.items():
            head, at, index = heads[name]
            self.folded[name] = (".".join([*head, *parts[at:]]), index)

    def fold(self, name):
        return self.folded[name]

    def count_of(self, members):
        points = [(s, index, max(numbers) + 1) for (s, index), numbers in members.items()]
        counts = {n for _, _, n in points}
        if len(counts) == 1:
            return None
        data = self.data
        # Keys whose change alone changes the count.
        base = {index: n for s, index, n in points if s == 0}
        moved = {p for s, index, n in points if data.changes[s] not in (None, "joint") and base.get(index, n) != n for p in data.changes[s].split("|")}
        ranked = sorted(data.paths, key=lambda p: (p not in moved, len(p), p))
        has_index = len(points[0][1])
        for formula in count_formulas(data, ranked, moved, has_index):
            if all(evaluate(formula, data.flats[s], index) == n for s, index, n in points):
                return formula
        # Members at the end may hold nothing: the formula then says how many there could be.
        best, share = "?", 0.2
        for path in ranked:
            for formula in (("k", path), ("L", path)):
                values = [evaluate(formula, data.flats[s], index) for s, index, _ in points]
                if any(v is None or v < n for v, (_, _, n) in zip(values, points)) or len(set(values)) < 2:
                    continue
                equal = sum(v == n for v, (_, _, n) in zip(values, points)) / len(points)
                if equal > share + (0 if path in moved else 0.1):
                    best, share = formula, equal
        if best != "?":
            return best
        # A few members more or less, as a switch says: each keeps its number.
        if len(counts) <= 3 and max(counts) <= MAX_NUMBERED:
            return None
        return "?"


def count_formulas(data, ranked, moved, has_index):
    base = data.flats[0]
    scalars, lists = [], []
    for path in ranked:
        values = [f.get(path) for f in data.flats]
        if any(isinstance(v, int) and not isinstance(v, bool) for v in values):
            scalars.append(("k", path))
        if any(isinstance(v, list) for v in values):
            lists.append(path)
    yield from scalars
    for path in lists:
        for n in range(has_index):
            for offset in (0, -1, 1):
                yield ("e", path, ("i", n, offset))
                yield ("e", path, ("r", n, offset))
    for path in lists:
        yield ("L", path)
        if any(isinstance(x, list) for x in base.get(path) or ()):
            yield from (("L", path, ("i", n, 0)) for n in range(has_index))
    for path in lists:
        if path in moved:
            yield ("S", path)
    for offset in (1, -1, 2, -2):
        for e in scalars:
            yield add(e, offset)
        for path in lists:
            yield add(("L", path), offset)
    for path in lists:
        for n in range(has_index):
            for offset in (1, -1):
                yield add(("e", path, ("i", n, 0)), offset)
                yield add(("e", path, ("r", n, 0)), offset)
        length = max((len(f[path]) for f in data.flats if isinstance(f.get(path), list)), default=0)
        if length <= 8 and path in moved:
            yield from (("e", path, i) for i in range(length))
            yield from (add(("e", path, i), 1) for i in range(length))
            yield ("+", *(("e", path, i) for i in range(length)))
    for factor in (2, 3, 4):
        for e in scalars:
            yield mul(e, factor)
            yield ("//", e, factor)
    # One for each pair of members of two lists.
    for a in lists:
        for b in lists:
            if a in moved and a != b and a.rpartition(".")[0] == b.rpartition(".")[0]:
                yield mul(("L", a), ("L", b))
    near = [e for e in scalars if e[1] in moved] + [("L", p) for p in lists if p in moved]
    near += [("e", p, i) for p in lists if p in moved for i in range(min(4, len(base.get(p) or ())))]
    near = near[:8]
    for a, b in itertools.permutations(near, 2):
        for e in (add(a, b), mul(a, b), ("-", a, b), ("//", a, b), ("max", a, b), ("min", a, b), add(mul(a, b), 1), add(add(a, b), 1), ("-", mul(a, b), 1), mul(a, add(b, 1)), add(mul(a, add(b, 1)), -1), add(("//", add(a, -1), b), 1)):
            yield e
    for a, b in itertools.product(near, scalars):
        if b not in near:
            yield add(a, b)
    for a, b, c in itertools.combinations(near[:5], 3):
        yield add(add(a, b), c)
        yield mul(mul(a, b), c)


# --- shapes -----------------------------------------------------------------------------------------------------------


def points_of(data, folder, pattern, places):
    """Every place of a folded name in every sample: (sample, index, name or None); None if there are too many."""
    parts = pattern.split(".")
    formulas = []
    for at, part in enumerate(parts):
        if part.endswith("}"):
            formulas.append(folder.counts[".".join([*parts[:at], part[: part.index("{")]])])
    if any(f == "?" for f in formulas):
        return None, formulas
    out = []
    for s in range(len(data.samples)):
        flat = data.flats[s]
        indices = [()]
        for formula in formulas:
            grown = []
            for index in indices:
                n = evaluate(formula, flat, index)
                if n is None or n > MAX_MEMBERS:
                    continue
                grown.extend((*index, i) for i in range(int(n)))
            indices = grown
        if not formulas:
            indices = [()]
        tensors = data.tensors[s]
        for index in indices:
            name = _name(parts, index)
            out.append((s, index, name if name in tensors else None))
        if len(out) > MAX_POINTS:
            keep = MAX_POINTS // max(1, len(data.samples))
            out = _thin(out, keep)
            data.thinned.add(pattern)
    return out, formulas


def _thin(points, keep):
    by_sample = {}
    for p in points:
        by_sample.setdefault(p[0], []).append(p)
    out = []
    for group in by_sample.values():
        step = max(1, len(group) // keep)
        out.extend(group[::step])
    return out


def _name(parts, index):
    return ".".join(p[: (at := p.index("{"))] + str(index[int(p[at + 1 : -1])]) if p.endswith("}") else p for p in parts)


def rows_beside(data, folder, learner, pattern, places, weights):
    """Rows of a tensor that lies beside one weight only: where the weight is, and what tells those places apart."""
    points, counts = points_of(data, folder, pattern, places)
    if points is None or any(repr(w["counts"]) != repr(counts) for w in weights):
        return None
    parts = weights[0]["pattern"].split(".")
    beside = [p for p in points if _name(parts, p[1]) in data.tensors[p[0]]]
    if pattern in data.thinned or sum(p[2] is not None for p in beside) != sum(p[2] is not None for p in points):
        return None
    made, reason = rows_of(data, folder, learner, pattern, places, (beside, counts))
    if reason or sum(len(row["when"]) for row in made) * sum(len(w["when"]) for w in weights) > MAX_CONDITIONS:
        return None
    for row in made:
        row["when"] = [joined for one in row["when"] for w in weights for other in w["when"] if (joined := both(other, one)) is not None]
    return [row for row in made if row["when"]]


def rows_of(data, folder, learner, pattern, places, given=None):
    points, counts = given or points_of(data, folder, pattern, places)
    if points is None:
        return [], "count"
    present = [p for p in points if p[2] is not None]
    total = sum(1 for name in places.values() for s in range(len(data.samples)) if name in data.tensors[s])
    if len(present) != total and pattern not in data.thinned:
        return [], "count"
    if not present:
        return [], "count"
    facts = [data.tensors[s][name] for s, _, name in present]
    ranks = {len(f["shape"]) for f in facts}
    if len(ranks) > 1:
        return rows_of_ranks(data, learner, pattern, points, facts, counts)
    rank = ranks.pop()
    explained = [explain_dimension(data, learner, present, facts, d) for d in range(rank)]
    unlike = pairs_of_widths(data, points, explained)
    leaves, label_of, shapes = learn_shapes(learner, points, explained, counts, unlike)
    dims = [chosen for chosen, _, _ in explained]
    if leaves is None:
        # Where the shapes cannot be told apart, but the places can, the shapes alone are unknown.
        merged = [1 if x else 0 for x in label_of]
        leaves = learner.learn(points, merged, len(counts), counts, unlike)
        if leaves is None:
            return [], "predicate"
        shared = [dims[d][0] if len(dims[d]) == 1 else "?" for d in range(rank)]
        shapes = {1: shared}
    return rows_of_leaves(pattern, counts, leaves, shapes, facts), None


def rows_of_leaves(pattern, counts, leaves, shapes, facts):
    kind = "buffer" if any(f["kind"] == "buffer" for f in facts) else "parameter"
    module = next((f["module"] for f in facts if f["module"]), "")
    by_label = {}
    for condition, label in leaves:
        if label:
            by_label.setdefault(label, []).append(condition)
    return [{"pattern": pattern, "counts": counts, "when": when, "shape": shapes[label], "kind": kind, "module": module} for label, when in by_label.items()]


def rows_of_ranks(data, learner, pattern, points, facts, counts):
    """Rows of a name that has one number of dimensions here and another there."""
    present = [p for p in points if p[2] is not None]
    labels, shapes = np.zeros(len(present), int), {}
    for rank in sorted({len(f["shape"]) for f in facts}):
        where = [i for i, f in enumerate(facts) if len(f["shape"]) == rank]
        mine, told = [present[i] for i in where], [facts[i] for i in where]
        explained = [explain_dimension(data, learner, mine, told, d) for d in range(rank)]
        if any(chosen == ["?"] for chosen, _, _ in explained):
            return [], "rank"
        keys = {}
        for at, key in zip(where, zip(*(assigned for _, assigned, _ in explained)) if rank else [()] * len(where)):
            labels[at] = keys.setdefault(key, len(shapes) + len(keys) + 1)
        shapes.update({n: [dims[c] for (dims, _, _), c in zip(explained, key)] for key, n in keys.items()})
    told = iter(labels.tolist())
    leaves = learner.learn(points, [0 if p[2] is None else next(told) for p in points], len(counts), counts)
    if leaves is None:
        return [], "rank"
    return rows_of_leaves(pattern, counts, leaves, shapes, facts), None


def pairs_of_widths(data, points, explained):
    """Whether what a weight leads from is as wide as what it leads to: shortcuts are stored where it is not."""
    if len(explained) < 2 or all(name is not None for _, _, name in points):
        return []
    out = []
    for a, b in itertools.product(*(chosen[:MAX_ORDERS] for chosen, _, _ in explained[:2])):
        if isinstance(a, tuple) and isinstance(b, tuple) and a != b:
            column = np.array([holds(("!=f", a, b), data.flats[s], i, ()) for s, i, _ in points], bool)
            if column.any() and not column.all():
                out.append((("!=f", a, b), {*keys_of(a), *keys_of(b)}, 2, column))
    return out


def learn_shapes(learner, points, explained, counts, more=()):
    """Where which shape is: (leaves or None, label of each point, shape of each label)."""
    best = None
    for assigned in assignments(explained):
        keys = {}
        at = iter(zip(*assigned)) if assigned else iter([()] * len(points))
        labels = [0 if p[2] is None else keys.setdefault(next(at), len(keys) + 1) for p in points]
        shapes = {n: [dims[c] for (dims, _, _), c in zip(explained, key)] for key, n in keys.items()}
        leaves = learner.learn(points, labels, len(counts), counts, more)
        cost = sum(1 + len(condition) for condition, _ in leaves) if leaves is not None else math.inf
        if best is None or cost < best[0]:
            best = cost, leaves, labels, shapes
    return best[1:]


def assignments(explained):
    """Which expression each place is given; where several have its value, each order of preference is tried."""
    yield [assigned for _, assigned, _ in explained]
    most = max((len(chosen) for chosen, _, _ in explained), default=1)
    if not any((fits.sum(0) > 1).any() for _, _, fits in explained):
        return
    for order in itertools.islice(itertools.permutations(range(most)), MAX_ORDERS):
        yield [
            assigned if len(chosen) == 1 else [next(c for c in order if c < len(chosen) and fits[c][i]) for i in range(len(assigned))]
            for chosen, assigned, fits in explained
        ]


def explain_dimension(data, learner, present, facts, d):
    """Expressions of one dimension and which of them holds at which point: ([expr…], [number…], which fit where)."""
    values = [f["shape"][d] for f in facts]
    none = np.ones((1, len(values)), bool)
    traced = [f["sym"][d] for f in facts]
    if len(set(values)) > 2 and all(isinstance(t, int) for t in traced):
        # Numbers that vary and remember nothing were read back from a tensor.
        traced = [None] * len(traced)
    kinds = {}
    for (s, index, _), expr in zip(present, traced):
        if expr is not None:
            kinds.setdefault(expr, []).append((s, index))
    options = {}  # expression → how many places it may stand for
    for expr, where in kinds.items():
        # One member may be told from its own place here and from the place before it there.
        places = {index: s for s, index in reversed(where)}
        for index in spread(places):
            for general in generalise(expr, index, data.flats[places[index]]):
                options[general] = options.get(general, 0) + len(where)
    # n where k divides it, n + k − n mod k elsewhere: n rounded up to a multiple of k.
    for expr in list(kinds):
        for part in subexpressions(expr):
            if part[0] == "%":
                options.setdefault(mul(floordiv(add(part[1], add(part[2], -1)), part[2]), part[2]), 1)
    # The smallest, and those that stand for the most places: with long lists, the small ones are single members.
    ranked = sorted(options, key=lambda e: (size(e), -options[e]))
    # And those that hold at the most of some points, however many others there are.
    some = [int(i) for i in np.random.default_rng(0).permutation(len(values))[:MAX_SOME]]
    hits = {e: sum(_one(data, present[i], e) == values[i] for i in some) for e in ranked}
    usual = set(ranked[:MAX_SMALLEST]) | set(sorted(options, key=lambda e: (-options[e], size(e)))[:MAX_USUAL])
    usual |= set(sorted(ranked, key=lambda e: -hits[e])[:MAX_USUAL])
    unique = [e for e in ranked if e in usual]
    fits = {expr: _fits(data, present, values, expr) for expr in unique}
    for expr in unique:
        if fits[expr].all():
            return [expr], [0] * len(values), none
    # Where the trace is wrong and the value always the same, the class sets it itself.
    misfit = {v for (s, i, _), v, t in zip(present, values, traced) if t is not None and evaluate(t, data.flats[s], i) != v}
    if len(misfit) == 1 and (v := misfit.pop()) not in fits:
        fits[v] = _fits(data, present, values, v)
        unique.append(v)
    # One value whatever the keys that the trace names: the class sets them itself.
    if len(set(values)) == 1 and keys_varied(data, present) and all(len({evaluate(e, data.flats[s], i) for s, i, _ in present}) > 1 for e in kinds if isinstance(e, tuple)):
        return [values[0]], [0] * len(values), none
    # What is fitted to values alone: where nothing is traced.
    if None in traced or len(set(values)) == 1:
        if len(set(values)) == 1 and (not keys_varied(data, present) or all(t is None or isinstance(t, int) for t in traced)):
            return [values[0]], [0] * len(values), none
        untraced = [i for i, t in enumerate(traced) if t is None]
        if untraced:
            for expr in learner.pool(present):
                if abs(_one(data, present[untraced[0]], expr) - values[untraced[0]]) > 0:
                    continue
                if _fits(data, present, values, expr).all():
                    return [expr], [0] * len(values), none
            spread_out = untraced[:: max(1, len(untraced) // MAX_SOME)]
            for expr in learner.pool(present)[: 2 * MAX_POOL]:
                if not any(_one(data, present[i], expr) == values[i] for i in spread_out):
                    continue
                fit = _fits(data, present, values, expr)
                if fit[untraced].mean() > 0.15:
                    fits[expr] = fit
                    unique.append(expr)
            for expr in learner.fitted(present, values, untraced):
                fits[expr] = _fits(data, present, values, expr)
                if fits[expr].all():
                    return [expr], [0] * len(values), none
                if expr not in unique:
                    unique.append(expr)
    # Several expressions, each at some points: the fewest that cover all, those that follow the place first.
    relative = [e for e in unique if not _is_literal(e)]
    weights = weights_of(data, present, traced)
    chosen, assigned, left = cover(relative, fits, weights)
    if left.any() or len(relative) < len(unique):
        other = cover(unique, fits, weights)
        if left.any() or (not other[2].any() and len(other[0]) < len(chosen)):
            chosen, assigned, left = other
    # Points that several of the chosen explain go with what was traced there.
    for i, t in enumerate(traced):
        if t is not None:
            index = present[i][1]
            for c, expr in enumerate(chosen):
                if fits[expr][i] and (expr == t or expr in generalise(t, index, data.flats[present[i][0]])):
                    assigned[i] = c
                    break
    if left.any():
        chosen.append("?")
        assigned[left] = len(chosen) - 1
        # Unknown at some points is unknown at all of them: which ones is not known either.
        return ["?"], [0] * len(values), none
    return chosen, [int(a) for a in assigned], np.array([fits[e] for e in chosen])


def spread(places):
    """A few places from all parts of the outermost list."""
    by_first = {}
    for index in sorted(places):
        by_first.setdefault(index[:1], []).append(index)
    return [index for several in zip(*(group[:MAX_PLACES] + group[-1:] * (MAX_PLACES - len(group)) for group in by_first.values())) for index in several][: 2 * MAX_PLACES]


def weights_of(data, present, traced):
    """What each point counts: samples that are alike in all keys that a dimension was traced to tell it once."""
    keys = sorted(set().union(*(keys_of(t) for t in set(traced) if t is not None)))
    if not keys or None in traced:
        return np.ones(len(present))
    alike = {}
    for at, (s, index, _) in enumerate(present):
        alike.setdefault((index, repr([data.flats[s].get(k) for k in keys])), []).append(at)
    out = np.ones(len(present))
    for group in alike.values():
        out[group] = 1 / len(group)
    return out


def cover(options, fits, weights):
    """The fewest of some expressions that explain all points: (chosen, which at which point, points left over)."""
    left = np.ones(len(weights), bool)
    chosen = []
    assigned = np.full(len(weights), -1)
    while left.any() and len(chosen) < 12:
        best = max(options, key=lambda e: (round(float(weights[fits[e] & left].sum()), 6), -size(e)), default=None)
        if best is None or not (fits[best] & left).any():
            break
        chosen.append(best)
        assigned[fits[best] & left] = len(chosen) - 1
        left &= ~fits[best]
    return chosen, assigned, left


def _is_literal(expr):
    """Whether an expression takes a fixed member of a list."""
    spots = []
    _spots(expr, (), spots)
    return any(isinstance(e, tuple) for _, e in spots)


def _one(data, point, expr):
    value = evaluate(expr, data.flats[point[0]], point[1])
    return -1 if value is None else value


def _fits(data, present, values, expr):
    return np.array([evaluate(expr, data.flats[s], index) == v for (s, index, _), v in zip(present, values)], bool)


def keys_varied(data, present):
    return len({s for s, _, _ in present}) > 3


def generalise(expr, index, flat):
    """An expression, and what it may stand for elsewhere: elements at the place's own index, powers of it."""
    if not isinstance(expr, tuple):
        return [expr, *(_of_integer(expr, index) if isinstance(expr, int) else ())]
    spots = []
    _spots(expr, (), spots)
    choices = []
    # Members of one place in their lists stand for one place elsewhere; they first: integers are what they are more often than not.
    alike = {}
    for where, e in sorted(spots, key=lambda spot: not isinstance(spot[1], tuple)):
        alike.setdefault((e[2], len(flat.get(e[1]) or ())) if isinstance(e, tuple) else where, []).append((where, e))
    for group in list(alike.values())[:6]:
        _, e = group[0]
        if isinstance(e, tuple):
            places = _places_like(e[2], len(flat.get(e[1]) or ()), index)
            choices.append([[(where, ("e", member[1], place)) for where, member in group] for place in places])
        else:
            choices.append([[(where, o) for where, _ in group] for o in [e, *_of_integer(e, index), *_of_rounds(e, index, flat)]])
    out = []
    for combo in itertools.islice(itertools.product(*choices), MAX_MEANINGS):
        made = expr
        for group in combo:
            for where, e in group:
                made = _replace(made, where, e)
        out.append(_in_order(made))
    return out or [expr]


def _places_like(at, length, index):
    """What the place of a list's member may be: itself, counted from the end, or beside an index of the name."""
    places = [at]
    if at >= length / 2:
        places.append(("z", length - 1 - at))
    for n, i in enumerate(index):
        if abs(at - i) <= 2:
            places.append(("i", n, at - i))
        back = at - (length - 1 - i)
        if abs(back) <= 2:
            places.append(("r", n, back))
        if length and i >= length and i % length == at:
            places.append(("m", n, 0))
    return places


def _in_order(expr):
    """Sums and products with their parts in the order that arithmetic gives them: of equal ones, one remains."""
    if not isinstance(expr, tuple) or expr[0] not in ("+", "*", "-", "//"):
        return expr
    parts = [_in_order(part) for part in expr[1:]]
    if expr[0] in ("+", "*"):
        parts.sort(key=lambda part: (isinstance(part, int), repr(part)))
    return (expr[0], *parts)


def _of_integer(value, index):
    out = []
    for n, i in enumerate(index):
        if value == 2**i and i > 0 or value == 2 and i == 1:
            out.append(("**", 2, ("i", n)))
        for more in (1, 2, 3):
            if value == 2 ** (i + more):
                out.append(("**", 2, add(("i", n), more)))
        if i > 0 and value == 2 ** (i - 1) and i > 1:
            out.append(("**", 2, add(("i", n), -1)))
        if value == i + 1 and i > 0:
            out.append(add(("i", n), 1))
        if value == i and i > 1:
            out.append(("i", n))
        if value == 2 * i and i > 0:
            out.append(mul(("i", n), 2))
    return out


def _of_rounds(value, index, flat):
    """Powers of two of the number of rounds: of a list that is gone through over and over, or of all of a list."""
    out = []
    power = value.bit_length() - 1
    if value < 2 or value != 2**power:
        return out
    for path, items in flat.items():
        if not isinstance(items, list) or not 1 < len(items) <= 16:
            continue
        if len(items) == power:
            out.append(("**", 2, ("L", path)))
        for n, i in enumerate(index):
            if i >= len(items) and power - i // len(items) in (0, 1):
                rounds = ("//", ("i", n), ("L", path))
                out.append(("**", 2, add(rounds, 1) if power > i // len(items) else rounds))
    return out[:MAX_ORDERS]


def _spots(expr, where, out):
    if isinstance(expr, int):
        if expr > 1:
            out.append((where, expr))
        return
    if not isinstance(expr, tuple):
        return
    if expr[0] == "e":
        if isinstance(expr[2], int):
            out.append((where, expr))
        return
    if expr[0] in ("k", "L", "i"):
        return
    for n, part in enumerate(expr[1:], 1):
        _spots(part, (*where, n), out)


def _replace(expr, where, value):
    if not where:
        return value
    parts = list(expr)
    parts[where[0]] = _replace(parts[where[0]], where[1:], value)
    return tuple(parts)


# --- predicates -------------------------------------------------------------------------------------------------------


class Learner:
    """Learns which predicates tell points apart."""

    def __init__(self, data):
        self.data = data
        self.config_features = None
        self.memo = {}
        self._pool = None
        self._atoms = {}
        self.influence = {}

    def pool(self, present):
        """Expressions worth trying where nothing was traced: those traced elsewhere, their parts, keys and products."""
        if self._pool is None:
            data = self.data
            seen = {}
            exprs = {e for sample in data.samples for row in sample["runtime"].values() for e in row["sym"] if isinstance(e, tuple)}
            for expr in sorted(exprs, key=repr):
                for part in subexpressions(expr):
                    seen[part] = seen.get(part, 0) + 1
            for path in data.paths:
                value = data.flats[0].get(path)
                if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                    seen.setdefault(("k", path), 1)
            atoms = sorted(seen, key=lambda e: (size(e), repr(e)))[:MAX_POOL]
            out = list(atoms)
            for e in atoms[:80]:
                for c in (2, 3, 4, 6):
                    out.append(mul(e, c))
                    out.append(("//", e, c))
                out.append(add(e, 1))
                out.append(add(e, 2))
                out.append(mul(e, e))
            small = atoms[:45]
            for a, b in itertools.combinations(small, 2):
                out.append(mul(a, b))
                out.append(add(a, b))
            for a, b in itertools.permutations(small[:30], 2):
                out.append(("//", a, b))
            self._pool = out
        return self._pool

    def fitted(self, present, values, untraced):
        """Sums, multiples, products and quotients of two expressions that give all values where nothing was traced, or all
        of those where a switch has one setting: what is made of several tensors is as long as they are together."""
        data = self.data
        out = []
        for group in self.settings(present, untraced):
            by_value = {}
            for i in group:
                by_value.setdefault(values[i], i)
            # Few points tell little apart: each value once, then others, up to some tens.
            at = (list(by_value.values()) + [i for i in group if i not in by_value.values()])[:MAX_FITTED]
            if len(by_value) < LEAST_VALUES:
                continue
            wanted = np.array([values[i] for i in at], float)
            atoms, table = [], []
            for expr in self.atoms(present):
                row = [evaluate(expr, data.flats[present[i][0]], present[i][1]) for i in at]
                if all(isinstance(v, (int, float)) for v in row) and len(set(row)) > 1:
                    atoms.append(expr)
                    table.append(row)
            if not atoms:
                continue
            table = np.array(table, float)
            rows = {}
            for expr, row in zip(atoms, table):
                rows.setdefault(row.tobytes(), expr)
            found = []
            for factor in range(1, 7):
                if (expr := rows.get((wanted / factor).tobytes())) is not None:
                    found.append(mul(expr, factor))
                if factor > 1 and (hit := np.flatnonzero((table // factor == wanted).all(1))).size:
                    found.append(("//", atoms[hit[0]], factor))
                if (hit := np.flatnonzero((-(-table // factor) == wanted).all(1))).size and factor > 1:
                    found.append(("//", add(atoms[hit[0]], factor - 1), factor))
            for offset in (1, -1, 2, -2, 3, 4):
                if (expr := rows.get((wanted - offset).tobytes())) is not None:
                    found.append(add(expr, offset))
            for expr, row in zip(atoms, table):
                for factor in (1, 2, 3):
                    left = (wanted - row * factor)
                    if (left > 0).all() and (other := rows.get(left.tobytes())) is not None:
                        found.append(add(mul(expr, factor), other))
                with np.errstate(divide="ignore", invalid="ignore"):
                    ratio = wanted / row
                if (row > 0).all() and (ratio % 1 == 0).all() and (other := rows.get(ratio.tobytes())) is not None:
                    found.append(mul(expr, other))
                if (row > 0).all() and (hit := np.flatnonzero((table // row == wanted).all(1))).size:
                    found.append(("//", atoms[hit[0]], expr))
            found.sort(key=lambda e: (size(e), repr(e)))
            out.extend(found[:8])
        return list(dict.fromkeys(out))

    def settings(self, present, untraced):
        """All points, and those of each setting of a switch that differs among them."""
        yield untraced
        data = self.data
        for path in data.paths:
            groups = {}
            for i in untraced:
                value = data.flats[present[i][0]].get(path)
                groups.setdefault(value if value is None or isinstance(value, (bool, str)) else "some", []).append(i)
            if 1 < len(groups) <= 4:
                yield from (group for group in groups.values() if len(group) < len(untraced))

    def atoms(self, present):
        """What two of may make a dimension: keys, members of lists at a place's own index, what was traced elsewhere."""
        rank = len(present[0][1])
        if rank not in self._atoms:
            data = self.data
            seen = {}
            for path in data.paths:
                found = [f.get(path) for f in data.flats]
                if any(isinstance(v, int) and not isinstance(v, bool) and v > 0 for v in found):
                    seen[("k", path)] = 0
                if any(isinstance(v, list) and v and all(isinstance(x, int) and not isinstance(x, bool) for x in v) for v in found):
                    seen[("e", path, ("z", 0))] = seen[("e", path, 0)] = seen[("S", path)] = 1
                    for n in range(rank):
                        for offset in (0, -1, 1):
                            seen[("e", path, ("i", n, offset))] = seen[("e", path, ("r", n, offset))] = 2
            # A width cut to a multiple of its heads, and its part of one head.
            keys = [e for e in seen if e[0] == "k"]
            for heads in (e for e in keys if re.search(r"heads?$", e[1])):
                for width in keys:
                    if width[1].rpartition(".")[0] == heads[1].rpartition(".")[0] and _sort(width[1]) == 0:
                        seen[("//", width, heads)] = 3
                        seen[("*", ("//", width, heads), heads)] = 5
            for sample in data.samples:
                for row in sample["runtime"].values():
                    for expr in row["sym"]:
                        if isinstance(expr, tuple):
                            for part in subexpressions(expr):
                                seen.setdefault(part, size(part))
            self._atoms[rank] = sorted(seen, key=lambda e: (size(e), repr(e)))[:MAX_ATOMS]
        return self._atoms[rank]

    def learn(self, points, labels, rank, counts, more=()):
        """[(conjunction, label)…] or None. A conjunction is a list of (predicate, truth)."""
        labels = np.array(labels)
        if (labels == labels[0]).all():
            return [([], int(labels[0]))]
        # Equal tables of points and labels have equal answers: most names of a layer share theirs.
        key = (tuple(str(c) for c in counts), hash(tuple(p[:2] for p in points)), labels.tobytes(), tuple(p for p, *_ in more))
        if key in self.memo:
            return self.memo[key]
        features = [*more, *self.features(points, rank, counts)]
        influential = self.influential(points, labels)
        costs = np.array([cost + (0 if (keys & influential) or not keys else 4) for _, keys, cost, _ in features])
        table = np.array([column for *_, column in features]) if features else np.zeros((0, len(points)), bool)
        self.memo[key] = self.smallest(labels, features, table, costs)
        return self.memo[key]

    def smallest(self, labels, features, table, costs):
        """The tree of the least cost among those that begin with one of the best few predicates; None where none tells all apart."""
        at = np.arange(len(labels))
        best = None
        for rank in range(MAX_ROOTS):
            out, spent = [], []
            if self.grow(at, labels, features, table, costs, [], out, 0, spent, rank) and (best is None or sum(spent) < best[0]):
                best = sum(spent), out
            # One question is the least there is; long trees are tried once.
            if best is None or len(spent) == 1 or len(spent) > MAX_DEPTH:
                break
        return best[1] if best else None

    def influential(self, points, labels):
        """Keys whose change alone changes the labels of a sample."""
        rows = {}
        for (s, index, _), label in zip(points, labels):
            rows.setdefault(s, {})[index] = label
        base = rows.get(0, {})
        out = set()
        for s, row in rows.items():
            change = self.data.changes[s]
            if change not in (None, "joint") and any(base.get(i, None) != label for i, label in row.items() if i in base):
                out.update(change.split("|"))
        return out

    def grow(self, at, labels, features, table, costs, path, out, depth, spent, rank=0):
        mine = labels[at]
        if (mine == mine[0]).all():
            out.append((list(path), int(mine[0])))
            return True
        if depth >= MAX_DEPTH or not len(features):
            return False
        columns = table[:, at]
        counts = np.bincount(mine)
        whole = _entropy(counts[counts > 0])
        n = len(at)
        yes = columns.sum(1)
        classes = np.unique(mine)
        inside = np.zeros(len(features))
        outside = np.zeros(len(features))
        for c in classes:
            hit = columns[:, mine == c].sum(1)
            miss = (mine == c).sum() - hit
            with np.errstate(divide="ignore", invalid="ignore"):
                inside -= np.where(hit > 0, hit * np.log2(hit / np.maximum(yes, 1)), 0)
                outside -= np.where(miss > 0, miss * np.log2(miss / np.maximum(n - yes, 1)), 0)
        gain = whole - (inside + outside) / n
        gain[(yes == 0) | (yes == n)] = -1
        best = gain.max()
        if best <= 1e-9:
            return False
        score = gain - costs * 0.012 * whole
        score[gain <= 1e-9] = -9
        # A predicate that tells all apart is taken before one that tells more at this step for a higher price.
        pure = (inside + outside) / n < 1e-9
        pure &= gain > 0
        if pure.any():
            score = np.where(pure, 10 - costs, -9)
        pick = int(score.argmax()) if rank == 0 else int(np.argsort(-score, kind="stable")[min(rank, len(score) - 1)])
        if gain[pick] <= 1e-9:
            return False
        spent.append(float(costs[pick]) + 1)
        predicate = features[pick][0]
        column = columns[pick]
        return self.grow(at[column], labels, features, table, costs, [*path, (predicate, True)], out, depth + 1, spent) and self.grow(
            at[~column], labels, features, table, costs, [*path, (predicate, False)], out, depth + 1, spent
        )

    def features(self, points, rank, counts):
        """[(predicate, its keys, cost, column)…] over the points."""
        data = self.data
        if self.config_features is None:
            self.config_features = config_features(data)
        rows = np.array([s for s, _, _ in points])
        out = [(p, keys, cost, column[rows]) for p, keys, cost, column in self.config_features]
        for n in range(rank):
            out.extend(index_features(data, points, rows, n, counts[n]))
        return out


def _entropy(counts):
    p = counts / counts.sum()
    return float(-(p * np.log2(p)).sum())


def _column(values, test):
    return np.array([test(v) for v in values], bool)


def config_features(data):
    out = []

    def put(predicate, keys, cost, column):
        if column.any() and not column.all():
            out.append((predicate, set(keys), cost, column))

    integers = []
    for path in data.paths:
        values = [f.get(path) for f in data.flats]
        distinct = []
        for v in values:
            if not isinstance(v, list) and v not in [d for d in distinct if type(d) is type(v)]:
                distinct.append(v)
        if len(distinct) <= 1 and not any(isinstance(v, list) for v in values):
            continue
        if None in distinct:
            put(("==", path, None), [path], 1, _column(values, lambda v: v is None))
        for word in distinct:
            if isinstance(word, bool) or (isinstance(word, str) and not _is_activation(path, word)):
                put(("==", path, word), [path], 1, _column(values, lambda v, w=word: v is w if isinstance(w, bool) else v == w))
        numbers = [v if isinstance(v, (int, float)) and not isinstance(v, bool) else None for v in values]
        if any(v is not None for v in numbers):
            integers.append((path, numbers))
            put((">", path, 0), [path], 2, _column(numbers, lambda v: v is not None and v > 0))
            for c in sorted({v for v in numbers if v is not None and isinstance(v, int) and 0 <= v <= 4}):
                put(("==", path, c), [path], 3, _column(numbers, lambda v, c=c: v == c))
            for c in (1, 2, 3, 4):
                put((">", path, c), [path], 4, _column(numbers, lambda v, c=c: v is not None and v > c))
        if any(isinstance(v, list) for v in values):
            lists = [v if isinstance(v, list) else [] for v in values]
            put(("has", path), [path], 3, _column(lists, bool))
            for word in _words(lists):
                put(("any", path, word), [path], 3, _column(lists, lambda v, w=word: any(type(x) is type(w) and x == w for x in v)))
            if path.endswith("out_indices"):
                for bound in range(5):
                    put(("any>", path, bound), [path], 3, _column(lists, lambda v, b=bound: any(isinstance(x, int) and x > b for x in v)))
            length = max(map(len, lists))
            for i in range(min(length, 8)):
                for word in _words(lists):
                    if isinstance(word, (str, bool)) or length <= 8:
                        put(("@", path, i, word), [path], 3 if isinstance(word, (str, bool)) else 4, _column(lists, lambda v, i=i, w=word: i < len(v) and type(v[i]) is type(w) and v[i] == w))
    integers = integers[:60]
    for (a, va), (b, vb) in itertools.combinations(integers, 2):
        if (sort := _sort(a)) and sort == _sort(b):
            put(("=k", a, b), [a, b], 4, _column(list(zip(va, vb)), lambda p: p[0] is not None and p[0] == p[1]))
    return out


def _is_activation(path, word):
    """Which activation a model has decides nothing that is stored, but for those that have weights or gates (refuted.ts)."""
    return bool(re.search(r"(act|activation)(_fn|_function)?$", path)) and not re.search(r"glu|prelu|xielu", word)


# Sorts of numbers that code compares with their like. Others are alike by chance.
_SORTS = (
    vary.WIDTHS,
    re.compile(r"(heads?|groups)$"),
    re.compile(r"(layers?|depth|blocks)$"),
)


def _sort(path):
    return next((sort for sort in _SORTS if sort.search(path)), None)


def _words(lists):
    """Members that code may ask for: words, numbers that stand for kinds, ratios."""
    out = []
    for items in lists:
        for x in items:
            if (isinstance(x, (str, bool, float)) or (isinstance(x, int) and 0 <= x <= MAX_WORD)) and not any(type(x) is type(y) and x == y for y in out):
                out.append(x)
                if len(out) > 12:
                    return out
    return out


def index_features(data, points, rows, n, count):
    index = np.array([i[n] for _, i, _ in points])
    out = []

    def put(predicate, keys, cost, column):
        if column.any() and not column.all():
            out.append((predicate, set(keys), cost, column))

    totals = np.array([evaluate(count, data.flats[s], i) or 0 for s, i, _ in points])
    put(("i==", n, 0), [], 2, index == 0)
    put(("i=last", n), [], 2, index == totals - 1)
    for c in range(1, 4):
        put(("i<", n, c), [], 4, index < c)
        put(("i==", n, c), [], 5, index == c)
    for m in (2, 3, 4, 5, 6):
        for o in range(m):
            put(("i%", n, m, o), [], 3 + m / 2, index % m == o)
    put(("i<half", n), [], 4, index < totals // 2)
    put(("i>half", n), [], 4, index > totals // 2)
    for path in data.paths:
        values = [f.get(path) for f in data.flats]
        if any(isinstance(v, int) and not isinstance(v, bool) for v in values):
            k = np.array([v if isinstance(v, int) and not isinstance(v, bool) else -1 for v in values])[rows]
            ok = k >= 0
            put(("i<k", n, path), [path], 3, ok & (index < k))
            put(("i=k", n, path), [path], 4, ok & (index == k))
            put(("i>=last-k", n, path), [path], 4, ok & (index >= totals - k))
            positive = k > 0
            safe = np.where(positive, k, 1)
            put(("i%k", n, path, 0), [path], 3, positive & (index % safe == 0))
            put(("i%k", n, path, -1), [path], 3, positive & (index % safe == safe - 1))
            put(("i%k", n, path, 1), [path], 3.5, positive & (index % safe == 1 % safe))
        if any(isinstance(v, list) for v in values):
            lists = [v if isinstance(v, list) else [] for v in values]
            for word in _words(lists):
                column = np.array([i < len(lists[s]) and type(lists[s][i]) is type(word) and lists[s][i] == word for s, i in zip(rows, index)], bool)
                put(("[i]", n, path, word), [path], 1.5, column)
                again = np.array([bool(lists[s]) and type(x := lists[s][i % len(lists[s])]) is type(word) and x == word for s, i in zip(rows, index)], bool)
                if (again != column).any() and isinstance(word, str):
                    put(("[i%]", n, path, word), [path], 1.5, again)
            for bound in (0, 1):
                put(("[i]>", n, path, bound), [path], 3 + bound, np.array([i < len(lists[s]) and isinstance(lists[s][i], (int, float)) and lists[s][i] > bound for s, i in zip(rows, index)], bool))
            put(("[i]<", n, path, 1), [path], 3, np.array([i < len(lists[s]) and isinstance(lists[s][i], (int, float)) and lists[s][i] < 1 for s, i in zip(rows, index)], bool))
            # Neighbours that are alike: where widths change, a shortcut is a tensor of its own.
            for op, step in (("[i]=", 1), ("[i]=", -1), ("[r]=", 1), ("[r]=", -1)):
                put((op, n, path, step), [path], 3, np.array([_alike(lists[s], int(i), op, step) for s, i in zip(rows, index)], bool))
            put(("iin", n, path), [path], 2, np.array([int(i) in lists[s] for s, i in zip(rows, index)], bool))
            put(("i<len", n, path), [path], 4, np.array([i < len(lists[s]) for s, i in zip(rows, index)], bool))
    # A period of one key that starts at another.
    integers = [p for p in data.paths if ("period" in p or "offset" in p or "step" in p or "every" in p or "interval" in p or "freq" in p or "first" in p or "pattern" in p or "stride" in p) and any(isinstance(f.get(p), int) and not isinstance(f.get(p), bool) for f in data.flats)]
    for a, b in itertools.permutations(integers, 2):
        ka = np.array([f.get(a) if isinstance(f.get(a), int) and (f.get(a) or 0) > 0 else 1 for f in data.flats])[rows]
        kb = np.array([f.get(b) if isinstance(f.get(b), int) else 0 for f in data.flats])[rows]
        put(("i%k=k", n, a, b), [a, b], 4, index % ka == kb)
    # A period that two numbers of layers make: one in so many.
    several = [p for p in data.paths if p.endswith("layers") and any(isinstance(f.get(p), int) and not isinstance(f.get(p), bool) for f in data.flats)][:8]
    for a, b in itertools.permutations(several, 2):
        period = ("//", ("k", a), ("k", b))
        values = np.array([evaluate(period, f) or 0 for f in data.flats])[rows]
        safe = np.where(values > 0, values, 1)
        for offset in (0, 1):
            put(("i%f", n, period, offset), [a, b], 4, (values > 0) & (index % safe == offset % safe))
    for a in integers:
        for minus in (1,):
            ka = np.array([f.get(a) if isinstance(f.get(a), int) and (f.get(a) or 0) > 0 else 1 for f in data.flats])[rows]
            put(("i+%k", n, a, 1), [a], 4, (index + 1) % ka == 0)
    return out


def _alike(items, i, op, step):
    """Whether a member equals the one a step further, from the front or from the back."""
    at = i if op == "[i]=" else len(items) - 1 - i
    return 0 <= at < len(items) and 0 <= at + step < len(items) and items[at] == items[at + step]


def holds(predicate, flat, index, counts):
    """Whether a predicate is true of a configuration and a place."""
    op, *rest = predicate
    if op == "!=f":
        one, other = (evaluate(e, flat, index) for e in rest)
        return one is not None and other is not None and one != other
    if op in ("==", ">", "=k", ">k", "has", "any", "any>", "@", "@=", "@>"):
        value = flat.get(rest[0])
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        items = value if isinstance(value, list) else []
        if op == "==":
            return value is None if rest[1] is None else type(value) is type(rest[1]) and value == rest[1]
        if op == ">":
            return number is not None and number > rest[1]
        if op in ("=k", ">k"):
            other = flat.get(rest[1])
            other = other if isinstance(other, (int, float)) and not isinstance(other, bool) else None
            return number is not None and (number == other if op == "=k" else other is not None and number > other)
        if op == "has":
            return bool(items)
        if op == "any>":
            return any(isinstance(x, int) and x > rest[1] for x in items)
        if op == "any":
            return any(type(x) is type(rest[1]) and x == rest[1] for x in items)
        at = rest[1]
        if op == "@":
            return at < len(items) and type(items[at]) is type(rest[2]) and items[at] == rest[2]
        if op == "@=":
            return at + 1 < len(items) and items[at] == items[at + 1]
        return at < len(items) and isinstance(items[at], (int, float)) and items[at] > rest[2]
    n = rest[0]
    i = index[n]
    total = evaluate(counts[n], flat, index) or 0
    if op == "i==":
        return i == rest[1]
    if op == "i=last":
        return i == total - 1
    if op == "i<":
        return i < rest[1]
    if op == "i>=last":
        return i >= total - rest[1]
    if op == "i%":
        return i % rest[1] == rest[2]
    if op == "i<half":
        return i < total // 2
    if op == "i>half":
        return i > total // 2
    if op == "i%f":
        period = evaluate(rest[1], flat, index) or 0
        return period > 0 and i % period == rest[2] % period
    value = flat.get(rest[1])
    items = value if isinstance(value, list) else []
    if op == "[i%]":
        return bool(items) and type(items[i % len(items)]) is type(rest[2]) and items[i % len(items)] == rest[2]
    if op == "[i]<":
        return i < len(items) and isinstance(items[i], (int, float)) and items[i] < rest[2]
    if op == "[i]":
        return i < len(items) and type(items[i]) is type(rest[2]) and items[i] == rest[2]
    if op == "[i]>":
        return i < len(items) and isinstance(items[i], (int, float)) and items[i] > rest[2]
    if op in ("[i]=", "[r]="):
        return _alike(items, i, op, rest[2])
    if op == "iin":
        return i in items
    if op == "i<len":
        return i < len(items)
    k = value if isinstance(value, int) and not isinstance(value, bool) else -1
    if op == "i%k=k":
        other = flat.get(rest[2])
        return i % (k if k > 0 else 1) == (other if isinstance(other, int) else 0)
    if op == "i+%k":
        return (i + 1) % (k if k > 0 else 1) == 0
    if k < 0:
        return False
    if op == "i<k":
        return i < k
    if op == "i<k+":
        return i < k + rest[2]
    if op == "i=k":
        return i == k
    if op == "i>=last-k":
        return i >= total - k
    if op == "i%k":
        return k > 0 and i % k == rest[2] % k
    raise ValueError(op)
