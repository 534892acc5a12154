"""What an HTTP/2 server may do to its client, row by row.

A script gets the connection, the stream of the request for /bad, the right body
and how often it has been asked for; it yields what h2_server.py sends."""

import dataclasses
import struct

from h2_server import (
    ACK, BYTEWISE, CANCEL, CLOSE, COMPRESSION_ERROR, CONNECT_ERROR,
    CONTINUATION, DATA, ENABLE_PUSH, END_HEADERS, END_STREAM,
    ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADERS,
    HEADER_TABLE_SIZE, HTTP_1_1_REQUIRED, INADEQUATE_SECURITY,
    INITIAL_WINDOW_SIZE, INTERNAL_ERROR, MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE, NO_ERROR, PADDED, PAUSE, PING,
    PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE, REFUSED_STREAM, RST_STREAM,
    SETTINGS, SETTINGS_TIMEOUT, STREAM_CLOSED, answer, block, data, frame,
    goaway, head, headers, literal, reset, settings, window)

# Without its length a body in HTTP/2 proves nothing to libcurl before 8.0: haul
# asks again in HTTP/1.1, and is served.
NO_LENGTH = ("ok", "protocol", "truncated", "connect")
BROKEN = ("protocol", "connect", "truncated")
# libcurl itself asks up to six times where a stream is refused, and haul once
# more where it thinks that a kept connection has died.
REFUSED = 36


def right(c, s, body, count):
    yield answer(s, body)


def hello(c):
    yield settings((MAX_CONCURRENT_STREAMS, 100))


def good(c, s, body):
    yield answer(s, body)


def old(c, body):
    yield (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
           b"Connection: close\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))


@dataclasses.dataclass
class Row:
    """want: what becomes of /bad, "ok" or causes of failure. asked: how often
    it may be requested at most, of three attempts. slow: it ends by --speed-time.
    flood: it sends faster than haul can read. more: as another row in most of
    it, so that one mode will do."""
    name: str
    bad: object = right
    want: tuple = ("ok",)
    asked: int = 9
    hello: object = hello
    good: object = good
    old: object = old
    acks: bool = True
    slow: bool = False
    flood: bool = False
    more: bool = False
    goods: int = 2

    def __post_init__(self):
        if isinstance(self.want, str):
            self.want = (self.want,)


def row_named(name):
    return next(row for row in ROWS if row.name == name)


CODES = [("no-error", NO_ERROR), ("protocol", PROTOCOL_ERROR),
         ("internal", INTERNAL_ERROR), ("flow", FLOW_CONTROL_ERROR),
         ("settings", SETTINGS_TIMEOUT), ("closed", STREAM_CLOSED),
         ("size", FRAME_SIZE_ERROR), ("refused", REFUSED_STREAM),
         ("cancel", CANCEL), ("compression", COMPRESSION_ERROR),
         ("connect", CONNECT_ERROR), ("calm", ENHANCE_YOUR_CALM),
         ("security", INADEQUATE_SECURITY), ("http-1", HTTP_1_1_REQUIRED),
         ("unknown", 0xfeedbeef)]
SOME = [(word, code) for word, code in CODES
        if word in ("no-error", "protocol", "internal", "refused", "cancel",
                    "calm", "http-1", "unknown")]
ALIKE = [word for word, _ in CODES
         if word not in ("no-error", "refused", "http-1", "cancel")]

ROWS = []


def row(name, want="ok", **more):
    """Adds the script below as a row."""
    def add(script):
        ROWS.append(Row(name, script, want, **more))
        return script
    return add


def each(name, values, want, **more):
    """Adds the script below as a row a value, which it gets behind the rest."""
    def add(script):
        for word, value in values:
            def bad(c, s, body, count, value=value):
                return script(c, s, body, count, value)
            asked = REFUSED if word == "refused" else Row.asked
            ROWS.append(Row(f"{name}-{word}", bad,
                            want(value) if callable(want) else want,
                            more=word in ALIKE, **{"asked": asked} | more))
        return script
    return add


def odd_hello(name, frames, want="ok", **more):
    """A row whose connections begin like this."""
    def say(c):
        yield from frames
    ROWS.append(Row(name, right, want, hello=say, **more))


# Resets.


@each("reset-first", [c for c in CODES if c[1] not in
                      (REFUSED_STREAM, HTTP_1_1_REQUIRED)], "protocol")
def reset_first(c, s, body, count, code):
    yield reset(s, code)


@row("reset-first-http-1")
def reset_first_http_1(c, s, body, count):
    yield reset(s, HTTP_1_1_REQUIRED)


@row("reset-first-refused", BROKEN, asked=REFUSED)
def refused_for_ever(c, s, body, count):
    yield reset(s, REFUSED_STREAM)


@row("reset-first-refused-9", asked=10)
def refused_nine_times(c, s, body, count):
    yield answer(s, body) if count > 9 else reset(s, REFUSED_STREAM)


@each("reset-headers", SOME, lambda code: "ok" if code == HTTP_1_1_REQUIRED
      else BROKEN)
def reset_headers(c, s, body, count, code):
    yield head(s, len(body)) + reset(s, code)


@each("reset-headers-later", SOME, lambda code: "ok" if code == HTTP_1_1_REQUIRED
      else BROKEN)
def reset_headers_later(c, s, body, count, code):
    yield head(s, len(body))
    yield PAUSE
    yield reset(s, code)


@each("reset-body", SOME, lambda code: "ok" if code == HTTP_1_1_REQUIRED
      else BROKEN)
def reset_body(c, s, body, count, code):
    yield head(s, len(body)) + data(s, body[:9000])
    yield PAUSE
    yield reset(s, code)


@each("reset-body-no-length", SOME, NO_LENGTH)
def reset_body_no_length(c, s, body, count, code):
    yield head(s) + data(s, body[:9000])
    yield PAUSE
    yield reset(s, code)


@each("reset-body-no-length-at-once", SOME, NO_LENGTH, asked=REFUSED)
def reset_body_no_length_at_once(c, s, body, count, code):
    yield head(s) + data(s, body[:9000]) + reset(s, code)


@each("reset-end", SOME, "ok")
def reset_end(c, s, body, count, code):
    yield answer(s, body) + reset(s, code)


@each("reset-end-later", SOME, "ok")
def reset_end_later(c, s, body, count, code):
    yield answer(s, body)
    yield PAUSE
    yield reset(s, code)


@row("reset-whole-no-end", ("ok", "truncated", "protocol"))
def reset_whole_no_end(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:10000]) + data(s, body[10000:])
    yield reset(s, NO_ERROR)


