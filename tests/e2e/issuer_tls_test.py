#!/usr/bin/env python3
"""The keys of an issuer over https: believed from a server that one of the named authorities vouches for, by its name, and from nobody else."""
from harness import tokens
from harness.case import GateCase, main
from harness.certificates import Authority
from harness.key_server import KeyServer


class IssuerBehindTls(GateCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "authority")
        for name, wanted in (("good", {"names": ["127.0.0.1"]}), ("next", {"names": ["127.0.0.1"]}), ("elsewhere", {"names": ["issuer.example"]}),
                             ("late", {"names": ["127.0.0.1"], "expired": True}), ("alone", {"names": ["127.0.0.1"], "self_signed": True})):
            self.authority.issue(name, wanted)
        self.fresh = tokens.further_key(self.folder / "fresh", "ES256")

    def files(self, name):
        return self.authority.file_of(name), self.authority.key_of(name)

    def server(self, name):
        server = KeyServer(*self.files(name))
        self.addCleanup(server.close)
        server.publish(self.issuer)
        return server

    def gate(self, server, **jwks):
        return self.begin({
            "issuers": {"clinic": {"issuer": "https://issuer.clinic.example", "audience": ["clinic"], "algorithms": ["ES256"],
                                   "jwks": {"url": server.url, "unknown_key": "1s", **jwks}}},
            "routes": [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["jwt"]}]})

    def status(self, gate, key):
        return self.ask(gate, "/a", authorization="Bearer " + tokens.make(key, {}, {})).status

    def test_keys_come_from_a_server_of_the_named_authority_and_are_rotated(self):
        server = self.server("good")
        gate = self.gate(server, ca_file=str(self.authority.file))
        self.assertEqual(self.status(gate, self.issuer), 200)
        self.assertEqual(self.status(gate, self.fresh), 401)
        server.show(*self.files("next"))  # its certificate is renewed, too
        server.publish(self.fresh)
        self.eventually(lambda: self.status(gate, self.fresh), 200)
        self.assertEqual(self.status(gate, self.issuer), 401)
        self.assertNotIn("issuer clinic", gate.errors())

    def test_a_server_of_another_authority_or_name_or_time_gives_no_keys_and_gets_no_request(self):
        other = Authority(self.folder / "other")
        for name, jwks in (("good", {}),  # the authorities of the system know nothing of ours
                           ("good", {"ca_file": str(other.file)}), ("elsewhere", {"ca_file": str(self.authority.file)}),
                           ("late", {"ca_file": str(self.authority.file)}), ("alone", {"ca_file": str(self.authority.file)})):
            with self.subTest(name, **jwks):
                server = self.server(name)
                gate = self.gate(server, **jwks)
                self.assertEqual(self.status(gate, self.issuer), 503)
                self.assertIn("the key set of issuer clinic: " + server.url, gate.errors())
                self.assertEqual(server.fetches, 0)

    def test_keys_that_were_fetched_stay_while_the_server_shows_a_certificate_that_is_not_believed(self):
        server = self.server("good")
        gate = self.gate(server, ca_file=str(self.authority.file))
        self.assertEqual(self.status(gate, self.issuer), 200)
        server.show(*self.files("alone"))
        server.publish(self.fresh)
        self.eventually(lambda: (self.status(gate, self.fresh), "stays in force" in gate.errors()), (401, True))
        self.assertEqual(self.status(gate, self.issuer), 200)
        self.assertEqual(server.fetches, 1)

    def test_authorities_are_checked_with_the_configuration_and_are_for_https_alone(self):
        nothing = self.folder / "nothing.pem"
        nothing.write_text("nothing")
        for url, file, said in (("https://127.0.0.1:1/keys", self.authority.file, None), ("https://127.0.0.1:1/keys", nothing, "holds no certificate"),
                                ("https://127.0.0.1:1/keys", self.folder / "absent.pem", "cannot be read"),
                                ("http://127.0.0.1:1/keys", self.authority.file, "is for an https `url`")):
            with self.subTest(url, file=file):
                gate = self.prepare({
                    "issuers": {"clinic": {"issuer": "i", "audience": ["clinic"], "algorithms": ["ES256"], "jwks": {"url": url, "ca_file": str(file)}}},
                    "routes": [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["jwt"]}]})
                status, out, error = gate.word("check")
                self.assertEqual(status, 3 if said else 0, out + error)
                self.assertIn(said or "", out + error)


if __name__ == "__main__":
    main()
