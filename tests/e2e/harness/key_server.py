"""A web server of an issuer's key set, well-behaved or not: what it answers is changed while it runs, and every request to it is counted."""
import contextlib
import json
import socket
import ssl
import threading

from .fault import PATIENCE_SECONDS, Failed
from .message import Broken, Reader


class KeyServer:
    def __init__(self, certificate=None, key=None):
        """With a certificate and its key, files in PEM form, it speaks TLS."""
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate, key)
        self._changed = threading.Condition()
        self._answer = b""  # nothing: the connection is closed without a word
        self._held = False
        self._closing = False
        self.targets = []  # of all requests that have begun, in order
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return "%s://127.0.0.1:%d/keys" % ("https" if self._tls else "http", self.port)

    def show(self, certificate, key):
        """Another certificate, for connections from now on."""
        self._tls.load_cert_chain(certificate, key)

    @property
    def fetches(self):
        with self._changed:
            return len(self.targets)

    def publish(self, *keys):
        self.answer(200, json.dumps({"keys": [key.jwk for key in keys]}))

    def answer(self, status, body, **fields):
        body = body.encode()
        lines = ["HTTP/1.1 %d Because" % status, "Content-Length: %d" % len(body), "Connection: close"] + ["%s: %s" % field for field in fields.items()]
        with self._changed:
            self._answer = ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def fall_silent(self):
        with self._changed:
            self._answer = b""

    def hold(self):
        """Requests are taken, and answered when they are let go."""
        with self._changed:
            self._held = True

    def let_go(self):
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def wait_for_fetch(self, count, seconds=PATIENCE_SECONDS):
        with self._changed:
            return self._changed.wait_for(lambda: len(self.targets) >= count, seconds)

    def close(self):
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.ExitStack() as ends, contextlib.suppress(OSError, Broken):
            ends.enter_context(connection)
            if self._tls:
                connection = ends.enter_context(self._tls.wrap_socket(connection, server_side=True))
            message = Reader(lambda: connection.recv(65536)).request()
            if message is None:
                return
            with self._changed:
                self.targets.append(message.start.split(" ")[1])
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: not self._held or self._closing, PATIENCE_SECONDS):
                    raise Failed("a fetch was held and never let go")
                answer = self._answer
            connection.sendall(answer)
