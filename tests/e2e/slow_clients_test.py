#!/usr/bin/env python3
"""Clients that take their answer slowly or not at all, at the running gate: they are cut off, what they held is free again, and who reads is left alone."""
import socket
import time
import urllib.request

from harness.case import GateCase, main
from harness.fault import PATIENCE_SECONDS
from harness.upstream import Upstream

BIG = 32 * 1024 * 1024  # more than all buffers between the upstream and a client that reads nothing


class SlowClients(GateCase):
    def setUp(self):
        super().setUp()
        self.upstream.close()
        self.upstream = Upstream({"/big": {"body": "b" * BIG}, "/hold": {"hold": "go"}})
        self.addCleanup(self.upstream.close)

    def start(self, **connections):
        self.gate = self.begin({"metrics": {"address": "127.0.0.1:0"}, "connections": connections})
        self.metrics = self.gate.json_word("status")["metrics"]

    def cut_off(self):
        with urllib.request.urlopen(self.metrics, timeout=PATIENCE_SECONDS) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("gatehouse_slow_clients_total "):
                    return int(line.split()[1])
        raise AssertionError("the metric is missing")

    def ask(self, path=b"/big"):
        host, port, _ = self.gate.addresses[0]
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE_SECONDS)
        client.connect((host, port))
        self.addCleanup(client.close)
        client.sendall(b"GET %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n" % (path, port))
        return client

    @staticmethod
    def drain(client):
        """How much comes, and whether it ends with a reset."""
        count = 0
        try:
            while piece := client.recv(1 << 20):
                count += len(piece)
        except ConnectionResetError:
            return count, True
        return count, False

    def until_one_is_cut_off(self, bytes_meanwhile=None):
        end = time.monotonic() + PATIENCE_SECONDS
        while self.cut_off() == 0:
            self.assertLess(time.monotonic(), end, "nobody is cut off")
            if bytes_meanwhile:
                try:
                    bytes_meanwhile.recv(1)
                except ConnectionResetError:
                    bytes_meanwhile = None

    def check_reset(self, client, rules):
        count, reset = self.drain(client)
        self.assertTrue(reset)
        self.assertLess(count, BIG)
        self.assertEqual(self.cut_off(), 1)
        self.gate.stop()  # the log is written
        found = [line["rule"] for line in self.gate.audit_lines() if line.get("rule", "").startswith("connections.")]
        self.assertEqual(len(found), 1, found)
        self.assertIn(found[0], rules)

    def connect(self, address):
        client = socket.create_connection(self.gate.addresses[0][:2], PATIENCE_SECONDS, source_address=(address, 0))
        self.addCleanup(client.close)
        return client

    def is_open(self, client):
        try:
            client.sendall(b"no request\r\n\r\n")  # 400 from who listens
            return client.recv(1) != b""
        except ConnectionError:
            return False

    def test_addresses_that_open_all_the_connections_they_can_leave_as_many_to_those_who_come_later(self):
        self.start(total_max=60, head_time="5m")
        greedy = [[self.connect(f"127.0.0.{number}") for _ in range(60)] for number in (2, 3)]
        late = self.connect("127.0.0.4")
        self.assertTrue(self.is_open(late))
        held = [sum(self.is_open(client) for client in clients) for clients in greedy]
        self.assertEqual(sum(held), 45, held)  # the first half of 60, the second half of what that one left

    def test_a_client_that_takes_nothing_is_reset_and_one_that_reads_beside_it_gets_all(self):
        self.start(write_idle="1s")
        stalled, reader = self.ask(), self.ask()
        count, reset = self.drain(reader)
        self.assertGreater(count, BIG)  # a head, too
        self.assertFalse(reset)
        self.until_one_is_cut_off()
        self.check_reset(stalled, {"connections.write_idle"})

    def test_a_client_that_takes_a_byte_now_and_then_is_reset(self):
        # What a receiver has taken shows in steps of its window: over loopback such a trickle may look like none at all for a second.
        self.start(write_idle="1s", write_rate_min="1MiB")
        slow = self.ask()
        self.until_one_is_cut_off(slow)
        self.check_reset(slow, {"connections.write_idle", "connections.write_rate_min"})

    def test_an_answer_that_does_not_come_is_not_taken_too_slowly(self):
        self.start(write_idle="1s", write_rate_min="1MiB")
        waiting = self.ask(b"/hold")
        self.upstream.wait_for(1)
        stalled = self.ask()
        self.until_one_is_cut_off()  # so that a second has passed
        self.upstream.release("go")
        count, reset = self.drain(waiting)
        self.assertGreater(count, 0)
        self.assertFalse(reset)
        self.check_reset(stalled, {"connections.write_idle", "connections.write_rate_min"})


if __name__ == "__main__":
    main()
