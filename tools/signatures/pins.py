"""Turns a table of pins (an equation between a configuration and a shape, by class) into facts to hold signatures against.

    python pins.py --pins TABLE.md --results RESULTS --out PINS.ndjson [--count 3] [--seed 1]
    node run.mjs pins DATA PINS.ndjson

A row of the table: `| class | pin · pin … |`. A pin: `name` [axis] = expression, [axis] = expression · members of `list` =
expression · `name` stored ⇔ expression. Expressions are Python over the keys of the configuration; D is heads × head width.
"""

import argparse
import json
import math
import os
import re
import sys


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--pins", required=True)
    options.add_argument("--results", required=True)
    options.add_argument("--out", required=True)
    options.add_argument("--count", type=int, default=3)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with open(given.pins, encoding="utf-8") as f:
        table = read_table(f.read())
    held = broken = 0
    with open(given.out, "w", encoding="utf-8") as out:
        for name, pins in table.items():
            found = [p for p in (os.path.join(given.results, lib, f"{name}.json") for lib in ("diffusers", "transformers")) if os.path.exists(p)]
            if not found:
                print(name, "is not derived:", len(pins), "pins")
                continue
            with open(found[0], encoding="utf-8") as f:
                result = json.load(f)
            if "rows" not in result:
                print(name, "does not build:", len(pins), "pins")
                continue
            for sample in samples(result, given.count, given.seed):
                facts = []
                for at, pin in enumerate(pins):
                    fact = fact_of(pin, sample["full"])
                    if fact is None or (fact["kind"] == "shape" and fact["name"] not in sample["tensors"]):
                        continue
                    if holds(fact, sample["tensors"]):
                        held += 1
                        facts.append({"pin": at, **fact})
                    else:
                        broken += 1
                        print(name, "the library itself says otherwise:", pin, fact)
                line = {"library": result["library"], "class": name, "modelType": (result["modelTypes"] or [""])[0], "config": sample["saved"], "pins": len(pins), "facts": facts}
                out.write(json.dumps(line, separators=(",", ":")) + "\n")
    print(sum(map(len, table.values())), "pins of", len(table), "classes;", held, "facts hold in the library,", broken, "do not")


def read_table(text):
    """{class: [(kind, name, axis, expression)…]}"""
    out = {}
    for line in text.split("\n"):
        cells = re.match(r"\| (\w+) \| (.*) \|$", line)
        if not cells or "`" not in cells[2]:
            continue
        pins = []
        for part in cells[2].split(" · "):
            if m := re.match(r"members of `([^`]+)` = (.*)$", part):
                pins.append(("members", m[1], None, m[2]))
            elif m := re.match(r"`([^`]+)` stored ⇔ (.*)$", part):
                pins.append(("stored", m[1], None, m[2]))
            elif m := re.match(r"`([^`]+)` (\[\d\] = .*)$", part):
                for axis in re.split(r", (?=\[\d\] = )", m[2]):
                    n = re.match(r"\[(\d)\] = (.*)$", axis)
                    pins.append(("shape", m[1], int(n[1]), n[2]))
        if pins:
            out[cells[1]] = pins
    return out


def samples(result, count, seed):
    import experiment
    import sample as sampling
    import vary

    subject = experiment.open_class(result["library"], result["folder"], result["file"], result["class"])
    subject.keep_saved = True
    rng = vary.seeded("pins", result["class"], seed)
    links = vary.links_of(subject.start)
    groups = [(tuple(paths), sizes) for paths, sizes in result["groups"]]
    made = tried = 0
    while made < count and tried < 40:
        tried += 1
        try:
            values = result["base"] if tried == 1 else vary.joint(result["base"], result["singles"], rng, 0.15, links, groups, result.get("coupled", ()))
            built = subject.build(values)
        except Exception:
            continue
        made += 1
        tensors = {n: [int(d) for d in r["shape"]] for n, r in built["tensors"].items()}
        yield {"full": built["full"], "saved": sampling.plain_json(built["saved"]), "tensors": tensors}


def fact_of(pin, full):
    """What a pin says for one configuration; None where a key it needs is not set."""
    kind, name, axis, expression = pin
    scope = {**full, "math": math}
    heads, width = full.get("num_attention_heads"), full.get("attention_head_dim")
    if isinstance(heads, int) and isinstance(width, int):
        scope["D"] = heads * width
    try:
        value = eval(expression, {"__builtins__": {"len": len, "int": int, "max": max, "min": min}}, scope)  # noqa: S307: a table of ours
    except Exception:
        return None
    if kind == "stored":
        return {"kind": kind, "name": name, "value": bool(value)}
    return {"kind": kind, "name": name, "axis": axis, "value": value}


def holds(fact, tensors):
    name = fact["name"]
    if fact["kind"] == "shape":
        return fact["axis"] < len(tensors[name]) and tensors[name][fact["axis"]] == fact["value"]
    if fact["kind"] == "stored":
        return any(n == name or n.startswith(f"{name}.") for n in tensors) is fact["value"]
    return len({n[len(name) + 1 :].split(".")[0] for n in tensors if n.startswith(f"{name}.")}) == fact["value"]


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
