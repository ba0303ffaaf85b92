"""Derives the signatures of all classes, one file a class in a folder of results. Run again, it makes only what lacks.

    python derive.py --out RESULTS [--library transformers|diffusers] [--only REGEX] [--jobs N] [--again]
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import pickle
import re
import signal
import sys
import time
import traceback
import zlib

SECONDS_OF_CLASS = 240  # of processor time
SHARED = 0.6  # of a class's names that its base class must have too, to learn from it


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--out", required=True)
    options.add_argument("--library", default="")
    options.add_argument("--only", default="")
    options.add_argument("--jobs", type=int, default=1)
    options.add_argument("--again", action="store_true")
    given = options.parse_args()
    work = []
    for library in ("transformers", "diffusers"):
        if given.library in ("", library):
            groups = {}
            for folder, file, name in classes(library):
                groups.setdefault((folder, file) if folder else (name, ""), []).append((library, folder, file, name))
            work.extend(groups.values())
    only = re.compile(given.only)
    work = [[c for c in group if only.search(c[3])] for group in work]
    work = [group for group in work if group]
    jobs = [(group, given.out, given.again) for group in work]
    if given.jobs == 1:
        for job in jobs:
            run_group(job)
        return
    # Groups stay whole: the classes of one file share what the first of them found.
    with multiprocessing.get_context("spawn").Pool(given.jobs, maxtasksperchild=12) as pool:
        for _ in pool.imap_unordered(run_group, jobs):
            pass


def classes(library):
    from build import KINDS

    return KINDS[library][1]()


class OutOfTime(Exception):
    pass


def _alarm(*_):
    raise OutOfTime()


def run_group(job):
    group, out, again = job
    signal.signal(signal.SIGPROF, _alarm)
    shared = {}
    # The base model first: classes with a head take over what holds for it.
    for library, folder, file, name in sorted(group, key=lambda c: (not c[3].endswith("Model"), len(c[3]), c[3])):
        path = os.path.join(out, library, f"{name}.json")
        if os.path.exists(path) and not again:
            with open(path, encoding="utf-8") as f:
                note(shared, json.load(f))
            continue
        start = time.time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS_OF_CLASS)
        try:
            result = derive_class(library, folder, file, name, shared, out)
        except OutOfTime:
            result = {"class": name, "error": "out of time"}
        except Exception as error:  # recorded, and counted in the coverage
            result = {"class": name, "error": f"{type(error).__name__}: {str(error)[:200]}", "trace": traceback.format_exc()[-800:] if "NotAModel" not in type(error).__name__ else ""}
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        result.update(library=library, folder=folder, file=file)
        result["seconds"] = round(time.time() - start, 1)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(f"{path}.part", "w", encoding="utf-8") as f:
            json.dump(result, f)
        os.replace(f"{path}.part", path)
        note(shared, result)
        rows = result.get("rows", [])
        print(name, result.get("error") or f"rows {len(rows)} unknown {len(result['unknown'])} dims? {sum('?' in r['shape'] for r in rows)} builds {result['builds']}", result["seconds"], flush=True)


def note(shared, result):
    """What later classes of the same configuration may take over."""
    if "rows" in result and result["config"] not in shared:
        shared[result["config"]] = result


def derive_class(library, folder, file, name, shared, out):
    import defaults
    import experiment
    import rows

    subject = experiment.open_class(library, folder, file, name)
    config = subject.config_class.__name__
    known = shared.get(config)
    if known:
        of_base = kept(os.path.join(out, "samples", known["library"], f"{known['class']}.z"))[0]
        with contextlib.suppress(Exception):
            if shared_start(experiment.base_of(subject)[1], of_base, getattr(subject.cls, "base_model_prefix", "")) is None:
                known = None
    plan = {"singles": known["singles"], "switches": known["switches"], "groups": known["groups"], "coupled": known.get("coupled", [])} if known else None
    done = experiment.samples_of(subject, plan=plan)
    keep(os.path.join(out, "samples", library, f"{name}.z"), done.samples)
    made, unknown, data = rows_with_base(done.samples, known, done.prefix, out)
    runtime, runtime_unknown = None, []
    if any(s["tensors"] is not s["runtime"] and set(s["tensors"]) != set(s["runtime"]) for s in done.samples):
        runtime, runtime_unknown, _ = rows.derive(done.samples, layout="runtime")
    used = used_keys(made + (runtime or []))
    ties = {}
    for s in done.samples:
        for dropped, left in s["ties"]:
            ties.setdefault(dropped, left)
    return {
        "class": name,
        "config": config,
        "modelTypes": model_types(subject),
        "rows": made,
        "unknown": unknown,
        "runtime": runtime,
        "runtimeUnknown": runtime_unknown,
        "read": done.paths,
        "ties": sorted(ties.items()),
        "ignorable": done.ignorable,
        "aliases": aliases(subject),
        "defaults": defaults.of_class(subject, done.samples, used),
        "fixed": fixed(done, data, subject),
        "synonyms": synonyms(used, library),
        "lengths": {path: n for path, n in lengths(data).items() if not is_computed(subject, done.values, path)},
        "singles": done.singles,
        "groups": done.groups,
        "switches": done.switches,
        "coupled": done.coupled,
        "base": done.values,
        "prefix": done.prefix,
        "builds": len(done.samples),
    }


def rows_with_base(samples, known, prefix, out):
    """Rows of a class; what it shares with the base class is derived from the samples of both."""
    import rows

    if not known:
        return rows.derive(samples)
    of_base = kept(os.path.join(out, "samples", known["library"], f"{known['class']}.z"))
    start = shared_start(samples[0], of_base[0], prefix)
    if start is None:
        return rows.derive(samples)
    # Of the two at one configuration: what only one of them has is its own.
    inside = {collapsed(n.removeprefix(start)) for n in samples[0]["tensors"] if n.startswith(start)}
    base = {collapsed(n) for n in of_base[0]["tensors"]}

    def is_shared(name):
        return name.startswith(start) and collapsed(name.removeprefix(start)) not in inside - base

    head = [{**s, "tensors": {n: r for n, r in s["tensors"].items() if not is_shared(n)}} for s in samples]
    shared = [{**s, "tensors": {n: r for n, r in s["tensors"].items() if is_shared(n)}} for s in samples]
    lacking = base - inside
    branches = {part for name in base for part in above(name)} - {part for name in inside for part in above(name)}

    def is_taken(name):
        name = collapsed(name)
        return name not in lacking and branches.isdisjoint(above(name))

    moved = [{**s, "tensors": {start + n: r for n, r in s["tensors"].items() if is_taken(n)}} for s in of_base]
    own_rows, own_unknown, data = rows.derive(head)
    rows_shared, unknown_shared, _ = rows.derive(moved + shared, base=(prefix, thaw(known["rows"])))
    if unknown_shared or rows.doubtful(rows_shared):
        # The class may read its configuration otherwise than its base does.
        alone, unknown_alone, _ = rows.derive(shared)
        if len(unknown_alone) + rows.doubtful(alone) < len(unknown_shared) + rows.doubtful(rows_shared):
            rows_shared, unknown_shared = alone, unknown_alone
    return own_rows + rows_shared, own_unknown + unknown_shared, rows.Samples(samples)


def shared_start(mine, base, prefix):
    """What a class puts before the names of its base class; None where it shares too little to learn from it."""
    names = {collapsed(n) for n in base["tensors"]}
    best, most = None, 0
    for start in {f"{prefix}." if prefix else "", ""}:
        found = {collapsed(n.removeprefix(start)) for n in mine["tensors"] if n.startswith(start)}
        if len(found & names) > most:
            best, most = start, len(found & names)
    return best if most >= SHARED * len({collapsed(n) for n in mine["tensors"]}) else None


def above(name):
    """All modules that a name lies in."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def collapsed(name):
    """A name whatever the places in its lists."""
    return re.sub(r"(?<=[._])\d+(?=\.)|^\d+(?=\.)", "#", name)


