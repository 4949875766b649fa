#!/usr/bin/env python3
"""Clear-text HTTP sent to a TLS listener, at the running gate: told so once, on record, counted as a failure, and never a request."""
import json
import socket

from harness.case import GateCase, main
from harness.fault import PATIENCE_SECONDS

TLS = {"listeners": [{"address": "127.0.0.1:0", "tls": "local"}]}


class ClearText(GateCase):
    def say(self, gate, text):
        """All that comes until the end."""
        host, port, _ = gate.addresses[0]
        with socket.create_connection((host, port), timeout=PATIENCE_SECONDS) as client:
            client.sendall(text)
            got = b""
            while piece := client.recv(65536):
                got += piece
            return got

    def test_http_is_told_that_the_port_speaks_tls(self):
        gate = self.begin(TLS)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = self.say(gate, b"%s /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" % method.encode() * 3)
            head, body = answer.split(b"\r\n\r\n", 1)
            self.assertTrue(head.startswith(b"HTTP/1.1 400 "), answer)
            self.assertIn(b"connection: close", head)
            self.assertEqual(json.loads(body)["type"], "urn:gatehouse:problem:malformed-request")
            self.assertIn("TLS", json.loads(body)["detail"])
        decision = head.decode().split("gatehouse-decision: ")[1].split("\r\n")[0]
        self.assertEqual(gate.json_word("why", decision)["decision"]["rule"], "http.clear-text")
        self.assertEqual(self.upstream.requests, [])
        self.assertEqual(self.ask(gate, "/a").status, 200)  # over TLS

    def test_what_is_no_http_is_told_nothing(self):
        gate = self.begin(TLS)
        for text in (b"SSH-2.0-OpenSSH\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"get / HTTP/1.1\r\n\r\n", b"\r\n\r\n\r\n\r\n"):
            self.assertFalse(self.say(gate, text).startswith(b"HTTP"), text)

    def test_it_counts_as_a_failure_of_its_source(self):
        gate = self.begin({**TLS, "limits": {"failures": {"count": 3, "window": "1h", "ban": "1h"}}})
        for _ in range(3):
            self.assertTrue(self.say(gate, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 "))
        self.assertTrue(self.say(gate, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 403 "))


if __name__ == "__main__":
    main()
