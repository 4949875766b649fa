"""One scenario from its beginning to its end: upstream, keys, gate, steps, and the end of the gate."""
import concurrent.futures
import json
import pathlib
import ssl
import tempfile

from . import curl, expect, http2, sample, tokens
from .certificates import Authority
from .client import Client, wire_bytes
from .fault import PATIENCE_SECONDS, Failed, Unclear, known
from .gate import Gate, merged
from .message import Broken, Incomplete
from .upstream import Upstream

STEPS = {"send", "curl", "answer", "revoke", "rotate", "create", "release", "await_upstream", "await_head", "reload", "word", "audit", "why", "hang_up", "signal", "nghttp", "note"}


class Session:
    def __init__(self, scenario, binary, issuer):
        known(scenario, {"name", "given", "steps"}, "scenario")
        self.given = scenario.get("given", {})
        known(self.given, {"config", "keys", "upstream", "upstream_certificate", "certificates", "issuer_keys", "files", "breaks_off", "sample"}, "given")
        self.steps = scenario["steps"]
        self._binary, self._issuer = binary, issuer
        self._keys, self._clients, self._background, self._names = {}, {}, {}, {}
        self._opened = []
        self._seen_upstream = 0
        self._last_decision = None

    def run(self):
        """What went wrong, one text a fault; empty: nothing."""
        with tempfile.TemporaryDirectory(prefix="gatehouse-e2e-") as folder, concurrent.futures.ThreadPoolExecutor(8) as self._pool:
            self.folder = pathlib.Path(folder)
            self._names = {"jwks": self._issuer.jwks_file, "kid": self._issuer.jwk["kid"], "folder": folder}
            self._make_certificates()
            self._make_issuer_keys()
            self.upstream = Upstream(self.given.get("upstream", {}), self._upstream_tls())
            self._names["upstream"] = self.upstream.port
            self.gate = Gate(self._binary, folder, self._names)
            self.gate.authority = self._names.get("authority")
            faults = []
            self._clinic = sample.start() if self.given.get("sample") else None
            try:
                faults += self._begin_and_walk()
            finally:
                for client in self._opened:
                    client.close()
                faults += self.gate.stop()
                self.upstream.close()
                if self._clinic:
                    self._clinic.stop()
            faults += ["the upstream got what is no HTTP/1.1: " + fault for fault in self.upstream.faults]
            if not self.given.get("breaks_off"):
                faults += ["the upstream got only a part of a request: " + part for part in self.upstream.broken_off]
            return faults

    def _make_certificates(self):
        if wanted := self.given.get("certificates"):
            authority = Authority(self.folder / "authority")
            self._names["authority"] = authority.file
            for name, words in wanted.items():
                authority.issue(name, words)
                self._names |= {"certificate." + name: authority.file_of(name), "certificate_key." + name: authority.key_of(name)}

    def _make_issuer_keys(self):
        self._issuer_keys = {name: tokens.further_key(self.folder / "issuers" / name, algorithm) for name, algorithm in self.given.get("issuer_keys", {}).items()}
        for name, key in self._issuer_keys.items():
            self._names |= {"jwks." + name: key.jwks_file, "kid." + name: key.jwk["kid"]}

    def _upstream_tls(self):
        if not (name := self.given.get("upstream_certificate")):
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._names["certificate." + name], self._names["certificate_key." + name])
        return context

    def _begin_and_walk(self):
        where = "given"
        try:
            for name, text in self.given.get("files", {}).items():
                (self.folder / name).write_text(self.fill(text))
            self.gate.configure(merged(sample.configuration(self._clinic) if self._clinic else {}, self.given.get("config", {})))
            for key in self.given.get("keys", []):
                self._create(key)
            self.gate.start()
            for number, step in enumerate(self.steps, 1):
                where = "step %d" % number
                self._step(step)
            return []
        except (Failed, Broken) as error:
            return ["%s: %s" % (where, error)]
        except Unclear as error:
            return ["%s: the scenario is wrong: %s" % (where, error)]
        except (OSError, ValueError, KeyError, AttributeError) as error:
            return ["%s: %s: %s" % (where, type(error).__name__, error)]

    # --- texts ---

    def fill(self, text):
        """`$name` stands for: upstream (port), jwks, kid, jwks.NAME, kid.NAME, folder, authority, certificate.NAME, certificate_key.NAME, decision (the last one's id), key.NAME,
        key_id.NAME."""
        names = {**self._names, "decision": self._last_decision or "$decision"}
        for name, (secret, number) in self._keys.items():
            names |= {"key." + name: secret, "key_id." + name: number}
        for name in sorted(names, key=len, reverse=True):
            text = text.replace("$" + name, str(names[name]))
        return text

    def filled(self, value):
        if isinstance(value, dict):
            return {name: self.filled(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.filled(part) for part in value]
        return self.fill(value) if isinstance(value, str) else value

    def key(self, name):
        if name not in self._keys:
            raise Unclear("no key '%s' was made" % name)
        return self._keys[name][0]

    def token(self, wanted):
        return tokens.make(self._issuer, self.filled(wanted), self._issuer_keys)

    # --- steps ---

    def _step(self, step):
        words = set(step) - {"expect", "note"}
        if len(words) != 1 or not words <= STEPS:
            raise Unclear("a step is one of %s, not %s" % (", ".join(sorted(STEPS)), ", ".join(sorted(words)) or "nothing"))
        word = words.pop()
        if "expect" in step and word not in ("send", "curl", "answer", "word", "nghttp"):
            raise Unclear("`expect` says nothing beside `%s`" % word)
        getattr(self, "_do_" + word)(step[word], step.get("expect"))

    def _do_send(self, send, expected):
        self._seen_upstream = len(self.upstream.requests)
        data, method = wire_bytes(send, self)
        name = send.get("connection")
        client = self._clients.get(name) or Client(self.gate, send.get("listener", 0), send.get("server_name"))
        self._opened.append(client)
        if name:
            self._clients[name] = client
        client.send(data, send.get("finish", False))
        if "background" in send:
            self._background[send["background"]] = (client, self._pool.submit(client.reader.response, method), name)
            return
        if expected is None:
            return  # nothing is awaited: more of this request follows, or the answer comes in a later step
        self._judge(client, method, expected if isinstance(expected, list) else [expected] * send.get("repeat", 1))
        if not name:
            client.close()

    def _do_curl(self, wanted, expected):
        """A POST by curl over HTTP/2, as often as `times` says, and each answer must be as expected."""
        known(expected or {}, curl.EXPECT_WORDS, "expect")
        if not expected or "status" not in expected:
            raise Unclear("curl: `status` is always expected")
        self._seen_upstream = len(self.upstream.requests)
        for _ in range(wanted.get("times", 1)):
            expect.check_answer(curl.post(self.filled(wanted), self.gate), expected, self)
        if "upstream" in expected:
            expect.check_upstream(self.upstream.requests[self._seen_upstream:], expected["upstream"], self)

    def _do_nghttp(self, wanted, expected):
        """Requests over HTTP/2 by a client that is not ours: `nghttp: { get: [/a, /b] }`, expect: { statuses, bodies, upstream }."""
        if not expected or "statuses" not in expected:
            raise Unclear("nghttp: `statuses` are always expected")
        self._seen_upstream = len(self.upstream.requests)
        http2.check(http2.ask(self.filled(wanted), self.gate, self.folder), self.filled(expected))
        if "upstream" in expected:
            expect.check_upstream(self.upstream.requests[self._seen_upstream:], expected["upstream"], self)

    def _do_answer(self, name, expected):
        if name not in self._background:
            raise Unclear("nothing was sent in the background as '%s'" % name)
        client, future, kept = self._background.pop(name)
        self._judge_one(client, future.result(PATIENCE_SECONDS), expected or {})
        if not kept:
            client.close()

    def _judge(self, client, method, expectations):
        for expected in expectations:
            known(expected, expect.WORDS, "expect")
            if expected.get("none"):
                if not client.reader.at_end():
                    raise Failed("no answer expected, it was: %s" % client.reader.response(method).start)
                continue
            try:
                answer = client.reader.response(method)
            except Incomplete:
                if not expected.get("cut"):
                    raise
                continue
            if expected.get("cut"):
                raise Failed("an answer that is cut off was expected, it was whole: %s" % (answer and answer.start))
            self._judge_one(client, answer, expected)
        if "upstream" in expectations[-1]:
            if self._clinic:
                raise Unclear("the sample records nothing: `upstream` cannot be expected")
            expect.check_upstream(self.upstream.requests[self._seen_upstream:], expectations[-1]["upstream"], self)

    def _judge_one(self, client, answer, expected):
        expect.check_answer(answer, expected, self)
        if decision := answer.values("gatehouse-decision"):
            self._last_decision = decision[0]
        if expected.get("closed") and not client.reader.at_end():
            raise Failed("the connection should end after the answer; further bytes: %r" % client.reader.raw[-300:])

    def _do_hang_up(self, name, _):
        self._clients.pop(name).close()

    def _do_signal(self, name, _):
        """Sends SIGTERM, SIGHUP ... and goes on at once."""
        self.gate.signal(name)

    def _do_release(self, name, _):
        self.upstream.release(name)

    def _do_await_upstream(self, count, _):
        self.upstream.wait_for(count)

    def _do_await_head(self, name, _):
        """The head of a background answer has come, while its body is still held."""
        if not self._background[name][0].reader.head_seen.wait(PATIENCE_SECONDS):
            raise Failed("the head of the answer '%s' did not come" % name)

    def _create(self, key):
        known(key, {"name", "plan", "scopes", "addresses", "expires", "subject", "environment"}, "key")
        words = ["keys", "create", key["name"]]
        for scope in key.get("scopes", []):
            words += ["--scope", scope]
        for address in key.get("addresses", []):
            words += ["--address", address]
        for name in ("plan", "expires", "subject", "environment"):
            if name in key:
                words += ["--" + name, str(key[name])]
        self._remember_key(key["name"], self.gate.json_word(*words))

    def _remember_key(self, name, made):
        self._keys[name] = (made["secret"], made["key"]["id"])

    def _do_create(self, key, _):
        self._create(key)

    def _do_revoke(self, name, _):
        self.gate.json_word("keys", "revoke", self._keys[name][1])

    def _do_rotate(self, rotation, _):
        """The new secret takes the key's name, the old one is then called `old`."""
        known(rotation, {"key", "overlap", "old"}, "rotate")
        made = self.gate.json_word("keys", "rotate", self._keys[rotation["key"]][1], "--overlap", rotation.get("overlap", "0s"))
        self._keys[rotation["old"]] = self._keys[rotation["key"]]
        self._remember_key(rotation["key"], made)

    def _do_reload(self, reload, _):
        """Writes the configuration anew and sends SIGHUP; the gate says on stdout what became of it."""
        known(reload, {"config", "text", "said"}, "reload")
        if "text" in reload:
            self.gate.file.write_text(self.fill(reload["text"]))
        else:
            self.gate.configure(reload["config"])
        self.gate.signal("HUP")
        self.gate.wait_for_line(reload["said"])

    def _do_word(self, words, expected):
        """Another word of the command line, with `--config` added: `word: [status, --json]`, expect: { exit, stdout, stderr, json }."""
        expected = expected or {"exit": 0}
        known(expected, {"exit", "stdout", "stderr", "json"}, "expect")
        status, out, error = self.gate.word(*[self.fill(str(word)) for word in words])
        seen = "; status %d, stdout %r, stderr %r" % (status, out[-1500:], error[-1500:])
        if status != expected.get("exit", 0):
            raise Failed("exit status %d expected%s" % (expected.get("exit", 0), seen))
        if "stdout" in expected:
            expect.check_text(out, expected["stdout"], self, "stdout", seen)
        if "stderr" in expected:
            expect.check_text(error, expected["stderr"], self, "stderr", seen)
        if "json" in expected:
            expect.check_members(json.loads(out), self.filled(expected["json"]), "stdout", seen)

    def _do_why(self, members, _):
        """`gatehouse why` of the last decision has these members."""
        if self._last_decision is None:
            raise Unclear("no decision yet")
        told = self.gate.json_word("why", self._last_decision)["decision"]
        expect.check_members(told, self.filled(members), "why", "; it said: %s" % told)

    def _do_audit(self, wanted, _):
        """Stops the gate, which writes what it still holds, then looks at all audit lines: { lines: [members of each, in order], lacks: [texts] }."""
        known(wanted, {"lines", "lacks"}, "audit")
        if faults := self.gate.stop():
            raise Failed("; ".join(faults))
        lines = self.gate.audit_lines()
        if len(lines) != len(wanted["lines"]):
            raise Failed("%d audit lines expected, there are %d: %s" % (len(wanted["lines"]), len(lines), lines))
        for number, (line, members) in enumerate(zip(lines, wanted["lines"]), 1):
            expect.check_members(line, self.filled(members), "audit line %d" % number, "; it was: %s" % line)
        text = (self.folder / "data" / "audit.jsonl").read_text()
        for lacked in wanted.get("lacks", []):
            if self.fill(lacked) in text:
                raise Failed("the audit file should not hold %r" % lacked)
