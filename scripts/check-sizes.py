#!/usr/bin/env python3
"""No function over 80 lines, no source file over 600 lines of code."""

import pathlib
import re
import sys

LINES_OF_FUNCTION = 80
LINES_OF_FILE = 600

bad = 0
for path in sorted(pathlib.Path("src").rglob("*.c")):
    lines = path.read_text().splitlines()
    code = [l for l in lines if l.strip() and not re.match(r"\s*(/?\*|//)", l)]
    if len(code) > LINES_OF_FILE:
        print(f"{path}: {len(code)} lines of code", file=sys.stderr)
        bad = 1
    begin = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            if number - begin - 1 > LINES_OF_FUNCTION:
                print(f"{path}:{begin}: a function of {number - begin - 1} "
                      "lines", file=sys.stderr)
                bad = 1
            begin = None
sys.exit(bad)
