#!/usr/bin/env python3
"""Runs every test program and adds up what they say of themselves.

A runner is a command that reports its test cases in one of four ways; one that reports none, or dies, has failed:
  doctest             test cases:  42 |  42 passed | 0 failed | 0 skipped
  our own             12 passed, 0 failed[, 1 skipped]
  conformance suites  NAME: 470 passed, 0 failed, 3 known[, 2 stricter]
  nothing to run      exit status 77: counted as one skipped
`stricter` cases are refusals that we want and the suite does not; they count as passed. `known` ones are failures with a
reason on file: they are printed and never counted as passed. With the suites present a skip is a failure, whoever runs the
tests, but for those of which their runner says `skipped: NAME: only root ...`: somebody else than root may leave these out.
A runner that passes is one line; of one that fails the whole output is shown. The last line is the sum.
"""
import argparse, json, os, re, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SKIP_STATUS = 77
ON_REQUEST = {"ajv-differential"}  # needs the npm registry: only by its name
RUNNER_SECONDS_MAX = 900

DOCTEST = re.compile(r"test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed(?:\s*\|\s*(\d+) skipped)?")
OURS = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.M)
SUITE = re.compile(r"^[\w.-]+: (\d+) passed, (\d+) failed, (\d+) known(?:, (\d+) stricter)?\s*$", re.M)
FOR_ROOT = re.compile(r"^skipped: \S.*: only root\b", re.M)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Outcome:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    known: int = 0
    only_root: int = 0  # of the skipped ones
    fault: str = ""  # why the runner itself is not to be believed
    output: str = field(default="", repr=False)
    seconds: float = 0.0

    @property
    def good(self):
        return not self.failed and not self.fault


def count(name, status, output, seconds=0.0):
    """What a runner's output and exit status amount to."""
    o = Outcome(name, output=output, seconds=seconds)
    text = COLOUR.sub("", output)
    if status == SKIP_STATUS:
        o.skipped = 1
        return o
    found = False
    for total, passed, failed, skipped in DOCTEST.findall(text):
        o.passed, o.failed, o.skipped, found = o.passed + int(passed), o.failed + int(failed), o.skipped + int(skipped or 0), True
        if int(total) != int(passed) + int(failed):
            o.fault = "doctest's own counts do not add up"
    for passed, failed, skipped in OURS.findall(text)[-1:]:
        o.passed, o.failed, o.skipped, found = o.passed + int(passed), o.failed + int(failed), o.skipped + int(skipped or 0), True
    for passed, failed, known, stricter in SUITE.findall(text)[-1:]:
        o.passed, o.failed, o.known, found = o.passed + int(passed) + int(stricter or 0), o.failed + int(failed), o.known + int(known), True
    o.only_root = len(FOR_ROOT.findall(text))
    if not found:
        o.fault = "reported no test cases"
    elif o.passed + o.failed + o.skipped + o.known == 0:
        o.fault = "ran nothing"
    elif status != 0 and not o.failed:
        o.fault = f"ended with status {status} although nothing failed"
    elif status == 0 and o.failed:
        o.fault = "reported failures and ended with status 0"
    return o


def is_fault(outcome, suites_present, root):
    """Whether one of the skips must not be: with the suites present each, but where somebody else than root leaves out what only root can do."""
    return suites_present and outcome.skipped > (0 if root else outcome.only_root)


def execute(name, command, cwd=ROOT, environment=None):
    began = time.monotonic()
    try:
        done = subprocess.run(command, cwd=cwd, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=RUNNER_SECONDS_MAX)
    except subprocess.TimeoutExpired as late:
        return Outcome(name, fault=f"not done after {RUNNER_SECONDS_MAX} s", output=(late.stdout or b"").decode(errors="replace"))
    except OSError as error:
        return Outcome(name, fault=f"cannot be started: {error}")
    return count(name, done.returncode, done.stdout.decode(errors="replace"), time.monotonic() - began)


def show(o):
    if o.good:
        extra = (f", {o.skipped} skipped" if o.skipped else "") + (f", {o.known} known" if o.known else "")
        print(f"ok      {o.name}: {o.passed} passed{extra} ({o.seconds:.1f} s)", flush=True)
    else:
        print(o.output.rstrip())
        print(f"FAILED  {o.name}: {o.passed} passed, {o.failed} failed{'; ' + o.fault if o.fault else ''}", flush=True)
    return o


