#!/usr/bin/env python3
"""`gatehouse contract learn` with the clinic: what was watched becomes a document, the same traffic keeps it where it is enforced, and everything else is refused."""
import json, os, shutil, signal, subprocess, sys, tempfile, unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GATEHOUSE = os.environ.get("GATEHOUSE_BINARY", os.path.join(ROOT, "build/src/gatehouse"))
CLINIC = os.path.join(ROOT, "examples", "clinic")
PATIENT = {"name": "Testina Quillfeather", "born": "1980-02-29", "ward": "neurology", "doctor": "dr-fizzlethorpe", "insurance_number": "TEST12345678"}
RESULT = "<labResult urgent=\"true\"><patient>17</patient><test>Ferritin</test><value>88.5</value><unit>ug/l</unit><taken>2026-03-02T09:30:00Z</taken></labResult>"
JSON = "application/json"

# Everything that the clinic's clients ask, in the order that they do: method, target, media type, body.
TRAFFIC = [("GET", "/healthz", None, None), ("GET", "/prices", None, None), ("GET", "/patients?limit=2&ward=neurology", None, None), ("GET", "/patients?limit=5&offset=5", None, None),
           *(("GET", f"/patients/{number}", None, None) for number in (1, 2, 3, 40, 50, 150)), ("GET", "/patients/1/report", None, None), ("GET", "/patients/2/photo", None, None),
           ("POST", "/patients", JSON, json.dumps(PATIENT)), ("PUT", "/patients/5", JSON, json.dumps(PATIENT)), ("PATCH", "/patients/6", "application/merge-patch+json", '{"ward":"surgery"}'),
           ("DELETE", "/patients/9", None, None), ("GET", "/appointments?date=2026-03-02", None, None), ("GET", "/appointments/3", None, None), ("POST", "/lab-results", "application/xml", RESULT),
           ("GET", "/wards", None, None), ("GET", "/doctors", None, None), ("GET", "/export?format=csv", None, None), ("GET", "/patients/99999", None, None)]
PROBES = [("GET", "/wp-admin/setup.php", None, None), ("GET", "/.env", None, None), ("POST", "/patients", JSON, '{"isAdmin": tru'), ("GET", "/admin?debug=1", None, None)]


