"""Configurations of one class: a small one to start from, each key changed alone, and random joint changes."""

import copy
import inspect
import math
import random
import re

MAX_LAYERS = 4
MAX_EXPERTS = 4
_COUNTS = re.compile(r"(layers|layer|depth|blocks|n_layer|num_block|hidden_layers)s?$")
_EXPERTS = re.compile(r"(num|n)_.*experts$|^moe_num_experts$|^num_experts$")
# A block without layers builds, but no model has one.
_NEVER_EMPTY = re.compile(r"per_block$")
# Widths, which code compares with each other.
WIDTHS = re.compile(r"(size|dim|dims|channels|width|embed|d_model|rank|features?|hidden|d_ff)$")
# Keys that never decide what is stored, but are read by nearly every model.
_IDLE = re.compile(
    r"(_token_id|_token_index|dropout|_eps|epsilon|initializer|init_std|^use_cache|gradient_checkpointing|attn_implementation|"
    r"drop_path|_drop$|drop_rate|rope_theta|rope_parameters|loss|temperature|_std$|_range$|^model_type$|transformers_weights|bad_words|^prefix$|pruned_heads|is_encoder_decoder|^stage_names$|^out_features$)"
)


def flatten(values, prefix=""):
    """Leaves by path: scalars, and lists whole; of lists of lists and of objects, the members too."""
    out = {}
    for key, value in values.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            if key in ("id2label", "label2id"):
                out[path] = list(value.values())
            else:
                out.update(flatten(value, f"{path}."))
        else:
            out[path] = value
            if isinstance(value, (list, tuple)) and any(isinstance(x, (list, tuple, dict)) for x in value):
                for i, x in enumerate(value):
                    if isinstance(x, dict):
                        out.update(flatten(x, f"{path}.{i}."))
                    elif isinstance(x, (list, tuple)):
                        out[f"{path}.{i}"] = list(x)
    return out


def get(values, path):
    for part in path.split("."):
        values = values[int(part)] if isinstance(values, list) else values[part]
    return values


def links_of(default):
    """Which lists are as long as which count, or one longer: {path of the count: [(path of the list, excess)]}"""
    flat = flatten(default)
    out = {}
    for path, items in flat.items():
        if not isinstance(items, list) or len(items) < 2 or any(isinstance(x, (dict, list)) for x in items):
            continue
        scope = path.rpartition(".")[0]
        counts = {p: n for p, n in flat.items() if p.rpartition(".")[0] == scope and type(n) is int and _COUNTS.search(p)}
        # Of as many as one count says, that another says one less is chance.
        longest = 0 if len(items) in counts.values() or not all(isinstance(x, int) for x in items) else 1
        for other, count in counts.items():
            if 0 <= len(items) - count <= longest:
                out.setdefault(other, []).append((path.rpartition(".")[2], len(items) - count))
    return out


def put(values, path, value, links):
    """A copy with one leaf changed. Lists as long as a count that changes are made as long again."""
    values = copy.deepcopy(values)
    put_in_place(values, path, value, links)
    return values


def put_in_place(values, path, value, links):
    *parents, leaf = path.split(".")
    scope = values
    for part in parents:
        scope = scope[int(part)] if isinstance(scope, list) else scope[part]
    if isinstance(scope, list):
        scope[int(leaf)] = value
        return
    old = scope.get(leaf)
    if leaf == "id2label" and isinstance(value, int):
        scope[leaf] = {str(i): f"LABEL_{i}" for i in range(value)}
        scope.pop("label2id", None)
        return
    if isinstance(old, int) and isinstance(value, int) and not isinstance(old, bool):
        overrides = scope.get("per_layer_config")
        if isinstance(overrides, dict) and _COUNTS.search(leaf):
            scope["per_layer_config"] = {layer: own for layer, own in overrides.items() if int(layer) < value}
        for key, excess in links.get(path, ()):
            items = scope.get(key)
            if isinstance(items, list) and len(items) == old + excess:
                scope[key] = [_member(items, i) for i in range(value + excess)]
    scope[leaf] = value


