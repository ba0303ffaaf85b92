"""Lists that are numbered through over stages: `layers.{0}`, of which each stage holds so many as a list of the
configuration or a key says, with members of their own before the first stage and behind the last.

The names of such a list are read as names of two lists, one in the other, for each way to divide it that fits the numbers
of members: `layers.9.conv` as the second member of the fourth stage. The rows are then derived as all others are, and of
the ways the one that leaves the least unknown is taken.
"""

import itertools
import re
import time

import rows
from divisions import MAX_BEFORE, places_of, segments_of, ways_to_divide
from exprs import evaluate

SECONDS = 40  # of processor time for the lists of one class; those that are left by then are not divided
MAX_PLACES = 3000  # of one list in all samples that rows are learned from
MAX_WAYS = 40  # to divide one list that are looked at
MAX_DERIVED = 6  # of them, whose rows are derived
MOST_MEMBERS = 4  # that code names one by one


def divide(made, unknown, data, folder):
    """Rows and unknown names of a class, with lists divided in stages where that tells more of them."""
    until = time.process_time() + SECONDS
    for container in containers(made, unknown, folder):
        found = divided(container, data, folder, until)
        if not found:
            continue
        inside = _under(container)
        old = [r for r in made if inside(r["pattern"])]
        old_unknown = [u for u in unknown if inside(u[0])]
        if worth(found[0], found[1]) >= worth(old, old_unknown):
            continue
        made = [r for r in made if not inside(r["pattern"])] + found[0]
        unknown = [u for u in unknown if not inside(u[0])] + found[1]
    return made, unknown


def worth(made, unknown):
    """What is not known of some names, the least the better: names or what of them is learned by heart, dimensions, questions."""
    literal = {}
    for row in made:
        if "stages" not in row:
            literal.setdefault(re.sub(r"(?<=\.)\d+(?=\.)|\{\d+\}(?=\.)", "#", row["pattern"]), set()).add((row["pattern"], repr(row["when"])))
    by_heart = sum(len(g) for g in literal.values() if len({p for p, _ in g}) > MOST_MEMBERS and len({w for _, w in g}) > 1)
    return len(unknown) + rows.doubtful(made) + by_heart, sum("?" in r["shape"] for r in made), sum(1 + sum(map(len, r["when"])) for r in made)


def containers(made, unknown, folder):
    """Lists of whose members something is not known, the outer ones first."""
    doubted = [p for p, _ in unknown] + [r["pattern"] for r in made if "?" in r["shape"] or rows.doubtful([r])]
    literal = {}
    for row in made:
        for container in _containers_of(row["pattern"], folder):
            literal.setdefault(container, set()).add(row["pattern"])
    out = {c for p in doubted for c in _containers_of(p, folder)}
    out |= {c for c, patterns in literal.items() if folder.counts.get(c, 0) is None and len(patterns) > MOST_MEMBERS}
    return sorted(out, key=lambda c: (c.count("."), c))


def _containers_of(pattern, folder):
    parts = pattern.split(".")
    for at in range(1, len(parts)):
        if rows.numbered(parts[at]) or parts[at].endswith("}"):
            stem = parts[at][: parts[at].index("{")] if parts[at].endswith("}") else rows.numbered(parts[at])[0]
            if not stem and (container := ".".join([*parts[:at], ""])) in folder.counts:
                yield container


def _under(container):
    start = re.compile(r"\.".join(r"\{\d+\}" if p.endswith("}") else re.escape(p) for p in container.split(".")) + r"(?:\d+|\{\d+\})\.")
    return lambda pattern: start.match(pattern) is not None


def _name_of(container):
    """Reads names of a list's members: what is before the number, with the outer indices, the number, what is behind."""
    return re.compile("(" + r"\.".join(r"\d+" if p.endswith("}") else re.escape(p) for p in container.split("."))[: -len(r"\.")] + r")\.(\d+)\.(.*)$")


def divided(container, data, folder, until):
    """Rows and unknown names of one list, divided in the best way; None where no way fits the numbers of its members."""
    read = _name_of(container)
    outer = tuple(n for n, part in enumerate(container.split(".")) if part.endswith("}"))
    names = [{} for _ in data.samples]  # of each sample: {(before, number, behind): name}
    ends = {}
    for s, tensors in enumerate(data.tensors):
        for name in tensors:
            found = read.match(name)
            if found:
                before, number, behind = found[1], int(found[2]), found[3]
                names[s][before, number, behind] = name
                parts = before.split(".")
                key = (s, tuple(int(parts[n]) for n in outer), before)
                ends[key] = max(ends.get(key, 0), number + 1)
    if len(set(ends.values())) < 2 or max(ends.values()) > rows.MAX_MEMBERS:
        return None
    # What all samples have fits the way; what the smaller ones have tells the rows, but of lists that are very long.
    ways = list(itertools.islice(ways_to_divide(data, ends, len(outer)), MAX_WAYS))
    if not ways:
        return None
    data = of_samples(data, smaller(ends, len(data.samples)))
    names, ends = [names[s] for s in data.places], {(data.places.index(s), *rest): end for (s, *rest), end in ends.items() if s in data.places}
    learner = rows.Learner(data)
    ranked = []
    for way in ways:
        for before in range(MAX_BEFORE + 1):
            segments = segments_of(way, before, len(outer))
            if segments is None or time.process_time() > until:
                continue
            cost = first_look(data, learner, names, ends, segments, len(outer))
            if cost is not None:
                ranked.append((cost, len(ranked), segments))
    ranked.sort(key=lambda r: r[:2])
    best = None
    for _, _, segments in ranked[:MAX_DERIVED]:
        try:
            made = rows_of_segments(data, folder, names, container, segments, outer, until)
        except rows.OutOfBudget:
            break
        if best is None or worth(*made) < worth(*best):
            best = made
        if worth(*best)[:2] == (0, 0):
            break
    return best


