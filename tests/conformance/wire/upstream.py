"""An upstream that records the exact bytes of every connection, reads them with the strict parser of http1.py, and
answers as a case asks. Every answer carries `Upstream-Request: N`, the number of the request that it answers, so that a
driver can tell which answer of the gate came from which request.

    tag = begin() ... the case runs ... settle()   ->   requests, errors, broken_off of this case alone

A case puts its tag (`case0042`) into the path or the host where it can: what a cancelled request of an earlier case still sends
after that case has ended is told by its tag and left out. `settle` waits until nothing is half received: a client that is gone must not leave the upstream waiting in the middle of a
request, as the next user of a pooled connection would finish it.
"""
import re
import socket
import threading
import time

from .http1 import Malformed, NeedMore, parse_request

TAG = re.compile(rb"case\d{4}")


def plain_answer(request, number, status=b"200 OK", body=b"hello from the upstream\n", fields=()):
    """A whole answer to a request as bytes; without Date, which a gateway with a clock has to add (RFC 9110 section 6.6.1)."""
    lines = [b"HTTP/1.1 " + status, b"Upstream-Request: %d" % number]
    lines += [name + b": " + value for name, value in fields]
    without_body = status[:3] in (b"204", b"304")
    if not without_body:
        lines += [b"Content-Type: text/plain", b"Content-Length: %d" % len(body)]
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    return head if without_body or request.method == b"HEAD" else head + body


class Connection(threading.Thread):
    """One accepted connection: `raw` is every byte it received."""

    def __init__(self, upstream, peer):
        super().__init__(daemon=True)
        self.upstream = upstream
        self.socket = peer
        self.raw = b""
        self.pending = b""
        self.partial = None  # the incomplete message, once its head is whole
        self.continued = False
        self.open = True
        self.written = 0

    def run(self):
        try:
            while True:
                data = self.socket.recv(65536)
                if not data:
                    break
                with self.upstream.lock:
                    self.raw += data
                    self.pending += data
                    self.upstream.bytes_received += len(data)
                    self.upstream.changed.notify_all()
                if not self.take_requests():
                    break
        except OSError:
            pass
        with self.upstream.lock:
            self.open = False
            if self.pending and not self.upstream.is_stale(self.pending):
                self.upstream.broken_off.append((self.pending, self.partial))
            self.upstream.changed.notify_all()
        self.socket.close()

    def take_requests(self):
        """Answers what is complete. False ends the connection."""
        while self.pending:
            try:
                request, end = parse_request(self.pending)
            except NeedMore as incomplete:
                self.partial = incomplete.args[0] if incomplete.args else None
                if self.partial and self.partial.value(b"expect") and not self.continued:
                    self.continued = True
                    self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                return True
            except Malformed as error:
                with self.upstream.lock:
                    if not self.upstream.is_stale(self.pending):
                        self.upstream.errors.append(f"{error} in {self.pending[:300]!r}")
                    self.pending = b""
                    self.upstream.changed.notify_all()
                self.socket.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return False
            with self.upstream.lock:
                self.pending = self.pending[end:]
                self.partial, self.continued = None, False
                self.upstream.number += 1
                request.number = self.upstream.number
                if not self.upstream.is_stale(request.head):
                    self.upstream.requests.append(request)
                self.upstream.changed.notify_all()
            if self.upstream.answer(self, request) is False:
                return False
        return True

    def write(self, data):
        """Writes in pieces, so that `written` follows what the peer has taken."""
        for start in range(0, len(data), 16384):
            piece = data[start:start + 16384]
            self.socket.sendall(piece)
            self.written += len(piece)
            with self.upstream.lock:
                self.upstream.bytes_written += len(piece)
                self.upstream.changed.notify_all()


class Upstream:
    """Listens on a port of its own. `answer(connection, request)` writes the answer; by default a plain 200."""

    def __init__(self, answer=None):
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)  # something was read or written, or a connection ended
        self.answer = answer or (lambda connection, request: connection.write(plain_answer(request, request.number)))
        self.number = 0
        self.bytes_received = 0
        self.bytes_written = 0
        self.connections = []
        self.case_number = 0
        self.begin()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, peer)
            with self.lock:
                self.connections = [each for each in self.connections if each.open]
                self.connections.append(connection)
            connection.start()

    def begin(self):
        """Forgets the requests of the case before. The tag of the one that begins."""
        with self.lock:
            self.case_number += 1
            self.tag = "case%04d" % (self.case_number % 10000)
            self.requests = []
            self.errors = []
            self.broken_off = []  # (bytes, message or None) of requests whose connection ended in their middle
        return self.tag

    def is_stale(self, data):
        """These bytes have the tag of another case."""
        found = TAG.search(data)
        return found is not None and found[0] != self.tag.encode()

    def settle(self, wait=3.0, quiet=0.003):
        """Waits until no connection holds a part of a request and nothing more arrives for `quiet` seconds, `wait` at the most. The
        parts that stay, else an empty list."""
        deadline = time.monotonic() + wait
        with self.lock:
            while True:
                parts = [each.pending for each in self.connections if each.open and each.pending]
                left = deadline - time.monotonic()
                if left <= 0:
                    return parts
                if parts:
                    self.changed.wait(left)
                    continue
                received = self.bytes_received
                if not self.changed.wait_for(lambda: self.bytes_received != received, min(quiet, left)):
                    return parts

    def wait_for_bytes(self, written, wait):
        """Waits until more than `written` bytes were written in all, `wait` seconds at the most. How many were."""
        with self.lock:
            self.changed.wait_for(lambda: self.bytes_written > written, wait)
            return self.bytes_written

    def close(self):
        self.listener.close()
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            try:
                connection.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