def _member(items, i):
    """Members beyond the end are told from those before: the last of a list and its fifth are two things."""
    item = items[i % len(items)]
    rounds = i // len(items)
    return item * (rounds + 1) if isinstance(item, int) and not isinstance(item, bool) and item > 4 else item


def _length_of(values, path, otherwise):
    try:
        return len(get(values, path))
    except (KeyError, TypeError, IndexError):
        return otherwise


def _of_length(items, size):
    return [_member(items, i) for i in range(size)] if items and size != len(items) else items


def resize(values, paths, size):
    values = copy.deepcopy(values)
    for path in paths:
        *parents, leaf = path.split(".")
        scope = values
        for part in parents:
            scope = scope[int(part)] if isinstance(scope, list) else scope[part]
        items = scope[leaf]
        scope[leaf] = [_member(items, i) for i in range(size)]
    return values


# Computed from the numbers of stages, and refused where they disagree with them.
_OF_STAGES = ("stage_names", "out_features", "out_indices")


def without_stages(values):
    """A copy without the keys that a configuration computes from its stages, at every level."""
    if isinstance(values, dict):
        return {k: without_stages(v) for k, v in values.items() if k not in _OF_STAGES}
    if isinstance(values, list):
        return [without_stages(v) for v in values]
    return values


def shrink(values, links):
    """Few layers and experts: the time of a build is the number of its modules."""
    values = copy.deepcopy(values)
    for path, value in flatten(values).items():
        leaf = path.rpartition(".")[2]
        if isinstance(value, bool) or not isinstance(value, int):
            continue
        try:
            if _COUNTS.search(leaf) and value > MAX_LAYERS:
                kinds = _kinds_of(values, path, links)
                put_in_place(values, path, MAX_LAYERS, links)
                _keep_kinds(values, path, kinds)
            elif _EXPERTS.search(leaf) and value > MAX_EXPERTS:
                put_in_place(values, path, MAX_EXPERTS, links)
        except (KeyError, TypeError, IndexError):
            continue
    for path, value in flatten(values).items():
        leaf = path.rpartition(".")[2]
        if isinstance(value, int) and not isinstance(value, bool) and value > 2:
            if re.search(r"(experts_per_tok|top_k|topk|moe_k|experts_per_token|moe_topk)$", leaf):
                put_in_place(values, path, 2, links)
            if re.fullmatch(r"(n_group|topk_group)", leaf):
                put_in_place(values, path, 1, links)
    return values


def _kinds_of(values, path, links):
    """The words of the lists that are as long as a count, each once: {key: words}"""
    scope = _scope_of(values, path)
    lists = ((key, scope.get(key)) for key, _ in links.get(path, ()))
    return {key: list(dict.fromkeys(items)) for key, items in lists if isinstance(items, list) and all(isinstance(x, str) for x in items)}


def _keep_kinds(values, path, kinds):
    """Where a list cut to its first members lost a kind of layer, the kinds in turn: what one of them alone stores is seen then."""
    scope = _scope_of(values, path)
    for key, words in kinds.items():
        if len(set(scope[key])) < len(words) <= len(scope[key]):
            scope[key] = [words[i % len(words)] for i in range(len(scope[key]))]


def _scope_of(values, path):
    for part in path.split(".")[:-1]:
        values = values[int(part)] if isinstance(values, list) else values[part]
    return values


