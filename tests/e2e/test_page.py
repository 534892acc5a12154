"""The pages of compare and haul page, in a real browser."""

import json
import os
import re
import sys
import unittest

from browser import SHOTS, BrowserTest, need_browser
from support import HaulTest


@unittest.skipIf(need_browser(), need_browser())
class Pages(BrowserTest):
    def point(self, driver, panel, x, y):
        """Moves the mouse to where a share x of the plot and y pixels are."""
        driver.execute_script("""
            const canvas = document.querySelectorAll('.panel canvas')[arguments[0]];
            canvas.scrollIntoView({block: 'center'});
            const box = canvas.getBoundingClientRect();
            const at = {clientX: box.left + 80 + (box.width - 80) * arguments[1],
                        clientY: box.top + arguments[2], bubbles: true,
                        pointerType: 'mouse'};
            canvas.dispatchEvent(new PointerEvent('pointermove', at));
            """, panel, x, y)

    def detail(self, driver, panel):
        return self.texts(driver, ".detail")[panel]

    def visibility(self, driver):
        """Of what is told of the bar that is pointed at."""
        return driver.execute_script(
            "return getComputedStyle(document.querySelector('.detail')).visibility")

    def compare(self, *arguments):
        result = self.haul("compare", "-n", "12", "--latency", "30ms",
                           "--html", "page.html", "--cpu-work", "0", *arguments,
                           timeout=200)
        self.assertIn(result.returncode, (0, 8), result.stderr)
        return result

    def test_compare_shows_each_mode_and_its_phases(self):
        self.compare("--sweep", "1,2,4")
        text = (self.scratch / "page.html").read_text()
        self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", ""),
                            r"(src|href)=\"http")
        driver = self.open("page.html")
        labels = self.texts(driver, "#timeline h3")
        self.assertEqual(labels, ["One after the other", "10 threads",
                                  "5 processes", "Event loop", "100 threads"])
        self.assertEqual(len(self.texts(driver, "table.rows tr.row")), 5)
        self.assertRegex(self.texts(driver, "table.rows .row td")[4],
                         r"^\d+ of \d+$")
        stories = self.texts(driver, ".panel .story")
        self.assertIn("the main thread is blocked", stories[0])
        for at in (0, 1, 2, 4):
            self.assertIn("The main thread, which hands out the work,", stories[at])
            self.assertNotIn("loop", stories[at])
        self.assertRegex(stories[3], r"\d+ helper threads \(the pool\) store the files")
        self.assertRegex(self.texts(driver, ".slowest-of-all")[0],
                         r"^The slowest of all: image-\d+\.png \(.*\), \d+ ms, of which \d+ ms ")
        place = ("return document.querySelector('.panel .slowest').getBoundingClientRect().top + scrollY")
        before = driver.execute_script(place)
        self.assertEqual(len(self.texts(driver, "#distribution .panel")), 5)
        self.assertRegex(self.texts(driver, "#distribution p")[0],
                         r"^half took .*, 9 of 10 at most .*, the longest ")
        self.assertEqual(self.texts(driver, "#errors p"), ["No attempt failed."])
        self.assertRegex(self.texts(driver, "#sweep p")[0],
                         r"ringed: sequential: 1 .*async: \d+ \(")
        self.shoot(driver, "compare")
        for step in range(1, 100):
            self.point(driver, 0, step / 100, 30)
            if "image-" in self.detail(driver, 0):
                break
        self.assertEqual(driver.execute_script(place), before)
        # Nothing is kept free for what is pointed at: it lies over what follows.
        self.assertLess(driver.execute_script(
            "return document.querySelector('.pointed').offsetHeight"), 40)
        self.assertEqual(self.visibility(driver), "visible")
        driver.execute_script("document.querySelector('.panel canvas')"
                              ".dispatchEvent(new PointerEvent('pointerleave'))")
        self.assertEqual(self.visibility(driver), "hidden")
        self.assertRegex(self.detail(driver, 0),
                         r"image-\d+\.png: .*waiting for the server [\d.]+ ms; .*"
                         r"in all .*status 200")
        self.assert_quiet(driver)

    def test_the_time_of_each_way_is_told_as_a_sum(self):
        self.compare()
        driver = self.open("page.html")
        times = self.texts(driver, ".part table.rows .time b")
        sums = self.texts(driver, "table.rows .sum")
        self.assertEqual(len(sums), 5)
        for time, text in zip(times, sums):
            whole, unit, parts = re.match(r"([\d.]+) (m?s) = (.*?) \(", text).groups()
            self.assertAlmostEqual(
                sum(float(n) for n in re.findall(r"[\d.]+", parts)),
                float(whole), places=6)
            self.assertAlmostEqual(float(whole) / (1000 if unit == "ms" else 1),
                                   float(time.split()[0]), delta=.006)
            self.assertIn("waiting for the server", parts)
        said = self.texts(driver, "table.rows .said")
        self.assertRegex(said[0], r"^Blocked: its one thread, on the server, for "
                                  r"\d+ % of the time\.$")
        self.assertEqual(said[1], "Limit: the number in flight: 1 of 12 pictures "
                                  "at a time.")
        self.assertRegex(said[2], r"2 would take about [\d.]+ m?s \(computed\)\.")
        self.assertRegex(said[9], "^Blocked: nobody.")
        self.assertEqual(self.texts(driver, ".phases thead th")[1],
                         "startingnobody has asked yet")
        rows = driver.execute_script(
            "return [...document.querySelectorAll('.phases tbody tr')].map((row) => "
            "[...row.cells].slice(1).map((c) => parseFloat(c.textContent.replace(',', ''))))")
        self.assertEqual(len(rows), 10)
        for one, all_files in zip(rows[::2], rows[1::2]):
            for row in one, all_files:
                self.assertAlmostEqual(sum(row[:-1]), row[-1], places=6)
            for a, b in zip(one, all_files):
                self.assertAlmostEqual(12 * a, b, delta=12 * .1 + 1)
        # One after the other, all of them are the whole run.
        self.assertAlmostEqual(rows[1][-1], 1000 * float(times[0].split()[0]), delta=15)

    def test_the_keyboard_reaches_every_transfer(self):
        from selenium.webdriver.common.by import By
        from selenium.webdriver.common.keys import Keys
        self.compare("--modes", "async")
        driver = self.open("page.html")
        canvas = driver.find_element(By.CSS_SELECTOR, ".panel canvas")
        for _ in range(40):
            driver.switch_to.active_element.send_keys(Keys.TAB)
            if driver.switch_to.active_element == canvas:
                break
        self.assertEqual(driver.switch_to.active_element, canvas)
        seen = {self.detail(driver, 0)}
        for _ in range(11):
            canvas.send_keys(Keys.ARROW_RIGHT)
            seen.add(self.detail(driver, 0))
        self.assertEqual(len(seen), 12)
        self.assertEqual(self.visibility(driver), "visible")
        canvas.send_keys(Keys.ENTER)
        self.assertIn("Pinned: image-", self.texts(driver, ".pin p")[0])
        canvas.send_keys(Keys.ESCAPE)
        self.assertEqual(self.texts(driver, ".pin p"), [])
        canvas.send_keys("+")
        canvas.send_keys("+")
        canvas.send_keys("0")
        driver.find_element(By.ID, "common").click()
        self.assert_quiet(driver)

    PINNED = """
        return [...document.querySelectorAll('#timeline .panel')].map((panel) =>
            panel.querySelector('.pin p') &&
            panel.querySelector('.pin p').textContent)"""

    def set_field(self, driver, selector, value, event="input"):
        driver.execute_script("""
            const field = document.querySelector(arguments[0]);
            field.value = arguments[1];
            field.dispatchEvent(new Event(arguments[2], {bubbles: true}));
            """, selector, value, event)

    def test_a_click_pins_a_transfer_and_zoom_keeps_it(self):
        self.compare("--modes", "threads,async", "--threads", "3")
        driver = self.open("page.html")
        driver.execute_script("""
            const canvas = document.querySelectorAll('.panel canvas')[1];
            canvas.scrollIntoView({block: 'center'});
            const box = canvas.getBoundingClientRect();
            const at = {clientX: box.left + 80 + (box.width - 80) / 2,
                        clientY: box.top + 60, bubbles: true,
                        pointerType: 'mouse'};
            canvas.dispatchEvent(new PointerEvent('pointerdown', at));
            canvas.dispatchEvent(new PointerEvent('pointerup', at));""")
        pinned = driver.execute_script(self.PINNED)
        self.assertRegex(pinned[1], r"^Pinned: image-\d+\.png")
        self.assertEqual([pinned[0], pinned[2]], [None, None])
        steps = self.texts(driver, ".pin li")
        self.assertRegex(steps[0], r"^[\d.]+ ms asked for$")
        self.assertRegex(steps[1], r"^[\d.]+ ms answered: socket ready after [\d.]+ ms$")
        self.assertRegex(steps[2], r"^[\d.]+ ms callback: the loop reads")
        self.assertRegex(steps[-2], r"^[\d.]+ ms written")
        # Its phases have the legend's words, and no others.
        legend = " ".join(self.texts(driver, "#timeline .legend"))
        told = re.split(r"\.png: |since it was asked for: ",
                        self.detail(driver, 1))[-1].split("; in all")[0]
        for phase in told.split("; "):
            words = re.sub(r" [\d.]+ m?s$", "", phase)
            self.assertIn(words, legend)
        for label in ("zoom in", "zoom in", "later", "zoom out", "the whole run"):
            driver.execute_script("document.querySelector("
                                  "`#timeline [aria-label='${arguments[0]}']`).click()", label)
            self.assertEqual(driver.execute_script(self.PINNED), pinned)
        self.point(driver, 1, .9, 40)
        self.assertEqual(driver.execute_script(self.PINNED), pinned)
        driver.execute_script("document.querySelector('.pin button').click()")
        self.assertEqual(driver.execute_script(self.PINNED), [None] * 3)
        self.assert_quiet(driver)

    def test_search_order_and_the_slowest_five(self):
        from selenium.webdriver.common.keys import Keys
        self.compare("--modes", "threads,async", "--threads", "3")
        driver = self.open("page.html")
        self.assertEqual(len(self.texts(driver, ".slowest li")), 15)
        self.assertRegex(self.texts(driver, ".slowest li")[0],
                         r"^image-\d+\.png \d+ ms: [a-z, ]+ [\d.]+ ms( \(\+ [\d.]+\))?(, |$)")
        name = self.texts(driver, ".slowest button")[0]
        driver.execute_script("document.querySelector('.slowest button').click()")
        self.assertIn(name, driver.execute_script(self.PINNED)[0])
        self.set_field(driver, "#timeline input[type=search]", "image-003")
        self.assertIn("3 transfers found", self.texts(driver, "#timeline [role=status]"))
        driver.find_element("css selector", "#timeline input[type=search]").send_keys(Keys.ENTER)
        for text in driver.execute_script(self.PINNED):
            self.assertIn("image-003.png", text)
        self.set_field(driver, "#timeline select", "slowest", "change")
        for text in driver.execute_script(self.PINNED):
            self.assertIn("image-003.png", text)
        self.assert_quiet(driver)

    def test_the_races_are_told_apart_below_too(self):
        self.haul("compare", "-n", "6", "--latency", "5ms", "--modes", "async",
                  "--html", "page.html", timeout=100)
        driver = self.open("page.html")
        shown = """return [...document.querySelectorAll('.panel')].filter(
            (panel) => panel.querySelector('canvas') && panel.offsetHeight)
            .map((panel) => panel.querySelector('h3').textContent)"""
        self.assertEqual(driver.execute_script(shown), ["Event loop"])
        driver.execute_script(
            "document.querySelectorAll('#timeline .pair button')[1].click()")
        self.assertEqual(driver.execute_script(shown),
                         ["Event loop", "Event loop and pool"])
        self.assertRegex(" ".join(self.texts(driver, "#timeline .panel p")),
                         r"Its loop was busy for [^:]*: [\d.]+ ms computing")
        self.assert_quiet(driver)

    def expected_ms(self, driver):
        times = self.texts(driver, "#what-if .time b")
        return [float(t.split()[0]) * (1000 if t.endswith(" s") else 1)
                for t in times]

    def limits(self, driver):
        return self.texts(driver, "#what-if .rows tbody .limit")

    def test_what_if_computes_from_what_was_measured(self):
        result = self.haul("compare", "-n", "12", "--latency", "100ms",
                           "--html", "page.html", "--json", "rows.json",
                           timeout=200)
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = json.loads((self.scratch / "rows.json").read_text())
        driver = self.open("page.html")
        names = self.texts(driver, "#what-if .rows tbody th")
        self.assertEqual(names, [
            "One after the other1 at a time", "Threads12 at a time",
            "Processes12 at a time", "Event loop12 at a time",
            "Event loop and pool12 at a time"])
        first = self.texts(driver, "#what-if .standing b")
        self.assertEqual(first, ["fastest"] if len(first) == 1 else ["tie"] * len(first))
        self.assertEqual(self.texts(driver, "#distribution > h3"),
                         ["only waiting", "+ 20 ms of computing each"])
        # No leader leads from a curve to its label.
        self.assertEqual(driver.execute_script(
            "return document.querySelectorAll('#what-if polyline').length"), 5)
        # 50 ms of computing each: on one thread at least 12 times that.
        one, _, _, loop, pool = self.expected_ms(driver)
        self.assertGreater(one, 12 * 80)
        self.assertGreater(loop, 12 * 50)
        self.assertLess(pool, loop + 1)
        self.assertIn("12 × 50 ms computing ÷ 1 thread",
                      self.texts(driver, "#what-if .rows .formula")[3])
        driver.execute_script(
            "document.querySelectorAll('#what-if .presets button')[1].click()")
        self.assertEqual(self.limits(driver)[0], "1 in flight")
        self.assertNotIn("one thread computes", self.limits(driver))
        times = self.expected_ms(driver)
        for at, row in ((0, rows[0]), (3, rows[3])):
            self.assertAlmostEqual(times[at], row["seconds"] * 1000,
                                   delta=.6 if times[at] < 1000 else 6)
        notes = self.texts(driver, "#what-if .time small")
        self.assertEqual(len([note for note in notes
                              if re.match(r"measured; computed: [\d.]+ m?s$", note)]), 3)
        # With computing too, those that are called a tie are it as they were measured.
        driver.execute_script(
            "document.querySelectorAll('#what-if .presets button')[2].click()")
        switches = self.texts(driver, "#what-if .rows tbody td:nth-of-type(4)")
        told = driver.execute_script(
            "return [...document.querySelectorAll('.part')[1]"
            ".querySelectorAll('.row td:last-child')].map((cell) => cell.textContent)")
        for at in (0, 3):
            self.assertEqual(switches[at].replace(",", ""), told[at])
        kinds = {"async": "Event loop", "sequential": "One after the other"}
        measured = {kinds[row["mode"]] + (" and pool" if row["work_on_pool"] else ""):
                    row["seconds"] for row in rows
                    if row["cpu_work_ms"] and row["mode"] in kinds}
        threads = max((row for row in rows if row["mode"] == "threads" and row["cpu_work_ms"]),
                      key=lambda row: row["workers"])
        measured["Threads"] = threads["seconds"]
        best = min(measured.values())
        for name, row, time in zip(names, driver.execute_script(
                "return [...document.querySelectorAll('#what-if .rows tbody .standing')]"
                ".map((cell) => cell.textContent)"), self.expected_ms(driver)):
            name = re.sub(r"\d+ at a time$", "", name)
            if name not in measured:
                continue
            self.assertAlmostEqual(time, 1000 * measured[name],
                                   delta=.6 if time < 1000 else 6)
            is_as_fast = measured[name] - best <= max(.03, .15 * best)
            self.assertEqual(bool(re.match("tie|fastest", row)), is_as_fast, name)
        driver.execute_script(
            "document.querySelectorAll('#what-if .presets button')[1].click()")
        dots = "return document.querySelectorAll('#what-if .known').length"
        self.assertEqual(driver.execute_script(dots), 5)
        # What the race's table says of more at a time is the same.
        more = self.texts(driver, ".part table.rows .more")
        self.set_field(driver, "#what-if [aria-label='At a time, at most']", "10")
        self.assertEqual(more[2], "10 would take about " +
                         self.texts(driver, "#what-if .time b")[2] + " (computed).")
        self.set_field(driver, "#what-if [aria-label='The server answers after']",
                       "500")
        self.assertGreater(self.expected_ms(driver)[0], 6000)
        self.assertEqual(driver.execute_script(dots), 0)
        self.assertIn("all of this is computed",
                      " ".join(self.texts(driver, "#what-if p")))
        price = self.texts(driver, "#what-if .given:not(.rows) tbody td")
        self.assertRegex(price[1], r"^[\d.]+ [MG]B= \d+ MB \+ 10,000 × \d+ kB$")
        one = self.texts(driver, "#what-if .given:not(.rows) tbody th small")
        self.assertRegex(one[0], r"^one more: \d+ kB, [\d.]+ switches, [\d.]+ ms to start$")
        self.assertIn(one[0].split(", ")[0][10:], price[1])
        # The same costs stand beside each expected time.
        for knob in ("At a time, at most", "Files"):
            self.set_field(driver, f"#what-if [aria-label='{knob}']", "10000")
        cells = self.texts(driver, "#what-if .rows tbody td:not(.time)")
        for at, of in ((1, 0), (3, 5)):
            self.assertEqual(cells[5 * at + 1], price[of + 1].split("=")[0])
            self.assertEqual(cells[5 * at + 2], price[of + 3].split("=")[0])
        self.assertEqual(self.limits(driver)[2], "starting 10,000 processes")
        self.assertRegex(self.texts(driver, "#what-if .time b")[0], r"^\d+ min \d+ s$")
        self.assertEqual(driver.execute_script(
            "return [...document.querySelectorAll('#what-if .wide')].filter("
            "(box) => box.scrollWidth > box.clientWidth).length"), 0)
        self.assertEqual(self.texts(driver, ".guide tbody b")[0],
                         "One after the other")
        # Each job has an example.
        for job in self.texts(driver, ".guide tbody th small"):
            self.assertRegex(job, "^as .*")
        self.assertEqual(len(self.texts(driver, ".guide tbody th small")),
                         len(self.texts(driver, ".guide tbody tr")))
        self.assert_quiet(driver)

    def test_failures_are_shown_by_cause(self):
        self.compare("--modes", "async", "--fault", "404=100")
        driver = self.open("page.html")
        self.assertEqual(self.texts(driver, "#errors tbody td")[:3],
                         ["async (100)", "http", "12"])
        self.assert_quiet(driver)

    def test_it_reads_on_a_phone_in_the_dark_and_in_print(self):
        self.compare("--sweep", "1,4")
        driver = self.open("page.html", width=390, height=800)
        self.assertLessEqual(driver.execute_script(
            "return document.documentElement.scrollWidth"), 390)
        self.shoot(driver, "phone")
        dark = self.open("page.html", dark=True)
        self.assertEqual(dark.execute_script(
            "return getComputedStyle(document.body).backgroundColor"),
            "rgb(20, 20, 20)")
        self.shoot(dark, "dark")
        dark.execute_script("""
            matchMedia('print').addEventListener('change', (event) => {
                const canvas = document.querySelector('.panel canvas');
                if (event.matches)
                    window.printed = [canvas.width / devicePixelRatio,
                                      canvas.clientWidth];
            });""")
        pdf = dark.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
        import base64
        (SHOTS / "print.pdf").write_bytes(base64.b64decode(pdf["data"]))
        drawn, shown = dark.execute_script("return printed")
        self.assertAlmostEqual(drawn, shown, delta=1)
        paper = self.open("page.html", width=700)
        paper.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        self.assertEqual(paper.execute_script(
            "return [...document.querySelectorAll('table')].filter("
            "(table) => table.offsetWidth > document.body.clientWidth)"), [])
        self.assert_quiet(driver)
        self.assert_quiet(dark)

    def test_ten_thousand_transfers_render_in_2_s(self):
        result = self.haul("get", "--local", "-n", "10000", "--latency", "0",
                           "-x", "0", "-d", self.dir, "--trace", "t.json",
                           "--report", "r.jsonl", "-q", timeout=250)
        self.assertEqual(result.returncode, 0, result.stderr)
        result = self.haul("page", "t.json", "-o", "big.html", timeout=100)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLess((self.scratch / "big.html").stat().st_size, 2000000)
        driver = self.open("big.html")
        self.assertLess(self.processor_seconds(driver), 2)
        self.assertIn("bars are merged", self.texts(driver, ".note")[0])
        frame, rects = driver.execute_script("""
            const begin = performance.now();
            for (let i = 0; i < 10; i++) window.dispatchEvent(new Event('resize'));
            return [(performance.now() - begin) / 10,
                    Number(document.querySelector('.panel canvas').dataset.rects)]""")
        print(f"a frame of 10,000 transfers: {rects} rectangles, {frame:.1f} ms",
              file=sys.stderr)
        self.assertLess(rects, 12000)
        self.assertLess(frame, 160)
        for _ in range(12):
            driver.execute_script(
                "document.querySelector('#timeline [aria-label=\"zoom in\"]').click()")
        self.assertEqual(self.texts(driver, ".note"), [""])
        self.shoot(driver, "large")
        self.assert_quiet(driver)


