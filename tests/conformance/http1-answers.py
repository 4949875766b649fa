#!/usr/bin/python3
"""http1-answers: what the gate makes of an upstream's answers, right and wrong, over HTTP/1.1. The cases are our own.

An answer that can be read in two ways is response smuggling waiting to happen: on a pooled connection its rest becomes the
answer to somebody else's request. So after each answer a second, marked request goes through the gate; its answer has to be
its own, and where the first was not plain it has to come over another upstream connection.
"""
import sys

from wire import gate as gates
from wire.http1 import Client, Malformed
from wire.suite import Tally, options
from wire.upstream import Upstream, plain_answer

NAME = "http1-answers"
WAIT_SECONDS = 5.0
OK = b"HTTP/1.1 200 OK\r\n"
HELLO = b"Content-Length: 5\r\n\r\nhello"
SMUGGLED = b"HTTP/1.1 200 OK\r\nX-Smuggled: yes\r\nContent-Length: 8\r\n\r\nsmuggled"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"

# What it is; the octets that the upstream sends; whether it closes then; what the client may get: a status, or "broken" or "close" for one
# that breaks off where the client can see it. The method is GET but where the name says otherwise.
WRONG = [
    ("status of four digits", b"HTTP/1.1 2000 OK\r\n" + HELLO, True, {502}),
    ("status of two digits", b"HTTP/1.1 20 OK\r\n" + HELLO, True, {502}),
    ("status under 100", b"HTTP/1.1 099 OK\r\n" + HELLO, True, {502}),
    ("no version", b"ICY 200 OK\r\n" + HELLO, True, {502}),
    ("version 2", b"HTTP/2 200\r\n" + HELLO, True, {502}),
    ("no head at all", b"hello\n" * 10, True, {502}),
    ("NUL in a value", OK + b"X-A: b\0c\r\n" + HELLO, True, {502}),
    ("CR in a value", OK + b"X-A: b\rc\r\n" + HELLO, True, {502}),
    ("no colon", OK + b"X-A\r\n" + HELLO, True, {502}),
    ("empty name", OK + b": b\r\n" + HELLO, True, {502}),
    ("control character in a name", OK + b"X\x01A: b\r\n" + HELLO, True, {502}),
    ("Content-Length twice, different", OK + b"Content-Length: 6\r\n" + HELLO, True, {502}),
    ("Content-Length with a sign", OK + b"Content-Length: +5\r\n\r\nhello", True, {502}),
    ("Content-Length negative", OK + b"Content-Length: -5\r\n\r\nhello", True, {502}),
    ("Content-Length as a list", OK + b"Content-Length: 5, 6\r\n\r\nhello", True, {502}),
    ("Content-Length over 64 bits", OK + b"Content-Length: 18446744073709551621\r\n\r\nhello", True, {502}),
    ("both framings", OK + b"Content-Length: 5\r\n" + CHUNKED + b"0\r\n\r\n" + SMUGGLED, True, {502}),
    ("an unknown transfer coding", OK + b"Transfer-Encoding: gzip\r\n\r\nhello", True, {502}),
    ("chunked twice", OK + b"Transfer-Encoding: chunked\r\n" + CHUNKED + b"0\r\n\r\n", True, {502}),
    ("chunked in HTTP/1.0", b"HTTP/1.0 200 OK\r\n" + CHUNKED + b"0\r\n\r\n", True, {502}),
    ("101 without an Upgrade", b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", False, {502}),
    ("too many interim answers", b"HTTP/1.1 102 Processing\r\n\r\n" * 200 + OK + HELLO, False, {502}),
    ("an endless head", OK + b"X-A: b\r\n" * 100000, True, {502}),
    ("nothing and the end", b"", True, {502}),
    ("half a head and the end", OK + b"Content-Le", True, {502}),
    ("less than its length", OK + b"Content-Length: 50\r\n\r\nhello", True, {502, "broken", "close"}),
    ("chunks that stop", OK + CHUNKED + b"5\r\nhello\r\n", True, {502, "broken", "close"}),
    ("a chunk size that is none", OK + CHUNKED + b"5\r\nhello\r\nxyz\r\n", False, {502, "broken", "close"}),
    ("a chunk longer than it says", OK + CHUNKED + b"3\r\nhello\r\n0\r\n\r\n", False, {502, "broken", "close"}),
    ("a chunk size over 64 bits", OK + CHUNKED + b"10000000000000005\r\nhello\r\n0\r\n\r\n", False, {502, "broken", "close"}),
    ("a trailer that is no field line", OK + CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum : u\r\n\r\n", False, {502, "broken", "close"}),
    ("trailers without an end", OK + CHUNKED + b"5\r\nhello\r\n0\r\n" + b"X-Sum: u\r\n" * 2000, False, {502, "broken", "close"}),
    ("another answer behind it", OK + HELLO + SMUGGLED, False, {200}),
    ("another answer behind its chunks", OK + CHUNKED + b"5\r\nhello\r\n0\r\n\r\n" + SMUGGLED, False, {200}),
    ("HEAD, answered with a body", OK + HELLO + SMUGGLED, False, {200}),
    ("a body to 204", b"HTTP/1.1 204 No Content\r\n\r\n" + SMUGGLED, False, {204}),
    ("a body to 304", b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n" + SMUGGLED, False, {304}),
]

# The neighbours: served, and whether the upstream connection may be used again (None: no matter).
RIGHT = [
    ("length", OK + HELLO, True),
    ("chunks", OK + CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", True),
    ("chunks with an extension and a trailer", OK + CHUNKED + b"5;a=b\r\nhello\r\n0\r\nX-T: u\r\n\r\n", None),
    ("a trailer that would frame", OK + CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 9\r\nX-Sum: u\r\n\r\n", True),
    ("until the end of the connection", OK + b"\r\nhello", False),
    ("HTTP/1.0", b"HTTP/1.0 200 OK\r\n\r\nhello", False),
    ("no reason phrase", b"HTTP/1.1 200 \r\n" + HELLO, None),
    ("an interim answer before it", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + HELLO, True),
    ("Connection: close", OK + b"Connection: close\r\n" + HELLO, False),
    ("octets over 0x7f in a value", OK + b"X-A: caf\xe9\r\n" + HELLO, None),
]


class Script:
    """The upstream's answers: the scripted octets to a request of the case, a plain 200 to a marked one."""

    octets, close = b"", False

    def __call__(self, connection, request):
        request.connection = connection
        if b"/marked" in request.target:
            connection.write(plain_answer(request, request.number))
            return True
        connection.write(self.octets)
        return not self.close


def first_answer(client, method):
    """A status, 'broken' for an answer that breaks off, 'close' for none at all."""
    try:
        answer = client.answer(method, WAIT_SECONDS)
    except Malformed as error:
        if "broke off" not in str(error):
            raise
        return "broken", None
    return (answer.status, answer) if answer else ("close" if client.ended else "nothing", None)


def ask_marked(gate, client, upstream, target):
    """The marked request, over the same client connection while it lives. Why its answer is not its own, or None."""
    if client.ended or client.wait_for_end(0.0):
        client = Client(gate.address)
    client.send(b"GET " + target + b" HTTP/1.1\r\nHost: marked.test\r\n\r\n")
    try:
        answer = client.answer(b"GET", WAIT_SECONDS)
    except Malformed as error:
        return f"the marked request: {error}"
    marked = [request for request in upstream.requests if b"/marked" in request.target]
    if not answer or len(marked) != 1:
        return f"the marked request: {answer and answer.start}, {len(marked)} times upstream"
    if answer.value(b"x-smuggled") or answer.value(b"upstream-request") != b"%d" % marked[0].number:
        return f"the marked request got another's answer: {answer.head!r}"
    return None


def judge(gate, upstream, script, case, wanted, reuse):
    """Why the case fails, or None."""
    name, script.octets, script.close = case
    tag = upstream.begin().encode()
    method = b"HEAD" if name.startswith("HEAD") else b"GET"
    client = Client(gate.address)
    client.send(method + b" /" + tag + b" HTTP/1.1\r\nHost: first.test\r\n\r\n")
    try:
        seen, answer = first_answer(client, method)
        if seen not in wanted:
            return f"the client got {seen}, not {wanted}"
        if answer and seen == 200 and method == b"GET" and answer.body != b"hello":
            return f"the body became {answer.body[:80]!r}"
        if answer and answer.value(b"x-smuggled"):
            return "the answer behind it was taken"
        why = ask_marked(gate, client, upstream, b"/" + tag + b"/marked")
    except Malformed as error:
        return f"the gate's answer: {error}"
    finally:
        client.close()
    if why:
        return why
    connections = {id(request.connection) for request in upstream.requests}
    if reuse is False and len(connections) < 2:
        return "the upstream connection was used again"
    if reuse and len(connections) > 1:
        return "the upstream connection was not used again"
    return upstream.errors[0] if upstream.errors else None


def main():
    given = options(NAME, gates.STAND_INS)
    tally = Tally(NAME, given.verbose, use_known=given.against == "gatehouse")
    script = Script()
    upstream = Upstream(script)
    cases = [(name, octets, close, wanted, False) for name, octets, close, wanted in WRONG]
    cases += [(f"harmless: {name}", octets, reuse is False, {200}, reuse) for name, octets, reuse in RIGHT]
    with gates.start(given.against, upstream, binary=given.binary) as gate:
        for name, octets, close, wanted, reuse in cases:
            if given.case and not any(part in name for part in given.case):
                continue
            why = judge(gate, upstream, script, (name, octets, close), wanted, reuse)
            if why or not gate.running():
                tally.failed(name, why or "the gate is gone")
            else:
                tally.passed(name)
    return tally.close(whole=not given.case)


if __name__ == "__main__":
    sys.exit(main())
