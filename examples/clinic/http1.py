"""HTTP/1.1 on one connection (RFC 9112), by hand: reads requests one after the other, writes their answers in the same order.

Requests that come early (pipelining) wait in the read buffer. A request whose end cannot be known for sure is answered
400 and the connection closed; nothing after it is read.
"""
import dataclasses
import email.utils
import socket
import urllib.parse
from typing import Callable, Iterator

LINE_MAX = 16 * 1024
HEADERS_MAX = 100
BODY_MAX = 8 * 1024 * 1024
IDLE_SECONDS = 75

REASONS = {
    100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified",
    400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 411: "Length Required",
    413: "Content Too Large", 415: "Unsupported Media Type", 426: "Upgrade Required", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 505: "HTTP Version Not Supported",
}


@dataclasses.dataclass
class Request:
    method: str
    path: str                       # percent-decoded
    query: dict[str, list[str]]
    headers: dict[str, str]         # names in lower case; repeated ones joined by ", "
    body: bytes
    keep_alive: bool
    version: str
    path_values: dict[str, str] = dataclasses.field(default_factory=dict)  # what {id} of the route's template stands for

    def first(self, name, default=None):
        """The first query parameter of that name."""
        return self.query.get(name, [default])[0]


@dataclasses.dataclass
class Response:
    """`body` of bytes is sent with Content-Length, an iterator of bytes in chunks. With `takeover` the connection is
    handed to that function after the head (a WebSocket)."""
    status: int = 200
    headers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    body: bytes | Iterator[bytes] = b""
    takeover: Callable | None = None


