"""The black-box harness: real binary, real sockets, scenarios that an operator can read. See ../README.md."""
import os
import sys

try:
    import yaml  # noqa: F401: all of the harness needs it
except ImportError:  # another python3 comes first on PATH: Debian's has python3-yaml
    if sys.executable == "/usr/bin/python3":
        sys.exit("the black-box tests need Debian's python3-yaml")
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
