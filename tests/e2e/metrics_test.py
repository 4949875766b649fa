#!/usr/bin/env python3
"""The counters of TLS and HTTP/2 at the running gate: what raises each of them, and what does not."""
import pathlib
import socket
import ssl
import sys
import urllib.request

from harness.case import ROOT, GateCase, main
from harness.fault import PATIENCE_SECONDS
from harness.message import Reader
from harness.upstream import Upstream

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
from wire import frames  # noqa: E402


class Http2:
    """A connection that sends GET without a body and reads frames."""

    def __init__(self, gate):
        host, port, _ = gate.addresses[0]
        plain = socket.create_connection((host, port), timeout=PATIENCE_SECONDS)
        self.socket = gate.tls_context(["h2"]).wrap_socket(plain, server_hostname="localhost")
        self._data = b""
        self.socket.sendall(frames.PREFACE + frames.settings())
        self.wait_for(frames.SETTINGS, 0)  # the gate speaks HTTP/2 with us: it has counted us

    def get(self, stream, path):
        """Static fields of RFC 7541 appendix A: GET is 2, https 7, :authority 1, :path 4."""
        fields = b"\x82\x87" + b"\x01\x09localhost" + b"\x04" + bytes([len(path)]) + path.encode()
        self.socket.sendall(frames.frame(frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, stream, fields))

    def wait_for(self, kind, stream, end=False):
        while True:
            found = frames.read_frame(self._data)
            if found is None:
                received = self.socket.recv(65536)
                if not received:
                    raise AssertionError("the connection ended")
                self._data += received
                continue
            frame, size = found
            self._data = self._data[size:]
            if frame.kind == kind and frame.stream == stream and (not end or frame.flags & frames.END_STREAM):
                return frame


class Counters(GateCase):
    def setUp(self):
        super().setUp()
        self.upstream.close()
        self.upstream = Upstream({"/slow": {"hold": "go"}})
        self.addCleanup(self.upstream.close)
        self.gate = self.begin({"listeners": [{"address": "127.0.0.1:0", "tls": "local"}], "metrics": {"address": "127.0.0.1:0"}})
        self.metrics = self.gate.json_word("status")["metrics"]

    def count(self, name):
        with urllib.request.urlopen(self.metrics, timeout=PATIENCE_SECONDS) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("gatehouse_%s " % name):
                    return int(line.split(" ")[1])
        self.fail("no metric " + name)

    def test_the_guide_names_every_metric(self):
        guide = (ROOT / "docs" / "guide" / "operations.md").read_text(encoding="utf-8")
        self.ask(self.gate, "/a")
        with urllib.request.urlopen(self.metrics, timeout=PATIENCE_SECONDS) as answer:
            names = [line.split(" ")[2] for line in answer.read().decode().splitlines() if line.startswith("# TYPE ")]
        self.assertGreater(len(names), 30)
        self.assertEqual([name for name in names if "`%s`" % name not in guide], [])

    def http2(self):
        client = Http2(self.gate)
        self.addCleanup(client.socket.close)
        return client

    def test_connections_that_speak_http_2_are_counted_and_others_are_not(self):
        self.assertEqual(self.ask(self.gate, "/a").status, 200)
        self.assertEqual(self.count("http2_connections_total"), 0)
        for wanted in (1, 2):
            client = self.http2()
            for stream in (1, 3):
                client.get(stream, "/a")
                client.wait_for(frames.DATA, stream, end=True)
            self.assertEqual(self.count("http2_connections_total"), wanted)

    def test_streams_that_the_client_resets_are_counted_and_streams_that_end_are_not(self):
        client = self.http2()
        client.get(1, "/a")
        client.wait_for(frames.DATA, 1, end=True)
        self.assertEqual(self.count("http2_resets_total"), 0)
        for number, stream in enumerate((3, 5), 1):
            client.get(stream, "/slow")
            self.upstream.wait_for(1 + number)
            client.socket.sendall(frames.rst_stream(stream) + frames.ping(b"abcdefgh"))
            client.wait_for(frames.PING, 0)
            self.assertEqual(self.count("http2_resets_total"), number)
        client.get(7, "/a")  # the connection goes on
        client.wait_for(frames.DATA, 7, end=True)
        self.upstream.release("go")

    def test_a_resumed_session_is_counted_and_a_new_one_is_not(self):
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            with self.subTest(version):
                before = self.count("tls_resumed_total"), self.count("tls_handshakes_total")
                context = self.gate.tls_context()
                context.minimum_version = context.maximum_version = version
                session = self.shake_hands(context, None)
                self.assertEqual((self.count("tls_resumed_total"), self.count("tls_handshakes_total")), (before[0], before[1] + 1))
                self.shake_hands(context, None)
                self.assertEqual(self.count("tls_resumed_total"), before[0])
                self.shake_hands(context, session)
                self.assertEqual((self.count("tls_resumed_total"), self.count("tls_handshakes_total")), (before[0] + 1, before[1] + 3))

    def shake_hands(self, context, session):
        """One request; the session that the gate gave. A ticket of TLS 1.3 comes after the handshake: reading the answer takes it in."""
        host, port, _ = self.gate.addresses[0]
        plain = socket.create_connection((host, port), timeout=PATIENCE_SECONDS)
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as secure:
            self.assertEqual(secure.session_reused, session is not None)
            secure.sendall(b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(Reader(lambda: secure.recv(65536)).response("GET").status, 200)
            return secure.session


if __name__ == "__main__":
    main()
