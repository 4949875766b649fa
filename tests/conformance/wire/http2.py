"""An HTTP/2 client for tests (RFC 9113): raw frames out over TLS, frames in through a strict reader, and expectations that
name what they saw when they are not met. It acknowledges SETTINGS and PING by itself; everything else is the test's.
"""
import itertools
import time

from . import frames
from .frames import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, FrameError,
                     error_name, frame, read_frame)
from .hpack import Decoder, HpackError, encode
from .http1 import Client

WAIT_SECONDS = 3.0


class Unexpected(Exception):
    """What came is not what was expected."""


def request_fields(method="GET", path="/", authority="localhost", scheme="https", more=()):
    """The fields of a plain request, as the gate's clients send them."""
    return [(b":method", method.encode()), (b":scheme", scheme.encode()), (b":authority", authority.encode()),
            (b":path", path.encode()), *more]


class Answer:
    def __init__(self):
        self.fields, self.body, self.trailers, self.ended = [], b"", [], False

    @property
    def status(self):
        return int(self.value(b":status"))

    def value(self, name):
        return next((value for field, value in self.fields if field == name), None)


class Connection(Client):
    """One HTTP/2 connection. `greet` sends the preface and SETTINGS and waits for the peer's."""

    def __init__(self, gate, settings=(), greet=True):
        super().__init__(gate.address, gate.tls)
        if gate.tls and self.socket.selected_alpn_protocol() != "h2":
            raise Unexpected(f"ALPN chose {self.socket.selected_alpn_protocol()!r}")
        self.authority = gate.host
        self.path = "/"
        self.decoder = Decoder()
        self.peer_settings = {}
        self.first_frame = None
        self.settings_acknowledged = 0
        self.block, self.block_stream = b"", None
        self.seen = []
        self.ping_numbers = itertools.count(1)
        if greet:
            self.send(frames.PREFACE + frames.settings(settings))
            self.until(lambda read: read.kind == SETTINGS and read.flags & ACK, "the acknowledgement of SETTINGS")

    # --- out

    def fields(self, method="GET", path=None, more=()):
        return request_fields(method, self.path if path is None else path, self.authority, more=more)

    def headers(self, stream, fields=None, flags=END_HEADERS | END_STREAM, block=None):
        """Sends a HEADERS frame, by default of a whole plain GET."""
        self.send(frame(HEADERS, flags, stream, encode(fields or self.fields()) if block is None else block))

    def data(self, stream, payload=b"", flags=0):
        self.send(frame(DATA, flags, stream, payload))

    # --- in

    def next_frame(self, wait=WAIT_SECONDS):
        """The next frame; None when none comes in time or the connection ended. A frame that breaks a rule of its type is
        Unexpected."""
        deadline = time.monotonic() + wait
        while True:
            try:
                found = read_frame(self.received)
            except FrameError as error:
                raise Unexpected(f"the server sent a broken frame: {error}") from None
            if found:
                self.received = self.received[found[1]:]
                self._take(found[0])
                return found[0]
            if not self.receive(deadline):
                return None

    def _take(self, read):
        """What every client does with a frame."""
        self.seen.append(read)
        if self.first_frame is None:
            self.first_frame = read
        if self.block_stream is not None and (read.kind != CONTINUATION or read.stream != self.block_stream):
            raise Unexpected(f"{read} inside a header block")
        if read.kind == SETTINGS and read.flags & ACK:
            self.settings_acknowledged += 1
        elif read.kind == SETTINGS:
            self.peer_settings.update(read.settings)
            self.send(frame(SETTINGS, ACK, 0))
        elif read.kind == PING and not read.flags & ACK:
            self.send(frames.ping(read.payload, ACK))
        elif read.kind in (HEADERS, CONTINUATION):
            self.block += read.block
            self.block_stream = read.stream
            if read.flags & END_HEADERS:
                try:
                    read.fields = self.decoder.decode(self.block)
                except HpackError as error:
                    raise Unexpected(f"the server sent a broken header block: {error}") from None
                self.block, self.block_stream = b"", None
        elif read.kind == frames.PUSH_PROMISE:
            raise Unexpected("PUSH_PROMISE although push is not offered")

    def until(self, wanted, what, wait=WAIT_SECONDS):
        """Reads until a frame that `wanted` likes; a GOAWAY with an error or the end is Unexpected."""
        deadline = time.monotonic() + wait
        while True:
            read = self.next_frame(deadline - time.monotonic())
            if read is None:
                raise Unexpected(f"no {what} ({self.ended or 'nothing came'}; last: {self.seen[-3:]})")
            if wanted(read):
                return read
            if read.kind == GOAWAY and read.code:
                raise Unexpected(f"{read} instead of {what}")

    # --- expectations

    def expect_alive(self):
        """PING is answered: everything sent before was taken and the connection lives."""
        payload = next(self.ping_numbers).to_bytes(8, "big")
        self.send(frames.ping(payload))
        self.until(lambda read: read.kind == PING and read.flags & ACK and read.payload == payload, "answer to PING")

    def expect_alive_or_ended(self):
        """As after our GOAWAY: the peer may go, without an error."""
        try:
            self.expect_alive()
        except Unexpected:
            if not self.ended or any(read.kind == GOAWAY and read.code for read in self.seen):
                raise

    def expect_answer(self, stream=1, status=200):
        """The whole answer on that stream."""
        return self.expect_answers(stream, status=status)[stream]

    def expect_answers(self, *streams, status=200):
        """The whole answers on these streams, in whatever order they come."""
        answers, left = {stream: Answer() for stream in streams}, set(streams)
        while left:
            read = self.until(lambda read: read.stream in left and read.kind in (HEADERS, CONTINUATION, DATA, RST_STREAM),
                              f"answer on {sorted(left)}")
            answer = answers[read.stream]
            if read.kind == RST_STREAM:
                raise Unexpected(f"{read} instead of an answer")
            if read.kind == DATA:
                answer.body += read.data
            elif read.fields and answer.fields and answer.status >= 200:
                answer.trailers = read.fields
            elif read.fields:
                answer.fields = read.fields
            answer.ended |= read.kind in (HEADERS, DATA) and bool(read.flags & END_STREAM)
            if answer.ended and answer.fields:
                left.discard(read.stream)
        for answer in answers.values():
            if status is not None and answer.status != status:
                raise Unexpected(f"status {answer.status}, not {status}: {answer.body[:200]!r}")
        return answers

    def expect_connection_error(self, *codes, or_close=False):
        """GOAWAY with one of the codes, then the end of the connection. `or_close`: the end alone will do."""
        while True:
            read = self.next_frame()
            if read is None and self.ended and or_close:
                return
            if read is None:
                raise Unexpected(f"no GOAWAY ({self.ended or 'nothing came'}; last: {self.seen[-3:]})")
            if read.kind == GOAWAY:
                if read.code not in codes:
                    raise Unexpected(f"{read}, not {' or '.join(map(error_name, codes))}")
                break
        if not self.wait_for_end(WAIT_SECONDS):
            raise Unexpected("GOAWAY, but the connection stays open")  # RFC 9113 section 5.4.1

    def expect_stream_error(self, stream, *codes, answered=False):
        """RST_STREAM with one of the codes and a connection that lives on; or the same as a connection error, which an
        endpoint may make of it (RFC 9113 section 5.4). `answered`: the request was good, so that its answer may come first."""
        while True:
            read = self.next_frame()
            if read is None:
                raise Unexpected(f"no RST_STREAM ({self.ended or 'nothing came'}; last: {self.seen[-3:]})")
            if read.kind == GOAWAY and read.code:
                if read.code not in codes:
                    raise Unexpected(f"{read}, not {' or '.join(map(error_name, codes))}")
                return
            served = read.kind == HEADERS and read.stream == stream and read.fields and read.fields[0][1].startswith(b"2")
            if served and not answered:
                raise Unexpected(f"served: {read}")
            if read.kind == RST_STREAM and read.stream == stream:
                if read.code not in codes:
                    raise Unexpected(f"{read}, not {' or '.join(map(error_name, codes))}")
                self.expect_alive()
                return

    def expect_data(self, stream, length):
        """The next DATA on that stream has exactly this length."""
        read = self.until(lambda read: read.kind == DATA and read.stream == stream, f"DATA on stream {stream}")
        if len(read.payload) != length:
            raise Unexpected(f"{read}, not {length} octets")
        return read