@row("reset-once-in-body")
def reset_once_in_body(c, s, body, count):
    if count > 1:
        yield answer(s, body)
    else:
        yield head(s, len(body)) + data(s, body[:9000]) + reset(s, CANCEL)


# GOAWAY.

odd_hello("goaway-before-settings", [goaway(0)],
          BROKEN, goods=0)
odd_hello("goaway-before-request", [settings(), goaway(0)],
          BROKEN, goods=0, asked=REFUSED)
odd_hello("goaway-before-request-all", [settings(), goaway(0x7fffffff)],
          ("ok", "protocol", "connect", "truncated"), goods=0, asked=REFUSED)
odd_hello("goaway-before-request-close", [settings(), goaway(0), CLOSE],
          BROKEN, goods=0, asked=REFUSED)


@each("goaway-below-close", SOME, BROKEN,
      asked=REFUSED)
def goaway_below_close(c, s, body, count, code):
    yield goaway(s - 1 if s > 1 else 0, code)
    yield CLOSE


@row("goaway-below-then-right", asked=6)
def goaway_below_then_right(c, s, body, count):
    yield answer(s, body) if count > 5 else goaway(max(s - 2, 0))


@each("goaway-equal", SOME, "ok")
def goaway_equal(c, s, body, count, code):
    yield goaway(s, code) + answer(s, body)


@row("goaway-equal-close", BROKEN)
def goaway_equal_close(c, s, body, count):
    yield goaway(s)
    yield CLOSE


@row("goaway-above")
def goaway_above(c, s, body, count):
    yield goaway(s + 100) + answer(s, body)


