"""The page of a real run: from its report, its timeline, or both."""

import base64
import datetime
import json
import os
import re
import signal
import subprocess
import time
import unittest

from browser import SHOTS, BrowserTest, need_browser
from support import HAUL, HaulTest, wait_for
from test_race import axe_script


def row(url="http://h/a", **more):
    """A row of a report."""
    return {"v": 1, "n": 1, "url": url, "outcome": "ok", "status": 200,
            "bytes": 1000, "attempts": 1, "error": None, "message": None,
            "worker": 1, "start_ms": 0, "queued_ms": 1, "wait_ms": 10,
            "body_ms": 5, "total_ms": 16, **more}


def failed(url, error, status=0, message="no", **more):
    return row(url, outcome="failed", error=error, status=status, bytes=0,
               message=message, **more)


class RunPage(HaulTest):
    def write(self, rows, name="r.jsonl", summary=None):
        with open(self.scratch / name, "w") as report:
            for one in rows:
                report.write(json.dumps(one) + "\n")
            if summary is not None:
                report.write(json.dumps({"v": 1, "summary": summary}) + "\n")
        return name

    def page(self, *files):
        result = self.haul("page", *files, "-o", "p.html", timeout=250)
        self.assertEqual(result.returncode, 0, result.stderr)
        return (self.scratch / "p.html").read_text()

    def text(self, page):
        """Of the part before the data, without tags."""
        body = page[page.index("<main>"):page.index('id="data"')]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))

    def hosts(self, page):
        """By name, the texts of the cells of the table of hosts."""
        table = page[page.index('<table class="hosts">'):]
        table = table[:table.index("</table>")]
        strip = lambda text: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).strip()
        return {strip(name): [strip(cell) for cell in
                              re.findall(r"<td[^>]*>(.*?)</td>", cells, re.S)]
                for name, cells in re.findall(
                    r'<tr[^>]*><th scope="row">(.*?)</th>(.*?)</tr>', table, re.S)}


