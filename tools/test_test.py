#!/usr/bin/env python3
"""The counting of tools/test.py: what each kind of runner says, and the ways in which one must not be believed."""
import contextlib, io, os, sys, unittest
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import summed
import test as subject


def counted(output, status=0):
    o = subject.count("x", status, output)
    return (o.passed, o.failed, o.skipped, o.known, bool(o.fault))


class Counting(unittest.TestCase):
    def test_doctest_reports_are_counted(self):
        self.assertEqual(counted("[doctest] test cases:  12 |  12 passed | 0 failed | 0 skipped\n"), (12, 0, 0, 0, False))
        self.assertEqual(counted("[doctest] test cases:  12 |  10 passed | 2 failed | 1 skipped\n", 1), (10, 2, 1, 0, False))

    def test_colours_do_not_hide_a_count(self):
        self.assertEqual(counted("[doctest] test cases: \x1b[32m 3\x1b[0m | \x1b[32m3 passed\x1b[0m | \x1b[0m0 failed\x1b[0m | 0 skipped\n"), (3, 0, 0, 0, False))

    def test_our_own_reports_are_counted(self):
        self.assertEqual(counted("stuff\n7 passed, 0 failed\n"), (7, 0, 0, 0, False))
        self.assertEqual(counted("7 passed, 1 failed, 2 skipped\n", 1), (7, 1, 2, 0, False))

    def test_known_failures_are_never_passed_and_stricter_ones_are(self):
        self.assertEqual(counted("hpack: 300 passed, 0 failed, 4 known, 6 stricter\n"), (306, 0, 0, 4, False))

    def test_a_runner_without_counts_has_failed(self):
        self.assertTrue(subject.count("x", 0, "all good, trust me\n").fault)
        self.assertTrue(subject.count("x", 0, "0 passed, 0 failed\n").fault)

    def test_a_crash_after_good_counts_has_failed(self):
        self.assertTrue(subject.count("x", -11, "7 passed, 0 failed\n").fault)

    def test_failures_with_a_good_status_are_a_fault(self):
        o = subject.count("x", 0, "7 passed, 1 failed\n")
        self.assertFalse(o.good)

    def test_a_run_of_suites_ends_in_their_own_lines(self):
        suites = [subject.count("conform a", 0, "a: 3 passed, 0 failed, 1 known, 2 stricter\n"), subject.count("conform b", 0, "b: 2 passed, 0 failed, 0 known\n")]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.assertEqual(subject.end_of_conform(suites), 0)
            self.assertEqual(subject.end_of_conform([subject.count("conform a", 1, "a: 2 passed, 1 failed, 1 known\n")]), 1)
        self.assertEqual(printed.getvalue(), "a: 3 passed, 0 failed, 1 known, 2 stricter\nb: 2 passed, 0 failed, 0 known\n")

    def test_a_skip_is_a_fault_where_the_suites_are_but_for_what_only_root_can_run(self):
        suite = subject.count("conform hpack", 77, "hpack: skipped (suites absent)\n")
        become = subject.count("a", 0, "skipped: a.B.c: only root can be somebody else\n3 passed, 0 failed, 1 skipped\n")
        other = subject.count("b", 0, "skipped: a.B.c: only root can be somebody else\nskipped: a.B.d: no node here\n3 passed, 0 failed, 2 skipped\n")
        unsaid = subject.count("c", 0, "only root can\n3 passed, 0 failed, 1 skipped\n")
        none = subject.count("d", 0, "3 passed, 0 failed, 0 skipped\n")
        self.assertEqual([(x.skipped, x.only_root) for x in (suite, become, other, unsaid, none)], [(1, 0), (1, 1), (2, 1), (1, 0), (0, 0)])
        for root in (True, False):
            for outcome in (suite, become, other, unsaid, none):
                self.assertFalse(subject.is_fault(outcome, False, root))
            for outcome in (suite, other, unsaid):
                self.assertTrue(subject.is_fault(outcome, True, root))
            self.assertEqual(subject.is_fault(become, True, root), root)
            self.assertFalse(subject.is_fault(none, True, root))

    def test_status_77_is_one_skip(self):
        self.assertEqual(counted("hpack: skipped (suites absent)\n", 77), (0, 0, 1, 0, False))


if __name__ == "__main__":
    summed.main()