@row("goaway-headers")
def goaway_headers(c, s, body, count):
    yield head(s, len(body))
    yield PAUSE
    yield goaway(s)
    yield PAUSE
    yield data(s, body[:16000]) + data(s, body[16000:], True)


@row("goaway-body")
def goaway_body(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:9000])
    yield PAUSE
    yield goaway(s)
    yield PAUSE
    yield data(s, body[9000:], True)


@row("goaway-body-no-length")
def goaway_body_no_length(c, s, body, count):
    yield head(s) + data(s, body[:9000])
    yield PAUSE
    yield goaway(s)
    yield PAUSE
    yield data(s, body[9000:], True)


@each("goaway-body-close", SOME, BROKEN)
def goaway_body_close(c, s, body, count, code):
    yield head(s, len(body)) + data(s, body[:9000])
    yield PAUSE
    yield goaway(s, code)
    yield CLOSE


@each("goaway-body-no-length-close", SOME, NO_LENGTH)
def goaway_body_no_length_close(c, s, body, count, code):
    yield head(s) + data(s, body[:9000])
    yield PAUSE
    yield goaway(s, code)
    yield PAUSE
    yield CLOSE


@row("goaway-body-no-length-below", NO_LENGTH)
def goaway_body_no_length_below(c, s, body, count):
    yield head(s) + data(s, body[:9000])
    yield PAUSE
    yield goaway(0)
    yield CLOSE


@row("goaway-body-no-length-broken", NO_LENGTH)
def goaway_body_no_length_broken(c, s, body, count):
    yield head(s) + data(s, body[:9000])
    yield PAUSE
    yield goaway(s) + data(0, b"x")


@row("body-no-length-broken", NO_LENGTH)
def body_no_length_broken(c, s, body, count):
    yield head(s) + data(s, body[:9000])
    yield PAUSE
    yield data(0, b"x")


@row("body-no-length-broken-at-once", NO_LENGTH)
def body_no_length_broken_at_once(c, s, body, count):
    yield head(s) + data(s, body[:9000]) + data(0, b"x")


@row("goaway-graceful")
def goaway_graceful(c, s, body, count):
    yield goaway(0x7fffffff)
    yield PAUSE
    yield goaway(s) + answer(s, body)


@row("goaway-lowered", BROKEN, asked=REFUSED)
def goaway_lowered(c, s, body, count):
    yield goaway(0x7fffffff)
    yield PAUSE
    yield goaway(0)


@row("goaway-raised", ("ok", "protocol", "connect", "truncated"), asked=REFUSED)
def goaway_raised(c, s, body, count):
    yield goaway(s) + goaway(s + 2) + answer(s, body)


@row("goaway-debug-16k")
def goaway_debug(c, s, body, count):
    yield goaway(s, NO_ERROR, b"\x1b[31mX" * 2700) + answer(s, body)


@row("goaway-endless", ("ok", "stalled", *BROKEN), flood=True)
def goaway_endless(c, s, body, count):
    while True:
        yield goaway(s, NO_ERROR, b"x" * 16000) * 10


@row("goaway-odd-last", ("ok", "protocol", "connect", "truncated"))
def goaway_odd_last(c, s, body, count):
    yield goaway(2) + answer(s, body)


@row("goaway-short", BROKEN)
def goaway_short(c, s, body, count):
    yield frame(GOAWAY, 0, 0, b"\0\0\0")


@row("goaway-on-stream", BROKEN)
def goaway_on_stream(c, s, body, count):
    yield frame(GOAWAY, 0, s, struct.pack(">II", s, 0))


@row("goaway-then-silence", "stalled", slow=True)
def goaway_then_silence(c, s, body, count):
    yield goaway(s)


# Hanging up.


@row("close-first", BROKEN)
def close_first(c, s, body, count):
    yield CLOSE


@row("close-body", "truncated")
def close_body(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:9000])
    yield PAUSE
    yield CLOSE


@row("close-body-no-length", NO_LENGTH)
def close_body_no_length(c, s, body, count):
    yield head(s) + data(s, body[:9000])
    yield PAUSE
    yield CLOSE


