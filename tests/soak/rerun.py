"""A rerun over a list that is done: it fetches nothing, and says so soon."""

import soak
from soak import MB, SANITIZED, Soak, figure, size

LINES = size(1_000_000, 20_000)
SECONDS = size(5, 30)


class Rerun(Soak):
    def test_what_is_done_is_not_asked_for(self):
        origin = self.nginx('return 200 "x";', log=True)
        path = self.write_list("list", (origin.url(i) for i in range(LINES)))
        words = ("-i", path, "-d", self.dir, "-o", "{hash:3}/{hash}")
        first = self.fetch("-q", *words)
        soak.time.sleep(1.2)
        asked = origin.log.stat().st_size
        again = self.fetch(*words)
        soak.time.sleep(1.2)
        self.assertEqual(origin.log.stat().st_size, asked)
        self.assertRegex(again.stderr.replace(",", ""), f"{LINES} were there")
        figure(f"{LINES:,} lines that are done: {again.seconds:.1f} s, "
               f"{again.peak / MB:.0f} MB (the first run {first.seconds:.0f} s)")
        self.assertLess(again.seconds, SECONDS)
        if not SANITIZED:
            self.assertLessEqual(again.peak, 64 * MB)


if __name__ == "__main__":
    soak.main()
