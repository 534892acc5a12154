"""What the released program and library were compiled with, read from them:
damaged memory is to end them rather than steer them."""

import os
import pathlib
import platform
import re
import subprocess
import unittest

RELEASE = pathlib.Path(os.environ["HAUL_RELEASE"])
PROGRAM = RELEASE / "haul"
BOTH = (PROGRAM, RELEASE / "libhaul.so")
# Of the functions. The strong guard has a third of haul's, the weaker one, which
# leaves out those that only hand on an address in their stack, an eighth.
GUARDED = 0.2
ONLY_X86_64 = unittest.skipUnless(platform.machine() == "x86_64",
                                  "reads the code of x86-64 alone")


def read(tool, options, path):
    return subprocess.run(
        [tool, options, str(path)], check=True, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, timeout=60).stdout


class Loading(unittest.TestCase):
    """What the loader does before a run begins."""

    def setUp(self):
        self.needed = re.findall(r"NEEDED.*\[(\S+)\]",
                                 read("readelf", "-dW", PROGRAM))

    def test_the_libraries_of_most_symbols_are_searched_first(self):
        self.assertRegex(self.needed[0], r"^libc\.so")
        self.assertRegex(self.needed[1], r"^libcrypto\.so")

    def test_what_a_fetch_does_not_need_is_not_loaded(self):
        for name in ("libmicrohttpd", "libm."):
            self.assertFalse([n for n in self.needed if n.startswith(name)])


class Hardening(unittest.TestCase):
    def assert_has(self, path, options, pattern):
        """It has a line like that, says readelf, or objdump for code."""
        tool = "objdump" if options == "-d" else "readelf"
        found = re.search(pattern, read(tool, options, path), re.MULTILINE)
        self.assertTrue(found, f"{tool} {options} {path.name}: no {pattern!r}")

    def test_the_program_may_be_loaded_anywhere(self):
        self.assert_has(PROGRAM, "-hW", r"Type: +DYN ")
        self.assert_has(PROGRAM, "-dW", r"\(FLAGS_1\).* PIE")

    def test_the_table_of_addresses_is_read_only(self):
        for path in BOTH:
            self.assert_has(path, "-lW", r"^ +GNU_RELRO ")
            self.assert_has(path, "-dW", r"\(FLAGS_1\).* NOW")

    def test_the_stack_is_no_code(self):
        for path in BOTH:
            self.assert_has(path, "-lW", r"^ +GNU_STACK .* RW +0x")

    def test_nothing_else_is_loaded_or_patched(self):
        """No folder of libraries beside the system's, no change to code."""
        for path in BOTH:
            self.assertNotRegex(read("readelf", "-dW", path),
                                "RPATH|RUNPATH|TEXTREL")

    def test_the_c_library_checks_sizes(self):
        for path in BOTH:
            self.assert_has(path, "-sW", r" UND __v?snprintf_chk@")

    def test_sizes_known_at_run_time_alone_are_checked_too(self):
        cache = (RELEASE / "CMakeCache.txt").read_text()
        if "HAUL_KNOWS_FORTIFY_3:INTERNAL=1" not in cache:
            self.skipTest("the compiler does not know _FORTIFY_SOURCE=3")
        for path in BOTH:
            self.assert_has(path, "-sW", r" UND __memset_chk@")

    def test_stacks_are_guarded(self):
        for path in BOTH:
            code = read("objdump", "-d", path)
            functions = len(re.findall(r"^[0-9a-f]+ <[^>@]+>:$", code,
                                       re.MULTILINE))
            guarded = len(re.findall(r"\tcall .*<__stack_chk_fail@", code))
            self.assertGreater(guarded / functions, GUARDED, path.name)

    @ONLY_X86_64
    def test_a_large_frame_is_touched_page_by_page(self):
        for path in BOTH:
            self.assert_has(path, "-d", r"\tor[ql] +\$0x0,.*\(%rsp")

    @ONLY_X86_64
    def test_calls_may_land_at_functions_alone(self):
        for path in BOTH:
            self.assert_has(path, "-d", r"<haul_session_new>:\n.*\tendbr64")


if __name__ == "__main__":
    unittest.main()
