#!/usr/bin/env python3
"""Functions of 80 lines at most, and headers of 12 functions at most.

    scripts/check-sizes.py [--strict]

A longer function fails the check. A header of src/ with more functions is a
warning, and fails with --strict. A source file of more than 600 lines of code
is a warning: it may hold more than one idea.
"""

import pathlib
import re
import sys

LINES_OF_FUNCTION = 80
LINES_OF_FILE = 600
FUNCTIONS_OF_HEADER = 12

strict = "--strict" in sys.argv[1:]
failed = False


def complain(place, what, fails):
    global failed
    failed |= fails
    print(f"{place}: {what}" + ("" if fails else " (a warning)"),
          file=sys.stderr)


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def functions_declared(text):
    """How many functions a header declares; inline ones do not count."""
    text = re.sub(r"^\s*#(?:.*\\\n)*.*", "", without_comments(text), flags=re.M)
    text = re.sub(r"static inline[^{;]*\{.*?^\}", "", text, flags=re.S | re.M)
    depth, top = 0, ""
    for c in text:
        depth += (c == "{") - (c == "}")
        top += c if depth == 0 and c != "}" else ""
    return sum(1 for declaration in top.split(";")
               if re.search(r"\b(hl|haul)_\w+\s*\(", declaration)
               and not declaration.strip().startswith("typedef"))


def long_functions(lines):
    """Of each: the line where it begins, and how many lines it has."""
    begin = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            if number - begin - 1 > LINES_OF_FUNCTION:
                yield begin, number - begin - 1
            begin = None


for path in sorted(pathlib.Path("src").rglob("*.[ch]")):
    text = path.read_text()
    code = [l for l in without_comments(text).splitlines() if l.strip()]
    if len(code) > LINES_OF_FILE:
        complain(path, f"{len(code)} lines of code", False)
    if path.suffix == ".h" and \
            (count := functions_declared(text)) > FUNCTIONS_OF_HEADER:
        complain(path, f"{count} functions", strict)
    for begin, length in long_functions(text.splitlines()):
        complain(f"{path}:{begin}", f"a function of {length} lines", True)
sys.exit(failed)
