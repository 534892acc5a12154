"""What is wrong with an option is said of the option that was typed, in one
line, before anything is done."""

import unittest

from support import HaulTest

URL = "http://127.0.0.1:1/x"
BREAKS = ("x\r\ny", "x\ny", "x\r")

# Name, letter, values that are refused.
OPTIONS = (
    ("user-agent", "A", BREAKS),
    ("user", "u", tuple("me:" + b for b in BREAKS)),
    ("cookie", "b", tuple("a=" + b for b in BREAKS) + ("novalue",)),
    ("header", "H", tuple("A: " + b for b in BREAKS) + (
        "no colon", ": x", "", "A b: x", "A;", "@file", "A\r\nB: c",
        "Range: bytes=0-1", "range:", "Range;", "If-Range: x", "If-Match: x",
        "if-none-match: x", "If-Modified-Since: x", "If-Unmodified-Since: x",
        "Content-Length: 1", "Transfer-Encoding: chunked",
        "CONNECTION: close")),
    ("proxy", None, ("ftp://p:21", "p:99999", "a b", "http://[p",
                     *("http://p" + b for b in BREAKS))),
    ("noproxy", None, BREAKS),
    ("accept-type", None, BREAKS),
    ("retry-on", None, BREAKS),
    ("resolve", None, tuple("h:1:" + b for b in BREAKS) + (
        "h", "h:1", "h:1:", "")),
    ("output", "o", ("", "{", "{x}", "{n:0}", "x" * 5000)),
    ("checksum", None, ("", "x", "sha256=0", "md5=" + "0" * 64)),
    ("mode", "m", ("", "fibres")),
    ("jobs", "j", ("", "x", "-1", "99999999999", "1048577")),
    ("loops", None, ("", "0", "257", "x", "-1")),
    ("max-per-host", "x", ("", "x", "-1")),
    ("retry", None, ("x",)),
    ("retry-delay", None, ("x",)),
    ("retry-max-delay", None, ("x",)),
    ("connect-timeout", None, ("x",)),
    ("max-time", None, ("x",)),
    ("speed-limit", None, ("x",)),
    ("speed-time", None, ("x",)),
    ("limit-rate", None, ("x",)),
    ("rate", None, ("x",)),
    ("rate-per-host", None, ("x",)),
    ("max-filesize", None, ("x",)),
    ("max-redirs", None, ("x",)),
    ("proto-redir", None, ("ftp", "=", "http,,https")),
    ("host-give-up", None, ("x",)),
    ("max-outage", None, ("x",)),
    ("dns-jobs", None, ("x",)),
    ("allow-failed", None, ("", "x", "-1", "101%")),
    ("http", None, ("", "3")),
    ("if-exists", None, ("", "ask")),
    ("input-format", None, ("", "xml")),
    ("progress", None, ("", "loud")),
    ("number", "n", ("", "x", "-1")),
    ("debug", None, ("x", "loop,x")),
    ("latency", None, ("", "x")),
    ("jitter", None, ("", "x")),
    ("bandwidth", None, ("", "x")),
    ("fault", None, ("", "x", "503=x")),
    ("seed", None, ("", "x")),
)


class Objections(HaulTest):
    def refused(self, name, *arguments):
        result = self.haul("-d", self.dir, *arguments, URL)
        self.assertEqual(result.stdout, "")
        self.assertFalse(self.dir.exists(), arguments)
        self.assert_one_line(result, 2, f"haul: {name}: ")
        self.assertEqual(result.stderr.splitlines()[1:],
                         ["Try 'haul get --help'."])
        self.assertNotIn("NULL", result.stderr.upper())
        self.assertNotIn("\r", result.stderr)
        return result.stderr

    def test_each_option_names_itself_as_it_was_typed(self):
        for name, letter, values in OPTIONS:
            for value in values:
                with self.subTest(option=name, value=value[:40]):
                    self.refused("--" + name, f"--{name}={value}")
            with self.subTest(option=name):
                self.refused("--" + name, "--" + name, values[0])
                if letter is not None:
                    self.refused("-" + letter, "-" + letter, values[0])
                    self.refused("-" + letter, f"-R{letter}{values[-1]}")

    def test_an_option_of_a_config_file_is_named_with_its_line(self):
        config = self.scratch / "config"
        for name, letter, values in OPTIONS:
            if name not in ("user-agent", "user", "cookie", "header", "output",
                            "resolve", "jobs", "mode", "debug"):
                continue
            value = values[0].replace("\r", "\\r").replace("\n", "\\n")
            config.write_text(f'# mine\n{name} = "{value}"\n')
            with self.subTest(option=name):
                self.refused(f"{config}:2: {name}", "--config", config)
        config.write_bytes(b"user = me:\0secret\n")
        result = self.haul("--config", config, URL)
        self.assertEqual(result.returncode, 3, result.stderr)

    def test_what_is_secret_in_a_value_is_not_printed(self):
        for arguments in (("-u", "me:s3cret\n"), ("--user=s3cret\n",),
                          ("-H", "A: s3cret\n"), ("-Hs3cret",),
                          ("-b", "a=s3cret\n"), ("--cookie", "s3cret"),
                          ("--proxy", "http://me:s3cret@h\n")):
            result = self.haul("-d", self.dir, *arguments, URL)
            self.assertEqual(result.returncode, 2)
            self.assertIn("***", result.stderr)
            self.assertNotIn("s3cret", result.stderr)


if __name__ == "__main__":
    unittest.main()
