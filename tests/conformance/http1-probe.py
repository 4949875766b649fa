#!/usr/bin/python3
"""http1-probe: 201 requests, most of them wrong in one way, against the running gate.

Each case is judged twice: by what the client saw (a status range, or a rule in the suite's words, for which TEXT_RULES has a
row each), and by what the upstream received: every request there is whole, read by a strict parser, has the body that the
client's framing says, and is the one that the gate's answer belongs to; or nothing reached it. A part of a request may
reach it only where the client's own request broke off or was refused in its body, and then its connection must be gone.
"""
import re
import socket
import sys

from wire import gate as gates
from wire.http1 import Client, Malformed
from wire.suite import Tally, options, read_cases
from wire.upstream import Upstream, plain_answer

NAME = "http1-probe"
WAIT_SECONDS = 2.0
HOST_LENGTH = 14  # the suite's Content-Length values count on "localhost:8080"
DATE = re.compile(rb"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
                  rb"\d\d:\d\d:\d\d GMT\Z")

# The suite's `expected` text: what passes; what passes as a warning. "2xx+close" is a 2xx after which the connection ends.
TEXT_RULES = {
    "200": ("200", ""),
    "304": ("304", ""),
    "2xx": ("2xx", ""),
    "400 or close (pass), 2xx (warn)": ("400 close", "2xx"),
    "400, 505, or close": ("400 505 close", ""),
    "400 = Pass; 2xx = Warn": ("400 close", "2xx"),
    "400, close, or timeout": ("400 close timeout", ""),
    "400/501 or close": ("400 501 close", ""),
    "2xx = Pass, 400 = Warn (unscored)": ("2xx", "400"),
    "400/405/501 or 2xx": ("400 405 501", "2xx"),
    "any non-101 response": ("!101", ""),
    "Not 101": ("!101", ""),
    "400, 405, 501, or close": ("400 405 501 close", ""),
    "417; 2xx is a warning": ("417", "2xx"),
    "2xx = Pass, 400 = Warn": ("2xx", "400"),
    "426 or non-101": ("!101", ""),
    "405 or 501 preferred; 200 is a warning": ("405 501", "200"),
    "2xx + connection closed": ("2xx+close", ""),
    "200 = Warn, 400 = Pass": ("400", "200"),
    "200 or 505 = Warn": ("", "200 505"),
    "400/405 = Pass, 200 = Warn": ("400 405 501", "200"),
    "2xx (Range ignored)": ("2xx", ""),
    "2xx with no body": ("2xx", ""),
    "501, 405, or 400": ("501 405 400", ""),
    "405 with Allow header": ("405", ""),
    "2xx with Date header": ("2xx", ""),
    "IMF-fixdate format": ("2xx", ""),
    "Non-1xx response": ("!1xx", ""),
    "204 without Content-Length": ("204", "2xx"),
    "2xx with Allow header": ("2xx", ""),
    "2xx with Content-Type header": ("2xx", ""),
    "Any status except 414": ("!414", ""),
    "400 preferred, 2xx acceptable": ("400 close", "2xx"),
    "Sensitive headers excluded from echo": ("2xx 405 501", ""),
    "2xx (ignore) or 416": ("2xx 416", ""),
    "406 preferred, 2xx acceptable": ("406", "2xx"),
    "415 or 2xx": ("415 2xx", ""),
    "2xx with Cookie in body": ("2xx", ""),
    "400/431 (rejected) or 2xx (survived)": ("400 431 2xx", ""),
    "2xx or 400": ("2xx 400", ""),
    "400 (rejected) or 2xx without NUL": ("400 close 2xx", ""),
    "400 (rejected) or 2xx without control chars": ("400 close 2xx", ""),
    "2xx with both cookies": ("2xx", ""),
    "2xx with foo=bar in body": ("2xx", ""),
    "2xx with a=1, b=2, c=3 in body": ("2xx", ""),
    "2xx (no crash)": ("2xx", ""),
    "400, 414, 431, or close": ("400 414 431 close", ""),
    "400, 431, or close": ("400 431 close", ""),
    "400 or close": ("400 close", ""),
    "400/505, close, or timeout": ("400 505 close timeout", ""),
    "400 preferred; 2xx is a warning": ("400 close", "2xx"),
    "400 = Pass, 2xx/404 = Warn": ("400 close", "2xx 404"),
    "400/431 = Pass, 2xx = Warn, close = Pass": ("400 431 close", "2xx"),
    "Any response = Warn": ("", "any"),
    "400/close/timeout": ("400 close timeout", ""),
    "Reject/drop (pass), normalize (fail), preserve (warn)": ("400 501 close 2xx", ""),
    "Reject/drop (pass), normalize casing (fail), preserve (warn)": ("400 501 close 2xx", ""),
    "400/501, or 2xx with connection close": ("400 501 close 2xx+close", ""),
    "400 or close preferred; 2xx acceptable": ("400 close", "2xx"),
    "400, or 2xx with connection close": ("400 close 2xx+close", ""),
    "400, or 2xx + connection close": ("400 close 2xx+close", ""),
    "400 or 2xx + close": ("400 close 2xx+close", ""),
    "400, or connection close": ("400 close", ""),
    "400/close preferred; extra response on step 2 = warn": ("400 close 2xx", ""),
    "400/close preferred; poisoned follow-up = warn": ("400 close", "2xx"),
    "400/close/pass-through; poisoned follow-up = warn": ("400 close 2xx", ""),
    "417/400/close preferred; poisoned follow-up = warn": ("417 400 close", "2xx"),
    "2xx + 2xx": ("2xx", ""),
}

