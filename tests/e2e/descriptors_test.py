#!/usr/bin/env python3
"""A gate that has used up its descriptors, at the running gate: clients that only keep a connection make room for new ones, nobody who waits for an answer
loses it, and the operator is told once."""
import resource
import socket
import urllib.request

from harness.case import GateCase, main
from harness.fault import PATIENCE_SECONDS
from harness.upstream import Upstream

DESCRIPTORS = 96
CLIENTS = 160
ASK = b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"  # the gate answers it itself: no descriptor for an upstream


def lower_limit():
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))


class Descriptors(GateCase):
    def setUp(self):
        super().setUp()
        self.upstream.close()
        self.upstream = Upstream({"/hold": {"hold": "go", "body": "late"}})
        self.addCleanup(self.upstream.close)

    def open(self):
        host, port, _ = self.gate.addresses[0]
        client = socket.create_connection((host, port), timeout=PATIENCE_SECONDS)
        self.addCleanup(client.close)
        client.sendall(ASK)
        return client

    def metric(self, name):
        with urllib.request.urlopen(self.metrics, timeout=PATIENCE_SECONDS) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return int(line.split()[1])
        raise AssertionError("the metric is missing")

    def test_resting_clients_make_room_for_those_who_come(self):
        self.gate = self.prepare({"metrics": {"address": "127.0.0.1:0"}, "process": None})
        self.addCleanup(lambda: self.assertEqual(self.gate.stop(), []))
        self.gate.start(preexec_fn=lower_limit)
        self.metrics = self.gate.json_word("status")["metrics"]
        waiting = self.connect(self.gate)
        self.send(waiting, "/hold")
        self.upstream.wait_for(1)
        clients = [self.open() for _ in range(CLIENTS)]  # none of them closes
        for client in clients:
            self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 204 "))
        self.upstream.release("go")
        self.assertEqual(waiting.reader.response("GET").body, b"late")
        for client in clients[:40]:  # those that have rested longest give up theirs: the listener of the metrics has none put aside either
            client.close()
        self.assertGreater(self.metric("gatehouse_connections_shed_total"), CLIENTS - DESCRIPTORS)
        self.assertGreater(self.metric("gatehouse_accept_pauses_total"), 0)
        self.eventually(self.lines, 1)

    def lines(self):
        return (self.gate.folder / "stderr").read_text().count("no descriptor is left for new connections")

    def test_with_enough_of_them_nobody_is_closed(self):
        self.gate = self.begin({"metrics": {"address": "127.0.0.1:0"}})
        self.metrics = self.gate.json_word("status")["metrics"]
        for client in [self.open() for _ in range(CLIENTS)]:
            self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 204 "))
        self.assertEqual(self.metric("gatehouse_connections_shed_total"), 0)
        self.assertEqual(self.lines(), 0)


if __name__ == "__main__":
    main()
