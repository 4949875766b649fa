"""Reading HTTP/1.1 messages from a socket, strictly: what is not well-formed is an error, never guessed."""
import dataclasses
import threading


class Broken(Exception):
    """The bytes are no HTTP/1.1 message."""


class Incomplete(Broken):
    """They ended within one."""


@dataclasses.dataclass
class Message:
    start: str                          # the request line or status line
    fields: list[tuple[str, str]]       # names as sent
    body: bytes = b""
    raw: bytes = b""
    trailers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    interim: list[int] = dataclasses.field(default_factory=list)  # of a response: the 1xx before it
    ended_by_close: bool = False

    @property
    def status(self):
        return int(self.start.split(" ")[1])

    def values(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]


class Reader:
    """Takes bytes from `receive()` (empty: the end) and gives messages; keeps every byte that it took in `raw`."""

    def __init__(self, receive):
        self._receive = receive
        self._buffer = b""
        self._ended = False
        self.raw = b""
        self.head_seen = threading.Event()  # of a final response; its body may still be on its way

    def at_end(self):
        """Waits for the next byte; True when there is none."""
        while not self._buffer and not self._ended:
            self._more()
        return not self._buffer

    def head(self):
        """Start line and fields of the next message, None at the end of the connection."""
        if self.at_end():
            return None
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        return Message(lines[0], [self._field(line) for line in lines[1:]])

    def request(self, on_head=lambda message: True):
        """The next whole request. `on_head` sees it before the body and may say False: the body is not read then."""
        start = len(self.raw) - len(self._buffer)
        message = self.head()
        if message and on_head(message):
            self._read_body(message, False)
        if message:
            message.raw = self.raw[start:len(self.raw) - len(self._buffer)]
        return message

    def response(self, method):
        interim = []
        while message := self.head():
            if message.status >= 200 or message.status == 101:
                message.interim = interim
                self.head_seen.set()
                if method != "HEAD" and message.status not in (101, 204, 304):
                    self._read_body(message, True)
                return message
            interim.append(message.status)
        return None

    def _read_body(self, message, until_close):
        codings, lengths = message.values("transfer-encoding"), message.values("content-length")
        if codings and lengths or len(codings) > 1 or len(lengths) > 1:
            raise Broken("two framings: %s %s" % (codings, lengths))
        if codings:
            if codings != ["chunked"]:
                raise Broken("transfer coding %s" % codings[0])
            return self._chunked(message)
        if lengths:
            if not lengths[0].isdigit():
                raise Broken("content-length %r" % lengths[0])
            message.body = self._exactly(int(lengths[0]))
        elif until_close:
            while not self._ended:
                self._more()
            message.body, self._buffer, message.ended_by_close = self._buffer, b"", True

    def _chunked(self, message):
        while size := int(self._until(b"\r\n"), 16):
            message.body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise Broken("a chunk is longer than its size")
        while line := self._until(b"\r\n").decode("latin-1"):
            message.trailers.append(self._field(line))

    def _field(self, line):
        name, colon, value = line.partition(":")
        if not colon or not name or name.strip() != name or "\n" in line or "\r" in line:
            raise Broken("header line %r" % line)
        return name, value.strip(" \t")

    def _until(self, mark):
        while mark not in self._buffer:
            if self._ended:
                raise Incomplete("the connection ended within a message: %r" % self._buffer[-200:])
            self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _exactly(self, count):
        while len(self._buffer) < count:
            if self._ended:
                raise Incomplete("the connection ended %d bytes early" % (count - len(self._buffer)))
            self._more()
        found, self._buffer = self._buffer[:count], self._buffer[count:]
        return found

    def _more(self):
        data = self._receive()
        self._ended = not data
        self._buffer += data
        self.raw += data
