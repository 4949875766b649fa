#!/usr/bin/python3
"""h2spec: the 147 cases of the h2spec list as our own tests, over TLS against the running gate.

Each case of the list has a function in h2spec_cases; a case without one counts as failed. They assert the code of the GOAWAY
or RST_STREAM, that the connection ends after the one and lives after the other, and what the upstream received.
"""
import sys

from h2spec_cases import CASES, connection, frame_rules, generic, hpack_errors, messages, streams  # noqa: F401 (they register)
from wire import gate as gates
from wire.peer import run
from wire.suite import Tally, options, read_cases
from wire.upstream import Upstream

NAME = "h2spec"


def main():
    given = options(NAME, gates.STAND_INS)
    tally = Tally(NAME, given.verbose, use_known=given.against == "gatehouse")
    upstream = Upstream()
    unused = set(CASES)
    with gates.start(given.against, upstream, tls=True, binary=given.binary) as gate:
        for case in read_cases(NAME, "h2spec/h2spec-cases.json"):
            case_id = f"{case['suite']}/{case['section']}/" + case["desc"].replace('\\"', '"')
            unused.discard(case_id)
            if given.case and not any(part in case_id for part in given.case):
                continue
            if case_id not in CASES:
                tally.failed(case_id, "has no function")
            elif why := run(CASES[case_id], gate, upstream):
                tally.failed(case_id, f"{why}   [{case['requirement']}]")
            else:
                tally.passed(case_id)
    if unused:
        sys.exit(f"{NAME}: functions for no case of the list: {sorted(unused)}")
    return tally.close(whole=not given.case)


if __name__ == "__main__":
    sys.exit(main())
