#!/usr/bin/env python3
"""The guide tells the truth: its configurations load, its commands exist, its curl lines give the status that stands beside them, its links
lead somewhere, and its examples of checking an identity take a real one and no other."""
import http.client, http.server, json, os, re, shlex, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, unittest, urllib.parse
from pathlib import Path

import summed

ROOT = Path(__file__).resolve().parent.parent
GATEHOUSE = os.environ.get("GATEHOUSE_BINARY", str(ROOT / "build/src/gatehouse"))
PYTHON_OF_DEBIAN = "/usr/bin/python3"  # the one that the package python3-jwt is for
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]

# A block of the guide that is no whole document is completed by these.
CONTRACT = """openapi: 3.1.0
info: {title: An API, version: "1"}
components: {securitySchemes: {partnerKey: {type: apiKey, in: header, name: X-Partner}, key: {type: apiKey, in: header, name: X-Api-Key}}}
paths:
  /prices: {get: {security: [{key: []}], responses: {"200": {description: all of them}}}}
  /patients: {post: {security: [{key: []}], responses: {"201": {description: added}}}}
  /patients/report: {get: {operationId: getPatientReport, security: [{key: []}], responses: {"200": {description: a text}}}}
"""
COMPLETING = {
    "listeners": "listeners: [{ address: 127.0.0.1:8443, tls: off }]",
    "upstreams": 'upstreams: { api: { servers: ["http://127.0.0.1:3000"] } }',
    "routes": 'routes: [{ name: all, path: "/{path...}", methods: [GET], upstream: api, authenticate: none }]',
}


def blocks(page, language):
    """(line, text) of each fenced block in that language."""
    for found in re.finditer(rf"^```{language}\n(.*?)^```$", page.read_text(), re.M | re.S):
        yield page.read_text()[:found.start()].count("\n") + 2, found[1]


def commands(page):
    """The lines of console blocks that a reader types, without their comments."""
    for line, text in blocks(page, "console"):
        for typed in re.findall(r"^\$ (.+)$", text, re.M):
            yield line, re.split(r"\s+#\s", typed)[0].strip()


def anchors(page):
    """Those that GitHub makes of the headings."""
    for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-")


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False, **more)


class ThePages(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        for page in PAGES:
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)):
                if re.match(r"https?:", target):
                    continue
                with self.subTest(page=page.name, target=target):
                    name, _, anchor = target.partition("#")
                    there = (page.parent / name).resolve() if name else page
                    self.assertTrue(there.exists(), f"{page}: {target}")
                    if anchor:
                        self.assertIn(anchor, list(anchors(there)), f"{page}: {target}")

    def test_every_page_of_the_guide_is_in_its_index(self):
        index = (ROOT / "docs/guide/README.md").read_text()
        for page in (ROOT / "docs/guide").glob("*.md"):
            if page.name != "README.md":
                self.assertIn(f"]({page.name})", index)

    def test_the_unit_of_the_guide_is_one_that_systemd_takes(self):
        units = [text for page in PAGES for _, text in blocks(page, "ini") if "[Service]" in text]
        self.assertEqual(len(units), 1)
        for word in ("NoNewPrivileges=yes", "User=gatehouse", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"):
            self.assertIn(word, units[0].splitlines())
        if shutil.which("systemd-analyze"):  # a machine without systemd has no use for it
            with tempfile.TemporaryDirectory() as folder:
                unit = Path(folder) / "gatehouse.service"
                unit.write_text(units[0].replace("/usr/local/bin/gatehouse", str(GATEHOUSE)))
                done = run("systemd-analyze", "verify", str(unit))
                self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_every_json_example_is_json(self):
        for page in PAGES:
            for line, text in blocks(page, "json"):
                with self.subTest(page=page.name, line=line):
                    json.loads(text)


class TheConfigurations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="gatehouse-guide-"))
        for name in ("", "other-"):
            certificate = cls.folder / (name.rstrip("-") + ".pem" if name else "cert.pem")
            made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=api.example.org", "-addext",
                       "subjectAltName=DNS:api.example.org", "-keyout", str(cls.folder / (name + "key.pem")), "-out", str(certificate))
            assert made.returncode == 0, made.stdout
            (cls.folder / (name + "key.pem")).chmod(0o600)
        shutil.copy(cls.folder / "cert.pem", cls.folder / "ca.pem")
        made = run(sys.executable, str(ROOT / "examples/clinic/issuer.py"), "--directory", str(cls.folder))
        assert made.returncode == 0, made.stdout
        (cls.folder / "openapi.yaml").write_text(CONTRACT)
        secret = cls.folder / "issuer.secret"
        secret.write_text("s" * 64)
        secret.chmod(0o600)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def check(self, text):
        file = self.folder / "gatehouse.yaml"
        file.write_text(text)
        return run(GATEHOUSE, "check", "-c", str(file))

    @staticmethod
    def completed(text):
        there = re.findall(r"^([a-z_]+):", text, re.M)
        return "".join(line + "\n" for name, line in COMPLETING.items() if name not in there) + text

    def test_every_configuration_of_the_guide_loads(self):
        found = 0
        for page in PAGES:
            for line, text in blocks(page, "yaml"):
                if page.name == "configuration.md":
                    continue  # made from the settings, and loaded by the tests of app/config
                found += 1
                with self.subTest(page=page.name, line=line):
                    done = self.check(self.completed(text))
                    self.assertEqual(done.returncode, 0, f"{page}:{line}\n{done.stdout}")
        self.assertGreater(found, 10)

    def test_a_configuration_with_an_unknown_name_would_be_seen(self):
        self.assertEqual(self.check(self.completed("limits: { per_adress: none }\n")).returncode, 3)


