"""The end of every test program: its tests run, and the line by which tools/test.py counts them."""
import unittest


def sum_of(result):
    """(the line, how many failed). A test with several subtests that failed is one."""
    failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    return "%d passed, %d failed, %d skipped" % (result.testsRun - failed - skipped, failed, skipped), failed


def main():
    """Runs the tests of the calling program and ends it."""
    result = unittest.main(module="__main__", exit=False, verbosity=0).result
    for test, reason in result.skipped:
        print("skipped: %s: %s" % (test.id(), reason))
    line, failed = sum_of(result)
    print(line)
    raise SystemExit(1 if failed else 0)
