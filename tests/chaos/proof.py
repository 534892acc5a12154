"""What must hold in a directory: after each kill, and at the end."""

import collections
import hashlib
import json
import os
import re
import time

# A name that was taken; twice, where somebody took that one too.
ASIDE = re.compile(r"\.local(\.\d+)?$")
HASHED = re.compile(r"^(.*?)(?:-[0-9a-f]{16})+((?:\.tar)?(?:\.\w+)?)$")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).digest()


def stranger_hash(size):
    return hashlib.sha256(b"x" * size).digest()


class Proof:
    """Of one directory, whose files are those of world's list."""

    def __init__(self, world, directory):
        self.world = world
        self.dir = directory
        self.strangers = {}   # name: hash
        self.more = collections.Counter()  # hash: strangers that another followed
        self.tampered = collections.Counter()  # hash: files set aside
        self.over = {}        # name: when it was over, and its requests then
        self.known = {}       # name: stamp, hash
        self.recorded = {}    # URL's name: the file's name, or None: failed
        self.lines = {}       # URL's name: its last record
        self.void = {}        # as lines, of files that somebody took away

    def names(self):
        root = str(self.dir)
        found = []
        for folder, folders, files in os.walk(root):
            if folder == root and ".haul" in folders:
                folders.remove(".haul")
            below = folder[len(root) + 1:]
            found += [os.path.join(below, name) for name in files]
        return sorted(found)

    def hash_of(self, name):
        """Read anew when it looks different."""
        st = os.lstat(f"{self.dir}/{name}")
        stamp = (st.st_ino, st.st_mtime_ns, st.st_ctime_ns, st.st_size)
        if self.known.get(name, (None,))[0] != stamp:
            self.known[name] = (stamp, sha256(self.dir / name))
        return self.known[name][1]

    def file_of(self, name):
        """The line of the list that a file under this name can be of."""
        if name in self.world.by_name:
            return self.world.by_name[name]
        found = HASHED.match(name)
        return self.world.by_name.get("".join(found.groups())) \
            if found else None

    def read_journal(self):
        """The last word of each URL: its file's name, or None. What was done
        and has been taken up again is neither."""
        path = self.dir / ".haul" / "journal"
        self.recorded = {}
        text = path.read_text(errors="replace") if path.exists() else ""
        # What stands behind the last newline is no record.
        for line in text.split("\n")[:-1]:
            fields = line.split("\t")
            if fields[0] not in "cpdf" or len(fields) < 5:
                continue
            file = self.file_of(fields[2])
            assert file is not None, f"the journal has {fields[2]}"
            self.recorded.pop(file.name, None)
            self.lines[file.name] = line
            if line == self.void.get(file.name):
                continue
            if fields[0] == "d":
                self.recorded[file.name] = fields[2]
            elif fields[0] == "f" and fields[4:6] == ["http", "404"]:
                self.recorded[file.name] = None

    def look(self):
        """What holds whenever no run is under way."""
        self.read_journal()
        names = set(self.names())
        for name in names:
            self.check_one(name)
        self.check_strangers()
        for name, where in self.recorded.items():
            if where is not None:
                assert where in names, \
                    f"{where} is on record as done and not there"
        self.note_over()

    def check_one(self, name):
        if name.endswith(".part"):
            return
        first = ASIDE.sub("", name)
        file = self.file_of(first)
        assert file is not None, f"{name} is nobody's"
        kept = self.hash_of(name)
        if file.size > 0 and kept == stranger_hash(file.size):
            # Where a kill came before the note of it.
            self.strangers.setdefault(first, kept)
        assert kept == file.expected or kept in self.tampered or \
            kept in self.strangers.values(), f"{name} is wrong"

    def check_strangers(self):
        """They are where they were put. Under a name that a file of haul's had
        before, they were set aside as what somebody made of that file."""
        for name, wanted in self.strangers.items():
            path = self.dir / name
            places = [name, *(str(p.relative_to(self.dir))
                              for p in path.parent.glob(f"{path.name}.local*"))]
            found = [p for p in places
                     if (self.dir / p).exists() and self.hash_of(p) == wanted]
            assert found, f"{name} was not haul's, and is overwritten"

    def note_over(self):
        """What is done or failed for good is not asked for again."""
        asked = self.world.requests().count
        now = time.time()
        for name in self.recorded:
            if name not in self.over:
                path = self.world.by_name[name].path
                self.over[name] = (now, asked[path])

    def check_requests(self):
        requests = self.world.requests()
        for name, (when, count) in self.over.items():
            file = self.world.by_name[name]
            late = sum(at > when + 0.05 for at in requests.begun[file.path]) \
                if file.is_static() else requests.count[file.path] - count
            assert late == 0, f"{name} was over, and was asked for again"
        return requests

    def forget(self, name):
        """Its file is not what it was: it is to be fetched again."""
        self.void[name] = self.lines[name]
        self.over.pop(name, None)
        self.recorded.pop(name, None)

    def check_end(self, haul, list_):
        """All is there, nothing else, and haul's own words agree."""
        self.look()
        there = self.check_status(haul, list_)
        names = set(self.names())
        wanted = set(there.values())
        assert wanted <= names, f"lost: {sorted(wanted - names)[:5]}"
        others = collections.Counter(
            self.hash_of(name) for name in names - wanted)
        known = collections.Counter(self.strangers.values()) + self.more + \
            self.tampered
        assert others == known, \
            f"left over: {self.names_of(names - wanted, others - known)}; " \
            f"lost: {known - others}"
        inside = {p.name for p in (self.dir / ".haul").iterdir()}
        assert inside == {"journal", "lock"}, f".haul has {inside}"
        self.check_verify(haul, len(there))

    def names_of(self, names, hashes):
        return sorted(n for n in names if self.hash_of(n) in hashes)[:5]

    def check_status(self, haul, list_):
        """@return each URL's file."""
        result = haul("status", self.dir, "-i", list_, "--list", "all",
                      "--json")
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert "summary" in rows[-1], result.stderr
        by_url = {file.url: file for file in self.world.files}
        there = {}
        for row in rows[:-1]:
            file = by_url.pop(row["url"])
            if file.expected is None:
                assert (row["outcome"], row["status"]) == ("failed", 404), row
                continue
            assert row["outcome"] == "ok", row
            there[file.name] = row["file"]
            assert self.file_of(row["file"]) is file, row
            assert row["file"] == file.name or file.name in self.strangers, \
                f"{row['file']}, though nobody has {file.name}"
            assert self.hash_of(row["file"]) == file.expected, \
                f"{row['file']} is wrong"
        assert not by_url, f"status has lost {sorted(by_url)[:5]}"
        return there

    def check_verify(self, haul, count):
        result = haul("verify", self.dir)
        assert result.returncode == 0, result.stdout + result.stderr
        last = result.stdout.splitlines()[-1]
        right = re.match(r"([\d,]+) right, 0 differ, 0 without", last)
        assert right and int(right[1].replace(",", "")) == count, last
