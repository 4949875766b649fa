"""The two ways in which a scenario goes wrong."""

PATIENCE_SECONDS = 20  # for anything that has to happen; reached only when something is broken


class Failed(Exception):
    """The product did something else than the scenario says."""


class Unclear(Exception):
    """The scenario itself cannot be understood: an unknown word, a name that was not introduced."""


def known(mapping, words, where):
    """Refuses a mapping with a word that nobody reads: a misspelt expectation must not pass."""
    if not isinstance(mapping, dict):
        raise Unclear("%s: a mapping is needed, not %r" % (where, mapping))
    unknown = set(mapping) - set(words)
    if unknown:
        raise Unclear("%s: unknown word %s; there are: %s" % (where, ", ".join(sorted(map(str, unknown))), ", ".join(sorted(words))))
