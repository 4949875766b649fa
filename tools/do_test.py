#!/usr/bin/env python3
"""`./do` refuses a name that it does not know at once, and `./do setup` on a machine where something is amiss says what to do about it. Programs that it would call are stand-ins in an own PATH; nothing is
installed, and nothing outside a temporary folder is written."""
import os, shutil, subprocess, tempfile, unittest

import summed

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Setup(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)
        for tool in ("bash", "dirname", "readlink", "nproc"):
            os.symlink(shutil.which(tool), os.path.join(self.folder.name, tool))

    def tearDown(self):
        self.folder.cleanup()

    def program(self, name, script):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + script + "\n")
        os.chmod(path, 0o755)

    def setup_says(self, *words, user=None):
        done = subprocess.run([shutil.which("bash"), os.path.join(ROOT, "do"), *(words or ["setup"])], env={"PATH": self.folder.name}, text=True, capture_output=True, user=user)
        return done.returncode, done.stderr

    def test_help_is_asked_for_and_nothing_else_is_done(self):
        os.symlink(shutil.which("sed"), os.path.join(self.folder.name, "sed"))
        for words in (["format", "--help"], ["clean", "-h"], ["test", "--help"], ["--help"], ["help"], []):
            with self.subTest(words):
                done = subprocess.run([shutil.which("bash"), os.path.join(ROOT, "do"), *words], env={"PATH": self.folder.name}, text=True, capture_output=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("usage: ./do WORD", done.stdout)

    def test_a_machine_that_has_everything_is_left_alone(self):
        self.program("dpkg-query", 'printf installed')
        self.program("apt-get", 'exit 99')
        self.assertEqual(self.setup_says(), (0, ""))

    def test_a_machine_without_apt_is_told_what_is_needed(self):
        self.program("dpkg-query", "exit 1")
        code, said = self.setup_says()
        self.assertEqual(code, 1)
        self.assertIn("there is no apt-get", said)
        self.assertIn("libssl-dev", said)

    def test_somebody_else_than_root_is_told_what_root_must_do(self):
        self.program("dpkg-query", "exit 1")
        self.program("apt-get", "exit 99")
        code, said = self.setup_says(user=65534 if os.geteuid() == 0 else None)
        self.assertEqual(code, 1)
        self.assertIn("./do setup test;", said)
        self.assertIn("apt-get update && apt-get install --no-install-recommends g++", said)

    def test_what_only_testing_needs_is_told_with_the_part_that_installs_it(self):
        self.program("dpkg-query", 'for package; do :; done; [ "$package" = nodejs ] || printf installed')
        self.program("apt-get", "exit 99")
        user = 65534 if os.geteuid() == 0 else None
        for words, part in ((("test",), "test"), (("setup",), "test"), (("setup", "build", "test"), "test")):
            with self.subTest(words):
                code, said = self.setup_says(*words, user=user)
                self.assertEqual(code, 1)
                self.assertIn(f"packages are missing (nodejs), and only root can install them. Once, as root (`sudo` or `su`): ./do setup {part};", said)
        self.assertEqual(self.setup_says("setup", "build", user=user), (0, ""))
        self.assertIn("setup knows build, test, check, bench; not 'nope'", self.setup_says("setup", "nope", user=user)[1])

    def test_without_a_network_it_says_so_before_anything_is_changed(self):
        if os.geteuid() != 0:
            return  # only root gets so far
        self.program("dpkg-query", "exit 1")
        self.program("apt-get", '[ "$1" = update ] && exit 100; echo changed >&2; exit 0')
        code, said = self.setup_says()
        self.assertEqual(code, 1)
        self.assertIn("is there a network", said)
        self.assertIn("apt-get update && apt-get install", said)
        self.assertNotIn("changed", said)


class Announcement(unittest.TestCase):
    """In a copy of `do` alone, with stand-ins for what builds and what runs."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.mkdir(os.path.join(self.folder.name, "bin"))
        for tool in ("bash", "dirname", "readlink", "sed", "tail", "mkdir"):
            os.symlink(shutil.which(tool), os.path.join(self.folder.name, "bin", tool))
        shutil.copy(os.path.join(ROOT, "do"), self.folder.name)
        for name, script in {"nproc": "echo 2", "dpkg-query": "printf installed", "cmake": "exit 0", "python3": "exit 0"}.items():
            self.program(name, script)

    program = lambda self, name, script: Setup.program(self, "bin/" + name, script)

    def says(self, word, steps):
        self.program("ninja", 'case " $* " in *" -n "*) echo "ninja: Entering directory"; [ %d = 0 ] && echo "ninja: no work to do." || echo "[%d/%d] Linking";; esac' % (steps, steps, steps))
        done = subprocess.run([shutil.which("bash"), os.path.join(self.folder.name, "do"), word], env={"PATH": os.path.join(self.folder.name, "bin")}, text=True, capture_output=True, stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        return done.stderr

    def test_before_a_long_build_one_line_says_what_comes_and_how_long_about(self):
        self.assertEqual(self.says("build", 223), "building everything: 223 steps, about 8 min on 2 processors, less where ccache knows the code; its log: build/build.log\n")
        self.assertEqual(self.says("run", 62), "building gatehouse: 62 steps, about 3 min on 2 processors, less where ccache knows the code; then the clinic and the gate start; its log: build/build.log\n")
        self.assertEqual(self.says("test", 223).count("; then all tests, about 5 min; its log"), 1)

    def test_where_next_to_nothing_is_to_be_built_nothing_is_said(self):
        for word in ("build", "run", "test"):
            for steps in (0, 1, 9):
                self.assertEqual(self.says(word, steps), "")


class Names(unittest.TestCase):
    def do(self, *words):
        return subprocess.run([os.path.join(ROOT, "do"), *words], text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)

    def test_a_name_that_is_none_is_refused_with_all_that_there_are_before_anything_is_installed_or_built(self):
        for words, said in ((("conform", "nope"), "no suite 'nope'; there are: ajv-differential h2spec hpack "), (("conform", "hpack", "nope"), "no suite 'nope'"),
                            (("check", "nope"), "check knows format, tidy, asan, tsan; not 'nope'"), (("fuzz", "nope"), "no fuzz target 'nope'; there are: "),
                            (("fuzz", "jwt", "soon"), "seconds is a number"), (("nope",), "no word 'nope'")):
            with self.subTest(words):
                done = self.do(*words)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(said, done.stderr)
                self.assertNotIn("installing", done.stderr)

    def test_the_names_of_suites_that_it_tells_are_those_that_are_run(self):
        program = os.path.join(os.environ.get("GATEHOUSE_BUILD", os.path.join(ROOT, "build")), "tests/conformance/conform")
        if not os.path.exists(program):
            self.skipTest("conform is not built")
        told = self.do("conform", "nope").stderr.strip().split("there are: ")[1].split()
        drivers = [file[:-3] for file in os.listdir(os.path.join(ROOT, "tests/conformance")) if file.endswith(".py")]
        built_in = subprocess.run([program, "--list"], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        self.assertEqual(told, sorted(drivers + built_in))


if __name__ == "__main__":
    summed.main()
