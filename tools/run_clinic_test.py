#!/usr/bin/env python3
"""What `./do run` prints does what it says: each line is pasted into a shell, and the status must be the one that stands above it."""
import json, os, re, shutil, signal, ssl, subprocess, sys, tempfile, unittest, urllib.request

import summed

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GATEHOUSE = os.environ.get("GATEHOUSE_BINARY", os.path.join(ROOT, "build/src/gatehouse"))


class Started(unittest.TestCase):
    """The clinic and its gate run, and `text` is what was printed."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="gatehouse-run-")
        cls.started = subprocess.Popen([sys.executable, os.path.join(ROOT, "tools/run_clinic.py"), "--gatehouse", GATEHOUSE, "--data", os.path.join(cls.folder, "data"),
                                    "--port", "0", "--clinic-port", "0", "--metrics-port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        cls.text = cls.read_until("Ctrl-C")

    @classmethod
    def read_until(cls, beginning):
        lines = []
        for line in cls.started.stdout:  # ends when the program does
            lines.append(line)
            if line.startswith(beginning):
                break
        return "".join(lines)

    @classmethod
    def tearDownClass(cls):
        if cls.started.poll() is None:
            cls.started.send_signal(signal.SIGINT)
            cls.started.wait(60)
        cls.started.stdout.close()
        shutil.rmtree(cls.folder, ignore_errors=True)


class ThePrintedLines(Started):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commands = re.findall(r"^# (\d{3}): (.+)\n(.+)$", cls.text, re.M)

    @staticmethod
    def paste(command):
        return subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)

    def test_every_status_is_the_one_that_is_promised(self):
        self.assertEqual([status for status, _, _ in self.commands], ["200", "401", "200", "403", "200", "401", "401", "401", "404", "405", "400", "400", "422", "429"], self.text)
        for status, what, command in self.commands[:-1]:
            with self.subTest(what):
                done = self.paste(command)
                self.assertEqual(done.stderr, "")
                self.assertRegex(done.stdout, rf"^HTTP/[0-9.]+ {status}\b", command)

    def test_the_addresses_of_the_metrics_and_of_the_clinic_answer(self):
        for what, path in (("metrics", ""), ("the clinic", "/prices")):
            with self.subTest(what):
                address = re.search(rf"(?m)^  {what} +(http://127\.0\.0\.1:\d+\S*)", self.text)[1]
                with urllib.request.urlopen(address + path, timeout=60) as answer:
                    self.assertEqual(answer.status, 200)

    def test_422_lists_every_mistake_and_tells_nothing_of_what_was_sent(self):
        answer = self.paste(next(command for status, _, command in self.commands if status == "422")).stdout
        problem = json.loads(answer.split("\n\n", 1)[1])
        self.assertEqual(sorted({one["pointer"] for one in problem["violations"]}), ["/born", "/insurance_number", "/role", "/ward"])
        self.assertNotIn("kitchen", answer)

    def test_a_wrong_parameter_is_told_by_its_name(self):
        answer = self.paste([command for status, _, command in self.commands if status == "400"][1]).stdout
        self.assertEqual([(one["in"], one["name"]) for one in json.loads(answer.split("\n\n", 1)[1])["violations"]], [("query", "name")])

    def test_405_says_what_is_allowed(self):
        answer = self.paste(next(command for status, _, command in self.commands if status == "405")).stdout
        self.assertRegex(answer, r"(?im)^allow: .*GET")

    def test_once_the_burst_is_used_up_comes_429_with_retry_after(self):
        answers = self.paste(self.commands[-1][2]).stdout.split("\n")
        self.assertTrue(any(a.startswith("200 ") for a in answers) or any(a.startswith("429 ") for a in answers), answers)
        self.assertTrue(any(re.fullmatch(r"429 Retry-After: \d+", a) for a in answers), answers)

    def test_nothing_is_trusted_without_the_authority_and_no_line_switches_checking_off(self):
        for _, _, command in self.commands:
            self.assertIn("--cacert", command)
            self.assertNotRegex(command, r"(^| )(-k|--insecure)( |$)")
        without = self.paste(re.sub(r"--cacert \S+ ", "", self.commands[0][2]))
        self.assertNotEqual(without.returncode, 0)

    def test_a_refusal_that_was_shown_is_explained(self):
        answer = self.paste(next(command for status, _, command in self.commands if status == "403")).stdout
        decision = re.search(r"(?im)^gatehouse-decision: (\S+)", answer)[1]
        why = re.search(r"\S+ why ID -c \S+", self.text)[0].replace("ID", decision)
        self.assertIn("authorize", self.paste(why).stdout)


class TheEnd(Started):
    def test_a_second_ctrl_c_does_not_wait_for_a_request_that_does_not_end(self):
        token = subprocess.run([sys.executable, os.path.join(ROOT, "examples/clinic/issuer.py"), "--directory", os.path.join(self.folder, "data/issuer"),
                                "--subject", "dr-quillary", "--scopes", "appointments:read"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        url = re.search(r"guarded at (https://\S+)", self.text)[1]
        trust = ssl.create_default_context(cafile=re.search(r"authority +(\S+)", self.text)[1])
        feed = urllib.request.Request(url + "/events?interval=60000", headers={"Authorization": "Bearer " + token})  # the second event is a minute away
        with urllib.request.urlopen(feed, context=trust, timeout=60) as events:
            self.assertTrue(events.readline())
            self.started.send_signal(signal.SIGINT)
            self.assertIn("once more to stop at once", self.read_until("gatehouse: finishing"))
            self.assertIsNone(self.started.poll())
            self.started.send_signal(signal.SIGINT)
            self.started.wait(20)  # the feed alone would hold it for the 30 seconds of `drain`


if __name__ == "__main__":
    summed.main()
