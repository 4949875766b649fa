"""Floods: frames that cost the sender little and the server much. The cost has to be bounded: the flood ends, memory stays, and
other clients are served meanwhile. Each bound is far over what the harmless neighbour needs and far under what the flood asks.
"""
import time

from wire import frames, hpack
from wire.frames import (CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, PRIORITY,
                         RST_STREAM, frame, priority_fields, rst_stream, window_update)
from wire.hpack import encode
from wire.http2 import Unexpected

from . import attack

MEMORY_GROWTH_MAX = 24 << 20  # of the whole process, during one flood
REQUESTS_OF_A_FLOOD = 10000
REQUESTS_UPSTREAM_MAX = 2500
FLOOD_FRAMES = 100000
BATCH = 200


class Flood:
    """Watches memory from its beginning, and at its end that others are served."""

    def __init__(self, peer):
        self.peer = peer
        peer.connect().expect_alive()
        self.before = self.most = peer.gate.resident_bytes()

    def watch(self):
        self.most = max(self.most, self.peer.gate.resident_bytes())

    def expect_bounded(self):
        self.peer.upstream.settle(quiet=0.06)  # what the flood set off belongs to this case
        self.watch()
        if self.most - self.before > MEMORY_GROWTH_MAX:
            raise Unexpected(f"memory grew by {(self.most - self.before) >> 20} MiB")
        other = self.peer.connect()
        other.headers(1)
        other.expect_answer(1)


def pour(client, flood, make, count):
    """Sends make(0) ... make(count - 1) in batches until the peer goes or takes no more. How many were sent."""
    client.timeout = 2.0
    for start in range(0, count, BATCH):
        if not client.send(b"".join(make(number) for number in range(start, start + BATCH))):
            return start
        flood.watch()
        while not client.ended and client.receive(time.monotonic()):
            pass
        if client.ended:
            return start
    return count


def expect_cut_off(client, sent, count):
    if sent >= count and not client.wait_for_end(3.0):
        raise Unexpected(f"{count} times, and the connection lives on")
    while (read := client.next_frame(1.0)) is not None:
        if read.kind == GOAWAY and not read.code:
            raise Unexpected("GOAWAY without an error")


@attack
def rapid_reset(peer):
    """CVE-2023-44487: requests that are cancelled at once do not reach the upstream without end."""
    flood = Flood(peer)
    client = peer.connect()
    block = encode(client.fields())
    sent = pour(client, flood, lambda number: frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, block) + rst_stream(2 * number + 1),
                REQUESTS_OF_A_FLOOD)
    expect_cut_off(client, sent, REQUESTS_OF_A_FLOOD)
    if len(peer.upstream.requests) > REQUESTS_UPSTREAM_MAX:
        raise Unexpected(f"{len(peer.upstream.requests)} requests reached the upstream")
    flood.expect_bounded()


@attack
def some_cancelled_requests_are_fine(peer):
    client = peer.connect()
    for number in range(50):
        client.headers(2 * number + 1)
        client.send(rst_stream(2 * number + 1))
    client.headers(101)
    client.expect_answer(101)


@attack
def made_to_reset(peer):
    """CVE-2025-8671: a client that makes the server reset its streams gets no more requests upstream than one that resets."""
    flood = Flood(peer)
    client = peer.connect()
    block = encode(client.fields())

    def overflown(number):
        stream = 2 * number + 1
        return frame(HEADERS, END_HEADERS | END_STREAM, stream, block) + window_update(stream, 0x7fffffff)

    sent = pour(client, flood, overflown, REQUESTS_OF_A_FLOOD)
    expect_cut_off(client, sent, REQUESTS_OF_A_FLOOD)
    if len(peer.upstream.requests) > REQUESTS_UPSTREAM_MAX:
        raise Unexpected(f"{len(peer.upstream.requests)} requests reached the upstream")
    flood.expect_bounded()


@attack
def continuation_flood(peer):
    """CVE-2024-27316 and kin: a header block without end is cut off."""
    flood = Flood(peer)
    client = peer.connect()
    client.headers(1, flags=END_STREAM)
    piece = frame(CONTINUATION, 0, 1, encode([(b"x-a", b"b" * 100)]))
    sent = pour(client, flood, lambda _: piece, FLOOD_FRAMES)
    if sent >= FLOOD_FRAMES and not client.wait_for_end(3.0):
        raise Unexpected("the connection lives on")
    peer.expect_nothing_upstream()
    flood.expect_bounded()


@attack
def empty_continuation_flood(peer):
    flood = Flood(peer)
    client = peer.connect()
    client.headers(1, flags=END_STREAM)
    sent = pour(client, flood, lambda _: frame(CONTINUATION, 0, 1), FLOOD_FRAMES)
    if sent >= FLOOD_FRAMES and not client.wait_for_end(3.0):
        raise Unexpected("the connection lives on")
    peer.expect_nothing_upstream()
    flood.expect_bounded()


def is_bounded(peer, make, count=FLOOD_FRAMES, opening=b""):
    """The flood may be cut off, slowed or borne, as long as it costs no memory and others are served."""
    flood = Flood(peer)
    client = peer.connect()
    client.send(opening)
    pour(client, flood, make, count)
    flood.expect_bounded()


def is_bounded_unread(peer, make):
    """As above, from a client that never reads what it makes the server send."""
    flood = Flood(peer)
    client = peer.connect()
    client.timeout = 2.0
    for _ in range(0, FLOOD_FRAMES, BATCH):
        if not client.send(make(0) * BATCH):
            break
        flood.watch()
    flood.expect_bounded()


