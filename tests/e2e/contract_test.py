#!/usr/bin/env python3
"""`gatehouse protect URL --openapi FILE` before the sample clinic: what its document describes passes, whatever else is asked is refused with everything that is wrong."""
import gzip, http.client, json, os, re, shutil, signal, ssl, subprocess, sys, tempfile, unittest, zlib

from harness.case import BINARY as GATEHOUSE, main
from harness.gate import Protecting

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLINIC = os.path.join(ROOT, "examples", "clinic")
PATIENT = {"name": "Testina Quillfeather", "born": "1980-02-29", "ward": "neurology", "doctor": "dr-fizzlethorpe", "insurance_number": "TEST12345678"}


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="gatehouse-contract-")
        cls.clinic = subprocess.Popen([sys.executable, os.path.join(CLINIC, "server.py"), "--port", "0"], stdout=subprocess.PIPE, text=True)
        url = cls.clinic.stdout.readline().split()[-1]
        cls.gate = Protecting(GATEHOUSE, cls.folder, url, "--openapi", os.path.join(CLINIC, "openapi.yaml")).start()
        cls.said = cls.gate.said
        cls.key = cls.words("keys", "create", "staff", *(word for scope in ("patients:read", "patients:write", "lab:write") for word in ("--scope", scope)))["secret"]

    @classmethod
    def words(cls, *words, code=0):
        """The answer of a word about this gate."""
        done = subprocess.run([GATEHOUSE, *words, "-d", os.path.join(cls.folder, "data"), "--json"], capture_output=True, text=True, timeout=120)
        if done.returncode != code:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    @classmethod
    def tearDownClass(cls):
        faults = cls.gate.stop()
        cls.clinic.terminate()
        cls.clinic.communicate(timeout=60)
        shutil.rmtree(cls.folder, ignore_errors=True)
        if faults:
            raise AssertionError(faults)

    def ask(self, method, target, body=None, key=True, media="application/json", secret=None, fields=None):
        host, port = self.said["listening"].removeprefix("https://").split(":")
        connection = http.client.HTTPSConnection(host, int(port), timeout=20, context=ssl.create_default_context(cafile=self.said["ca"]))
        headers = {**({"X-Api-Key": secret or self.key} if key else {}), **(fields or {})}
        if body is not None:
            headers["Content-Type"] = media
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.headers = answer.headers
        problem = json.loads(content) if answer.getheader("content-type") == "application/problem+json" else {}
        return answer.status, problem.get("violations", []), problem.get("type", "").rpartition(":")[2]

    def test_what_the_document_describes_passes(self):
        self.assertEqual(self.ask("GET", "/prices", key=False)[0], 200)
        self.assertEqual(self.ask("GET", "/patients/1")[0], 200)
        self.assertEqual(self.ask("GET", "/patients?limit=2&ward=neurology")[0], 200)
        status, violations, _ = self.ask("POST", "/patients", PATIENT)
        self.assertEqual((status, violations), (201, []))

    def test_without_a_key_only_what_the_document_opens(self):
        self.assertEqual(self.ask("GET", "/patients/1", key=False)[0], 401)
        self.assertEqual(self.ask("GET", "/healthz", key=False)[0], 200)

    def test_what_it_does_not_describe_is_refused(self):
        self.assertEqual(self.ask("GET", "/admin")[0], 404)
        self.assertEqual(self.ask("PUT", "/prices")[0], 405)

    def test_the_first_key_may_do_what_it_is_shown_with_and_neither_export_nor_write_nor_delete(self):
        self.assertEqual(self.said["scopes"], ["patients:read"])
        first = self.said["key"]
        self.assertEqual(self.ask("GET", "/patients", secret=first)[0], 200)
        for method, target, body in (("GET", "/export", None), ("POST", "/patients", PATIENT), ("DELETE", "/patients/1", None)):
            status = self.ask(method, target, body, secret=first)[0]
            self.assertIn(status, (401, 403), f"{method} {target}")
        self.words("keys", "set", self.said["key_id"], "--scope", "patients:read", "--scope", "records:export")
        self.addCleanup(self.words, "keys", "set", self.said["key_id"], "--scope", "patients:read")
        self.assertEqual(self.ask("GET", "/export", secret=first)[0], 200)

    def test_a_selftest_finds_no_hole_where_there_is_none(self):
        cases = self.words("selftest")["cases"]
        self.assertGreater(len(cases), 50)
        self.assertEqual([each for each in cases if not each["right"]], [])

    def test_what_is_let_through_is_one_table_of_the_file_and_of_the_running_server(self):
        running = self.words("routes")["routes"]
        self.assertEqual(len(running), 20)
        [one] = [each for each in running if each["name"] == "getPatient"]
        self.assertEqual((one["methods"], one["path"], one["credentials"], one["scopes"], one["requests"], one["answers"], one["contract"]),
                         (["GET"], "/patients/{id}", ["api_key"], ["patients:read"], "enforce", "refuse", "api"))
        file = os.path.join(self.folder, "table.yaml")
        with open(file, "w") as configuration:
            configuration.write("listeners: [{ address: '127.0.0.1:0', tls: off }]\nupstreams: { api: { servers: ['http://127.0.0.1:9'] } }\n"
                                f"contracts: {{ api: {{ file: '{CLINIC}/openapi.yaml', upstream: api }} }}\nroutes: []\n")
        done = subprocess.run([GATEHOUSE, "routes", "-c", file, "--json"], capture_output=True, text=True, timeout=60)
        self.assertEqual(json.loads(done.stdout)["routes"], running)
        table = subprocess.run([GATEHOUSE, "routes", "-c", file], capture_output=True, text=True, timeout=60)
        self.assertEqual(table.returncode, 0, table.stderr)
        self.assertRegex(table.stdout, r"(?m)^/patients/\{id\} +GET +any +api_key +patients:read +enforce +refuse +getPatient \(contract api\)$")
        self.assertEqual(table.stdout.splitlines()[-1], "20 routes; nothing else is let through")
        wrong = subprocess.run([GATEHOUSE, "routes", "-c", os.path.join(CLINIC, "openapi.yaml")], capture_output=True, text=True, timeout=60)
        self.assertEqual((wrong.returncode, wrong.stdout), (3, ""))

    def test_every_wrong_parameter_is_listed(self):
        status, violations, kind = self.ask("GET", "/patients?limit=1000&name=%27%20OR%201%3D1--&admin=1")
        self.assertEqual((status, kind), (400, "parameter-invalid"))
        self.assertEqual([(each["in"], each["name"]) for each in violations], [("query", "name"), ("query", "limit"), ("query", "admin")])
        for each in violations:
            self.assertTrue(each["contract"].startswith("openapi.yaml#/"), each)
        self.assertEqual(self.ask("GET", "/patients/1%20OR%201%3D1")[1][0]["name"], "id")

    def test_a_body_is_held_to_its_schema_and_never_reaches_the_server_otherwise(self):
        before = self.total()
        status, violations, kind = self.ask("POST", "/patients", {**PATIENT, "id": 1, "isAdmin": True})
        self.assertEqual((status, kind), (422, "body-invalid"))
        self.assertEqual({each["pointer"] for each in violations}, {"/id", "/isAdmin"})
        self.assertEqual(self.ask("POST", "/patients", "{")[2], "body-malformed")
        self.assertEqual(self.ask("POST", "/patients", "name=x", media="application/x-www-form-urlencoded")[0], 415)
        self.assertEqual(self.ask("POST", "/patients", {**PATIENT, "name": 7})[1][0]["pointer"], "/name")
        self.assertEqual(self.total(), before)

    def test_a_body_of_xml_is_held_to_the_mapping_of_the_document(self):
        right = "<labResult urgent=\"true\"><patient>17</patient><test>Ferritin</test><value>88.5</value><unit>ug/l</unit><taken>2026-03-02T09:30:00Z</taken></labResult>"
        post = lambda body, media="application/xml": self.ask("POST", "/lab-results", body, media=media)
        self.assertEqual(post(right)[0], 201)
        self.assertEqual(post("<?xml version='1.0' encoding='utf-8'?>\n" + right.replace("><", ">\n  <"))[0], 201)
        status, violations, kind = post(right.replace(">17<", ">seventeen<").replace("<unit>ug/l</unit>", "").replace("urgent=", "admin='1' urgent="))
        self.assertEqual((status, kind), (422, "body-invalid"))
        self.assertEqual({each["pointer"] for each in violations}, {"", "/patient", "/@admin"})
        for each in violations:
            self.assertTrue(each["contract"].startswith("openapi.yaml#/"), each)
        for body in (right.replace("<labResult", "<!DOCTYPE labResult [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><labResult").replace("Ferritin", "&x;"), right.replace("Ferritin", "&x;"),
                     "<?xml-stylesheet href='http://attacker.example/x'?>" + right, "<?xml version='1.0' encoding='utf-16'?>" + right, right + right, right[:-3]):
            self.assertEqual((post(body)[0], post(body)[2]), (400, "body-malformed"), body)
        self.assertEqual(post(right.replace("labResult", "result"))[0], 422)
        self.assertEqual(post(json.dumps({"patient": 17}), "application/json")[0], 415)
        self.assertEqual(post(right, "application/xml; charset=iso-8859-1")[0], 415)

    def test_a_coded_body_is_judged_as_what_it_inflates_to_and_goes_on_as_it_came(self):
        post = lambda body, coding="gzip", media="application/json": self.ask("POST", "/patients", body, media=media, fields={"Content-Encoding": coding})
        right, wrong = json.dumps(PATIENT).encode(), json.dumps({**PATIENT, "isAdmin": True}).encode()
        before = self.total()
        status, violations, kind = post(gzip.compress(wrong))
        self.assertEqual((status, kind, [each["pointer"] for each in violations]), (422, "body-invalid", ["/isAdmin"]))
        self.assertEqual(post(zlib.compress(wrong), "deflate")[2], "body-invalid")
        for body in (gzip.compress(right)[:-1], gzip.compress(right) + b"x", gzip.compress(right) + gzip.compress(b" "), right, gzip.compress(b" " * (64 << 20))):
            self.assertEqual((post(body)[0], post(body)[2]), (400, "body-malformed"))
        for coding in ("br", "gzip, gzip", "zstd"):
            self.assertEqual((post(gzip.compress(right), coding)[0], self.headers["Accept-Encoding"]), (415, "gzip, deflate"))
        self.assertEqual(self.total(), before)
        # The clinic takes no coded bodies and says so itself: what came is what it got.
        self.assertEqual((post(gzip.compress(right))[0], post(gzip.compress(right))[2]), (400, ""))

    def total(self):
        host, port = self.said["listening"].removeprefix("https://").split(":")
        connection = http.client.HTTPSConnection(host, int(port), timeout=20, context=ssl.create_default_context(cafile=self.said["ca"]))
        connection.request("GET", "/patients?limit=1", headers={"X-Api-Key": self.key})
        total = json.loads(connection.getresponse().read())["total"]
        connection.close()
        return total

    def test_a_faulty_document_is_told_as_json_too_where_json_was_asked_for(self):
        broken = os.path.join(self.folder, "told.yaml")
        with open(os.path.join(CLINIC, "openapi.yaml")) as right, open(broken, "w") as wrong:
            wrong.write(right.read().replace("operationId: listPrices", "operationId: health"))
        words = [GATEHOUSE, "protect", "http://127.0.0.1:9", "--openapi", broken, "--listen", "127.0.0.1:0", "--data", os.path.join(self.folder, "told")]
        plain = subprocess.run(words, capture_output=True, text=True, timeout=60)
        done = subprocess.run([*words, "--json"], capture_output=True, text=True, timeout=60)
        self.assertEqual((plain.returncode, plain.stdout, done.returncode), (3, "", 3))
        told = json.loads(done.stdout)
        self.assertEqual(told["file"], broken)
        self.assertTrue(told["problems"] and all(each["file"] == broken and each["line"] > 0 for each in told["problems"]), told)
        self.assertIn("health", told["problems"][0]["what"])

    def test_notes_beyond_the_twentieth_are_counted_and_it_is_said_where_they_are(self):
        document, file = os.path.join(self.folder, "many.yaml"), os.path.join(self.folder, "many-gate.yaml")
        paths = "".join("  /p%d:\n    delete: { security: [], responses: { '200': { description: ok } } }\n" % number for number in range(25))
        with open(document, "w") as out:
            out.write("openapi: 3.1.0\ninfo: { title: t, version: '1' }\nsecurity: [{ bearer: [] }]\n"
                      "components: { securitySchemes: { bearer: { type: http, scheme: bearer } } }\npaths:\n" + paths)
        with open(file, "w") as out:
            out.write("listeners: [{ address: '127.0.0.1:0', tls: 'off' }]\nupstreams: { api: { servers: ['http://127.0.0.1:9'] } }\n"
                      "contracts: { api: { file: '%s', upstream: api, schemes: { bearer: [api_key] } } }\nroutes: []\n" % document)
        plain = subprocess.run([GATEHOUSE, "check", "-c", file], capture_output=True, text=True, timeout=60)
        every = json.loads(subprocess.run([GATEHOUSE, "check", "--json", "-c", file], capture_output=True, text=True, timeout=60).stdout)["notes"]
        self.assertGreater(len(every), 20, plain.stderr)
        self.assertEqual(plain.stderr.count(": note: "), 20)
        self.assertEqual(plain.stderr.strip().splitlines()[-1], "and %d notes more on contracts; all of them: gatehouse check --json -c %s" % (len(every) - 20, file))

    def test_a_document_that_is_wrong_starts_nothing_and_is_told_with_its_line(self):
        broken = os.path.join(self.folder, "broken.yaml")
        with open(os.path.join(CLINIC, "openapi.yaml")) as right, open(broken, "w") as wrong:
            wrong.write(right.read().replace("operationId: listPrices", "operationId: health"))
        done = subprocess.run([GATEHOUSE, "protect", "http://127.0.0.1:9", "--openapi", broken, "--listen", "127.0.0.1:0", "--data", os.path.join(self.folder, "other")],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 3)
        lines = done.stderr.strip().splitlines()
        self.assertRegex(lines[0], rf"^{re.escape(broken)}:\d+:1: error: #/paths/\S+: ")
        self.assertEqual(lines[-1], "1 error")
        self.assertNotIn("\\x0a", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "other")))

    def test_a_document_that_broke_while_the_gate_serves_is_told_by_the_reload_and_the_old_one_stays(self):
        document, data = os.path.join(self.folder, "changing.yaml"), os.path.join(self.folder, "changing")
        with open(os.path.join(CLINIC, "openapi.yaml")) as right:
            text = right.read()
        with open(document, "w") as file:
            file.write(text)
        gate = subprocess.Popen([GATEHOUSE, "protect", "http://127.0.0.1:9", "--openapi", document, "--listen", "127.0.0.1:0", "--metrics", "none", "--data", data],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            said = []
            for line in gate.stdout:
                said.append(line.strip())
                if said[-1] == "ready":
                    break
            self.assertTrue(any(line.startswith("it holds the scope patients:read and no other; to change that: gatehouse keys set ") for line in said), said)
            with open(document, "w") as file:
                file.write(text.replace("operationId: listPrices", "operationId: health"))
            gate.send_signal(signal.SIGHUP)
            self.assertEqual(gate.stdout.readline().strip(), "not reloaded: the configuration is wrong, and the old one stays in force")
            told = next(line for line in gate.stderr if "error" in line)
            self.assertRegex(told, rf"^{re.escape(document)}:\d+:1: error: #/paths/")
            with open(document, "w") as file:
                file.write(text)
            gate.send_signal(signal.SIGHUP)
            self.assertEqual(gate.stdout.readline().strip(), "reloaded: requests are judged by the configuration as it is now")
        finally:
            gate.terminate()
            gate.communicate(timeout=60)

    def test_what_stays_refused_is_told_by_check_at_the_start_and_by_each_reload(self):
        document, file = os.path.join(self.folder, "open.yaml"), os.path.join(self.folder, "open-gate.yaml")
        with open(os.path.join(CLINIC, "openapi.yaml")) as right, open(document, "w") as wrong:
            wrong.write(right.read().replace("security: [{ bearer: [patients:delete] }]", "security: []"))
        with open(file, "w") as configuration:
            configuration.write("listeners: [{ address: '127.0.0.1:0', tls: off }]\nupstreams: { api: { servers: ['http://127.0.0.1:9'] } }\nroutes: []\ndata: open-data\n"
                                "contracts: { clinic: { file: open.yaml, upstream: api, schemes: { bearer: [api_key] } } }\n")
        checked = subprocess.run([GATEHOUSE, "check", "-c", file, "--json"], capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        notes = [each for each in json.loads(checked.stdout)["notes"] if each["what"].startswith("DELETE /patients/{id} stays refused")]
        self.assertEqual([(each["file"], each["line"], each["path"]) for each in notes], [(file, 5, "contracts.clinic.file")])
        gate = subprocess.Popen([GATEHOUSE, "serve", "-c", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            note = f"{file}:5: contracts.clinic.file: note: DELETE /patients/{{id}} stays refused"
            self.assertTrue(next(line for line in gate.stdout if line == "ready\n"))
            self.assertTrue(next(line for line in gate.stderr if line.startswith(note)))
            gate.send_signal(signal.SIGHUP)
            self.assertTrue(gate.stdout.readline().startswith("reloaded: "))
            self.assertTrue(next(line for line in gate.stderr if line.startswith(note)))
        finally:
            gate.terminate()
            gate.communicate(timeout=60)


if __name__ == "__main__":
    main()
