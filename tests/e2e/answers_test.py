#!/usr/bin/env python3
"""Answers of an API that does not keep its own document, at the running gate, over HTTP/1.1 and HTTP/2: each kind of violation, and its harmless neighbour."""
import gzip
import json

from harness.answers import AnswersCase
from harness.case import main
from harness.upstream import Upstream

JSON = {"content-type": "application/json"}
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 40}, "owner": {"$ref": "#/components/schemas/Owner"}}}
OWNER = {"type": "object", "properties": {"id": {"type": "integer"}, "password": {"type": "string", "writeOnly": True}}}


def content(media="application/json", schema=None):
    return {"description": "ok", "content": {media: {} if schema is None else {"schema": schema}}}


def operation(name, **responses):
    return {"operationId": name, "security": [{}], "responses": {status.strip("_"): answer for status, answer in responses.items()}}


PETS = content(schema={"$ref": "#/components/schemas/Pet"})
DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "Pets", "version": "1"},
    "components": {"schemas": {"Pet": PET, "Owner": OWNER}},
    "paths": {
        "/pet": {"get": operation("getPet", _200={**PETS, "headers": {"X-Left": {"schema": {"type": "integer"}}}}, _404=content("text/plain", {"type": "string"})),
                 "head": operation("headPet", _200=PETS)},
        "/open": {"get": operation("getOpen", _200=content(schema={"type": "object"}))},
        "/closed": {"get": operation("getClosed", _200=content(schema={"type": "object", "properties": {"a": {}}, "additionalProperties": False}))},
        "/nothing": {"get": operation("getNothing", _204={"description": "none"}, _200={"description": "none"})},
        "/picture": {"get": operation("getPicture", _200=content("image/png"), _206=content("image/png"))},
        "/events": {"get": operation("getEvents", _200=content("text/event-stream"))},
        "/many": {"get": operation("getMany", _200=content(schema={"type": "array", "items": {"type": "integer"}}))},
    },
}