class PageCommand(HaulTest):
    """What needs no browser."""

    def data(self, page):
        text = (self.scratch / page).read_text()
        return json.loads(re.search(
            r'<script type="application/json" id="data">(.*?)</script>', text,
            re.S).group(1))

    def test_a_timeline_and_a_report_tell_the_same_transfers(self):
        self.haul("get", "--local", "-n", "20", "--latency", "5ms", "-d",
                  self.dir, "--trace", "t.json", "--report", "r.jsonl")
        result = self.haul("page", "t.json", "-o", "t.html")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("t.html", result.stdout)
        self.haul("page", "r.jsonl", "-o", "r.html")
        [timeline] = self.data("t.html")["runs"]
        [report] = self.data("r.html")["runs"]
        self.assertEqual(timeline["label"], "async (256)")
        self.assertEqual(report["label"], "r.jsonl")
        self.assertGreater(len(timeline["spans"]), 0)

        def rows(run):
            t = run["transfers"]
            return {run["names"][t[i + 19]]: t[i:i + 19]
                    for i in range(0, len(t), 21)}
        mine, theirs = rows(timeline), rows(report)
        self.assertEqual(len(mine), 20)
        self.assertEqual(set(mine), set(theirs))
        for url, row in mine.items():
            for a, b in zip(row[:10], theirs[url][:10]):
                self.assertAlmostEqual(a, b, delta=1000)
            self.assertEqual(row[15:18], theirs[url][15:18])

    def test_a_url_cannot_end_the_script(self):
        (self.scratch / "r.jsonl").write_text(json.dumps(
            {"v": 1, "n": 1, "url": "http://h/</script><b>", "attempts": 1,
             "status": 200, "total_ms": 1.5, "wait_ms": 1.5}) + "\n")
        self.haul("page", "r.jsonl", "-o", "p.html")
        self.assertEqual(self.data("p.html")["runs"][0]["names"],
                         ["http://h/</script><b>"])

    def test_numbers_of_a_timeline_may_be_anything(self):
        lines = ["%s", '{"ph":"M","pid":1,"tid":1,"name":"process_name",'
                 '"args":{"name":"haul async, 3 in flight"}}']
        for job in ("0x8000000000001000", "0x20000000"):
            for name, ts in ((f"http://h/{job}", -1e300), ("attempt 1", 1e300),
                             ("wait", 0), ("wait", 1e308)):
                lines.append(json.dumps({
                    "ph": "e" if ts == 1e308 else "b", "ts": ts, "id": job,
                    "name": name, "args": {"worker": -1, "bytes": 1e300}}))
        text = "\n".join(lines) % '{"displayTimeUnit":"ms","traceEvents":['
        (self.scratch / "t.json").write_text(text + "\n")
        result = self.haul("page", "t.json", "-o", "p.html")
        self.assertEqual(result.returncode, 0, result.stderr)
        run = self.data("p.html")["runs"][0]
        self.assertEqual(run["names"], ["http://h/0x8000000000001000",
                                        "http://h/0x20000000"])
        self.assertEqual(len(run["transfers"]), 42)
        self.assertLessEqual(max(run["transfers"]), 2 ** 53)

    def test_a_report_that_was_cut_shows_what_it_has(self):
        row = json.dumps({"v": 1, "n": 1, "url": "http://h/a", "attempts": 1,
                          "status": 200, "total_ms": 1.5, "wait_ms": 1.5})
        (self.scratch / "r.jsonl").write_text(row + "\n" + row[:30])
        result = self.haul("page", "r.jsonl", "-o", "p.html")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.data("p.html")["runs"][0]["names"]), 1)
        (self.scratch / "r.jsonl").write_text(row + "\n" + row[:30] + "\n")
        self.assert_one_line(self.haul("page", "r.jsonl"), 3, "neither")

    def test_too_many_causes_are_others(self):
        with open(self.scratch / "r.jsonl", "w") as report:
            for n in range(1000):
                print(json.dumps({"v": 1, "url": "http://h/", "attempts": 1,
                                  "error": f"e{n}"}), file=report)
        self.haul("page", "r.jsonl", "-o", "p.html")
        errors = self.data("p.html")["runs"][0]["errors"]
        self.assertEqual(errors, [f"e{n}" for n in range(255)] + ["others"])

    def test_runs_of_one_mode_are_told_apart(self):
        for name in ("before", "after"):
            self.haul("get", "--local", "-n", "2", "-d", self.scratch / name,
                      "--latency", "1ms", "--trace", f"{name}.json")
        self.haul("page", "before.json", "after.json", "-o", "p.html")
        self.assertEqual([run["label"] for run in self.data("p.html")["runs"]],
                         ["async (256): before.json", "async (256): after.json"])

    def test_it_does_not_write_over_what_it_reads(self):
        text = json.dumps({"v": 1, "url": "http://h/a", "attempts": 1}) + "\n"
        (self.scratch / "r.jsonl").write_text(text)
        os.link(self.scratch / "r.jsonl", self.scratch / "other")
        self.assert_one_line(self.haul("page", "r.jsonl", "-o", "other"), 2,
                             "one of the files to read")
        self.assertEqual((self.scratch / "r.jsonl").read_text(), text)

    def test_other_files_are_refused(self):
        (self.scratch / "x").write_text("not a report\n")
        self.assert_one_line(self.haul("page", "x"), 3, "x", "neither")
        self.assert_one_line(self.haul("page", "none"), 3, "none")
        self.assert_one_line(self.haul("page"), 2, "--trace")


