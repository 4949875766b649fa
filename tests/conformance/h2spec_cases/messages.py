"""h2spec "http2" section 8: requests that are malformed by their fields. None of them may reach the upstream whole."""
from wire.frames import END_HEADERS, END_STREAM, PROTOCOL_ERROR, PUSH_PROMISE, frame
from wire.hpack import encode

from . import case


def malformed(peer, change, *more_changes):
    """A request whose fields `change` makes wrong is an error of its stream; one client for each change."""
    for each in (change, *more_changes):
        client = peer.connect()
        client.headers(1, each(client.fields()))
        client.expect_stream_error(1, PROTOCOL_ERROR)
        peer.expect_nothing_upstream()


def without(name):
    return lambda fields: [field for field in fields if field[0] != name]


def twice(name):
    return lambda fields: [field for field in fields for _ in range(2 if field[0] == name else 1)]


def with_field(name, value):
    return lambda fields: fields + [(name, value)]


@case("http2", "8.1", "Sends a second HEADERS frame without the END_STREAM flag")
def trailers_without_end(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.headers(1, [(b"x-trailer", b"test")], END_HEADERS)
    client.expect_stream_error(1, PROTOCOL_ERROR)
    peer.expect_no_whole_request()


@case("http2", "8.1.2", "Sends a HEADERS frame that contains the header field name in uppercase letters")
def uppercase(peer):
    malformed(peer, with_field(b"X-TEST", b"ok"), with_field(b"x-tesT", b"ok"))


@case("http2", "8.1.2.1", "Sends a HEADERS frame that contains a unknown pseudo-header field")
def unknown_pseudo(peer):
    malformed(peer, lambda fields: [(b":test", b"ok")] + fields)


@case("http2", "8.1.2.1", "Sends a HEADERS frame that contains the pseudo-header field defined for response")
def response_pseudo(peer):
    malformed(peer, lambda fields: fields[:4] + [(b":status", b"200")])


@case("http2", "8.1.2.1", "Sends a HEADERS frame that contains a pseudo-header field as trailers")
def pseudo_in_trailers(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.headers(1, [(b":method", b"POST")])
    client.expect_stream_error(1, PROTOCOL_ERROR)
    peer.expect_no_whole_request()


@case("http2", "8.1.2.1", "Sends a HEADERS frame that contains a pseudo-header field that appears in a header block after a "
                          "regular header field")
def pseudo_after_regular(peer):
    malformed(peer, lambda fields: fields[:3] + [(b"x-test", b"ok")] + fields[3:])


@case("http2", "8.1.2.2", "Sends a HEADERS frame that contains the connection-specific header field")
def connection_specific(peer):
    malformed(peer, with_field(b"connection", b"keep-alive"), with_field(b"proxy-connection", b"keep-alive"),
              with_field(b"keep-alive", b"timeout=5"), with_field(b"transfer-encoding", b"chunked"), with_field(b"upgrade", b"h2c"))


@case("http2", "8.1.2.2", 'Sends a HEADERS frame that contains the TE header field with any value other than "trailers"')
def te_other_than_trailers(peer):
    malformed(peer, with_field(b"te", b"trailers, deflate;q=0.5"))


@case("http2", "8.1.2.3", 'Sends a HEADERS frame with empty ":path" pseudo-header field')
def empty_path(peer):
    malformed(peer, lambda fields: [(name, b"" if name == b":path" else value) for name, value in fields])


@case("http2", "8.1.2.3", 'Sends a HEADERS frame that omits ":method" pseudo-header field')
def no_method(peer):
    malformed(peer, without(b":method"))


@case("http2", "8.1.2.3", 'Sends a HEADERS frame that omits ":scheme" pseudo-header field')
def no_scheme(peer):
    malformed(peer, without(b":scheme"))


@case("http2", "8.1.2.3", 'Sends a HEADERS frame that omits ":path" pseudo-header field')
def no_path(peer):
    malformed(peer, without(b":path"))


@case("http2", "8.1.2.3", 'Sends a HEADERS frame with duplicated ":method" pseudo-header field')
def two_methods(peer):
    malformed(peer, twice(b":method"))


@case("http2", "8.1.2.3", 'Sends a HEADERS frame with duplicated ":scheme" pseudo-header field')
def two_schemes(peer):
    malformed(peer, twice(b":scheme"))


@case("http2", "8.1.2.3", 'Sends a HEADERS frame with duplicated ":path" pseudo-header field')
def two_paths(peer):
    malformed(peer, twice(b":path"))


def wrong_length(peer, declared, *pieces):
    client = peer.connect()
    client.headers(1, client.fields("POST", more=[(b"content-length", declared)]), END_HEADERS)
    for number, piece in enumerate(pieces, 1):
        client.data(1, piece, END_STREAM if number == len(pieces) else 0)
    client.expect_stream_error(1, PROTOCOL_ERROR)
    peer.expect_no_whole_request()


@case("http2", "8.1.2.6", 'Sends a HEADERS frame with the "content-length" header field which does not equal the DATA frame '
                          'payload length')
def length_of_one(peer):
    wrong_length(peer, b"1", b"test")


@case("http2", "8.1.2.6", 'Sends a HEADERS frame with the "content-length" header field which does not equal the sum of the '
                          'multiple DATA frames payload length')
def length_of_several(peer):
    wrong_length(peer, b"1", b"test", b"test")


@case("http2", "8.2", "Sends a PUSH_PROMISE frame")
def push_promise(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.send(frame(PUSH_PROMISE, END_HEADERS, 1, (2).to_bytes(4, "big") + encode(client.fields())))
    client.expect_connection_error(PROTOCOL_ERROR)
    peer.expect_no_whole_request()