class Answers(AnswersCase):
    def begin_with(self, answers, **contract):
        self.upstream.close()
        self.upstream = Upstream(answers)
        self.addCleanup(self.upstream.close)
        (self.folder / "api.json").write_text(json.dumps(DOCUMENT))
        self.gate = self.begin({"listeners": [{"address": "127.0.0.1:0", "tls": "local"}], "routes": [], "metrics": {"address": "127.0.0.1:0"},
                                "contracts": {"pets": {"file": str(self.folder / "api.json"), "upstream": "clinic", "unsecured": "none", **contract}}})
        self.metrics = self.gate.json_word("status")["metrics"]

    def passes(self, path, body, *more, status=200):
        for got in self.both(path, *more):
            self.assertEqual((got[0], got[2]), (status, body))

    def is_refused(self, path, facts, *leaks):
        for status, fields, body in self.both(path):
            self.assertEqual(status, 502)
            problem = json.loads(body)
            self.assertEqual(problem["type"], "urn:gatehouse:problem:answer-invalid")
            self.assertNotIn("violations", problem)
            for leak in leaks:
                self.assertNotIn(leak.encode(), body)
                self.assertNotIn(leak, repr(fields))
            why = self.gate.json_word("why", fields["gatehouse-decision"])["decision"]
            self.assertIn("validate.answers", why.get("rule", why))
            self.assertIn(facts, why["facts"])

    def test_what_is_described_passes_unchanged(self):
        body = ' {"name" : "Rex", "owner": {"id": 1}, "more": [1.0, 1e2]}\n'
        self.begin_with({"/pet": {"headers": {**JSON, "x-left": "7"}, "body": body}, "/nothing": {"status": 204, "exact": "HTTP/1.1 204 No\r\n\r\n"},
                         "/picture": {"headers": {"content-type": "image/png"}, "body": "no picture"}})
        self.passes("/pet", body.encode())
        self.passes("/nothing", b"", status=204)
        self.passes("/picture", b"no picture")
        self.passes("/pet", b"", "--head")
        self.assertEqual(self.counted("shadow_refusals"), 0)

    def test_a_wrong_body(self):
        for sent, facts, leak in (('{"name": 7, "x": "secret"}', "body /name must be a string", "secret"), ("{", "body must be JSON", "{{"),
                                  ("[]", "body must be an object", "[]"), ('{"name":"a","owner":{"password":"hunter2"}}', "body /owner/password", "hunter2")):
            with self.subTest(sent):
                self.begin_with({"/pet": {"headers": JSON, "body": sent}})
                self.is_refused("/pet", facts, leak)

    def test_a_wrong_head(self):
        for answer, facts in (({"status": 500, "body": "Traceback (most recent call last)"}, "status 500 is not described"),
                              ({"headers": {"content-type": "text/html"}, "body": "<p>Traceback"}, "header content-type"),
                              ({"headers": {**JSON, "x-left": "Traceback"}, "body": '{"name":"a"}'}, "header x-left must be an integer")):
            with self.subTest(facts):
                self.begin_with({"/pet": answer})
                self.is_refused("/pet", facts, "Traceback")

    def test_a_body_that_does_not_say_its_type_is_refused_and_not_stripped(self):
        untyped = "HTTP/1.1 200 OK\r\ncontent-length: 31\r\n\r\n" + '{"name":"a","owner":{"hash":1}}'
        for contract in ({}, {"validate": {"requests": "enforce", "answers": "strip"}}):
            with self.subTest(contract):
                self.begin_with({"/pet": {"exact": untyped}}, **contract)
                self.is_refused("/pet", "header content-type", "hash")
        self.begin_with({"/pet": {"exact": "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"}})
        self.passes("/pet", b"")

    def test_a_described_error_passes(self):
        self.begin_with({"/pet": {"status": 404, "headers": {"content-type": "text/plain"}, "body": "no such pet"}})
        self.passes("/pet", b"no such pet", status=404)

    def test_a_body_where_none_is_described(self):
        self.begin_with({"/nothing": {"headers": {"content-type": "text/plain"}, "chunks": ["secret"]}})
        self.is_refused("/nothing", "body must not be there", "secret")
        self.begin_with({"/nothing": {"exact": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"}})
        self.passes("/nothing", b"")

    def test_an_answer_in_a_coding_is_not_asked_for_and_judged_inflated_when_it_comes(self):
        self.begin_with({"/pet": {"headers": JSON, "body": '{"name":"Rex"}'}})
        self.passes("/pet", b'{"name":"Rex"}', "--header", "accept-encoding: gzip", "--header", "range: bytes=0-1")
        for request in self.upstream.requests:
            self.assertEqual((request.values("accept-encoding"), request.values("range")), (["identity"], []))
        def answers(coding, packed):
            head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: %s\r\ncontent-length: %d\r\n\r\n" % (coding, len(packed))
            self.begin_with({"/pet": {"exact": head + packed.decode("latin-1")}})
        answers("gzip", gzip.compress(b'{"name":"Rex"}'))
        self.passes("/pet", b'{"name":"Rex"}')
        answers("gzip", gzip.compress(b'{"name":7}'))
        self.is_refused("/pet", "body /name")
        answers("gzip", gzip.compress(b'{"name":"Rex"}')[:-1])
        self.is_refused("/pet", "header content-encoding")
        answers("br", b"\x8b\x06\x80")
        self.is_refused("/pet", "header content-encoding")

    def test_parts_pass_where_they_are_described(self):
        self.begin_with({"/picture": {"status": 206, "headers": {"content-type": "image/png", "content-range": "bytes 0-1/4"}, "body": "ab"},
                         "/pet": {"status": 206, "headers": {**JSON, "content-range": "bytes 0-1/4"}, "body": "{}"}})
        self.passes("/picture", b"ab", "--header", "range: bytes=0-1", status=206)
        self.assertEqual(self.upstream.requests[0].values("range"), ["bytes=0-1"])
        self.is_refused("/pet", "status 206 is not described")

    def test_not_modified_passes_who_has_asked_for_it(self):
        self.begin_with({"/pet": {"exact": "HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n"}})
        self.passes("/pet", b"", "--header", 'if-none-match: "a"', status=304)
        self.is_refused("/pet", "status 304 is not described")

    def test_an_event_stream_is_not_held(self):
        self.begin_with({"/events": {"headers": {"content-type": "text/event-stream"}, "body": "data: 1\n\n"}})
        self.passes("/events", b"data: 1\n\n")

    def test_a_large_answer_is_judged_whole_or_refused(self):
        right, wrong = json.dumps(list(range(200000))), json.dumps(list(range(200000)) + ["secret"])
        self.begin_with({"/many": {"headers": JSON, "body": right}})
        self.passes("/many", right.encode())
        self.begin_with({"/many": {"headers": JSON, "chunks": [wrong[:700000], wrong[700000:]]}})
        self.is_refused("/many", "body /200000 must be an integer", "secret")
        self.begin_with({"/many": {"headers": JSON, "chunks": [right[:500000], right[500000:]]}}, answer_max="1MiB")
        self.is_refused("/many", "the body has more bytes than answer_max, 1048576")
        self.begin_with({"/many": {"headers": JSON, "chunks": [wrong[:500000], wrong[500000:]]}}, answer_max="1MiB", validate={"large_answers": "pass"})
        self.passes("/many", wrong.encode())

    def test_strip_leaves_what_is_declared(self):
        sent = '{"name": "Rex", "hash": "secret", "owner": {"id": 12345678901234567890, "iban": "secret"}}'
        self.begin_with({"/pet": {"headers": {**JSON, "etag": '"a"'}, "body": sent}, "/open": {"headers": JSON, "body": '{"any":1}'},
                         "/closed": {"headers": JSON, "body": '{"a":1,"b":"secret"}'}}, validate={"answers": "strip"})
        self.passes("/pet", b'{"name":"Rex","owner":{"id":12345678901234567890}}')
        self.passes("/open", b'{"any":1}')
        self.passes("/closed", b'{"a":1}')
        self.assertEqual(self.counted("changed_answers"), 4)
        self.begin_with({"/pet": {"headers": JSON, "body": '{"name":"Rex","hash":"secret","owner":{"password":"hunter2"}}'}}, validate={"answers": "strip"})
        self.is_refused("/pet", "body /owner/password", "hunter2", "secret")

    def test_log_only_tells(self):
        self.begin_with({"/pet": {"status": 500, "body": "Traceback"}}, validate={"answers": "log"})
        self.passes("/pet", b"Traceback", status=500)
        self.assertEqual(self.counted("shadow_refusals"), 2)
        self.eventually(lambda: sum("would be refused with 502: status 500 is not described" in str(line) for line in self.gate.audit_lines()), 2)

    def test_single_operations_differ(self):
        self.begin_with({"/pet": {"headers": JSON, "body": '{"name":7}'}, "/open": {"headers": JSON, "body": "[]"}}, validate="shadow",
                        operations={"getPet": {"validate": "enforce"}, "GET /open": {"validate": {"requests": "enforce", "answers": "off"}}})
        self.is_refused("/pet", "body /name must be a string")
        self.passes("/open", b"[]")
        self.assertEqual(self.counted("shadow_refusals"), 0)


if __name__ == "__main__":
    main()
