#!/usr/bin/env python3
"""Runs the scenarios against the built gate, several at once, each in a folder and on ports of its own.

    run.py [--binary FILE] [--jobs N] [--list] [WORD ...]     only scenarios whose file or name has one of the words
The last line is `N passed, N failed, N skipped`.
"""
import argparse
import concurrent.futures
import os
import pathlib
import sys
import tempfile

try:
    import yaml
except ImportError:  # another python3 comes first on PATH: Debian's has python3-yaml
    if sys.executable == "/usr/bin/python3":
        sys.exit("run.py needs Debian's python3-yaml")
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
from harness import tokens  # noqa: E402
from harness.fault import Unclear  # noqa: E402
from harness.session import Session  # noqa: E402


class OneNameOnce(yaml.SafeLoader):
    """A mapping that says one name twice would silently lose an expectation."""

    def construct_mapping(self, node, deep=False):
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise Unclear("line %d: twice: %s" % (node.start_mark.line + 1, ", ".join(map(str, twice))))
        return super().construct_mapping(node, deep)


def scenarios(folder):
    for file in sorted(folder.glob("*.yaml")):
        for scenario in yaml.load_all(file.read_text(encoding="utf-8"), OneNameOnce):
            if not isinstance(scenario, dict) or not scenario.get("name") or not scenario.get("steps"):
                raise Unclear("%s: a scenario has a name and steps" % file.name)
            yield file.stem, scenario


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default=os.environ.get("GATEHOUSE_BINARY") or str(ROOT / "build" / "src" / "gatehouse"))
    options.add_argument("--jobs", type=int, default=2 * len(os.sched_getaffinity(0)))
    options.add_argument("--scenarios", type=pathlib.Path, default=HERE / "scenarios", help=argparse.SUPPRESS)
    options.add_argument("--list", action="store_true", help="only name them")
    options.add_argument("words", nargs="*")
    given = options.parse_args()
    try:
        chosen = [(file, scenario) for file, scenario in scenarios(given.scenarios)
                  if not given.words or any(word in file or word in scenario["name"] for word in given.words)]
    except (Unclear, yaml.YAMLError) as error:
        print("run.py: %s" % error)
        print("0 passed, 1 failed, 0 skipped")
        return 1
    if given.list:
        print("\n".join("%s: %s" % (file, scenario["name"]) for file, scenario in chosen))
        return 0
    if not os.access(given.binary, os.X_OK):
        print("run.py: no program at %s; build it first" % given.binary)
        print("0 passed, 1 failed, 0 skipped")
        return 1
    return run(chosen, os.path.abspath(given.binary), given.jobs)


def run(chosen, binary, jobs):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gatehouse-e2e-issuer-") as folder, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        issuer = tokens.clinic_issuer.Issuer(folder)
        running = [(file, scenario["name"], pool.submit(one, scenario, binary, issuer)) for file, scenario in chosen]
        for file, name, result in running:
            faults = result.result()
            failed += bool(faults)
            print("%s  %s: %s" % ("FAILED" if faults else "ok    ", file, name), flush=True)
            for fault in faults:
                print("        " + fault.replace("\n", "\n        "), flush=True)
    print("%d passed, %d failed, 0 skipped" % (len(chosen) - failed, failed))
    return 1 if failed or not chosen else 0


def one(scenario, binary, issuer):
    try:
        return Session(scenario, binary, issuer).run()
    except Unclear as error:
        return ["the scenario is wrong: %s" % error]
    except Exception as error:  # one scenario's fault must not hide the others
        return ["%s: %s" % (type(error).__name__, error)]


if __name__ == "__main__":
    sys.exit(main())