@row("close-body-no-length-at-once", NO_LENGTH)
def close_body_no_length_at_once(c, s, body, count):
    yield head(s) + data(s, body[:9000])
    yield CLOSE


@row("close-whole-no-end", ("truncated", "ok"))
def close_whole_no_end(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:10000]) + data(s, body[10000:])
    yield PAUSE
    yield CLOSE


@row("close-half-a-frame", "truncated")
def close_half_a_frame(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:9000])[:5000]
    yield PAUSE
    yield CLOSE


@row("half-a-frame", "stalled", slow=True)
def half_a_frame(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:9000])[:5000]


@row("half-a-head", "stalled", slow=True, goods=0)
def half_a_head(c, s, body, count):
    yield head(s, len(body))[:14]
    while True:
        yield PAUSE


@row("silence", "stalled", slow=True)
def silence(c, s, body, count):
    yield b""


# CONTINUATION and large heads.


@row("continuation-endless", BROKEN)
def continuation_endless(c, s, body, count):
    yield headers(s, (":status", 200), flags=0)
    while True:
        yield frame(CONTINUATION, 0, s, literal("x", "y" * 1000)) * 10


@row("continuation-endless-empty", BROKEN)
def continuation_endless_empty(c, s, body, count):
    yield headers(s, (":status", 200), flags=0)
    while True:
        yield frame(CONTINUATION, 0, s) * 100


@row("continuation-alone", BROKEN)
def continuation_alone(c, s, body, count):
    yield frame(CONTINUATION, END_HEADERS, s, literal("x", "y"))


@row("continuation-interleaved", BROKEN)
def continuation_interleaved(c, s, body, count):
    yield headers(s, (":status", 200), flags=0) + frame(PING, 0, 0, b"12345678")
    yield frame(CONTINUATION, END_HEADERS, s, literal("x", "y"))
    yield data(s, body, True)


@row("continuation-other-stream", BROKEN)
def continuation_other_stream(c, s, body, count):
    yield headers(s, (":status", 200), flags=0)
    yield frame(CONTINUATION, END_HEADERS, s + 2, literal("x", "y"))


@row("continuation-empty")
def continuation_empty(c, s, body, count):
    yield headers(s, (":status", 200), ("content-length", len(body)), flags=0)
    yield frame(CONTINUATION, 0, s) + frame(CONTINUATION, END_HEADERS, s)
    yield data(s, body[:10000]) + data(s, body[10000:], True)


@row("continuation-after-end", ("ok", "protocol", "truncated"))
def continuation_after_end(c, s, body, count):
    yield answer(s, body) + frame(CONTINUATION, END_HEADERS, s, literal("x", "y"))


@row("head-of-60k")
def head_of_60k(c, s, body, count):
    more = [(f"x-{i}", "y" * 1000) for i in range(58)]
    whole = block((":status", 200), ("content-length", len(body)), *more)
    yield frame(HEADERS, 0, s, whole[:16000])
    yield frame(CONTINUATION, 0, s, whole[16000:32000])
    yield frame(CONTINUATION, 0, s, whole[32000:48000])
    yield frame(CONTINUATION, END_HEADERS, s, whole[48000:])
    yield data(s, body[:10000]) + data(s, body[10000:], True)


@row("head-huge", ("ok", *BROKEN))
def head_huge(c, s, body, count):
    yield headers(s, (":status", 200), flags=0)
    for i in range(7):
        yield frame(CONTINUATION, 0, s, literal("x", "y" * 16000))
    yield frame(CONTINUATION, END_HEADERS, s)
    yield data(s, body[:10000]) + data(s, body[10000:], True)


@row("hpack-bomb", BROKEN)
def hpack_bomb(c, s, body, count):
    yield headers(s, (":status", 200), flags=0)
    yield frame(CONTINUATION, 0, s, literal("x", "y" * 4000, 0x40))
    for i in range(5):
        yield frame(CONTINUATION, 0, s, b"\xbe" * 16000)
    yield frame(CONTINUATION, END_HEADERS, s, b"\xbe" * 16000)


