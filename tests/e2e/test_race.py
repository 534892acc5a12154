"""The race, which is the first screen of compare's page, in a real browser."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from browser import SHOTS, BrowserTest, need_browser
from support import HAUL, wait_for

FILES = 60
AXE = pathlib.Path(__file__).parent.parent / "page"
LANES = """
    return [...document.querySelectorAll('.race')].map((race) =>
        [...race.querySelectorAll('.lane')].map((lane) => ({
            cells: [...lane.querySelectorAll('.cells rect')]
                .map((rect) => rect.getAttribute('class')).join(''),
            squares: [...lane.querySelectorAll('.workers rect')]
                .map((rect) => rect.getAttribute('class')).join(''),
            state: lane.querySelector('.state').textContent,
            count: lane.querySelector('.count').textContent,
            say: lane.querySelector('.say').textContent,
            us: Number(lane.dataset.us)})));
"""


def axe_script():
    """axe-core, by npm, once a build directory; None where there is none."""
    place = SHOTS.parent / "axe"
    script = place / "node_modules/axe-core/axe.min.js"
    if not script.exists() and shutil.which("npm"):
        place.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(AXE / name, place)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                        "--no-fund"], cwd=place, capture_output=True,
                       timeout=120)
    return script.read_text() if script.exists() else None


@unittest.skipIf(need_browser(), need_browser())
class Race(BrowserTest):
    """All of them look at one page."""

    driver = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = tempfile.TemporaryDirectory(prefix="haul-race-")
        cls.addClassCleanup(made.cleanup)
        cls.made = pathlib.Path(made.name)
        subprocess.run([HAUL, "compare", "-n", str(FILES), "--latency", "30ms",
                        "--html", cls.made / "race.html",
                        "--json", cls.made / "race.json"], cwd=cls.made,
                       check=True, capture_output=True, timeout=200)

    def launch(self):
        """One browser for all tests: to start one takes seconds."""
        if Race.driver is None:
            profile = tempfile.TemporaryDirectory(prefix="haul-race-")
            Race.addClassCleanup(profile.cleanup)
            Race.driver = self.browser(profile.name)
            Race.addClassCleanup(Race.driver.quit)
        return Race.driver

    def race(self, fragment="#paused", width=1400, height=900, scripts=True,
             **features):
        driver = self.launch()
        driver.get("about:blank")
        driver.get_log("browser")
        self.adjust(driver, width, height, **features)
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled",
                               {"value": not scripts})
        driver.get(f"file://{self.made / 'race.html'}{fragment}")
        return driver

    def lanes(self, driver, race=0):
        return driver.execute_script(LANES)[race]

    def clock(self, driver):
        return driver.execute_script(
            "return document.querySelector('.race:not([hidden]) .clock').textContent")

    def wait_for_clock(self, driver, wanted):
        self.assertTrue(wait_for(lambda: re.search(wanted, self.clock(driver))),
                        self.clock(driver))

    def press(self, driver, *keys):
        for key in keys:
            driver.switch_to.active_element.send_keys(key)

    def click(self, driver, text):
        driver.execute_script("""
            [...document.querySelectorAll('.race button')]
                .find((node) => node.textContent === arguments[0]).click();
            """, text)

    def seek(self, driver, us):
        """Goes to a time in slow motion; the last, where it is later."""
        driver.execute_script("""
            const race = document.querySelector('.race:not([hidden])');
            race.querySelectorAll('.play-controls .pair button')[1].click();
            const time = race.querySelector('input');
            time.value = arguments[0];
            time.dispatchEvent(new Event('input'));""", us)

    def end_of_slow_motion(self, driver):
        self.seek(driver, 10 ** 9)

    def test_it_plays_in_real_time_and_then_slowly_to_its_sentences(self):
        driver = self.race(fragment="")
        self.assertIn("0.00 s", self.clock(driver))
        self.wait_for_clock(driver, r"real time.*[1-9]")
        self.wait_for_clock(driver, "slower")
        self.assertTrue(wait_for(lambda: all(
            lane["say"] for lane in self.lanes(driver))))
        lanes = self.lanes(driver)
        self.assertRegex(lanes[0]["say"], "ask for the next|for the next only")
        # The sum of the event loop is that of the table, to the word.
        self.assertRegex(lanes[3]["say"], r"^\d+ ms = \d+ .*waiting for the server")
        self.assertTrue(self.texts(driver, "table.rows .sum")[3]
                        .startswith(lanes[3]["say"] + " ("))
        self.assertIn(f"of {FILES} here; all after", lanes[0]["count"])
        done = [lane for lane in lanes if "✓" in lane["count"]]
        self.assertGreater(len(done), 0)
        for lane in done:
            self.assertEqual(lane["cells"], "h" * FILES)
        self.assertIn("Event loop", self.texts(driver, ".told")[0])
        self.assert_quiet(driver)

    def test_the_times_drawn_are_those_of_the_report(self):
        from selenium.webdriver.common.keys import Keys
        rows = json.loads((self.made / "race.json").read_text())
        driver = self.race()
        drawn = []
        for race in range(2):
            self.press(driver, Keys.END)
            lanes = self.lanes(driver, race)
            for lane in lanes:
                self.assertEqual(set(lane["cells"]), {"h"})
                self.assertRegex(lane["say"], r"^First\.$|^A tie for the first |"
                                              r"^[\d.]+ times as long as")
            self.assertTrue(any(re.match("First|A tie", lane["say"])
                                for lane in lanes))
            drawn += [lane["count"].split(" ✓")[0] for lane in lanes]
            if race == 0:
                self.click(driver, "+ 20 ms of computing each")
        self.assertEqual(drawn, [f"{row['seconds']:.2f} s" for row in rows])
        cells = self.texts(driver, ".part table.rows .time b")
        self.assertEqual(cells, drawn)

    def test_it_tells_how_it_was_measured(self):
        driver = self.race()
        self.assertIn(f"haul compare -n {FILES} --latency 30ms --html ",
                      self.texts(driver, ".measured")[0])

    def test_a_file_is_here_when_its_transfer_ends(self):
        text = (self.made / "race.html").read_text()
        data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)
                          .group(1))["runs"]
        driver = self.race()
        for us in (20000, 40000, 50000):
            self.seek(driver, us)
            for run, lane in zip(data, self.lanes(driver)):
                t = run["transfers"]
                ends = [sum(t[i:i + 10]) for i in range(0, len(t), 21)]
                self.assertEqual(lane["cells"].count("h"),
                                 sum(end <= us for end in ends), run["label"])

    def test_the_still_picture_is_what_the_script_draws(self):
        driver = self.race(scripts=False)
        still = driver.execute_script(LANES)
        for shown in driver.execute_script(
                "return [...document.querySelectorAll('.race')]"
                ".map((race) => race.offsetHeight)"):
            self.assertGreater(shown, 300)
        driver.save_screenshot(str(SHOTS / "race-still.png"))
        driver = self.race()
        for race, lanes in enumerate(still):
            self.end_of_slow_motion(driver)
            self.assertEqual(self.lanes(driver, race), lanes)
            if race == 0:
                self.click(driver, "+ 20 ms of computing each")
        self.assertGreater(len(still), 1)

    def test_it_waits_for_the_lecturer_and_obeys_the_keys(self):
        from selenium.webdriver.common.keys import Keys
        driver = self.race()
        time.sleep(1.5)
        self.assertIn("0.00 s", self.clock(driver))
        self.press(driver, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        self.assertIn("0.02 s", self.clock(driver))
        self.press(driver, Keys.ARROW_LEFT)
        self.assertIn("0.01 s", self.clock(driver))
        self.press(driver, " ")
        self.wait_for_clock(driver, r"0\.[2-9]")
        self.press(driver, " ")
        held = self.clock(driver)
        time.sleep(.3)
        self.assertEqual(self.clock(driver), held)
        self.press(driver, "s")
        self.wait_for_clock(driver, "slower")
        self.press(driver, Keys.END)
        self.assertTrue(all(lane["say"] for lane in self.lanes(driver)))
        self.press(driver, Keys.HOME)
        self.assertIn("0.000 s", self.clock(driver))

    def test_the_keyboard_reaches_each_control(self):
        from selenium.webdriver.common.keys import Keys
        driver = self.race()
        reached = []
        for _ in range(12):
            self.press(driver, Keys.TAB)
            reached.append(driver.execute_script(
                "return document.activeElement.textContent"
                " || document.activeElement.type"))
        self.assertEqual(reached[:2],
                         ["only waiting", "+ 20 ms of computing each"])
        self.assertEqual(reached[2:7], ["One after the other", "10 threads", "5 processes",
                                        "Event loop", "100 threads"])
        self.assertEqual(reached[7:10], ["Play", "Replay", "real time"])
        self.assertEqual(reached[11], "range")
        self.press(driver, Keys.ARROW_RIGHT)
        self.assertIn("0.01 s", self.clock(driver))
        for _ in range(10):
            driver.switch_to.active_element.send_keys(Keys.SHIFT, Keys.TAB)
        self.press(driver, Keys.ENTER)
        self.assertIn("computing", driver.execute_script(
            "return document.activeElement.textContent"))
        self.assertEqual(self.texts(driver, ".race:not([hidden]) .who h2")[4],
                         "Event loop and pool")

    def test_the_names_lead_to_the_timelines(self):
        from selenium.webdriver.common.by import By
        from selenium.webdriver.common.keys import Keys
        for place in (".race:nth-of-type(2) h2 a", "#where-computing tr.row th a"):
            driver = self.race()
            self.click(driver, "+ 20 ms of computing each")
            link = driver.find_elements(By.CSS_SELECTOR, place)[4]
            self.assertEqual(link.text, "Event loop and pool")
            link.send_keys(Keys.ENTER)
            name, top, bottom = driver.execute_script("""
                const panel = document.querySelector(location.hash);
                const box = panel.getBoundingClientRect();
                return [panel.querySelector('h3').textContent, box.top,
                        document.querySelector('.legends').getBoundingClientRect().bottom]""")
            self.assertEqual(name, "Event loop and pool")
            self.assertGreaterEqual(top, bottom)
            self.assertLess(top, 300)
        for link in driver.find_elements(By.CSS_SELECTOR, ".contents a"):
            link.send_keys(Keys.ENTER)
            self.assertLess(abs(driver.execute_script(
                "return document.querySelector(location.hash).getBoundingClientRect().top")), 900)
        self.assert_quiet(driver)

    def test_the_slider_reaches_the_end_and_space_plays_from_it(self):
        from selenium.webdriver.common.keys import Keys
        driver = self.race()
        slider = driver.find_element("css selector", ".race input")
        for race in range(2):
            slider.send_keys(Keys.END)
            for lane in self.lanes(driver, race):
                self.assertIn("✓", lane["count"])
            slider.send_keys(Keys.HOME)
            slider.send_keys(" ")
            self.wait_for_clock(driver, r"0\.[1-9]")
            slider.send_keys(" ")
            self.assertEqual(self.texts(driver, ".play"), ["Play"])
            if race == 0:
                self.click(driver, "+ 20 ms of computing each")

    def test_it_tells_what_the_race_alone_does_not_show(self):
        driver = self.race()
        waiting, computing = (
            " ".join(self.texts(driver, f".race:nth-of-type({n}) .lessons"))
            .replace("\u00a0", " ") for n in (1, 2))
        self.assertIn(f"Not {FILES} times as fast: to ask, read and store takes time",
                      waiting)
        self.assertRegex(computing, r"40 × 20 ms need at least 0\.80 s on the one "
                                    r"thread of an event loop, and [\d.]+ s on \d+ "
                                    r"cores?\. With 50 ms each: 2\.00 s and")

    def test_answers_pile_up_while_the_loop_computes(self):
        driver = self.race()
        self.click(driver, "Switch it on.")
        self.seek(driver, self.lanes(driver, 1)[3]["us"] // 20000 * 10000)
        lane = self.lanes(driver, 1)[3]
        ready = lane["cells"].count("r")
        self.assertGreater(ready, 10)
        self.assertEqual((lane["squares"], lane["state"]),
                         ("u", f"running, {ready} ready"))
        self.end_of_slow_motion(driver)
        self.assertRegex(self.lanes(driver, 1)[3]["say"],
                         r"up to (3|4)\d pictures were ready")

    def test_it_stands_still_for_who_wants_no_motion(self):
        driver = self.race(fragment="", prefers_reduced_motion="reduce")
        time.sleep(1.5)
        self.assertIn("slower", self.clock(driver))
        self.assertTrue(all(lane["say"] for lane in self.lanes(driver)))
        self.click(driver, "Play")
        self.wait_for_clock(driver, "real time")

    def test_a_phone_shows_two_rows_of_fifty(self):
        driver = self.race(width=390, height=844)
        self.assertLessEqual(driver.execute_script(
            "return document.documentElement.scrollWidth"), 390)
        tops = driver.execute_script(
            "return [...document.querySelectorAll('.race .cells')][0]"
            ".querySelectorAll('svg').length === 3 &&"
            "[...document.querySelectorAll('.race .cells')][0]"
            ".getBoundingClientRect().height")
        self.assertTrue(0 < tops < 24, tops)
        for control in (".play", ".play-controls input", ".top .pair"):
            self.assertLess(driver.execute_script(
                "return document.querySelector(arguments[0])"
                ".getBoundingClientRect().bottom", control), 844)
        self.assertGreater(driver.execute_script(
            "return document.querySelector('.lanes').getBoundingClientRect().top"),
            driver.execute_script("return document.querySelector("
                                  "'.play-controls').getBoundingClientRect().bottom"))
        driver.save_screenshot(str(SHOTS / "race-phone.png"))

    def test_the_first_screen_holds_the_race(self):
        driver = self.race()
        # No style of another page's has come in.
        self.assertEqual(driver.execute_script(
            "return getComputedStyle(document.querySelector("
            "'.race .count span')).display"), "inline")
        for part in range(2):
            bottom = driver.execute_script(
                "return document.querySelector('.measured')"
                ".getBoundingClientRect().bottom")
            self.assertLessEqual(bottom, 900)
            seen = driver.execute_script(
                "return document.querySelector('.race:not([hidden])').innerText")
            for words in ("1 thread asks for all, serves each answer",
                          "blocked: stands still until its one answer comes",
                          "idle: free for whatever comes first"):
                self.assertIn(words, seen)
            driver.save_screenshot(str(SHOTS / f"race-{part}.png"))
            self.click(driver, "+ 20 ms of computing each")

    def test_on_paper_both_races_stand_at_their_end(self):
        driver = self.race()
        driver.execute_script("""
            matchMedia('print').addEventListener('change', (event) => {
                if (event.matches)
                    window.printed = [...document.querySelectorAll('.race')].map(
                        (race) => [race.offsetHeight > 0, race.querySelector('.say').textContent]);
            });""")
        driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
        printed = driver.execute_script("return printed")
        self.assertEqual([shown for shown, _ in printed], [True, True])
        self.assertTrue(all(say for _, say in printed))
        self.assertEqual(driver.execute_script(
            "return document.querySelectorAll('.race[hidden]').length"), 1)

    def test_axe_finds_nothing(self):
        axe = axe_script()
        if axe is None:
            self.skipTest("no axe-core: npm is not there, or has no network")
        for scheme in ("light", "dark"):
            driver = self.race(prefers_color_scheme=scheme)
            self.end_of_slow_motion(driver)
            driver.execute_script(axe)
            for _ in range(2):
                found = driver.execute_async_script(
                    "axe.run().then((all) => arguments[0](all.violations.map("
                    "(one) => [one.id, one.nodes.map((node) => node.html)])))")
                self.assertEqual(found, [])
                self.click(driver, "+ 20 ms of computing each")


if __name__ == "__main__":
    unittest.main()
