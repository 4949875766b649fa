"""HTTP/1.1 read strictly, from either end (RFC 9112), and a client that writes raw bytes.

The parser here is the judge of what the gate writes, so it takes nothing that two readers could take differently: CRLF
only, no obs-fold, names are tokens, values have no control characters, one framing, no chunk extension. `NeedMore` means
that the bytes so far are the beginning of a message; `Malformed` that they can never become one.
"""
import re
import socket
import ssl
import time

HEAD_BYTES_MAX = 1 << 20
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\Z")
REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP/1\.([01])\Z")
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)\Z")
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}\Z")
LENGTH = re.compile(rb"[0-9]{1,18}\Z")


class Malformed(Exception):
    pass


class NeedMore(Exception):
    pass


class Message:
    """One request or response. `framing` is 'none', 'length', 'chunked' or 'close'; names are lower case."""

    def __init__(self):
        self.start = b""
        self.method = self.target = None
        self.status = None
        self.minor_version = 1
        self.fields = []
        self.framing = "none"
        self.declared_length = None
        self.body = b""
        self.trailers = []
        self.head = b""
        self.complete = False

    def values(self, name):
        return [value for field, value in self.fields if field == name]

    def value(self, name):
        values = self.values(name)
        return values[0] if values else None


def split_head(data, start):
    """The lines of the head that begins at `start`, and where the body begins."""
    end = data.find(b"\r\n\r\n", start)
    if end < 0:
        if b"\n" in data[start:].replace(b"\r\n", b""):
            raise Malformed("a bare LF in the head")
        if len(data) - start > HEAD_BYTES_MAX:
            raise Malformed("an endless head")
        raise NeedMore()
    return data[start:end].split(b"\r\n"), end + 4


def parse_fields(lines):
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not TOKEN.match(name):
            raise Malformed(f"not a field line: {line[:80]!r}")
        if not VALUE.match(value):
            raise Malformed(f"a control character in a value: {line[:80]!r}")
        fields.append((name.lower(), value.strip(b" \t")))
    return fields


def read_framing(message):
    """Sets framing and declared_length from the fields (RFC 9112 section 6.3), taking no two of them."""
    codings = message.values(b"transfer-encoding")
    lengths = message.values(b"content-length")
    if codings and lengths:
        raise Malformed("both Transfer-Encoding and Content-Length")
    if len(codings) > 1 or len(lengths) > 1:
        raise Malformed("a framing field twice")
    if codings:
        if codings[0].lower() != b"chunked":
            raise Malformed(f"transfer coding {codings[0]!r}")
        if message.minor_version == 0:
            raise Malformed("Transfer-Encoding in HTTP/1.0")
        message.framing = "chunked"
    if lengths:
        if not LENGTH.match(lengths[0]):
            raise Malformed(f"content length {lengths[0]!r}")
        message.framing, message.declared_length = "length", int(lengths[0])


def read_chunked(message, data, at):
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            if len(data) - at > 64:
                raise Malformed("an endless chunk size")
            raise NeedMore()
        size_text = data[at:end]
        if not CHUNK_SIZE.match(size_text):
            raise Malformed(f"chunk size {size_text[:40]!r}")
        size, at = int(size_text, 16), end + 2
        if size == 0:
            break
        if len(data) < at + size + 2:
            message.body += data[at:at + size]
            raise NeedMore()
        if data[at + size:at + size + 2] != b"\r\n":
            raise Malformed("no CRLF after a chunk")
        message.body += data[at:at + size]
        at += size + 2
    if data[at:at + 2] == b"\r\n":
        return at + 2
    if len(data) < at + 2:
        raise NeedMore()
    lines, at = split_head(data, at)
    message.trailers = parse_fields(lines)
    return at


def read_body(message, data, at, ended):
    """The offset behind the body. With NeedMore the message holds what there is."""
    if message.framing == "chunked":
        at = read_chunked(message, data, at)
    elif message.framing == "length":
        message.body = data[at:at + message.declared_length]
        if len(message.body) < message.declared_length:
            raise NeedMore()
        at += message.declared_length
    elif message.framing == "close":
        message.body = data[at:]
        if not ended:
            raise NeedMore()
        at = len(data)
    message.complete = True
    return at