@each("hpack-index", [("zero", b"\x80"), ("beyond", b"\xff\xff\xff\x0f"),
                      ("62", b"\xbe"), ("endless", b"\xff" * 12),
                      ("cut", b"\x00\x05ab"), ("table-size-beyond",
                                               b"\x3f\xe1\xff\x3f"),
                      ("table-size-late", b"\x88\x20"),
                      ("huffman-bad", b"\x00\x81\xff\x81\xff")],
      BROKEN)
def hpack_index(c, s, body, count, bytes_):
    yield frame(HEADERS, END_HEADERS, s, block((":status", 200)) + bytes_)
    yield data(s, body[:10000], True)


# SETTINGS.

odd_hello("settings-never", [], BROKEN, goods=0, acks=False)
odd_hello("settings-unknown", [settings((0x99, 1), (0xffff, 0xffffffff))])
odd_hello("settings-table-0", [settings((HEADER_TABLE_SIZE, 0))])
odd_hello("settings-table-4g", [settings((HEADER_TABLE_SIZE, 0xffffffff))])
odd_hello("settings-push-1", [settings((ENABLE_PUSH, 1))],
          ("ok", "protocol", "connect", "truncated"), goods=0)
odd_hello("settings-push-2", [settings((ENABLE_PUSH, 2))],
          BROKEN, goods=0)
odd_hello("settings-window-0", [settings((INITIAL_WINDOW_SIZE, 0))])
odd_hello("settings-window-most", [settings((INITIAL_WINDOW_SIZE, 0x7fffffff))])
odd_hello("settings-window-beyond", [settings((INITIAL_WINDOW_SIZE, 1 << 31))],
          BROKEN, goods=0)
odd_hello("settings-window-overflow",
          [settings((INITIAL_WINDOW_SIZE, 0x7fffffff)), window(0, 0x7fffffff)],
          BROKEN, goods=0)
odd_hello("settings-frame-small", [settings((MAX_FRAME_SIZE, 100))],
          BROKEN, goods=0)
odd_hello("settings-frame-large", [settings((MAX_FRAME_SIZE, 0xffffff))])
odd_hello("settings-frame-beyond", [settings((MAX_FRAME_SIZE, 0x1000000))],
          BROKEN, goods=0)
odd_hello("settings-list-0", [settings((MAX_HEADER_LIST_SIZE, 0))])
odd_hello("settings-length", [frame(SETTINGS, 0, 0, b"12345")],
          BROKEN, goods=0)
odd_hello("settings-on-stream", [frame(SETTINGS, 0, 1, b"")],
          BROKEN, goods=0)
odd_hello("settings-ack-with-more", [settings(), frame(SETTINGS, ACK, 0, b"123456")],
          BROKEN, goods=0)
odd_hello("settings-ack-unasked", [settings()] + [frame(SETTINGS, ACK, 0)] * 5,
          ("ok", "protocol", "connect", "truncated"), goods=0)
odd_hello("streams-1", [settings((MAX_CONCURRENT_STREAMS, 1))], goods=5)
odd_hello("not-h2", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"],
          BROKEN, goods=0)
