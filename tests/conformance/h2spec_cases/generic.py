"""h2spec "generic": what every HTTP/2 server has to accept. Where a field or a body is sent, the upstream must have got it."""
from wire import frames, hpack
from wire.frames import (CONTINUATION, END_HEADERS, END_STREAM, PADDED, PRIORITY, WITH_PRIORITY, frame, padded,
                         priority_fields, rst_stream, window_update)
from wire.hpack import encode
from wire.http2 import Unexpected

from . import case


@case("generic", "1", "Sends a client connection preface")
def preface(peer):
    peer.connect().expect_alive()


@case("generic", "2", "Sends a PRIORITY frame on idle stream")
def priority_on_idle(peer):
    client = peer.connect()
    client.send(frame(PRIORITY, 0, 1, priority_fields(0, 256)))
    client.headers(1)
    client.expect_answer(1)


@case("generic", "2", "Sends a WINDOW_UPDATE frame on half-closed (remote) stream")
def window_update_on_half_closed(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    client.send(window_update(1, 100000))
    client.expect_answer(1)


@case("generic", "2", "Sends a PRIORITY frame on half-closed (remote) stream")
def priority_on_half_closed(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    client.send(frame(PRIORITY, 0, 1, priority_fields(0, 256)) + window_update(1, 100000))
    client.expect_answer(1)


@case("generic", "2", "Sends a RST_STREAM frame on half-closed (remote) stream")
def rst_stream_on_half_closed(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    client.send(rst_stream(1))
    client.expect_alive()


@case("generic", "2", "Sends a PRIORITY frame on closed stream")
def priority_on_closed(peer):
    client = peer.connect()
    client.headers(1)
    client.expect_answer(1)
    client.send(frame(PRIORITY, 0, 1, priority_fields(0, 256)))
    client.expect_alive()


def send_in_pieces(client, pieces):
    block = encode(client.fields() + [(b"x-pieces", b"whole")])
    step = -(-len(block) // pieces)
    parts = [block[at:at + step] for at in range(0, len(block), step)]
    client.headers(1, flags=END_STREAM, block=parts[0])
    for part in parts[1:-1]:
        client.send(frame(CONTINUATION, 0, 1, part))
    client.send(frame(CONTINUATION, END_HEADERS, 1, parts[-1]))


@case("generic", "3.10", "Sends a CONTINUATION frame")
def one_continuation(peer):
    client = peer.connect()
    send_in_pieces(client, 2)
    client.expect_answer(1)
    peer.expect_upstream_field(b"x-pieces", b"whole")


@case("generic", "3.10", "Sends multiple CONTINUATION frames")
def several_continuations(peer):
    client = peer.connect()
    send_in_pieces(client, 4)
    client.expect_answer(1)
    peer.expect_upstream_field(b"x-pieces", b"whole")


def post(client, pieces):
    client.headers(1, client.fields("POST"), END_HEADERS)
    for piece in pieces[:-1]:
        client.data(1, piece)
    client.data(1, pieces[-1], END_STREAM)
    client.expect_answer(1)


@case("generic", "3.1", "Sends a DATA frame")
def one_data(peer):
    post(peer.connect(), [b"test"])
    peer.expect_upstream_body(b"test")


@case("generic", "3.1", "Sends multiple DATA frames")
def several_data(peer):
    post(peer.connect(), [b"test", b"", b"test"])
    peer.expect_upstream_body(b"testtest")


@case("generic", "3.1", "Sends a DATA frame with padding")
def padded_data(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.data(1, padded(b"test", 6), END_STREAM | PADDED)
    client.expect_answer(1)
    peer.expect_upstream_body(b"test")


@case("generic", "3.2", "Sends a HEADERS frame")
def headers(peer):
    client = peer.connect()
    client.headers(1)
    client.expect_answer(1)


@case("generic", "3.2", "Sends a HEADERS frame with padding")
def padded_headers(peer):
    client = peer.connect()
    client.headers(1, flags=END_HEADERS | END_STREAM | PADDED, block=padded(encode(client.fields()), 6))
    client.expect_answer(1)


@case("generic", "3.2", "Sends a HEADERS frame with priority")
def headers_with_priority(peer):
    client = peer.connect()
    client.headers(1, flags=END_HEADERS | END_STREAM | WITH_PRIORITY, block=priority_fields(0, 10) + encode(client.fields()))
    client.expect_answer(1)


def accepts_priority(peer, *arguments):
    client = peer.connect()
    client.send(frame(PRIORITY, 0, 1, priority_fields(*arguments)))
    client.headers(1)
    client.expect_answer(1)


@case("generic", "3.3", "Sends a PRIORITY frame with priority 1")
def priority_1(peer):
    accepts_priority(peer, 0, 1)


@case("generic", "3.3", "Sends a PRIORITY frame with priority 256")
def priority_256(peer):
    accepts_priority(peer, 0, 256)


@case("generic", "3.3", "Sends a PRIORITY frame with stream dependency")
def priority_with_dependency(peer):
    accepts_priority(peer, 3, 256)


@case("generic", "3.3", "Sends a PRIORITY frame with exclusive")
def priority_exclusive(peer):
    accepts_priority(peer, 3, 256, True)


@case("generic", "3.3", "Sends a PRIORITY frame for an idle stream, then send a HEADER frame for a lower stream ID")
def priority_then_lower_stream(peer):
    client = peer.connect()
    client.send(frame(PRIORITY, 0, 5, priority_fields(0, 256)))
    client.headers(1)
    client.expect_answer(1)


@case("generic", "3.4", "Sends a RST_STREAM frame")
def rst_of_open_stream(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.send(rst_stream(1))
    client.expect_alive()


@case("generic", "3.5", "Sends a SETTINGS frame")
def settings(peer):
    client = peer.connect()
    before = client.settings_acknowledged
    client.send(frames.settings([(frames.MAX_CONCURRENT_STREAMS, 100)]))
    client.until(lambda _: client.settings_acknowledged > before, "the acknowledgement of SETTINGS")


@case("generic", "3.7", "Sends a PING frame")
def ping_is_answered(peer):
    peer.connect().expect_alive()


@case("generic", "3.8", "Sends a GOAWAY frame")
def goaway(peer):
    client = peer.connect()
    client.send(frames.goaway(0))
    client.expect_alive_or_ended()


@case("generic", "3.9", "Sends a WINDOW_UPDATE frame with stream ID 0")
def window_update_of_connection(peer):
    client = peer.connect()
    client.send(window_update(0, 1))
    client.headers(1)
    client.expect_answer(1)


@case("generic", "3.9", "Sends a WINDOW_UPDATE frame with stream ID 1")
def window_update_of_stream(peer):
    client = peer.connect(stalled=True)
    client.headers(1)
    client.send(window_update(1, 1))
    client.expect_data(1, 1)


@case("generic", "4", "Sends a GET request")
def get(peer):
    client = peer.connect()
    client.headers(1)
    if not client.expect_answer(1).body:
        raise Unexpected("no body")


@case("generic", "4", "Sends a HEAD request")
def head(peer):
    client = peer.connect()
    client.headers(1, client.fields("HEAD"))
    if client.expect_answer(1).body:
        raise Unexpected("a body to HEAD")


@case("generic", "4", "Sends a POST request")
def post_request(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST", more=[(b"content-length", b"4")]), END_HEADERS)
    client.data(1, b"test", END_STREAM)
    client.expect_answer(1)
    peer.expect_upstream_body(b"test")


@case("generic", "4", "Sends a POST request with trailers")
def post_with_trailers(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.data(1, b"test")
    client.headers(1, [(b"x-test", b"ok")])
    client.expect_answer(1)
    peer.expect_upstream_body(b"test")


@case("generic", "5", "Sends a indexed header field representation")
def indexed(peer):
    client = peer.connect()
    block = hpack.indexed(2) + hpack.indexed(7) + hpack.indexed(4) + hpack.literal(1, client.authority.encode())
    client.headers(1, block=block)
    client.expect_answer(1)


USER_AGENT = 58


def accepts_literal(peer, name, kind, huffman):
    """The representation twice, so that an entry that is added wrongly shows; the upstream gets the value each time."""
    client = peer.connect()
    field_name = b"user-agent" if name == USER_AGENT else name
    for stream, value in ((1, b"first"), (3, b"second")):
        client.headers(stream, block=encode(client.fields()) + hpack.literal(name, value, kind, huffman))
        client.expect_answer(stream)
        peer.expect_upstream_field(field_name, value)
    if kind == "incremental":
        client.headers(5, block=encode(client.fields()) + hpack.indexed(len(hpack.STATIC_TABLE) + 2))
        client.expect_answer(5)
        peer.expect_upstream_field(field_name, b"first")


LITERALS = [("literal header field with incremental indexing", "incremental", "(with Huffman coding)", "(with Huffman coding)"),
            ("literal header field without indexing", "without", "(with Huffman coding)", "(huffman encoded)"),
            ("literal header field never indexed", "never", "(huffman encoded)", "(huffman encoded)")]


def register_literals():
    for words, kind, huffman_indexed, huffman_new in LITERALS:
        for name, what, huffman_words in ((USER_AGENT, "indexed name", huffman_indexed), (b"x-test", "new name", huffman_new)):
            for huffman, ending in ((False, ""), (True, " " + huffman_words)):
                case("generic", "5", f"Sends a {words} - {what}{ending}")(
                    lambda peer, name=name, kind=kind, huffman=huffman: accepts_literal(peer, name, kind, huffman))


register_literals()


def accepts_table_sizes(peer, *sizes):
    client = peer.connect()
    client.headers(1, block=b"".join(map(hpack.table_size, sizes)) + encode(client.fields()))
    client.expect_answer(1)


@case("generic", "5", "Sends a dynamic table size update")
def table_size_update(peer):
    accepts_table_sizes(peer, 128)


@case("generic", "5", "Sends multiple dynamic table size update")
def table_size_updates(peer):
    accepts_table_sizes(peer, 128, 4096)