@attack
def settings_flood(peer):
    """CVE-2019-9515."""
    is_bounded(peer, lambda _: frames.settings([(INITIAL_WINDOW_SIZE, 65535)]))


@attack
def settings_flood_unread(peer):
    is_bounded_unread(peer, lambda _: frames.settings())


@attack
def ping_flood_unread(peer):
    """CVE-2019-9512."""
    is_bounded_unread(peer, lambda _: frames.ping(b"flooding"))


@attack
def some_settings_and_pings_are_fine(peer):
    client = peer.connect()
    before = client.settings_acknowledged
    for _ in range(10):
        client.send(frames.settings())
        client.expect_alive()
    if client.settings_acknowledged != before + 10:
        raise Unexpected("not every SETTINGS was acknowledged")


@attack
def empty_data_flood(peer):
    """CVE-2019-9518."""
    is_bounded(peer, lambda _: frame(DATA, 0, 1), opening=frame(HEADERS, END_HEADERS, 1, encode(
        [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", peer.gate.host.encode()), (b":path", b"/")])))


@attack
def priority_flood(peer):
    """CVE-2019-9513."""
    is_bounded(peer, lambda number: frame(PRIORITY, 0, 2 * number + 1, priority_fields(2 * number + 3, 1 + number % 256)))


@attack
def window_update_flood(peer):
    is_bounded(peer, lambda _: window_update(0, 1))


@attack
def unknown_frame_flood(peer):
    is_bounded(peer, lambda _: frame(0xbe, 0, 0, bytes(64)))


# --- header bombs

def is_refused_bomb(peer, block):
    """A block that unpacks to far more than it weighs: refused, and the connection either ends or lives on unharmed."""
    flood = Flood(peer)
    client = peer.connect()
    client.headers(1, block=block)
    while True:
        read = client.next_frame()
        if read is None or read.kind == GOAWAY or read.kind == RST_STREAM:
            break
        if read.kind == HEADERS and read.fields:
            if read.fields[0][1] != b"431":
                raise Unexpected(f"answered with {read.fields[0]}")
            break
    if read is None and not client.ended:
        raise Unexpected("neither answered nor refused")
    peer.expect_nothing_upstream()
    flood.expect_bounded()


@attack
def hpack_bomb(peer):
    """CVE-2016-6581: one large entry of the dynamic table, referred to 12,000 times."""
    client = peer.connect()
    is_refused_bomb(peer, encode(client.fields()) + hpack.literal(b"x-bomb", b"b" * 3900, "incremental") + hpack.indexed(62) * 12000)


@attack
def many_small_fields(peer):
    client = peer.connect()
    is_refused_bomb(peer, encode(client.fields()) + hpack.indexed(16) * 16000)


@attack
def many_cookie_crumbs(peer):
    client = peer.connect()
    is_refused_bomb(peer, encode(client.fields()) + hpack.literal(32, b"a=1", "incremental") + hpack.indexed(62) * 16000)


@attack
def a_repeated_reference_is_fine(peer):
    client = peer.connect()
    client.headers(1, block=encode(client.fields()) + hpack.literal(b"x-fine", b"b" * 100, "incremental") + hpack.indexed(62) * 2)
    client.expect_answer(1)
    values = peer.expect_one_request().values(b"x-fine")
    if b", ".join(values) != b", ".join([b"b" * 100] * 3):
        raise Unexpected(f"the upstream received {values}")


# --- windows that stay shut (CVE-2019-9511, CVE-2019-9517)

LARGE_PATH = "/large"


def settle_upstream(peer, flood):
    """Waits until the upstream writes no more: everybody's buffers are full."""
    written, deadline = -1, time.monotonic() + 20
    while time.monotonic() < deadline:
        flood.watch()
        more = peer.upstream.wait_for_bytes(written, 0.3)
        if more == written:
            return
        written = more


@attack
def stalled_windows(peer):
    """100 large answers to a client whose windows are shut are not drawn into memory; an opened one arrives whole."""
    flood = Flood(peer)
    client = peer.connect(stalled=True)
    streams = min(100, client.peer_settings.get(frames.MAX_CONCURRENT_STREAMS, 100))
    for number in range(streams):
        client.headers(2 * number + 1, client.fields(path=LARGE_PATH))
    settle_upstream(peer, flood)
    flood.expect_bounded()
    client.expect_alive()
    if any(read.kind == DATA and read.payload for read in client.seen):
        raise Unexpected("DATA into a window of 0")


@attack
def an_opened_window_gets_it_all(peer):
    client = peer.connect([(INITIAL_WINDOW_SIZE, 1000)])
    client.headers(1, client.fields(path=LARGE_PATH))
    got = 0
    while got < peer.large_size:
        read = client.until(lambda read: read.kind == DATA and read.stream == 1, f"DATA behind {got} octets")
        expected = peer.large_body(got, len(read.data))
        if read.data != expected:
            raise Unexpected(f"other octets from {got} on")
        got += len(read.data)
        if read.data:
            client.send(window_update(0, len(read.data)) + window_update(1, max(len(read.data), 60000 if got < 70000 else 1)))
        if read.flags & END_STREAM:
            break
    if got != peer.large_size:
        raise Unexpected(f"{got} octets of {peer.large_size}")


@attack
def window_by_single_octets(peer):
    """A window opened one octet at a time makes small frames, not much memory."""
    flood = Flood(peer)
    client = peer.connect(stalled=True)
    client.headers(1, client.fields(path=LARGE_PATH))
    for _ in range(200):
        client.send(window_update(1, 1))
        client.expect_data(1, 1)
    flood.expect_bounded()
