"""Requests over HTTP/2 that would become something else when written as HTTP/1.1 (RFC 9113 sections 8.2, 8.3 and 10.3), each
battery with its harmless neighbours. Refused is RST_STREAM, a 4xx or 501, or GOAWAY; and no request reaches the upstream.
"""
from wire.frames import CONTINUATION, END_HEADERS, END_STREAM, GOAWAY, HEADERS, RST_STREAM, frame
from wire.hpack import encode
from wire.http2 import Unexpected

from . import attack, table

REFUSING_STATUSES = {b"400", b"404", b"405", b"413", b"414", b"417", b"421", b"431", b"501"}


def expect_refused(peer, client, stream=1, empty_is_whole=False):
    """The stream is refused in one of the ways; then nothing whole is upstream. `empty_is_whole`: what was declared ended with
    its head, so that it may have been forwarded, empty, and even answered, before the error came."""
    while True:
        read = client.next_frame()
        if read is None:
            if client.ended:
                break
            raise Unexpected(f"neither answered nor refused; last: {client.seen[-3:]}")
        if read.kind == GOAWAY and read.code or read.kind == RST_STREAM and read.stream == stream:
            break
        if read.kind == HEADERS and read.stream == stream and read.fields:
            if read.fields[0][1] not in REFUSING_STATUSES and not empty_is_whole:
                raise Unexpected(f"answered with {read.fields[0]}")
            break
    peer.upstream.settle()
    if empty_is_whole and all(request.body == b"" for request in peer.upstream.requests[:1]) and len(peer.upstream.requests) < 2:
        return
    peer.expect_no_whole_request()


def refused(peer, change):
    """A bodiless request with these changed fields."""
    client = peer.connect()
    client.headers(1, change(client.fields()))
    expect_refused(peer, client)
    peer.expect_nothing_upstream()


def served(peer, change, check=None):
    """The neighbour: served, and `check` finds in the upstream's request what was sent."""
    client = peer.connect()
    client.headers(1, change(client.fields()))
    client.expect_answer(1)
    request = peer.expect_one_request()
    if check and not check(request):
        raise Unexpected(f"the upstream received {request.head!r}")


def plus(*fields):
    return lambda base: base + list(fields)


def pseudo(name, value):
    return lambda base: [(field, value if field == name else old) for field, old in base]


def has(name, value):
    return lambda request: request.values(name) == [value]


def has_not(name):
    return lambda request: not request.values(name)


# --- octets that end a line or a name (section 8.2.1)

table("value", [
    ("CR LF and a field", plus((b"x-a", b"b\r\nTransfer-Encoding: chunked"))),
    ("CR LF and a request", plus((b"x-a", b"b\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x"))),
    ("LF alone", plus((b"x-a", b"b\nTransfer-Encoding: chunked"))),
    ("CR alone", plus((b"x-a", b"b\rTransfer-Encoding: chunked"))),
    ("NUL", plus((b"x-a", b"b\0c"))),
    ("DEL", plus((b"x-a", b"b\x7fc"))),
    ("a control character", plus((b"x-a", b"b\x01c"))),
    ("CR LF in a cookie", plus((b"cookie", b"a=1\r\nX-A: b"))),
], refused)

table("value, harmless", [
    ("inner spaces and tab", plus((b"x-a", b"b  c\td")), has(b"x-a", b"b  c\td")),
    ("octets over 0x7f", plus((b"x-a", b"caf\xc3\xa9")), has(b"x-a", b"caf\xc3\xa9")),
    ("empty", plus((b"x-a", b"")), has(b"x-a", b"")),
    ("quotes and a colon", plus((b"x-a", b'"b: c"')), has(b"x-a", b'"b: c"')),
], served)

table("name", [
    ("CR LF", plus((b"x-a\r\nx-b", b"c"))),
    ("LF", plus((b"x-a\nx-b", b"c"))),
    ("NUL", plus((b"x-a\0", b"c"))),
    ("a colon", plus((b"x-a:x-b", b"c"))),
    ("a space", plus((b"x-a ", b"c"))),
    ("a colon at its end", plus((b"transfer-encoding:", b"chunked"))),
    ("empty", plus((b"", b"c"))),
    ("upper case", plus((b"X-A", b"c"))),
    ("octets over 0x7f", plus((b"x-\xe9", b"c"))),
], refused)