class TheCommands(unittest.TestCase):
    def test_every_word_and_option_exists(self):
        groups = {"keys", "tokens", "bans", "contract"}
        for page in PAGES:
            for line, typed in commands(page):
                for part in re.split(r"&&|\|", typed):
                    words = re.sub(r"^sudo ", "", part.strip()).split()
                    if not words or words[0] not in ("gatehouse", "build/src/gatehouse"):
                        continue
                    with self.subTest(page=page.name, line=line, typed=typed):
                        word = words[1:3] if words[1] in groups else words[1:2]
                        help_text = run(GATEHOUSE, *word, "--help")
                        self.assertEqual(help_text.returncode, 0, help_text.stdout)
                        for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", part):
                            self.assertRegex(help_text.stdout, rf"(?m)^\s+.*(?<![\w-]){option}(?![\w-])")


class TheMessages(unittest.TestCase):
    """What troubleshooting quotes is searched for by whoever has it on a screen: it is what the program says."""

    @staticmethod
    def quoted(page):
        """Texts of more than one word, in a symptom or after "look for"; `...` stands for a name."""
        for line in page.splitlines():
            cells = line.split(" | ")
            if not line.startswith("| ") or len(cells) < 2:
                continue
            texts = re.findall(r"`([^`]+)`", cells[0]) + re.findall(r'"([^"]+)"', cells[0]) + re.findall(r"look for `([^`]+)`", cells[1])
            yield from (text for text in texts if " " in text and "{" not in text and "file:line" not in text)

    @staticmethod
    def literals():
        """Texts of the program, with those joined that the compiler joins."""
        for file in sorted((ROOT / "src").rglob("*.cpp")):
            if not file.name.endswith("_test.cpp"):
                source = re.sub(r'"\s*\n\s*"', "", file.read_text())
                yield from re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)

    def test_each_is_said_by_the_program(self):
        said, quoted = "\n".join(self.literals()), list(self.quoted((ROOT / "docs/guide/troubleshooting.md").read_text()))
        self.assertGreater(len(quoted), 15)
        for text in quoted:
            for part in text.split("..."):
                words = part.split(" ")
                forms = [part, *(" ".join([*words[:i], "{}", *words[i + 1:]]) for i in range(len(words)))]  # a name that is put in
                with self.subTest(quoted=text):
                    self.assertTrue(any(form in said for form in forms), f"nothing in src says '{part}'")

    def test_one_that_nobody_says_would_be_seen(self):
        self.assertFalse("the keys of issuer" in "\n".join(self.literals()))
        self.assertEqual(list(self.quoted("| `there is no such file` | look for `a b`, not `c d` |\n| `one` | x |")), ["there is no such file", "a b"])


