"""Our own HTTP/2 tests for the list of h2spec: a function a case, registered by suite, section and description. Each gets
`Peer`, which opens connections to the gate and knows what the upstream received; it raises Unexpected or returns.
"""

CASES = {}


def case(suite, section, description):
    """Registers the function for one case of the list."""
    def register(function):
        key = f"{suite}/{section}/{description}"
        if key in CASES:
            raise ValueError(f"two functions for {key}")
        CASES[key] = function
        return function
    return register
