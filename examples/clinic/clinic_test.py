#!/usr/bin/python3
"""The clinic over real sockets on a free port: what it promises, what it is careless in, and its issuer. Run: clinic_test.py"""
import base64
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

try:
    import yaml  # of Debian's python3-yaml; only this test needs it
except ImportError:  # another python3 comes first on PATH
    if sys.executable == "/usr/bin/python3":
        sys.exit("clinic_test.py needs Debian's python3-yaml")
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import issuer  # noqa: E402
import routes  # noqa: E402
import server  # noqa: E402
import websocket  # noqa: E402

PATIENT = {"name": "Wexrix Fizzby", "born": "1990-02-03", "ward": "surgery", "doctor": "dr-munterby", "insurance_number": "TEST00000001"}
LAB_RESULT = ('<labResult urgent="true"><patient>17</patient><test>Ferritin</test><value>88.5</value><unit>ug/l</unit>'
              "<taken>2026-03-02T09:30:00Z</taken></labResult>")


class ClinicCase(unittest.TestCase):
    def setUp(self):
        self.clinic = self.enterContext(server.Clinic(port=0))
        self.port = int(self.clinic.address.rpartition(":")[2])
        self.client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        self.addCleanup(self.client.close)

    def ask(self, method, path, body=None, headers=None):
        """Status, headers, body; on the one connection that the test keeps open."""
        self.client.request(method, path, body, headers or {})
        answer = self.client.getresponse()
        return answer.status, answer.headers, answer.read()

    def ask_json(self, method, path, value=None):
        status, _, body = self.ask(method, path, None if value is None else json.dumps(value), {"Content-Type": "application/json"})
        return status, json.loads(body)

    def raw(self, text):
        """Everything that the clinic answers to these bytes until it closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(text.encode("latin-1"))
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode("latin-1")


class Records(ClinicCase):
    def test_two_clinics_are_seeded_with_the_same_two_hundred_patients(self):
        with server.Clinic(port=0) as other:
            everybody = "SELECT * FROM patients"
            self.assertEqual(self.clinic.database.rows(everybody), other.database.rows(everybody))
            self.assertEqual(len(other.database.rows(everybody)), 200)

    def test_a_patient_is_added_read_replaced_changed_and_deleted(self):
        status, added = self.ask_json("POST", "/patients", PATIENT)
        self.assertEqual((status, added["name"]), (201, "Wexrix Fizzby"))
        path = "/patients/%d" % added["id"]
        self.assertEqual(self.ask_json("GET", path), (200, added))
        self.assertEqual(self.ask_json("PATCH", path, {"notes": "sleeps"})[1], {**added, "notes": "sleeps"})
        self.assertEqual(self.ask_json("PUT", path, {**PATIENT, "ward": "neurology"})[1]["notes"], "")
        self.assertEqual(self.ask("DELETE", path)[0], 204)
        self.assertEqual(self.ask("GET", path)[0], 404)
        self.assertEqual(self.ask("DELETE", path)[0], 404)

    def test_a_page_of_patients_is_cut_by_limit_and_offset(self):
        _, page = self.ask_json("GET", "/patients?limit=2&offset=3")
        self.assertEqual([patient["id"] for patient in page["items"]], [4, 5])
        self.assertEqual(page["total"], 200)

    def test_patients_are_found_by_ward_and_by_part_of_the_name(self):
        _, page = self.ask_json("GET", "/patients?ward=surgery&limit=200")
        self.assertEqual({patient["ward"] for patient in page["items"]}, {"surgery"})
        _, page = self.ask_json("GET", "/patients?name=Zor&limit=200")
        self.assertTrue(page["items"] and all("zor" in patient["name"].lower() for patient in page["items"]))

    def test_an_appointment_is_booked_and_read(self):
        wanted = {"patient": 7, "doctor": "dr-yellowink", "starts": "2026-04-01T10:30:00Z", "reason": "Hay fever"}
        status, booked = self.ask_json("POST", "/appointments", wanted)
        self.assertEqual(status, 201)
        self.assertEqual(booked, {**wanted, "id": booked["id"], "minutes": 30, "status": "booked"})
        self.assertEqual(self.ask_json("GET", "/appointments/%d" % booked["id"]), (200, booked))
        self.assertIn(booked, self.ask_json("GET", "/appointments?patient=7")[1]["items"])

    def test_a_lab_result_goes_in_and_out_as_xml_and_shows_in_the_report(self):
        status, headers, body = self.ask("POST", "/lab-results", LAB_RESULT, {"Content-Type": "application/xml"})
        self.assertEqual((status, headers["Content-Type"]), (201, "application/xml"))
        self.assertEqual(ElementTree.fromstring(body).findtext("value"), "88.5")
        self.assertIn(b"Ferritin 88.5 ug/l", self.ask("GET", "/patients/17/report")[2])

    def test_a_lab_result_in_another_media_type_is_415(self):
        self.assertEqual(self.ask("POST", "/lab-results", "{}", {"Content-Type": "application/json"})[0], 415)

    def test_the_photo_is_a_png_that_need_not_be_sent_twice(self):
        status, headers, body = self.ask("GET", "/patients/7/photo")
        self.assertEqual((status, headers["Content-Type"], body[:8]), (200, "image/png", b"\x89PNG\r\n\x1a\n"))
        self.assertEqual(struct.unpack("!II", body[16:24]), (96, 96))
        self.assertEqual(self.ask("GET", "/patients/7/photo", headers={"If-None-Match": headers["ETag"]})[0], 304)

    def test_the_export_holds_everybody_as_json_and_as_csv(self):
        self.assertEqual(len(json.loads(self.ask("GET", "/export")[2])["patients"]), 200)
        _, headers, body = self.ask("GET", "/export", headers={"Accept": "text/csv"})
        self.assertTrue(headers["Content-Type"].startswith("text/csv"))
        self.assertEqual(len(body.splitlines()), 201)


class Carelessness(ClinicCase):
    def test_name_is_injected_into_the_sql(self):
        _, page = self.ask_json("GET", "/patients?name=zzz'%20UNION%20SELECT%20id,insurance_number,born,ward,doctor%20FROM%20patients--&limit=500")
        self.assertEqual(len(page["items"]), 200)
        self.assertTrue(all(patient["name"].startswith("TEST") for patient in page["items"]))

    def test_a_number_in_a_path_is_not_injected(self):
        self.assertEqual(self.ask("GET", "/patients/7%20OR%201=1")[0], 404)

    def test_an_error_shows_its_stack_and_its_sql(self):
        status, told = self.ask_json("GET", "/patients?name='")
        self.assertEqual(status, 500)
        self.assertIn("SELECT id, name", told["sql"])
        self.assertIn("Traceback", told["stack"][0])


class Contract(ClinicCase):
    """openapi.yaml and the program say the same."""

    def setUp(self):
        super().setUp()
        self.document = yaml.safe_load((HERE / "openapi.yaml").read_text())

    def test_each_route_has_its_operation_and_each_operation_its_route(self):
        promised = {(method.upper(), path, operation["operationId"]) for path, item in self.document["paths"].items()
                    for method, operation in item.items() if method not in ("parameters", "head")}
        self.assertEqual(promised, {(route.method, route.template, route.operation) for route in routes.ROUTES})

    def test_head_is_answered_as_get_without_its_body(self):
        heads = [path for path, item in self.document["paths"].items() if "head" in item]
        self.assertTrue(heads)
        for path in heads:
            status, headers, body = self.ask("HEAD", path)
            self.assertEqual((status, headers["Cache-Control"], body), (200, self.ask("GET", path)[1]["Cache-Control"], b""))

    def test_every_reference_leads_somewhere(self):
        def walk(value):
            if isinstance(value, dict):
                if "$ref" in value:
                    self.resolve(value["$ref"])
                for part in value.values():
                    walk(part)
            elif isinstance(value, list):
                for part in value:
                    walk(part)
        walk(self.document)

    def test_answers_in_json_keep_their_schema(self):
        checked = 0
        for path, item in self.document["paths"].items():
            answer = item.get("get", {}).get("responses", {}).get("200", {})
            answer = self.resolve(answer["$ref"]) if "$ref" in answer else answer
            schema = answer.get("content", {}).get("application/json", {}).get("schema")
            if schema:
                status, value = self.ask_json("GET", path.replace("{id}", "7"))
                self.assertEqual(status, 200, path)
                self.check(value, schema, path)
                checked += 1
        self.assertEqual(checked, 9)

    def test_the_check_of_this_test_finds_what_is_wrong(self):
        patient = {"$ref": "#/components/schemas/PatientSummary"}
        good = {"id": 1, "name": "Ila", "born": "1990-01-01", "ward": "surgery", "doctor": "dr-x"}
        self.check(good, patient, "good")
        for bad in ({**good, "id": "1"}, {**good, "id": 0}, {**good, "ward": "roof"}, {**good, "doctor": "nurse"}, {**good, "more": 1}, {"id": 1}):
            with self.assertRaises(AssertionError):
                self.check(bad, patient, "bad")

    def resolve(self, reference):
        value = self.document
        for part in reference.removeprefix("#/").split("/"):
            value = value[part]
        return value

    def check(self, value, schema, where):
        """The part of JSON Schema that openapi.yaml uses for its answers."""
        if "$ref" in schema:
            return self.check(value, self.resolve(schema["$ref"]), where)
        if "oneOf" in schema:
            return self.assertEqual(sum(self.keeps(value, one, where) for one in schema["oneOf"]), 1, where)
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
        wanted = schema.get("type", [])
        if wanted:
            self.assertIn(type(value), [kinds[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted)], where)
        self.assertIn(value, schema.get("enum", [value]), where)
        self.assertEqual(value, schema.get("const", value), where)
        if isinstance(value, str) and "pattern" in schema:
            self.assertRegex(value, schema["pattern"], where)
        if type(value) is int and "minimum" in schema:
            self.assertGreaterEqual(value, schema["minimum"], where)
        if isinstance(value, dict):
            self.assertLessEqual(set(schema.get("required", [])), set(value), where)
            for name, part in value.items():
                if name in schema.get("properties", {}):
                    self.check(part, schema["properties"][name], where + "." + name)
                else:
                    self.assertIsNot(schema.get("additionalProperties"), False, where + "." + name)
        if isinstance(value, list):
            for part in value:
                self.check(part, schema.get("items", {}), where + "[]")

    def keeps(self, value, schema, where):
        try:
            self.check(value, schema, where)
            return True
        except AssertionError:
            return False


class Protocol(ClinicCase):
    def test_one_connection_serves_many_requests(self):
        self.ask("GET", "/prices")
        kept = self.client.sock
        self.ask("POST", "/patients", json.dumps(PATIENT))
        self.ask("GET", "/export")
        self.assertIs(self.client.sock, kept)

    def test_pipelined_requests_are_answered_in_order(self):
        answers = self.raw("".join("GET /patients/%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in (3, 1, 2)))
        self.assertEqual(re.findall(r'\{"id": (\d+)', answers), ["3", "1", "2"])

    def test_head_is_get_without_the_body(self):
        got = self.ask("GET", "/prices")[1]
        status, headers, body = self.ask("HEAD", "/prices")
        self.assertEqual((status, headers["Content-Length"], body), (200, got["Content-Length"], b""))
        self.assertEqual(self.ask("HEAD", "/export")[0], 200)
        self.assertEqual(self.ask("GET", "/healthz")[0], 200)

    def test_a_chunked_body_is_read(self):
        pieces = iter([b'{"no', b'tes": "in pieces"}'])
        self.client.request("PATCH", "/patients/5", pieces, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        self.assertEqual(json.loads(self.client.getresponse().read())["notes"], "in pieces")

    def test_a_body_is_asked_for_with_100_continue(self):
        answer = self.raw("PATCH /patients/5 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
        self.assertTrue(answer.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))

    def test_http_1_0_is_answered_and_closed_and_kept_only_when_asked(self):
        self.assertEqual(self.raw("GET /healthz HTTP/1.0\r\n\r\n" * 2).count("HTTP/1.1 200"), 1)
        self.assertEqual(self.raw("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2).count("HTTP/1.1 200"), 2)

    def test_a_stream_to_http_1_0_ends_with_the_connection(self):
        answer = self.raw("GET /export HTTP/1.0\r\n\r\n")
        self.assertNotIn("chunked", answer)
        self.assertEqual(len(json.loads(answer.partition("\r\n\r\n")[2])["patients"]), 200)

    def test_nothing_after_an_unclear_end_is_answered(self):
        for lines in ("Content-Length: 2\r\nTransfer-Encoding: chunked", "Content-Length: 2\r\nContent-Length: 2", "Content-Length: +2",
                      "Content-Length : 2", "Transfer-Encoding: gzip, chunked"):
            answer = self.raw("POST /patients HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" % lines)
            self.assertEqual(re.findall(r"HTTP/1\.1 (\d)", answer), ["5" if "gzip" in lines else "4"], lines)

    def test_a_known_path_names_its_methods_and_an_unknown_one_is_404(self):
        status, headers, _ = self.ask("DELETE", "/prices")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD, OPTIONS"))
        self.assertEqual(self.ask("OPTIONS", "/patients/1")[1]["Allow"], "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
        self.assertEqual(self.ask("GET", "/nowhere")[0], 404)


class Live(ClinicCase):
    def test_events_come_in_the_asked_number_and_go_on_after_the_last(self):
        _, headers, body = self.ask("GET", "/events?count=3&interval=0", headers={"Last-Event-ID": "4"})
        self.assertEqual(headers["Content-Type"], "text/event-stream")
        self.assertEqual(re.findall(r"^id: (\d+)$", body.decode(), re.M), ["5", "6", "7"])

    def test_an_endless_feed_ends_when_the_clinic_stops(self):
        self.client.request("GET", "/events?interval=60000")
        answer = self.client.getresponse()
        lines = [answer.readline() for _ in range(6)]  # the second event is a minute away
        self.clinic.stop()
        self.assertIn(b"id: 1\n", lines)
        self.assertEqual(answer.read(), b"")

    def test_what_one_says_all_hear(self):
        first, second = self.join(), self.join()
        first[0].sendall(masked(websocket.PING, b"are you there"))
        self.assertEqual(second_half(first[1]), (websocket.PONG, b"are you there"))  # both are in the room now
        second[0].sendall(masked(websocket.TEXT, b"good morning"))
        for _, reader in (first, second):
            kind, text = second_half(reader)
            self.assertEqual((kind, json.loads(text)["text"]), (websocket.TEXT, "good morning"))

    def test_a_message_in_pieces_is_put_together(self):
        connection, reader = self.join()
        connection.sendall(masked(websocket.TEXT, b"good ", final=False) + masked(0, b"night"))
        self.assertEqual(json.loads(second_half(reader)[1])["text"], "good night")

    def test_a_frame_that_breaks_the_rules_ends_the_conversation_with_its_code(self):
        for frame, code in ((websocket.frame(websocket.TEXT, b"no mask"), 1002), (masked(websocket.TEXT, b"\xff"), 1007), (masked(0, b"goes on"), 1002),
                            (masked(3, b"unknown"), 1002), (masked(websocket.CLOSE, struct.pack("!H", 1000)), 1000)):
            connection, reader = self.join()
            connection.sendall(frame)
            self.assertEqual(second_half(reader), (websocket.CLOSE, struct.pack("!H", code)))

    def test_without_the_upgrade_the_chat_is_426(self):
        self.assertEqual(self.ask("GET", "/chat")[0], 426)

    def join(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        reader = connection.makefile("rb")
        self.addCleanup(connection.close)
        self.addCleanup(reader.close)
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(("GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % key).encode())
        head = b"".join(iter(reader.readline, b"\r\n")).decode()
        self.assertIn("101 Switching Protocols", head)
        self.assertIn("Sec-WebSocket-Accept: " + websocket.accept_value(key), head)
        return connection, reader


def masked(opcode, payload, final=True):
    """A client's frame of less than 126 bytes."""
    mask = b"\x01\x02\x03\x04"
    return bytes([(0x80 if final else 0) | opcode, 0x80 | len(payload)]) + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def second_half(reader):
    """The next frame of the server: opcode and payload."""
    first, length = reader.read(2)
    return first & 0x0F, reader.read(length)


