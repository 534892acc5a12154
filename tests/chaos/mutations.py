"""haul, broken on purpose: does the short run of chaos.py notice, or the test
that is named?

    mutations.py [NAME...]

Each mutation is a change of one place in a copy of the sources. What is printed
is the check that caught it; one that is not caught fails the whole. A mutation
whose place is not found any more fails too.
"""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "mutations"
NEEDED = ("CMakeLists.txt", "include", "scripts", "src", "tests")
# The short run is these, with the first seed.
MODES = ("async", "threads", "processes", "loops", "sequential")

# Name, what it is, and the places: file, text, and what replaces it. Then the
# end-to-end test that is to notice, if it is not the short run.
MUTATIONS = (
    ("rename", "a file is published by plain rename", (
        ("src/util/rename.c",
         "syscall(SYS_renameat2, from_fd, from, to_fd, to, RENAME_NOREPLACE)",
         "renameat(from_fd, from, to_fd, to)"),)),
    ("rename-parts", "a file of a part is published by plain rename", (
        ("src/sink/publish.c",
         "linkat(p->dir_fd, p->part, p->dir_fd, p->base, 0)",
         "renameat(p->dir_fd, p->part, p->dir_fd, p->base)"),), "test_slurm"),
    ("length-done", "a file that is done is believed by its length", (
        ("src/policy/decide.c",
         "if (!known->unsynced && hl_stamp_is_same(&known->stamp, stamp))",
         "if (known->stamp.size == stamp->size)"),)),
    ("length-compare", "a file that stands there is believed by its length", (
        ("src/util/io.c",
         "int r = same_size(a, b);",
         "int r = same_size(a, b);\n    if (r == 1)\n        return 1;"),)),
    ("length-resume", "a part is resumed whatever the server has by now", (
        ("src/transfer/resume.c", "if (!is_same_version(xfer))",
         "if (false && !is_same_version(xfer))"),
        ("src/transfer/easy.c", "list, \"If-Range\",", "list, \"X-If-Range\","))),
    ("no-claim", "a name is not claimed", (
        ("src/run/journal_records.c",
         "hl_journal_claim(records->journal, &key, task->path)",
         "((void)key, 0)"),)),
    ("late-claim", "a claim is written some time after the start", (
        ("src/run/turn.c",
         "if (run->ready != NULL)\n        hl_records_before_jobs(&run->records);",
         ""),)),
)


def make_copy():
    """With its build, which is kept from call to call."""
    COPY.mkdir(parents=True, exist_ok=True)
    for name in NEEDED:
        subprocess.run(["cp", "-r", "--preserve=timestamps", "-u", ROOT / name,
                        COPY], check=True)


def run(*words):
    result = subprocess.run(
        [str(w) for w in words], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace")
    return result.returncode, result.stdout


def must(*words):
    status, text = run(*words)
    if status != 0:
        sys.exit(text)


def build():
    out = COPY / "build"
    must("cmake", "-S", COPY, "-B", out, "-G", "Ninja",
         "-DCMAKE_BUILD_TYPE=Release", "-DHAUL_TESTS=OFF")
    must("cmake", "--build", out, "--target", "haul_cli_program")
    strike = out / "libstrike.so"
    must("cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-U_FORTIFY_SOURCE", "-fPIC",
         "-shared", "-o", strike, COPY / "tests" / "support" / "strike.c")
    os.environ["HAUL_BIN"] = str(out / "haul")
    os.environ["HAUL_STRIKE"] = str(strike)


def change(places):
    for file, text, instead in places:
        path = COPY / file
        source = path.read_text()
        if source.count(text) != 1:
            sys.exit(f"{file} has not one '{text}'")
        path.write_text(source.replace(text, instead))


def restore(places):
    for file, _, _ in places:
        shutil.copyfile(ROOT / file, COPY / file)


def chaos(mode):
    return run(sys.executable, COPY / "tests" / "chaos" / "chaos.py", "--short",
               "--mode", mode)


def end_to_end(test):
    return run("env", "-C", COPY / "tests" / "e2e", sys.executable, "-m",
               "unittest", test)


def checks(test):
    """Pairs: what is run, and a function that runs it."""
    if test is not None:
        return [(test, lambda: end_to_end(test))]
    return [(f"--mode {mode}", lambda mode=mode: chaos(mode))
            for mode in MODES]


def notice(name, what, places, test=None):
    """@return whether it is noticed."""
    change(places)
    try:
        build()
        for by, check in checks(test):
            status, text = check()
            if status != 0:
                why = [line for line in text.splitlines()
                       if line.startswith(("AssertionError", "TimeoutError"))]
                print(f"mutations: {name} ({what}): caught, {by}: "
                      f"{why[-1][:150] if why else text[-300:]}",
                      flush=True)
                return bool(why)
    finally:
        restore(places)
    print(f"mutations: {name} ({what}): NOT caught", flush=True)
    return False


def main():
    make_copy()
    build()
    status, text = chaos("async")
    if status != 0:
        sys.exit(f"without a mutation it fails too:\n{text}")
    wanted = [row for row in MUTATIONS
              if row[0] in sys.argv[1:] or not sys.argv[1:]]
    caught = [notice(*row) for row in wanted]
    sys.exit(not all(caught))


if __name__ == "__main__":
    main()
