"""What hostile servers answer, and what haul must make of it: a row a kind."""

import gzip
import zlib
from typing import NamedTuple

from hostile_server import (ABORT, Endless, Fast, HEAR, KEEP, RESET, STALL,
                            Slowly)

BODY = b"the file"
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 8\r\n"
HEALTHY = OK + LENGTH + b"\r\n" + BODY
# Whoever takes bytes that nobody asked for as an answer has this file.
WRONG = OK + b"Content-Length: 5\r\n\r\nWRONG"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MAX_FILESIZE = 1 << 20


class Row(NamedTuple):
    name: str
    send: list          # the server's script, for hostile_server
    want: str           # "ok", or the report's error
    body: bytes = BODY  # of the file where want is "ok"
    status: int = 0     # as the report has it; -1: either
    port: str = "http"  # which of the server's ports
    then: list = None   # the script for later requests, where it is another


def head(name, lines, want, status=200, after=BODY, body=BODY, end=()):
    """An answer whose head has these lines."""
    return Row(name, [OK + lines + b"\r\n" + after, *end], want, body, status)


def raw(name, data, want, status=0, body=BODY, end=()):
    return Row(name, [data, *end], want, body, status)


def chunks(name, data, want, body=BODY, end=()):
    return Row(name, [CHUNKED + data, *end], want, body, 200)


def bomb(times):
    data = bytes(1 << 24)
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


