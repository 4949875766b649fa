#!/usr/bin/env python3
"""What is no error and turns callers away is said on standard error: certificates that are over, and plans that keys have and the configuration has not."""
from harness.case import GateCase, main
from harness.certificates import Authority

ROUTES = [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["api_key"]}]


class Notices(GateCase):
    def reload(self, gate, config):
        gate.configure(config)
        gate.signal("HUP")
        gate.wait_for_line("reloaded")

    def test_an_expired_certificate_is_told_by_check_at_start_and_by_a_reload_and_a_good_one_is_not(self):
        authority = Authority(self.folder / "authority")
        for name, wanted in (("good", {"names": ["localhost"]}), ("late", {"names": ["localhost"], "expired": True})):
            authority.issue(name, wanted)

        def config(name):
            pair = {"certificate": str(authority.file_of(name)), "key": str(authority.key_of(name))}
            return {"listeners": [{"address": "127.0.0.1:0", "tls": {"certificates": [pair]}}]}

        told = "gatehouse: the certificate %s expired on 2020-02-01" % authority.file_of("late")
        gate = self.prepare(config("good"))
        self.addCleanup(lambda: self.assertEqual(gate.stop(), []))
        status, out, error = gate.word("check")
        self.assertEqual(status, 0)
        self.assertNotIn("the certificate", error)
        gate.start()
        self.assertNotIn("the certificate", gate.errors())
        self.reload(gate, config("late"))
        self.assertEqual(gate.errors().count(told), 1)
        status, out, error = gate.word("check")
        self.assertEqual(status, 0)
        self.assertIn("all well", out)
        self.assertIn(told, error)
        self.assertEqual(gate.stop(), [])
        gate.start()
        self.assertIn(told, gate.errors())

    def test_a_plan_that_was_renamed_is_told_with_the_number_of_its_keys_which_get_503_and_no_ban(self):
        def config(plan):
            return {"plans": {plan: {}}, "limits": {"failures": {"count": 3, "ban": "1h"}}, "routes": ROUTES}

        gate = self.begin(config("free"))
        secrets = [gate.json_word("keys", "create", name, "--plan", "free")["secret"] for name in ("shop", "desk")]
        self.assertEqual(self.ask(gate, "/a", x_api_key=secrets[0]).status, 200)
        self.assertNotIn("the plan", gate.errors())
        told = "gatehouse: 2 keys have the plan 'free', which is not in the configuration"
        self.assertEqual(gate.word("check")[::2], (0, ""))
        gate.configure(config("fre"))
        status, out, error = gate.word("check")  # beside the server that runs
        self.assertEqual(status, 0)
        self.assertIn(told, error)
        self.reload(gate, config("fre"))
        self.assertIn(told, gate.errors())
        for _ in range(5):
            self.assertEqual(self.ask(gate, "/a", x_api_key=secrets[1]).status, 503)
        self.assertEqual(gate.stop(), [])
        data = gate.folder / "data"
        files = sorted(data.iterdir())
        self.assertIn(told, gate.word("check")[2])  # and without one
        self.assertEqual(sorted(data.iterdir()), files)
        gate.start()
        self.assertIn(told, gate.errors())
        self.reload(gate, config("free"))
        self.assertEqual(self.ask(gate, "/a", x_api_key=secrets[1]).status, 200)

    def test_check_is_silent_where_there_are_no_keys_yet_and_makes_none(self):
        gate = self.prepare({"routes": ROUTES})
        status, _, error = gate.word("check")
        self.assertEqual((status, error), (0, ""))
        self.assertFalse((gate.folder / "data").exists())
        (gate.folder / "data").mkdir(mode=0o700)
        (gate.folder / "data" / "store.sqlite").write_text("no store")  # one that is there, and cannot be read, is told
        self.assertIn("whether the plans of all keys are there was not looked at: ", gate.word("check")[2])
        gate.configure({"routes": [{**ROUTES[0], "authenticate": "none"}]})
        self.assertEqual(gate.word("check")[2], "")

    def test_check_says_which_host_of_a_route_no_certificate_is_for(self):
        gate = self.prepare({"listeners": [{"address": "127.0.0.1:0", "tls": "local"}], "routes": [{**ROUTES[0], "authenticate": "none", "hosts": ["localhost", "api.example"]}]})
        status, out, error = gate.word("check")
        self.assertEqual((status, error.count("no certificate is for")), (0, 1))
        self.assertIn("no certificate is for the host api.example of the route 'a'", error)


if __name__ == "__main__":
    main()
