#!/usr/bin/env python3
"""./do bench contract: what it costs to hold a JSON document of 400 to 700 bytes to its schema, ours beside JSON.parse and npm's ajv (compiled, first error only, formats asserted) on node.

The documents are the examples of real OpenAPI documents that keep their schema for both sides, read where the suites are. The two take turns on one core; the figure is CPU time of the process
(node's collector included), the ratio is taken within a round, and the median and quartiles over the rounds are shown. Never fails on a figure.
  parse + validate    <= 1/8 of JSON.parse + ajv
  validate            <= 1/2 of our own parse + walk (a walk visits every value of the document once)
  compile             GitHub's document in <= 300 ms of CPU, <= 150 MiB at most
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests/ajv"))
import packages  # noqa: E402
from openapi import Document  # noqa: E402
import gzip  # noqa: E402

BYTES_MIN, BYTES_MAX = 400, 700
GOAL_AJV, GOAL_VALIDATE, GOAL_COMPILE_MS, GOAL_COMPILE_MIB = 0.125, 0.5, 300, 150
WARM_UP_ROUNDS, COMPILES = 3, 7  # node compiles what is hot while it runs


class Side:
    """One of the two, as a process that is asked for rounds."""

    def __init__(self, command, core):
        self.process = subprocess.Popen(["taskset", "-c", str(core), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.valid = self.line().split()[1]

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"one side ended with status {self.process.wait()}")
        return line

    def ask(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return self.line()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def examples(suites):
    """Bodies in JSON of the size that is asked for."""
    with gzip.open(os.path.join(suites, "benign-api-examples/examples.jsonl.gz"), "rt", encoding="utf-8") as file:
        for example in map(json.loads, file):
            text = json.dumps(example.pop("value"), ensure_ascii=False, separators=(",", ":"))
            if not example["where"].startswith("parameter") and "json" in (example["media"] or "") and BYTES_MIN <= len(text.encode()) <= BYTES_MAX:
                yield {**example, "text": text}


def prepare(suites, folder):
    """The two files that the sides read."""
    cases, documents, of_ajv = [], {}, []
    for example in examples(suites):
        document = documents.setdefault(example["doc"], None) or Document.staged(suites, example["doc"])
        documents[example["doc"]] = document
        pointer = document.example_schema(example)
        if pointer is None:
            continue
        cases.append(example)
        of_ajv.append({"document": example["doc"], "key": document.key(pointer), "text": example["text"]})
    with open(os.path.join(folder, "ours.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(case) + "\n" for case in cases)
    bundles = {name: {"dialect": document.dialect, "bundle": document.bundle()} for name, document in documents.items()}
    with open(os.path.join(folder, "ajv.json"), "w", encoding="utf-8") as file:
        json.dump({"bundles": bundles, "cases": of_ajv}, file)


def quartiles(values):
    return statistics.quantiles(values, n=4) if len(values) > 1 else values * 3


def show(name, goal, ratios):
    low, middle, high = quartiles(ratios)
    print(f"{name:44} {middle:6.3f}  ({low:.3f} to {high:.3f})  goal <= {goal:.3f}: {'met' if middle <= goal else 'not met'}")


def compile_github(program, suites, core):
    runs = []
    for _ in range(COMPILES):
        done = subprocess.run(["taskset", "-c", str(core), program, "compile", os.path.join(suites, "openapi-docs/github.json.gz")], stdout=subprocess.PIPE, check=True, text=True)
        runs.append([float(x) for x in done.stdout.split()])
    low, middle, high = quartiles([ms for ms, _, _ in runs])
    peak = max(kib for _, kib, _ in runs) / 1024
    print(f"{'compile GitHub, ms of CPU':44} {middle:6.1f}  ({low:.1f} to {high:.1f})  goal <= {GOAL_COMPILE_MS}: {'met' if middle <= GOAL_COMPILE_MS else 'not met'}")
    print(f"{'compile GitHub, MiB at most':44} {peak:6.1f}  goal <= {GOAL_COMPILE_MIB}: {'met' if peak <= GOAL_COMPILE_MIB else 'not met'} ({runs[0][2]:.0f} operations)")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", default=os.path.join(ROOT, "build/tests/bench/contract_bench"))
    options.add_argument("--rounds", type=int, default=21)
    options.add_argument("--passes", type=int, default=100, help="over all documents, in a round")
    options.add_argument("--core", type=int, default=0)
    options.add_argument("--ours", action="store_true", help="without ajv")
    o = options.parse_args()
    suites = os.environ.get("GATEHOUSE_SUITES", os.path.join(ROOT, "../shared/suites"))
    if not os.path.isdir(suites):
        sys.exit("the suites are not there (GATEHOUSE_SUITES)")
    with_ajv = not o.ours and packages.installed()
    with tempfile.TemporaryDirectory() as folder:
        prepare(suites, folder)
        ours = Side([o.program, "judge", os.path.join(folder, "ours.jsonl"), suites], o.core)
        sides = [ours]
        if with_ajv:
            sides.append(Side([*packages.command("bench.js"), os.path.join(folder, "ajv.json")], o.core))
        chosen = "".join("1" if set(marks) == {"1"} else "0" for marks in zip(*(side.valid for side in sides), strict=True))
        for side in sides:
            side.ask("use " + chosen)
        print(f"{chosen.count('1')} documents of {len(chosen)} keep their schema for {'both' if with_ajv else 'us'}")
        for _ in range(WARM_UP_ROUNDS):
            for side in sides:
                side.ask(f"round {o.passes}")
        rounds = [[[float(x) for x in side.ask(f"round {o.passes}").split()] for side in sides] for _ in range(o.rounds)]
        for side in sides:
            side.end()
    for i, name in enumerate(("parse", "parse + walk", "parse + validate", "validate")):
        low, middle, high = quartiles([r[0][i] for r in rounds])
        print(f"{name + ', ns':44} {middle:6.0f}  ({low:.0f} to {high:.0f})")
    if with_ajv:
        low, middle, high = quartiles([r[1][0] for r in rounds])
        print(f"{'JSON.parse + ajv, ns':44} {middle:6.0f}  ({low:.0f} to {high:.0f})")
        show("parse + validate / JSON.parse + ajv", GOAL_AJV, [r[0][2] / r[1][0] for r in rounds])
    show("validate / parse + walk", GOAL_VALIDATE, [r[0][3] / r[0][1] for r in rounds])
    compile_github(o.program, suites, o.core)


if __name__ == "__main__":
    main()