def unit_runners(build):
    """The programs that CTest knows: unit tests and the replays of the fuzz corpora."""
    listed = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], stdout=subprocess.PIPE, check=True).stdout
    for test in json.loads(listed)["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        yield test["name"], test.get("command", ["/nonexistent/" + test["name"]]), properties.get("WORKING_DIRECTORY", ROOT)


def suite_runners(build, suites):
    """Third-party suites: those of the C++ program (`conform --list`) and one Python file each."""
    found = {}
    program = os.path.join(ROOT, build, "tests/conformance/conform")
    if os.path.exists(program):
        for name in subprocess.run([program, "--list"], stdout=subprocess.PIPE, check=True, text=True).stdout.split():
            found[name] = [program, name]
    folder = os.path.join(ROOT, "tests/conformance")
    for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if file.endswith(".py") and not file.startswith("_"):
            found[file[:-3]] = [sys.executable, os.path.join(folder, file)]
    return found


def other_runners():
    """Tests that are programs of their own: this script's, the bench harness's, the sample's, the ones that run the built gate."""
    for folder in ("tools", "tests/bench", "tests/e2e", "examples/clinic"):
        for file in sorted(os.listdir(os.path.join(ROOT, folder))) if os.path.isdir(os.path.join(ROOT, folder)) else []:
            if re.fullmatch(r"(test_\w+|\w+_test)\.py", file):
                yield f"{folder}/{file}", [sys.executable, os.path.join(ROOT, folder, file)]
    e2e = os.path.join(ROOT, "tests/e2e/run.py")
    if os.path.exists(e2e):
        yield "tests/e2e", [sys.executable, e2e]


def end_of_conform(outcomes):
    """The exit status of a run of suites alone. Each suite's own line is the last of its output; of several suites they stand together at the end."""
    if len(outcomes) > 1:
        for x in outcomes:
            lines = [line.group().strip() for line in SUITE.finditer(COLOUR.sub("", x.output))]
            print(lines[-1] if lines else f"{x.name}: {x.fault or 'skipped'}")
    for x in outcomes:
        if x.fault:
            print(f"{x.name}: {x.fault}", file=sys.stderr)
    return SKIP_STATUS if any(x.skipped for x in outcomes) else 0 if outcomes and all(x.good for x in outcomes) else 1


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", default="build")
    options.add_argument("--suites", default=os.environ.get("GATEHOUSE_SUITES", "../shared/suites"))
    options.add_argument("--units", action="store_true", help="only the unit tests and replays")
    options.add_argument("--conform", nargs="*", metavar="NAME", help="only these conformance suites, or all")
    o = options.parse_args()
    suites = os.path.abspath(os.path.join(ROOT, o.suites))
    environment = {"GATEHOUSE_SUITES": suites, "GATEHOUSE_BUILD": os.path.join(ROOT, o.build),
                   "GATEHOUSE_BINARY": os.path.join(ROOT, o.build, "src/gatehouse")}
    outcomes = []

    if o.conform is None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            running = [pool.submit(execute, name, command, cwd, environment) for name, command, cwd in unit_runners(os.path.join(ROOT, o.build))]
            outcomes += [show(r.result()) for r in running]
    if not o.units:
        conform = suite_runners(o.build, suites)
        for name in o.conform or sorted(conform.keys() - ON_REQUEST, key=list(conform).index):
            if name not in conform:
                sys.exit(f"no suite '{name}'; there are: {' '.join(sorted(conform))}")
            outcome = execute(f"conform {name}", conform[name], ROOT, environment)
            outcomes.append(outcome if o.conform is not None else show(outcome))
            if o.conform is not None:
                print(outcome.output.rstrip(), flush=True)
    if o.conform is not None:
        sys.exit(end_of_conform(outcomes))
    if not o.units and o.conform is None:
        for name, command in other_runners():
            outcomes.append(show(execute(name, command, ROOT, environment)))

    broken = [x for x in outcomes if x.fault and not x.failed]  # a runner that died counts as one failure
    passed, failed, skipped, known = (sum(getattr(x, what) for x in outcomes) for what in ("passed", "failed", "skipped", "known"))
    failed += len(broken)
    if known:
        print(f"{known} known failures of third-party suites, each with its reason in tests/conformance/known/")
    must_not_skip = [x.name for x in outcomes if is_fault(x, os.path.isdir(suites), os.geteuid() == 0)]
    if must_not_skip:
        print(f"skipped although the suites are present: {', '.join(must_not_skip)}")
    elif any(x.only_root for x in outcomes):
        print("some tests become other users, which only root can: they are skipped")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or must_not_skip or not outcomes else 0)


if __name__ == "__main__":
    main()