# Refused by a rule of ours where the suite asks for service: the statuses, and the rule.
STRICTER = {
    "MAL-POST-CL-HUGE-NO-BODY": ({413}, "413: the declared length is over the route's body cap, so it is refused before any of it is read"),
}


def rule_of(case):
    """(what passes, what warns) as lists of tokens."""
    if not case["custom_rule"]:
        low, high = case["status"]
        return [f"{low}-{high}"] + (["close"] if case["allow_close"] else []), []
    if case["expected"] == "400 or 2xx":  # a 2xx is a warning where the verdicts say so
        return (["400", "close"], ["2xx"]) if "warn" in case["verdicts"] else (["400", "close", "2xx"], [])
    accepted, warned = TEXT_RULES[case["expected"]]
    if accepted.split() == ["400"]:
        accepted = "400 close"
    if case["id"] == "RFC9112-3-MULTI-SP-REQUEST-LINE":
        accepted, warned = "400 close", "2xx"
    return accepted.split(), warned.split()


def matches(token, seen, closed):
    """`seen` is a status, 'close' or 'timeout'; `closed` says whether the connection ended after the answer."""
    if token in ("close", "timeout"):
        return seen == token
    if not isinstance(seen, int):
        return token.startswith("!") and token != "!1xx"  # no answer is no wrong answer, but "Non-1xx response" wants one
    if token == "any":
        return True
    if token == "2xx+close":
        return 200 <= seen < 300 and closed
    if token == "!1xx":
        return seen >= 200
    if token.startswith("!"):
        return seen != int(token[1:])
    if token == "2xx":
        return 200 <= seen < 300
    low, _, high = token.partition("-")
    return int(low) <= seen <= int(high or low)


# What a case asks of the answer beyond its status: a text saying what is wrong, or nothing.

def needs_field(name, pattern=rb".+\Z"):
    def check(answer, _):
        values = answer.values(name) if answer else []
        return None if len(values) == 1 and re.match(pattern, values[0]) else f"{name.decode()}: {values}"
    return check


def needs_in_body(*parts):
    def check(answer, _):
        missing = [part for part in parts if part not in answer.body]
        return f"not in the body: {missing}" if missing else None
    return check


def forbids_in_body(pattern):
    def check(answer, _):
        return f"{pattern!r} in the body" if answer and re.search(pattern, answer.body, re.IGNORECASE) else None
    return check


def forbids_field(name):
    def check(answer, _):
        return f"{name.decode()} is there" if answer.values(name) else None
    return check


def no_body(_, client):
    return f"a body: {client.rest()[:60]!r}" if client.rest() else None


def not_partial(answer, _):
    return "206 to a POST" if answer.status == 206 else None