def candidates(subject, path, value, source, words):
    """Values worth trying for one key alone, likeliest first. Each inner list: the first that builds is enough."""
    leaf = path.rpartition(".")[2]
    optional = may_be_null(subject, path)
    if leaf == "id2label":
        return [[3], [7]]
    if leaf == "out_indices":
        return [[[1]], [[0, 2]], [[1, 2]], [[0, 1, 2, 3], [1, 2, 3, 4]]]
    if isinstance(value, bool):
        return [[not value]] + ([[None]] if optional else [])
    if value is None:
        if leaf.endswith("_config"):
            return []
        texts = words_of(leaf, source)
        out = [[t] for t in texts[:6]]
        if "list" in annotation(subject, path).lower() or "tuple" in annotation(subject, path).lower():
            out += [[[0, 2]], [[1]]]
        if re.match(r"(is|use|tie|has|add|with|do|enable)_", leaf):
            return out + [[True], [False]]
        return out + ([[12, 16, 2, True, 0.5], [24, 3, 1.5]] if not re.search(r"(type|method|mode|act|fn|name|implementation)$", leaf) else [[True]])
    if isinstance(value, int):
        if value > 2 and value & (value - 1) == 0 and re.search(r"(factor|ratio|rate|scale|stride)$", leaf):
            # What counts halvings: of the number between two powers nothing changes.
            out = [[value * 2, value // 2], [value // 2, value * 4]]
        elif value > 16:
            out = [[value * 2, value * 4, value // 2, value + 1], [value * 3, value + 8, value + 2, value // 2]]
        else:
            out = [[value + 1, value * 2, value - 1], [value + 2, value * 3, value * 4]]
            if value > 0 and not _NEVER_EMPTY.search(leaf):
                out.append([0])
        return out + ([[None]] if optional else [])
    if isinstance(value, float):
        return [[value * 2, value * 0.5], [value * 1.5]] + ([[0.0]] if value else [[0.5]])
    if isinstance(value, str):
        if "act" in leaf or "nonlinearity" in leaf:
            return [["relu", "silu", "gelu"] if value not in ("relu", "silu") else ["gelu", "tanh"]]
        return [[t] for t in words_of(leaf, source)[:6] if t != value] + ([[None]] if optional else [])
    if value == []:
        return [[[1]], [[0, 2]]]
    if isinstance(value, list) and value:
        if all(isinstance(x, bool) for x in value):
            return [[[not x for x in value]], [[i % 2 == 0 for i in range(len(value))]]]
        if all(isinstance(x, int) for x in value):
            out = [[[x * 2 for x in value], [x + 1 for x in value]], [[x * 3 for x in value], [x + 2 for x in value]]]
            if len(set(value)) == 1:
                out.append([[value[0] * (i + 1) for i in range(len(value))]])
            elif min(value) >= 8:
                out += [[[value[0]] * len(value)], [[value[max(0, i - 1)] for i in range(len(value))]]]
            for i in range(min(len(value), 8)):
                out.append([[x * 2 if i == j else x for j, x in enumerate(value)], [x + 1 if i == j else x for j, x in enumerate(value)]])
            return out
        if all(isinstance(x, (int, float)) for x in value) and len(set(value)) > 1:
            # Ratios: what one of them decides, another may.
            return [[value[::-1]], [value[1:] + value[:1]], [[x * 2 for x in value]]]
        if all(isinstance(x, str) for x in value):
            known = list(dict.fromkeys([*value, *words_of(leaf, source), *(layer_words() if "type" in leaf else ())]))
            out = [[[w] * len(value)] for w in known[:16]]
            out += [[[known[(i + o) % len(known)] for i in range(len(value))]] for o in range(min(2, len(known)))]
            return out
    return []


def layer_words():
    """Every kind of layer that the library knows a word for."""
    try:
        from transformers.configuration_utils import ALLOWED_LAYER_TYPES

        return tuple(ALLOWED_LAYER_TYPES)
    except ImportError:
        return ()


def words_of(leaf, source):
    """Words that a library's code, given by line, compares a key with."""
    out = []
    whole = re.compile(rf"\b{re.escape(leaf)}\b")
    for line in source:
        if leaf in line and whole.search(line) and re.search(r"==|!=|\bin\b|startswith|Literal", line) and "raise" not in line and "f\"" not in line:
            out += re.findall(r"[\"']([A-Za-z0-9_\-]+)[\"']", line)
    seen = []
    for word in out:
        if word not in seen and word != leaf:
            seen.append(word)
    return seen


def annotation(subject, path):
    """The type that the library's code states for a key; empty where it states none."""
    try:
        owner = subject.config_class
        *parents, leaf = path.split(".")
        for part in parents:
            owner = owner.sub_configs[part]
        if inspect.isclass(owner) and hasattr(owner, "__dataclass_fields__"):
            field = owner.__dataclass_fields__.get(leaf)
            return str(field.type) if field is not None else ""
        parameter = inspect.signature(owner.__init__).parameters.get(leaf)
        return str(parameter.annotation) if parameter is not None else ""
    except Exception:
        return ""


def may_be_null(subject, path):
    text = annotation(subject, path)
    return "None" in text or "Optional" in text


def has_empty_blocks(values):
    return any(value == 0 and _NEVER_EMPTY.search(path) for path, value in flatten(values).items())


def is_idle(path):
    return bool(_IDLE.search(path.rpartition(".")[2]))


def joint(base, singles, rng, share, links, groups, coupled=()):
    """A random configuration: some keys at one of the values that built alone, sizes at random multiples of them."""
    values = copy.deepcopy(base)
    for both in coupled:
        if rng.random() < 0.3:
            for path, value in both:
                put_in_place(values, path, value, links)
    scale = rng.choice([1, 1, 1, 2, 3])
    for paths, sizes in groups:
        if rng.random() < 0.5:
            values = resize(values, paths, rng.choice(sizes))
    flat = flatten(values)
    # Numbers before lists: a list is put in at the length that it has by then.
    for path, options in sorted(singles.items(), key=lambda item: isinstance(flat.get(item[0]), list)):
        old = flat.get(path)
        if rng.random() > share:
            if scale > 1 and isinstance(old, int) and not isinstance(old, bool) and old >= 16 and not path.endswith("id2label"):
                put_in_place(values, path, old * scale, links)
            continue
        value = rng.choice(options)
        if value == 0 and _NEVER_EMPTY.search(path):
            continue
        if isinstance(value, list) and isinstance(old, list):
            if len(value) != len(old):
                continue
            value = _of_length(value, _length_of(values, path, len(old)))
        if isinstance(value, bool) or value is None or isinstance(value, str):
            # One key in three of those that switch something: of many at once, most do not build.
            if rng.random() > 0.5:
                continue
        elif isinstance(value, int) and isinstance(old, int) and old >= 16 and value:
            value = value * rng.choice([1, 1, 2]) if value % old == 0 else value
        elif isinstance(value, int) and isinstance(old, int) and _COUNTS.search(path.rpartition(".")[2]) and rng.random() < 0.6:
            # Now and then many layers: with few, a period looks like a place.
            value = rng.randint(9, 20) if rng.random() < 0.3 else max(1, old + rng.randint(-2, 5))
        try:
            put_in_place(values, path, copy.deepcopy(value), links)
        except (KeyError, TypeError, IndexError):
            continue
    for path, value in flatten(values).items():
        if isinstance(value, list) and value and path in singles and rng.random() < 0.5 and all(type(x) is int and x > 0 for x in value):
            put_in_place(values, path, other_sizes(value, rng), links)
        if isinstance(value, list) and len(value) > 1 and all(isinstance(x, str) for x in value) and path in singles and rng.random() < 0.5:
            known = sorted({w for option in singles[path] if isinstance(option, list) for w in option if isinstance(w, str)} | set(value))
            put_in_place(values, path, [rng.choice(known) for _ in value], links)
        if isinstance(value, list) and len(value) > 1 and all(isinstance(x, bool) for x in value) and path in singles and rng.random() < 0.5:
            put_in_place(values, path, [rng.random() < 0.5 for _ in value], links)
    return values


def other_sizes(sizes, rng):
    """Members of a list at random multiples. Widths also in no order, or like the one before: else what follows from one of them seems to follow from another."""
    unit = math.gcd(*sizes)
    if unit < 8 or len(sizes) < 2 or rng.random() < 0.25:
        return [x * rng.choice([1, 1, 2, 3]) for x in sizes]
    unit = 32 if unit % 32 == 0 else unit
    if rng.random() < 0.5:
        return [unit * n for n in rng.sample(range(1, len(sizes) + 6), len(sizes))]
    out = []
    for x in sizes:
        out.append(out[-1] if out and rng.random() < 0.5 else x)
    return out


def seeded(*parts):
    return random.Random("|".join(str(p) for p in parts))