class RealRuns(RunPage):
    def run_list(self, *arguments, urls, status=0):
        (self.scratch / "list").write_text("\n".join(urls) + "\n")
        result = self.haul("get", "-i", "list", "-d", self.dir, "--trace",
                           "t.json", "--report", "r.jsonl", *arguments,
                           timeout=100)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def test_a_slow_host_and_failures_are_told_by_name(self):
        slow = self.serve("--latency", "400ms", "--bind", "127.0.0.2")
        good = self.serve("--latency", "5ms")
        lost = self.serve("--fault", "404=100", "--fault-times", "0",
                          "--bind", "127.0.0.3")
        urls = [f"{origin}/bytes/{size}?{n}" for n in range(24)
                for origin, size in ((slow, 100), (good, 5000), (lost, 1))]
        result = self.run_list("-x", "4", urls=urls, status=8)
        names = [origin.removeprefix("http://") for origin in (slow, good, lost)]
        page = self.page("r.jsonl", "t.json")
        text = self.text(page)
        self.assertRegex(text, r"48 files came in [\d.]+ s, 24 failed")
        said = result.stderr.splitlines()[-1].removeprefix("haul: ")
        for clause in said.split("; "):
            self.assertIn(clause, text)
        self.assertRegex(text, rf"{names[0]} had URLs waiting while all 4 transf"
                               rf"ers .* under way: for [\d.]+ s, \d+ % of the")
        hosts = self.hosts(page)
        self.assertEqual(set(hosts), set(names))
        self.assertEqual(list(hosts)[0], names[0])
        self.assertEqual(hosts[names[0]][:3], ["24", "0", "2.4 kB"])
        self.assertEqual(hosts[names[2]][1], "24 100 %")
        share = int(hosts[names[0]][3].split(" %")[0])
        self.assertGreater(share, 80)
        self.assertIn("at its cap (-x)", hosts[names[0]][7])
        self.assertRegex(text, r"http 404 24 24 the server answered with an "
                               rf"error status .* {names[2]} 24")
        self.assertNotIn("does not know", text)

    def test_each_file_says_what_it_lacks(self):
        origin = self.serve("--latency", "80ms")
        self.run_list(urls=[f"{origin}/bytes/9?{n}" for n in range(30)])
        report = self.text(self.page("r.jsonl"))
        self.assertIn("With --trace FILE as well, this page shows all attempts",
                      report)
        self.assertIn("held it back for", report)
        trace = self.text(self.page("t.json"))
        self.assertIn("A report does: run haul with --report FILE", trace)
        both = self.text(self.page("t.json", "r.jsonl"))
        self.assertNotIn("--trace FILE", both)
        for text in (report, trace, both):
            self.assertRegex(text, r" 30 files came in ")
        data = re.search(r'id="data">(.*?)</script>', self.page("t.json", "r.jsonl"),
                         re.S).group(1)
        self.assertEqual(len(json.loads(data)["runs"]), 1)

    def test_runs_that_differ_are_not_made_one(self):
        origin = self.serve("--latency", "20ms")
        urls = [f"{origin}/bytes/9?{n}" for n in range(30)]
        self.run_list(urls=urls)
        os.rename(self.scratch / "r.jsonl", self.scratch / "first.jsonl")
        self.run_list("--restart", urls=urls)
        page = self.page("first.jsonl", "t.json")
        self.assertEqual(page.count('<section class="real">'), 2)
        page = self.page("r.jsonl", "t.json")
        self.assertEqual(page.count('<section class="real">'), 1)
        began = json.loads((self.scratch / "t.json").read_text())["metadata"]["began"]
        self.assertLess(abs(time.time() - datetime.datetime.fromisoformat(
            began.replace("Z", "+00:00")).timestamp()), 600)

    def test_a_run_that_was_stopped_says_what_is_left(self):
        origin = self.serve("--latency", "50ms")
        (self.scratch / "list").write_text("".join(
            f"{origin}/bytes/9?{n}\n" for n in range(2000)))
        arguments = ("get", "-i", "list", "-d", self.dir, "--report", "r.jsonl")
        process = self.start(*arguments, "--trace", "t.json")
        self.assertTrue(wait_for(lambda: len(list(self.dir.glob("9*"))) > 20))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 7)
        text = self.text(self.page("r.jsonl", "t.json"))
        self.assertRegex(text, r"Stopped early: \d+ files came in .* were left")
        again = self.haul(*arguments, "-x", "0", timeout=100)
        self.assertEqual(again.returncode, 0, again.stderr)
        text = self.text(self.page("r.jsonl"))
        self.assertRegex(text, r"[\d,]+ files came in [\d.]+ m?s 1?")
        self.assertRegex(text, r"\d+ files were there already")

    def test_a_run_with_nothing_to_do(self):
        (self.scratch / "list").write_text("\n")
        result = self.haul("get", "-i", "list", "-d", self.dir, "--report",
                           "r.jsonl", "--trace", "t.json")
        self.assertEqual(result.returncode, 0, result.stderr)
        for files in (("r.jsonl",), ("t.json",)):
            text = self.text(self.page(*files))
            self.assertIn("No file was asked for", text)
            self.assertIn("No URL failed", text)


