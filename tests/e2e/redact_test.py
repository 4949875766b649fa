#!/usr/bin/env python3
"""Answers that show more than they should, at the running gate, over HTTP/1.1 and HTTP/2: what is taken out or masked of them, and their harmless neighbours."""
import gzip
import json

from harness.answers import AnswersCase
from harness.case import main
from harness.upstream import Upstream

JSON = {"content-type": "application/json"}
PATIENT = {"type": "object", "required": ["name", "ssn"], "properties": {
    "name": {"type": "string"}, "ssn": {"type": "string", "pattern": "^[0-9]{3}$", "x-gatehouse-scopes": ["ssn:read"]},
    "card": {"type": "string", "x-gatehouse-redact": "last_four"}}}


def content(schema):
    return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}


DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "Clinic", "version": "1"},
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}, "schemas": {"Patient": PATIENT}},
    "security": [{"key": []}],
    "paths": {
        "/patient": {"get": {"operationId": "getPatient", "responses": content({"$ref": "#/components/schemas/Patient"})},
                     "head": {"operationId": "headPatient", "responses": content({"$ref": "#/components/schemas/Patient"})}},
        "/patients": {"get": {"operationId": "listPatients", "responses": content({"type": "array", "items": {"$ref": "#/components/schemas/Patient"}})}},
        "/ward": {"get": {"operationId": "getWard", "responses": content({"type": "object", "properties": {"ssn": {"type": "string"}}})}},
    },
}
BODY = '{"name": "Ada", "ssn": "123", "card": "4111111111111111"}'


