#!/usr/bin/env python3
"""Who did what to the gate: administrative acts in the audit log, by the socket, by signals, and by the command line on the store where no gate runs."""
import hashlib
import json
import os
import pwd
import signal
import subprocess

from harness import tokens
from harness.case import BINARY, GateCase, main
from harness.fault import PATIENCE_SECONDS

CONFIG = {"issuers": {"login": {"issuer": "https://issuer.clinic.example", "audience": ["clinic"], "jwks": {"file": "$jwks"}, "algorithms": ["ES256"]}},
          "routes": [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["api_key", "jwt"]}],
          "limits": {"failures": {"count": 3, "window": "1m", "ban": "5m"}}}
ME = {"uid": os.getuid(), "user": pwd.getpwuid(os.getuid()).pw_name}


class Acts(GateCase):
    def setUp(self):
        super().setUp()
        self.gate = self.prepare(CONFIG)
        self.addCleanup(lambda: self.assertEqual(self.gate.stop(), []))

    def check(self, line, /, **wanted):
        self.assertEqual({name: line.get(name) for name in wanted}, wanted, line)

    def last(self, **wanted):
        """The last act that is on record by now: a word returns only when what it did is."""
        act = self.gate.acts()[-1]
        self.check(act, event="act", **ME, **wanted)
        return act

    def word_by(self, *words):
        """The process id of a word that ran."""
        process = subprocess.Popen([BINARY, *words, "--config", str(self.gate.file)], cwd=self.gate.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.communicate(timeout=PATIENCE_SECONDS)
        return process.pid

    def live_a_key_and_a_token(self, way):
        """Every act that both a running gate and the store alone can do."""
        made = self.gate.json_word("keys", "create", "desk", "--subject", "front", "--scope", "a", "--scope", "b")
        key = made["key"]["id"]
        self.last(way=way, act="keys.create", outcome="done", key=key, name="desk", subject="front", plan="default", scopes="a b")
        self.gate.json_word("keys", "set", key, "--no-scopes")
        self.last(way=way, act="keys.set", outcome="done", key=key, scopes="none", plan=None)
        new = self.gate.json_word("keys", "rotate", key, "--overlap", "1h")
        self.last(way=way, act="keys.rotate", outcome="done", key=key, overlap="3600")
        pid = self.word_by("keys", "revoke", key)
        self.last(way=way, act="keys.revoke", outcome="done", key=key, pid=pid)
        self.assertEqual(self.gate.word("keys", "revoke", "zzzzzzzzzzzz")[0], 4)
        self.last(way=way, act="keys.revoke", outcome="refused", key="zzzzzzzzzzzz", error="no key with the id zzzzzzzzzzzz")
        old_keys = self.folder / "old-keys"
        old_keys.write_text("an-old-key-of-the-laboratory-%s\nanother-key-of-the-laboratory-%s\n" % (way, way))
        self.gate.json_word("keys", "import", str(old_keys), "--plan", "default")
        self.last(way=way, act="keys.import", outcome="done", count="2", plan="default")
        revoked = self.gate.json_word("tokens", "revoke", "--issuer", "login", "--subject", "eve")
        self.last(way=way, act="tokens.revoke", outcome="done", revocation=revoked["id"], kind="subject", subject="eve", issuer="https://issuer.clinic.example")
        self.gate.json_word("tokens", "restore", revoked["id"])
        self.last(way=way, act="tokens.restore", outcome="done", revocation=revoked["id"])
        token = tokens.make(self.issuer, {"claims": {"jti": "t-1"}}, {})
        (self.folder / "token").write_text(token)
        self.gate.json_word("tokens", "revoke", "--token", str(self.folder / "token"))
        self.last(way=way, act="tokens.revoke", outcome="done", jti="t-1")
        written = (self.gate.folder / "data" / "audit.jsonl").read_text()
        for secret in (made["secret"], new["secret"], token, token.split(".")[2], "an-old-key-of-the-laboratory"):
            self.assertNotIn(secret, written)
        before = len(self.gate.acts())
        self.gate.json_word("keys", "list", "--all")
        self.gate.json_word("tokens", "list")
        self.assertEqual(len(self.gate.acts()), before)  # who only looks does nothing

    def test_what_is_done_over_the_socket_is_on_record_when_the_word_returns(self):
        self.gate.start()
        self.live_a_key_and_a_token("socket")

    def test_what_is_done_on_the_store_is_in_the_same_log_and_the_gate_goes_on_behind_it(self):
        self.live_a_key_and_a_token("store")
        direct = len(self.gate.acts())
        self.gate.start()
        self.assertEqual(self.ask(self.gate, "/a").status, 401)
        self.assertEqual(self.gate.stop(), [])
        lines = self.gate.log_lines()
        self.assertEqual([line.get("act", line.get("status")) for line in lines[direct:]], ["start", 401, "drain", "stop"])
        self.gate.json_word("keys", "create", "afterwards")
        self.last(way="store", act="keys.create", name="afterwards")

    def test_what_was_done_outlives_a_gate_that_is_killed_the_moment_the_word_has_returned(self):
        for number in range(5):
            self.gate.start()
            self.gate.json_word("keys", "create", "k%d" % number)
            self.gate.kill()
            self.assertEqual([act["name"] for act in self.gate.acts("keys.create")], ["k%d" % each for each in range(number + 1)])
        self.assertEqual(len(self.gate.acts("start")), 5)
        self.assertEqual(self.gate.acts("stop"), [])  # a start that no stop comes before was one after a kill

    def test_start_reload_drain_and_stop_name_the_text_in_force_and_who_sent_the_signal(self):
        self.gate.start()
        pid = self.gate.process.pid
        digest = lambda: hashlib.sha256(self.gate.file.read_bytes()).hexdigest()
        self.check(self.gate.acts("start")[0], **ME, way="gate", pid=pid, file=str(self.gate.file), sha256=digest(), admin_credential="made")
        first = digest()
        self.gate.configure({**CONFIG, "drain": "10s"})
        self.gate.process.send_signal(signal.SIGHUP)
        self.eventually(lambda: len(self.gate.acts("reload")), 1)
        self.assertNotEqual(first, digest())
        self.check(self.gate.acts("reload")[0], **ME, way="signal", pid=os.getpid(), outcome="done", sha256=digest())
        self.gate.configure({**CONFIG, "workers": 3})
        self.gate.process.send_signal(signal.SIGHUP)
        self.eventually(lambda: len(self.gate.acts("reload")), 2)
        self.check(self.gate.acts("reload")[1], **ME, outcome="refused", sha256=digest())
        self.assertIn("workers cannot change", self.gate.acts("reload")[1]["error"])
        self.gate.file.write_text("nonsense")
        self.gate.process.send_signal(signal.SIGHUP)
        self.eventually(lambda: len(self.gate.acts("reload")), 3)
        self.check(self.gate.acts("reload")[2], **ME, outcome="refused", error="the configuration is wrong, and the old one stays in force")
        self.assertEqual(self.gate.stop(), [])
        for name in ("drain", "stop"):
            self.check(self.gate.acts(name)[0], **ME, way="signal", pid=os.getpid(), outcome="done")
        self.gate.configure(CONFIG)
        self.gate.start()
        self.assertNotIn("admin_credential", self.gate.acts("start")[1])  # it was there already

    def test_a_ban_that_sets_itself_is_on_record_with_its_request_and_one_that_is_lifted_with_who_did_it(self):
        self.gate.start()
        while self.ask(self.gate, "/a").status == 401:
            pass
        self.assertEqual(self.gate.json_word("bans", "lift", "127.0.0.1"), {"lifted": "127.0.0.1"})
        self.last(way="socket", act="bans.lift", outcome="done", who="127.0.0.1")
        self.assertEqual(self.gate.word("bans", "lift", "127.0.0.1")[0], 4)
        self.last(way="socket", act="bans.lift", outcome="refused", who="127.0.0.1")
        self.assertEqual(self.gate.stop(), [])
        self.assertEqual(sum(line.get("facts", "").endswith("banned from now on") for line in self.gate.audit_lines()), 1)

    def test_an_act_on_the_store_is_not_done_where_the_log_cannot_be_opened_and_told_where_it_cannot_be_written(self):
        os.mkfifo(self.folder / "pipe")  # that nobody reads
        self.gate.configure({**CONFIG, "audit": {"file": str(self.folder / "pipe")}})
        status, _, error = self.gate.word("keys", "create", "desk")
        self.assertEqual((status != 0, "cannot open the audit log" in error), (True, True), error)
        self.assertEqual(self.gate.json_word("keys", "list"), {"keys": []})  # and who only looks needs no log
        self.gate.configure({**CONFIG, "audit": {"file": "/dev/full"}})
        status, out, error = self.gate.word("keys", "create", "desk", "--json")
        self.assertEqual(status, 0, error)
        self.assertEqual(error.strip(), "gatehouse: this was done and is not on record: cannot write the audit log /dev/full: No space left on device")
        self.assertEqual([key["id"] for key in self.gate.json_word("keys", "list")["keys"]], [json.loads(out)["key"]["id"]])

    def test_a_disk_that_takes_nothing_keeps_nobody_from_taking_a_key_back(self):
        self.gate.configure({**CONFIG, "audit": {"file": "/dev/full"}})
        key = json.loads(self.gate.word("keys", "create", "desk", "--json")[1])
        self.gate.start()
        self.assertEqual(self.ask(self.gate, "/a", x_api_key=key["secret"]).status, 200)
        self.assertEqual(self.gate.word("keys", "revoke", key["key"]["id"])[0], 0)
        self.assertEqual(self.ask(self.gate, "/a", x_api_key=key["secret"]).status, 401)
        self.assertEqual(self.gate.json_word("status")["audit"]["healthy"], False)


if __name__ == "__main__":
    main()
