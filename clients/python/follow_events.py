"""Follows the feed of events of HBS from its beginning, prints each as a line of JSON, and proves that none is missing.
HBS_TOKEN=… python3 follow_events.py http://127.0.0.1:8080 [--state FILE] [--kinds KINDS] [--property ID] [--aged] [--once]
"""
import argparse
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def follow(stream, events, head, is_filtered):
    """Checks that a stretch of a stream goes on from its head, number by number and hash by hash. Returns the new head."""
    seq, digest = head
    if (stream["from_seq"], stream["prev_hash"]) != (seq + 1, digest):
        sys.exit(f"MISSING: stream {stream['stream_id']} does not go on after number {seq}")
    if stream["left_out"] and not is_filtered:
        sys.exit(f"MISSING: events of stream {stream['stream_id']} were left out without a filter")
    links = {event["data"]["seq"]: (event["prev_hash"], event["hash"]) for event in events}
    links |= {left["seq"]: (None, left["hash"]) for left in stream["left_out"]}
    for seq in range(seq + 1, stream["to_seq"] + 1):
        before, after = links.pop(seq, ("none", "none"))
        if before not in (digest, None):
            sys.exit(f"MISSING: stream {stream['stream_id']} does not come to number {seq} from the one before")
        digest = after
    if links or digest != stream["hash"]:
        sys.exit(f"MISSING: stream {stream['stream_id']} does not end with number {seq}")
    return [seq, digest]


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("url", help="address of HBS")
parser.add_argument("--state", help="file that remembers how far the feed was read")
parser.add_argument("--kinds", help="kinds of events, separated by commas")
parser.add_argument("--property", help="identifier of the property")
parser.add_argument("--aged", action="store_true", help="let streams begin later, since their first events are old and gone")
parser.add_argument("--once", action="store_true", help="end where there is nothing more yet")
given = parser.parse_args()
state, page = {"after": 0, "heads": {}}, {"has_more": True}
if given.state and Path(given.state).exists():
    state = json.loads(Path(given.state).read_text())
while page["has_more"] or not given.once:
    query = {"after": state["after"], "limit": 200, "wait": 0 if given.once else 20}
    query |= {name: value for name, value in [("kinds", given.kinds), ("property_id", given.property)] if value}
    address = f"{given.url}/v1/events?{urlencode(query)}"
    with urlopen(Request(address, headers={"Authorization": f"Bearer {os.environ['HBS_TOKEN']}"}), timeout=60) as answer:
        page = json.load(answer)
    if {event["data"]["stream_id"] for event in page["items"]} - {stream["stream_id"] for stream in page["streams"]}:
        sys.exit("MISSING: an event is of a stream that the page does not account for")
    for stream in page["streams"]:
        events = [event for event in page["items"] if event["data"]["stream_id"] == stream["stream_id"]]
        start = [stream["from_seq"] - 1, stream["prev_hash"]] if given.aged else [0, "0" * 64]
        head = state["heads"].get(stream["stream_id"], start)
        state["heads"][stream["stream_id"]] = follow(stream, events, head, given.kinds)
    print(*(json.dumps(event) for event in page["items"]), sep="\n", end="\n" if page["items"] else "", flush=True)
    state["after"] = page["next_after"]
    if given.state:
        Path(given.state + ".new").write_text(json.dumps(state))
        os.replace(given.state + ".new", given.state)