odd_hello("not-h2-junk", [b"\0" * 9000], BROKEN, goods=0)
odd_hello("upgrade-answer", [b"HTTP/1.1 101 Switching Protocols\r\n"
                             b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"],
          BROKEN, goods=0)
odd_hello("ping-length", [settings(), frame(PING, 0, 0, b"1234567")],
          BROKEN, goods=0)
odd_hello("close-before-settings", [CLOSE], BROKEN, goods=0)
ROWS.append(Row("settings-not-acked", acks=False))
ROWS.append(Row("bytewise", lambda c, s, body, count: iter(
    (BYTEWISE, answer(s, body)))))


@row("streams-lowered")
def streams_lowered(c, s, body, count):
    yield settings((MAX_CONCURRENT_STREAMS, 0)) + answer(s, body)


def streams_0(c):
    yield settings((MAX_CONCURRENT_STREAMS, 0))


ROWS.append(Row("streams-0", right, ("stalled", "ok"), hello=streams_0,
                slow=True, goods=0))


@row("settings-endless", BROKEN)
def settings_endless(c, s, body, count):
    while True:
        yield settings((INITIAL_WINDOW_SIZE, 65535), (HEADER_TABLE_SIZE, 1)) * 50


@row("settings-table-in-turn")
def settings_table_in_turn(c, s, body, count):
    yield settings((HEADER_TABLE_SIZE, 0)) + settings((HEADER_TABLE_SIZE, 4096))
    yield answer(s, body)


@row("window-0", BROKEN)
def window_0(c, s, body, count):
    yield window(0, 0)


@row("window-0-stream", BROKEN)
def window_0_stream(c, s, body, count):
    yield window(s, 0)


@row("window-overflow", BROKEN)
def window_overflow(c, s, body, count):
    yield window(0, 0x7fffffff) + window(0, 0x7fffffff)


@row("window-overflow-stream", BROKEN)
def window_overflow_stream(c, s, body, count):
    yield window(s, 0x7fffffff) + window(s, 0x7fffffff)


@row("window-idle-stream", BROKEN)
def window_idle_stream(c, s, body, count):
    yield window(s + 1000, 1)


@row("ping-endless", BROKEN)
def ping_endless(c, s, body, count):
    while True:
        yield frame(PING, 0, 0, b"12345678") * 100


@row("ping-acks", "ok")
def ping_acks(c, s, body, count):
    yield frame(PING, ACK, 0, b"12345678") * 1000 + answer(s, body)


# PUSH_PROMISE, priorities and frames that nobody knows.


@row("push", BROKEN)
def push(c, s, body, count):
    yield frame(PUSH_PROMISE, END_HEADERS, s, struct.pack(">I", 2) + block(
        (":method", "GET"), (":scheme", "https"), (":authority", "a"),
        (":path", "/bad")))
    yield answer(2, b"pushed") + answer(s, body)


@row("push-odd", BROKEN)
def push_odd(c, s, body, count):
    yield frame(PUSH_PROMISE, END_HEADERS, 0, struct.pack(">I", 2))


@row("priority-self", ("ok", "protocol", "connect", "truncated"))
def priority_self(c, s, body, count):
    yield frame(PRIORITY, 0, s, struct.pack(">IB", s, 1)) + answer(s, body)


@row("priority-short", BROKEN)
def priority_short(c, s, body, count):
    yield frame(PRIORITY, 0, s, b"1234") + answer(s, body)


@row("unknown-frames")
def unknown_frames(c, s, body, count):
    yield b"".join(frame(kind, 255, s, b"x" * 100) for kind in range(16, 256))
    yield answer(s, body)


@row("unknown-in-head", BROKEN)
def unknown_in_head(c, s, body, count):
    yield headers(s, (":status", 200), flags=0) + frame(99, 0, s)
    yield frame(CONTINUATION, END_HEADERS, s) + data(s, body[:99], True)


@row("frame-too-large", BROKEN)
def frame_too_large(c, s, body, count):
    yield head(s, len(body)) + data(s, body, True)


@row("frame-16m", BROKEN)
def frame_16m(c, s, body, count):
    yield head(s, len(body)) + b"\xff\xff\xff" + bytes(6) + b"x" * 100000


@row("reserved-bits")
def reserved_bits(c, s, body, count):
    yield b"".join((head(s | 1 << 31, len(body)), data(s | 1 << 31, body[:9999]),
                    data(s | 1 << 31, body[9999:], True)))


@row("rst-length", BROKEN)
def rst_length(c, s, body, count):
    yield frame(RST_STREAM, 0, s, b"123")


@row("rst-stream-0", BROKEN)
def rst_stream_0(c, s, body, count):
    yield reset(0, CANCEL)


@row("rst-idle", BROKEN)
def rst_idle(c, s, body, count):
    yield reset(s + 1000, CANCEL)


# DATA.


@row("data-first", BROKEN)
def data_first(c, s, body, count):
    yield data(s, body[:9000], True)


@row("data-stream-0", ("stalled", *BROKEN), slow=True)
def data_stream_0(c, s, body, count):
    yield head(s, len(body)) + data(0, body[:9000], True)


@row("data-idle-stream", ("stalled", *BROKEN), slow=True)
def data_idle_stream(c, s, body, count):
    yield head(s, len(body)) + data(s + 1000, body[:9000], True)


@row("data-even-stream", ("stalled", *BROKEN), slow=True)
def data_even_stream(c, s, body, count):
    yield head(s, len(body)) + data(s + 1, body[:9000], True)


@row("data-after-end", ("ok", "protocol", "truncated"))
def data_after_end(c, s, body, count):
    yield answer(s, body) + data(s, b"more") * 3


@row("headers-after-end", ("ok", "protocol", "truncated"))
def headers_after_end(c, s, body, count):
    yield answer(s, body) + head(s, 4) + data(s, b"more", True)


@row("data-empty-many")
def data_empty_many(c, s, body, count):
    yield head(s, len(body)) + data(s, b"") * 5000
    yield data(s, body[:9999]) + data(s, b"") * 5000
    yield data(s, body[9999:]) + data(s, b"", True)


@row("padding")
def padding(c, s, body, count):
    yield frame(HEADERS, END_HEADERS | PADDED, s, b"\xff" + block(
        (":status", 200), ("content-length", len(body))) + bytes(255))
    for i in range(0, len(body), 1000):
        yield frame(DATA, PADDED, s, b"\xff" + body[i:i + 1000] + bytes(255))
    yield frame(DATA, PADDED | END_STREAM, s, b"\xff" + bytes(255))


@row("padding-too-long", ("stalled", *BROKEN), slow=True)
def padding_too_long(c, s, body, count):
    yield head(s, len(body)) + frame(DATA, PADDED, s, b"\xffabc")


@row("data-more-than-length", BROKEN)
def data_more_than_length(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:16000])
    yield data(s, body[16000:] + b"more", True)