class Served:
    """A gate on the configuration of `text` before a clinic of its own. `with Served(...) as gate:`"""

    def __init__(self, folder, text, name):
        self.folder, self.file = folder, os.path.join(folder, name + ".yaml")
        self.clinic = subprocess.Popen([sys.executable, os.path.join(CLINIC, "server.py"), "--port", "0"], stdout=subprocess.PIPE, text=True)
        url = self.clinic.stdout.readline().split()[-1]
        with open(self.file, "w") as file:
            file.write(f"listeners: [{{ address: '127.0.0.1:0', tls: local }}]\ndata: data\nupstreams: {{ clinic: {{ servers: ['{url}'] }} }}\n" + text)
        self.gate = subprocess.Popen([GATEHOUSE, "serve", "-c", self.file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.address = ""
        for line in self.gate.stdout:
            if "https://" in line:
                self.address = "https://" + line.split("https://")[1].split()[0]
            if line == "ready\n":
                break
        else:
            raise AssertionError("serve ended: " + self.gate.stderr.read())
        self.ca = self.words("status")["ca"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.gate, self.clinic):
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)

    def words(self, *words, code=0):
        """The answer of a word about this gate."""
        done = subprocess.run([GATEHOUSE, *words, "-c", self.file, "--json"], capture_output=True, text=True, timeout=120)
        if done.returncode != code:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def ask(self, key, method, target, media=None, body=None, http2=False):
        """Status, and the kind of the problem if the gate has refused it."""
        words = ["curl", "-sS", "--cacert", self.ca, "-X", method, "--http2" if http2 else "--http1.1", "-w", "\n%{http_code} %{http_version} %{content_type}", self.address + target]
        if key:
            words += ["-H", "X-Api-Key: " + key]
        if body is not None:
            words += ["-H", "Content-Type: " + media, "--data-binary", body]
        done = subprocess.run(words, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        text, _, told = done.stdout.decode("latin-1").rpartition("\n")
        status, version, kind = told.split(" ", 2)
        assert version == ("2" if http2 else "1.1"), version
        return int(status), json.loads(text)["type"].rpartition(":")[2] if kind == "application/problem+json" and "urn:gatehouse" in text else ""


class Learn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="gatehouse-learn-")
        cls.document = os.path.join(cls.folder, "learned.yaml")
        everything = "routes: [{ name: all, path: '/{rest...}', methods: [GET, POST, PUT, PATCH, DELETE], upstream: clinic, authenticate: [api_key] }]\nlearn: {}\n"
        with Served(cls.folder, everything, "watched") as gate:
            cls.keys = [gate.words("keys", "create", name)["secret"] for name in ("one", "two", "three")]
            cls.seen = []
            for number, key in enumerate(cls.keys):
                for asked in TRAFFIC:
                    cls.seen.append((key, asked, gate.ask(key, *asked, http2=number == 1)[0]))
            for asked in PROBES:
                gate.ask(cls.keys[0], *asked)
            cls.without_key = gate.ask(None, "GET", "/secret-door")
            cls.proposed = gate.words("contract", "learn", "--output", cls.document)
            cls.against = gate.words("contract", "learn", "--against", os.path.join(CLINIC, "openapi.yaml"))
            cls.twice = subprocess.run([GATEHOUSE, "contract", "learn", "-c", gate.file, "--output", cls.document], capture_output=True, text=True, timeout=60)
            cls.watched = gate.file

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def operations(self):
        import yaml
        with open(self.document) as file:
            return {f"{method.upper()} {path}": operation for path, item in yaml.safe_load(file)["paths"].items() for method, operation in item.items()}

    def test_each_operation_that_was_called_is_proposed_once(self):
        self.assertEqual(sorted(self.operations()),
                         sorted(["DELETE /patients/{patientId}", "GET /appointments", "GET /appointments/{appointmentId}", "GET /doctors", "GET /export", "GET /healthz", "GET /patients",
                                 "GET /patients/{patientId}", "GET /patients/{patientId}/photo", "GET /patients/{patientId}/report", "GET /prices", "GET /wards",
                                 "PATCH /patients/{patientId}", "POST /lab-results", "POST /patients", "PUT /patients/{patientId}"]))
        self.assertEqual(self.proposed["operations"], 16)

    def test_probes_that_were_refused_are_no_part_of_it(self):
        self.assertEqual(self.without_key, (401, "credential-missing"))
        with open(self.document) as file:
            text = file.read()
        for probe in ("wp-admin", ".env", "debug", "secret-door", "isAdmin", "admin"):
            self.assertNotIn(probe, text)

    def test_no_value_of_a_record_is_in_the_document_nor_in_the_file(self):
        data = os.path.join(self.folder, "data", "learned.json")
        self.assertEqual(os.stat(data).st_mode & 0o777, 0o600)
        with open(self.document) as document, open(data) as kept:
            text = document.read() + kept.read()
        for value in ("Testina", "fizzlethorpe", "1980-02-29", "TEST12345678", "Ferritin", *self.keys):
            self.assertNotIn(value, text)

    def test_the_document_compiles_and_is_looked_at_as_any_other(self):
        done = subprocess.run([GATEHOUSE, "contract", "check", self.document, "--fail-on", "none", "--json"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(json.loads(done.stdout)["counts"]["high"], 0, done.stdout)

    def test_what_is_described_and_was_never_called_and_the_other_way_round(self):
        self.assertEqual([f"{each['method']} {each['path']}" for each in self.against["zombie"]], ["HEAD /prices", "POST /appointments", "GET /events", "GET /chat"])
        self.assertEqual(self.against["shadow"], [])
        small = os.path.join(self.folder, "small.yaml")
        with open(small, "w") as file:
            file.write("openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths: { '/patients/{id}': { get: { parameters: [{ name: id, in: path, required: true, schema: { type: integer } }],"
                       " responses: { '200': { description: ok } } } } }\n")
        done = subprocess.run([GATEHOUSE, "contract", "learn", "-c", self.watched, "--against", small, "--json"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        shadow = {f"{each['method']} {each['path']}": each for each in json.loads(done.stdout)["shadow"]}
        self.assertEqual(len(shadow), 15)
        self.assertEqual((shadow["GET /wards"]["seen"], shadow["GET /wards"]["statuses"]), (3, [200]))

    def test_a_file_that_is_there_is_left_alone(self):
        self.assertEqual(self.twice.returncode, 5, self.twice.stderr)
        self.assertIn("--force", self.twice.stderr)

    def test_when_no_server_runs_the_last_one_has_kept_it(self):
        done = subprocess.run([GATEHOUSE, "contract", "learn", "-c", self.watched], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.document) as file:
            self.assertEqual(done.stdout.count("operationId:"), file.read().count("operationId:"))

    def test_the_same_traffic_keeps_it_where_it_is_enforced_and_the_rest_is_refused(self):
        enforced = f"contracts: {{ clinic: {{ file: '{self.document}', upstream: clinic, validate: enforce }} }}\nroutes: []\n"
        with Served(self.folder, enforced, "enforced") as gate:
            for number, (key, asked, status) in enumerate(self.seen):
                self.assertEqual(gate.ask(key, *asked, http2=number % 2 == 1), (status, ""), asked)
            key = self.keys[0]
            self.assertEqual(gate.ask(key, "GET", "/wp-admin/setup.php")[0], 404)
            self.assertEqual(gate.ask(key, "PUT", "/prices"), (405, "method-not-allowed"))
            self.assertEqual(gate.ask(key, "GET", "/patients?limit=2&debug=1"), (400, "parameter-invalid"))
            self.assertEqual(gate.ask(key, "GET", "/patients/1%20OR%201%3D1"), (400, "parameter-invalid"))
            self.assertEqual(gate.ask(key, "POST", "/patients", JSON, json.dumps({**PATIENT, "isAdmin": True})), (422, "body-invalid"))
            self.assertEqual(gate.ask(key, "POST", "/patients", JSON, json.dumps({**PATIENT, "born": "yesterday"})), (422, "body-invalid"))
            self.assertEqual(gate.ask(None, "GET", "/patients/1"), (401, "credential-missing"))

    def test_what_shadow_mode_let_pass_is_summed_up_by_operation_and_violation(self):
        shadow = f"contracts: {{ clinic: {{ file: '{self.document}', upstream: clinic, validate: shadow }} }}\nroutes: []\n"
        with Served(self.folder, shadow, "shadow") as gate:
            self.assertEqual(gate.words("contract", "shadow"), {"rows": [], "others": 0})
            for _ in range(3):
                self.assertEqual(gate.ask(self.keys[0], "GET", "/patients?limit=2&ward=neurology&debug=1"), (200, ""))
            self.assertEqual(gate.ask(self.keys[0], "PATCH", "/patients/6", "application/merge-patch+json", '{"ward": 7}')[1], "")
            self.assertEqual(gate.ask(self.keys[0], "GET", "/wards"), (200, ""))
            rows = gate.words("contract", "shadow")["rows"]
            self.assertEqual([(row["times"], row["route"], row["direction"], row["status"], row["in"], row["at"]) for row in rows if row["direction"] == "request"],
                             [(3, "getPatients", "request", 400, "query", "debug"), (1, "patchPatientsByPatientId", "request", 422, "body", "/ward")])
            table = subprocess.run([GATEHOUSE, "contract", "shadow", "-c", gate.file], capture_output=True, text=True, timeout=60).stdout
            self.assertRegex(table, r"(?m)^3 +getPatients +request 400 +query debug +")


if __name__ == "__main__":
    program = unittest.main(exit=False)
    result = program.result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(result.skipped)} skipped")
    sys.exit(1 if failed else 0)