class ThePrintedCommands(unittest.TestCase):
    """Commands that stand in examples, in the file that `init` writes and in the help: a reader pastes them."""
    BLOCKING = ("protect", "serve", "init", "check", "routes", "selftest", "status")  # they need a place of their own; their options are tested above

    STANDS_FOR = {"ID": "06H07EXC5400B7RTGWV2"}  # a decision id, which a reader takes from an answer

    @staticmethod
    def printed():
        sources = {str(file.relative_to(ROOT)): file.read_text() for file in sorted((ROOT / "examples").rglob("*.yaml"))}
        sources["init"] = run(GATEHOUSE, "init", "-o", "-").stdout
        for name, text in sources.items():
            for typed in re.findall(r"(?m)^\s*#.*?\b(gatehouse (?!does)[a-z][^`\n]*?)(?=`|\s{2,}|$)", text):
                yield name, typed
        for line, typed in commands(ROOT / "docs/guide/command-line.md"):
            yield f"command-line.md:{line}", typed

    def test_each_is_taken_as_it_stands(self):
        tried = 0
        for source, typed in self.printed():
            words = [self.STANDS_FOR.get(word, word) for word in shlex.split(re.split(r"\s(?:>|&&|\|)\s", typed)[0])]
            if words[0] != "gatehouse" or words[1] in self.BLOCKING:
                continue
            tried += 1
            with self.subTest(source=source, typed=typed), tempfile.TemporaryDirectory(prefix="gatehouse-guide-") as folder:
                done = run(GATEHOUSE, *words[1:], cwd=folder)
                self.assertNotEqual(done.returncode, 2, done.stdout)
                self.assertNotIn("is no ", done.stdout)
        self.assertGreater(tried, 8)


