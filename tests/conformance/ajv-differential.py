#!/usr/bin/env python3
"""Holds the schema engine against npm's ajv: two validators that share no line of code, one verdict.

  suite      every test of JSON-Schema-Test-Suite, drafts 4 to 2020-12
  generated  instances made from the schemas of that suite and of the real OpenAPI documents: such as are meant to keep the schema, and such as break one word
             of it at one place (tests/ajv/instances.py; seeded, so every run has the same); formats off on both sides, since each asserts a set of its own
  examples   of the real documents: who known/openapi-docs.txt says breaks his own schema, breaks it for ajv too, by the same word at the same place

A case is one instance (of a schema that one of the two does not compile: that schema). Each disagreement has a line in known/ajv-differential.txt, with the clause: one for all instances
of a schema. A line without a disagreement is a failure. Needs node and the npm registry, once (tests/ajv/package-lock.json); without: status 77.
"""
import argparse, collections, decimal, gzip, json, os, re, subprocess, sys, tempfile, zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests/ajv"))
import packages  # noqa: E402
from instances import Instances  # noqa: E402
from openapi import Document  # noqa: E402

NAME = "ajv-differential"
DRAFTS = ["draft2020-12", "draft2019-09", "draft7", "draft6", "draft4"]
PER_SUITE_SCHEMA, PER_DOCUMENT, PER_DOCUMENT_SCHEMA = 36, 60, 36
JUDGE_SECONDS_MAX = 800
MARK = "\u0001number:"


def read_number(text):
    """A number that a double does not hold stays what was written."""
    value = float(text)
    return value if value in (value,) and abs(value) != float("inf") and decimal.Decimal(repr(value)) == decimal.Decimal(text) else MARK + text


def loads(text):
    return json.loads(text, parse_float=read_number)


def dumps(value):
    return re.sub(r'"\\u0001number:([^"]*)"', r"\1", json.dumps(value, ensure_ascii=True, allow_nan=False))


def staged(suites, path):
    with gzip.open(os.path.join(suites, path), "rt", encoding="utf-8") as file:
        return file.read()


def bounded(value, depth=0):
    """Whether an instance is of a size to be sent."""
    return depth < 40 and not (isinstance(value, (list, tuple)) and len(value) > 5_000) and all(bounded(v, depth + 1) for v in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()))


class Task:
    """One schema or document, its instances, and the ids by which they are listed."""

    def __init__(self, line, entries):
        self.line, self.entries = line, entries  # entries: [{"at", "key", "instances", "id", "generated"}]


def made(schema, resolve, seed, count):
    """So many instances: about one in four as they are meant to be right, the others broken in one place."""
    generator, out = Instances(seed, resolve), []
    while len(out) < count:
        one = generator.instance(schema)
        out.append(one)
        out += generator.broken(one, schema, 3)
        if len(out) > 4 and all(not isinstance(v, (dict, list)) for v in out[-4:]) and len(out) >= count // 2:
            break  # a schema that says little: more of the same would say no more
    return [one for one in out[:count] if bounded(one)]


def suite_tasks(suites):
    remotes, metaschemas = loads(staged(suites, "json-schema-test-suite/remotes.json.gz")), loads(staged(suites, "json-schema-test-suite/metaschemas.json.gz"))
    for draft in DRAFTS:
        documents = []
        for url, root in remotes.items():
            other = [d for d in DRAFTS if url.startswith(f"http://localhost:1234/{d}/")]
            documents.append([url, root, other[0] if other else draft])
        documents += [[url, root, draft] for url, root in metaschemas.items()]
        yield Task({"documents": documents}, None)
        known = dict((url, root) for url, root, _ in documents)
        for part in loads(staged(suites, f"json-schema-test-suite/{draft}.json.gz")):
            for group in part["groups"]:
                name = f"{draft}/{part['file']}: {group['description']}"
                instances, generated = [t["data"] for t in group["tests"]], []
                if part["kind"] != "format":
                    root = group["schema"]
                    generated = made(root, lambda reference, root=root: resolved(root, known, reference), zlib.crc32(name.encode()), PER_SUITE_SCHEMA)
                yield Task({"dialect": draft, "formats": part["kind"] == "format", "root": group["schema"], "holds": "schema"},
                           [{"at": "", "instances": instances + generated, "id": name, "generated": len(generated)}])


