"""Writes random valid configurations of classes and what the library then stores, for evaluate.ts to hold signatures against.

    python sample.py --out SAMPLES.ndjson [--library L] [--only REGEX] [--results RESULTS] [--count 5] [--seed 1]

Keys are changed to values that built before; the samples themselves are new (another seed), so that a formula that only
fits what it was made from does not survive. Of a class that was unpacked (run.mjs unpack) no such values are known: some
keys at a time are given the values that an experiment would try, fewer where that does not build.
"""

import argparse
import functools
import json
import os
import re
import signal
import sys

SECONDS_OF_CLASS = 90  # of processor time
SECONDS_OF_UNPACKED = 12
FIRST_SHARE = 12  # keys changed at once, of a class whose values no experiment has tried
TRIES = 14  # configurations that do not build, until a class is left


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--out", required=True)
    options.add_argument("--library", default="")
    options.add_argument("--only", default="")
    options.add_argument("--results", required=True)
    options.add_argument("--count", type=int, default=5)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--layout", default="published")
    options.add_argument("--keys", default="", help="of unpacked classes, change keys of these names alone")
    options.add_argument("--part", default="0/1", help="every n-th class from the k-th on: k/n")
    given = options.parse_args()
    signal.signal(signal.SIGPROF, _alarm)
    only = re.compile(given.only)
    part, parts = map(int, given.part.split("/"))
    done = set()
    if os.path.exists(given.out):
        with open(given.out, encoding="utf-8") as f:
            done = {(x["library"], x["class"]) for x in map(json.loads, f)}
    with open(given.out, "a", encoding="utf-8") as out:
        for library in ("transformers", "diffusers"):
            folder = os.path.join(given.results, library)
            if given.library not in ("", library) or not os.path.isdir(folder):
                continue
            for file in sorted(os.listdir(folder))[part::parts]:
                name = file.removesuffix(".json")
                if not file.endswith(".json") or not only.search(name) or (library, name) in done:
                    continue
                with open(os.path.join(folder, file), encoding="utf-8") as f:
                    result = json.load(f)
                if "rows" not in result:
                    continue
                signal.setitimer(signal.ITIMER_PROF, SECONDS_OF_UNPACKED if "packed" in result else SECONDS_OF_CLASS)
                try:
                    more = {"keys": re.compile(given.keys)} if "packed" in result else {}
                    make = samples_of_unpacked if "packed" in result else samples_of
                    for sample in make(result, given.count, given.seed, given.layout, **more):
                        out.write(json.dumps(sample, separators=(",", ":")) + "\n")
                except (TooSlow, Exception) as error:
                    print(library, name, type(error).__name__, str(error)[:120], flush=True)
                finally:
                    signal.setitimer(signal.ITIMER_PROF, 0)
                out.flush()


class TooSlow(BaseException):
    pass


def _alarm(*_):
    raise TooSlow()


def samples_of(result, count, seed, layout):
    import experiment
    import vary
    from defaults import plain

    subject = experiment.open_class(result["library"], result["folder"], result["file"], result["class"])
    subject.keep_saved = True
    rng = vary.seeded("check", result["class"], seed)
    links = vary.links_of(subject.start)
    groups = [(tuple(paths), sizes) for paths, sizes in result["groups"]]
    made = failed = 0
    while made < count and failed < 40:
        share = rng.choice([0.1, 0.2, 0.35, 0.5]) / (1 if failed < 12 else 4)
        try:
            values = vary.joint(result["base"], result["singles"], rng, share, links, groups, result.get("coupled", ()))
            sample = subject.build(values)
        except TooSlow:
            raise
        except Exception:
            failed += 1
            continue
        made += 1
        yield line_of(result, sample, layout)


def line_of(result, sample, layout):
    tensors = sample["tensors"] if layout == "published" else sample["runtime"]
    return {
        "library": result["library"],
        "class": result["class"],
        "modelType": (result["modelTypes"] or [""])[0],
        "config": plain_json(sample["saved"]),
        "layout": layout,
        "tensors": {n: [int(d) for d in r["shape"]] for n, r in tensors.items()},
    }


_tried = {}  # by configuration class: path → [builds that it was changed in, of those the failed]


def samples_of_unpacked(result, count, seed, layout, keys):
    import experiment
    import vary

    subject = experiment.open_class(result["library"], *place_of(result["library"], result["class"]), result["class"])
    subject.keep_saved = True
    rng = vary.seeded("check", result["class"], seed)
    values, base, _ = experiment.base_of(subject)
    links = vary.links_of(subject.start)
    paths, absent = experiment.keys_to_vary(subject, base["full"], base["reads"])
    source = experiment.source_of(subject)
    # What was never seen at another value is not known there.
    bound = (*result["fixed"], *(p for p in result["lengths"]))
    options = {}
    for path, value in {**paths, **dict.fromkeys(absent)}.items():
        if keys.search(path) and path not in bound and (found := [x for group in vary.candidates(subject, path, value, source, {}) for x in group[:2]]):
            options[path] = found
    tried = _tried.setdefault(subject.config_class.__name__, {})
    made = failed = 0
    wanted = FIRST_SHARE
    while made < count and failed < TRIES:
        chosen = {}
        for path in rng.sample(sorted(options), len(options)):
            all_, bad = tried.get(path, (0, 0))
            if len(chosen) < max(wanted, 1) and rng.random() >= bad / (all_ + 1):
                chosen[path] = options[path]
        try:
            changed = vary.joint(values, chosen, rng, 1, links, [])
            sample = subject.build(changed)
        except Exception:
            failed += 1
            wanted = int(wanted * 0.6)
            for path in chosen:
                tried.setdefault(path, [0, 0])[0] += 1
                tried[path][1] += 1
            continue
        for path in chosen:
            tried.setdefault(path, [0, 0])[0] += 1
        made += 1
        wanted = min(FIRST_SHARE, wanted * 2)
        yield line_of(result, sample, layout)


@functools.cache
def places(library):
    from build import KINDS

    return {name: (folder, file) for folder, file, name in KINDS[library][1]()}


def place_of(library, name):
    return places(library)[name]


def plain_json(value):
    """Without what JSON has not."""
    if isinstance(value, dict):
        return {k: plain_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain_json(v) for v in value]
    return None if isinstance(value, float) and value in (float("inf"), float("-inf")) or value != value else value


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