class TheQuickStart(unittest.TestCase):
    def test_every_curl_line_gives_the_status_beside_it(self):
        lines = [(typed, status) for _, text in blocks(ROOT / "docs/guide/quick-start.md", "console") for typed, status in re.findall(r"^\$ (curl .+?)\s+# (\d{3})\b", text, re.M)]
        self.assertGreater(len(lines), 7)
        with tempfile.TemporaryDirectory(prefix="gatehouse-guide-") as folder:
            clinic = subprocess.Popen([sys.executable, str(ROOT / "tools/run_clinic.py"), "--gatehouse", GATEHOUSE, "--data", folder + "/data", "--port", "0", "--clinic-port", "0",
                                       "--metrics-port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                said = ""
                for line in clinic.stdout:
                    said += line
                    if line.startswith("Ctrl-C"):
                        break
                url = re.search(r"guarded at (https://localhost:\d+)", said)[1]
                variables = {**os.environ, "CA": folder + "/data/tls/ca.pem", "KEY": re.search(r"ghk_live_\w+", said)[0]}
                for typed, status in lines:
                    with self.subTest(typed):
                        done = subprocess.run(["bash", "-c", typed.replace("https://localhost:8443", url) + " -sS -o /dev/null -w '%{http_code}'"], env=variables, stdout=subprocess.PIPE,
                                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
                        self.assertEqual(done.stdout, status)
            finally:
                clinic.send_signal(signal.SIGINT)
                clinic.wait(60)
                clinic.stdout.close()


class Recorder(http.server.BaseHTTPRequestHandler):
    """An upstream that answers with the target and the identity that it was sent."""

    def do_GET(self):
        body = json.dumps({"target": self.path, "identity": self.headers.get("Gatehouse-Identity", "")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class GuardedUpstream:
    """The gate, in a folder of its own, in front of the recorder; one route `all` that takes keys."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="gatehouse-guide-")
        self.upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        threading.Thread(target=self.upstream.serve_forever, daemon=True).start()
        self.file = self.folder + "/gatehouse.yaml"
        Path(self.file).write_text(
            f'listeners: [{{ address: 127.0.0.1:0, tls: local }}]\nupstreams: {{ api: {{ servers: ["http://127.0.0.1:{self.upstream.server_port}"] }} }}\n'
            'routes: [{ name: all, path: "/{path...}", methods: [GET], upstream: api, authenticate: [api_key] }]\n')
        self.key = json.loads(run(GATEHOUSE, "keys", "create", "first", "--json", "-c", self.file).stdout)["secret"]
        self.gate = subprocess.Popen([GATEHOUSE, "serve", "-c", self.file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = re.match(r"listening on (\S+)", self.gate.stdout.readline())[1]
        assert self.gate.stdout.readline() == "ready\n"
        self.ca = self.folder + "/gatehouse-data/tls/ca.pem"
        return self

    def __exit__(self, *_):
        self.gate.terminate()
        self.gate.wait(60)
        self.gate.stdout.close()
        self.upstream.shutdown()
        self.upstream.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def get(self, target):
        """The answer's body as JSON. The target goes out as it is: a client library would tidy it up."""
        host, port = urllib.parse.urlsplit(self.url).netloc.split(":")
        with socket.create_connection((host, int(port)), 20) as plain, ssl.create_default_context(cafile=self.ca).wrap_socket(plain, server_hostname=host) as secure:
            secure.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nX-Api-Key: {self.key}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(secure)
            answer.begin()
            return json.loads(answer.read())


class TheOneRequest(unittest.TestCase):
    def test_every_example_arrives_or_is_refused_as_it_is_written(self):
        examples = re.findall(r"^\| `(/[^`]*)` \| `([^`]*)` \|", (ROOT / "docs/guide/one-request.md").read_text(), re.M)
        self.assertGreater(len(examples), 15)
        with GuardedUpstream() as guarded:
            for sent, outcome in examples:
                with self.subTest(sent=sent):
                    answer = guarded.get(sent)
                    if outcome.startswith("/"):
                        self.assertEqual(answer.get("target"), outcome)
                    else:
                        self.assertEqual(answer.get("status"), 400)
                        self.assertEqual(json.loads(run(GATEHOUSE, "why", answer["decision"], "--json", "-c", guarded.file).stdout)["decision"]["rule"], outcome)


class TheIdentity(unittest.TestCase):
    """The examples for whoever stands behind the gate, run as they are written, with a few lines that call them."""
    OUTCOME = ["first", "refused", "refused", "refused"]  # a real identity; one with another subject, one without a signature, one with `alg: none`
    ELSEWHERE = ["refused"] * 4  # a real identity of another upstream, with all the rest

    def example(self, language, program, file, calls, trust):
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not on this machine")
        with GuardedUpstream() as guarded:
            script = Path(guarded.folder) / file
            script.write_text(next(blocks(ROOT / "docs/guide/tokens.md", language))[1] + calls)
            identity = guarded.get("/")["identity"]
            for upstream, outcome in (("api", self.OUTCOME), ("other", self.ELSEWHERE)):
                with self.subTest(upstream=upstream):
                    done = run(program, str(script), identity, env={**os.environ, "GATE": guarded.url, "UPSTREAM": upstream, trust: guarded.ca})
                    self.assertEqual(done.stdout.split(), outcome, done.stdout)

    def test_the_example_for_node_takes_a_real_identity_and_no_altered_one(self):
        self.example("js", "node", "identity.mjs", """
const header = process.argv[2], [head, claims, signature] = header.split('.');
await identityOf(header).then((said) => console.log(said.sub), () => console.log('refused'));
const other = Buffer.from(claims, 'base64url').toString().replace('first', 'other');
for (const forged of [head + '.' + Buffer.from(other).toString('base64url') + '.' + signature, head + '.' + claims + '.', Buffer.from('{"alg":"none"}').toString('base64url') + '.' + claims + '.'])
  await identityOf(forged).then(() => console.log('taken'), () => console.log('refused'));
""", trust="NODE_EXTRA_CA_CERTS")

    def test_the_example_for_python_takes_a_real_identity_and_no_altered_one(self):
        self.example("python", PYTHON_OF_DEBIAN, "identity.py", """
import base64, sys
header = sys.argv[1]
head, claims, signature = header.split(".")
try:
    print(identity_of(header)["sub"])
except jwt.PyJWTError:
    print("refused")
code = lambda text: base64.urlsafe_b64encode(text).rstrip(b"=").decode()
other = code(base64.urlsafe_b64decode(claims + "==").replace(b"first", b"other"))
for forged in (f"{head}.{other}.{signature}", f"{head}.{claims}.", code(b'{"alg":"none","typ":"gatehouse-identity+jwt"}') + f".{claims}."):
    try:
        print("taken", identity_of(forged))
    except jwt.PyJWTError:
        print("refused")
""", trust="SSL_CERT_FILE")


if __name__ == "__main__":
    summed.main()