class Reports(RunPage):
    """Reports as files may have them."""

    def test_a_run_in_which_all_failed(self):
        rows = [failed(f"http://h{n % 3}/{n}", "dns") for n in range(9)]
        page = self.page(self.write(rows, summary={"seconds": 2, "left": 0}))
        self.assertIn("No file came in 2.0 s, 9 failed", self.text(page))
        self.assertEqual({cells[1] for cells in self.hosts(page).values()},
                         {"3 100 %"})

    def test_a_report_of_status_has_no_times(self):
        self.haul("get", "--local", "-n", "3", "-d", self.dir, "--latency", "0")
        result = self.haul("status", self.dir, "--report", "r.jsonl")
        self.assertEqual(result.returncode, 0, result.stderr)
        text = self.text(self.page("r.jsonl"))
        self.assertIn("3 files were there already", text)
        self.assertIn("report is one of haul status", text)

    def test_a_report_without_its_end_says_so(self):
        self.write([row(), row("http://h/b")])
        self.assertIn("ends without its summary", self.text(self.page("r.jsonl")))

    def test_hostile_urls_stay_text(self):
        rows = [failed(url, "http", 404, f"it said {url}") for url in (
            "http://h/<script>alert(1)</script>", "http://h/\u202egpj.exe",
            "http://h/\x1b[31m", "http://" + "x" * 5000 + "/a",
            "http://h/" + "ä" * 3000, "http://u:geheim@h/", "no url\u2028",
            'http://h/"onload="x')]
        rows.append(row("http://user:pass@<b>/x"))
        (self.scratch / "r.jsonl").write_bytes(
            "".join(json.dumps(one) + "\n" for one in rows).encode())
        page = self.page("r.jsonl")
        body = page[page.index("<main>"):page.index('<script type="app')]
        self.assertEqual(page.count("<script"), 2)
        for bad in ("<b>/x", "\u202e", "\x1b", "\u2028", "geheim", "pass@",
                    '"onload'):
            self.assertNotIn(bad, body, bad)
        self.assertIn("&lt;script&gt;", body)
        self.assertLess(len(page), 300_000)
        with open(self.scratch / "r.jsonl", "ab") as report:
            report.write(b'{"v":1,"url":"http://h/\xff\xfe"}\n')
        self.assertNotEqual(self.haul("page", "r.jsonl").returncode, -11)

    def test_a_million_rows_take_bounded_memory_and_a_small_page(self):
        rows = int(os.environ.get("HAUL_PAGE_ROWS", 60_000))
        line = json.dumps(row("http://h%d.example/%d", start_ms="%d",
                              wait_ms="%d"))
        line = line.replace('"%d"', "%d") + "\n"
        with open(self.scratch / "r.jsonl", "w") as report:
            for n in range(rows):
                report.write(line % (n % 5000, n, n * 2, 10 + n % 97))
            report.write(json.dumps(failed("http://h7.example/bad", "tls")) + "\n")
        # What is freed is free, in a build that looks for errors too.
        process = subprocess.Popen(
            [HAUL, "page", "r.jsonl", "-o", "p.html"], cwd=self.scratch,
            env={**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"},
            stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        self.assertEqual(status, 0)
        self.assertLess(usage.ru_maxrss, 100_000)
        page = (self.scratch / "p.html").read_text()
        self.assertLess(len(page), 2_000_000)
        self.assertIn(f"{rows:,} files came", self.text(page))
        data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S).group(1))
        [run] = data["runs"]
        drawn = len(run["transfers"]) // 21
        self.assertLess(drawn, 4000)
        self.assertGreater(drawn, 1000)
        self.assertEqual(drawn + run["left_out"], rows + 1)
        self.assertTrue(any("/bad" in name for name in run["names"]))
        hosts = self.hosts(page)
        self.assertEqual(len(hosts), 26)
        self.assertIn("all other hosts", hosts)
        self.assertEqual(sum(int(cells[0].replace(",", ""))
                             for cells in hosts.values()), rows + 1)