FURTHER_CHECKS = {
    "COMP-HEAD-NO-BODY": no_body,
    "COMP-405-ALLOW": needs_field(b"allow"),
    "COMP-DATE-HEADER": needs_field(b"date"),
    "COMP-DATE-FORMAT": needs_field(b"date", DATE),
    "COMP-NO-CL-IN-204": forbids_field(b"content-length"),
    "COMP-OPTIONS-ALLOW": needs_field(b"allow"),
    "COMP-CONTENT-TYPE": needs_field(b"content-type"),
    "COMP-TRACE-SENSITIVE": forbids_in_body(rb"secret-token-123"),
    "COMP-RANGE-POST": not_partial,
    "COOK-ECHO": needs_in_body(b"foo=bar"),
    "COOK-NUL": forbids_in_body(rb"\0"),
    "COOK-CONTROL-CHARS": forbids_in_body(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]"),
    "COOK-MULTI-HEADER": needs_in_body(b"a=1", b"b=2"),
    "COOK-PARSED-BASIC": needs_in_body(b"foo=bar"),
    "COOK-PARSED-MULTI": needs_in_body(b"a=1", b"b=2", b"c=3"),
    "NORM-UNDERSCORE-CL": forbids_in_body(rb"content-length: *99"),
    "NORM-SP-BEFORE-COLON-CL": forbids_in_body(rb"content-length: *5\b"),
    "NORM-TAB-IN-NAME": forbids_in_body(rb"content-length: *99"),
    "NORM-CASE-TE": forbids_in_body(rb"transfer-encoding(?s:.*)content-length|content-length(?s:.*)transfer-encoding"),
    "NORM-UNDERSCORE-TE": forbids_in_body(rb"transfer-encoding"),
}


def respond(connection, request):
    """The upstream of the suite: 200 at /, the raw request at /echo, its cookies at /cookie, 304 where asked for."""
    status, body, fields = b"200 OK", b"hello from the upstream\n", ()
    path = request.target.partition(b"?")[0]
    if request.method == b"OPTIONS":
        status, fields = b"204 No Content", ((b"Allow", b"GET, HEAD, POST, OPTIONS"),)
    elif request.value(b"if-none-match") == b"*":
        status, fields = b"304 Not Modified", ((b"ETag", b'"one"'),)
    elif path == b"/echo":
        body = request.head + request.body
    elif path == b"/cookie":
        body = b"".join(part.strip() + b"\n" for value in request.values(b"cookie") for part in value.split(b";"))
    connection.write(plain_answer(request, request.number, status, body, fields))


def readings(sent):
    """Every body that a framing field in these bytes can mean; the gate has to have used one of them."""
    head, _, rest = sent.lstrip(b"\r\n").partition(b"\r\n\r\n")
    bodies = {b""}
    for match in re.finditer(rb"(?i)\nContent-Length:[ \t]*([0-9]+)(?:, *[0-9]+)*[ \t]*(?=\r|\n|\Z)", head):
        length = int(match[1])
        bodies.discard(b"")
        bodies.add(rest[:length])
    if re.search(rb"(?i)\nTransfer-Encoding:(\r\n)?[ \t,]*chunked", head):
        bodies.discard(b"")
        body, at = b"", 0
        while match := re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\n]*)?\r?\n").match(rest, at):
            size = int(match[1], 16)
            body, at = body + rest[match.end():match.end() + size], match.end() + size
            at += 2 if rest[at:at + 2] == b"\r\n" else 1
            if size == 0:
                break
        bodies.add(body)
    return bodies


def judge_upstream(sent, answers, upstream):
    """Whether what arrived is what was answered. `answers` has one entry per step: an answer or None."""
    if upstream.errors:
        return f"the upstream cannot read what it was sent: {upstream.errors[0]}"
    numbers = [answer.value(b"upstream-request") for answer in answers if answer and answer.value(b"upstream-request")]
    if numbers != [b"%d" % request.number for request in upstream.requests]:
        return f"the answers are those of {numbers}, the upstream received {[each.start for each in upstream.requests]}"
    served = [step for step, answer in zip(sent, answers) if answer and answer.value(b"upstream-request")]
    for step, request in zip(served, upstream.requests):
        if request.body not in readings(step):
            return f"the body became {request.body[:80]!r}"
    for step, answer in zip(sent, answers):
        of_the_gate = answer and 200 <= answer.status < 300 and not answer.value(b"upstream-request")
        if of_the_gate and not step.startswith(b"OPTIONS * "):
            return "a 2xx that is not the upstream's"
    unserved = len([answer for answer in answers if not answer or answer.status >= 400])
    if len(upstream.broken_off) > unserved:
        return f"a part of a request reached the upstream: {upstream.broken_off[0][0][:200]!r}"
    for part, message in upstream.broken_off:
        if message is None:
            return f"a part of a head reached the upstream: {part[:200]!r}"
    return None


