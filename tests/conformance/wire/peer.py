"""One case of an HTTP/2 driver: connections to the gate on the one side, the recording upstream on the other, and at the end
nothing half received behind it.
"""
from .frames import INITIAL_WINDOW_SIZE
from .http2 import Connection, Unexpected


class Peer:
    """What a case sees: connections to the gate, and the upstream behind it."""

    def __init__(self, gate, upstream):
        self.gate = gate
        self.upstream = upstream
        self.connections = []

    def connect(self, settings=(), stalled=False, greet=True):
        """`stalled`: our window is 0, so that no answer with a body can end."""
        if stalled:
            settings = [(INITIAL_WINDOW_SIZE, 0), *settings]
        client = Connection(self.gate, settings, greet)
        client.path = "/" + self.upstream.tag
        self.connections.append(client)
        return client

    def expect_upstream_field(self, name, value):
        seen = [request.values(name) for request in self.upstream.requests[-1:]]
        if seen != [[value]]:
            raise Unexpected(f"the upstream received {name.decode()}: {seen}, not {value!r}")

    def expect_upstream_body(self, body):
        seen = [request.body for request in self.upstream.requests]
        if seen != [body]:
            raise Unexpected(f"the upstream received the bodies {[each[:80] for each in seen]}")

    def expect_one_request(self):
        """The one request that the upstream received."""
        if len(self.upstream.requests) != 1:
            raise Unexpected(f"the upstream received {[each.start for each in self.upstream.requests]}")
        return self.upstream.requests[0]

    def expect_no_whole_request(self):
        if self.upstream.requests:
            raise Unexpected(f"the upstream received {[each.start for each in self.upstream.requests]}")

    def expect_nothing_upstream(self):
        self.upstream.settle()
        self.expect_no_whole_request()
        if self.upstream.broken_off:
            raise Unexpected(f"the upstream received {self.upstream.broken_off[0][0][:200]!r}")

    def leave(self):
        for client in self.connections:
            client.close()
        parts = self.upstream.settle()
        if parts:
            raise Unexpected(f"the upstream was left with {parts[0][:120]!r}")
        if self.upstream.errors:
            raise Unexpected(f"the upstream cannot read what it was sent: {self.upstream.errors[0]}")


def run(function, gate, upstream):
    """Why the case fails, or None."""
    upstream.begin()
    peer = Peer(gate, upstream)
    why = None
    try:
        function(peer)
    except (Unexpected, OSError) as error:
        why = f"{error}" or repr(error)
    try:
        peer.leave()
    except Unexpected as error:
        why = why or str(error)
    return why if gate.running() else "the gate is gone"
