"""h2spec "http2" sections 6 and 7: what each type of frame may hold, and error codes."""
import struct

from wire import frames
from wire.frames import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, HEADERS,
                         INITIAL_WINDOW_SIZE, PADDED, PING, PRIORITY, PROTOCOL_ERROR, RST_STREAM, SETTINGS, STREAM_CLOSED,
                         WINDOW_UPDATE, frame, priority_fields, rst_stream, window_update)
from wire.hpack import encode
from wire.http2 import Unexpected

from . import case

WINDOW_MAX = 0x7fffffff
UNKNOWN_CODE = 0xff


def breaks(peer, code, *octets):
    """The octets are an error of the connection with that code, and nothing reaches the upstream."""
    client = peer.connect()
    client.send(b"".join(octets))
    client.expect_connection_error(code)
    peer.expect_nothing_upstream()


# --- 6.1 DATA

@case("http2", "6.1", "Sends a DATA frame with 0x0 stream identifier")
def data_on_0(peer):
    breaks(peer, PROTOCOL_ERROR, frame(DATA, END_STREAM, 0, b"test"))


@case("http2", "6.1", 'Sends a DATA frame on the stream that is not in "open" or "half-closed (local)" state')
def data_on_half_closed(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    client.data(1, b"test", END_STREAM)
    client.expect_stream_error(1, STREAM_CLOSED, answered=True)


@case("http2", "6.1", "Sends a DATA frame with invalid pad length")
def data_padding(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.data(1, b"\x08test", END_STREAM | PADDED)
    client.expect_connection_error(PROTOCOL_ERROR)
    peer.expect_no_whole_request()


# --- 6.2 HEADERS

@case("http2", "6.2", "Sends a HEADERS frame without the END_HEADERS flag, and a PRIORITY frame")
def headers_then_priority(peer):
    client = peer.connect()
    breaks(peer, PROTOCOL_ERROR, frame(HEADERS, END_STREAM, 1, encode(client.fields())), frame(PRIORITY, 0, 1, priority_fields(0)))


@case("http2", "6.2", "Sends a HEADERS frame to another stream while sending a HEADERS frame")
def headers_then_headers(peer):
    client = peer.connect()
    block = encode(client.fields())
    breaks(peer, PROTOCOL_ERROR, frame(HEADERS, END_STREAM, 1, block), frame(HEADERS, END_STREAM | END_HEADERS, 3, block))


@case("http2", "6.2", "Sends a HEADERS frame with 0x0 stream identifier")
def headers_on_0(peer):
    client = peer.connect()
    breaks(peer, PROTOCOL_ERROR, frame(HEADERS, END_STREAM | END_HEADERS, 0, encode(client.fields())))


@case("http2", "6.2", "Sends a HEADERS frame with invalid pad length")
def headers_padding(peer):
    client = peer.connect()
    block = encode(client.fields())
    breaks(peer, PROTOCOL_ERROR, frame(HEADERS, END_STREAM | END_HEADERS | PADDED, 1, bytes([len(block) + 1]) + block))


# --- 6.3 PRIORITY, 6.4 RST_STREAM

@case("http2", "6.3", "Sends a PRIORITY frame with 0x0 stream identifier")
def priority_on_0(peer):
    breaks(peer, PROTOCOL_ERROR, frame(PRIORITY, 0, 0, priority_fields(0)))


@case("http2", "6.3", "Sends a PRIORITY frame with a length other than 5 octets")
def priority_length(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    client.send(frame(PRIORITY, 0, 1, priority_fields(0)[:4]))
    client.expect_stream_error(1, FRAME_SIZE_ERROR, answered=True)


@case("http2", "6.4", "Sends a RST_STREAM frame with 0x0 stream identifier")
def rst_stream_on_0(peer):
    breaks(peer, PROTOCOL_ERROR, rst_stream(0))


@case("http2", "6.4", "Sends a RST_STREAM frame on a idle stream")
def rst_stream_on_idle(peer):
    breaks(peer, PROTOCOL_ERROR, rst_stream(1))


@case("http2", "6.4", "Sends a RST_STREAM frame with a length other than 4 octets")
def rst_stream_length(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.send(frame(RST_STREAM, 0, 1, b"abc"))
    client.expect_connection_error(FRAME_SIZE_ERROR)
    peer.expect_no_whole_request()


# --- 6.5 SETTINGS

@case("http2", "6.5", "Sends a SETTINGS frame with ACK flag and payload")
def settings_ack_with_payload(peer):
    breaks(peer, FRAME_SIZE_ERROR, frame(SETTINGS, ACK, 0, b"\x00"))


@case("http2", "6.5", "Sends a SETTINGS frame with a stream identifier other than 0x0")
def settings_on_stream(peer):
    breaks(peer, PROTOCOL_ERROR, frame(SETTINGS, 0, 1, struct.pack(">HI", frames.MAX_CONCURRENT_STREAMS, 100)))


@case("http2", "6.5", "Sends a SETTINGS frame with a length other than a multiple of 6 octets")
def settings_length(peer):
    breaks(peer, FRAME_SIZE_ERROR, frame(SETTINGS, 0, 0, b"abc"))


@case("http2", "6.5.2", "SETTINGS_ENABLE_PUSH (0x2): Sends the value other than 0 or 1")
def enable_push_2(peer):
    breaks(peer, PROTOCOL_ERROR, frames.settings([(frames.ENABLE_PUSH, 2)]))


@case("http2", "6.5.2", "SETTINGS_INITIAL_WINDOW_SIZE (0x4): Sends the value above the maximum flow control window size")
def initial_window_too_large(peer):
    breaks(peer, FLOW_CONTROL_ERROR, frames.settings([(INITIAL_WINDOW_SIZE, WINDOW_MAX + 1)]))


@case("http2", "6.5.2", "SETTINGS_MAX_FRAME_SIZE (0x5): Sends the value below the initial value")
def max_frame_size_too_small(peer):
    breaks(peer, PROTOCOL_ERROR, frames.settings([(frames.MAX_FRAME_SIZE, 16383)]))


@case("http2", "6.5.2", "SETTINGS_MAX_FRAME_SIZE (0x5): Sends the value above the maximum allowed frame size")
def max_frame_size_too_large(peer):
    breaks(peer, PROTOCOL_ERROR, frames.settings([(frames.MAX_FRAME_SIZE, 1 << 24)]))


@case("http2", "6.5.2", "Sends a SETTINGS frame with unknown identifier")
def unknown_setting(peer):
    client = peer.connect()
    client.send(frames.settings([(UNKNOWN_CODE, 1)]))
    client.expect_alive()


@case("http2", "6.5.3", "Sends multiple values of SETTINGS_INITIAL_WINDOW_SIZE")
def settings_in_order(peer):
    client = peer.connect([(INITIAL_WINDOW_SIZE, 100), (INITIAL_WINDOW_SIZE, 1)])
    client.headers(1)
    client.expect_data(1, 1)


@case("http2", "6.5.3", "Sends a SETTINGS frame without ACK flag")
def settings_are_acknowledged(peer):
    client = peer.connect()
    before = client.settings_acknowledged
    client.send(frames.settings())
    client.expect_alive()
    if client.settings_acknowledged != before + 1:
        raise Unexpected("SETTINGS were not acknowledged at once")


# --- 6.7 PING, 6.8 GOAWAY

@case("http2", "6.7", "Sends a PING frame")
def ping_payload(peer):
    client = peer.connect()
    client.send(frames.ping(b"identity"))
    client.until(lambda read: read.kind == PING and read.flags & ACK and read.payload == b"identity", "the same PING back")


@case("http2", "6.7", "Sends a PING frame with ACK")
def ping_with_ack(peer):
    client = peer.connect()
    client.send(frames.ping(b"unwanted", ACK))
    client.expect_alive()
    if any(read.kind == PING and read.payload == b"unwanted" for read in client.seen):
        raise Unexpected("an acknowledgement was answered")


@case("http2", "6.7", "Sends a PING frame with a stream identifier field value other than 0x0")
def ping_on_stream(peer):
    breaks(peer, PROTOCOL_ERROR, frame(PING, 0, 1, bytes(8)))


@case("http2", "6.7", "Sends a PING frame with a length field value other than 8")
def ping_length(peer):
    breaks(peer, FRAME_SIZE_ERROR, frame(PING, 0, 0, bytes(6)))


@case("http2", "6.8", "Sends a GOAWAY frame with a stream identifier other than 0x0")
def goaway_on_stream(peer):
    breaks(peer, PROTOCOL_ERROR, frames.goaway(stream=1))


# --- 6.9 WINDOW_UPDATE

@case("http2", "6.9", "Sends a WINDOW_UPDATE frame with a flow control window increment of 0")
def increment_0(peer):
    breaks(peer, PROTOCOL_ERROR, window_update(0, 0))


@case("http2", "6.9", "Sends a WINDOW_UPDATE frame with a flow control window increment of 0 on a stream")
def increment_0_on_stream(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    client.send(window_update(1, 0))
    client.expect_stream_error(1, PROTOCOL_ERROR, answered=True)


@case("http2", "6.9", "Sends a WINDOW_UPDATE frame with a length other than 4 octets")
def window_update_length(peer):
    breaks(peer, FRAME_SIZE_ERROR, frame(WINDOW_UPDATE, 0, 0, b"abc"))


@case("http2", "6.9.1", "Sends SETTINGS frame to set the initial window size to 1 and sends HEADERS frame")
def window_of_1(peer):
    client = peer.connect([(INITIAL_WINDOW_SIZE, 1)])
    client.headers(1)
    client.expect_data(1, 1)
    client.expect_alive()
    if sum(len(read.payload) for read in client.seen if read.kind == DATA) != 1:
        raise Unexpected("more DATA than the window holds")


@case("http2", "6.9.1", "Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1")
def connection_window_overflow(peer):
    breaks(peer, FLOW_CONTROL_ERROR, window_update(0, WINDOW_MAX), window_update(0, WINDOW_MAX))


@case("http2", "6.9.1", "Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream")
def stream_window_overflow(peer):
    client = peer.connect(stalled=True)
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.send(window_update(1, WINDOW_MAX) + window_update(1, WINDOW_MAX))
    client.expect_stream_error(1, FLOW_CONTROL_ERROR)


@case("http2", "6.9.2", "Changes SETTINGS_INITIAL_WINDOW_SIZE after sending HEADERS frame")
def window_grows_later(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    client.expect_alive()
    client.send(frames.settings([(INITIAL_WINDOW_SIZE, 1)]))
    client.expect_data(1, 1)


@case("http2", "6.9.2", "Sends a SETTINGS frame for window size to be negative")
def negative_window(peer):
    client = peer.connect([(INITIAL_WINDOW_SIZE, 3)])
    client.headers(1)
    client.expect_data(1, 3)
    client.send(frames.settings([(INITIAL_WINDOW_SIZE, 2)]))  # the stream's window is now -1
    client.expect_alive()
    client.send(window_update(1, 2))
    client.expect_data(1, 1)


@case("http2", "6.9.2", "Sends a SETTINGS_INITIAL_WINDOW_SIZE settings with an exceeded maximum window size value")
def initial_window_overflow(peer):
    breaks(peer, FLOW_CONTROL_ERROR, frames.settings([(INITIAL_WINDOW_SIZE, WINDOW_MAX + 1)]))


# --- 6.10 CONTINUATION

@case("http2", "6.10", "Sends multiple CONTINUATION frames preceded by a HEADERS frame")
def continuations(peer):
    client = peer.connect()
    client.headers(1, flags=END_STREAM)
    client.send(frame(CONTINUATION, 0, 1, encode([(b"x-one", b"1")])) + frame(CONTINUATION, END_HEADERS, 1, encode([(b"x-two", b"2")])))
    client.expect_answer(1)
    peer.expect_upstream_field(b"x-two", b"2")


def breaks_around_continuation(peer, *after, flags=0):
    """`after` follows a HEADERS frame with these flags on stream 1."""
    client = peer.connect()
    client.headers(1, client.fields("POST"), flags)
    client.send(b"".join(after))
    client.expect_connection_error(PROTOCOL_ERROR)
    peer.expect_no_whole_request()


EXTRA = encode([(b"x-extra", b"1")])


@case("http2", "6.10", "Sends a CONTINUATION frame followed by any frame other than CONTINUATION")
def continuation_then_data(peer):
    breaks_around_continuation(peer, frame(CONTINUATION, 0, 1, EXTRA), frame(DATA, END_STREAM, 1, b"test"))


@case("http2", "6.10", "Sends a CONTINUATION frame with 0x0 stream identifier")
def continuation_on_0(peer):
    breaks_around_continuation(peer, frame(CONTINUATION, END_HEADERS, 0, EXTRA))


@case("http2", "6.10", "Sends a CONTINUATION frame preceded by a HEADERS frame with END_HEADERS flag")
def continuation_after_whole_headers(peer):
    breaks_around_continuation(peer, frame(CONTINUATION, END_HEADERS, 1, EXTRA), flags=END_HEADERS)


@case("http2", "6.10", "Sends a CONTINUATION frame preceded by a CONTINUATION frame with END_HEADERS flag")
def continuation_after_whole_continuation(peer):
    breaks_around_continuation(peer, frame(CONTINUATION, END_HEADERS, 1, EXTRA), frame(CONTINUATION, END_HEADERS, 1, EXTRA))


@case("http2", "6.10", "Sends a CONTINUATION frame preceded by a DATA frame")
def continuation_after_data(peer):
    breaks_around_continuation(peer, frame(DATA, 0, 1, b"test"), frame(CONTINUATION, END_HEADERS, 1, EXTRA), flags=END_HEADERS)


# --- 7 Error codes

@case("http2", "7", "Sends a GOAWAY frame with unknown error code")
def goaway_with_unknown_code(peer):
    client = peer.connect()
    client.send(frames.goaway(0, UNKNOWN_CODE))
    client.expect_alive_or_ended()


@case("http2", "7", "Sends a RST_STREAM frame with unknown error code")
def rst_stream_with_unknown_code(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.send(rst_stream(1, UNKNOWN_CODE))
    client.expect_alive()