def used_keys(made):
    """Every key that a row needs."""
    out = set()

    def visit(x):
        if isinstance(x, (list, tuple)):
            if x and x[0] in ("k", "e", "L", "S") and isinstance(x[1], str):
                out.add(x[1])
            else:
                for y in x:
                    visit(y)

    for row in made:
        visit(row["shape"])
        visit(row["counts"])
        visit(row.get("stages", {}).get("start"))
        for conjunction in row["when"]:
            for predicate, _ in conjunction:
                out.update(predicate_keys(predicate))
    return out


def predicate_keys(predicate):
    from exprs import keys_of

    op, *rest = predicate
    if op == "!=f":
        return keys_of(rest[0]) | keys_of(rest[1])
    if op == "i%f":
        return keys_of(rest[1])
    if op in ("==", ">", "has", "any", "any>", "@", "@=", "@>"):
        return {rest[0]}
    if op in ("=k", ">k"):
        return {rest[0], rest[1]}
    if op in ("i<k", "i<k+", "i=k", "i>=last-k", "i%k", "[i]", "[i%]", "[i]>", "[i]<", "[i]=", "[r]=", "iin", "i<len", "i+%k"):
        return {rest[1]}
    if op == "i%k=k":
        return {rest[1], rest[2]}
    return set()