class Run:
    """One case against the gate: what was sent, the answer to each step, what was seen first."""

    def __init__(self, case, gate, tag):
        host = f"{tag}:{gate.address[1]}".rjust(HOST_LENGTH, "x")
        steps = [step["request_latin1"] for step in case.get("steps") or [case]]
        self.sent = [step.replace("{HOST}", host).encode("latin-1") for step in steps]
        self.answers = []
        self.late_answer = None
        self.close_matters = any(token.endswith("+close") for token in sum(rule_of(case), []))
        self.client = Client(gate.address)

    def go(self):
        for step in self.sent:
            self.client.send(step)
            answer = self.client.answer(step.lstrip(b"\r\n").split(b" ")[0], WAIT_SECONDS)
            self.answers.append(answer)
            if answer is None:
                break
        self.answers += [None] * (len(self.sent) - len(self.answers))
        self.closed = self.client.wait_for_end(WAIT_SECONDS if self.close_matters and self.answers[-1] else 0.0)
        self.half_close()

    def half_close(self):
        """No more from the client: what it left incomplete may now be refused, and idle connections end."""
        try:
            self.client.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self.client.wait_for_end(WAIT_SECONDS)
        if self.answers[-1] is None:
            self.late_answer = self.client.answer(b"GET", 0.0)

    def seen(self, step):
        if self.answers[step] is not None:
            return self.answers[step].status
        return "close" if self.client.ended and self.closed else "timeout"


def judge(case, run, upstream):
    """(why it fails or None, warning or None)."""
    deciding = len(run.sent) - 1 if case["category"] == "Capabilities" else 0
    seen = run.seen(deciding)
    accepted, warned = rule_of(case)
    closed_after = run.closed if len(run.sent) == 1 else run.answers[1] is None and run.client.ended is not None
    warning = None
    if not any(matches(token, seen, closed_after) for token in accepted):
        if not any(matches(token, seen, closed_after) for token in warned):
            return f"saw {seen}{' and the end' if run.closed else ''}, expected {case['expected']}", None
        warning = f"warn: {seen} where {case['expected']}"
    if case["id"] == "SMUG-PIPELINE-SAFE" and not all(answer and answer.status == 200 for answer in run.answers):
        return f"saw {[run.seen(step) for step in range(len(run.sent))]}", None
    if case["id"] in FURTHER_CHECKS and (why := check_further(case, run, deciding)):
        return why, None
    if run.client.rest() and case["id"] != "COMP-HEAD-NO-BODY":
        return f"more answers than requests: {run.client.rest()[:120]!r}", None
    if run.late_answer and run.late_answer.status < 400:
        return f"served although it was incomplete: {run.late_answer.start!r}", None
    return judge_upstream(run.sent, run.answers, upstream), warning


def check_further(case, run, deciding):
    answer = run.answers[deciding]
    if answer is None or (answer.status >= 400 and case["id"] != "COMP-405-ALLOW"):
        return None
    return FURTHER_CHECKS[case["id"]](answer, run.client)


def run_case(case, gate, upstream):
    run = Run(case, gate, upstream.begin())
    try:
        run.go()
    except Malformed as error:
        return f"the gate's answer: {error}", None, run
    finally:
        run.client.close()
        parts = upstream.settle()
    if parts:
        return f"the upstream was left with {parts[0][:120]!r}", None, run
    return *judge(case, run, upstream), run


def is_stricter(case, run, upstream):
    statuses, _ = STRICTER.get(case["id"], (set(), ""))
    return run.answers and run.answers[0] and run.answers[0].status in statuses and not upstream.requests


def main():
    given = options(NAME, gates.STAND_INS)
    cases = [case for case in read_cases(NAME, "http1-probe/http1-probe.jsonl.gz")
             if not given.case or any(part in case["id"] for part in given.case)]
    tally = Tally(NAME, given.verbose, use_known=given.against == "gatehouse")
    upstream = Upstream(respond)
    warnings = 0
    with gates.start(given.against, upstream, binary=given.binary) as gate:
        for case in cases:
            why, warning, run = run_case(case, gate, upstream)
            if not gate.running():
                tally.failed(case["id"], "the gate is gone")
            elif is_stricter(case, run, upstream):
                tally.stricter(case["id"], STRICTER[case["id"]][1])
            elif why:
                tally.failed(case["id"], why)
            else:
                warnings += warning is not None
                tally.passed(case["id"], warning or "")
    print(f"{warnings} of the passed with a warning")
    return tally.close(whole=not given.case)


if __name__ == "__main__":
    sys.exit(main())
