#!/usr/bin/env python3
"""421 over HTTP/2: a connection that was made for one certificate is not for a host of another (RFC 9113 section 9.1.2), and stays good for its own. curl
names one host in the handshake and another in :authority, as a client does that takes a connection for more hosts than it is for."""
import json
import subprocess

from harness import case
from harness.certificates import Authority
from harness.fault import PATIENCE_SECONDS


class Misdirected(case.GateCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "authority")
        self.authority.issue("one", {"names": ["one.example", "also-one.example"]})
        self.authority.issue("two", {"names": ["two.example"]})
        pairs = [{"certificate": str(self.authority.file_of(name)), "key": str(self.authority.key_of(name))} for name in ("one", "two")]
        self.gate = self.begin({"listeners": [{"address": "127.0.0.1:0", "tls": {"certificates": pairs}}]})

    def curl(self, server_name, *authorities):
        """Requests over one HTTP/2 connection, a :authority each: of every answer the status and how many connections were made for it."""
        host, port, _ = self.gate.addresses[0]
        words = ["curl", "-q", "--no-progress-meter"]
        for number, authority in enumerate(authorities):
            words += ["--next"] if number else []
            words += ["--http2", "--noproxy", "*", "--max-time", str(PATIENCE_SECONDS), "--cacert", str(self.authority.file),
                      "--connect-to", "%s:%d:%s:%d" % (server_name, port, host, port), "--header", "Host: " + authority,
                      "--write-out", "\n%{http_version} %{http_code} %{num_connects}\n", "https://%s:%d/a" % (server_name, port)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_SECONDS * 2, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.printed = done.stdout
        answers = [line.split() for line in done.stdout.splitlines() if line.startswith("2 ")]
        self.assertEqual(len(answers), len(authorities), done.stdout)
        return [int(status) for _, status, _ in answers], sum(int(made) for _, _, made in answers)

    def test_a_host_of_another_certificate_is_refused_and_never_reaches_the_upstream(self):
        for name, authority in (("one.example", "two.example"), ("two.example", "one.example"), ("two.example", "also-one.example")):
            with self.subTest(name=name, authority=authority):
                self.assertEqual(self.curl(name, authority)[0], [421])
                self.assertIn("urn:gatehouse:problem:misdirected", self.printed)
        self.assertEqual(self.upstream.requests, [])
        line = self.gate.audit_lines
        self.eventually(lambda: len(line()), 3)
        self.assertEqual({json.dumps([each["status"], each["problem"]]) for each in line()}, {'[421, "misdirected"]'})

    def test_another_host_of_the_same_certificate_another_port_and_other_letters_are_served(self):
        for name, authority in (("one.example", "also-one.example"), ("two.example", "two.example:9443"), ("two.example", "TWO.Example")):
            with self.subTest(name=name, authority=authority):
                self.assertEqual(self.curl(name, authority)[0], [200])
        self.assertEqual(len(self.upstream.requests), 3)

    def test_the_connection_goes_on_with_the_hosts_that_it_is_for(self):
        self.assertEqual(self.curl("two.example", "two.example", "one.example", "two.example"), ([200, 421, 200], 1))
        self.assertEqual(len(self.upstream.requests), 2)


if __name__ == "__main__":
    case.main()