class BadRequest(Exception):
    """The message cannot be read; the connection ends with this status."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


def serve(connection: socket.socket, answer: Callable[[Request], Response], stopping, log=None):
    """Serves requests until the client or the server wants no more. Never raises for what a client does."""
    connection.settimeout(IDLE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = connection.makefile("rb")
    try:
        while not stopping.is_set():
            try:
                request = read_request(reader, connection)
            except BadRequest as error:
                _write(connection, None, Response(error.status, [("Content-Type", "text/plain")], str(error).encode() + b"\n"), False)
                _linger(connection)
                return
            if request is None:
                return
            response = answer(request)
            if log:
                print("%s %s -> %d %s" % (request.method, request.path, response.status, request.headers), file=log, flush=True)
            keep = request.keep_alive and not stopping.is_set()
            if not _write(connection, request, response, keep):
                return
            if response.takeover:
                response.takeover(connection, reader)
                return
            if not keep:
                return
    except OSError:  # the client went away or was silent for too long
        return
    finally:
        reader.close()


def read_request(reader, connection) -> Request | None:
    """The next request with its whole body, or None at the end of the connection."""
    line = _line(reader)
    while line == b"":  # RFC 9112 section 2.2: an empty line before the request line is ignored
        line = _line(reader)
    if line is None:
        return None
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[0].isalpha() or not all(33 <= byte < 127 for byte in parts[1]):
        raise BadRequest(400, "cannot read the request line")
    method, target, version = (part.decode("ascii", "replace") for part in parts)
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        raise BadRequest(505, "speaks HTTP/1.0 and HTTP/1.1 only")
    headers = _headers(reader)
    if version == "HTTP/1.1" and "host" not in headers:
        raise BadRequest(400, "no Host")
    options = [option.strip().lower() for option in headers.get("connection", "").split(",")]
    keep_alive = "close" not in options if version == "HTTP/1.1" else "keep-alive" in options
    body = _body(reader, connection, headers, version)
    path, _, query = _origin_form(target).partition("?")
    return Request(method, urllib.parse.unquote(path), urllib.parse.parse_qs(query, keep_blank_values=True), headers, body, keep_alive, version)


def _origin_form(target):
    if target.lower().startswith(("http://", "https://")):  # absolute form, RFC 9112 section 3.2.2
        slash = target.find("/", target.index("://") + 3)
        return target[slash:] if slash >= 0 else "/"
    return target


def _line(reader) -> bytes | None:
    line = reader.readline(LINE_MAX + 1)
    if not line:
        return None
    if len(line) > LINE_MAX:
        raise BadRequest(431, "a line is too long")
    if not line.endswith(b"\n"):
        raise BadRequest(400, "the connection ended in the middle of a line")
    return line.rstrip(b"\n").removesuffix(b"\r")


def _headers(reader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(HEADERS_MAX + 1):
        line = _line(reader)
        if line is None:
            raise BadRequest(400, "the connection ended in the middle of the headers")
        if line == b"":
            return headers
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise BadRequest(400, "cannot read a header line")
        key, text = name.decode("latin-1").lower(), value.strip(b" \t").decode("latin-1")
        if key in headers and key in ("content-length", "transfer-encoding", "host"):
            raise BadRequest(400, "more than one " + key)
        headers[key] = headers[key] + ", " + text if key in headers else text
    raise BadRequest(431, "too many headers")


def _body(reader, connection, headers, version) -> bytes:
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is None and length is None:
        return b""
    if coding is not None and length is not None:
        raise BadRequest(400, "both Transfer-Encoding and Content-Length")
    if coding is not None and version == "HTTP/1.0":
        raise BadRequest(400, "Transfer-Encoding in HTTP/1.0")
    if coding is not None and coding.lower() != "chunked":
        raise BadRequest(501, "transfer coding other than chunked")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise BadRequest(400, "cannot read Content-Length")
    if length is not None and int(length) > BODY_MAX:
        raise BadRequest(413, "the body is too large")
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return _chunked(reader) if coding is not None else _exactly(reader, int(length))


def _exactly(reader, count) -> bytes:
    data = reader.read(count)
    if len(data) != count:
        raise BadRequest(400, "the connection ended in the middle of the body")
    return data


def _chunked(reader) -> bytes:
    body = bytearray()
    while True:
        size_line = _line(reader)
        size = (size_line or b"").partition(b";")[0].strip(b" \t")
        if not size or any(digit not in b"0123456789abcdefABCDEF" for digit in size):
            raise BadRequest(400, "cannot read a chunk's size")
        count = int(size, 16)
        if len(body) + count > BODY_MAX:
            raise BadRequest(413, "the body is too large")
        if count == 0:
            _headers(reader)  # trailers, ignored
            return bytes(body)
        body += _exactly(reader, count)
        if _line(reader) != b"":
            raise BadRequest(400, "a chunk is longer than its size")


def _write(connection, request, response, keep) -> bool:
    """True when the connection is still in a known state: the whole answer went out and its end is marked."""
    headers = list(response.headers)
    streamed = not isinstance(response.body, bytes)
    chunked = streamed and (request is None or request.version == "HTTP/1.1")
    if response.takeover is None:
        if chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        elif streamed:
            keep = False  # to HTTP/1.0 a stream ends with the connection
        elif response.status not in (204, 304):
            headers.append(("Content-Length", str(len(response.body))))
        if not keep:
            headers.append(("Connection", "close"))
        elif request.version == "HTTP/1.0":
            headers.append(("Connection", "keep-alive"))
    headers.insert(0, ("Date", email.utils.formatdate(usegmt=True)))  # RFC 9110 section 6.6.1
    head = "HTTP/1.1 %d %s\r\n" % (response.status, REASONS.get(response.status, "Unknown"))
    head += "".join("%s: %s\r\n" % header for header in headers) + "\r\n"
    without_body = request is not None and request.method == "HEAD" or response.status in (204, 304)
    if not streamed:
        connection.sendall(head.encode("latin-1") + (b"" if without_body else response.body))
        return keep or response.takeover is not None
    connection.sendall(head.encode("latin-1"))
    if not without_body:
        for piece in response.body:
            if piece:
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            connection.sendall(b"0\r\n\r\n")
    return keep


def _linger(connection):
    """Reads away what the client still sends, so that closing does not reset the connection under our answer."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(1)
    for _ in range(64):
        if not connection.recv(65536):
            return
