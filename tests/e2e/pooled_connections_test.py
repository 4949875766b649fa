#!/usr/bin/env python3
"""A server that sends more than its answer: what it sends too much must never be given to the next client as an answer, however it lies in the way
(behind a full buffer, in the next TLS record of the same segment, at once or a moment later behind an answer that has none). And one that does not read the bodies that it is
sent: what one client puts into a body must never become the next client's request, nor a request past the gate."""
import contextlib
import queue
import socket
import ssl
import threading

from harness import case
from harness.certificates import Authority

BUFFER = 65536  # what the gate reads at most at once
EXCESS = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nexcess"


class Plain:
    def __init__(self, connection, _):
        self.connection = connection

    def read(self):
        return self.connection.recv(65536)

    def write(self, *pieces):
        self.connection.sendall(b"".join(pieces))


class Tls:
    """A record for each piece, and all of them in one segment."""

    def __init__(self, connection, context):
        self.connection = connection
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self._stepwise(self.session.do_handshake)
        self.write()

    def _stepwise(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.write()
                received = self.connection.recv(65536)
                if not received:
                    raise OSError("the client has gone") from None
                self.incoming.write(received)

    def read(self):
        return self._stepwise(lambda: self.session.read(65536))

    def write(self, *pieces):
        for piece in pieces:
            self.session.write(piece)
        if self.outgoing.pending:
            self.connection.sendall(self.outgoing.read())


class Excessive:
    """Answers `answer to PATH`; to HEAD with what was given behind it, at once or `late`, when the next request has come; and to /full an answer that fills the
    gate's buffer to the last byte, with more behind it."""

    def __init__(self, transport, context=None, excess=EXCESS, late=False):
        self.transport, self.context, self.excess, self.late = transport, context, excess, late
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _serve(self, connection):
        self.connections += 1
        with connection, contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            transport = self.transport(connection, self.context)
            received = owed = b""
            while True:
                while b"\r\n\r\n" not in received:
                    more = transport.read()
                    if not more:
                        return
                    received += more
                head, _, received = received.partition(b"\r\n\r\n")
                method, path = head.split(b" ")[:2]
                body = b"answer to " + path
                answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                if owed:
                    transport.write(owed)
                if method == b"HEAD":
                    transport.write(answer, b"" if self.late else self.excess)
                    owed = self.excess if self.late else b""
                elif path == b"/full":
                    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                    size = BUFFER - len(head % BUFFER)
                    transport.write(head % size + b"x" * size, EXCESS)
                else:
                    transport.write(answer + body)


class Unreading(Excessive):
    """Reads no body: what comes behind a head is the next request. Remembers every path that it was asked for."""

    def __init__(self, status):
        self.status = status
        self.asked = []
        super().__init__(Plain)

    def _serve(self, connection):
        self.connections += 1
        with connection, contextlib.suppress(OSError):
            received = b""
            while True:
                while b"\r\n\r\n" not in received:
                    more = connection.recv(65536)
                    if not more:
                        return
                    received += more
                head, _, received = received.partition(b"\r\n\r\n")
                path = head.split(b" ")[1]
                self.asked.append(path)
                body = b"answer to " + path
                status = b"200 OK" if b"/next" in path else self.status
                connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
                if b"\r\nconnection: close" in head:
                    return


class Belated(Excessive):
    """Sends a body behind its 304 (to /unchanged) and behind its answer to HEAD when it is told to. Remembers each other request that it was sent."""

    def __init__(self):
        self.resting = queue.SimpleQueue()
        self.asked = queue.SimpleQueue()
        super().__init__(Plain)

    def _serve(self, connection):
        self.connections += 1
        with connection, contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            source = connection.makefile("rb")
            while line := source.readline():
                size = 0
                while (field := source.readline()) not in (b"\r\n", b""):
                    name, _, value = field.partition(b":")
                    size = int(value) if name.lower() == b"content-length" else size
                if line.startswith(b"HEAD") or b"/unchanged" in line:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" if line.startswith(b"HEAD") else b"HTTP/1.1 304 Not Modified\r\n\r\n")
                    self.resting.put(connection)
                else:
                    self.asked.put((line, source.read(size)))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


class PooledConnections(case.GateCase):
    def smuggle(self, server, method, **upstream):
        """One client sends a request within a body, unfinished, so that what comes next on the connection completes it; then others ask."""
        gate = self.gate_before(server, "http", upstream)
        host, port, _ = gate.addresses[0]
        for number in range(20):
            hidden = b"GET /hidden HTTP/1.1\r\nHost: a\r\nX: "
            with socket.create_connection((host, port), 10) as client:
                client.sendall(b"%s /first HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: %d\r\n\r\n%s" % (method, port, len(hidden), hidden))
                self.assertIn(b"answer to /first", client.recv(65536))
            wanted = "/next/%d" % number
            answer = self.ask(gate, wanted)
            self.assertEqual((answer.status, answer.body), (200, b"answer to " + wanted.encode()))
        self.assertNotIn(b"/hidden", server.asked)

    def test_a_body_of_a_get_is_no_request(self):
        self.smuggle(Unreading(b"200 OK"), b"GET")

    def test_a_body_that_was_refused_is_no_request(self):
        self.smuggle(Unreading(b"404 Not Found"), b"POST")

    def test_a_body_of_a_post_that_nobody_reads_is_no_request_where_that_is_said(self):
        self.smuggle(Unreading(b"200 OK"), b"POST", reuse_after_body=False)

    def gate_before(self, server, scheme, upstream=None):
        self.addCleanup(server.close)
        return self.begin({"workers": 1,
                           "upstreams": {"clinic": {"servers": ["%s://127.0.0.1:%d" % (scheme, server.port)], **(upstream or {})}},
                           "routes": [{"name": "a", "path": "/{path...}", "methods": ["GET", "HEAD", "POST"], "upstream": "clinic", "authenticate": "none"}]})

    def ask_in_turns(self, gate, method, path, times):
        for number in range(times):
            self.ask(gate, path, method)
            wanted = "/next/%d" % number
            answer = self.ask(gate, wanted)
            self.assertEqual((answer.status, answer.body), (200, b"answer to " + wanted.encode()))

    def test_behind_an_answer_to_head_in_a_tls_record_of_its_own(self):
        authority = Authority(self.folder / "authority")
        authority.issue("clinic", {"names": ["clinic.internal.example"]})
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.file_of("clinic"), authority.key_of("clinic"))
        gate = self.gate_before(Excessive(Tls, context), "https", {"ca_file": str(authority.file), "server_name": "clinic.internal.example"})
        self.ask_in_turns(gate, "HEAD", "/excess", 20)

    def test_behind_an_answer_that_fills_the_buffer(self):
        self.ask_in_turns(self.gate_before(Excessive(Plain), "http"), "GET", "/full", 100)

    def test_behind_an_answer_to_head_at_once(self):
        self.ask_in_turns(self.gate_before(Excessive(Plain), "http"), "HEAD", "/excess", 20)

    def test_a_body_that_comes_late_does_not_take_the_place_of_what_another_client_has_just_sent(self):
        server = Belated()
        gate = self.gate_before(server, "http")
        host, port, _ = gate.addresses[0]
        body = b'{"to":"alice","amount":1}'
        post = b"POST /pay HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: %d\r\n\r\n%s" % (port, len(body), body)
        for _ in range(20):
            with socket.create_connection((host, port), 10) as client:
                client.sendall(b"GET /first HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port)
                self.assertEqual(server.asked.get(timeout=10)[1], b"")
                answers = client.makefile("rb")
                self.assertEqual(self.status_of(answers), 200)
                self.assertEqual(self.ask(gate, "/unchanged").status, 304)
                # While the gate stands still, first the one speaks and then the other: it finds both when it goes on.
                with gate.standing_still():
                    client.sendall(post)
                    server.resting.get(timeout=10).sendall((b'{"to":"mallory"}' * 25)[:400])
                self.assertEqual(server.asked.get(timeout=10), (b"POST /pay HTTP/1.1\r\n", body))
                self.assertEqual(self.status_of(answers), 200)

    def status_of(self, answers):
        """That of the next answer; its head and its body `ok` are taken."""
        status = int(answers.readline().split(b" ")[1])
        while answers.readline() != b"\r\n":
            pass
        self.assertEqual(answers.read(2), b"ok")
        return status

    def test_a_body_that_comes_behind_an_answer_to_head_when_the_connection_is_another_clients_already(self):
        self.ask_in_turns(self.gate_before(Excessive(Plain, late=True), "http"), "HEAD", "/excess", 20)

    def test_a_server_that_sends_no_more_than_its_answer_keeps_its_connection(self):
        server = Excessive(Plain, excess=b"")
        gate = self.gate_before(server, "http")
        self.ask_in_turns(gate, "GET", "/none", 20)
        self.assertEqual(server.connections, 1)


if __name__ == "__main__":
    case.main()
