"""A browser for the tests of pages."""

import importlib.util
import os
import pathlib
import shutil
import sys
import time

from support import HAUL, HaulTest

# Where Debian's python3-selenium is, if this is another Python.
sys.path.append("/usr/lib/python3/dist-packages")

SHOTS = pathlib.Path(os.environ.get("HAUL_SHOTS",
                                    pathlib.Path(HAUL).parent / "pages"))
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu",
             "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--hide-scrollbars", "--no-first-run")


def need_browser():
    if not shutil.which("chromedriver") or not shutil.which("chromium"):
        return "no chromium"
    if importlib.util.find_spec("selenium") is None:
        return "no python3-selenium"
    return None


class BrowserTest(HaulTest):
    @classmethod
    def setUpClass(cls):
        SHOTS.mkdir(parents=True, exist_ok=True)

    def browser(self, profile):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={profile}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")),
                                  options=options)
        # Processor time: what else the machine does is not the page's.
        driver.execute_cdp_cmd("Performance.enable",
                               {"timeDomain": "threadTicks"})
        return driver

    def launch(self):
        driver = self.browser(f"{self.scratch}/browser-{time.time()}")
        self.addCleanup(driver.quit)
        return driver

    def adjust(self, driver, width, height, **features):
        """features are what CSS asks for, as prefers_color_scheme."""
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": name.replace("_", "-"), "value": value}
            for name, value in features.items()]})
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": width < 600})

    def open(self, page, width=1200, height=900, dark=False, fragment="#paused"):
        features = {"prefers_color_scheme": "dark"} if dark else {}
        driver = self.launch()
        self.adjust(driver, width, height, **features)
        driver.get(f"file://{self.scratch / page}{fragment}")
        self.assertEqual(driver.execute_script(
            "return document.documentElement.dataset.ready"), "yes",
            driver.get_log("browser"))
        return driver

    def processor_seconds(self, driver):
        metrics = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return {m["name"]: m["value"] for m in metrics}["TaskDuration"]

    def assert_quiet(self, driver):
        self.assertEqual(driver.get_log("browser"), [])

    def shoot(self, driver, name):
        height = driver.execute_script("return document.body.scrollHeight") + 20
        width = driver.execute_script("return innerWidth")
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": width < 600})
        driver.save_screenshot(str(SHOTS / f"{name}.png"))

    def texts(self, driver, selector):
        return driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])]"
            ".map((node) => node.textContent)", selector)
