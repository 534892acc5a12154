"""Where hostile servers lead, and what haul must make of it: a row a kind. The
server puts its ports and the run's name in for {http}, {https} and {run}."""

import zlib

from hostile_rows import (BODY, HEALTHY, LENGTH, OK, Row, WRONG)
from hostile_server import Endless, KEEP, STALL, Slowly

THERE = b"/{run}/there"
HERE = b"http://127.0.0.1:{http}"


def moved(name, location, want="ok", status=200, code=b"302 Found", more=b"",
          after=b"", end=(KEEP,), length=b"Content-Length: 0\r\n",
          then=(HEALTHY, KEEP), port="http"):
    """A redirect; what comes at the second request of this row is then."""
    line = b"Location: " + location + b"\r\n" if location is not None else b""
    return Row(name, [b"HTTP/1.1 " + code + b"\r\n" + line + more + length
                      + b"\r\n" + after, *end], want, BODY, status, port,
               list(then))


def to_status(code, want="ok", status=200):
    return moved(f"moved-by-{code.decode().replace(' ', '-')}", THERE, want,
                 status, code)


def refused(name, location, want="redirect", status=302):
    return moved("moved-to-" + name, location, want, status)


STATUSES = [
    to_status(b"300 Choices"), to_status(b"301"), to_status(b"302 "),
    to_status(b"303 Other"), to_status(b"307 Temporary"),
    to_status(b"308 Permanent"),
    to_status(b"304 Not Modified", "http", 304),
    to_status(b"305 Use Proxy", "http", 305),
    to_status(b"306 Switch", "http", 306),
    to_status(b"201 Created", "http", 201),
    to_status(b"404 No", "http", 404),
    *(moved(f"moved-without-a-target-{code.decode()}", None, "http",
            int(code), code)
      for code in (b"300", b"301", b"302", b"303", b"307", b"308", b"399")),
    Row("location-of-a-file", [OK + b"Location: /{run}/wrong\r\n" + LENGTH
                               + b"\r\n" + BODY, KEEP], "ok", BODY, 200),
    Row("location-of-an-interim-answer",
        [b"HTTP/1.1 103 Early\r\nLocation: /{run}/wrong\r\n\r\n" + HEALTHY,
         KEEP], "ok", BODY, 200),
    Row("location-of-an-interim-answer-alone",
        [b"HTTP/1.1 103 Early\r\nLocation: /{run}/wrong\r\n\r\n"
         b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", KEEP],
        "http", BODY, 302),
    Row("location-in-a-trailer",
        [b"HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
         b"Location: /{run}/wrong\r\n\r\n", KEEP], "http", BODY, 302),
    Row("refresh", [OK + b"Refresh: 0; url=/{run}/wrong\r\n" + LENGTH + b"\r\n"
                    + BODY, KEEP], "ok", BODY, 200),
]

ROUND = [
    moved("moved-to-itself", b"/{run}/moved-to-itself", "redirect", 302,
          then=()),
    moved("moved-round", b"/{run}/moved-back", "redirect", 302, then=()),
    moved("moved-back", b"/{run}/moved-round", "redirect", 302, then=()),
    moved("moved-further", b"?{nth}", "redirect", 302, then=()),
    moved("moved-deeper", b"x/../../{run}/moved-deeper?" + b"x" * 800
          + b"{nth}", "redirect", 302, then=()),
    moved("moved-between-schemes", b"https://127.0.0.1:{https}/{run}/"
          b"moved-between-schemes", "redirect", 302, then=()),
    moved("moved-to-a-fragment", b"#f", "redirect", 302, then=()),
]

FORMS = [
    moved("moved-to-no-scheme", b"//127.0.0.1:{http}" + THERE),
    moved("moved-to-a-query", b"?q"),
    moved("moved-to-an-empty-query", b"?"),
    moved("moved-to-a-name", b"there"),
    moved("moved-above-the-root", b"../../../../../there"),
    moved("moved-by-dots", b"./././there"),
    moved("moved-by-encoded-dots", b"%2e%2e/%2E%2e/%2e./there"),
    moved("moved-by-capitals", b"HTTP://127.0.0.1:{http}" + THERE),
    moved("moved-to-https", b"https://127.0.0.1:{https}" + THERE),
    moved("moved-to-an-idn", "http://bücher.test:{http}/{run}/there".encode()),
    moved("moved-to-a-punycode",
          b"http://xn--bcher-kva.test:{http}/{run}/there"),
    moved("moved-to-a-short-address", b"http://127.1:{http}/{run}/there"),
    moved("moved-to-a-number", b"http://2130706433:{http}/{run}/there"),
    moved("moved-to-a-journal", b"/{run}/.haul/journal"),
    moved("moved-to-a-part", b"/{run}/healthy-1.0123abcd.part"),
    moved("moved-to-another-name", b"/{run}/healthy-1"),
    moved("moved-with-a-user", b"http://you:secret@127.0.0.1:{http}" + THERE),
    moved("moved-with-a-fragment", THERE + b"#../../etc/passwd"),
    moved("moved-over-blanks", b" \t " + THERE + b" \t "),
    moved("moved-with-a-blank", b"/{run}/the re"),
    moved("moved-with-a-tab", b"/{run}/the\tre", "redirect", 302),
    moved("moved-with-8-bits", b"/{run}/th\xe9re\xff"),
    moved("moved-with-utf-8", "/{run}/thére".encode()),
    moved("moved-with-quotes", b"/{run}/\"<>\\^`{|}"),
    moved("moved-with-percents", b"/{run}/%%%zz%0"),
    moved("moved-with-encoded-newlines", b"/{run}/x%0d%0aX-Evil:%20y%00"),
    moved("moved-with-8000-bytes", THERE + b"?" + b"x" * 8000),
    moved("moved-twice-the-same", THERE, more=b"Location: " + THERE + b"\r\n"),
    moved("moved-with-a-return", THERE + b"\rX: y"),
    moved("moved-twice", THERE, more=b"Location: /{run}/wrong\r\n"),
    moved("moved-and-cookies", THERE, more=b"Set-Cookie: a=b\r\n" * 200),
    moved("moved-and-no-length", THERE, length=b"", end=()),
    moved("moved-and-a-page", THERE, length=b"Content-Length: 4\r\n",
          after=b"page"),
    moved("moved-and-a-page-of-100-kilobytes", THERE,
          length=b"Content-Length: 100000\r\n", after=b"x" * 100_000),
    moved("moved-and-an-answer", THERE, after=WRONG),
    moved("moved-and-chunks", THERE,
          length=b"Transfer-Encoding: chunked\r\n",
          after=b"4\r\npage\r\n0\r\n\r\n"),
]

REFUSED = [
    moved("moved-from-https-to-http", HERE + THERE, "redirect", 302,
          port="https"),
    *(refused(scheme, scheme.encode() + rest) for scheme, rest in (
        ("file", b":///etc/passwd"), ("ftp", b"://127.0.0.1:{http}/x"),
        ("gopher", b"://127.0.0.1:{http}/_GET%20/wrong"),
        ("data", b":text/plain,WRONG"), ("javascript", b":alert(1)"),
        ("mailto", b":a@b"), ("dict", b"://127.0.0.1:{http}/d:x"),
        ("ldap", b"://127.0.0.1/"), ("ws", b"://127.0.0.1:{http}/x"),
        ("smb", b"://127.0.0.1/x"), ("scp", b"://127.0.0.1/x"),
        ("about", b":blank"), ("view-source", b":http://127.0.0.1/"))),
    refused("nothing", b"", "http"), refused("blanks", b"   ", "http"),
    refused("a-scheme-alone", b"http:"),
    refused("slashes-alone", b"http://"),
    refused("a-third-slash", b"http:///127.0.0.1:{closed}/x", "connect", 0),
    refused("two-hosts", b"http://a@b@127.0.0.1:0/x"),
    refused("port-0", b"http://127.0.0.1:0/x", "connect", 0),
    refused("port-65536", b"http://127.0.0.1:65536/x"),
    refused("port-99999", b"http://127.0.0.1:99999/x"),
    refused("port-2-to-the-64", b"http://127.0.0.1:18446744073709551696/x"),
    refused("port-negative", b"http://127.0.0.1:-1/x"),
    refused("port-plus", b"http://127.0.0.1:+80/x"),
    refused("port-of-letters", b"http://127.0.0.1:http/x"),
    refused("an-open-bracket", b"http://[::1/x"),
    refused("a-bad-address", b"http://[::g]:{http}/x"),
    refused("a-host-with-a-blank", b"http://127.0.0.1 .test/x"),
    refused("a-host-with-a-nul", b"http://127.0.0.1%00.test/x"),
    refused("a-host-with-a-newline", b"http://127.0.0.1%0a.test/x"),
    refused("a-host-with-a-slash", b"http://127.0.0.1%2f.test/x"),
    refused("a-host-of-300-letters", b"http://" + b"h" * 300 + b"/x", "dns",
            0),
    refused("a-host-of-300-labels", b"http://" + b"h." * 300 + b"/x"),
    refused("9000-bytes", THERE + b"?" + b"x" * 9000),
    refused("90-kilobytes", THERE + b"?" + b"x" * 90_000),
    refused("110-kilobytes", THERE + b"?" + b"x" * 110_000, "protocol"),
    refused("a-zone", b"http://[fe80::1%25nowhere]:{http}/x", "connect", 0),
    refused("a-closed-port", b"http://127.0.0.1:{closed}/x", "connect", 0),
    refused("a-nul", b"/{run}/there\0x", "protocol"),
    refused("a-control", b"/{run}/the\x01re"),
    refused("a-delete", b"/{run}/the\x7fre"),
    refused("a-line-feed", b"/{run}/there\nEvil", "protocol"),
    moved("moved-and-an-endless-page", THERE, "http", 302, length=b"",
          end=[Endless(b"x" * 4096)]),
    moved("moved-and-a-page-of-2-to-the-63", THERE, "http", 302,
          length=b"Content-Length: 9223372036854775807\r\n",
          end=[Endless(b"x" * 4096)]),
    moved("moved-and-endless-chunks", THERE, "http", 302,
          length=b"Transfer-Encoding: chunked\r\n",
          end=[Endless(b"1\r\nx\r\n" * 1000)]),
    moved("moved-and-a-bomb", THERE, "http", 302,
          length=b"Transfer-Encoding: deflate, deflate\r\n",
          after=zlib.compress(zlib.compress(bytes(1 << 24), 9), 9), end=()),
    moved("moved-and-a-page-cut", THERE, "truncated", 302,
          length=b"Content-Length: 100\r\n", after=b"x", end=()),
    moved("moved-and-chunks-cut", THERE, "truncated", 302,
          length=b"Transfer-Encoding: chunked\r\n", after=b"4\r\npa", end=()),
    moved("moved-and-a-slow-page", THERE, "stalled", 302, length=b"",
          end=[Slowly(b"x")]),
    moved("moved-and-a-page-missing", THERE, "stalled", 302,
          length=b"Content-Length: 100\r\n", end=[STALL]),
    Row("moved-and-a-head-cut", [b"HTTP/1.1 302 Found\r\nLocation: "
                                 + THERE + b"\r\n"], "truncated", BODY, 302),
]

REDIRECTS = [*STATUSES, *ROUND, *FORMS, *REFUSED]
