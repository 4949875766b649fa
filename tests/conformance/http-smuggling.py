#!/usr/bin/python3
"""http-smuggling: 1,304 disguised Transfer-Encoding lines next to a Content-Length, against the running gate.

Each case sends a POST with the disguised line, then a second, marked request behind it on the same connection. The gate and
the upstream must not disagree on where the first ends. So either
  - the first is refused (400, 501 or close) and never reaches the upstream; then the connection ends, or the marked one is served
    as a request of its own; or
  - the first arrives as one request whose body is what the framing that was used says; then the connection ends (RFC 9112
    section 6.1), or the marked one arrives as a request of its own; and each answer of the gate belongs to the request in
    its place. No field that a laxer reader could take for Transfer-Encoding may be passed on beside the framing.
"""
import re
import sys

from wire import gate as gates
from wire.http1 import Client, Malformed, parse_fields
from wire.suite import Tally, options, read_cases
from wire.upstream import Upstream

NAME = "http-smuggling"
CHUNKED_BODY = b"1\r\nZ\r\n0\r\n\r\n"
WAIT_SECONDS = 3.0


def request_bytes(case, host):
    line = case["te_header_latin1"].encode("latin-1")
    first = (b"POST /x HTTP/1.1\r\nHost: " + host + b"\r\n" + line + b"\r\n"
             b"Content-Length: %d\r\n\r\n" % len(CHUNKED_BODY)) + CHUNKED_BODY
    return first + b"GET /marked HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"


def honest_fields(case):
    """The sent lines that are plain fields by grammar, of any other name: these may be passed on."""
    fields = []
    for line in case["te_header_latin1"].encode("latin-1").split(b"\r\n"):
        try:
            fields += parse_fields([line])
        except Malformed:
            pass
    return [(name, value) for name, value in fields if re.sub(rb"[^a-z]", b"", name) != b"transferencoding"]


def lookalikes(case, request):
    """Fields that some reader may take for Transfer-Encoding, except the one framing field itself."""
    allowed = honest_fields(case) + ([(b"transfer-encoding", b"chunked")] if request.framing == "chunked" else [])
    found = [(name, value) for name, value in request.fields
             if re.sub(rb"[^a-z]", b"", name) == b"transferencoding" or b"transfer-encoding" in value.lower()]
    return [field for field in found if field not in allowed]


def judge_refused(client, upstream):
    """After a refusal the connection ends; or the marked request, and nothing else, is served as what it is."""
    answers = [] if client.ended else [client.answer(b"GET", WAIT_SECONDS)]
    if answers == [None]:
        answers = []
    if upstream.broken_off or [each.target for each in upstream.requests] != [b"/marked"][:len(answers)]:
        return f"refused, but the upstream received {[each.start for each in upstream.requests] or upstream.broken_off}"
    if not answers:
        return None if client.ended else "refused, and then neither served nor closed"
    if answers[0].value(b"upstream-request") != b"%d" % upstream.requests[0].number or upstream.requests[0].body:
        return f"refused, and then {answers[0].start!r} for {upstream.requests[0].head!r} {upstream.requests[0].body!r}"
    return None if not client.rest() else f"more answers than requests: {client.rest()[:120]!r}"


def judge_served(case, client, upstream, first_answer):
    answers = [first_answer, client.answer(b"GET", WAIT_SECONDS)]
    if answers[1] is None and client.ended:
        answers.pop()
    targets = [each.target for each in upstream.requests]
    if targets != [b"/x", b"/marked"][:len(answers)] or upstream.broken_off:
        return f"the upstream received {targets} and {len(upstream.broken_off)} parts"
    if upstream.requests[0].body not in (CHUNKED_BODY, b"Z"):
        return f"the first body became {upstream.requests[0].body!r}"
    if upstream.requests[1:] and upstream.requests[1].body:
        return f"the marked request got a body: {upstream.requests[1].body!r}"
    if lookalikes(case, upstream.requests[0]):
        return f"passed on {lookalikes(case, upstream.requests[0])}"
    if any(not answer or answer.status != 200 for answer in answers):
        return "the marked request was not answered"
    if client.rest():
        return f"one answer too many: {client.rest()[:120]!r}"
    numbers = [answer.value(b"upstream-request") for answer in answers]
    if numbers != [b"%d" % each.number for each in upstream.requests]:
        return f"answers {numbers} are not those of the requests {[each.number for each in upstream.requests]}"
    return None


def run(case, gate, upstream):
    """Why the case fails, or None; and whether the first request was served."""
    host = f"{upstream.begin()}:{gate.address[1]}"
    client = Client(gate.address)
    served = False
    try:
        client.send(request_bytes(case, host.encode()))
        first_answer = client.answer(b"POST", WAIT_SECONDS)
        if first_answer is None and not client.ended:
            why = "no answer and no close"
        elif first_answer is None or first_answer.status in (400, 501):
            why = judge_refused(client, upstream)
        elif 200 <= first_answer.status < 300:
            served, why = True, judge_served(case, client, upstream, first_answer)
        else:
            why = f"status {first_answer.status}"
    except Malformed as error:
        why = f"the gate's answer: {error}"
    finally:
        client.close()
    parts = upstream.settle()
    if why is None and parts:
        why = f"the upstream was left with {parts[0][:120]!r}"
    if upstream.errors:
        why = f"the upstream cannot read what it was sent: {upstream.errors[0]}"
    return why, served


def main():
    given = options(NAME, gates.STAND_INS)
    cases = [case for case in read_cases(NAME, "http-smuggling/te-header-mutations.jsonl.gz")
             if not given.case or any(part in case["id"] for part in given.case)]
    tally = Tally(NAME, given.verbose, use_known=given.against == "gatehouse")
    upstream = Upstream()
    served_count = 0
    with gates.start(given.against, upstream, binary=given.binary) as gate:
        for case in cases:
            why, served = run(case, gate, upstream)
            served_count += served
            if why is None and gate.running():
                tally.passed(case["id"])
            else:
                tally.failed(case["id"], f"{case['te_header_latin1']!r}: {why or 'the gate is gone'}")
    print(f"{len(cases) - served_count} refused, {served_count} served")
    return tally.close(whole=not given.case)


if __name__ == "__main__":
    sys.exit(main())
