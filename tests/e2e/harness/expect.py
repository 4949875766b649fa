"""Whether an answer is as expected:

    expect: { status: 401, problem: key-revoked, headers: { www-authenticate: present }, upstream: none }
Words: status, problem (the last part of urn:gatehouse:problem:...), headers (present, absent, a text, { matches: expression }), body (a text,
or { contains: text }, { lacks: text }), json (members that must be so), trailers, interim (1xx before it), closed (the connection ends
afterwards), cut (it ended within the answer), none (the connection ends without an answer), upstream (what the upstream got because of it: `none`, or
{ count, request, headers, lacks, body, chunked, trailers, identity }).
"""
import base64
import json
import re

from .fault import Failed, known

WORDS = {"status", "problem", "headers", "body", "json", "trailers", "interim", "closed", "cut", "none", "upstream"}
UPSTREAM_WORDS = {"count", "request", "headers", "lacks", "body", "chunked", "trailers", "identity"}
PROBLEM = "urn:gatehouse:problem:"


def check_answer(answer, expected, session):
    known(expected, WORDS, "expect")
    if answer is None:
        raise Failed("no answer, the connection was closed")
    seen = "; it was: %s %s %s" % (answer.start, dict(answer.fields), answer.body[:600])
    if "status" in expected and answer.status != expected["status"]:
        raise Failed("status %d expected%s" % (expected["status"], seen))
    if "problem" in expected:
        check_problem(answer, expected["problem"], seen)
    for name, wanted in expected.get("headers", {}).items():
        check_field(name, answer.values(name), wanted, session, seen)
    if "body" in expected:
        check_text(answer.body.decode("utf-8", "replace"), expected["body"], session, "body", seen)
    if "json" in expected:
        check_members(json.loads(answer.body), expected["json"], "body", seen)
    if "trailers" in expected and fields_of(answer.trailers) != expected["trailers"]:
        raise Failed("trailers %s expected, they were %s" % (expected["trailers"], answer.trailers))
    if "interim" in expected and answer.interim != expected["interim"]:
        raise Failed("1xx %s expected, they were %s" % (expected["interim"], answer.interim))


def fields_of(pairs):
    return {name.lower(): value for name, value in pairs}


def check_problem(answer, slug, seen):
    """RFC 9457: the media type, the type, a status equal to the real one, a title, a detail in sentences, and the decision's id in both places."""
    if answer.values("content-type") != ["application/problem+json"]:
        raise Failed("a problem expected" + seen)
    problem = json.loads(answer.body)
    if problem.get("type") != PROBLEM + slug:
        raise Failed("problem %s expected%s" % (slug, seen))
    if problem.get("status") != answer.status or not problem.get("title"):
        raise Failed("a problem with its status and a title expected" + seen)
    detail = problem.get("detail") or ""
    if not detail.endswith(".") or not detail[0].isupper():
        raise Failed("a detail in whole sentences expected" + seen)
    if len(answer.values("gatehouse-decision")) != 1 or answer.values("gatehouse-decision")[0] not in answer.body.decode():
        raise Failed("the decision's id is not in header and body" + seen)


def check_field(name, values, wanted, session, seen):
    if wanted == "absent":
        if values:
            raise Failed("header %s should be absent%s" % (name, seen))
    elif wanted == "present":
        if not values:
            raise Failed("header %s should be present%s" % (name, seen))
    elif isinstance(wanted, list):
        if values != [session.fill(str(value)) for value in wanted]:
            raise Failed("header %s: %s expected, it was %s%s" % (name, wanted, values, seen))
    elif len(values) != 1:
        raise Failed("header %s: exactly one expected%s" % (name, seen))
    else:
        check_text(values[0], wanted, session, "header " + name, seen)


def check_text(text, wanted, session, where, seen):
    if isinstance(wanted, dict):
        known(wanted, {"contains", "lacks", "matches"}, where)
        if "contains" in wanted and session.fill(wanted["contains"]) not in text:
            raise Failed("%s should contain %r%s" % (where, wanted["contains"], seen))
        if "lacks" in wanted and session.fill(wanted["lacks"]) in text:
            raise Failed("%s should not contain %r%s" % (where, wanted["lacks"], seen))
        if "matches" in wanted and not re.search(wanted["matches"], text):
            raise Failed("%s should match %r%s" % (where, wanted["matches"], seen))
    elif text != session.fill(str(wanted)):
        raise Failed("%s: %r expected%s" % (where, wanted, seen))


def check_members(value, wanted, where, seen):
    """`wanted` members are there and equal; further ones may be. Of a text it may also be said what it holds: { contains: part }."""
    if isinstance(wanted, dict) and isinstance(value, str):
        known(wanted, {"contains", "lacks", "matches"}, where)
        if "contains" in wanted and wanted["contains"] not in value or "lacks" in wanted and wanted["lacks"] in value:
            raise Failed("%s: %s expected%s" % (where, wanted, seen))
        if "matches" in wanted and not re.search(wanted["matches"], value):
            raise Failed("%s: %s expected%s" % (where, wanted, seen))
    elif isinstance(wanted, dict) and isinstance(value, dict):
        for name, part in wanted.items():
            if name not in value:
                raise Failed("%s: no member %s%s" % (where, name, seen))
            check_members(value[name], part, where + "." + name, seen)
    elif value != wanted:
        raise Failed("%s: %r expected, it was %r%s" % (where, wanted, value, seen))


def check_upstream(requests, expected, session):
    """`requests`: those that the upstream got since the step began."""
    shown = "; it got: %s" % [request.raw for request in requests]
    if expected == "none":
        expected = {"count": 0}
    known(expected, UPSTREAM_WORDS, "upstream")
    if len(requests) != expected.get("count", 1):
        raise Failed("the upstream should get %d requests%s" % (expected.get("count", 1), shown))
    if not requests:
        return
    last = requests[-1]
    if "request" in expected and last.start != session.fill(expected["request"]) + " HTTP/1.1":
        raise Failed("the upstream should get %r%s" % (expected["request"], shown))
    for name, wanted in expected.get("headers", {}).items():
        check_field(name, last.values(name), wanted, session, shown)
    for text in expected.get("lacks", []):
        if session.fill(text).lower().encode() in last.raw.lower():
            raise Failed("the upstream should not get %r%s" % (text, shown))
    if "body" in expected and last.body.decode() != str(expected["body"]):
        raise Failed("the upstream should get the body %r%s" % (expected["body"], shown))
    if "chunked" in expected and bool(last.values("transfer-encoding")) != expected["chunked"]:
        raise Failed("the upstream should get it %s chunked%s" % ("" if expected["chunked"] else "not", shown))
    if "trailers" in expected and fields_of(last.trailers) != expected["trailers"]:
        raise Failed("the upstream should get the trailers %s, it got %s" % (expected["trailers"], last.trailers))
    if "identity" in expected:
        (token,) = last.values("gatehouse-identity") or [""]
        if token.count(".") != 2:
            raise Failed("the upstream should get one signed identity" + shown)
        middle = token.split(".")[1]
        check_members(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))), session.filled(expected["identity"]), "identity", shown)
