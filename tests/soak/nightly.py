"""A mirror of large files: the second night asks and is told that nothing has
changed; what was lost or has changed comes again, alone; and a server that
goes away in mid-run costs time and nothing else."""

import os
import time

import soak
from soak import MB, Soak, figure, size

FILES = 20
BYTES = size(30 * MB, 1 * MB)
RATE = size("2m", "400k")  # of one connection
GONE = size(120, 2)
TWICE = 64 * 1024  # bytes a file that may be asked for again


class Nightly(Soak):
    def setUp(self):
        super().setUp()
        self.www = self.scratch / "www"
        self.www.mkdir()
        for i in range(FILES):
            self.write(i)
        self.origin = self.nginx(f"""
            root {self.www};
            location /slow/ {{ alias {self.www}/; limit_rate {RATE}; }}""",
            log=True)

    def write(self, i, more=0):
        (self.www / f"{i}.bin").write_bytes(os.urandom(BYTES + more))

    def list_of(self, prefix):
        return self.write_list(
            "list", [self.origin.url(f"{prefix}{i}.bin") for i in range(FILES)])

    def check(self):
        self.assertEqual(self.names(),
                         sorted(f"{i}.bin" for i in range(FILES)))
        for i in range(FILES):
            self.assertEqual((self.dir / f"{i}.bin").read_bytes(),
                             (self.www / f"{i}.bin").read_bytes(), f"file {i}")

    def asked(self):
        """Since the last time: statuses by file."""
        time.sleep(1.2)
        requests = self.origin.requests()
        new = requests[getattr(self, "asked_before", 0):]
        self.asked_before = len(requests)
        return sorted((r.status, r.path.rsplit("/")[-1]) for r in new)

    def test_nights(self):
        path = self.list_of("")
        night = ("-q", "-i", path, "-d", self.dir, "--update")
        self.fetch(*night)
        self.check()
        self.assertEqual(len(self.asked()), FILES)

        second = self.fetch(*night)
        self.assertEqual([status for status, _ in self.asked()], [304] * FILES)

        (self.dir / "3.bin").unlink()
        os.truncate(self.dir / "7.bin", BYTES // 2)
        cut = (self.dir / "7.bin").read_bytes()
        self.write(11, more=5)
        third = self.fetch(*night)
        # It may be somebody's work.
        aside = self.dir / "7.bin.local"
        self.assertEqual(aside.read_bytes(), cut)
        self.assertIn("7.bin.local", third.stderr)
        aside.unlink()
        self.check()
        asked = self.asked()
        self.assertEqual([f for status, f in asked if status == 200],
                         ["11.bin", "3.bin", "7.bin"])
        self.assertEqual(sum(status == 304 for status, _ in asked), FILES - 3)
        figure(f"{FILES} files of {BYTES / MB:.0f} MB: second night {FILES} x "
               f"304 in {second.seconds:.2f} s; one deleted, one cut, one "
               f"changed: 3 fetched in {third.seconds:.1f} s")

    def test_the_server_goes_away_in_mid_run(self):
        path = self.list_of("slow/")
        run = self.begin("-q", "-i", path, "-d", self.dir)
        self.assertTrue(soak.wait_for(
            lambda: len(list(self.dir.glob("*.part"))) >= 4 and
            min(p.stat().st_size for p in self.dir.glob("*.part")) > 300_000,
            30))
        self.origin.stop()
        time.sleep(GONE)
        self.origin.start()
        came_back = time.monotonic()
        self.finish(run)
        self.check()
        time.sleep(1.2)
        sent = {}
        for request in self.origin.requests():
            if request.status in (200, 206):
                sent[request.path] = sent.get(request.path, 0) + request.sent
        twice = max(n - BYTES for n in sent.values())
        figure(f"the server gone for {GONE} s in mid-run: all there "
               f"{run.begun + run.seconds - came_back:.1f} s after it came "
               f"back; at most {twice / 1024:.0f} kB of a file twice")
        self.assertLessEqual(twice, TWICE)


if __name__ == "__main__":
    soak.main()