def resolved(root, documents, reference):
    """Good enough for making instances: pointers into the root, and whole documents."""
    if not isinstance(reference, str):
        return {}
    value = root if reference.startswith("#") else documents.get(reference.split("#")[0], {})
    for part in reference.partition("#")[2].split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        value = value.get(part, {}) if isinstance(value, dict) else {}
    return value if isinstance(value, (dict, bool)) else {}


def document_tasks(suites, index, refused):
    for entry in index:
        name = entry["name"]
        if entry["part"] != "shared" or name in refused:
            continue
        document = Document(name, loads(staged(suites, f"openapi-docs/{name}.json.gz")))

        def resolve(reference, document=document):
            try:
                return document.at(document.pointer_of(reference))
            except (KeyError, IndexError, TypeError):
                return {}
        pointers = sorted(set(document.schemas()))
        chosen = Instances(zlib.crc32(name.encode()), None).chance.sample(pointers, min(len(pointers), PER_DOCUMENT))
        entries = []
        for pointer in sorted(chosen):
            case = name + document.fragment(pointer)
            instances = made(document.at(pointer), resolve, zlib.crc32(case.encode()), PER_DOCUMENT_SCHEMA)
            entries.append({"at": document.fragment(pointer), "key": document.key(pointer), "instances": instances, "id": case, "generated": len(instances)})
        yield Task({"dialect": document.dialect, "formats": False, "root": document.root, "bundle": document.bundle(), "holds": "other"}, entries)


def example_tasks(suites, refused):
    by_document = collections.defaultdict(list)
    for line in staged(suites, "benign-api-examples/examples.jsonl.gz").splitlines():
        example = loads(line)
        by_document[example["doc"]].append(example)
    for name, examples in by_document.items():
        if name in refused:
            continue
        document, entries = Document(name, loads(staged(suites, f"openapi-docs/{name}.json.gz"))), []
        for example in examples:
            pointer = document.example_schema(example)
            if pointer is not None:
                entries.append({"at": document.fragment(pointer), "key": document.key(pointer), "instances": [example["value"]], "id": "example " + example["id"]})
        yield Task({"dialect": document.dialect, "formats": True, "root": document.root, "bundle": document.bundle(), "holds": "other", "explain": True}, entries)


def answers(command, tasks, fields):
    """What a judge says of each task, in their order."""
    with tempfile.TemporaryFile("w+") as lines:
        for number, task in enumerate(tasks):
            if task.entries is None:
                lines.write(dumps(task.line) + "\n")
                continue
            entries = [{k: v for k, v in entry.items() if k in ("at", "key", "instances")} for entry in task.entries]
            lines.write(dumps({"id": number, **{k: v for k, v in task.line.items() if k in fields}, "entries": entries}) + "\n")
        lines.seek(0)
        done = subprocess.run(command, stdin=lines, stdout=subprocess.PIPE, timeout=JUDGE_SECONDS_MAX, check=True)
    return {answer["id"]: answer for answer in map(json.loads, done.stdout.decode("utf-8", "surrogatepass").splitlines())}


def known_list(name):
    with open(os.path.join(HERE, "known", name + ".txt"), encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("\t", 1) for line in file if line.strip() and not line.startswith("#"))


class Tally:
    def __init__(self, known, verbose):
        self.known, self.verbose, self.met = known, verbose, set()
        self.passed = self.failed = self.count_known = 0

    def judge(self, case, agree, why):
        if agree:
            self.passed += 1
        elif case in self.known:
            self.count_known += 1
            self.met.add(case)
        else:
            self.failed += 1
            if self.verbose or self.failed <= 200:
                print(f"{NAME}: FAILED {case}: {why}"[:700])

    def finish(self):
        for case in sorted(self.known.keys() - self.met):
            self.failed += 1
            print(f"{NAME}: FAILED {case}: is listed as a disagreement, but there is none")
        print(f"{NAME}: {self.passed} passed, {self.failed} failed, {self.count_known} known")
        return self.failed == 0


