#!/usr/bin/python3
"""http2-frames: is the raw-frame client to be believed? Its frame reader against the 34 frames of http2-frame-test-case (in
the hpack suite's folder), and its HPACK decoder against the 6,090 header blocks that libnghttp2's decodes in `conform hpack`.
A story counts as one case: 34 + 177.
"""
import sys

from wire.frames import FrameError, read_frame
from wire.hpack import Decoder, HpackError
from wire.suite import Tally, options, read_cases

NAME = "http2-frames"
FRAME_SIZE_MAX = 16384


def seen_fields(frame, names):
    """What the suite names, as our reader has it."""
    def text(octets):
        return None if octets is None else octets.decode("latin-1")
    padding = frame.padding
    known = {"header_block_fragment": text(frame.block), "data": text(frame.data), "padding": text(padding),
             "padding_length": None if padding is None else len(padding), "error_code": frame.code,
             "additional_debug_data": text(frame.debug), "last_stream_id": frame.last_stream, "stream_dependency": frame.dependency,
             "weight": frame.weight, "exclusive": frame.exclusive, "promised_stream_id": frame.promised,
             "settings": [list(pair) for pair in frame.settings], "window_size_increment": frame.increment,
             "opaque_data": text(frame.payload)}
    return {name: known[name] for name in names}


def judge_frame(case):
    wire, want = bytes.fromhex(case["wire"]), case["frame"]
    try:
        found = read_frame(wire, FRAME_SIZE_MAX)
    except FrameError as error:
        return None if error.code in (case["error"] or []) else f"{error}, expected {case['error']}"
    if found is None or case["error"]:
        return f"read {found}, expected error {case['error']}"
    frame, used = found
    if used != len(wire):
        return f"{used} octets read of {len(wire)}"
    head = {"length": len(frame.payload), "flags": frame.flags, "stream_identifier": frame.stream, "type": frame.kind}
    if any(want[name] != value for name, value in head.items()):
        return f"{head}, expected {want}"
    seen = seen_fields(frame, want["frame_payload"])
    return None if seen == want["frame_payload"] else f"{seen}, expected {want['frame_payload']}"


def judge_story(story):
    decoder = Decoder()
    for block in story["cases"]:
        if block.get("header_table_size") is not None:
            decoder.size_max = block["header_table_size"]
        want = [(name.encode(), value.encode()) for header in block["headers"] for name, value in header.items()]
        try:
            if decoder.decode(bytes.fromhex(block["wire"])) != want:
                return f"block {block['seqno']} decodes to other fields"
        except HpackError as error:
            return f"block {block['seqno']}: {error}"
    return None


def main():
    given = options(NAME)
    tally = Tally(NAME, given.verbose)
    cases = [(case["id"], judge_frame, case["case"]) for case in read_cases(NAME, "hpack/http2-frames.json")]
    cases += [(story["id"], judge_story, story) for story in read_cases(NAME, "hpack/hpack-stories.jsonl.gz")]
    for case_id, judge, case in cases:
        if given.case and not any(part in case_id for part in given.case):
            continue
        if why := judge(case):
            tally.failed(case_id, why)
        else:
            tally.passed(case_id)
    return tally.close(whole=not given.case)


if __name__ == "__main__":
    sys.exit(main())
