"""What a configuration holds where config.json leaves a key out: a value, a formula of other keys, a list by layer, or not known.

Found by leaving the key out and looking: of one configuration with remembering numbers, then of others to be sure.
"""

import copy

import rows
import vary
from exprs import evaluate
from tracing import expr_of


def of_class(subject, samples, used):
    """{path: ["=", value] | ["f", formula] | ["l", count, [[conjunction, word]…]]}; what is not explained is left out."""
    if subject.library == "diffusers":
        flat = vary.flatten(subject.default)
        return {path: ["=", flat[path]] for path in used if path in flat}
    out = {}
    chosen = [samples[0]] + [s for s in samples if s["change"] == "joint"][:7]
    default = vary.flatten(subject.default)
    for path in sorted(used):
        found = without(subject, chosen, path)
        if found is not None:
            out[path] = found
        elif all(path not in vary.flatten(s["full"]) for s in samples[:1]):
            # The library asks for the key and takes its absence for an answer.
            out[path] = ["=", None]
    for path in out:
        if out[path][0] == "=" and path in default and out[path][1] != default[path]:
            out[path] = ["=", default[path]] if isinstance(default[path], (bool, str)) else out[path]
    return out


def without(subject, samples, path):
    seen = []
    for sample in samples:
        values = copy.deepcopy(sample["full"])
        scope = values
        *parents, leaf = path.split(".")
        try:
            for part in parents:
                scope = scope[int(part)] if isinstance(scope, list) else scope[part]
            if isinstance(scope, list) or leaf not in scope:
                return None
            del scope[leaf]
            if leaf == "id2label":
                scope.pop("label2id", None)
            config = subject.configure_traced(values)
            got = look(config, path)
        except Exception:
            continue
        seen.append((sample, got))
    if len(seen) < 2:
        return None
    values = [plain(got) for _, got in seen]
    if all(type(v) is type(values[0]) and v == values[0] for v in values):
        return ["=", values[0]]
    for sample, got in seen:
        formula = expr_of(got) if isinstance(got, (int, float)) and not isinstance(got, bool) else None
        if formula is not None and all(evaluate(formula, vary.flatten(s["full"])) == plain(g) for s, g in seen):
            return ["f", formula]
    if all(isinstance(v, list) for v in values):
        return by_layer(seen, values)
    return None


def by_layer(seen, values):
    """A list whose members follow from their place."""
    samples = [{"full": s["full"], "tensors": {}, "change": s["change"]} for s, _ in seen]
    data = rows.Samples(samples)
    scalars = [p for p in data.paths if vary._COUNTS.search(p)]
    for path in scalars:
        count = ("k", path)
        if all(evaluate(count, flat) == len(v) for flat, v in zip(data.flats, values)):
            break
    else:
        return None
    words = []
    points, labels = [], []
    for s, items in enumerate(values):
        for i, item in enumerate(items):
            if isinstance(item, (list, dict)):
                return None
            if not any(type(w) is type(item) and w == item for w in words):
                words.append(item)
            points.append((s, (i,), ""))
            labels.append(next(n for n, w in enumerate(words) if type(w) is type(item) and w == item))
    leaves = rows.Learner(data).learn(points, labels, 1, [count])
    if leaves is None or len(words) > 6:
        return None
    return ["l", count, [[condition, words[label]] for condition, label in leaves]]


def look(config, path):
    for part in path.split("."):
        config = config[part] if isinstance(config, dict) else getattr(config, part)
    return config


def plain(value):
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, dict):
        return [str(v) for v in value.values()]
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return str(value)
