"""What a step's `send` puts on the wire. Either a request in words

    send: { get: "/patients/7", key: shop }
or lines with CRLF after each and an empty line at their end, followed by `body`

    send: { lines: ["POST /a HTTP/1.1", "Host: $host", "Content-Length: 2"], body: hi }
or `exact`: these very characters, one byte each. Further words: headers, body, chunks (sent chunked), trailers, key (X-Api-Key),
bearer_key, token (see tokens.py), connection (a name: stays open for later steps), background (a name: the answer is judged by a later
`answer`), answers (how many are awaited), finish (half-close after sending), host (instead of the address), server_name (SNI), listener.
"""
import socket

from . import tokens
from .fault import PATIENCE_SECONDS, Unclear, known
from .message import Reader

METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}
WORDS = METHODS | {"lines", "exact", "headers", "body", "chunks", "trailers", "key", "bearer_key", "token", "connection", "background", "answers", "finish",
                   "host", "server_name", "listener", "repeat"}


class Client:
    """One connection to the gate."""

    def __init__(self, gate, listener, server_name):
        host, port, speaks_tls = gate.addresses[listener]
        self.socket = socket.create_connection((host, port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if speaks_tls:
            self.socket = gate.tls_context().wrap_socket(self.socket, server_hostname=server_name or "localhost")
        self.reader = Reader(self._receive)

    def _receive(self):
        try:
            return self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            return b""

    def send(self, data, finish):
        try:
            self.socket.sendall(data)
            if finish:
                self.socket.shutdown(socket.SHUT_WR)
        except (ConnectionResetError, BrokenPipeError):
            pass  # refused before all was sent: the answer says why

    def close(self):
        self.socket.close()


def wire_bytes(send, session):
    """The bytes of a `send`, and the methods of the requests in it (an answer to HEAD has no body)."""
    known(send, WORDS, "send")
    host = send.get("host") or "%s:%d" % session.gate.addresses[send.get("listener", 0)][:2]
    if "exact" in send:
        data = session.fill(send["exact"]).replace("$host", host).encode("latin-1")
    elif "lines" in send:
        text = "".join(session.fill(line).replace("$host", host) + "\r\n" for line in send["lines"]) + "\r\n"
        data = text.encode("latin-1") + str(send.get("body", "")).encode()
    else:
        data = _in_words(send, session, host)
    return data * send.get("repeat", 1), data.split(b" ", 1)[0].decode("latin-1")


def _in_words(send, session, host):
    chosen = METHODS & set(send)
    if len(chosen) != 1:
        raise Unclear("send: one method is needed, not %s" % (sorted(chosen) or "none"))
    method = chosen.pop()
    fields = [("Host", host)]
    for name, values in send.get("headers", {}).items():
        fields += [(name, session.fill(str(value))) for value in (values if isinstance(values, list) else [values])]
    if "key" in send:
        fields.append(("X-Api-Key", session.key(send["key"])))
    if "bearer_key" in send:
        fields.append(("Authorization", "Bearer " + session.key(send["bearer_key"])))
    if "token" in send:
        fields.append(("Authorization", "Bearer " + session.token(send["token"])))
    body = b""
    if "chunks" in send:
        fields.append(("Transfer-Encoding", "chunked"))
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in map(str.encode, send["chunks"])) + b"0\r\n"
        body += "".join("%s: %s\r\n" % field for field in send.get("trailers", {}).items()).encode() + b"\r\n"
    elif "body" in send:
        body = str(send["body"]).encode()
        fields.append(("Content-Length", str(len(body))))
    head = "%s %s HTTP/1.1\r\n" % (method.upper(), session.fill(send[method])) + "".join("%s: %s\r\n" % field for field in fields) + "\r\n"
    return head.encode("latin-1") + body
