"""WebSocket frames (RFC 6455 section 5), the server's side: reads whole messages, answers pings, writes unmasked frames.

A message that breaks the protocol is `Closed` with the code that the peer is to be told.
"""
import base64
import hashlib
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MESSAGE_MAX = 64 * 1024
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


class Closed(Exception):
    """The conversation is over; `code` is the close code to send (RFC 6455 section 7.4.1), None when none is due."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def accept_value(key: str) -> str:
    """Sec-WebSocket-Accept for a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def frame(opcode: int, payload: bytes) -> bytes:
    """One unfragmented, unmasked frame."""
    if len(payload) < 126:
        return struct.pack("!BB", 0x80 | opcode, len(payload)) + payload
    if len(payload) < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, len(payload)) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, len(payload)) + payload


def close_frame(code: int) -> bytes:
    return frame(CLOSE, struct.pack("!H", code))


def read_message(reader, send) -> tuple[int, bytes]:
    """The next whole text or binary message; pings that come before it are answered through `send`. Raises Closed."""
    kind, message = None, bytearray()
    while True:
        final, opcode, payload = _read_frame(reader)
        if opcode == CLOSE:
            raise Closed(1000 if len(payload) != 1 else 1002)
        if opcode == PING:
            send(frame(PONG, payload))
            continue
        if opcode == PONG:
            continue
        if (kind is None) == (opcode == 0):  # a message begins with its kind and goes on with 0
            raise Closed(1002)
        kind = kind or opcode
        message += payload
        if len(message) > MESSAGE_MAX:
            raise Closed(1009)
        if final:
            return kind, _checked(kind, bytes(message))


def _checked(kind, message):
    if kind == TEXT:
        try:
            message.decode()
        except UnicodeDecodeError:
            raise Closed(1007) from None
    return message


def _read_frame(reader) -> tuple[bool, int, bytes]:
    first, second = _exactly(reader, 2)
    final, opcode, length = bool(first & 0x80), first & 0x0F, second & 0x7F
    if first & 0x70 or opcode not in (0, TEXT, BINARY, CLOSE, PING, PONG) or not second & 0x80:
        raise Closed(1002)  # reserved bits, an unknown opcode, or a client's frame without a mask (section 5.1)
    if opcode >= CLOSE and (length > 125 or not final):
        raise Closed(1002)
    if length == 126:
        (length,) = struct.unpack("!H", _exactly(reader, 2))
    elif length == 127:
        (length,) = struct.unpack("!Q", _exactly(reader, 8))
    if length > MESSAGE_MAX:
        raise Closed(1009)
    mask = _exactly(reader, 4)
    payload = _exactly(reader, length)
    return final, opcode, bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def _exactly(reader, count):
    data = reader.read(count)
    if len(data) != count:
        raise Closed(None)
    return data