class Program(unittest.TestCase):
    def test_it_says_where_it_listens_keeps_its_file_and_stops_on_an_interrupt(self):
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "clinic.db")
            for expected in (200, 201):
                with subprocess.Popen([sys.executable, HERE / "server.py", "--port", "0", "--database", file], stdout=subprocess.PIPE, text=True) as program:
                    address = re.fullmatch(r"clinic listening on http://(127\.0\.0\.1:\d+)\n", program.stdout.readline())[1]
                    client = http.client.HTTPConnection(address, timeout=20)
                    client.request("GET", "/patients")
                    self.assertEqual(json.loads(client.getresponse().read())["total"], expected)
                    client.request("POST", "/patients", json.dumps(PATIENT))
                    self.assertEqual(client.getresponse().read()[:1], b"{")
                    program.send_signal(signal.SIGINT)
                    self.assertEqual(program.wait(20), 0)
                    client.close()


class Tokens(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_the_words_of_the_command_line_become_claims(self):
        words = ["--subject", "dr-quillary", "--scopes", "patients:read,export", "--expires-in", "60", "--claims", '{"ward": "cardiology", "jti": null}']
        header, claims = self.parts(self.run_issuer(*words))
        (key,) = json.loads((self.directory / "issuer.jwks").read_text())["keys"]
        self.assertEqual((header["alg"], header["typ"], header["kid"]), ("ES256", "at+jwt", key["kid"]))
        self.assertEqual((claims["iss"], claims["aud"], claims["sub"]), (issuer.ISSUER, "clinic", "dr-quillary"))
        self.assertEqual((claims["scope"], claims["ward"], claims["exp"] - claims["iat"]), ("patients:read export", "cardiology", 60))
        self.assertNotIn("jti", claims)

    def test_the_signature_verifies_with_the_published_key_and_not_when_altered(self):
        token = self.run_issuer("--subject", "dr-quillary")
        self.assertTrue(self.verifies(token))
        head, claims, signature = token.split(".")
        self.assertFalse(self.verifies(".".join([head, claims[:-1] + ("A" if claims[-1] != "A" else "B"), signature])))

    def test_the_key_is_made_once_and_for_its_owner_only(self):
        self.run_issuer()
        first = (self.directory / "issuer.jwks").read_text()
        self.run_issuer("--subject", "dr-quillary")
        self.assertEqual((self.directory / "issuer.jwks").read_text(), first)
        self.assertEqual((self.directory / "issuer.key").stat().st_mode & 0o777, 0o600)
        self.assertNotIn('"d"', first)

    def test_short_and_long_integers_of_a_signature_become_32_bytes_each(self):
        der = bytes([0x30, 3 + 2 + 33, 0x02, 1, 7, 0x02, 33, 0]) + b"\xff" * 32
        self.assertEqual(issuer.raw_signature(der), b"\0" * 31 + b"\x07" + b"\xff" * 32)
        with self.assertRaises(ValueError):
            issuer.raw_signature(der + b"\0")

    def run_issuer(self, *words):
        done = subprocess.run([sys.executable, HERE / "issuer.py", "--directory", self.directory, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def parts(self, token):
        return [json.loads(decoded(part)) for part in token.split(".")[:2]]

    def verifies(self, token):
        """By openssl, from the published x and y alone."""
        signed, _, signature = token.rpartition(".")
        (key,) = json.loads((self.directory / "issuer.jwks").read_text())["keys"]
        point = b"\x04" + decoded(key["x"]) + decoded(key["y"])
        (self.directory / "public.der").write_bytes(bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + point)
        raw = decoded(signature)
        integers = der_integer(raw[:32]) + der_integer(raw[32:])
        (self.directory / "signature").write_bytes(bytes([0x30, len(integers)]) + integers)
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.directory / "public.der", "-keyform", "DER", "-signature",
                               self.directory / "signature"], input=signed.encode(), capture_output=True, check=False)
        return done.returncode == 0


def der_integer(number):
    """An INTEGER: without leading zeros, but with one where the first bit would make it negative."""
    shortest = number.lstrip(b"\0")
    shortest = b"\0" + shortest if not shortest or shortest[0] & 0x80 else shortest
    return bytes([2, len(shortest)]) + shortest


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print("%d passed, %d failed, %d skipped" % (result.testsRun - failed - skipped, failed, skipped))
    sys.exit(0 if failed == 0 else 1)