@row("data-much-more-than-length", BROKEN, flood=True)
def data_much_more_than_length(c, s, body, count):
    yield head(s, 10) + data(s, body[:16000])
    while True:
        yield data(s, body[:16000])


@row("data-less-than-length", BROKEN)
def data_less_than_length(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:16000], True)


@row("data-none-of-length", BROKEN)
def data_none_of_length(c, s, body, count):
    yield head(s, len(body), flags=END_HEADERS | END_STREAM)


@row("data-more-than-window", ("protocol", "truncated", "connect", "too_large"))
def data_more_than_window(c, s, body, count):
    if count == 1:
        yield head(s, 1 << 40)
        for i in range(2100):
            yield data(s, bytes(16384))
    yield CLOSE


# Heads.


@each("head", [
    ("no-status", [("content-length", 9)]),
    ("status-twice", [(":status", 200), (":status", 200)]),
    ("status-000", [(":status", "000")]),
    ("status-99", [(":status", "99")]),
    ("status-2xx", [(":status", "2xx")]),
    ("status-2000", [(":status", "2000")]),
    ("status-minus", [(":status", "-20")]),
    ("status-empty", [(":status", "")]),
    ("status-101", [(":status", 101)]),
    ("status-late", [("x", "y"), (":status", 200)]),
    ("pseudo-unknown", [(":status", 200), (":version", "1")]),
    ("pseudo-of-request", [(":status", 200), (":path", "/bad")]),
    ("pseudo-empty", [(":status", 200), (":", "1")]),
    ("upper-case", [(":status", 200), ("Content-Length", 16000)]),
    ("lengths-two", [(":status", 200), ("content-length", 10),
                     ("content-length", 16000)]),
    ("lengths-comma", [(":status", 200), ("content-length", "16000, 16000")]),
    ("length-negative", [(":status", 200), ("content-length", "-1")]),
    ("length-plus", [(":status", 200), ("content-length", "+16000")]),
    ("length-words", [(":status", 200), ("content-length", "16000 bytes")]),
    ("length-2-63", [(":status", 200), ("content-length", 1 << 63)]),
    ("length-10-30", [(":status", 200), ("content-length", 10 ** 30)]),
    ("length-empty", [(":status", 200), ("content-length", "")]),
    ("chunked", [(":status", 200), ("transfer-encoding", "chunked")]),
    ("connection", [(":status", 200), ("connection", "close")]),
    ("keep-alive", [(":status", 200), ("keep-alive", "timeout=5")]),
    ("upgrade", [(":status", 200), ("upgrade", "h2c")]),
    ("te", [(":status", 200), ("te", "gzip")]),
], BROKEN)
def odd_head(c, s, body, count, pairs):
    yield headers(s, *pairs) + data(s, body[:16000], True)