class Sweep(HaulTest):
    def test_it_prints_each_mode_over_the_numbers(self):
        result = self.haul("compare", "-n", "6", "--latency", "5ms", "--modes",
                           "threads,async", "--cpu-work", "0", "--sweep", "3,9,1", "--threads", "3",
                           timeout=200)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        head = next(i for i, line in enumerate(lines)
                    if line.startswith("Seconds by files at a time"))
        self.assertEqual(lines[head + 1].split(), ["1", "3", "9"])
        for mode in ("threads", "async"):
            self.assertRegex(result.stdout,
                             rf"(?m)^{mode}( +\d+\.\d\d[* ]?){{3}}$")
        self.assertIn("\nWith 6 files, no more than 6 can be fetched at a time.\n",
                      result.stdout)
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 79)

    def test_a_row_with_failures_is_no_best(self):
        result = self.haul("compare", "-n", "2", "--latency", "1ms", "--modes",
                           "async", "--cpu-work", "0", "--sweep", "1,2",
                           "--fault", "404=100", "--html", "page.html")
        self.assertEqual(result.returncode, 8, result.stderr)
        self.assertRegex(result.stdout, r"(?m)^async +failed +failed *$")
        self.assertIn("\n  4 failed: http 4\n", result.stdout)
        page = (self.scratch / "page.html").read_text()
        self.assertEqual(page.count('"failed":2,"best":false'), 2)

    def test_bad_lists_are_refused(self):
        for bad in ("", "0", "a", "1,2,3,4,5,6,7,8,9", "5000"):
            self.assert_one_line(self.haul("compare", "--sweep", bad), 2,
                                 "--sweep")

    def test_traces_go_where_they_are_asked_to(self):
        result = self.haul("compare", "-n", "3", "--latency", "1ms",
                           "--modes", "sequential,async", "--trace", "a/b",
                           timeout=100)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(p.name for p in (self.scratch / "a/b").iterdir()),
                         ["async-100-pool-work.json", "async-100-work.json",
                          "async-100.json", "sequential-1-work.json",
                          "sequential-1.json"])

    def test_of_several_runs_the_timeline_is_that_of_the_median(self):
        result = self.haul("compare", "-n", "6", "--latency", "20ms", "--runs",
                           "3", "--modes", "async", "--cpu-work", "0",
                           "--trace", "t", "--json", "r.json", "--html",
                           "p.html", timeout=100)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([p.name for p in (self.scratch / "t").iterdir()],
                         ["async-100.json"])
        page = (self.scratch / "p.html").read_text()
        run = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)
                         .group(1))["runs"][0]
        seconds = json.loads((self.scratch / "r.json").read_text())[0]["seconds"]
        t = run["transfers"]
        last = max(sum(t[i:i + 10]) for i in range(0, len(t), 18)) / 1e6
        self.assertTrue(seconds * .8 < last <= seconds, (seconds, last))


if __name__ == "__main__":
    unittest.main()