@unittest.skipIf(need_browser(), need_browser())
class InABrowser(BrowserTest, RunPage):
    def make(self):
        rows = [row(f"http://{host}/{n}", start_ms=20 * n, wait_ms=wait,
                    total_ms=wait + 6)
                for host, wait in (("slow.example", 400), ("b.example", 10),
                                   ("a.example", 20)) for n in range(40)]
        rows += [failed(f"http://a.example/x{n}", "http", 404) for n in range(5)]
        self.write(rows, summary={
            "seconds": 1.4, "left": 0, "mode": "async", "most_in_flight": 9,
            "held_back": "slow.example took 400 ms a file; -x 2 held it back",
            "hosts": [{"host": "slow.example", "held_by": "cap", "cap": 2,
                       "held_seconds": 1.2, "alone_seconds": 0.6}]})
        self.page("r.jsonl")

    def names(self, driver):
        return self.texts(driver, ".hosts tbody th")

    def test_hosts_are_sorted_by_keyboard_and_moments_are_told(self):
        from selenium.webdriver.common.by import By
        from selenium.webdriver.common.keys import Keys
        self.make()
        driver = self.open("p.html")
        self.assertEqual(self.names(driver),
                         ["slow.example", "a.example", "b.example"])
        failed_button = driver.find_elements(By.CSS_SELECTOR, ".hosts th button")[2]
        failed_button.send_keys(Keys.ENTER)
        self.assertEqual(self.names(driver)[0], "a.example")
        self.assertEqual(driver.execute_script(
            "return document.querySelectorAll('.hosts thead th')[2].ariaSort"),
            "descending")
        driver.find_elements(By.CSS_SELECTOR, ".hosts th button")[0].send_keys(
            Keys.SPACE)
        self.assertEqual(self.names(driver),
                         ["a.example", "b.example", "slow.example"])
        bands = driver.find_element(By.CSS_SELECTOR, ".bands")
        bands.send_keys(Keys.ARROW_RIGHT)
        told = self.texts(driver, ".rates .detail")[0]
        self.assertRegex(told, r"^0\.00 ms to .* files a second")
        bands.send_keys(Keys.END)
        self.assertNotEqual(self.texts(driver, ".rates .detail")[0], told)
        self.assert_quiet(driver)

    def test_the_slowest_are_named_with_their_host(self):
        self.make()
        self.assertRegex(self.texts(self.open("p.html"), ".slowest li")[0],
                         r"^slow\.example/\d+ 40\d ms: ")

    def test_it_fits_a_phone_and_axe_finds_nothing(self):
        self.make()
        axe = axe_script()
        for width in (1400, 390):
            for dark in (False, True):
                driver = self.open("p.html", width=width, dark=dark)
                self.assertLessEqual(driver.execute_script(
                    "return document.documentElement.scrollWidth"), width)
                legend, table, label, picture = driver.execute_script("""
                    const box = (name) => document.querySelector(name)
                        .getBoundingClientRect();
                    return [box('.spent-legend').bottom, box('.hosts').top,
                            box('.band span').right, box('.band svg').right];""")
                self.assertLessEqual(legend, table)
                self.assertAlmostEqual(label, picture, delta=1)
                if axe is None:
                    continue
                driver.execute_script(axe)
                found = driver.execute_async_script(
                    "axe.run(document.querySelector('.real')).then((all) =>"
                    "arguments[0](all.violations.map((one) =>"
                    "[one.id, one.nodes.map((node) => node.html)])))")
                self.assertEqual(found, [])
        if axe is None:
            self.skipTest("no axe-core: npm is not there, or has no network")

    def test_on_paper_all_of_it_is_there_and_nothing_is_cut(self):
        origin = self.serve("--latency", "20ms", "--fault", "404=20",
                            "--fault-times", "0")
        slow = self.serve("--latency", "90ms", "--bind", "127.0.0.2")
        (self.scratch / "list").write_text("\n".join(
            f"{host}/bytes/{size}?{n}" for n in range(40)
            for host, size in ((origin, 100), (slow, 90000))) + "\n")
        self.haul("get", "-i", "list", "-d", self.dir, "--trace", "t.json",
                  "--report", "r.jsonl", timeout=100)
        self.page("r.jsonl", "t.json")
        paper = self.open("p.html", width=718)     # of A4, without margins
        paper.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        sections = paper.execute_script("""
            return [...document.querySelectorAll('main section')].map((section) =>
                [section.querySelector('h1, h2, h3').textContent, section.offsetHeight]);""")
        titles = [title for title, height in sections if height > 60]
        self.assertEqual(len(titles), len(sections))
        for title in ("What held it back", "Over time", "Hosts", "Failures by cause",
                      "Who waits, who works", "How long each transfer took"):
            self.assertIn(title, titles)
        self.assertEqual(paper.execute_script("""
            const edge = document.documentElement.clientWidth;
            return [...document.querySelectorAll('main *')].filter((node) =>
                    node.checkVisibility() && (node.getBoundingClientRect().right > edge + 1 ||
                    node.matches('.wide') && node.scrollWidth > node.clientWidth + 1))
                .map((node) => node.tagName + ' ' + node.getAttribute('class'));"""), [])
        for picture in (".band svg", ".hosts svg", ".panel canvas",
                        "#distribution svg", ".hosts tbody tr", ".causes tbody tr"):
            self.assertTrue(paper.execute_script(
                "const all = [...document.querySelectorAll(arguments[0])];"
                "return all.length > 0 && all.every((one) => one.clientHeight > 0)",
                picture), picture)
        self.assertEqual(paper.execute_script(
            "return [...document.querySelectorAll('.controls, .hint')]"
            ".filter((one) => one.offsetHeight > 0)"), [])
        pdf = base64.b64decode(paper.execute_cdp_cmd(
            "Page.printToPDF", {"printBackground": True})["data"])
        self.assertGreaterEqual(pdf.count(b"/Type /Page\n"), 2)
        (SHOTS / "run-print.pdf").write_bytes(pdf)
        self.assert_quiet(paper)

    def test_without_a_script_the_figures_are_there(self):
        self.make()
        driver = self.launch()
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled",
                               {"value": True})
        driver.get(f"file://{self.scratch}/p.html")
        text = driver.execute_script("return document.body.innerText")
        for words in ("120 files came in 1.4 s", "-x 2 held it back",
                      "slow.example", "http 404", "Files a second"):
            self.assertIn(words, text)


if __name__ == "__main__":
    unittest.main()