def compare(tally, task, ours, theirs):
    for name, answer in (("ours", ours), ("ajv", theirs)):
        if "error" in answer:
            return tally.judge(task.entries[0]["id"], False, f"{name}: does not compile: {answer['error']}")
    for entry, mine, other in zip(task.entries, ours["verdicts"], theirs["verdicts"], strict=True):
        for instance, a, b in zip(entry["instances"], mine, other, strict=True):
            words = {"1": "valid", "0": "invalid", "?": "undecided"}
            tally.judge(entry["id"], a == b, f"we say {words[a]}, ajv {words[b]} of {dumps(instance)[:200]}")


def compare_examples(tally, task, theirs, documents):
    """Our side is the list that ./do conform openapi-docs holds us to: who is on it breaks his schema, all others keep it."""
    for entry, verdicts, found in zip(task.entries, theirs["verdicts"], theirs["violations"], strict=True):
        case = entry["id"]
        reason = documents.get(case.removeprefix("example "))
        if reason is None:
            tally.judge(case, verdicts == "1", f"we take it, ajv says {found[:2]}")
            continue
        told = re.fullmatch(r"(\S+) at (.*) \((openapi\.json#\S+)\): .*", reason)
        same = told and [told[2].strip("'"), told[1]] in [one[:2] for one in found]
        tally.judge(case, verdicts == "0" and bool(same), f"our reason is {reason}, ajv says {found[:3] if verdicts == '0' else 'valid'}")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", default=os.path.join(ROOT, "build"))
    options.add_argument("--verbose", action="store_true", help="show all disagreements")
    o = options.parse_args()
    suites = os.environ.get("GATEHOUSE_SUITES", os.path.join(ROOT, "../shared/suites"))
    if not os.path.isdir(suites):
        print(f"{NAME}: skipped (suites absent)")
        return 77
    if not packages.installed():
        print(f"{NAME}: skipped (no npm packages: see above)")
        return 77
    judge = os.path.join(o.build, "tests/ajv/schema_judge")
    subprocess.run(["ninja", "-C", o.build, "schema_judge"], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(suites, "openapi-docs/index.json"), encoding="utf-8") as file:
        index = json.load(file)
    tally, generated = Tally(known_list(NAME), o.verbose), 0
    listed = known_list("openapi-docs")
    refused = listed.keys() & {entry["name"] for entry in index}  # broken documents: there is nothing to compare
    tasks = [*suite_tasks(suites), *document_tasks(suites, index, refused)]
    fields = {"dialect", "formats", "explain"}
    ours = answers([judge], tasks, fields | {"root", "holds"})
    bundled = [Task({**t.line, "root": None} if "bundle" in t.line else t.line, t.entries) for t in tasks]  # ajv needs no document where it has a bundle
    theirs = answers(packages.command("judge.js"), bundled, fields | {"root", "bundle"})
    for number, task in enumerate(tasks):
        if task.entries is None:
            continue
        generated += sum(entry["generated"] for entry in task.entries)
        compare(tally, task, ours[number], theirs[number])
    examples = list(example_tasks(suites, refused))
    theirs = answers(packages.command("judge.js"), [Task({**t.line, "root": None}, t.entries) for t in examples], fields | {"bundle"})
    for number, task in enumerate(examples):
        if "error" in theirs[number]:
            tally.judge(task.entries[0]["id"], False, f"no example of this document is judged: {theirs[number]['error']}")
        else:
            compare_examples(tally, task, theirs[number], listed)
    print(f"{NAME}: {generated} generated instances, {sum(len(t.entries) for t in examples)} examples")
    return 0 if tally.finish() else 1


if __name__ == "__main__":
    sys.exit(main())
