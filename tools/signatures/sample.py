"""Writes random valid configurations of classes and what the library then stores, for evaluate.ts to hold signatures against.

    python sample.py --out SAMPLES.ndjson [--library L] [--only REGEX] [--results RESULTS] [--count 5] [--seed 1]

With --results, keys are changed to values that built before; the samples themselves are new (another seed), so that a
formula that only fits what it was made from does not survive. --facts writes what a small committed test needs.
"""

import argparse
import json
import os
import re
import signal
import sys

SECONDS_OF_CLASS = 90  # of processor time


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--out", required=True)
    options.add_argument("--library", default="")
    options.add_argument("--only", default="")
    options.add_argument("--results", required=True)
    options.add_argument("--count", type=int, default=5)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--layout", default="published")
    given = options.parse_args()
    signal.signal(signal.SIGPROF, _alarm)
    only = re.compile(given.only)
    done = set()
    if os.path.exists(given.out):
        with open(given.out, encoding="utf-8") as f:
            done = {(x["library"], x["class"]) for x in map(json.loads, f)}
    with open(given.out, "a", encoding="utf-8") as out:
        for library in ("transformers", "diffusers"):
            folder = os.path.join(given.results, library)
            if given.library not in ("", library) or not os.path.isdir(folder):
                continue
            for file in sorted(os.listdir(folder)):
                name = file.removesuffix(".json")
                if not file.endswith(".json") or not only.search(name) or (library, name) in done:
                    continue
                with open(os.path.join(folder, file), encoding="utf-8") as f:
                    result = json.load(f)
                if "rows" not in result:
                    continue
                signal.setitimer(signal.ITIMER_PROF, SECONDS_OF_CLASS)
                try:
                    for sample in samples_of(result, given.count, given.seed, given.layout):
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
        tensors = sample["tensors"] if layout == "published" else sample["runtime"]
        yield {
            "library": result["library"],
            "class": result["class"],
            "modelType": (result["modelTypes"] or [""])[0],
            "config": plain_json(sample["saved"]),
            "layout": layout,
            "tensors": {n: [int(d) for d in r["shape"]] for n, r in tensors.items()},
        }


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