def fixed(done, data, subject):
    """Keys that the library reads and no sample could change: what is known is known for these values alone."""
    out = {}
    base = data.flats[0]
    for path in data.paths:
        if path.count(".") and path.endswith(".model_type"):
            out[path] = base.get(path)
    moved = {path for both in done.coupled for path, _ in both}
    for path in done.paths:
        if path in done.singles or path in moved or is_noise(path) or is_computed(subject, done.values, path):
            continue
        if any(p.startswith(f"{path}.") for p in data.paths):
            continue
        value = base.get(path)
        if isinstance(value, float) or (isinstance(value, list) and not all(isinstance(x, (str, int, list)) for x in value)):
            continue
        # Lists of lists bind as wholes, where none of their lists could be changed.
        if any(p.startswith(f"{path}.") for p in done.singles):
            continue
        if all(repr(f.get(path)) == repr(value) for f in data.flats):
            out[path] = value
    return {**out, **of_other_library(base)}


def of_other_library(flat):
    """What a configuration hands on to a library whose models are known by their names alone: known for these arguments."""
    out = {path: value for path, value in flat.items() if ".model_args." in f".{path}" and not isinstance(value, float)}
    for path in list(flat):
        if path.endswith("architecture") and f"{path.removesuffix('architecture')}model_args.in_chans" in flat:
            out.setdefault(f"{path.removesuffix('architecture')}model_args.out_indices", None)
    return out


def is_noise(path):
    """Names of the library's own machinery, which its code asks every configuration for."""
    from transformers import PreTrainedConfig

    leaf = path.rpartition(".")[2]
    return leaf in ("auto_map", "text_encoder", "name_or_path") or (hasattr(PreTrainedConfig, leaf) and leaf not in ("tie_word_embeddings", "add_cross_attention", "is_decoder"))


def is_computed(subject, values, path):
    """Whether a configuration holds a key whatever it is given: what is computed of others binds nothing."""
    import vary

    if subject.library == "diffusers":
        return False
    try:
        plain = vary.flatten(subject.full(subject.configure(values)))
        value = plain.get(path)
        other = [*value, *value[:1]] if isinstance(value, list) else not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
        changed = vary.flatten(subject.full(subject.configure(vary.put(values, path, other, {}))))
        return path in plain and changed.get(path) == value
    except Exception:
        return False