@each("head-odd-value", [("nul", b"a\0b"), ("cr", b"a\rb"), ("lf", b"a\nb"),
                         ("crlf", b"a\r\ncontent-length: 5\r\n\r\nhello"),
                         ("name-lf", None), ("name-empty", b""),
                         ("name-space", b" ")],
      ("ok", "protocol", "truncated"))
def head_odd_value(c, s, body, count, value):
    name = b"x\ny" if value is None else b"x" if value.strip() else value
    yield head(s, len(body), (name, value or b"v"))
    yield data(s, body[:16000]) + data(s, body[16000:], True)


@each("status", [("404", 404), ("421", 421), ("500", 500), ("204", 204),
                 ("999", 999), ("206", 206)],
      lambda code: ("http", "protocol"))
def other_status(c, s, body, count, code):
    yield head(s, 9, status=code) + data(s, body[:9], True)


@row("informational-many")
def informational_many(c, s, body, count):
    for i in range(50):
        yield headers(s, (":status", 103), ("link", "</a>"))
    yield answer(s, body)


@row("informational-endless", BROKEN)
def informational_endless(c, s, body, count):
    while True:
        yield headers(s, (":status", 103), ("link", "</a>" * 100)) * 10


@row("informational-end", BROKEN)
def informational_end(c, s, body, count):
    yield head(s, None, status=100, flags=END_HEADERS | END_STREAM)


@row("informational-data", BROKEN)
def informational_data(c, s, body, count):
    yield head(s, None, status=100) + data(s, body[:9000], True)


@row("trailers")
def trailers(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:16000]) + data(s, body[16000:])
    yield headers(s, ("x-sum", "1"), ("content-length", "5"), ("etag", '"x"'),
                  flags=END_HEADERS | END_STREAM)


@each("trailers-odd", [
    ("no-end", ([("x", "y")], END_HEADERS)),
    ("pseudo", ([("x", "y"), (":status", 200)], END_HEADERS | END_STREAM)),
    ("status", ([(":status", 200)], END_HEADERS | END_STREAM)),
], NO_LENGTH)
def trailers_odd(c, s, body, count, what):
    pairs, flags = what
    yield head(s) + data(s, body[:9000])
    yield headers(s, *pairs, flags=flags)


@row("trailers-huge", ("ok", "protocol", "truncated", "connect"))
def trailers_huge(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:16000]) + data(s, body[16000:])
    yield headers(s, ("x", "y" * 16000), flags=END_STREAM)
    for i in range(6):
        yield frame(CONTINUATION, 0, s, literal("x", "y" * 16000))
    yield frame(CONTINUATION, END_HEADERS, s)


@row("no-length")
def no_length(c, s, body, count):
    yield head(s) + data(s, body[:16000]) + data(s, body[16000:], True)


@row("no-length-empty-end")
def no_length_empty_end(c, s, body, count):
    yield head(s) + data(s, body[:16000]) + data(s, body[16000:])
    yield PAUSE
    yield data(s, b"", True)


@row("second-head", BROKEN)
def second_head(c, s, body, count):
    yield head(s, len(body)) + data(s, body[:9000])
    yield answer(s, body)


# More frames than libcurl can read, none of which it hands on.


@each("flood", [
    ("priority", lambda s: frame(PRIORITY, 0, 1001, bytes(5))),
    ("empty-data", lambda s: data(s, b"")),
    ("window", lambda s: window(0, 1)),
    ("padding", lambda s: frame(DATA, PADDED, s, b"\0")),
    ("unknown", lambda s: frame(99, 0, 0, bytes(16000))),
], ("stalled", *BROKEN), flood=True)
def flood(c, s, body, count, one):
    many = one(s) * ((1 << 20) // len(one(s)))
    yield head(s, len(body))
    while True:
        yield many
