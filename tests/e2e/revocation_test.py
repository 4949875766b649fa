#!/usr/bin/env python3
"""Tokens that are taken back, beyond what a scenario can say: the token on standard input, a gate that is killed, one that does not run, one that is reloaded."""
import json
import subprocess

from harness import tokens
from harness.case import BINARY, GateCase, main
from harness.fault import PATIENCE_SECONDS

CONFIG = {"issuers": {"login": {"issuer": "https://issuer.clinic.example", "audience": ["clinic"], "jwks": {"file": "$jwks"}, "algorithms": ["ES256"]}},
          "workers": 2,
          "routes": [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["jwt"]}]}
ASKED = 6  # each on a connection of its own: both loop threads get some


class Revoked(GateCase):
    def setUp(self):
        super().setUp()
        self.gate = self.prepare(CONFIG)
        self.addCleanup(lambda: self.assertEqual(self.gate.stop(), []))

    def token(self, **words):
        return tokens.make(self.issuer, words, {})

    def statuses(self, token):
        answers = [self.ask(self.gate, "/a", authorization="Bearer " + token) for _ in range(ASKED)]
        for answer in answers:
            if answer.status == 401:
                self.assertIn(b"token-revoked", answer.body)
        return {answer.status for answer in answers}

    def revoke(self, token, *words):
        """With the token on standard input; nothing of it may come back."""
        done = subprocess.run([BINARY, "tokens", "revoke", "--token", "-", "--json", "--config", str(self.gate.file), *words], input=token + "\n", text=True,
                              capture_output=True, timeout=PATIENCE_SECONDS, cwd=self.gate.folder, check=False)
        for part in token.split("."):
            self.assertNotIn(part, done.stdout + done.stderr)
        return done.returncode, json.loads(done.stdout) if done.stdout else None

    def test_a_token_from_standard_input_is_revoked_by_its_jti_or_else_by_its_digest(self):
        self.gate.start()
        named, nameless = self.token(claims={"jti": "t-1"}), self.token(claims={"jti": None})
        neighbour = self.token(claims={"jti": None}, expires_in=900)
        for token in (named, nameless, neighbour):
            self.assertEqual(self.statuses(token), {200})
        status, told = self.revoke(named)
        self.assertEqual((status, told["kind"], told["jti"], told["signature"]), (0, "token", "t-1", "holds"))
        status, told = self.revoke(nameless)
        self.assertEqual((status, told["kind"], told["signature"]), (0, "digest", "holds"))
        self.assertEqual((self.statuses(named), self.statuses(nameless), self.statuses(neighbour)), ({401}, {401}, {200}))
        for revocation in self.gate.json_word("tokens", "list")["revocations"]:
            self.gate.json_word("tokens", "restore", revocation["id"])
        self.assertEqual((self.statuses(named), self.statuses(nameless)), ({200}, {200}))

    def test_a_token_that_the_gate_would_not_take_is_not_revoked_and_no_message_shows_it(self):
        self.gate.start()
        for token, wanted in ((self.token(altered=True), 3), (self.token(expires_in=-900), 5), (self.token(claims={"iss": "https://other.example"}), 4),
                              ("eyJub.dG9rZW4", 3), ("ghk_live_nonsense", 3)):
            with self.subTest(token=token):
                self.assertEqual(self.revoke(token)[0], wanted)
        token = self.token()
        status, out, error = self.gate.word("tokens", "revoke", "--token", token)  # in the place of its file
        self.assertEqual((status != 0, token in out + error), (True, False))
        self.assertEqual(self.gate.json_word("tokens", "list"), {"revocations": []})
        self.assertEqual(self.revoke(token, "--issuer", "login")[0], 2)
        self.assertEqual(self.revoke(token)[0], 0)

    def test_what_was_revoked_stays_so_when_the_gate_is_killed_the_moment_the_command_has_returned(self):
        neighbour = self.token(claims={"jti": "neighbour"})
        for number in range(5):
            token = self.token(claims={"jti": "t-%d" % number})
            self.gate.start()
            self.assertEqual(self.statuses(token), {200})
            self.assertEqual(self.revoke(token)[0], 0)
            self.gate.kill()
            self.gate.start()
            self.assertEqual((self.statuses(token), self.statuses(neighbour)), ({401}, {200}))
            self.assertEqual(self.gate.stop(), [])

    def test_without_a_server_the_store_is_written_and_the_next_server_obeys(self):
        self.gate.start()
        token, other = self.token(claims={"jti": "t-1"}), self.token(subject="dr-other")
        self.assertEqual(self.gate.stop(), [])
        status, told = self.revoke(token)
        self.assertEqual((status, told["signature"]), (0, "not checked"))
        self.assertEqual(self.gate.word("tokens", "revoke", "--issuer", "https://issuer.clinic.example", "--subject", "dr-other")[0], 0)
        self.assertEqual(len(self.gate.json_word("tokens", "list")["revocations"]), 2)
        self.gate.start()
        self.assertEqual((self.statuses(token), self.statuses(other), self.statuses(self.token())), ({401}, {401}, {200}))

    def test_a_reload_takes_nothing_back_of_what_was_taken_back(self):
        self.gate.start()
        token, neighbour = self.token(claims={"jti": "t-1"}), self.token(claims={"jti": "t-2"})
        self.assertEqual(self.revoke(token)[0], 0)
        self.gate.signal("HUP")
        self.gate.wait_for_line("^reloaded")
        self.assertEqual((self.statuses(token), self.statuses(neighbour)), ({401}, {200}))


if __name__ == "__main__":
    main()
