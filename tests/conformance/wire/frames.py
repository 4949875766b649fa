"""HTTP/2 frames (RFC 9113 section 4), written in any shape, also wrong ones, and read strictly."""
import struct

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
NAMES = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"]

END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM,
 CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY, HTTP_1_1_REQUIRED) = range(14)
ERROR_NAMES = ["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
               "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
               "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"]

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = range(1, 7)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_SIZE_DEFAULT = 16384


def error_name(code):
    return ERROR_NAMES[code] if code < len(ERROR_NAMES) else f"error {code:#x}"


def frame(kind, flags, stream, payload=b"", length=None):
    """A frame's octets; `stream` may hold the reserved bit, `length` may lie."""
    length = len(payload) if length is None else length
    return length.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def padded(payload, padding):
    return bytes([padding]) + payload + bytes(padding)


def priority_fields(dependency, weight=16, exclusive=False):
    return struct.pack(">IB", dependency | (0x80000000 if exclusive else 0), weight - 1)


def settings(pairs=()):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", name, value) for name, value in pairs))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def rst_stream(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def ping(payload, flags=0):
    return frame(PING, flags, 0, payload)


def goaway(last_stream=0, code=NO_ERROR, debug=b"", stream=0):
    return frame(GOAWAY, 0, stream, struct.pack(">II", last_stream, code) + debug)


class FrameError(Exception):
    """A frame that breaks the rules of its type; `code` is the error to answer with."""

    def __init__(self, code, why):
        super().__init__(f"{error_name(code)}: {why}")
        self.code = code


class Frame:
    """A frame that was read. What its payload holds is in the attributes that its type has."""

    def __init__(self, kind, flags, stream, payload):
        self.kind, self.flags, self.stream, self.payload = kind, flags, stream, payload
        self.padding = self.block = self.data = self.code = self.increment = self.last_stream = self.debug = None
        self.dependency = self.weight = self.exclusive = self.promised = None
        self.settings = []
        self.fields = None  # of a whole header block, set by the connection

    def __repr__(self):
        name = NAMES[self.kind] if self.kind < len(NAMES) else f"type {self.kind:#x}"
        more = f" {error_name(self.code)}" if self.code is not None else ""
        more += f" {self.debug!r}" if self.debug else ""
        more += f" {self.fields[:1]}" if self.fields else ""
        return f"{name}(stream {self.stream}, flags {self.flags:#x}, {len(self.payload)} octets{more})"


def read_frame(data, size_max=FRAME_SIZE_DEFAULT):
    """(Frame, its length in octets) from the beginning of `data`; None while it is incomplete. Raises FrameError."""
    if len(data) < 9:
        return None
    length = int.from_bytes(data[:3], "big")
    if length > size_max:
        raise FrameError(FRAME_SIZE_ERROR, f"{length} octets")
    if len(data) < 9 + length:
        return None
    kind, flags, stream = data[3], data[4], int.from_bytes(data[5:9], "big") & 0x7fffffff
    read = Frame(kind, flags, stream, data[9:9 + length])
    if kind < len(READERS):
        READERS[kind](read)
    return read, 9 + length


def need(condition, code, why):
    if not condition:
        raise FrameError(code, why)


def without_padding(read):
    if not read.flags & PADDED:
        return read.payload
    need(read.payload, FRAME_SIZE_ERROR, "no pad length")
    count = read.payload[0]
    need(count < len(read.payload), PROTOCOL_ERROR, "padding over the end")
    read.padding = read.payload[len(read.payload) - count:]
    return read.payload[1:len(read.payload) - count]


def read_priority_fields(read, octets):
    dependency, weight = struct.unpack(">IB", octets)
    read.dependency, read.exclusive, read.weight = dependency & 0x7fffffff, bool(dependency >> 31), weight + 1


def read_data(read):
    need(read.stream, PROTOCOL_ERROR, "DATA on stream 0")
    read.data = without_padding(read)


def read_headers(read):
    need(read.stream, PROTOCOL_ERROR, "HEADERS on stream 0")
    read.block = without_padding(read)
    if read.flags & WITH_PRIORITY:
        need(len(read.block) >= 5, FRAME_SIZE_ERROR, "no room for the priority")
        read_priority_fields(read, read.block[:5])
        read.block = read.block[5:]


def read_priority(read):
    need(read.stream, PROTOCOL_ERROR, "PRIORITY on stream 0")
    need(len(read.payload) == 5, FRAME_SIZE_ERROR, "PRIORITY is not 5 octets")
    read_priority_fields(read, read.payload)


def read_rst_stream(read):
    need(read.stream, PROTOCOL_ERROR, "RST_STREAM on stream 0")
    need(len(read.payload) == 4, FRAME_SIZE_ERROR, "RST_STREAM is not 4 octets")
    read.code = int.from_bytes(read.payload, "big")


def read_settings(read):
    need(not read.stream, PROTOCOL_ERROR, "SETTINGS on a stream")
    need(not read.flags & ACK or not read.payload, FRAME_SIZE_ERROR, "an acknowledgement with a payload")
    need(len(read.payload) % 6 == 0, FRAME_SIZE_ERROR, "SETTINGS is no multiple of 6 octets")
    read.settings = list(struct.iter_unpack(">HI", read.payload))


def read_push_promise(read):
    need(read.stream, PROTOCOL_ERROR, "PUSH_PROMISE on stream 0")
    rest = without_padding(read)
    need(len(rest) >= 4, FRAME_SIZE_ERROR, "no room for the promised stream")
    read.promised, read.block = int.from_bytes(rest[:4], "big") & 0x7fffffff, rest[4:]
    need(read.promised and read.promised % 2 == 0, PROTOCOL_ERROR, "a promised stream that is no server's")


def read_ping(read):
    need(not read.stream, PROTOCOL_ERROR, "PING on a stream")
    need(len(read.payload) == 8, FRAME_SIZE_ERROR, "PING is not 8 octets")


def read_goaway(read):
    need(not read.stream, PROTOCOL_ERROR, "GOAWAY on a stream")
    need(len(read.payload) >= 8, FRAME_SIZE_ERROR, "GOAWAY is under 8 octets")
    last_stream, read.code = struct.unpack(">II", read.payload[:8])
    read.last_stream, read.debug = last_stream & 0x7fffffff, read.payload[8:]


def read_window_update(read):
    need(len(read.payload) == 4, FRAME_SIZE_ERROR, "WINDOW_UPDATE is not 4 octets")
    read.increment = int.from_bytes(read.payload, "big") & 0x7fffffff
    need(read.increment, PROTOCOL_ERROR, "WINDOW_UPDATE by 0")


def read_continuation(read):
    need(read.stream, PROTOCOL_ERROR, "CONTINUATION on stream 0")
    read.block = read.payload


READERS = [read_data, read_headers, read_priority, read_rst_stream, read_settings, read_push_promise, read_ping, read_goaway,
           read_window_update, read_continuation]
