"""h2spec "http2" sections 5.1 to 5.3: stream states, identifiers, concurrency, dependencies.

Where a stream has to stay half-closed while a frame arrives, the client's window is 0, so that the answer cannot end it."""
from wire import frames
from wire.frames import (CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM,
                         STREAM_CLOSED, WITH_PRIORITY, frame, priority_fields, rst_stream, window_update)
from wire.hpack import encode
from wire.http2 import Unexpected

from . import case

STREAMS_TO_TRY_MAX = 2000


def on_idle(peer, octets):
    client = peer.connect()
    client.send(octets)
    client.expect_connection_error(PROTOCOL_ERROR)
    peer.expect_nothing_upstream()


@case("http2", "5.1", "idle: Sends a DATA frame")
def data_on_idle(peer):
    on_idle(peer, frame(DATA, END_STREAM, 1, b"test"))


@case("http2", "5.1", "idle: Sends a RST_STREAM frame")
def rst_stream_on_idle(peer):
    on_idle(peer, rst_stream(1))


@case("http2", "5.1", "idle: Sends a WINDOW_UPDATE frame")
def window_update_on_idle(peer):
    on_idle(peer, window_update(1, 100))


@case("http2", "5.1", "idle: Sends a CONTINUATION frame")
def continuation_on_idle(peer):
    on_idle(peer, frame(CONTINUATION, END_HEADERS, 1, b"\x82"))


def half_closed(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    return client


@case("http2", "5.1", "half closed (remote): Sends a DATA frame")
def data_on_half_closed(peer):
    client = half_closed(peer)
    client.data(1, b"test", END_STREAM)
    client.expect_stream_error(1, STREAM_CLOSED, answered=True)


@case("http2", "5.1", "half closed (remote): Sends a HEADERS frame")
def headers_on_half_closed(peer):
    client = half_closed(peer)
    client.headers(1)
    client.expect_stream_error(1, STREAM_CLOSED, answered=True)


@case("http2", "5.1", "half closed (remote): Sends a CONTINUATION frame")
def continuation_on_half_closed(peer):
    client = half_closed(peer)
    client.send(frame(CONTINUATION, END_HEADERS, 1, encode(client.fields())))
    client.expect_stream_error(1, STREAM_CLOSED, PROTOCOL_ERROR, answered=True)  # section 6.10 makes it a PROTOCOL_ERROR of the connection


def closed_by_reset(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.send(rst_stream(1))
    return client


@case("http2", "5.1", "closed: Sends a DATA frame after sending RST_STREAM frame")
def data_after_reset(peer):
    client = closed_by_reset(peer)
    client.data(1, b"test", END_STREAM)
    client.expect_stream_error(1, STREAM_CLOSED)
    peer.expect_no_whole_request()


@case("http2", "5.1", "closed: Sends a HEADERS frame after sending RST_STREAM frame")
def headers_after_reset(peer):
    client = closed_by_reset(peer)
    client.headers(1)
    client.expect_stream_error(1, STREAM_CLOSED)
    peer.expect_no_whole_request()


@case("http2", "5.1", "closed: Sends a CONTINUATION frame after sending RST_STREAM frame")
def continuation_after_reset(peer):
    client = closed_by_reset(peer)
    client.send(frame(CONTINUATION, END_HEADERS, 1, encode(client.fields())))
    client.expect_stream_error(1, STREAM_CLOSED, PROTOCOL_ERROR)
    peer.expect_no_whole_request()


def closed(peer):
    client = peer.connect()
    client.headers(1)
    client.expect_answer(1)
    return client


@case("http2", "5.1", "closed: Sends a DATA frame")
def data_on_closed(peer):
    client = closed(peer)
    client.data(1, b"test", END_STREAM)
    client.expect_stream_error(1, STREAM_CLOSED)


@case("http2", "5.1", "closed: Sends a HEADERS frame")
def headers_on_closed(peer):
    client = closed(peer)
    client.headers(1)
    client.expect_connection_error(STREAM_CLOSED)


@case("http2", "5.1", "closed: Sends a CONTINUATION frame")
def continuation_on_closed(peer):
    client = closed(peer)
    client.send(frame(CONTINUATION, END_HEADERS, 1, encode(client.fields())))
    client.expect_connection_error(STREAM_CLOSED, PROTOCOL_ERROR)


@case("http2", "5.1.1", "Sends even-numbered stream identifier")
def even_stream(peer):
    client = peer.connect()
    client.headers(2)
    client.expect_connection_error(PROTOCOL_ERROR)
    peer.expect_nothing_upstream()


@case("http2", "5.1.1", "Sends stream identifier that is numerically smaller than previous")
def smaller_stream(peer):
    client = peer.connect()
    client.headers(5)
    client.expect_answer(5)
    client.headers(3)
    client.expect_connection_error(PROTOCOL_ERROR)


@case("http2", "5.1.2", "Sends HEADERS frames that causes their advertised concurrent stream limit to be exceeded")
def too_many_streams(peer):
    client = peer.connect(stalled=True)
    limit = client.peer_settings.get(frames.MAX_CONCURRENT_STREAMS)
    if limit is None or limit > STREAMS_TO_TRY_MAX:
        raise Unexpected(f"MAX_CONCURRENT_STREAMS is {limit}")
    for number in range(limit + 1):
        client.headers(2 * number + 1)
    client.expect_stream_error(2 * limit + 1, PROTOCOL_ERROR, REFUSED_STREAM)
    if any(read.kind == GOAWAY for read in client.seen):
        return
    for stream in (1, 2 * limit - 1):
        if not any(read.stream == stream and read.fields for read in client.seen):
            client.until(lambda read, stream=stream: read.stream == stream and read.fields, f"answer on stream {stream}")


@case("http2", "5.3.1", "Sends HEADERS frame that depends on itself")
def headers_on_itself(peer):
    client = peer.connect()
    client.headers(1, flags=END_HEADERS | END_STREAM | WITH_PRIORITY, block=priority_fields(1, 256) + encode(client.fields()))
    client.expect_stream_error(1, PROTOCOL_ERROR)
    peer.expect_nothing_upstream()


@case("http2", "5.3.1", "Sends PRIORITY frame that depend on itself")
def priority_on_itself(peer):
    client = peer.connect()
    client.send(frame(PRIORITY, 0, 1, priority_fields(1, 256)))
    client.expect_stream_error(1, PROTOCOL_ERROR)
