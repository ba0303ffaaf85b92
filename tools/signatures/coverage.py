"""Counts what the derivation explains: classes, rows, dimensions, and what is unknown and why.

    python coverage.py --results RESULTS [--report REPORT.json]
"""

import argparse
import collections
import json
import os


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--results", required=True)
    options.add_argument("--report", default="")
    given = options.parse_args()
    for library in ("transformers", "diffusers"):
        folder = os.path.join(given.results, library)
        if not os.path.isdir(folder):
            continue
        counts = collections.Counter()
        errors = collections.Counter()
        reasons = collections.Counter()
        for file in sorted(os.listdir(folder)):
            if not file.endswith(".json"):
                continue
            with open(os.path.join(folder, file), encoding="utf-8") as f:
                result = json.load(f)
            if "rows" not in result:
                counts["not built"] += 1
                errors[result.get("error", "")[:100]] += 1
                continue
            counts["classes"] += 1
            counts["rows"] += len(result["rows"])
            dims = [d for row in result["rows"] for d in row["shape"]]
            counts["dimensions"] += len(dims)
            counts["dimensions unknown"] += sum(d == "?" for d in dims)
            counts["patterns unknown"] += len(result["unknown"])
            reasons.update(reason for _, reason in result["unknown"])
            counts["classes whole"] += not result["unknown"] and "?" not in dims
            counts["classes with fixed keys"] += any(not k.endswith("model_type") for k in result["fixed"])
            counts["classes with another layout at run time"] += result["runtime"] is not None
        print(library, dict(counts))
        print("  unknown because of:", dict(reasons))
        for error, n in errors.most_common(40):
            print(f"  not built: {n} × {error}")
    if given.report:
        with open(given.report, encoding="utf-8") as f:
            verdicts = json.load(f)
        for library in ("transformers", "diffusers"):
            print(library, dict(collections.Counter(v["verdict"] for v in verdicts if v["key"].startswith(library))))


if __name__ == "__main__":
    main()
