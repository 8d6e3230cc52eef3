# SPDX-License-Identifier: Apache-2.0
"""Chromium without a window, driven by chromedriver's WebDriver protocol (W3C) and, where that has no word, DevTools'.

    with Browser() as browser:
        browser.go("file:///page.html")
        browser.run("return document.title")

The browser has a profile of its own, which is removed with it; nothing is asked of the network but what a page asks for.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--disable-sync",
         "--disable-component-update", "--disable-default-apps", "--no-first-run", "--hide-scrollbars"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Shift": "\ue008"}


def installed():
    return os.path.exists(CHROMIUM) and os.path.exists(DRIVER)


class Browser:
    def __init__(self, javascript=True):
        self.javascript = javascript
        self.profile = self.driver = self.session = None

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="mica-chromium.")
        # One of the driver's own choice: others run browsers as well.
        self.driver = subprocess.Popen([DRIVER, "--port=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True, env={**os.environ, "HOME": self.profile}, start_new_session=True)
        try:
            self.base = None
            for line in self.driver.stdout:
                match = re.search(r"started successfully on port (\d+)", line)
                if match:
                    self.base = "http://127.0.0.1:%s" % match.group(1)
                    break
            if not self.base:
                raise RuntimeError("chromedriver does not start")
            options = {"binary": CHROMIUM, "args": [*FLAGS, "--user-data-dir=" + self.profile],
                       "perfLoggingPrefs": {"enableNetwork": True}}
            if not self.javascript:
                options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
            made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": options, "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"}}}})
            self.session = "/session/" + made["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.session:
            try:
                self.call("DELETE", self.session)
            except (OSError, RuntimeError):
                pass
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, path, body=None):
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError("%s: %s" % (path, error.read()[:500])) from error

    def post(self, path, body=None):
        return self.call("POST", self.session + path, body)

    def devtools(self, command, **parameters):
        return self.post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def go(self, url):
        self.post("/url", {"url": url})

    def run(self, script, *arguments):
        return self.post("/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, *keys):
        """Keys by name, or characters; each goes down and up, those before it in the call that are "Shift" are held."""
        actions = []
        for key in keys:
            actions.append({"type": "keyDown", "value": KEYS.get(key, key)})
            if key != "Shift":
                actions.append({"type": "keyUp", "value": KEYS.get(key, key)})
        if "Shift" in keys:
            actions.append({"type": "keyUp", "value": KEYS["Shift"]})
        self.post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def click(self, selector):
        element = self.post("/element", {"using": "css selector", "value": selector})[ELEMENT]
        self.post("/element/%s/click" % element)

    def point_at(self, selector):
        element = self.post("/element", {"using": "css selector", "value": selector})
        self.post("/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": [
            {"type": "pointerMove", "origin": element, "x": 0, "y": 0, "duration": 0}]}]})

    def look(self, width, height=900, scheme="light", media="screen"):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}])

    def screenshot(self, path, whole=True):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]))

    def log(self, kind):
        return self.post("/se/log", {"type": kind})

    def requests(self):
        """The addresses that were asked for since this was called last."""
        found = []
        for entry in self.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found
