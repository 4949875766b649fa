#!/usr/bin/python3
"""http2-attacks: floods, header bombs, shut windows and request smuggling over HTTP/2, with their harmless neighbours,
against the running gate. No third-party suite: the cases are our own.
"""
import sys

from http2_attacks import CASES, floods, smuggling  # noqa: F401 (they register)
from wire import gate as gates
from wire.peer import Peer, run
from wire.suite import Tally, options
from wire.upstream import Upstream, plain_answer

NAME = "http2-attacks"
LARGE_SIZE = 4 << 20
PATTERN = bytes(range(251)) * 256  # prime in length, so that a shifted piece shows


def large_body(start, length):
    offset = start % len(PATTERN)
    return (PATTERN[offset:] + PATTERN * (length // len(PATTERN) + 1))[:length]


def respond(connection, request):
    """A short answer, or 4 MiB at /large, written as fast as they are taken."""
    if request.target != b"/large":
        connection.write(plain_answer(request, request.number))
        return True
    connection.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % LARGE_SIZE)
    for start in range(0, LARGE_SIZE, len(PATTERN)):
        connection.write(large_body(start, min(len(PATTERN), LARGE_SIZE - start)))
    return True


def main():
    given = options(NAME, gates.STAND_INS)
    Peer.large_size, Peer.large_body = LARGE_SIZE, staticmethod(large_body)
    tally = Tally(NAME, given.verbose, use_known=given.against == "gatehouse")
    upstream = Upstream(respond)
    with gates.start(given.against, upstream, tls=True, binary=given.binary) as gate:
        for case_id, function in CASES.items():
            if given.case and not any(part in case_id for part in given.case):
                continue
            if why := run(function, gate, upstream):
                tally.failed(case_id, why)
                if not gate.running():
                    break
            else:
                tally.passed(case_id)
    return tally.close(whole=not given.case)


if __name__ == "__main__":
    sys.exit(main())
