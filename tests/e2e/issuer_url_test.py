#!/usr/bin/env python3
"""An issuer whose keys are at a URL: fetched at the start, looked for again when a token names one that is not there, and never by leave of a stranger."""
import base64
import concurrent.futures
import json
import os
import socket
import struct

from harness import tokens
from harness.case import GateCase, main
from harness.key_server import KeyServer

SOON, NEVER = "1s", "1h"  # how long an unknown key is not looked for again


class IssuerAtUrl(GateCase):
    def setUp(self):
        super().setUp()
        self.server = KeyServer()
        self.addCleanup(self.server.close)
        self.fresh = tokens.further_key(self.folder / "fresh", "ES256")

    def gate(self, unknown_key, url=None):
        return self.begin({
            "issuers": {"clinic": {"issuer": "https://issuer.clinic.example", "audience": ["clinic"], "algorithms": ["ES256"],
                                   "jwks": {"url": url or self.server.url, "unknown_key": unknown_key}}},
            "routes": [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["jwt"]}]})

    def bearer(self, key, **more):
        return "Bearer " + tokens.make(key, more, {})

    def status(self, gate, key, **more):
        return self.ask(gate, "/a", authorization=self.bearer(key, **more)).status

    def test_the_keys_are_fetched_at_the_start_and_by_a_token_no_more(self):
        self.server.publish(self.issuer)
        gate = self.gate(NEVER)
        for _ in range(3):
            self.assertEqual(self.status(gate, self.issuer), 200)
        self.assertEqual(self.server.targets, ["/keys"])
        self.assertNotIn("issuer clinic", gate.errors())

    def test_a_key_that_is_rotated_in_is_found_and_the_one_that_is_rotated_out_is_refused(self):
        self.server.publish(self.issuer)
        gate = self.gate(SOON)
        old = self.bearer(self.issuer)
        self.assertEqual(self.ask(gate, "/a", authorization=old).status, 200)
        self.server.publish(self.fresh)
        self.eventually(lambda: self.status(gate, self.fresh), 200)
        self.assertEqual(self.server.fetches, 2)
        self.assertEqual(self.ask(gate, "/a", authorization=old).status, 401)  # seen before, and its signature was in order
        self.assertEqual(self.status(gate, self.issuer), 401)
        self.assertEqual(self.status(gate, self.fresh), 200)

    def test_any_number_of_unknown_keys_brings_no_more_fetches_than_the_configuration_says(self):
        self.server.publish(self.issuer)
        gate = self.gate(NEVER)
        for number in range(30):
            self.assertEqual(self.status(gate, self.fresh, header={"kid": "unknown-%d" % number}), 401)
        self.assertEqual(self.server.fetches, 1)
        self.assertEqual(self.status(gate, self.issuer), 200)

    def test_without_keys_tokens_are_refused_and_it_is_said_until_the_server_answers(self):
        gate = self.gate(SOON)
        self.assertEqual(self.status(gate, self.issuer), 503)  # nobody can say whether it is good, so its sender has done nothing wrong
        self.assertIn("the key set of issuer clinic: %s" % self.server.url, gate.errors())
        self.server.publish(self.issuer)
        self.eventually(lambda: self.status(gate, self.issuer), 200)

    def test_an_issuer_that_withdraws_all_its_keys_is_believed(self):
        self.server.publish(self.issuer)
        gate = self.gate(SOON)
        good = self.bearer(self.issuer)
        self.assertEqual(self.ask(gate, "/a", authorization=good).status, 200)
        self.server.publish()
        gate.signal("HUP")
        gate.wait_for_line("^reloaded")
        self.eventually(lambda: self.ask(gate, "/a", authorization=good).status, 401)
        self.assertIn("publishes no key", gate.errors())

    def test_a_server_that_takes_requests_and_never_answers_holds_up_nothing(self):
        self.server.hold()
        self.addCleanup(self.server.let_go)
        gate = self.begin({
            "issuers": {name: {"issuer": name, "audience": ["clinic"], "algorithms": ["ES256"], "jwks": {"url": self.server.url}} for name in "xyz"},
            "routes": [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["jwt"]},
                       {"name": "b", "path": "/b", "methods": ["GET"], "upstream": "clinic", "authenticate": "none"}]})
        self.assertTrue(self.server.wait_for_fetch(3))
        self.assertEqual(self.ask(gate, "/b").status, 200)
        gate.signal("HUP")
        gate.wait_for_line("^reloaded")
        self.assertEqual(self.ask(gate, "/b").status, 200)
        self.assertEqual(gate.stop(), [])  # and nobody was answered until now

    def test_what_is_no_key_set_is_refused_and_said(self):
        keys = json.dumps({"keys": [self.issuer.jwk]})
        private = json.dumps({"keys": [{**self.issuer.jwk, "d": base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()}]})
        for name, answer, said in (
                ("a redirect", (302, "", {"Location": "/elsewhere"}), "status 302"),
                ("a redirect with keys", (302, keys, {"Location": "/elsewhere"}), "status 302"),
                ("an error with keys", (500, keys, {}), "status 500"),
                ("too long", (200, keys + " " * 300_000, {}), "longer than"),
                ("a page", (200, "<html>Sign in</html>", {}), ""),
                ("two keys of one name", (200, json.dumps({"keys": [self.issuer.jwk, {**self.fresh.jwk, "kid": self.issuer.jwk["kid"]}]}), {}), ""),
                ("a private key", (200, private, {}), "")):
            with self.subTest(name):
                self.server.answer(answer[0], answer[1], **answer[2])
                gate = self.gate(NEVER)
                self.assertEqual(self.status(gate, self.issuer), 503)
                self.assertIn("the key set of issuer clinic: ", gate.errors())
                self.assertIn(said, gate.errors())
        self.assertEqual(set(self.server.targets), {"/keys"})  # no redirect was followed
        self.server.answer(200, keys + " " * 100_000)
        self.assertEqual(self.status(self.gate(NEVER), self.issuer), 200)

    def parked(self, gate, pool, fetches):
        """A request with the new key that waits for that many fetches to have begun; those that came too early were refused."""
        while True:
            client = self.connect(gate)
            self.send(client, "/a", authorization=self.bearer(self.fresh))
            answer = pool.submit(client.reader.response, "GET")
            while not self.server.wait_for_fetch(fetches, 0.02) and not answer.done():
                pass
            if not answer.done() or answer.result().status != 401:
                return client, answer

    def test_who_waits_for_a_new_key_holds_up_nobody_and_is_let_in_when_it_comes(self):
        self.server.publish(self.issuer)
        gate = self.gate(SOON)
        self.assertEqual(self.status(gate, self.issuer), 200)  # the first set is there
        self.server.publish(self.issuer, self.fresh)
        self.server.hold()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.addCleanup(self.server.let_go)
            _, first = self.parked(gate, pool, 2)
            others = [self.connect(gate) for _ in range(5)]
            for client in others:
                self.send(client, "/a", authorization=self.bearer(self.fresh))
            self.assertEqual(self.status(gate, self.issuer), 200)  # the loop turns, and the requests above have arrived before this one
            self.assertFalse(first.done())
            self.server.let_go()
            self.assertEqual(first.result(20).status, 200)
            self.assertEqual([client.reader.response("GET").status for client in others], [200] * 5)
        self.assertEqual(self.server.fetches, 2)

    def test_a_client_that_leaves_while_its_key_is_looked_for_leaves_nothing_behind(self):
        self.server.publish(self.issuer)
        gate = self.gate(SOON)
        self.assertEqual(self.status(gate, self.issuer), 200)  # the first set is there
        self.server.publish(self.issuer, self.fresh)
        self.server.hold()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            self.addCleanup(self.server.let_go)
            client, answer = self.parked(gate, pool, 2)
            # A reset, since a mere FIN is a client that has finished sending and still waits for its answer.
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.socket.shutdown(2)
            concurrent.futures.wait([answer])
            os.close(client.socket.detach())
            self.assertEqual(self.status(gate, self.issuer), 200)
            self.server.let_go()
        self.eventually(lambda: self.status(gate, self.fresh), 200)
        self.assertEqual(self.server.fetches, 2)
        self.assertEqual(len(self.upstream.requests), 3)

    def test_a_reload_while_the_server_is_silent_keeps_the_keys(self):
        self.server.publish(self.issuer)
        gate = self.gate(NEVER)
        self.assertEqual(self.status(gate, self.issuer), 200)
        self.server.fall_silent()
        gate.signal("HUP")
        gate.wait_for_line("^reloaded")
        self.assertTrue(self.server.wait_for_fetch(2))
        self.assertEqual(self.status(gate, self.issuer), 200)

    def test_keys_in_clear_text_are_fetched_from_this_machine_alone(self):
        for url, exit_status in (("http://issuer.example/keys", 3), ("http://127.example.org/keys", 3), ("http://127.0.0.1.nip.example/keys", 3),
                                 ("http://10.0.0.1/keys", 3), ("http://127.0.0.1:1/keys", 0), ("http://localhost:1/keys", 0), ("https://10.0.0.1/keys", 0)):
            with self.subTest(url):
                gate = self.prepare({
                    "issuers": {"clinic": {"issuer": "i", "audience": ["clinic"], "algorithms": ["ES256"], "jwks": {"url": url}}},
                    "routes": [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["jwt"]}]})
                status, out, error = gate.word("check")
                self.assertEqual(status, exit_status, out + error)
                if exit_status:
                    self.assertIn("must be https", out + error)


if __name__ == "__main__":
    main()