table("name, harmless", [
    ("letters, digits and hyphens", plus((b"x-1-a2", b"d")), has(b"x-1-a2", b"d")),
    ("other token characters, which CGI reads as hyphens, are not passed on", plus((b"x-1.a~b|c", b"d")), has_not(b"x-1.a~b|c")),
], served)

# --- fields of one connection (section 8.2.2)

table("connection-specific", [
    ("transfer-encoding: chunked", plus((b"transfer-encoding", b"chunked"))),
    ("transfer-encoding: identity", plus((b"transfer-encoding", b"identity"))),
    ("connection: close", plus((b"connection", b"close"))),
    ("connection that names a field", plus((b"connection", b"x-a"), (b"x-a", b"b"))),
    ("keep-alive", plus((b"keep-alive", b"timeout=5"))),
    ("proxy-connection", plus((b"proxy-connection", b"keep-alive"))),
    ("upgrade", plus((b"upgrade", b"websocket"))),
    ("te: gzip", plus((b"te", b"gzip"))),
    ("te: trailers, chunked", plus((b"te", b"trailers, chunked"))),
], refused)

table("connection-specific, harmless", [
    ("te: trailers", plus((b"te", b"trailers"))),
    ("a field that only sounds so", plus((b"x-connection", b"close")), has(b"x-connection", b"close")),
    ("an underscore for a hyphen is not passed on", plus((b"x_a", b"b")), lambda request: not request.values(b"x_a") and not request.values(b"x-a")),
], served)

# --- pseudo-header fields (section 8.3)

table("pseudo-header", [
    ("no :method", lambda base: base[1:]),
    ("no :scheme", lambda base: base[:1] + base[2:]),
    ("no :path", lambda base: base[:3]),
    ("two :method", lambda base: base[:1] + base),
    ("two :path", lambda base: base + [base[3]]),
    ("two :authority, the same", lambda base: base[:3] + base[2:]),
    ("two :authority", lambda base: base[:3] + [(b":authority", b"other.example")] + base[3:]),
    (":path after a field", lambda base: base[:3] + [(b"x-a", b"b"), base[3]]),
    ("unknown", lambda base: base + [(b":protocol", b"websocket")]),
    (":status", lambda base: base + [(b":status", b"200")]),
    ("upper case", lambda base: [(b":METHOD", b"GET")] + base[1:]),
    ("neither :authority nor host", lambda base: base[:2] + base[3:]),
    ("host of another name", plus((b"host", b"other.example"))),
    ("two host", lambda base: base[:2] + base[3:] + [(b"host", base[2][1])] * 2),
    ("empty :authority", pseudo(b":authority", b"")),
    (":authority with a user", lambda base: pseudo(b":authority", b"user@" + base[2][1])(base)),
    (":authority with a path", lambda base: pseudo(b":authority", base[2][1] + b"/x")(base)),
    (":authority with CR LF", lambda base: pseudo(b":authority", base[2][1] + b"\r\nX-A: b")(base)),
    (":authority with a comma", lambda base: pseudo(b":authority", base[2][1] + b",other.example")(base)),
    (":scheme with a URL", pseudo(b":scheme", b"https://other.example/?")),
    (":scheme with CR LF", pseudo(b":scheme", b"https\r\nX-A: b")),
    ("empty :scheme", pseudo(b":scheme", b"")),
], refused)

table("pseudo-header, harmless", [
    ("host equal to :authority", lambda base: base + [(b"host", base[2][1])], lambda request: len(request.values(b"host")) == 1),
    ("host in place of :authority", lambda base: base[:2] + base[3:] + [(b"host", base[2][1])]),
    ("in another order", lambda base: base[::-1]),
], served)