def keep(path, samples):
    """Samples are what takes time: kept, rows can be made anew from them when the grammar grows."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    slim = [{k: s[k] for k in ("full", "runtime", "tensors", "ties", "change")} for s in samples]
    for s in slim:
        for layout in ("runtime", "tensors"):
            s[layout] = {n: (r["shape"], r["sym"], r["kind"], r["module"]) for n, r in s[layout].items()}
        if s["tensors"] == s["runtime"]:
            s["tensors"] = s["runtime"]
    with open(path, "wb") as f:
        f.write(zlib.compress(pickle.dumps(slim, protocol=5), 1))


def kept(path):
    with open(path, "rb") as f:
        slim = pickle.loads(zlib.decompress(f.read()))
    for s in slim:
        same = s["tensors"] is s["runtime"]
        for layout in ("runtime",) if same else ("runtime", "tensors"):
            s[layout] = {n: dict(zip(("shape", "sym", "kind", "module"), r)) for n, r in s[layout].items()}
        if same:
            s["tensors"] = s["runtime"]
    return slim


def thaw(rows):
    """Rows read from JSON, with tuples where they have lists."""

    def tuples(x):
        return tuple(tuples(y) for y in x) if isinstance(x, (list, tuple)) else x

    return [
        {**r, **({"stages": {**r["stages"], "start": tuples(r["stages"]["start"])}} if "stages" in r else {}), "counts": [tuples(c) for c in r["counts"]], "shape": [tuples(e) for e in r["shape"]], "when": [[(tuples(p), t) for p, t in c] for c in r["when"]]}
        for r in rows
    ]


def model_types(subject):
    return [getattr(subject.config_class, "model_type", "")] if subject.library == "transformers" else []


def aliases(subject):
    """Other names of keys, by the scope they are used in."""
    out = {}
    if subject.library != "transformers":
        return out

    def visit(owner, prefix, depth):
        for alias, key in {**getattr(owner, "attribute_map", {}), **older_names(owner)}.items():
            out[prefix + alias] = prefix + key
        if depth < 3:
            for key, nested in (getattr(owner, "sub_configs", None) or {}).items():
                if hasattr(nested, "attribute_map") and nested is not owner:
                    visit(nested, f"{prefix}{key}.", depth + 1)

    visit(subject.config_class, "", 0)
    return out


def older_names(owner):
    """Names that a configuration class still takes and keeps under another: given a number, where does it come out?"""
    import inspect
    import tracing

    try:
        text = inspect.getsource(sys.modules[owner.__module__])
    except (OSError, TypeError, KeyError):
        return {}
    fields = getattr(owner, "__dataclass_fields__", {})
    out = {}
    for name in sorted(set(re.findall(r"kwargs\.(?:pop|get)\(\s*[\"'](\w+)[\"']", text))):
        if name in fields:
            continue
        try:
            given = tracing.TInt(24, ("k", name))
            config = owner(**{name: given})
        except Exception:
            continue
        for key, value in vars(config).items():
            if key != name and not key.startswith("_") and isinstance(value, tracing.TInt) and value.expr == ("k", name):
                out[name] = key
                break
    return out


def synonyms(used, library):
    """Older words that the library takes for newer ones when it reads a configuration."""
    if library != "transformers":
        return {}
    from transformers import configuration_utils

    newer = getattr(configuration_utils, "_LEGACY_LAYER_TYPE_REMAP", {})
    return {key: dict(newer) for key in sorted(used) if key.rpartition(".")[2] in ("layer_types", "mtp_layer_types")}


def lengths(data):
    """Lists that had one length in all samples: what is known of them is known for that length."""
    out = {}
    for path in data.paths:
        found = {len(f[path]) for f in data.flats if isinstance(f.get(path), list)}
        if len(found) == 1:
            out[path] = found.pop()
    return out


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