def smaller(ends, count):
    """The samples that have the fewest members, the first one among them: as many as rows can be learned from."""
    sizes = dict.fromkeys(range(count), 0)
    for (s, *_), end in ends.items():
        sizes[s] = sizes.get(s, 0) + end
    out, left = [], MAX_PLACES
    for s in sorted(sizes, key=lambda s: (s != 0, sizes[s], s)):
        left -= sizes[s]
        if left < 0 and out:
            break
        out.append(s)
    return sorted(out)


def of_samples(data, places):
    """Some of the samples, as samples of their own."""
    out = rows.Samples([data.samples[s] for s in places])
    out.tensors = [data.tensors[s] for s in places]
    out.places = places
    return out


def first_look(data, learner, names, ends, segments, rank):
    """Of how many questions what lies at which place of a stage is told; None where no tree tells it."""
    main = next((start, count, length) for start, count, length in segments if (count, length) != (1, 1))
    points, labels, kinds = [], [], {}
    for (s, index, before), _ in ends.items():
        parts = {}
        for place, number, behind in names[s]:
            if place == before:
                parts.setdefault(number, set()).add(re.sub(r"(?<![^.])\d+(?=\.)", "#", behind))
        at = evaluate(main[0], data.flats[s], index)
        for stage in range(int(evaluate(main[1], data.flats[s], index))):
            for place in range(int(evaluate(main[2], data.flats[s], (*index, stage)))):
                points.append((s, (*index, stage, place), ""))
                labels.append(kinds.setdefault(frozenset(parts.get(at, ())), len(kinds)))
                at += 1
    if not points or len(points) > 2 * MAX_PLACES:
        return None
    leaves = learner.learn(points, labels, rank + 2, [*[10**6] * rank, main[1], main[2]])
    return None if leaves is None else sum(1 + len(condition) for condition, _ in leaves)


def rows_of_segments(data, folder, names, container, segments, outer, until):
    """The rows of a list that is divided in some way: derived of names that tell stage and place, then under their own names."""
    rank = len(outer)
    stem = container[:-1]
    renamed = [{} for _ in data.samples]
    for s, own in enumerate(names):
        ranges = {}
        for (before, number, behind), name in own.items():
            if before not in ranges:
                parts = before.split(".")
                ranges[before] = places_of(segments, data.flats[s], tuple(int(parts[n]) for n in outer))
            found = ranges[before].get(number)
            # A member that no segment has stays what it is: a name that nothing explains.
            new = f"{before}~{found[0]}.{found[1]}.{found[2]}.{behind}" if found else f"{before}~.{number}.{behind}"
            renamed[s][new] = data.tensors[s][name]
    given = {c: count for c, count in folder.counts.items() if container.startswith(c)}
    for n, (_, count, length) in enumerate(segments):
        given[f"{stem}~{n}."] = count
        given[f"{stem}~{n}.{{{rank}}}."] = length
    made, unknown, _ = rows.derive(data.samples, tensors=renamed, given=given, until=until)
    own = re.compile(re.escape(stem) + r"~(\d+)\.\{(\d+)\}\.\{\d+\}\.")
    out, left = [], {}
    for row in made:
        found = own.match(row["pattern"])
        if not found:
            left[_plain(row["pattern"], stem, rank)] = "stages"
            continue
        out.append({**row, "pattern": _plain(row["pattern"], stem, rank), "stages": {"variable": rank, "start": segments[int(found[1])][0]}})
    for pattern, reason in unknown:
        left[_plain(pattern, stem, rank)] = reason
    return [row for row in out if row["pattern"] not in left], [[p, reason] for p, reason in left.items()]


def _plain(pattern, stem, rank):
    """A pattern with stage and place as the one index that they are in names."""
    behind = re.sub(r"^~\d*\.(?:\{\d+\}\.\{\d+\}|\{\d+\}|\d+)", "", pattern[len(stem) :])
    places = itertools.count(rank + 1)
    return f"{stem}.{{{rank}}}" + re.sub(r"\{\d+\}", lambda _: f"{{{next(places)}}}", behind)
