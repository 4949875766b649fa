#!/usr/bin/env python3
"""The harness finds what is wrong: each expectation is shown to hold where it should and to fail where it should."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml  # noqa: F401: the harness needs it
except ImportError:
    if sys.executable == "/usr/bin/python3":
        sys.exit("harness_test.py needs Debian's python3-yaml")
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from harness.case import main  # noqa: E402
from harness import curl, http2, tokens  # noqa: E402
from harness.certificates import Authority  # noqa: E402
from harness.expect import check_members  # noqa: E402
from harness.fault import Failed, Unclear  # noqa: E402
from harness.message import Broken, Reader  # noqa: E402
from harness.session import Session  # noqa: E402
from run import scenarios  # noqa: E402

ASKED = {"send": {"get": "/patients/7", "key": "shop", "headers": {"X-One": "1"}}}


class Walk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.issuer = tokens.clinic_issuer.Issuer(cls.folder)

    def faults(self, *steps, **given):
        given = {"keys": [{"name": "shop"}], "upstream": {"/patients/7": {"body": "record", "headers": {"X-Two": "2"}}}, **given}
        return Session({"name": "n", "given": given, "steps": list(steps)}, str(HERE / "stand_in.py"), self.issuer).run()

    def test_true_expectations_hold(self):
        self.assertEqual(self.faults(
            {**ASKED, "expect": {"status": 200, "body": "record", "headers": {"x-two": "2", "x-three": "absent"},
                                 "upstream": {"request": "GET /patients/7", "headers": {"x-one": "1"}, "lacks": ["X-Api-Key", "$key.shop"]}}},
            {"send": {"get": "/patients/7"}, "expect": {"status": 401, "problem": "credential-missing", "upstream": "none"}},
            {"send": {"get": "/vanishes"}, "expect": {"none": True}}), [])

    def test_each_false_expectation_fails(self):
        for expected in ({"status": 201}, {"problem": "no-route"}, {"body": "other"}, {"body": {"lacks": "record"}}, {"headers": {"x-two": "absent"}},
                         {"headers": {"x-two": "3"}}, {"headers": {"x-three": "present"}}, {"upstream": "none"}, {"upstream": {"count": 2}}, {"none": True},
                         {"upstream": {"request": "GET /patients/8"}}, {"upstream": {"headers": {"x-one": "absent"}}}, {"upstream": {"lacks": ["x-one"]}},
                         {"upstream": {"body": "x"}}, {"upstream": {"chunked": True}}, {"upstream": {"identity": {"sub": "x"}}}, {"interim": [103]}):
            self.assertEqual(len(self.faults({**ASKED, "expect": expected})), 1, expected)

    def test_a_problem_of_another_kind_or_status_fails(self):
        for expected in ({"problem": "key-revoked"}, {"status": 403, "problem": "credential-missing"}):
            self.assertEqual(len(self.faults({"send": {"get": "/"}, "expect": expected})), 1)

    def test_a_problem_that_does_not_speak_in_sentences_fails(self):
        faults = self.faults({"send": {"get": "/mumbles"}, "expect": {"status": 401, "problem": "credential-missing"}})
        self.assertEqual(len(faults), 1)
        self.assertIn("whole sentences", faults[0])

    def test_a_request_that_reaches_the_upstream_twice_is_found(self):
        self.assertIn("should get 1 requests", self.faults({"send": {"get": "/twice", "key": "shop"}, "expect": {"upstream": {}}})[0])

    def test_a_report_on_stderr_and_a_bad_end_are_found(self):
        self.assertIn("fault of its own", self.faults({"send": {"get": "/dies"}, "expect": {"status": 401}})[0])
        self.assertEqual(self.faults({**ASKED, "expect": {"status": 200}}, config={"data": "ends-badly"}), ["the gate ended with status 3"])

    def test_a_misspelt_word_is_never_overlooked(self):
        for step in ({**ASKED, "expect": {"statsu": 200}}, {"sned": {}}, {"send": {"get": "/", "kee": "shop"}}, {"send": {"path": "/"}}, {**ASKED, "expect": {"upstream": {"cuont": 1}}},
                     {"release": "x", "expect": {"status": 200}}, {"send": {"get": "/", "key": "other"}}, {"answer": "never-sent"}):
            self.assertIn("the scenario is wrong", self.faults(step)[0], step)

    def test_a_held_answer_comes_when_it_is_released(self):
        self.assertEqual(self.faults({"send": {"get": "/slow", "key": "shop", "background": "b"}}, {"await_upstream": 1}, {"release": "now"},
                                     {"answer": "b", "expect": {"status": 200, "body": "late"}}, upstream={"/slow": {"hold": "now", "body": "late"}}), [])

    def test_a_whole_answer_is_not_taken_for_one_that_is_cut_off(self):
        self.assertIn("it was whole", self.faults({**ASKED, "expect": {"cut": True}})[0])


class Members(unittest.TestCase):
    def test_a_part_of_a_text_is_found_and_missed(self):
        line = {"facts": "the certificate has expired", "status": 502}
        for wanted in ({"facts": {"contains": "expired"}}, {"facts": {"matches": "^the .* expired$"}}, {"facts": {"lacks": "valid"}}, {"status": 502}):
            check_members(line, wanted, "line", "")
        for wanted in ({"facts": {"contains": "valid"}}, {"facts": {"matches": "^expired"}}, {"facts": {"lacks": "expired"}}, {"facts": "expired"}, {"more": 1}):
            with self.assertRaises(Failed):
                check_members(line, wanted, "line", "")
        with self.assertRaises(Unclear):
            check_members(line, {"facts": {"contain": "expired"}}, "line", "")


class Credentials(unittest.TestCase):
    def test_certificates_are_what_they_are_said_to_be(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(pathlib.Path(folder) / "authority")
            for name, words, verified in (("good", {}, True), ("late", {"expired": True}, False), ("alone", {"self_signed": True}, False)):
                authority.issue(name, {"names": [name + ".example", "127.0.0.1"], **words})
                done = subprocess.run(["openssl", "verify", "-CAfile", authority.file, "-verify_hostname", name + ".example", "-verify_ip", "127.0.0.1", authority.file_of(name)],
                                      capture_output=True, check=False)
                self.assertEqual(done.returncode == 0, verified, done)
            for words in ({}, {"name": ["a"]}, {"names": []}):
                with self.assertRaises(Unclear):
                    authority.issue("wrong", words)

    def test_a_token_is_bad_in_the_way_that_is_asked_for_and_else_good(self):
        with tempfile.TemporaryDirectory() as folder:
            issuer = tokens.clinic_issuer.Issuer(folder)
            further = {name: tokens.further_key(pathlib.Path(folder) / name, algorithm) for name, algorithm in (("rsa", "RS256"), ("other", "ES256"))}
            parts = lambda **wanted: tokens.make(issuer, wanted, further).split(".")  # noqa: E731
            read = lambda part: json.loads(base64.urlsafe_b64decode(part + "=="))  # noqa: E731
            self.assertEqual(read(parts()[0])["kid"], issuer.jwk["kid"])
            self.assertEqual(read(parts(signed_by="rsa")[0])["alg"], "RS256")
            self.assertEqual(len(base64.urlsafe_b64decode(parts(signed_by="rsa")[2] + "==")), 256)
            self.assertEqual(len(parts()[2]), 86)
            self.assertEqual(parts(signature="none")[2], "")
            self.assertEqual(read(parts(signed_by="other", embeds_key=True)[0])["jwk"], further["other"].jwk)
            self.assertIn(b'"a":1,"a":2', base64.urlsafe_b64decode(parts(more_claims=',"a":1,"a":2')[1] + "=="))
            self.assertEqual(read(parts(altered=True)[1])["sub"], "somebody-else")
            for wanted in ({"signed_by": "nobody"}, {"sign": 1}, {"signature": "good"}):
                with self.assertRaises(Unclear):
                    parts(**wanted)


class OverHttp2(unittest.TestCase):
    PRINTED = ("The negotiated protocol: h2\n[  0.1] recv (stream_id=13) :status: 200\n[  0.1] recv (stream_id=15) :status: 404\nrecord"
               "[  0.1] recv GOAWAY frame <length=8>\n          (last_stream_id=15, error_code=%s(0x00), opaque_data(0)=[])\n")

    def test_true_expectations_hold(self):
        http2.check(self.PRINTED % "NO_ERROR", {"statuses": [404, 200], "bodies": ["record"]})

    def test_each_false_expectation_fails(self):
        for expected in ({"statuses": [200]}, {"statuses": [200, 200]}, {"statuses": [200, 404], "bodies": ["record", "record"]},
                         {"statuses": [200, 404], "bodies": ["other"]}):
            self.assertRaises(Failed, http2.check, self.PRINTED % "NO_ERROR", expected)
        self.assertRaises(Failed, http2.check, self.PRINTED % "PROTOCOL_ERROR", {"statuses": [200, 404]})
        self.assertRaises(Failed, http2.check, self.PRINTED.replace(": h2", ": http/1.1") % "NO_ERROR", {"statuses": [200, 404]})

    def test_a_misspelt_word_is_never_overlooked(self):
        self.assertRaises(Unclear, http2.check, self.PRINTED % "NO_ERROR", {"statuses": [200, 404], "body": "record"})
        for wanted in ({"gte": ["/"]}, {"get": ["/"], "post": ["/"], "body": "x"}, {"post": ["/"]}, {"get": ["/"], "body": "x"}, {}):
            self.assertRaises(Unclear, http2.arguments, wanted, None, None)


class ByCurl(unittest.TestCase):
    def test_what_curl_printed_is_read_with_what_came_before(self):
        answer = curl.read(b"HTTP/2 100 \r\n\r\nHTTP/2 401 \r\ncontent-type: text/plain\r\n\r\nno: \r\n\r\nnever")
        self.assertEqual((answer.status, answer.interim, answer.values("Content-Type"), answer.body), (401, [100], ["text/plain"], b"no: \r\n\r\nnever"))

    def test_no_answer_a_part_of_one_and_one_over_http_1_fail(self):
        for printed in (b"", b"HTTP/2 401 \r\ncontent-", b"HTTP/2 100 \r\n\r\n", b"HTTP/1.1 401 Unauthorized\r\n\r\n"):
            self.assertRaises(Failed, curl.read, printed)

    def test_a_misspelt_word_is_never_overlooked(self):
        for wanted in ({"get": "/"}, {"post": "/"}, {"post": "/", "body": "x", "bytes": 1}, {"post": "/", "body": "x", "time": 2}):
            self.assertRaises(Unclear, curl.body_of, wanted)


class Reading(unittest.TestCase):
    def read(self, data):
        pieces = iter([data, b""])
        return Reader(lambda: next(pieces, b"")).request()

    def test_what_has_two_framings_or_ends_early_is_broken(self):
        for data in (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"GET / HTTP/1.1\r\nA",
                     b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", b"GET / HTTP/1.1\r\nA : b\r\n\r\n"):
            with self.assertRaises(Broken):
                self.read(data)

    def test_a_chunked_body_is_put_together(self):
        message = self.read(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nT: v\r\n\r\n")
        self.assertEqual((message.body, message.trailers), (b"abc", [("T", "v")]))


class Scenarios(unittest.TestCase):
    def test_all_can_be_read_and_have_names_of_their_own(self):
        names = [scenario["name"] for _, scenario in scenarios(HERE / "scenarios")]
        self.assertTrue(names)
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    main()
