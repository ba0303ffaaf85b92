"""Makes rows anew from kept samples, where the grammar has grown; with --widen, from more samples where a check failed,
with --learn from the very samples that failed.

    python refit.py --results RESULTS [--only REGEX] [--widen REPORT.json --count N --seed S | --learn REPORT.json CHECK.ndjson]
"""

import argparse
import json
import os
import re
import signal
import sys
import time

SECONDS_OF_CLASS = 200  # of processor time


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--results", required=True)
    options.add_argument("--only", default="")
    options.add_argument("--widen", default="")
    options.add_argument("--learn", nargs=2)
    options.add_argument("--verdicts", default="wrong")
    options.add_argument("--count", type=int, default=16)
    options.add_argument("--seed", type=int, default=1000)
    given = options.parse_args()
    signal.signal(signal.SIGPROF, _alarm)
    only = re.compile(given.only)
    wanted = None
    if given.widen:
        with open(given.widen, encoding="utf-8") as f:
            wanted = {tuple(x["key"].split(" ")) for x in json.load(f) if x["verdict"] in given.verdicts.split(",")}
    given.failed = failed_of(*given.learn) if given.learn else {}
    if given.learn:
        wanted = set(given.failed)
    for library in ("diffusers", "transformers"):
        folder = os.path.join(given.results, library)
        for file in sorted(os.listdir(folder), key=lambda n: (not n.endswith("Model.json"), n)) if os.path.isdir(folder) else ():
            name = file.removesuffix(".json")
            path = os.path.join(folder, file)
            if not file.endswith(".json") or not only.search(name) or (wanted is not None and (library, name) not in wanted):
                continue
            with open(path, encoding="utf-8") as f:
                result = json.load(f)
            if "rows" not in result:
                continue
            start = time.time()
            signal.setitimer(signal.ITIMER_PROF, SECONDS_OF_CLASS)
            try:
                changed = refit(result, given, bool(given.widen))
            except (TooSlow, Exception) as error:
                print(name, type(error).__name__, str(error)[:200], flush=True)
                continue
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            with open(f"{path}.part", "w", encoding="utf-8") as f:
                json.dump(changed, f)
            os.replace(f"{path}.part", path)
            print(name, len(changed["rows"]), "unknown", len(changed["unknown"]), "dims?", sum("?" in r["shape"] for r in changed["rows"]), round(time.time() - start, 1), flush=True)


def failed_of(report, samples):
    """The configurations that an evaluation was wrong of, by class."""
    with open(report, encoding="utf-8") as f:
        lines = {line for x in json.load(f) for line in x["wrong"]}
    out = {}
    with open(samples, encoding="utf-8") as f:
        for n, line in enumerate(f):
            if n in lines:
                sample = json.loads(line)
                out.setdefault((sample["library"], sample["class"]), []).append(sample["config"])
    return out


class TooSlow(BaseException):
    pass


def _alarm(*_):
    raise TooSlow()


def refit(result, given, widen):
    import defaults
    import derive
    import experiment
    import rows
    import vary

    result.setdefault("prefix", "")
    at = os.path.join(given.results, "samples", result["library"], f"{result['class']}.z")
    samples = [s for s in derive.kept(at) if not vary.has_empty_blocks(s["full"])]
    subject = experiment.open_class(result["library"], result["folder"], result["file"], result["class"])
    result["prefix"] = getattr(subject.cls, "base_model_prefix", "")
    learned = [s for config in given.failed.get((result["library"], result["class"]), []) if (s := sample_of(subject, config))]
    if learned:
        samples += learned
        derive.keep(at, samples)
    if widen:
        rng = vary.seeded("widen", result["class"], given.seed)
        links = vary.links_of(subject.start)
        groups = [(tuple(paths), sizes) for paths, sizes in result["groups"]]
        made = failed = 0
        while made < given.count and failed < 60:
            try:
                values = vary.joint(result["base"], result["singles"], rng, rng.choice([0.1, 0.2, 0.35, 0.5]) / (1 if failed < 20 else 4), links, groups, result.get("coupled", ()))
                sample = subject.build(values)
            except TooSlow:
                raise
            except Exception:
                failed += 1
                continue
            sample["change"] = "joint"
            sample["model"] = None
            samples.append(sample)
            made += 1
        derive.keep(at, samples)
    made, unknown, data = derive.rows_with_base(samples, base_of(result, given.results), result.get("prefix", ""), given.results)
    runtime, runtime_unknown = None, []
    if any(s["tensors"] is not s["runtime"] and set(s["tensors"]) != set(s["runtime"]) for s in samples):
        runtime, runtime_unknown, _ = rows.derive(samples, layout="runtime")
    used = derive.used_keys(made + (runtime or []))
    result = {**result, "rows": made, "unknown": unknown, "runtime": runtime, "runtimeUnknown": runtime_unknown}
    result["defaults"] = defaults.of_class(subject, samples, used)
    result["aliases"] = derive.aliases(subject)
    result["synonyms"] = derive.synonyms(used, result["library"])
    result["lengths"] = {path: n for path, n in derive.lengths(data).items() if not derive.is_computed(subject, result["base"], path)}
    result["fixed"] = {path: value for path, value in result["fixed"].items() if path.endswith(".model_type") or not (derive.is_noise(path) or derive.is_computed(subject, result["base"], path))}
    result["fixed"] = {path: value for path, value in result["fixed"].items() if not any(p.startswith(f"{path}.") for p in data.paths)}
    result["fixed"].update(derive.of_other_library(data.flats[0]))
    result["builds"] = len(samples)
    return result


def sample_of(subject, config):
    """What a class stores for a configuration as it was saved; None where it does not build from that."""
    try:
        if subject.library == "transformers":
            config = subject.full(subject.config_class(**{k: v for k, v in config.items() if k not in ("architectures", "transformers_version", "model_type")}))
        sample = subject.build({k: v for k, v in config.items() if not k.startswith("_")})
    except Exception:
        return None
    sample["change"] = "joint"
    sample["model"] = None
    return sample


def base_of(result, results):
    """The class of the same configuration that was derived first: the base model."""
    folder = os.path.join(results, result["library"])
    if result["library"] != "transformers" or not result.get("prefix"):
        return None
    found = []
    for file in os.listdir(folder):
        if not file.endswith(".json") or file == f"{result['class']}.json":
            continue
        with open(os.path.join(folder, file), encoding="utf-8") as f:
            text = f.read()
        if f'"config": "{result["config"]}"' in text:
            other = json.loads(text)
            if "rows" in other and other["folder"] == result["folder"]:
                found.append(other)
    found.sort(key=lambda r: (not r["class"].endswith("Model"), len(r["class"]), r["class"]))
    mine = (not result["class"].endswith("Model"), len(result["class"]), result["class"])
    first = found[0] if found else None
    return first if first and (not first["class"].endswith("Model"), len(first["class"]), first["class"]) < mine else None


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
