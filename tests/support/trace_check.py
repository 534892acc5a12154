#!/usr/bin/env python3
"""Checks a timeline against what Perfetto's JSON importer requires.

The importer turns µs into whole ns, sorts by time (equal times stay in the
file's order) and keeps a stack of open slices for each lane and each async
track. What it would count as an error is an error here; what it would repair
in silence (an end without a begin, a slice left open) is one too.

Also a program: trace_check.py FILE... says what is wrong, or a summary.
"""

import json
import sys
from collections import defaultdict

METADATA = {"process_name": "name", "thread_name": "name",
            "process_sort_index": "sort_index",
            "thread_sort_index": "sort_index"}
PHASES = ("queued", "dns", "connect", "tls", "wait", "body", "ready", "work",
          "file")


class Trace:
    """A timeline that was read, and what is wrong with it."""

    def __init__(self, path):
        self.errors = []
        with open(path, "rb") as file:
            raw = file.read()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self.errors.append(f"not UTF-8: {error}")
            text = raw.decode("utf-8", "replace")
        self.data = json.loads(text, parse_constant=self.no_constant)
        self.events = self.data["traceEvents"]
        self.metadata = self.data.get("metadata", {})
        if list(self.data)[0] != "displayTimeUnit":
            self.error("displayTimeUnit must come first", self.data.keys())
        self.lanes = {}     # tid: name
        self.spans = []     # (tid, begin ns, end ns, event)
        self.slices = []    # (id, depth, begin ns, end ns, begin, end event)
        self.counters = defaultdict(list)
        self.arrows = {}    # id: [(ns, event, what is open there)]
        self.check()

    def no_constant(self, word):
        self.errors.append(f"{word} is no JSON")

    def error(self, what, event):
        if len(self.errors) < 50:
            self.errors.append(f"{what}: {event}")

    def check(self):
        timed = []
        for event in self.events:
            if self.check_members(event) and event["ph"] != "M":
                timed.append((int(event["ts"] * 1000), event))
        timed.sort(key=lambda pair: pair[0])
        self.check_lanes(timed)
        self.check_tracks(timed)
        for ns, event in timed:
            if event["ph"] == "C":
                self.check_counter(ns, event)
        self.check_arrows(timed)

    def check_members(self, event):
        for member in ("pid", "tid"):
            value = event.get(member)
            if not isinstance(value, int) or value <= 0:
                self.error(f"{member} must be a positive integer", event)
                return False
        if not isinstance(event.get("name"), str):
            self.error("no name", event)
            return False
        if event.get("ph") not in list("XibneCMstf"):
            self.error("unknown ph", event)
            return False
        if event["ph"] == "M":
            self.check_metadata(event)
        elif not isinstance(event.get("ts"), (int, float)) or event["ts"] < 0:
            self.error("ts must be a number, not negative", event)
            return False
        if not isinstance(event.get("args", {}), dict):
            self.error("args must be an object", event)
        return True

    def check_metadata(self, event):
        key = METADATA.get(event["name"])
        if key is None or key not in event.get("args", {}):
            self.error("metadata that nobody reads", event)
        elif event["name"] == "thread_name":
            self.lanes[event["tid"]] = event["args"]["name"]

    def check_lanes(self, timed):
        """X and i, in stacks by (pid, tid)."""
        stacks = defaultdict(list)
        for ns, event in timed:
            if event["ph"] == "i" and event.get("s", "t") not in ("t", "p", "g"):
                self.error("an instant's scope is t, p or g", event)
            if event["ph"] != "X" and (event["ph"] != "i" or
                                       event.get("s", "t") != "t"):
                continue
            length = 0
            if event["ph"] == "X":
                if not isinstance(event.get("dur"), (int, float)) or \
                        event["dur"] < 0:
                    self.error("dur must be a number, not negative", event)
                    continue
                length = int(event["dur"] * 1000)
                self.spans.append((event["tid"], ns, ns + length, event))
            stack = stacks[event["pid"], event["tid"]]
            while stack and stack[-1][0] <= ns:
                stack.pop()
            if stack and ns + length > stack[-1][0]:
                self.error(f"overlaps {stack[-1][1]}", event)
                continue
            if length > 0:
                stack.append((ns + length, event))

    def check_arrows(self, timed):
        """s, t and f: one begin, then steps, then one end, each on a span."""
        spans = defaultdict(list)
        for tid, begin, end, event in self.spans:
            spans[tid].append((begin, end, event))
        for lane in spans.values():
            lane.sort(key=lambda span: (span[0], -span[1]))
        open_, at = defaultdict(list), defaultdict(int)
        for ns, event in timed:
            if event["ph"] not in ("s", "t", "f"):
                continue
            if not isinstance(event.get("id"), str) or "cat" not in event:
                self.error("an arrow needs an id and a cat", event)
                continue
            if (event["ph"] == "s") == ("bp" in event):
                self.error("bp is of the other steps, and is e", event)
            tid = event["tid"]
            while at[tid] < len(spans[tid]) and \
                    spans[tid][at[tid]][0] <= ns:
                open_[tid].append(spans[tid][at[tid]])
                at[tid] += 1
            # Spans end 2 ns early.
            open_[tid] = [span for span in open_[tid] if span[1] + 3 >= ns]
            if not open_[tid]:
                self.error("an arrow on no span", event)
            steps = self.arrows.setdefault(event["id"], [])
            steps.append((ns, event, [span[2]["name"] for span in open_[tid]]))
        for id, steps in self.arrows.items():
            shapes = "".join(event["ph"] for _, event, _ in steps)
            titles = {(event["cat"], event["name"]) for _, event, _ in steps}
            if shapes not in ("sf", "stf") or len(titles) != 1:
                self.error(f"arrow {id} is {shapes}", steps[0][1])

    def check_tracks(self, timed):
        """b, n and e, in stacks by (pid, cat, id)."""
        stacks = defaultdict(list)
        for ns, event in timed:
            if event["ph"] not in ("b", "n", "e"):
                continue
            if not isinstance(event.get("id"), str) or \
                    not event["id"].startswith("0x") or "cat" not in event:
                self.error("needs an id 0x… and a cat", event)
                continue
            stack = stacks[event["pid"], event["cat"], event["id"]]
            if event["ph"] == "b":
                stack.append((ns, event))
            elif not stack:
                self.error("outside of any slice", event)
            elif event["ph"] == "e":
                begin, opened = stack.pop()
                if opened["name"] != event["name"]:
                    self.error(f"ends {opened}", event)
                self.slices.append((event["id"], len(stack), begin, ns,
                                    opened, event))
        for stack in stacks.values():
            for _, event in stack:
                self.error("never ends", event)

    def check_counter(self, ns, event):
        args = event.get("args", {})
        if not args:
            self.error("a counter without a value", event)
        for value in args.values():
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                self.error("a counter's values are numbers", event)
            else:
                self.counters[event["name"]].append((ns, value))

    def tracks(self):
        """By id: url, its end's args, when it closed, and attempts, each its
        args, begin and end in ms and phases in ms."""
        found = {}
        for id, depth, begin, end, opened, ended in self.slices:
            if depth == 0:
                found[id] = {"url": opened["args"].get("url", opened["name"]),
                             "line": opened["args"].get("line"),
                             "end": ended.get("args", {}),
                             "closed": end / 1e6, "attempts": []}
        inner = sorted((s for s in self.slices if s[1] > 0),
                       key=lambda s: (s[2], s[1]))
        for id, depth, begin, end, opened, _ in inner:
            attempts = found[id]["attempts"]
            if depth == 1:
                attempts.append({"name": opened["name"], "args": opened["args"],
                                 "begin": begin / 1e6, "end": end / 1e6,
                                 "phases": dict.fromkeys(PHASES, 0.0)})
            elif opened["name"] not in PHASES:
                self.error("no phase", opened)
            else:
                attempts[-1]["phases"][opened["name"]] += (end - begin) / 1e6
        return found


def main(paths):
    status = 0
    for path in paths:
        trace = Trace(path)
        tracks = trace.tracks()
        for error in trace.errors:
            print(f"{path}: {error}")
            status = 1
        print(f"{path}: {len(trace.events)} events, {len(tracks)} tracks, "
              f"{len(trace.spans)} spans in {len(trace.lanes)} lanes, "
              f"{len(trace.errors)} errors")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
