"""The upstream: keeps the exact bytes of each request that it got and answers as the scenario says, by path.

    given:
      upstream:
        /slow:   { hold: gate-open, body: late }     # answers when a step says `release: gate-open`
        /broken: { exact: "HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nab", close: true }
Words: status, headers, body, chunks (sent chunked), trailers, exact (these very bytes), close (afterwards), hold (wait before the
answer), hold_body (wait between head and body), early (answer before the request's body is read). Else: 200, `hello`.
"""
import contextlib
import socket
import threading

from .fault import PATIENCE_SECONDS, Failed, known
from .message import Broken, Incomplete, Reader

WORDS = {"status", "headers", "body", "chunks", "trailers", "exact", "close", "hold", "hold_body", "early"}


class Upstream:
    def __init__(self, answers, tls=None):
        """`tls`: an ssl.SSLContext of a server; None: clear text."""
        for path, answer in answers.items():
            known(answer, WORDS, "upstream " + path)
        self._answers, self._tls = answers, tls
        self._changed = threading.Condition()
        self._released = set()
        self._open = []
        self._closing = False
        self.requests = []      # whole ones, in order of arrival
        self.faults = []        # what no strict reader could read
        self.broken_off = []    # requests whose connection ended in their middle
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def release(self, name):
        with self._changed:
            self._released.add(name)
            self._changed.notify_all()

    def wait_for(self, count):
        """Until so many requests have begun to arrive in all."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, PATIENCE_SECONDS):
                raise Failed("the upstream got %d requests, not %d" % (len(self.requests), count))

    def close(self):
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            connections = list(self._open)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._open.append(connection)
                self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain):
        connection = plain
        try:
            if self._tls:
                connection = self._tls.wrap_socket(plain, server_side=True)
            reader = Reader(lambda: connection.recv(65536))
            while self._serve_one(connection, reader):
                pass
        except (Broken, ValueError) as error:
            with self._changed:
                if not self._closing:
                    (self.broken_off if isinstance(error, Incomplete) else self.faults).append("%s in %r" % (error, reader.raw[-300:]))
        except OSError:
            pass
        finally:
            with contextlib.suppress(ValueError):
                self._open.remove(plain)
            connection.close()

    def _serve_one(self, connection, reader):
        answer = {}

        def on_head(message):
            answer.update(self._answers.get(message.start.split(" ")[1].partition("?")[0], {}))
            if answer.get("early"):
                self._remember(message)
                return False
            if message.values("expect"):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            return True

        message = reader.request(on_head)
        if message is None:
            return False
        if not answer.get("early"):
            self._remember(message)
        if not self._held(answer.get("hold")):
            return False
        head, body = self._text_of(answer, message.start.startswith("HEAD "))
        if "hold_body" in answer:
            connection.sendall(head)
            if not self._held(answer["hold_body"]):
                return False
            connection.sendall(body)
        else:
            connection.sendall(head + body)
        return not (answer.get("close") or answer.get("early"))

    def _remember(self, message):
        with self._changed:
            self.requests.append(message)
            self._changed.notify_all()

    def _held(self, name):
        with self._changed:
            if name:
                self._changed.wait_for(lambda: name in self._released or self._closing, PATIENCE_SECONDS)
            return not self._closing

    @staticmethod
    def _text_of(answer, to_head):
        if "exact" in answer:
            return answer["exact"].encode("latin-1"), b""
        status, body = answer.get("status", 200), str(answer.get("body", "hello")).encode()
        lines = ["HTTP/1.1 %d Because" % status] + ["%s: %s" % (name, value) for name, values in answer.get("headers", {}).items()
                                                    for value in (values if isinstance(values, list) else [values])]
        if "chunks" in answer:
            lines.append("Transfer-Encoding: chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in map(str.encode, answer["chunks"])) + b"0\r\n"
            body += "".join("%s: %s\r\n" % field for field in answer.get("trailers", {}).items()).encode() + b"\r\n"
        elif status not in (204, 304):
            lines.append("Content-Length: %d" % len(body))
        if status in (204, 304) or to_head:
            body = b""
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body