def parse_request(data, at=0):
    """(Message, offset behind it). NeedMore carries the incomplete message as its argument where the head is whole."""
    lines, body_at = split_head(data, at)
    message = Message()
    message.start, message.head = lines[0], data[at:body_at]
    match = REQUEST_LINE.match(lines[0])
    if not match:
        raise Malformed(f"request line {lines[0][:80]!r}")
    message.method, message.target, message.minor_version = match[1], match[2], int(match[3])
    message.fields = parse_fields(lines[1:])
    if len(message.values(b"host")) != 1 and message.minor_version == 1:
        raise Malformed("not exactly one Host")
    read_framing(message)
    try:
        return message, read_body(message, data, body_at, ended=False)
    except NeedMore:
        raise NeedMore(message) from None


def parse_response(data, at, request_method, ended):
    """(Message, offset behind it) for the answer to a request of that method; interim answers are messages too."""
    lines, body_at = split_head(data, at)
    message = Message()
    message.start, message.head = lines[0], data[at:body_at]
    match = STATUS_LINE.match(lines[0])
    if not match:
        raise Malformed(f"status line {lines[0][:80]!r}")
    message.minor_version, message.status = int(match[1]), int(match[2])
    message.fields = parse_fields(lines[1:])
    read_framing(message)
    without_body = message.status < 200 or message.status in (204, 304) or request_method == b"HEAD"
    if without_body and message.status in range(100, 200) and message.framing != "none":
        raise Malformed("framing in an interim answer")
    if message.status == 204 and message.framing != "none":
        raise Malformed("framing in a 204")  # RFC 9110 section 8.6
    if without_body:
        message.complete = True
        return message, body_at
    if message.framing == "none":
        message.framing = "close"
    try:
        return message, read_body(message, data, body_at, ended)
    except NeedMore:
        raise NeedMore(message) from None


class Client:
    """A raw connection: bytes out, answers in. `ended` becomes 'closed' or 'reset' once the peer is gone."""

    def __init__(self, address, tls=None, server_name="localhost", timeout=5.0):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
        self.timeout = timeout
        self.received = b""
        self.at = 0
        self.ended = None

    def send(self, data):
        """Sends all of it, or what the peer takes before it goes; its answer may still be readable."""
        self.socket.settimeout(self.timeout)
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError, TimeoutError):
            return False

    def receive(self, deadline):
        """Waits for more bytes until `deadline` (monotonic); False when there are none."""
        if self.ended:
            return False
        self.socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = self.socket.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        except (ConnectionResetError, ssl.SSLError):
            self.ended = "reset"
            return False
        if not data:
            self.ended = "closed"
            return False
        self.received += data
        return True

    def answer(self, method, wait):
        """The next final answer, skipping interim ones; None when there is none within `wait` seconds or before the
        end. Raises Malformed for bytes that are no answer."""
        deadline = time.monotonic() + wait
        while True:
            try:
                while True:
                    message, self.at = parse_response(self.received, self.at, method, ended=self.ended is not None)
                    if message.status >= 200:
                        return message
            except NeedMore as incomplete:
                if self.receive(deadline):
                    continue
                if self.ended and incomplete.args and incomplete.args[0].framing == "close":
                    continue
                if incomplete.args:
                    raise Malformed("an answer broke off in its body") from None
                if self.received[self.at:]:
                    raise Malformed(f"an answer broke off in its head: {self.received[self.at:][:80]!r}") from None
                return None

    def wait_for_end(self, wait):
        """Reads on until the peer closes; True if it did within `wait` seconds."""
        deadline = time.monotonic() + wait
        while self.receive(deadline):
            pass
        return self.ended is not None

    def rest(self):
        """Bytes received that no answer has used."""
        return self.received[self.at:]

    def close(self):
        self.socket.close()
