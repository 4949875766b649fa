#!/usr/bin/python3
"""h2spec: the 147 cases of the h2spec list as our own tests, over TLS against the running gate.

Each case of the list has a function in h2spec_cases; a case without one counts as failed. They assert the code of the GOAWAY
or RST_STREAM, that the connection ends after the one and lives after the other, and what the upstream received.
"""
import sys

from h2spec_cases import CASES, connection, frame_rules, generic, hpack_errors, messages, streams  # noqa: F401 (they register)
from wire import gate as gates
from wire.frames import INITIAL_WINDOW_SIZE
from wire.http2 import Connection, Unexpected
from wire.suite import Tally, options, read_cases
from wire.upstream import Upstream

NAME = "h2spec"


class Peer:
    """What a case sees: connections to the gate, and the upstream behind it."""

    def __init__(self, gate, upstream):
        self.gate = gate
        self.upstream = upstream
        self.connections = []

    def connect(self, settings=(), stalled=False, greet=True):
        """`stalled`: our window is 0, so that no answer with a body can end."""
        if stalled:
            settings = [(INITIAL_WINDOW_SIZE, 0), *settings]
        client = Connection(self.gate, settings, greet)
        self.connections.append(client)
        return client

    def expect_upstream_field(self, name, value):
        seen = [request.values(name) for request in self.upstream.requests[-1:]]
        if seen != [[value]]:
            raise Unexpected(f"the upstream received {name.decode()}: {seen}, not {value!r}")

    def expect_upstream_body(self, body):
        seen = [request.body for request in self.upstream.requests]
        if seen != [body]:
            raise Unexpected(f"the upstream received the bodies {[each[:80] for each in seen]}")

    def expect_no_whole_request(self):
        if self.upstream.requests:
            raise Unexpected(f"the upstream received {[each.start for each in self.upstream.requests]}")

    def expect_nothing_upstream(self):
        self.upstream.settle()
        self.expect_no_whole_request()
        if self.upstream.broken_off:
            raise Unexpected(f"the upstream received {self.upstream.broken_off[0][0][:200]!r}")

    def leave(self):
        for client in self.connections:
            client.close()
        parts = self.upstream.settle()
        if parts:
            raise Unexpected(f"the upstream was left with {parts[0][:120]!r}")
        if self.upstream.errors:
            raise Unexpected(f"the upstream cannot read what it was sent: {self.upstream.errors[0]}")


def run(function, gate, upstream):
    """Why the case fails, or None."""
    upstream.begin()
    peer = Peer(gate, upstream)
    why = None
    try:
        function(peer)
    except (Unexpected, OSError) as error:
        why = f"{error}" or repr(error)
    try:
        peer.leave()
    except Unexpected as error:
        why = why or str(error)
    return why if gate.running() else "the gate is gone"


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
