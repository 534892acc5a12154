"""A bought list of images, played through: some of its hosts are dead, some
images gone, some pages instead of images. It ends by itself, in about the time
of its living hosts, with a summary that is right to the last URL; and a rerun
asks only what is worth asking."""

import collections
import gzip
import random
import time

import soak
from soak import BlackHole, Nginx, Soak, figure, size

LINES = size(100_000, 2_000)
HOSTS = size(2_000, 100)
DEAD = HOSTS // 20
GONE = 5  # % of lines
SOFT = 1
# A host is given up after a minute at least; in a short run its few lines end
# by the retry rules.
A_DEAD_HOST = LINES // HOSTS if not soak.SHORT else 3
IN_SHORT = ("--connect-timeout", "0.5", "--retry", "1", "--retry-delay", "0.1")
MORE = size(1.3, 2.0)
SLACK = size(80, 20)


class TwoDays(Soak):
    def setUp(self):
        super().setUp()
        self.origin = self.nginx("""
            location / { return 200 "as many bytes as a small image"; }
            location /gone/ { return 404; }
            location /soft/ { default_type text/html; return 200 "<p>sorry"; }
            """, log=True)
        self.hole = BlackHole(self)
        self.counts = collections.Counter()
        rows = list(self.rows())
        random.Random(2).shuffle(rows)
        self.list = self.write_csv("list.csv.gz", rows)
        self.alive = self.write_csv(
            "alive.csv.gz", [r for r in rows if f":{self.hole.port}/" not in r])

    def rows(self):
        rng = random.Random(1)
        for i in range(LINES):
            n = i % HOSTS
            host = f"127.20.{n // 200}.{1 + n % 200}"
            if n < DEAD:
                if i // HOSTS < A_DEAD_HOST:
                    self.counts["dead"] += 1
                    yield self.row(i, f"http://{host}:{self.hole.port}/{i}.png")
                continue
            roll = rng.random() * 100
            kind = ("gone" if roll < GONE else
                    "soft" if roll < GONE + SOFT else "ok")
            self.counts[kind] += 1
            path = f"{i}.png" if kind == "ok" else f"{kind}/{i}.png"
            yield self.row(i, self.origin.url(path, host))

    def row(self, i, url):
        captions = ("a cat", '"a ""cat"", sitting"', '"two\nlines, and more"')
        return f"{i},{captions[i % 3]},{url}\r\n"

    def write_csv(self, name, rows):
        path = self.scratch / name
        with gzip.open(path, "wt", compresslevel=1, newline="") as out:
            out.write("id,caption,url\r\n")
            out.writelines(rows)
        return path

    def run_list(self, path, directory):
        report = self.scratch / "report"
        run = self.fetch(
            "-q", "-i", path, "-d", directory, "-o", "{hash:3}/{hash}{ext}",
            "--accept-type", "image/*", "--report", report,
            *(IN_SHORT if soak.SHORT else ()), status=8)
        rows, summary = self.read_report(report)
        return run, rows, summary

    def asked(self):
        """Since the last time, by the first word of the path."""
        time.sleep(1.2)
        requests = self.origin.requests()
        new = requests[getattr(self, "asked_before", 0):]
        self.asked_before = len(requests)
        return collections.Counter(
            r.path.split("/")[1] if r.path.count("/") > 1 else "ok" for r in new)

    def test_two_days(self):
        alive, _, _ = self.run_list(self.alive, self.scratch / "alive")
        self.asked()
        run, rows, summary = self.run_list(self.list, self.dir)
        figure(f"{sum(self.counts.values()):,} lines of {HOSTS:,} hosts, {DEAD} "
               f"of them dead: {run.seconds:.0f} s, without these "
               f"{alive.seconds:.0f} s; {run.peak / soak.MB:.0f} MB")
        self.check_summary(rows, summary)
        asked = self.asked()
        self.assertEqual({k: asked[k] for k in ("ok", "gone", "soft")},
                         {k: self.counts[k] for k in ("ok", "gone", "soft")})
        self.assertLess(run.seconds, alive.seconds * MORE + SLACK)
        self.rerun()

    def check_summary(self, rows, summary):
        counts = self.counts
        self.assertEqual(len(rows), sum(counts.values()))
        self.assertEqual(summary["ok"], counts["ok"])
        self.assertEqual(summary["left"], 0)
        errors = dict(summary["errors"])
        self.assertEqual(errors.pop("http"), counts["gone"])
        self.assertEqual(errors.pop("type"), counts["soft"])
        self.assertEqual(sum(errors.values()), counts["dead"], errors)
        self.assertLessEqual(set(errors), {"host", "timeout", "connect"})
        self.assertEqual(len(self.names()), counts["ok"])

    def rerun(self):
        """The dead have come back meanwhile."""
        self.hole.close()
        back = Nginx(self, 'return 200 "alive";', log=True, port=self.hole.port)
        run, rows, summary = self.run_list(self.list, self.dir)
        self.assertEqual(self.asked(), {})
        self.assertEqual(len(back.requests()), self.counts["dead"])
        self.assertEqual(summary["ok"], self.counts["ok"] + self.counts["dead"])
        self.assertEqual(summary["errors"], {"http": self.counts["gone"],
                                             "type": self.counts["soft"]})
        figure(f"a rerun, the dead being alive, {run.seconds:.1f} s, which "
               f"asks for their {self.counts['dead']:,} and no other")


if __name__ == "__main__":
    soak.main()
