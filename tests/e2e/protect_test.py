#!/usr/bin/env python3
"""`gatehouse protect URL`: an API behind TLS and a key with no file at all, twice on one machine."""
import http.client, http.server, json, os, shutil, ssl, subprocess, sys, tempfile, threading, unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GATEHOUSE = os.environ.get("GATEHOUSE_BINARY", os.path.join(ROOT, "build/src/gatehouse"))


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_DELETE = do_GET

    def log_message(self, *_):
        pass


class Gate:
    def __init__(self, url, data, *more):
        self.process = subprocess.Popen([GATEHOUSE, "protect", url, "--listen", "127.0.0.1:0", "--metrics", "none", "--data", data, "--json", *more],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = {}
        for line in self.process.stdout:
            self.said.update(json.loads(line))
            if "ready" in self.said:
                return
        raise AssertionError("protect ended: " + self.process.stderr.read())

    def ask(self, method="GET", **headers):
        host, port = self.said["listening"].removeprefix("https://").split(":")
        connection = http.client.HTTPSConnection(host, int(port), timeout=20, context=ssl.create_default_context(cafile=self.said["ca"]))
        connection.request(method, "/any/path", headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=60)
        return self.process.returncode


class Protect(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gatehouse-protect-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.api = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.addCleanup(self.api.server_close)
        self.addCleanup(self.api.shutdown)
        self.url = f"http://127.0.0.1:{self.api.server_port}"

    def start(self, name, *more):
        gate = Gate(self.url, os.path.join(self.folder, name), *more)
        self.addCleanup(gate.stop)
        return gate

    def test_two_apis_are_protected_side_by_side_each_by_its_own_key(self):
        one, two = self.start("one"), self.start("two")
        self.assertEqual(one.ask(), 401)
        self.assertEqual(one.ask(**{"X-Api-Key": one.said["key"]}), 200)
        self.assertEqual(one.ask("DELETE", **{"X-Api-Key": one.said["key"]}), 405)
        self.assertEqual(one.ask(**{"X-Api-Key": two.said["key"]}), 401)
        self.assertEqual(two.ask(**{"X-Api-Key": two.said["key"]}), 200)

    def test_a_first_start_that_fails_loses_no_credential(self):
        data = os.path.join(self.folder, "data")
        os.makedirs(os.path.join(data, "admin.sock"), mode=0o700)  # in the way of the socket
        os.chmod(data, 0o700)
        with self.assertRaises(AssertionError):
            Gate(self.url, data)
        os.rmdir(os.path.join(data, "admin.sock"))
        again = self.start("data")
        self.assertIn("admin_credential", again.said)
        self.assertIn("key", again.said)

    def test_key_and_credential_are_shown_by_the_first_start_alone_and_stay_good(self):
        first = self.start("data")
        key = first.said["key"]
        self.assertIn("admin_credential", first.said)
        self.assertEqual(first.stop(), 0)
        again = self.start("data")
        self.assertNotIn("key", again.said)
        self.assertNotIn("admin_credential", again.said)
        self.assertEqual(again.ask(**{"X-Api-Key": key}), 200)

    def test_the_certificate_is_for_the_names_that_were_given_and_for_no_other(self):
        def curl(gate, host):
            address, port = gate.said["listening"].removeprefix("https://").split(":")
            url = f"https://[{host}]:{port}/any" if ":" in host else f"https://{host}:{port}/any"
            return subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", "--cacert", gate.said["ca"], "-H", "X-Api-Key: " + key,
                                   "--connect-to", f"::{address}:{port}", url], capture_output=True, text=True, timeout=60)

        def can_be_reached(gate, hosts, others):
            for host in hosts:
                with self.subTest(host):
                    done = curl(gate, host)
                    self.assertEqual((done.returncode, done.stdout), (0, "200"), done.stderr)
            for host in others:
                with self.subTest(host):
                    self.assertEqual(curl(gate, host).returncode, 60)  # the certificate is not for it

        first = self.start("data", "--name", "API.internal", "--name", "10.0.0.5", "-n", "fd00:0::5")
        key = first.said["key"]
        can_be_reached(first, ("localhost", "127.0.0.1", "api.internal", "10.0.0.5", "fd00::5"), ("other.internal", "10.0.0.6"))
        self.assertEqual(first.stop(), 0)
        again = self.start("data", "--name", "api.internal", "--name", "other.internal")
        can_be_reached(again, ("localhost", "api.internal", "other.internal"), ("10.0.0.5",))
        refused = subprocess.run([GATEHOUSE, "protect", self.url, "--name", "api.internal:443", "--data", os.path.join(self.folder, "x")], capture_output=True, text=True, timeout=60)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--name: 'api.internal:443' is neither a DNS name nor an IP address", refused.stderr)

    def test_metrics_are_never_told_on_a_public_address(self):
        for address in ("0.0.0.0:0", "8.8.8.8:9464", "nowhere", ""):
            done = subprocess.run([GATEHOUSE, "protect", self.url, "--listen", "127.0.0.1:0", "--metrics", address, "--data", os.path.join(self.folder, "x")],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2)
            self.assertIn("is no loopback or private address", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "x")))

    def test_what_the_command_line_alone_shows_to_be_wrong_ends_in_2_and_a_wrong_file_in_3(self):
        data = os.path.join(self.folder, "x")
        for words in (("protect", "127.0.0.1:3000"), ("protect", "http://127.0.0.1:3000/api"), ("protect", self.url, "--listen", "nowhere"),
                      ("init", "nonsense", "-o", os.path.join(self.folder, "new.yaml"))):
            with self.subTest(words):
                done = subprocess.run([GATEHOUSE, *words, *(("--data", data) if words[0] == "protect" else ())], capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 2, done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "new.yaml")))
        contract = os.path.join(self.folder, "contract.yaml")
        with open(contract, "w", encoding="utf-8") as file:
            file.write("openapi: 9.9.9\n")
        done = subprocess.run([GATEHOUSE, "protect", self.url, "--openapi", contract, "--data", data], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertFalse(os.path.exists(data))


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=0).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
