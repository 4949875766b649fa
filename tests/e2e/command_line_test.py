#!/usr/bin/env python3
"""The command line beside a running gate and without one: usage, selftest, status, why, completion; the admin socket; two gates on one folder."""
import csv
import datetime
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import unittest

import yaml

from harness.case import BINARY, GateCase, main
from harness.fault import PATIENCE_SECONDS, Failed

KEYS = {"plans": {"free": {}, "paid": {"features": ["export", "bulk"]}},
        "routes": [{"name": "records", "path": "/records/{id}", "methods": ["GET"], "upstream": "clinic", "authenticate": ["api_key"], "scopes": ["read"]},
                   {"name": "export", "path": "/export", "methods": ["GET"], "upstream": "clinic", "authenticate": ["api_key"], "features": ["export", "bulk"]}]}


def run(*command, **more):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL, check=False, **more)


class Words(GateCase):
    def keyed_gate(self, more=None):
        gate = self.prepare({**KEYS, **(more or {})})
        made = [gate.json_word("keys", "create", name, "--plan", plan, "--scope", "read") for name, plan in (("shop", "free"), ("lab", "paid"))]
        self.shop, self.lab = ({"secret": key["secret"], "id": key["key"]["id"]} for key in made)
        self.addCleanup(lambda: self.assertEqual(gate.stop(), []))
        gate.start()
        return gate

    def test_usage_says_what_was_answered_per_key_route_and_feature_in_json_and_in_csv(self):
        gate = self.keyed_gate()
        for secret, path, times, status in ((self.shop["secret"], "/records/7", 3, 200), (self.lab["secret"], "/records/7", 1, 200),
                                            (self.lab["secret"], "/export", 2, 200), (self.shop["secret"], "/export", 4, 403),
                                            (self.shop["secret"][:-1] + "_", "/records/7", 5, 401)):
            for _ in range(times):
                self.assertEqual(self.ask(gate, path, x_api_key=secret).status, status)
        wanted = {("shop", "records", ""): 3, ("lab", "records", ""): 1, ("lab", "export", "bulk+export"): 2}  # nothing of what was refused

        def days(*words):  # a day may end while the test runs
            first = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)
            return gate.word("usage", "--from", first.isoformat(), *words)

        def counted(rows):
            sums = {}
            for row in rows:
                name = (row["name"], row["route"], row["feature"] or "")
                sums[name] = sums.get(name, 0) + int(row["requests"])
            return sums

        status, out, error = days("--json")
        self.assertEqual((status, error), (0, ""))
        self.assertEqual(counted(json.loads(out)["usage"]), wanted)
        status, out, error = days("--csv")
        self.assertEqual((status, error), (0, ""))
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual(counted(rows), wanted)
        self.assertEqual({row["key"] for row in rows}, {self.shop["id"], self.lab["id"]})
        self.assertEqual(counted(csv.DictReader(io.StringIO(days("--csv", "--key", self.shop["id"])[1]))), {("shop", "records", ""): 3})
        self.assertNotIn(self.shop["secret"], out)
        for words, exit_status in ((["--from", "yesterday"], 2), (["--key", "nonsense"], 2), (["--to", "2001-01-01"], 2), (["--csw"], 2), (["--csv", "--json"], 2)):
            with self.subTest(words):
                self.assertEqual(gate.word("usage", *words)[0], exit_status)

        self.assertEqual(gate.stop(), [])  # the same from the store, when no server runs
        self.assertEqual(counted(json.loads(days("--json")[1])["usage"]), wanted)

    def test_selftest_passes_at_a_gate_that_refuses_and_leaves_nothing_behind(self):
        gate = self.keyed_gate()
        status, out, error = gate.word("selftest")
        self.assertEqual((status, error), (0, ""), out)
        self.assertIn("all ", out)
        self.assertNotIn("WRONG", out)
        status, out, _ = gate.word("selftest", "--json")
        cases = json.loads(out)["cases"]
        self.assertGreater(len(cases), 20)
        self.assertIn({"route": "records", "name": "a key that was revoked", "wanted": "401", "got": "401", "verdict": "ok", "right": True}, cases)
        self.assertTrue(all(case["right"] for case in cases), out)
        self.assertEqual(len({(case["route"], case["name"]) for case in cases}), len(cases), "a row stands twice")
        self.assertNotIn("502", {case["got"] for case in cases})  # the upstream is there: passing means passing
        self.assertNotIn("selftest", [key["name"] for key in gate.json_word("keys", "list")["keys"]])  # its keys are gone
        for request in self.upstream.requests:
            self.assertNotIn(b"ghk_", request.raw)

        # However often it is asked: nobody is banned, nothing is counted, no key is left.
        for _ in range(8):
            self.assertEqual(gate.word("selftest")[0], 0)
        shop = self.connect(gate)
        self.send(shop, "/records/7", x_api_key=self.shop["secret"])
        self.assertEqual(shop.reader.response("GET").status, 200)
        self.assertEqual([key["name"] for key in gate.json_word("keys", "list", "--all")["keys"] if key["name"] == "selftest"], [])
        self.assertFalse((gate.folder / "data/selftest").exists())
        self.assertEqual(gate.stop(), [])
        self.assertEqual(gate.word("selftest")[0], 6)

    def test_selftest_writes_scopes_where_the_gate_reads_them_also_where_the_file_does_not_say(self):
        issuer = {"issuer": "https://issuer.clinic.example", "audience": ["clinic"], "algorithms": ["ES256"], "jwks": {"file": "$jwks"}}
        staff = {"name": "staff", "path": "/staff", "methods": ["GET"], "upstream": "clinic", "authenticate": ["jwt"], "scopes": ["read", "write"]}
        for more in ({}, {"scope_claim": "permissions"}):
            with self.subTest(more):
                gate = self.prepare({"issuers": {"clinic": {**issuer, **more}}, "routes": [staff]})
                gate.start()
                status, out, error = gate.word("selftest", "--json")
                self.assertEqual((status, error), (0, ""), out)
                tried = {case["name"]: case["got"] for case in json.loads(out)["cases"] if case["route"] == "staff"}
                self.assertEqual((tried["a good token"], tried["a token without the scopes"]), ("passes", "403"))
                self.assertEqual(gate.stop(), [])

    def test_status_says_how_the_server_is_doing_and_that_there_is_none(self):
        gate = self.keyed_gate({"metrics": {"address": "127.0.0.1:0"}})
        kept = self.connect(gate)
        self.send(kept, "/records/7", x_api_key=self.shop["secret"])
        self.assertEqual(kept.reader.response("GET").status, 200)
        told = gate.json_word("status")
        host, port, _ = gate.addresses[0]
        self.assertEqual(told["listeners"], ["http://%s:%d" % (host, port)])
        self.assertEqual(told["process"], gate.process.pid)
        self.assertEqual((told["routes"], told["connections"], told["audit"]["dropped"]), (2, 1, 0))
        self.assertEqual(told["stages"], ["authenticate", "meter", "authorize", "ration", "identify"])
        self.assertIn(told["listeners"][0], gate.word("status")[1])
        self.assertEqual(gate.stop(), [])
        status, _, error = gate.word("status")
        self.assertEqual(status, 6)
        self.assertIn("no server runs", error)

    def test_what_is_no_configuration_is_one_line_with_a_remedy_for_check_and_serve(self):
        gate = self.prepare({})
        somebody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}  # root reads everything
        program = self.folder / "gatehouse"  # where others can reach it, whatever the place that it was built in
        shutil.copy(BINARY, program)
        self.folder.chmod(0o755)
        os.mkfifo(self.folder / "pipe")
        (self.folder / "large").touch()
        os.truncate(self.folder / "large", 100_000_000)
        for name, content, mode in (("empty", b"", 0o644), ("binary", bytes(range(256)) * 20, 0o644), ("closed", gate.file.read_bytes(), 0)):
            (self.folder / name).write_bytes(content)
            (self.folder / name).chmod(mode)
        for name, status, wrong, remedy in (("/", 3, "is a directory", "name the file in it, such as /gatehouse.yaml"), ("", 2, "--config names no file", "a variable that is not set?"),
                                            ("pipe", 3, "a pipe", "write what it holds into a file"), ("/dev/zero", 3, "a device", "write what it holds into a file"),
                                            ("closed", 3, "cannot be opened by this user", "let this one read it"), ("empty", 3, "is empty", "gatehouse init URL"),
                                            ("large", 3, "is larger than 1MiB", "is it the file that was meant?"), ("binary", 3, "is no text", "is it the file that was meant?"),
                                            ("nowhere", 4, "there is no file nowhere", "")):
            for word in ("check", "serve"):
                with self.subTest(file=name, word=word):
                    done = run(program, word, "-c", name, cwd=self.folder, **somebody)
                    said = (done.stdout + done.stderr).strip()
                    self.assertEqual((done.returncode, said.count("\n")), (status, 0), said)
                    self.assertIn(wrong, said)
                    self.assertIn(remedy, said)
        self.assertEqual(json.loads(run(BINARY, "check", "--json", "-c", "empty", cwd=self.folder).stdout)["problems"][0]["line"], 0)
        self.assertEqual(run(BINARY, "check", "-c", gate.file).returncode, 0)

    def test_an_audit_log_on_a_full_disk_is_told_to_the_operator_and_so_is_that_it_is_written_again(self):
        log = self.folder / "audit.jsonl"
        log.symlink_to("/dev/full")
        gate = self.keyed_gate({"audit": {"file": str(log)}, "metrics": {"address": "127.0.0.1:0"}})
        for _ in range(20):
            self.assertEqual(self.ask(gate, "/records/7").status, 401)  # nobody waits for the disk
        self.eventually(lambda: f"gatehouse: cannot write the audit log {log}: No space left on device; requests are served on, 0 lines are lost so far" in gate.errors(), True)
        told = gate.json_word("status")["audit"]
        self.assertEqual((told["healthy"], told["failure"]), (False, f"cannot write the audit log {log}: No space left on device"))
        log.unlink()
        gate.process.send_signal(signal.SIGHUP)  # as an operator makes room: the path is another file now
        self.eventually(lambda: f"gatehouse: the audit log {log} is written again; 0 lines were lost" in gate.errors(), True)
        self.assertNotIn("failure", gate.json_word("status")["audit"])
        self.assertEqual(gate.stop(), [])
        self.assertEqual(log.read_text().count('"status":401'), 20)
        self.assertEqual(gate.errors().count("cannot write"), 1)

    def test_lines_of_audit_that_are_lost_at_the_end_are_told(self):
        gate = self.keyed_gate({"audit": {"file": "/dev/full"}})
        self.assertEqual(self.ask(gate, "/records/7").status, 401)
        self.assertEqual(gate.stop(), [])
        self.assertIn("gatehouse: the last lines of the audit log could not be written and are lost: cannot write the audit log /dev/full: No space", gate.errors())

    def test_what_importing_keys_took_is_given_back_but_for_what_the_keys_cost(self):
        def anonymous():
            status = pathlib.Path(f"/proc/{gate.process.pid}/status").read_text()  # which anybody may read; maps of a process without core files are root's
            return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:")))

        gate = self.keyed_gate()
        self.assertEqual(self.ask(gate, "/records/7", x_api_key=self.shop["secret"]).status, 200)
        before, count = anonymous(), 30_000
        (self.folder / "keys").write_text("".join("one-of-many-%032d\tname=partner-%d\tscopes=read\n" % (number, number) for number in range(count)))
        self.assertEqual(gate.json_word("keys", "import", self.folder / "keys", "--plan", "free")["imported"], count)
        self.assertEqual(self.ask(gate, "/records/7", x_api_key="one-of-many-%032d" % 7).status, 200)
        # Some megabytes for what is touched for the first time; without giving back it is forty.
        self.eventually(lambda: anonymous() < before + 300 * count + 4 * 1024 * 1024, True)

    def test_an_import_is_taken_that_is_larger_than_an_answer_may_be_and_one_that_is_too_large_says_how_to_go_on(self):
        gate = self.keyed_gate()
        count, file = 28_000, self.folder / "many"
        file.write_text("".join("a-long-one-%0500d\tname=partner-%d\tscopes=read\n" % (number, number) for number in range(count)))
        self.assertGreater(file.stat().st_size, 13 * 1024 * 1024)
        self.assertEqual(gate.json_word("keys", "import", file)["imported"], count)
        with file.open("ab") as more:
            more.truncate(48 * 1024 * 1024 + 1)
        status, out, error = gate.word("keys", "import", str(file))
        self.assertEqual((status, out), (3, ""))
        self.assertIn("is larger than 48MiB; split it", error)

    def test_an_import_shows_on_a_terminal_that_it_is_at_work_and_nowhere_else(self):
        gate = self.prepare(KEYS)
        for number, (kind, shown_there) in enumerate((("xterm", True), ("dumb", False))):
            file = self.folder / ("keys-%d" % number)
            file.write_text("".join("one-of-many-%d-%032d\n" % (number, line) for line in range(3)))
            with self.subTest(kind):
                terminal, for_the_word = os.openpty()
                try:
                    done = subprocess.run([BINARY, "keys", "import", str(file), "--plan", "free", "--config", str(gate.file)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          stderr=for_the_word, text=True, timeout=PATIENCE_SECONDS, env={**os.environ, "TERM": kind}, check=False)
                    os.close(for_the_word)
                    try:
                        shown = os.read(terminal, 65536).decode()
                    except OSError:  # nothing was written, and nobody is left who could
                        shown = ""
                finally:
                    os.close(terminal)
                self.assertEqual((done.returncode, done.stdout.split()), (0, ["imported", "3"]))
                if shown_there:
                    self.assertTrue(shown.startswith("\rimporting %s, 3 lines: 0 s\x1b[K" % file), shown)
                    self.assertTrue(shown.endswith("\r\x1b[K"), shown)
                else:
                    self.assertEqual(shown, "")

    def test_a_key_that_has_leaked_is_revoked_by_itself_and_its_secret_is_shown_and_recorded_nowhere(self):
        gate = self.keyed_gate()
        secret = self.lab["secret"]
        self.assertEqual(gate.json_word("keys", "show", secret)["id"], self.lab["id"])
        for wrong in (secret[:-1] + ("b" if secret[-1] == "a" else "a"), secret[:50], "an-imported-key-of-ours"):
            for word, *options in (("revoke",), ("rotate",), ("show",), ("set", "--plan", "free")):
                with self.subTest(word=word, wrong=wrong):
                    status, out, error = gate.word("keys", word, wrong, *options)
                    self.assertEqual((status, out), (2, ""))
                    self.assertNotIn(wrong[-12:], error)
                    self.assertEqual(self.lab["id"] in error, self.lab["id"] in wrong)
        self.assertEqual(self.ask(gate, "/records/7", x_api_key=secret).status, 200)
        status, out, error = gate.word("keys", "revoke", secret)
        self.assertEqual((status, error), (0, ""))
        self.assertNotIn(secret[-30:], out)
        self.assertEqual(self.ask(gate, "/records/7", x_api_key=secret).status, 401)
        self.assertEqual(self.ask(gate, "/records/7", x_api_key=self.shop["secret"]).status, 200)
        acts = gate.acts("keys.revoke")
        self.assertEqual([act.get("key") for act in acts], [self.lab["id"]])
        self.assertNotIn(secret[-30:], json.dumps(acts))

    def test_why_explains_a_refusal_and_an_accepted_request_and_knows_no_other(self):
        gate = self.keyed_gate({"audit": {"level": "all"}})
        refused = self.ask(gate, "/export", x_api_key=self.shop["secret"]).values("gatehouse-decision")[0]
        passed = self.ask(gate, "/records/7", x_api_key=self.shop["secret"]).values("gatehouse-decision")[0]
        status, out, error = gate.word("why", refused)
        self.assertEqual((status, error), (0, ""))
        for text in (refused, "authorize", "export", self.shop["id"]):
            self.assertIn(text, out)
        self.assertEqual(gate.word("why", "urn:gatehouse:decision:" + refused)[1], out)  # as the `instance` of the problem has it
        told = gate.json_word("why", refused)["decision"]
        self.assertEqual((told["outcome"], told["status"], told["stage"], told["route"], told["key"]), ("refused", 403, "authorize", "export", self.shop["id"]))
        told = gate.json_word("why", passed)["decision"]
        self.assertEqual((told["outcome"], told["status"], told["route"], told["key"]), ("passed", 200, "records", self.shop["id"]))
        status, out, _ = gate.word("why", passed)
        self.assertEqual(status, 0)
        self.assertIn("200", out)
        self.assertNotIn(self.shop["secret"], out)
        other = ("0" if passed[0] != "0" else "1") + passed[1:]
        self.assertEqual((gate.word("why", other)[0], gate.word("why", "../decisions")[0], gate.word("why")[0]), (4, 2, 2))
        self.assertEqual(gate.stop(), [])
        self.assertEqual(gate.json_word("why", refused)["decision"]["status"], 403)  # and after the server is gone

    def test_a_key_is_revoked_and_a_gate_asked_also_while_its_file_or_what_it_names_is_wrong(self):
        gate = self.keyed_gate()
        refused = self.ask(gate, "/nowhere").values("gatehouse-decision")[0]
        good, elsewhere = gate.file.read_text(), self.folder / "elsewhere"
        settings = yaml.safe_load(good)
        elsewhere.mkdir()
        config, data = ("--config", str(gate.file)), ("--data", str(gate.folder / "data"))

        def word(*words, cwd=gate.folder):
            return run(BINARY, *words, cwd=cwd)

        def wrong(text, places):
            gate.file.write_text(text)
            self.assertEqual(gate.word("check")[0], 3)
            for place in places:
                for words in (("keys", "list"), ("bans", "list"), ("status",), ("why", refused)):
                    done = word(*words, *place)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), (words, place))

        wrong(good + "\nnonsense: 1\n", (config, data))
        wrong(good.replace("upstream: clinic", "upstream: nobody"), (config, data))
        missing = {"address": "127.0.0.1:0", "tls": {"certificates": [{"certificate": "moved.pem", "key": "away.pem"}]}}
        wrong(yaml.safe_dump({**settings, "listeners": [missing]}), (config, data))
        self.assertEqual(word("keys", "revoke", self.shop["id"], *config).returncode, 0)
        self.assertEqual(self.ask(gate, "/records/7", x_api_key=self.shop["secret"]).status, 401)
        self.assertEqual(self.ask(gate, "/records/7", x_api_key=self.lab["secret"]).status, 200)
        wrong(good + "\nfoo: [", (config, data))
        wrong("listeners: [", (data,))
        done = word("keys", "revoke", self.lab["id"], *config)  # nobody can tell where that is: it says what to do
        self.assertEqual(done.returncode, 3)
        self.assertIn("-d DATA", done.stderr)
        (elsewhere / "gatehouse.yaml").write_text("nonsense: 1\n")
        self.assertEqual(word("keys", "revoke", self.lab["id"], *data, cwd=elsewhere).returncode, 0)  # beside another gate's file
        self.assertEqual(self.ask(gate, "/records/7", x_api_key=self.lab["secret"]).status, 401)

        # When no server answers, -c asks for a whole configuration, and -d for none.
        gate.file.write_text(good)
        again = gate.json_word("keys", "create", "again")["key"]["id"]
        self.assertEqual(gate.stop(), [])
        gate.file.write_text(good + "\nnonsense: 1\n")
        done = word("keys", "revoke", again, *config)
        self.assertEqual(done.returncode, 3)
        self.assertIn("no server answers", done.stderr)
        self.assertEqual(word("keys", "revoke", again, *data).returncode, 0)
        gate.file.write_text(good)
        self.assertIn(again, [key["id"] for key in gate.json_word("keys", "list", "--all")["keys"] if key["state"] == "revoked"])

    def test_keys_that_are_refused_leave_no_data_directory_behind_and_one_that_is_taken_makes_it(self):
        gate = self.prepare(KEYS)
        lines = self.folder / "keys"
        lines.write_text("0123456789abcdef name=bob\n")
        for words, code in ((("keys", "create", ""), 2), (("keys", "create", "shop", "--plan", "nope"), 3), (("keys", "create", "shop", "--address", "10.0.0.1/8"), 2),
                            (("keys", "import", str(lines)), 3), (("keys", "create", "shop", "--environment", "test"), 3)):
            with self.subTest(words):
                status, _, error = gate.word(*words)
                self.assertEqual(status, code, error)
                self.assertFalse((gate.folder / "data").exists())
        self.assertIn("a tab goes before each field", gate.word("keys", "import", str(lines))[2])
        made = gate.json_word("keys", "create", "shop", "--plan", "free")
        self.assertEqual([key["id"] for key in gate.json_word("keys", "list")["keys"]], [made["key"]["id"]])

    def test_the_second_signal_ends_it_at_once_also_where_the_shell_had_signals_ignored(self):
        gate = self.prepare(KEYS)
        gate.start(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        host, port, _ = gate.addresses[0]
        with socket.create_connection((host, port), timeout=PATIENCE_SECONDS) as slow:
            slow.sendall(b"POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1")  # a request that keeps it from ending
            gate.signal("INT")
            while "once more to stop at once" not in gate.errors():
                self.assertIsNone(gate.process.poll())
                slow.sendall(b"")
            gate.signal("INT")
            self.assertEqual(gate.process.wait(PATIENCE_SECONDS), -signal.SIGINT)
        self.assertEqual(gate.stop(), ["the gate ended with status %d" % -signal.SIGINT])

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_the_completion_loads_in_bash_and_offers_words_options_and_choices(self):
        script = self.folder / "completion"
        script.write_text(run(BINARY, "completion", "bash").stdout)

        def offered(*typed):
            words = " ".join("'%s'" % word for word in ("gatehouse", *typed))
            done = run("bash", "--norc", "--noprofile", "-c",
                       "set -eu; source %s; COMP_WORDS=(%s); COMP_CWORD=%d; COMPREPLY=(); _gatehouse; printf '%%s\\n' \"${COMPREPLY[@]}\"" % (script, words, len(typed)))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return done.stdout.split()

        self.assertEqual(offered("sel"), ["selftest"])
        self.assertEqual(set(offered("keys", "")), {"create", "import", "list", "show", "revoke", "rotate", "set"})
        self.assertEqual(set(offered("help", "keys", "")), {"create", "import", "list", "show", "revoke", "rotate", "set"})
        self.assertEqual(offered("help", "sel"), ["selftest"])
        self.assertEqual(offered("help", "keys", "create", ""), [])
        self.assertIn("--csv", offered("usage", "--"))
        self.assertEqual(offered("completion", "z"), ["zsh"])
        self.assertEqual(offered("keys", "create", "--environment", "t"), ["test"])
        self.assertEqual(offered("keys", "create", "--plan", ""), [])
        self.assertEqual(run(BINARY, "completion", "tcsh").returncode, 2)


    def test_what_is_wrong_with_a_file_is_json_from_serve_as_from_check(self):
        file = self.folder / "wrong.yaml"
        file.write_text("listeners: []\nroutes: [{ name: a }]\n")
        checked, served = (run(BINARY, word, "--json", "-c", str(file)) for word in ("check", "serve"))
        self.assertEqual((checked.returncode, served.returncode), (3, 3))
        self.assertEqual(json.loads(served.stdout), json.loads(checked.stdout))
        self.assertTrue(json.loads(served.stdout)["problems"])
        self.assertIn("wrong.yaml:1:", served.stderr)
        self.assertEqual(run(BINARY, "serve", "-c", str(file)).stdout, "")

    def test_a_file_that_is_missing_is_the_same_to_every_word(self):
        for word in (("serve",), ("check",), ("keys", "list", "-c", "absent.yaml"), ("serve", "-c", "absent.yaml"), ("check", "-c", "absent.yaml")):
            self.assertEqual(run(BINARY, *word, cwd=self.folder).returncode, 4, word)


class AdminSocket(GateCase):
    def test_the_socket_and_the_folder_are_for_their_owner_alone(self):
        gate = self.begin({})
        data = gate.folder / "data"
        self.assertEqual(stat.S_IMODE((data / "admin.sock").stat().st_mode), 0o600)
        self.assertTrue(stat.S_ISSOCK((data / "admin.sock").stat().st_mode))
        self.assertEqual(stat.S_IMODE(data.stat().st_mode), 0o700)
        for file in data.rglob("*"):
            if not file.is_dir() and file.suffix != ".pem":  # certificates are for everybody, and behind a folder that is not
                self.assertEqual(file.stat().st_mode & 0o077, 0, file)
        self.assertEqual(gate.stop(), [])
        self.assertFalse((data / "admin.sock").exists())

    def test_serve_shows_the_credential_once_also_to_a_program(self):
        for first in (True, False):
            gate = self.prepare({"data": str(self.folder / "data")})
            process = subprocess.Popen([BINARY, "serve", "--json", "-c", str(gate.file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            said = {}
            for line in process.stdout:
                said.update(json.loads(line))
                if "ready" in said:
                    break
            process.terminate()
            process.communicate(timeout=PATIENCE_SECONDS)
            self.assertEqual("admin_credential" in said, first)

    def as_nobody(self, gate, *words, credential=None):
        environment = {"PATH": os.environ["PATH"], **({"GATEHOUSE_ADMIN": credential} if credential else {})}
        return run(self.program, *words, "--config", gate.file, user="nobody", group="nogroup", extra_groups=[], env=environment, cwd="/")

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_another_user_is_refused_by_the_files_and_where_they_let_him_in_by_the_server(self):
        self.program = self.folder / "gatehouse"  # where others can reach it, whatever the place that it was built in
        shutil.copy(BINARY, self.program)
        gate = self.begin({"routes": [{"name": "a", "path": "/a", "methods": ["GET"], "upstream": "clinic", "authenticate": ["api_key"]}]})
        credential = next(line.rsplit(" ", 1)[1] for line in gate.errors().splitlines() if line.startswith("admin credential"))
        for folder in (self.folder, gate.folder):
            folder.chmod(0o755)
        gate.file.chmod(0o644)
        self.assertEqual(gate.word("keys", "create", "mine")[0], 0)

        data = gate.folder / "data"
        done = self.as_nobody(gate, "keys", "create", "his", credential=credential)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("ermission denied", done.stderr)

        data.chmod(0o711)  # an operator's mistake: now the socket alone stands between
        done = self.as_nobody(gate, "keys", "create", "his", credential=credential)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("ermission denied", done.stderr)

        (data / "admin.sock").chmod(0o666)  # or what he means: then the credential decides
        for given in (None, "gha_" + "0" * len(credential[4:])):
            done = self.as_nobody(gate, "keys", "create", "his", credential=given)
            self.assertEqual(done.returncode, 5, done.stdout + done.stderr)
            self.assertIn("credential", done.stderr)
        self.assertEqual([key["name"] for key in gate.json_word("keys", "list")["keys"]], ["mine"])
        done = self.as_nobody(gate, "keys", "create", "his", credential=credential)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({key["name"] for key in gate.json_word("keys", "list")["keys"]}, {"mine", "his"})
        data.chmod(0o700)
        acts = [(act["user"], act["outcome"], act.get("name")) for act in gate.acts("keys.create")]
        self.assertEqual(acts, [("root", "done", "mine"), ("nobody", "refused", None), ("nobody", "refused", None), ("nobody", "done", "his")])
        self.assertNotIn(credential[4:], (data / "audit.jsonl").read_text())

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_members_of_the_socket_group_administer_with_the_credential_and_nobody_else_does(self):
        self.program = self.folder / "gatehouse"
        shutil.copy(BINARY, self.program)
        place = self.folder / "run" / "admin.sock"
        place.parent.mkdir()
        gate = self.begin({"admin": {"socket": str(place), "socket_group": "root"}})  # the group that the user who serves is in
        credential = next(line.rsplit(" ", 1)[1] for line in gate.errors().splitlines() if line.startswith("admin credential"))
        for folder in (self.folder, place.parent, gate.folder):
            folder.chmod(0o755)
        gate.file.chmod(0o644)
        self.assertEqual(stat.S_IMODE(place.stat().st_mode), 0o660)

        def as_member(**environment):
            return run(self.program, "keys", "create", "his", "--config", gate.file, user="nobody", group="root", extra_groups=[], cwd="/",
                       env={"PATH": os.environ["PATH"], **environment})

        without = as_member()
        self.assertEqual(without.returncode, 5)
        self.assertIn("GATEHOUSE_ADMIN", without.stderr)
        done = as_member(GATEHOUSE_ADMIN=credential)
        self.assertEqual(done.returncode, 0, done.stderr)
        stranger = self.as_nobody(gate, "keys", "list", credential=credential)
        self.assertEqual(stranger.returncode, 5)
        self.assertIn("ermission denied", stranger.stderr)
        place2 = place.with_name("other.sock")
        for admin, said in (({"socket_group": "root"}, "absolute"), ({"socket": str(place2), "socket_group": "no-such-group"}, "no group"),
                            ({"socket": str(place2), "socket_group": "nogroup"}, "a member")):
            with self.subTest(admin):
                other = self.prepare({"admin": admin})
                self.assertIn(said, run(BINARY, "serve", "-c", other.file).stderr)

    def test_nonsense_on_the_socket_is_answered_or_cut_off_and_the_next_question_is_answered(self):
        gate = self.begin({})
        for bytes_sent in (b"\n", b"{}\n", b'{"do":"keys.list"}\n', b'{"do":"nothing","arguments":{}}\n', b'{"do":"status","arguments":{"x":1}}\n', b"\0\xff\n",
                           b"[" * 100_000 + b"\n", b'{"do":"status","do":"keys.list","arguments":{}}\n'):
            with self.subTest(bytes_sent[:40]), socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(PATIENCE_SECONDS)
                connection.connect(str(gate.folder / "data" / "admin.sock"))
                connection.sendall(bytes_sent)
                self.assertIn("error", json.loads(connection.makefile("rb").readline()))
        self.assertEqual(gate.json_word("status")["process"], gate.process.pid)


class TwoGates(GateCase):
    def test_a_second_gate_on_one_data_directory_is_refused_and_the_first_goes_on(self):
        first = self.begin({})
        second = self.prepare({"data": str(first.folder / "data")})
        with self.assertRaises(Failed):
            second.start()
        self.assertEqual(second.stop(), ["the gate ended with status 6"])
        told = second.errors()
        self.assertIn(str(first.folder / "data"), told)
        self.assertRegex(told, "another|already")
        self.assertEqual(self.ask(first, "/a").status, 200)
        self.assertEqual(first.json_word("status")["process"], first.process.pid)
        self.assertEqual(first.stop(), [])
        third = self.begin({"data": str(first.folder / "data")})  # when it is free again
        self.assertEqual(self.ask(third, "/a").status, 200)

    def test_a_gate_that_was_killed_leaves_nothing_in_the_way_of_the_next(self):
        first = self.prepare({})
        first.start()
        first.process.kill()
        first.process.wait(PATIENCE_SECONDS)
        self.assertEqual(first.stop(), ["the gate ended with status -9"])
        self.assertTrue((pathlib.Path(first.folder) / "data" / "admin.sock").exists())
        second = self.begin({"data": str(first.folder / "data")})
        self.assertEqual(self.ask(second, "/a").status, 200)
        self.assertEqual(second.json_word("status")["process"], second.process.pid)


if __name__ == "__main__":
    main()