class Redact(AnswersCase):
    def begin_with(self, answers, routes=(), document=None, **contract):
        self.upstream.close()
        self.upstream = Upstream(answers)
        self.addCleanup(self.upstream.close)
        (self.folder / "api.json").write_text(json.dumps(document or DOCUMENT))
        self.gate = self.begin({"listeners": [{"address": "127.0.0.1:0", "tls": "local"}], "metrics": {"address": "127.0.0.1:0"},
                                "routes": [{"upstream": "clinic", "methods": ["GET", "HEAD"], "authenticate": "none", **route} for route in routes],
                                "contracts": {"clinic": {"file": str(self.folder / "api.json"), "upstream": "clinic", **contract}}})
        self.metrics = self.gate.json_word("status")["metrics"]
        self.keys = {name: self.gate.json_word("keys", "create", name, *scopes)["secret"] for name, scopes in (("desk", ()), ("doctor", ("--scope", "ssn:read")))}

    def gets(self, path, body, *more, status=200):
        got = self.both(path, *more)
        for each in got:
            self.assertEqual((each[0], each[2]), (status, body.encode()))
        return got

    def gets_as(self, name, path, body, *more, status=200):
        return self.gets(path, body, "--header", "x-api-key: " + self.keys[name], *more, status=status)

    def is_refused(self, path, facts, *more, leak="123"):
        for status, fields, body in self.both(path, *more):
            self.assertEqual((status, json.loads(body)["type"]), (502, "urn:gatehouse:problem:answer-invalid"))
            self.assertNotIn(leak.encode(), body)
            self.assertIn(facts, self.why(fields)["facts"])

    def why(self, fields):
        return self.gate.json_word("why", fields["gatehouse-decision"])["decision"]

    def test_a_member_is_withheld_from_who_lacks_its_scope_though_the_contract_requires_it(self):
        self.begin_with({"/patient": {"headers": {**JSON, "etag": '"a"', "content-digest": "x"}, "body": BODY}, "/ward": {"headers": JSON, "body": '{"ssn":"7"}'}})
        left = '{"name": "Ada", "card": "***1111"}'
        for _, fields, _ in self.gets_as("desk", "/patient", left):
            self.assertEqual((fields["content-length"], fields["etag"]), (str(len(left)), '"a"'))
            self.assertNotIn("content-digest", fields)
            self.assertEqual((self.why(fields)["rule"], self.why(fields)["stage"]), ("routes.getPatient.redact", "redact"))
            self.assertEqual(self.why(fields)["facts"], "members taken out: 1, masked: 1, the first: /ssn")
        self.gets_as("doctor", "/patient", '{"name": "Ada", "ssn": "123", "card": "***1111"}')
        self.gets_as("desk", "/ward", '{"ssn":"7"}')
        self.assertEqual(self.counted("changed_answers"), 4)
        self.assertTrue(all(request.values("accept-encoding") == ["identity"] for request in self.upstream.requests if request.start.startswith("GET /patient")))

    def test_the_contract_judges_what_the_upstream_has_said(self):
        self.begin_with({"/patient": {"headers": JSON, "body": '{"name": "Ada", "ssn": "12x"}'}})
        self.is_refused("/patient", "body /ssn", "--header", "x-api-key: " + self.keys["desk"], leak="12x")

    def test_it_holds_whatever_becomes_of_answers_that_break_the_contract(self):
        for mode in ({"answers": "log"}, {"answers": "off"}, "shadow", "off", {"answers": "strip"}):
            with self.subTest(mode):
                self.begin_with({"/patient": {"headers": JSON, "body": BODY}, "/patients": {"headers": JSON, "body": '{"data":[{"ssn":"123","x":1}]}'}}, validate=mode)
                self.gets_as("desk", "/patient", '{"name": "Ada", "card": "***1111"}' if mode != {"answers": "strip"} else '{"name": "Ada", "card": "***1111"}')
                if mode != {"answers": "strip"}:
                    self.gets_as("desk", "/patients", '{"data":[{"x":1}]}')

    def test_answers_that_nobody_can_take_it_out_of_are_refused_to_who_lacks_the_scope(self):
        coded = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: br\r\ncontent-length: 3\r\n\r\n123"
        for answer in ({"headers": {"content-type": "text/html"}, "body": "<p>123"}, {"headers": {"content-type": "application/xml"}, "chunks": ["<ssn>123</ssn>"]},
                       {"status": 206, "headers": {**JSON, "content-range": "bytes 0-9/90"}, "body": '{"ssn":"12'}, {"exact": coded}, {"exact": "HTTP/1.1 200 OK\r\n\r\n" + BODY, "close": True}):
            with self.subTest(str(answer)[:60]):
                self.begin_with({"/patient": answer}, validate={"answers": "off"}, document={**DOCUMENT, "components": {**DOCUMENT["components"], "schemas": {"Patient": {
                    **PATIENT, "properties": {"ssn": PATIENT["properties"]["ssn"]}}}}})
                self.is_refused("/patient", "cannot be taken out", "--header", "x-api-key: " + self.keys["desk"])
                self.assertEqual({each[0] for each in self.both("/patient", "--header", "x-api-key: " + self.keys["doctor"])}, {answer.get("status", 200)})

    def test_an_answer_that_comes_in_gzip_all_the_same_is_edited_plain(self):
        packed = gzip.compress(BODY.encode()).decode("latin-1")
        answer = {"exact": "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%s" % (len(packed), packed)}
        self.begin_with({"/patient": answer, "/open/patient": answer, "/open/broken": {"headers": {**JSON, "content-encoding": "gzip"}, "body": "123"}},
                        [{"name": "open", "path": "/open/{rest...}", "redact": {"fields": {"ssn": "mask"}, "numbers": ["card"]}}])
        for _, fields, _ in self.gets_as("desk", "/patient", '{"name": "Ada", "card": "***1111"}') + self.gets("/open/patient", '{"name": "Ada", "ssn": "***", "card": "************1111"}'):
            self.assertNotIn("content-encoding", fields)
        self.is_refused("/open/broken", "in a coding")

    def test_what_is_no_json_is_refused_or_broken_off(self):
        self.begin_with({"/patient": {"headers": JSON, "body": '{"name": "Ada", ssn: "123"}'}}, validate={"answers": "off"})
        self.is_refused("/patient", "no JSON", "--header", "x-api-key: " + self.keys["desk"])

    def test_head_does_not_tell_how_long_it_would_have_been(self):
        self.begin_with({"/patient": {"headers": JSON, "body": BODY}})
        for _, fields, _ in self.gets_as("desk", "/patient", "", "--head"):
            self.assertNotIn("content-length", fields)

    def test_a_large_answer_is_edited_while_it_streams_and_when_it_is_held(self):
        sent = json.dumps([json.loads(BODY)] * 20000)
        left = sent.replace(', "ssn": "123"', "").replace("4111111111111111", "***1111")
        pieces = [sent[at:at + 77777] for at in range(0, len(sent), 77777)]
        for validate in ("enforce", {"answers": "off"}, {"large_answers": "pass"}):
            with self.subTest(validate):
                self.begin_with({"/patients": {"headers": JSON, "chunks": pieces}}, validate=validate, answer_max="1MiB" if "large_answers" in validate else "4MiB")
                got = self.gets_as("desk", "/patients", left)
                self.eventually(lambda: self.why(got[0][1])["facts"], "members taken out: 20000, masked: 20000, the first: /*/ssn")
                self.gets_as("doctor", "/patients", sent.replace("4111111111111111", "***1111"))

    def test_a_route_without_a_contract_withholds_what_its_configuration_names(self):
        sent = '{"patients":[{"ssn":"1","n":{"ssn":2}}],"pin":7}'
        routes = [{"name": "all", "path": "/{rest...}", "redact": {"fields": {"/patients/*/ssn": "remove", "pin": "mask"}}}]
        left = '{"patients":[{"n":{"ssn":2}}],"pin":0}'
        self.begin_with({"/json": {"headers": JSON, "body": sent}, "/chunked": {"headers": JSON, "chunks": [sent[:9], sent[9:]]}, "/text": {"headers": {"content-type": "text/html"}, "body": sent},
                         "/untyped": {"exact": "HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(sent), sent)},
                         "/page": {"headers": {"content-type": "text/html"}, "body": "<p>pin: 7"}, "/png": {"headers": {"content-type": "image/png"}, "body": '{"pin":7}'},
                         "/lines": {"headers": {"content-type": "application/x-ndjson"}, "body": '{"pin":1}\n{"pin":2}\n'}, "/empty": {"exact": "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
                         "/coded": {"headers": {**JSON, "content-encoding": "br"}, "body": "123"}}, routes)
        for path in ("/json", "/chunked", "/text", "/untyped"):
            self.gets(path, left)
        self.gets("/page", "<p>pin: 7")
        self.gets("/png", '{"pin":7}')
        self.gets("/lines", '{"pin":0}\n{"pin":0}\n')
        self.gets("/empty", "")
        self.is_refused("/coded", "in a coding")

    def test_the_configuration_of_a_contract_and_of_one_operation_names_more(self):
        self.begin_with({"/patient": {"headers": JSON, "body": BODY}, "/ward": {"headers": JSON, "body": '{"ssn":"7"}'}}, redact={"fields": {"name": "mask"}},
                        operations={"getWard": {"redact": {"fields": {"/ssn": "remove"}}}})
        self.gets_as("desk", "/patient", '{"name": "***", "card": "***1111"}')
        self.gets_as("doctor", "/ward", "{}")

    def test_numbers_are_masked_with_length_and_in_chunks_and_the_length_stays(self):
        sent = '{"note":"card 4111 1111 1111 1111, DE89 3704 0044 0532 0130 00","n":4111111111111111,"id":4111111111111112}'
        left = '{"note":"card **** **** **** 1111, DE** **** **** **** **30 00","n":1000000000000000,"id":4111111111111112}'
        large, large_left = '<p>%s</p>' % ("x 378282246310005\n" * 40000), '<p>%s</p>' % ("x ***********0005\n" * 40000)
        self.begin_with({"/json": {"headers": JSON, "body": sent}, "/chunked": {"headers": JSON, "chunks": [sent[:20], sent[20:21], sent[21:]]},
                         "/large": {"headers": {"content-type": "text/html"}, "body": large}, "/large-chunks": {"headers": {"content-type": "text/html"}, "chunks": [large[:333333], large[333333:]]},
                         "/coded": {"headers": {"content-type": "text/html", "content-encoding": "br"}, "body": "123"}, "/pdf": {"headers": {"content-type": "application/pdf"}, "body": sent}},
                        [{"name": "all", "path": "/{rest...}", "redact": {"numbers": ["card", "iban"]}}])
        for _, fields, _ in self.gets("/json", left):
            self.assertEqual(fields["content-length"], str(len(sent)))
            self.assertEqual(self.why(fields)["facts"], "numbers of cards masked: 2, of accounts: 1")
        self.gets("/chunked", left)
        for path in ("/large", "/large-chunks"):
            got = self.gets(path, large_left)
            self.eventually(lambda seen=got[0][1]: self.why(seen)["facts"], "numbers of cards masked: 40000, of accounts: 0")
        self.gets("/pdf", sent)
        self.is_refused("/coded", "in a coding")
        for request in self.upstream.requests:
            self.assertEqual((request.values("accept-encoding"), request.values("range")), (["identity"], []))

    def test_leaks_are_refused_masked_or_told(self):
        trace = "Error: no such patient\n    at find (/app/patients.js:17:9)\n"
        answers = {"/trace": {"status": 500, "headers": {"content-type": "text/plain"}, "body": trace}, "/article": {"headers": {"content-type": "text/html"}, "body": "<p>On exceptions: a NullPointerException in Patients.java"},
                   "/chunked": {"status": 500, "headers": JSON, "chunks": ['{"error":', '"ORA-009', '42: table or view does not exist"}']},
                   "/events": {"headers": {"content-type": "text/event-stream"}, "chunks": ["data: 1\n\n", "data: 2\n\n"]}}
        everything = {"name": "all", "path": "/{rest...}"}
        self.begin_with(answers, [{**everything, "redact": {"leaks": "refuse"}}])
        self.is_refused("/trace", "it shows what no answer should: stack trace of Node", leak="patients.js")
        self.is_refused("/chunked", "it shows what no answer should: error of Oracle", leak="table or view")
        self.gets("/article", answers["/article"]["body"])
        self.gets("/events", "data: 1\n\ndata: 2\n\n")
        self.assertEqual(self.counted("leaks"), 4)
        self.begin_with(answers, [{**everything, "redact": {"leaks": {"stack_traces": "mask", "sql_errors": "log"}}}])
        self.gets("/trace", "Error: no such patient\n    at **** (/***/********.**:**:*)\n", status=500)
        for _, fields, _ in self.gets("/chunked", '{"error":"ORA-00942: table or view does not exist"}', status=500):
            self.assertEqual(self.why(fields)["facts"], "what no answer should show: 1, the first: error of Oracle")
        self.assertEqual((self.counted("leaks"), self.counted("changed_answers")), (4, 2))

    def test_a_document_whose_mark_could_not_hold_is_not_loaded(self):
        wrong = json.loads(json.dumps(DOCUMENT).replace('"x-gatehouse-scopes": ["ssn:read"]', '"x-gatehouse-scopes": "ssn:read"'))
        (self.folder / "api.json").write_text(json.dumps(wrong))
        gate = self.prepare({"routes": [], "contracts": {"clinic": {"file": str(self.folder / "api.json"), "upstream": "clinic"}}})
        self.assertIn("no list of scopes", repr(gate.word("check")))


if __name__ == "__main__":
    main()
