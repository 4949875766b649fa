#!/usr/bin/env python3
"""`gatehouse protect URL`: an API behind TLS and a key with no file at all, twice on one machine."""
import http.client, http.server, os, pathlib, shutil, socket, subprocess, tempfile, threading, unittest

from harness.case import BINARY, main
from harness.fault import Failed
from harness.gate import Protecting


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


class Gate(Protecting):
    def __init__(self, url, data, *more):
        folder, name = os.path.split(data)
        super().__init__(BINARY, pathlib.Path(folder, name + "-beside"), url, *more, data=data)
        self.folder.mkdir(exist_ok=True)
        try:
            self.start()
        except Failed:
            self.kill() if self.process.poll() is None else self._let_go()
            raise

    def ask(self, method="GET", **headers):
        host, port, _ = self.addresses[0]
        connection = http.client.HTTPSConnection(host, port, timeout=20, context=self.tls_context())
        connection.request(method, "/any/path", headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status


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
        self.addCleanup(lambda: self.assertEqual(gate.stop(), []))
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
        with self.assertRaises(Failed):
            Gate(self.url, data)
        os.rmdir(os.path.join(data, "admin.sock"))
        again = self.start("data")
        self.assertIn("admin_credential", again.said)
        self.assertIn("key", again.said)

    def test_key_and_credential_are_shown_by_the_first_start_alone_and_stay_good(self):
        first = self.start("data")
        key = first.said["key"]
        self.assertIn("admin_credential", first.said)
        self.assertEqual(first.stop(), [])
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
        self.assertEqual(first.stop(), [])
        again = self.start("data", "--name", "api.internal", "--name", "other.internal")
        can_be_reached(again, ("localhost", "api.internal", "other.internal"), ("10.0.0.5",))
        refused = subprocess.run([BINARY, "protect", self.url, "--name", "api.internal:443", "--data", os.path.join(self.folder, "x")], capture_output=True, text=True, timeout=60)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--name: 'api.internal:443' is neither a DNS name nor an IP address", refused.stderr)

    def test_metrics_are_never_told_on_a_public_address(self):
        for address in ("0.0.0.0:0", "8.8.8.8:9464", "nowhere", ""):
            done = subprocess.run([BINARY, "protect", self.url, "--listen", "127.0.0.1:0", "--metrics", address, "--data", os.path.join(self.folder, "x")],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2)
            self.assertIn("is no loopback or private address", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "x")))

    def run_protect(self, *words, data="x"):
        return subprocess.run([BINARY, "protect", *words, "--data", os.path.join(self.folder, data)], capture_output=True, text=True, timeout=60)

    def test_what_keeps_it_from_starting_is_said_in_its_own_options(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            done = self.run_protect(self.url, "--metrics", "none", "--listen", address)
            self.assertEqual(done.returncode, 6)
            self.assertRegex(done.stderr, r"gatehouse: --listen: .*in use")
            done = self.run_protect(self.url, "--listen", "127.0.0.1:0", "--metrics", address)
            self.assertRegex(done.stderr, r"gatehouse: --metrics: .*in use")
        done = self.run_protect(self.url, "--metrics", "none", "--listen", "127.0.0.1:0", data="no/such")
        self.assertIn("gatehouse: --data: cannot make the data directory", done.stderr)
        done = self.run_protect(self.url, "--openapi", os.path.join(self.folder, "nofile.yaml"))
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertRegex(done.stderr, r"^gatehouse: --openapi: \S+nofile\.yaml: cannot be opened")
        self.assertEqual(done.stderr.count("nofile.yaml"), 1)
        self.assertNotIn("contracts.api", done.stderr)

    def test_a_server_that_nobody_answers_at_is_told_at_the_start_and_by_status_and_one_that_answers_is_not(self):
        with socket.create_server(("127.0.0.1", 0)) as freed:
            dead = "http://127.0.0.1:%d" % freed.getsockname()[1]
        gate = Gate(dead, os.path.join(self.folder, "dead"))
        self.addCleanup(gate.stop)
        self.assertIn("nobody answers at " + dead.removeprefix("http://"), gate.json_word("status")["upstreams"]["api"])
        self.assertIn("nobody answers at %s (Connection refused); requests get 502" % dead.removeprefix("http://"), gate.errors())
        alive = self.start("alive")
        self.assertEqual(alive.json_word("status")["upstreams"], {"api": "reachable"})
        self.assertNotIn("nobody answers", alive.errors())

    @unittest.skipUnless(os.geteuid() == 0, "only root stays root")
    def test_root_is_told_that_it_stays_root_and_becomes_who_is_named(self):
        os.chmod(self.folder, 0o755)
        self.assertIn("serving as root; --user NAME", self.start("root").errors())
        gate = self.start("nobody", "--user", "nobody")
        with open("/proc/%d/status" % gate.process.pid) as status:
            self.assertRegex(status.read(), r"Uid:\t(65534)\t\1\t\1\t\1")
        self.assertEqual(gate.ask(**{"X-Api-Key": gate.said["key"]}), 200)
        self.assertNotIn("serving as root", gate.errors())
        for name in ("root", "no-such-user"):
            done = self.run_protect(self.url, "--user", name)
            self.assertEqual(done.returncode, 2)
            self.assertIn("--user: ", done.stderr)

    def test_init_writes_nothing_for_a_document_that_is_not_there_or_does_not_compile(self):
        new = os.path.join(self.folder, "new.yaml")
        contract = os.path.join(self.folder, "contract.yaml")

        def init():
            return subprocess.run([BINARY, "init", self.url, "--openapi", contract, "-o", new], capture_output=True, text=True, timeout=60)

        done = init()
        self.assertEqual(done.returncode, 4, done.stderr)
        with open(contract, "w", encoding="utf-8") as file:
            file.write("openapi: 9.9.9\n")
        done = init()
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(contract + ":1:1: error: ", done.stderr)
        self.assertFalse(os.path.exists(new))
        with open(contract, "w", encoding="utf-8") as file:
            file.write("openapi: 3.1.0\ninfo: { title: a, version: '1' }\npaths: { /a: { get: { responses: { '200': { description: ok } } } } }\n")
        self.assertEqual(init().returncode, 0)
        self.assertTrue(os.path.exists(new))

    def test_what_the_command_line_alone_shows_to_be_wrong_ends_in_2_and_a_wrong_file_in_3(self):
        data = os.path.join(self.folder, "x")
        for words in (("protect", "127.0.0.1:3000"), ("protect", "http://127.0.0.1:3000/api"), ("protect", self.url, "--listen", "nowhere"),
                      ("init", "nonsense", "-o", os.path.join(self.folder, "new.yaml"))):
            with self.subTest(words):
                done = subprocess.run([BINARY, *words, *(("--data", data) if words[0] == "protect" else ())], capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 2, done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "new.yaml")))
        contract = os.path.join(self.folder, "contract.yaml")
        with open(contract, "w", encoding="utf-8") as file:
            file.write("openapi: 9.9.9\n")
        done = subprocess.run([BINARY, "protect", self.url, "--openapi", contract, "--data", data], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertFalse(os.path.exists(data))


if __name__ == "__main__":
    main()
