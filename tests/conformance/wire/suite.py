"""A conformance suite: where its cases are, which of them are known to fail and why, and the count at the end.

A case ends in one of four ways. `stricter` is a refusal that our own specification asks for where the suite would allow or
ask for service; it must name the rule. A known failure stands in known/NAME.txt (`id<TAB>reason with the clause`) and counts
as known only while it fails: a listed case that passes is counted as failed, so that the list can only shrink.
"""
import argparse
import gzip
import json
import os
import sys

CONFORMANCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(CONFORMANCE))
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def suites_folder():
    return os.environ.get("GATEHOUSE_SUITES") or os.path.join(ROOT, "..", "shared", "suites")


def read_cases(name, relative):
    """The cases of a staged file: JSON, or gzipped JSON lines. Leaves with 77 where the suites are absent."""
    path = os.path.join(suites_folder(), relative)
    if not os.path.exists(path):
        print(f"{name}: skipped (suites absent)")
        sys.exit(SKIPPED)
    if path.endswith(".jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def read_known(name):
    known = {}
    path = os.path.join(CONFORMANCE, "known", name + ".txt")
    if not os.path.exists(path):
        return known
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                case_id, separator, reason = line.rstrip("\n").partition("\t")
                if not separator or not reason.strip():
                    sys.exit(f"{path}: no reason for {case_id!r}")
                known[case_id] = reason
    return known


def options(name, stand_ins=()):
    """The command line that every driver has: --against a stand-in, --case to run only some, --verbose."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--against", default="gatehouse", choices=["gatehouse", *stand_ins],
                        help="the server under test; a stand-in checks the driver itself, with servers that others trust")
    parser.add_argument("--binary", help="path of the server's program")
    parser.add_argument("--case", action="append", default=[], help="run only the cases whose id contains this")
    parser.add_argument("--verbose", action="store_true", help="print every case, with what was seen")
    return parser.parse_args()


class Tally:
    """Counts the ends of the cases of one suite and prints the closing line."""

    def __init__(self, name, verbose=False, use_known=True):
        self.name = name
        self.verbose = verbose
        self.known = read_known(name) if use_known else {}
        self.passed_count = self.failed_count = self.known_count = self.stricter_count = 0
        self.seen = set()

    def passed(self, case_id, note=""):
        self._once(case_id)
        if case_id in self.known:
            self._fail(case_id, "is on the known list and passes: take it off")
            return
        self.passed_count += 1
        if note or self.verbose:
            print(f"ok     {case_id}  {note}".rstrip())

    def failed(self, case_id, why):
        self._once(case_id)
        if case_id in self.known:
            self.known_count += 1
            print(f"known  {case_id}  {self.known[case_id]}")
            return
        self._fail(case_id, why)

    def stricter(self, case_id, rule):
        """Refused by a rule of ours where the suite would serve."""
        self._once(case_id)
        if case_id in self.known:
            self._fail(case_id, "is on the known list and is refused by rule: take it off")
            return
        self.stricter_count += 1
        print(f"strict {case_id}  {rule}")

    def close(self, whole=True):
        """Prints the closing line; the exit code of the driver."""
        if whole:
            for case_id in sorted(set(self.known) - self.seen):
                self.failed_count += 1
                print(f"FAILED {case_id}  is on the known list but is no case of the suite")
        line = f"{self.name}: {self.passed_count} passed, {self.failed_count} failed, {self.known_count} known"
        if self.stricter_count:
            line += f", {self.stricter_count} stricter"
        print(line)
        return 1 if self.failed_count else 0

    def _once(self, case_id):
        if case_id in self.seen:
            raise ValueError(f"case {case_id} was counted twice")
        self.seen.add(case_id)

    def _fail(self, case_id, why):
        self.failed_count += 1
        print(f"FAILED {case_id}  {why}")
