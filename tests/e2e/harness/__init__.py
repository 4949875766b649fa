"""The black-box harness: real binary, real sockets, scenarios that an operator can read. See ../README.md."""
