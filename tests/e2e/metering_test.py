#!/usr/bin/env python3
"""What is counted of the requests of a key, with the whole gate and at its worst end: killed under load, at any instant, again and again. After each start
answered <= counted <= answered + in flight, by `gatehouse usage`."""
import datetime
import random
import threading

from harness.case import GateCase, main
from harness.client import Client
from harness.message import Broken
from harness.upstream import Upstream

KILLS = 200
BATCH = 8  # requests that a client sends before it reads the first answer: some are under way whenever the gate dies
CLIENTS = 2  # of each key


class Load:
    """Clients of one key, each on its own connection. A request is counted as sent before its first byte leaves, as answered when its answer was read whole."""

    def __init__(self, gate, secret, on_answer):
        self.sent = self.answered = 0
        self.strange = []  # answers that are not 200: of those nothing is claimed here
        self._lock = threading.Lock()
        self._on_answer = on_answer
        request = ("GET /a HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: %s\r\n\r\n" % secret).encode()
        self._clients = [Client(gate, 0, None) for _ in range(CLIENTS)]
        self._threads = [threading.Thread(target=self._run, args=(client, request), daemon=True) for client in self._clients]
        for thread in self._threads:
            thread.start()

    def end(self):
        """After the gate is gone: reads what it had sent."""
        for thread in self._threads:
            thread.join()
        for client in self._clients:
            client.close()

    def _run(self, client, request):
        try:
            while True:
                with self._lock:
                    self.sent += BATCH
                client.send(request * BATCH, False)
                for _ in range(BATCH):
                    answer = client.reader.response("GET")
                    if answer is None:
                        return
                    with self._lock:
                        self.answered += 1
                        if answer.status != 200:
                            self.strange.append(answer.status)
                    self._on_answer()
        except (Broken, OSError):
            pass  # killed in the middle of an answer: that one was not answered


class Killed(GateCase):
    def setUp(self):
        super().setUp()
        self.upstream.close()
        self.upstream = Upstream({"/half": {"hold_body": "end"}, "/held": {"hold": "end"}})
        self.addCleanup(self.upstream.close)
        self.gate = self.begin({
            "workers": 2,
            "plans": {"free": {}},
            "routes": [{"name": "a", "path": "/{path...}", "methods": ["GET"], "upstream": "clinic", "authenticate": ["api_key"]}],
        })
        self.secrets = {name: self.gate.json_word("keys", "create", name, "--plan", "free")["secret"] for name in ("shop", "desk")}
        self.chance = random.Random(20261122)  # when the gate dies is different each time and the same in each run
        self._answers = threading.Semaphore(0)

    def counted(self):
        """Requests by the name of their key, in all."""
        yesterday = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)
        requests = {"shop": 0, "desk": 0}
        for row in self.gate.json_word("usage", "--from", yesterday.isoformat())["usage"]:
            self.assertEqual(row["route"], "a")
            requests[row["name"]] += row["requests"]
        return requests

    def test_a_gate_that_is_killed_under_load_has_counted_what_it_answered_and_no_more_than_it_was_asked(self):
        answered, in_flight = {"shop": 0, "desk": 0}, {"shop": 0, "desk": 0}
        for kill in range(KILLS):
            loads = {name: Load(self.gate, secret, self._answers.release) for name, secret in self.secrets.items()}
            for _ in range(self.chance.randrange(1, 400)):
                self.assertTrue(self._answers.acquire(timeout=20), "the gate answers nothing more")
            self.assertEqual(self.gate.kill(), [])
            for name, load in loads.items():
                load.end()
                self.assertEqual(load.strange, [])
                answered[name] += load.answered
                in_flight[name] += load.sent - load.answered
            while self._answers.acquire(blocking=False):
                pass
            self.gate.start()
            counted = self.counted()
            for name in answered:
                with self.subTest(kill=kill, key=name):
                    self.assertLessEqual(answered[name], counted[name])
                    self.assertLessEqual(counted[name], answered[name] + in_flight[name])
        print("%d kills: answered %s, in flight %s, counted %s" % (KILLS, answered, in_flight, counted))
        for name in answered:  # or nothing was shown
            self.assertGreater(answered[name], KILLS)
            self.assertGreater(in_flight[name], 0)

    def test_what_a_client_has_begun_to_receive_is_counted_though_the_gate_dies_before_its_end(self):
        client = self.connect(self.gate)
        self.send(client, "/half", x_api_key=self.secrets["shop"])
        self.assertEqual(client.reader.head().status, 200)  # the upstream keeps the body: a count at the end would come too late
        asked = self.connect(self.gate)
        self.send(asked, "/held", x_api_key=self.secrets["desk"])
        self.upstream.wait_for(2)  # nothing of its answer has come: it may be counted once, or not at all
        self.assertEqual(self.gate.kill(), [])
        self.gate.start()
        counted = self.counted()
        self.assertEqual(counted["shop"], 1)
        self.assertLessEqual(counted["desk"], 1)

    def test_the_bounds_meet_where_nothing_is_in_flight(self):
        for wanted in range(1, 4):
            self.assertEqual(self.ask(self.gate, "/a", x_api_key=self.secrets["shop"]).status, 200)
            self.assertEqual(self.gate.kill(), [])
            self.gate.start()
            self.assertEqual(self.counted(), {"shop": wanted, "desk": 0})


if __name__ == "__main__":
    main()