table("method", [
    ("a request line", pseudo(b":method", b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\nGET")),
    ("a space", pseudo(b":method", b"GET /smuggled")),
    ("empty", pseudo(b":method", b"")),
    ("lower case", pseudo(b":method", b"get")),
    ("CONNECT with a path", pseudo(b":method", b"CONNECT")),
    ("NUL", pseudo(b":method", b"GET\0")),
], refused)

table("path", [
    ("empty", pseudo(b":path", b"")),
    ("no slash", pseudo(b":path", b"a")),
    ("a request line", pseudo(b":path", b"/ HTTP/1.1\r\nHost: x\r\n\r\nGET /smuggled")),
    ("a space", pseudo(b":path", b"/a b")),
    ("a space and a version", pseudo(b":path", b"/a HTTP/1.1")),
    ("a tab", pseudo(b":path", b"/a\tb")),
    ("LF", pseudo(b":path", b"/a\nb")),
    ("NUL", pseudo(b":path", b"/a\0b")),
    ("a fragment", pseudo(b":path", b"/a#b")),
    ("absolute form", pseudo(b":path", b"http://other.example/a")),
    ("absolute form, https", pseudo(b":path", b"https://other.example/a")),
    ("an authority", pseudo(b":path", b"other.example:443")),
    ("an asterisk with GET", pseudo(b":path", b"*")),
    ("octets over 0x7f", pseudo(b":path", b"/\xff")),
    ("percent-encoded CR LF", pseudo(b":path", b"/a%0d%0aX-A:%20b")),
], refused)

table("path, harmless", [
    ("percent-encoded space and a query", pseudo(b":path", b"/a%20b?c=d&e"), lambda request: request.target == b"/a%20b?c=d&e"),
    ("every character that needs no code", pseudo(b":path", b"/-._~!$&'()*+,=:@"), None),
    ("a URL in the query", pseudo(b":path", b"/a?to=http://other.example/"), lambda request: b"?to=http" in request.target),
], served)


# --- content-length against DATA (section 8.1.1)

def sends_body(client, lengths, pieces, trailers=None):
    fields = client.fields("POST", more=[(b"content-length", length) for length in lengths])
    client.headers(1, fields, END_HEADERS if pieces else END_HEADERS | END_STREAM)
    for number, piece in enumerate(pieces, 1):
        client.data(1, piece, END_STREAM if number == len(pieces) and trailers is None else 0)
    if trailers is not None:
        client.headers(1, trailers)


def refuses_body(peer, lengths, pieces, trailers=None):
    client = peer.connect()
    sends_body(client, lengths, pieces, trailers)
    expect_refused(peer, client, empty_is_whole=lengths == [b"0"])


def serves_body(peer, lengths, pieces, trailers=None):
    client = peer.connect()
    sends_body(client, lengths, pieces, trailers)
    client.expect_answer(1)
    request = peer.expect_one_request()
    if request.body != b"".join(pieces) or any(name in (b"x-t", b"content-md5") for name, _ in request.trailers):
        raise Unexpected(f"the upstream received {request.head!r} {request.body!r} {request.trailers}")


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

table("content-length", [
    ("0 before a request", [b"0"], [SMUGGLED]),
    ("under the body", [b"1"], [b"test"]),
    ("under the body in pieces", [b"5"], [b"test", b"test"]),
    ("over the body", [b"10"], [b"test"]),
    ("over no body", [b"10"], []),
    ("with a sign", [b"+4"], [b"test"]),
    ("negative", [b"-4"], [b"test"]),
    ("hexadecimal", [b"0x4"], [b"test"]),
    ("a list", [b"4, 4"], [b"test"]),
    ("twice, different", [b"4", b"5"], [b"test"]),
    ("over 64 bits", [b"18446744073709551620"], [b"test"]),
    ("empty", [b""], [b"test"]),
], refuses_body)

table("content-length, harmless", [
    ("right", [b"4"], [b"test"]),
    ("right, in pieces and empty frames", [b"8"], [b"te", b"", b"sttest", b""]),
    ("0 and no body", [b"0"], []),
    ("0 and an empty frame", [b"0"], [b""]),
    ("none, and a body that looks like a request", [], [SMUGGLED]),
    ("none, and a body that looks chunked", [], [b"0\r\n\r\n" + SMUGGLED]),
    ("right, then trailers", [b"4"], [b"test"], [(b"x-t", b"1")]),
], serves_body)

table("trailers", [
    ("with a pseudo-header", [], [b"test"], [(b":path", b"/admin")]),
    ("with CR LF", [], [b"test"], [(b"x-t", b"a\r\n\r\nGET /smuggled HTTP/1.1")]),
    ("with transfer-encoding", [], [b"test"], [(b"transfer-encoding", b"chunked")]),
    ("upper case", [], [b"test"], [(b"X-T", b"1")]),
], refuses_body)


def carries_trailers(peer, more, arrived):
    client = peer.connect()
    client.headers(1, client.fields("POST", more=more), END_HEADERS)
    client.data(1, b"test", 0)
    client.headers(1, [(b"x-sum", b"7"), (b"x-t", b"1"), (b"x-api-key", b"forged")])
    client.expect_answer(1)
    request = peer.expect_one_request()
    if request.body != b"test" or request.trailers != arrived:
        raise Unexpected(f"the upstream received {request.head!r} {request.body!r} {request.trailers}")


table("trailers, those that the route names", [
    ("behind a body of unknown length", [], [(b"x-sum", b"7")]),
    ("announced behind a body of known length", [(b"content-length", b"4"), (b"trailer", b"x-sum, x-t")], [(b"x-sum", b"7")]),
    ("not announced behind a body of known length", [(b"content-length", b"4")], []),
], carries_trailers)


@attack
def transfer_encoding_in_a_continuation(peer):
    client = peer.connect()
    client.headers(1, flags=END_STREAM)
    client.send(frame(CONTINUATION, END_HEADERS, 1, encode([(b"transfer-encoding", b"chunked")])))
    expect_refused(peer, client)
    peer.expect_nothing_upstream()


@attack
def cookie_crumbs_become_one_field(peer):
    client = peer.connect()
    client.headers(1, client.fields(more=[(b"cookie", b"a=1"), (b"x-a", b"b"), (b"cookie", b"c=2")]))
    client.expect_answer(1)
    if peer.expect_one_request().values(b"cookie") != [b"a=1; c=2"]:  # RFC 9113 section 8.2.3
        raise Unexpected(f"cookie: {peer.expect_one_request().values(b'cookie')}")


@attack
def two_streams_are_two_requests(peer):
    """Bodies that arrive interleaved are not mixed."""
    client = peer.connect()
    for stream in (1, 3):
        client.headers(stream, client.fields("POST", f"/{stream}"), END_HEADERS)
    for part in range(4):
        for stream in (1, 3):
            client.data(stream, b"%d%d;" % (stream, part), END_STREAM if part == 3 else 0)
    client.expect_answers(1, 3)
    bodies = {request.target: request.body for request in peer.upstream.requests}
    if bodies != {b"/1": b"10;11;12;13;", b"/3": b"30;31;32;33;"}:
        raise Unexpected(f"the upstream received {bodies}")


@attack
def a_refused_stream_leaves_its_neighbours_alone(peer):
    client = peer.connect()
    client.headers(1, client.fields("POST"), END_HEADERS)
    client.headers(3, client.fields(more=[(b"transfer-encoding", b"chunked")]))
    client.data(1, b"test", END_STREAM)
    client.expect_answer(1)
    if peer.expect_one_request().body != b"test":
        raise Unexpected("another body")


@attack
def an_upload_that_is_refused_early_does_not_end_the_connection(peer):
    """What the client had sent before it learned of the refusal is let pass (RFC 9113 section 5.1)."""
    client = peer.connect()
    client.headers(1, client.fields("POST", more=[(b"content-length", b"999999999999")]), END_HEADERS)
    for _ in range(3):
        client.data(1, b"x" * 8192)
    expect_refused(peer, client)
    client.data(1, b"x" * 8192)
    client.headers(3)
    client.expect_answer(3)
