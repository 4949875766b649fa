"""What the conformance drivers share: the gate as a process, an upstream that records every byte, and clients that
read strictly. Standard library only, Python 3.11."""