HEADS = [
    raw("header-endless-in-one-line", OK + b"X: ", "protocol", 200,
        end=[Endless(b"x")]),
    raw("headers-endless", OK, "protocol", 200, end=[Endless(b"X: y\r\n")]),
    raw("headers-endless-without-names", OK, "protocol", 200,
        end=[Endless(b": y\r\n")]),
    raw("header-endless-folded", OK + b"X: y\r\n", "protocol", 200,
        end=[Endless(b" z\r\n")]),
    raw("status-line-endless", b"HTTP/1.1 200 ", "protocol", 0,
        end=[Endless(b"OK ")]),
    raw("version-endless", b"HTTP/", "protocol", 0, end=[Endless(b"1")]),
    raw("newlines-endless", b"", "protocol", 0, end=[Endless(b"\r\n")]),
    raw("blanks-endless", b"", "protocol", 0, end=[Endless(b" ")]),
    raw("kilobytes-before-the-status", b"x" * 100_000 + b"\r\n" + HEALTHY,
        "protocol"),
    raw("newlines-before-the-status", b"\r\n\r\n" + HEALTHY, "protocol"),
    raw("blank-before-the-status", b" " + HEALTHY, "protocol"),
    raw("continue-endless", b"", "protocol", -1,
        end=[Endless(b"HTTP/1.1 100 Continue\r\n\r\n")]),
    raw("early-hints-endless", b"", "protocol", -1,
        end=[Endless(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")]),
    raw("early-hints-of-megabytes",
        (b"HTTP/1.1 103 Early Hints\r\nX: " + b"y" * 60_000 + b"\r\n\r\n") * 20
        + HEALTHY, "protocol", -1),
    raw("some-interim-answers",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\nX: y\r\n\r\n"
        + HEALTHY, "ok", 200),
    raw("interim-answer-with-a-length",
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + HEALTHY, "ok", 200),
    raw("continue-and-nothing", b"HTTP/1.1 100 Continue\r\n\r\n", "stalled",
        100, end=[STALL]),
    raw("continue-and-closed", b"HTTP/1.1 100 Continue\r\n\r\n",
        "truncated", 100),
    raw("switching-protocols", b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n" + BODY,
        "protocol", 101),
    raw("switching-to-http-2", b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
        b"\0\0\0\4\0\0\0\0\0", "protocol", 101),
    raw("status-0", b"HTTP/1.1 000 No\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("status-20", b"HTTP/1.1 20 No\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("status-600", b"HTTP/1.1 600 No\r\n" + LENGTH + b"\r\n" + BODY,
        "http", 600),
    raw("status-999", b"HTTP/1.1 999 No\r\n" + LENGTH + b"\r\n" + BODY,
        "http", 999),
    raw("status-1000", b"HTTP/1.1 1000 No\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("status-2000", b"HTTP/1.1 2000 No\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("status-200x", b"HTTP/1.1 200x No\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("status-negative", b"HTTP/1.1 -1 No\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("status-of-letters", b"HTTP/1.1 2OO OK\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("status-of-10-to-the-30", b"HTTP/1.1 2" + b"0" * 29 + b" OK\r\n"
        + LENGTH + b"\r\n" + BODY, "protocol"),
    raw("http-9.9", b"HTTP/9.9 200 OK\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("http-1.9", b"HTTP/1.9 200 OK\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("http-1", b"HTTP/1 200 OK\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol"),
    raw("http-2-in-http-1", b"HTTP/2 200\r\n" + LENGTH + b"\r\n" + BODY,
        "ok", 200),
    raw("http-3-in-http-1", b"HTTP/3 200\r\n" + LENGTH + b"\r\n" + BODY,
        "protocol", -1),
    raw("http-2-frames", b"\0\0\0\4\0\0\0\0\0" * 20, "protocol"),
    raw("http-0.9", BODY, "protocol"),
    raw("http-0.9-endless", BODY, "protocol", end=[Endless(b"<html>\n")]),
    raw("icy", b"ICY 200 OK\r\n" + LENGTH + b"\r\n" + BODY, "protocol"),
    raw("rtsp", b"RTSP/1.0 200 OK\r\n" + LENGTH + b"\r\n" + BODY, "protocol"),
    raw("no-reason", b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n" + BODY, "ok", 200),
    raw("no-reason-but-a-blank", b"HTTP/1.1 200 \r\n" + LENGTH + b"\r\n"
        + BODY, "ok", 200),
    raw("no-status", b"HTTP/1.1\r\n" + LENGTH + b"\r\n" + BODY, "protocol"),
    raw("lower-case-http", b"http/1.1 200 OK\r\n" + LENGTH + b"\r\n" + BODY,
        "ok", 200),
    raw("line-feeds-alone", b"HTTP/1.1 200 OK\nContent-Length: 8\n\n" + BODY,
        "ok", 200),
    raw("returns-alone", b"HTTP/1.1 200 OK\rContent-Length: 8\r\r" + BODY,
        "truncated"),
    raw("head-cut", OK + LENGTH, "truncated", 200),
    raw("head-cut-at-its-first-line", OK, "truncated", 200),
    raw("status-cut", b"HTTP/1.1 20", "truncated"),
    raw("status-line-in-a-header", b"HTTP/1.1 404 Not Found\r\n" + LENGTH
        + b"HTTP/1.1 200 OK: x\r\n\r\n" + BODY, "http", 404),
    raw("status-line-as-a-header", b"HTTP/1.1 404 Not Found\r\n" + LENGTH
        + b"HTTP/1.1 200 OK\r\n\r\n" + BODY, "protocol", -1),
    raw("interim-status-in-a-header", OK + LENGTH
        + b"HTTP/1.1 100 Continue: x\r\n\r\n" + BODY, "ok", 200),
    raw("error-then-success", b"HTTP/1.1 404 Not Found\r\n"
        b"Content-Length: 0\r\n\r\n" + HEALTHY, "http", 404),
    head("header-without-a-colon", LENGTH + b"nonsense\r\n", "protocol"),
    head("header-without-a-name", LENGTH + b": x\r\n", "ok"),
    head("header-of-8-bits", LENGTH + b"X-\xff\xfe: \x80\xff\r\n", "ok"),
    head("first-header-folded", b" X: y\r\n" + LENGTH, "protocol", 200),
    head("first-header-folded-by-a-tab", b"\tX: y\r\n" + LENGTH, "protocol",
         200),
    raw("first-header-folded-behind-interim", b"HTTP/1.1 103 Early\r\n\r\n"
        + OK + b" X: y\r\n" + LENGTH + b"\r\n" + BODY, "protocol", 200),
    head("first-header-of-20-kilobytes", b"X: " + b"y" * 16381 + b" z" * 2000
         + b"\r\n" + LENGTH, "ok"),
    head("nul-in-a-name", LENGTH + b"X\0Y: z\r\n", "protocol"),
    head("nul-in-a-value", LENGTH + b"X: y\0z\r\n", "protocol"),
    raw("nul-in-the-status-line", b"HTTP/1.1 200 O\0K\r\n" + LENGTH + b"\r\n"
        + BODY, "protocol", -1),
    raw("nul-before-the-status-line", b"\0" + HEALTHY, "protocol"),
    raw("zeros-endless", b"", "protocol", end=[Endless(b"\0" * 4096)]),
]

LENGTHS = [
    head("lengths-that-agree", LENGTH * 3, "ok"),
    head("lengths-in-a-list", b"Content-Length: 8, 8\r\n", "ok"),
    head("lengths-that-differ", LENGTH + b"Content-Length: 3\r\n", "protocol"),
    head("lengths-that-differ-in-a-list", b"Content-Length: 8, 3\r\n",
         "protocol"),
    head("length-2-to-the-63-less-1",
         b"Content-Length: 9223372036854775807\r\n", "too_large"),
    head("length-2-to-the-63", b"Content-Length: 9223372036854775808\r\n",
         "protocol"),
    head("length-2-to-the-64", b"Content-Length: 18446744073709551616\r\n",
         "protocol"),
    head("length-2-to-the-64-and-8",
         b"Content-Length: 18446744073709551624\r\n", "protocol"),
    head("length-10-to-the-30", b"Content-Length: 1" + b"0" * 30 + b"\r\n",
         "protocol"),
    head("length-of-1000-digits", b"Content-Length: " + b"9" * 1000 + b"\r\n",
         "protocol"),
    head("length-of-5000-zeros", b"Content-Length: " + b"0" * 5000
         + b"8\r\n", "protocol"),
    head("length-hexadecimal-of-5000-digits", b"Content-Length: 0x"
         + b"0" * 5000 + b"8\r\n", "protocol"),
    head("length-tiny", b"Content-Length: 7\r\n", "ok", body=BODY[:7],
         end=[KEEP]),
    head("length-negative", b"Content-Length: -1\r\n", "protocol"),
    head("length-minus-8", b"Content-Length: -8\r\n", "protocol"),
    head("length-plus", b"Content-Length: +8\r\n", "protocol"),
    head("length-hexadecimal", b"Content-Length: 0x8\r\n", "protocol"),
    head("length-of-two-words", b"Content-Length: 8 8\r\n", "protocol"),
    head("length-with-a-control", b"Content-Length: 8\x01\r\n", "protocol"),
    head("length-with-a-fraction", b"Content-Length: 8.0\r\n", "protocol"),
    head("length-with-an-exponent", b"Content-Length: 8e0\r\n", "protocol"),
    head("length-empty", b"Content-Length:\r\n", "protocol"),
    head("length-quoted", b"Content-Length: \"8\"\r\n", "protocol"),
    head("length-of-other-digits", "Content-Length: ８\r\n".encode(),
         "protocol"),
    head("length-with-chunks", LENGTH + b"Transfer-Encoding: chunked\r\n",
         "ok", after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("length-behind-chunks", b"Transfer-Encoding: chunked\r\n"
         b"Content-Length: 3\r\n", "ok",
         after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("length-huge-with-chunks", b"Content-Length: 9223372036854775807\r\n"
         b"Transfer-Encoding: chunked\r\n", "too_large",
         after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("body-longer-than-its-length", LENGTH, "ok", after=BODY + WRONG,
         end=[KEEP]),
    head("body-shorter-than-its-length", b"Content-Length: 9\r\n",
         "truncated"),
    head("body-reset", b"Content-Length: 9\r\n", "truncated", end=[RESET]),
    head("body-missing", LENGTH, "stalled", after=b"", end=[STALL]),
    head("body-endless", b"", "too_large", end=[Endless(b"x" * 4096)]),
    head("body-endless-behind-its-length", LENGTH, "ok",
         end=[Endless(b"x" * 4096)]),
    head("body-of-close", b"Connection: close\r\n", "ok"),
    head("close-with-a-length-and-kept", LENGTH + b"Connection: close\r\n",
         "ok", end=[KEEP]),
    head("keep-alive-and-closed", LENGTH + b"Connection: keep-alive\r\n"
         b"Keep-Alive: timeout=600, max=1000\r\n", "ok"),
    head("keep-alive-negative", LENGTH + b"Keep-Alive: timeout=-1, max=-5\r\n",
         "ok", end=[KEEP]),
    head("close-that-never-comes", b"Connection: close\r\n", "stalled",
         end=[STALL]),
    raw("error-page-endless", b"HTTP/1.1 404 No\r\n\r\n", "http", 404,
        end=[Endless(b"sorry ")]),
    raw("error-page-of-2-to-the-63", b"HTTP/1.1 404 No\r\n"
        b"Content-Length: 9223372036854775807\r\n\r\n", "http", 404,
        end=[Endless(b"sorry ")]),
    raw("error-page-missing", b"HTTP/1.1 404 No\r\n" + LENGTH + b"\r\n",
        "stalled", 404, end=[STALL]),
    raw("no-content-with-a-body", b"HTTP/1.1 204 No Content\r\n"
        b"Content-Length: 5\r\n\r\nWRONG" + WRONG, "http", 204, end=[KEEP]),
    raw("no-content-in-chunks", b"HTTP/1.1 204 No Content\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nWRONG\r\n0\r\n\r\n" + WRONG,
        "http", 204, end=[KEEP]),
    raw("unchanged-unasked-with-a-body", b"HTTP/1.1 304 Not Modified\r\n"
        b"Content-Length: 5\r\n\r\nWRONG" + WRONG, "http", 304, end=[KEEP]),
    raw("reset-content-with-a-body", b"HTTP/1.1 205 Reset Content\r\n"
        b"Content-Length: 5\r\n\r\nWRONG", "http", 205, end=[KEEP]),
]

CODINGS = [
    head("chunked-twice", b"Transfer-Encoding: chunked\r\n" * 2, "ok",
         after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("chunked-in-a-list-twice", b"Transfer-Encoding: chunked, chunked\r\n",
         "ok", after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("identity-chunked", b"Transfer-Encoding: identity, chunked\r\n",
         "ok", after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("coding-gzip", b"Transfer-Encoding: gzip\r\n", "protocol",
         after=gzip.compress(BODY)),
    head("coding-gzip-cut", b"Transfer-Encoding: gzip\r\n", "protocol",
         after=gzip.compress(BODY * 100)[:-12]),
    head("coding-gzip-cut-in-chunks",
         b"Transfer-Encoding: gzip, chunked\r\n", "protocol",
         after=b"18\r\n" + gzip.compress(BODY * 100)[:24] + b"\r\n0\r\n\r\n"),
    head("coding-gzip-with-a-wrong-sum", b"Transfer-Encoding: gzip\r\n",
         "protocol", after=gzip.compress(BODY)[:-8] + b"\0" * 8),
    head("coding-gzip-and-garbage", b"Transfer-Encoding: gzip\r\n",
         "protocol", after=gzip.compress(BODY) + b"garbage"),
    head("coding-gzip-members", b"Transfer-Encoding: gzip\r\n", "protocol",
         after=gzip.compress(BODY) + gzip.compress(BODY)),
    head("coding-gzip-that-is-none", b"Transfer-Encoding: gzip\r\n",
         "protocol"),
    head("coding-bomb", b"Transfer-Encoding: deflate\r\n", "protocol",
         after=bomb(1)),
    head("coding-bomb-nested", b"Transfer-Encoding: deflate, deflate\r\n",
         "protocol", after=bomb(2)),
    head("coding-of-100-codings", b"Transfer-Encoding: "
         + b"gzip, " * 99 + b"gzip\r\n", "protocol"),
    head("coding-br", b"Transfer-Encoding: br\r\n", "protocol"),
    head("coding-unknown", b"Transfer-Encoding: rot13\r\n", "protocol"),
    head("coding-unknown-in-chunks", b"Transfer-Encoding: rot13, chunked\r\n",
         "protocol", after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("coding-behind-chunks", b"Transfer-Encoding: chunked, gzip\r\n",
         "protocol", after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("coding-of-letters-and-more", b"Transfer-Encoding: xchunked\r\n",
         "protocol", after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("coding-with-a-parameter", b"Transfer-Encoding: chunked;q=1\r\n",
         "protocol", after=b"8\r\n" + BODY + b"\r\n0\r\n\r\n"),
    head("coding-empty", b"Transfer-Encoding:\r\n" + LENGTH, "ok"),
    head("content-gzip-unasked", b"Content-Encoding: gzip\r\n", "ok",
         after=gzip.compress(BODY, mtime=0), body=gzip.compress(BODY, mtime=0)),
    head("content-bomb-unasked", b"Content-Encoding: deflate\r\n", "ok",
         after=bomb(1), body=bomb(1)),
    head("content-of-100-codings", b"Content-Encoding: " + b"gzip, " * 99
         + b"gzip\r\n" + LENGTH, "ok"),
    head("content-coding-unknown", b"Content-Encoding: rot13\r\n" + LENGTH,
         "ok"),
]

CHUNKS = [
    chunks("chunk-of-17-fs", b"F" * 17 + b"\r\n" + BODY, "protocol"),
    chunks("chunk-of-16-fs", b"F" * 16 + b"\r\n" + BODY, "protocol"),
    chunks("chunk-of-2-to-the-63-less-1", b"7" + b"F" * 15 + b"\r\n" + BODY,
           "truncated"),
    chunks("chunk-of-2-to-the-63", b"8" + b"0" * 15 + b"\r\n" + BODY,
           "protocol"),
    chunks("chunk-of-2-to-the-64-and-8", b"10000000000000008\r\n" + BODY,
           "protocol"),
    chunks("chunk-of-zeros-and-8", b"0" * 20 + b"8\r\n" + BODY
           + b"\r\n0\r\n\r\n", "protocol"),
    chunks("chunk-negative", b"-8\r\n" + BODY + b"\r\n0\r\n\r\n", "protocol"),
    chunks("chunk-hexadecimal", b"0x8\r\n" + BODY + b"\r\n0\r\n\r\n",
           "protocol"),
    chunks("chunk-of-blanks", b"  8\r\n" + BODY + b"\r\n0\r\n\r\n",
           "protocol"),
    chunks("chunk-of-nothing", b"\r\n" + BODY + b"\r\n0\r\n\r\n", "protocol"),
    chunks("chunk-of-letters", b"size\r\n" + BODY + b"\r\n0\r\n\r\n",
           "protocol"),
    chunks("chunk-size-endless", b"", "protocol", end=[Endless(b"0")]),
    chunks("chunk-with-an-extension", b"8;a=b;c=\"d\"\r\n" + BODY
           + b"\r\n0\r\n\r\n", "ok"),
    chunks("chunk-extension-endless", b"8;", "stalled", end=[Endless(b"a=b;")]),
    chunks("chunk-longer-than-its-size", b"4\r\n" + BODY + b"\r\n0\r\n\r\n",
           "protocol"),
    chunks("chunk-shorter-than-its-size", b"a\r\n" + BODY + b"\r\n0\r\n\r\n",
           "protocol"),
    chunks("chunk-without-newlines", b"4\r\nthe 4\r\nfile0\r\n\r\n",
           "protocol"),
    chunks("chunk-with-line-feeds", b"8\n" + BODY + b"\n0\n\n", "ok"),
    chunks("chunk-by-bytes", b"".join(b"1\r\n" + bytes([c]) + b"\r\n"
                                      for c in BODY) + b"0\r\n\r\n", "ok"),
    chunks("chunks-of-a-byte-endless", b"", "too_large",
           end=[Endless(b"1\r\nx\r\n" * 1000)]),
    chunks("chunk-last-missing", b"8\r\n" + BODY + b"\r\n", "truncated"),
    chunks("chunk-last-cut", b"8\r\n" + BODY + b"\r\n0\r\n", "truncated"),
    chunks("chunk-last-missing-and-kept", b"8\r\n" + BODY + b"\r\n",
           "stalled", end=[STALL]),
    chunks("chunk-last-reset", b"8\r\n" + BODY + b"\r\n", "truncated",
           end=[RESET]),
    chunks("chunks-and-an-answer", b"8\r\n" + BODY + b"\r\n0\r\n\r\n" + WRONG,
           "ok", end=[KEEP]),
    chunks("trailers", b"8\r\n" + BODY + b"\r\n0\r\nContent-Length: 3\r\n"
           b"ETag: \"x\"\r\nSet-Cookie: a=b\r\nLocation: /x\r\n"
           b"Content-Range: bytes 0-2/3\r\nTransfer-Encoding: gzip\r\n\r\n",
           "ok"),
    chunks("trailers-endless", b"8\r\n" + BODY + b"\r\n0\r\n", "protocol",
           end=[Endless(b"X: y\r\n")]),
    chunks("trailer-endless-in-one-line", b"8\r\n" + BODY + b"\r\n0\r\nX: ",
           "protocol", end=[Endless(b"y")]),
    chunks("trailer-without-a-colon", b"8\r\n" + BODY + b"\r\n0\r\nxyz\r\n\r\n",
           "protocol"),
    chunks("trailer-with-a-nul", b"8\r\n" + BODY + b"\r\n0\r\nX: \0\r\n\r\n",
           "protocol"),
    Row("chunk-in-pieces", [Fast(
        b"HTTP/1.", b"1 200 OK\r", b"\nTransfer-Encoding", b": chu",
        b"nked\r\n\r", b"\n0", b"8", b"\r", b"\nthe", b" file\r", b"\n0",
        b"\r", b"\nX: ", b"y\r\n\r", b"\n")], "ok", BODY, 200),
]
# Wherever the chunks end early, there is no file.
CUT = b"3\r\nthe\r\n5;x\r\n file\r\n0\r\nX: y\r\n\r\n"
CHUNKS += [chunks(f"chunks-cut-at-{n:02}", CUT[:n], "truncated")
           for n in range(len(CUT) - 1)]

RANGES = [
    raw("partial-without-a-range", b"HTTP/1.1 206 Partial\r\n" + LENGTH
        + b"\r\n" + BODY, "protocol", 206),
    *(raw(f"partial-unasked-{n}", b"HTTP/1.1 206 Partial\r\n"
          b"Content-Range: " + value + b"\r\n" + LENGTH + b"\r\n" + BODY,
          "protocol", 206)
      for n, value in enumerate((
          b"bytes 0-7/8", b"bytes 0-7/*", b"bytes 0-7/9", b"bytes 1-8/9",
          b"bytes 7-0/8", b"bytes */8", b"bytes -1-7/8", b"none",
          b"bytes 0-9223372036854775807/9223372036854775808", b"",
          b"bytes 0-7/8\r\nContent-Range: bytes 0-7/9"))),
    raw("partial-in-several-pieces", b"HTTP/1.1 206 Partial\r\n"
        b"Content-Type: multipart/byteranges; boundary=x\r\n\r\n"
        b"--x\r\nContent-Range: bytes 0-7/8\r\n\r\n" + BODY + b"\r\n--x--",
        "protocol", 206),
    raw("unsatisfied-unasked", b"HTTP/1.1 416 No\r\n"
        b"Content-Range: bytes */0\r\nContent-Length: 0\r\n\r\n", "http",
        416),
    head("range-of-2-to-the-63", LENGTH +
         b"Content-Range: bytes 0-9223372036854775806/*\r\n", "protocol"),
    head("range-of-10-to-the-30", LENGTH + b"Content-Range: bytes 0-7/1"
         + b"0" * 30 + b"\r\n", "ok"),
    head("range-of-64-kilobytes", LENGTH + b"Content-Range: bytes 0-7/8"
         + b" " * 65536 + b"\r\n", "ok"),
]

VALUES = [
    head("etags-of-all-kinds", LENGTH + b"ETag: W/\"a\"\r\nETag: b\r\n"
         b"ETag: \"\x01\"\r\nETag: \"\r\n", "ok"),
    head("etag-of-64-kilobytes", LENGTH + b"ETag: \"" + b"e" * 65536
         + b"\"\r\n", "ok"),
    head("etag-of-8-bits", LENGTH + b"ETag: \"\x80\xff\"\r\n", "ok"),
    head("dates-of-all-kinds", LENGTH + b"Last-Modified: -1\r\n"
         b"Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
         b"Last-Modified: Fri, 31 Dec 9999 23:59:59 GMT\r\n"
         b"Last-Modified: Mon, 32 Foo 99999999999 99:99:99 GMT\r\n"
         b"Date: " + b"9" * 1000 + b"\r\n", "ok"),
    head("last-modified-in-1601", LENGTH
         + b"Last-Modified: Mon, 01 Jan 1601 00:00:00 GMT\r\n", "ok"),
    head("last-modified-in-9999", LENGTH
         + b"Last-Modified: Fri, 31 Dec 9999 23:59:59 GMT\r\n", "ok"),
    head("disposition", LENGTH + b"Content-Disposition: attachment; "
         b"filename=\"../../evil\"; filename*=UTF-8''%2e%2e%2fevil%00\r\n",
         "ok"),
    head("disposition-of-64-kilobytes", LENGTH + b"Content-Disposition: "
         b"attachment; filename=\"" + b"n" * 65536 + b"\"\r\n", "ok"),
    head("type-of-paths", LENGTH + b"Content-Type: ../../etc/passwd\r\n",
         "ok"),
    head("type-of-64-kilobytes", LENGTH + b"Content-Type: image/"
         + b"t" * 65536 + b"\r\n", "ok"),
    head("type-of-quotes", LENGTH + b"Content-Type: \"<script>\\\xff\r\n",
         "ok"),
    head("cookies-in-hundreds", LENGTH + b"".join(
        b"Set-Cookie: c%d=%d; Path=/\r\n" % (n, n) for n in range(990)),
        "ok"),
    head("cookies-in-thousands", LENGTH + b"".join(
        b"Set-Cookie: c%d=%d; Path=/\r\n" % (n, n) for n in range(1100)),
        "protocol"),
    head("cookie-of-90-kilobytes", LENGTH + b"Set-Cookie: a="
         + b"b" * 90_000 + b"\r\n", "ok"),
    head("cookies-of-controls", LENGTH + b"Set-Cookie: a=\x01\x7f\x80\r\n"
         b"Set-Cookie: =;;;\r\nSet-Cookie:\r\n"
         b"Set-Cookie: a=b; Expires=never; Max-Age=1" + b"0" * 40
         + b"; Domain=com\r\n", "ok"),
    head("security-headers", LENGTH + b"Strict-Transport-Security: "
         b"max-age=99999999999\r\nAlt-Svc: h3=\":1\", h2=\"evil:443\"\r\n"
         b"Refresh: 0; url=/WRONG\r\n", "ok"),
    raw("authentication-of-all-kinds", b"HTTP/1.1 401 No\r\n"
        b"WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
        b"WWW-Authenticate: Digest realm=\"x\", nonce=\"" + b"n" * 2000
        + b"\"\r\nWWW-Authenticate: Basic realm=\"\r\n"
        b"Content-Length: 0\r\n\r\n", "http", 401),
    raw("authentication-of-a-proxy", b"HTTP/1.1 407 No\r\n"
        b"Proxy-Authenticate: Basic realm=\"x\"\r\n"
        b"Content-Length: 0\r\n\r\n", "http", 407),
    raw("misdirected", b"HTTP/1.1 421 No\r\nContent-Length: 0\r\n\r\n",
        "http", 421),
]

SLOW = [
    Row("slow-status", [Slowly(b"HTTP/1.1 200 OK" + b" " * 99)], "stalled"),
    Row("slow-header", [OK, Slowly(b"X: y\r\n")], "stalled", BODY, 200),
    Row("slow-interim", [Slowly(b"HTTP/1.1 100 Go\r\n\r\n", 0.05)], "stalled",
        BODY, -1),
    Row("slow-body", [OK + b"Content-Length: 10000\r\n\r\n", Slowly(b"x")],
        "stalled", BODY, 200),
    Row("slow-chunks", [CHUNKED, Slowly(b"1\r\nx\r\n")], "stalled", BODY, 200),
    Row("slow-trailer", [CHUNKED + b"8\r\n" + BODY + b"\r\n0\r\n",
                         Slowly(b"X: y\r\n")], "stalled", BODY, 200),
    Row("slow-error-page", [b"HTTP/1.1 404 No\r\n\r\n", Slowly(b"x")],
        "stalled", BODY, 404),
    Row("nothing", [STALL], "stalled"),
]

# The steps at once for whoever connects to a port of this name.
PORTS = {
    "silent": [STALL],
    "early": [HEALTHY, STALL],
    "closing": [],
    "resetting": [HEAR, RESET],
    "tls-plain": [HEALTHY],
    "tls-silent": [STALL],
    "tls-closing": [],
    "tls-resetting": [RESET],
    "tls-half-a-record": [b"\x16\x03\x03\x40\x00\x02", STALL],
    "tls-cut-record": [b"\x16\x03\x03\x40\x00\x02"],
    "tls-records-endless": [Endless(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00")],
    "tls-hello-endless": [b"\x16\x03\x03\x40\x00\x02\xff\xff\xff",
                          Endless(b"\x00" * 16379
                                  + b"\x16\x03\x03\x40\x00" + b"\x00" * 5)],
    "tls-alerts-endless": [Endless(b"\x15\x03\x03\x00\x02\x01\x5a")],
    "tls-slow": [Slowly(b"\x16\x03\x03\x40\x00\x02\x00")],
    "tls-garbage": [bytes(range(256)) * 16],
}
AT_ONCE = [
    Row("silent", [], "stalled", port="silent"),
    Row("early", [], "ok", BODY, 200, "early"),
    Row("closing", [], "truncated", port="closing"),
    Row("resetting", [], "truncated", port="resetting"),
    Row("tls-plain", [], "tls", port="tls-plain"),
    Row("tls-silent", [], "timeout", port="tls-silent"),
    Row("tls-closing", [], "connect", port="tls-closing"),
    Row("tls-resetting", [], "connect", port="tls-resetting"),
    Row("tls-half-a-record", [], "timeout", port="tls-half-a-record"),
    Row("tls-cut-record", [], "connect", port="tls-cut-record"),
    Row("tls-records-endless", [], "connect", port="tls-records-endless"),
    Row("tls-hello-endless", [], "tls", port="tls-hello-endless"),
    Row("tls-alerts-endless", [], "tls", port="tls-alerts-endless"),
    Row("tls-slow", [], "timeout", port="tls-slow"),
    Row("tls-garbage", [], "tls", port="tls-garbage"),
    Row("tls-cut-with-a-length", [OK + LENGTH + b"\r\n" + BODY, ABORT],
        "ok", BODY, 200, "https"),
    Row("tls-cut-in-a-body", [OK + b"Content-Length: 9\r\n\r\n" + BODY, ABORT],
        "truncated", BODY, 200, "https"),
    Row("tls-cut-at-the-end-of-close", [OK + b"\r\n" + BODY, ABORT],
        "truncated", BODY, 200, "https"),
    Row("tls-cut-in-chunks", [CHUNKED + b"8\r\n" + BODY + b"\r\n", ABORT],
        "truncated", BODY, 200, "https"),
    Row("tls-cut-in-a-head", [OK, ABORT], "truncated", BODY, 200, "https"),
    Row("tls-garbage-behind-the-body", [HEALTHY + WRONG, KEEP], "ok", BODY,
        200, "https"),
]

ROWS = [*HEADS, *LENGTHS, *CODINGS, *CHUNKS, *RANGES, *VALUES, *SLOW,
        *AT_ONCE]
