"""Attacks on HTTP/2 and their harmless neighbours: a function each, its name is the id, its first line the claim."""

CASES = {}


def attack(function):
    """Registers the function as a case."""
    if function.__name__ in CASES:
        raise ValueError(f"two cases {function.__name__}")
    CASES[function.__name__] = function
    return function


def table(name, rows, judge):
    """A case for each row (what it is, then what `judge` takes)."""
    for what, *arguments in rows:
        case = lambda peer, arguments=arguments: judge(peer, *arguments)  # noqa: E731 (a closure over the row)
        case.__name__ = f"{name}: {what}"
        attack(case)
