"""h2spec "http2" sections 3 to 4 and 5.4 to 5.5: preface, frame format, sizes, header blocks, connection errors, extensions."""
from wire import frames
from wire.frames import (COMPRESSION_ERROR, END_HEADERS, END_STREAM, FRAME_SIZE_ERROR, PING, PRIORITY, PROTOCOL_ERROR,
                         SETTINGS, ACK, frame, priority_fields)
from wire.hpack import encode
from wire.http2 import Unexpected

from . import case

UNKNOWN_TYPE = 0xff


@case("http2", "3.5", "Sends client connection preface")
def server_preface_is_first(peer):
    client = peer.connect()
    if client.first_frame.kind != SETTINGS or client.first_frame.flags & ACK:
        raise Unexpected(f"the first frame is {client.first_frame}")


@case("http2", "3.5", "Sends invalid connection preface")
def invalid_preface(peer):
    client = peer.connect(greet=False)
    client.send(b"INVALID CONNECTION PREFACE\r\n\r\n")
    client.expect_connection_error(PROTOCOL_ERROR, or_close=True)  # RFC 9113 section 3.4: GOAWAY may be omitted


@case("http2", "4.1", "Sends a frame with unknown type")
def unknown_type(peer):
    client = peer.connect()
    client.send(frame(UNKNOWN_TYPE, 0, 0, bytes(8)))
    client.expect_alive()


@case("http2", "4.1", "Sends a frame with undefined flag")
def undefined_flag(peer):
    client = peer.connect()
    client.send(frame(PING, 0xfe, 0, b"flagged!"))
    client.until(lambda read: read.kind == PING and read.payload == b"flagged!" and read.flags == ACK, "answer to PING")


@case("http2", "4.1", "Sends a frame with reserved field bit")
def reserved_bit(peer):
    client = peer.connect()
    client.send(frame(PING, 0, 0x80000000, b"reserved"))
    client.until(lambda read: read.kind == PING and read.payload == b"reserved" and read.flags == ACK, "answer to PING")


@case("http2", "4.2", "Sends a DATA frame with 2^14 octets in length")
def largest_data(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.data(1, b"x" * 16384, END_STREAM)
    client.expect_answer(1)
    peer.expect_upstream_body(b"x" * 16384)


def over_the_frame_size(client):
    size = client.peer_settings.get(frames.MAX_FRAME_SIZE, 16384) + 1
    if size >= 1 << 24:
        raise Unexpected("the server takes frames of any size")
    return size


@case("http2", "4.2", "Sends a large size DATA frame that exceeds the SETTINGS_MAX_FRAME_SIZE")
def data_too_large(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.data(1, b"x" * over_the_frame_size(client), END_STREAM)
    client.expect_stream_error(1, FRAME_SIZE_ERROR)
    peer.expect_no_whole_request()


@case("http2", "4.2", "Sends a large size HEADERS frame that exceeds the SETTINGS_MAX_FRAME_SIZE")
def headers_too_large(peer):
    client = peer.connect()
    block = encode(client.fields() + [(b"x-large", b"x" * over_the_frame_size(client))])
    client.headers(1, block=block)
    client.expect_connection_error(FRAME_SIZE_ERROR)
    peer.expect_nothing_upstream()


@case("http2", "4.3", "Sends invalid header block fragment")
def invalid_block(peer):
    client = peer.connect()
    client.headers(1, block=encode(client.fields()) + b"\x00\x7fbroken off")
    client.expect_connection_error(COMPRESSION_ERROR)
    peer.expect_nothing_upstream()


@case("http2", "4.3", "Sends a PRIORITY frame while sending the header blocks")
def priority_inside_block(peer):
    client = peer.connect()
    client.headers(1, flags=END_STREAM)
    client.send(frame(PRIORITY, 0, 1, priority_fields(0, 256)))
    client.expect_connection_error(PROTOCOL_ERROR)
    peer.expect_nothing_upstream()


@case("http2", "4.3", "Sends a HEADERS frame to another stream while sending the header blocks")
def headers_inside_block(peer):
    client = peer.connect()
    client.headers(1, flags=END_STREAM)
    client.headers(3)
    client.expect_connection_error(PROTOCOL_ERROR)
    peer.expect_nothing_upstream()


@case("http2", "5.4.1", "Sends an invalid PING frame for connection close")
def connection_closes_after_error(peer):
    client = peer.connect()
    client.send(frame(PING, 0, 0, b"six oc"))
    if not client.wait_for_end(3.0):
        raise Unexpected("the connection stays open")


@case("http2", "5.4.1", "Sends an invalid PING frame to receive GOAWAY frame")
def goaway_after_error(peer):
    client = peer.connect()
    client.send(frame(PING, 0, 0, b"six oc"))
    client.expect_connection_error(FRAME_SIZE_ERROR)


@case("http2", "5.5", "Sends an unknown extension frame")
def unknown_extension(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.send(frame(0x16, 0xff, 1, b"extension"))
    client.data(1, b"test", END_STREAM)
    client.expect_answer(1)
    peer.expect_upstream_body(b"test")


@case("http2", "5.5", "Sends an unknown extension frame in the middle of a header block")
def unknown_extension_inside_block(peer):
    client = peer.connect()
    client.headers(1, flags=END_STREAM)
    client.send(frame(0x16, 0, 1, bytes(8)))
    client.expect_connection_error(PROTOCOL_ERROR)
    peer.expect_nothing_upstream()
