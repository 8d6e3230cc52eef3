#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page of mica report in Chromium: nothing of the image runs, nothing is asked of the network, all can be reached by keyboard, maps lead
to maps, with and without JavaScript, wide and narrow, light, dark and printed.

    report_browser.py PAGE [PICTURES]     PAGE is of two images of report_hostile.py; PICTURES: a directory for screenshots
"""
import http.server
import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import Browser  # noqa: E402

PAGE = os.path.abspath(sys.argv[1])
PICTURES = sys.argv[2] if len(sys.argv) > 2 else None
failures = []

# What the focus is on, as text: an element, and where it leads or what it says.
FOCUS = """
const e = document.activeElement;
return e.tagName.toLowerCase() + " " + (e.getAttribute("href") || e.getAttribute("aria-labelledby") || e.id || e.textContent).trim();
"""
# What the keyboard must reach, in the order of the page.
REACHABLE = """
return [...document.querySelectorAll("a[href], button, input, [tabindex='0']")].filter((e) => e.getAttribute("tabindex") !== "-1" &&
    e.getClientRects().length > 0).map((e) => e.tagName.toLowerCase() + " " + (e.getAttribute("href") || e.getAttribute("aria-labelledby") || e.id ||
    e.textContent).trim());
"""
SHOWN = "return [...document.querySelectorAll('.view')].filter((v) => getComputedStyle(v).display !== 'none').map((v) => v.id).join()"


def check(condition, what):
    if not condition:
        failures.append(what)
        print("chromium: %s" % what)


def same(what, got, wanted):
    check(got == wanted, "%s: %r, not %r" % (what, got, wanted))


class Served:
    """The page by HTTP, where a browser would look for an icon as well; notes what is asked for."""

    def __enter__(self):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                with open(PAGE, "rb") as file:
                    body = file.read()
                self.send_response(200 if self.path == "/page.html" else 404)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body if self.path == "/page.html" else b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/page.html" % self.server.server_port
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def nothing_runs(browser):
    same("window.ran", browser.run("return typeof window.ran"), "undefined")
    same("title", browser.run("return document.title"), "a · b · mica report")
    same("complaints", [e["message"] for e in browser.log("browser")], [])
    same("scripts", browser.run("return document.scripts.length"), 1)
    # The policy holds: what would be markup is refused, even if it were in the page.
    browser.run("""
        const element = document.createElement("div");
        element.innerHTML = "<img src='http://127.0.0.1:9/x' onerror='window.ran = 1'>";
        document.body.append(element);
        const script = document.createElement("script");
        script.textContent = "window.ran = 2";
        document.body.append(script);
        element.remove();
        script.remove();
    """)
    same("window.ran after trying", browser.run("return typeof window.ran"), "undefined")
    check(browser.log("browser"), "the policy refuses nothing")


def all_by_keyboard(browser):
    """From the first element on with Tab: all of them, in the order of the page; the skip link is the first."""
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")
    wanted, met = browser.run(REACHABLE), []
    check(len(wanted) > 60, "only %d elements can be reached" % len(wanted))
    same("the first element", wanted[0], "a #content")
    for _ in range(len(wanted)):
        browser.press("Tab")
        met.append(browser.run(FOCUS))
    same("elements that Tab reaches", met, wanted)
    same("rectangles without a name", browser.run(
        "return [...document.querySelectorAll('.map a:not([tabindex])')].filter((a) => !a.querySelector('title').textContent).length"), 0)


def skip_link(browser):
    browser.go("file://" + PAGE)
    browser.press("Tab")
    same("the focus at first", browser.run(FOCUS), "a #content")
    check(browser.run("const r = document.activeElement.getBoundingClientRect(); return r.left >= 0 && r.top >= 0"), "the skip link is not shown")
    browser.press("Enter")
    same("the focus behind the skip link", browser.run(FOCUS), "main content")


def drill_down(browser, javascript):
    browser.go("file://" + PAGE)
    same("the first map", browser.run(SHOWN), "dir-1")
    link = browser.run("return [...document.querySelectorAll('#dir-1 .map a:not([tabindex])')].map((a) => a.getAttribute('href'))[0]")
    browser.run("document.querySelector('#dir-1 .map a[href=\"%s\"]:not([tabindex])').focus()" % link)
    browser.press("Enter")
    same("the map of a directory", browser.run(SHOWN), link[1:])
    same("its address", browser.run("return location.hash"), link)
    if javascript:
        same("the focus in the map", browser.run(FOCUS), "section " + link[1:])
        browser.press("Tab")
        check(browser.run("return document.activeElement.closest('.view').id") == link[1:], "Tab leaves the map")
        browser.press("Escape")
        same("the map after Escape", browser.run(SHOWN), "dir-1")
    browser.go("file://" + PAGE + link)
    browser.click(link + " .up")
    same("the map above", browser.run(SHOWN), "dir-1")
    # A click anywhere in an open directory, or on its row, leads to its map.
    browser.click(".dirs a[href='%s']" % link)
    same("the map of a row", browser.run(SHOWN), link[1:])
    browser.go("file://" + PAGE)
    browser.click("#dir-1 .map a[tabindex]")
    check(browser.run(SHOWN) != "dir-1", "a file in a directory leads nowhere")


def comforts(browser):
    browser.go("file://" + PAGE)
    sizes = "return [...document.querySelectorAll('.files tbody tr')].map((r) => Number(r.querySelector('data').value))"
    before = browser.run(sizes)
    browser.click(".files thead button")
    browser.click(".files thead button")
    same("files, the smallest first", browser.run(sizes), sorted(before))
    same("aria-sort", browser.run("return document.querySelector('.files th').getAttribute('aria-sort')"), "ascending")
    browser.run("const i = document.querySelector('.filter input'); i.value = 'INNER'; i.dispatchEvent(new Event('input'))")
    same("rows that do not fit", browser.run(
        "return [...document.querySelectorAll('.files tbody tr')].filter((r) => !r.hidden && !r.textContent.includes('inner')).length"), 0)
    check(browser.run("return [...document.querySelectorAll('.files tbody tr')].some((r) => !r.hidden)"), "no row is left")
    browser.run("document.querySelector('.legend a').focus()")
    check(browser.run("return document.querySelectorAll('#dir-1 .c.dim').length > 0 && "
                      "![...document.querySelectorAll('#dir-1 .c.dim')].some((c) => c.querySelector('rect.l1'))"), "no layer stands out")


def looks(browser, name):
    """Nothing is wider than the page, and text is not painted in the colour of what is behind it."""
    for width in (1280, 400):
        for scheme in ("light", "dark"):
            browser.look(width, 900, scheme)
            browser.go("file://" + PAGE)
            check(browser.run("return document.documentElement.scrollWidth") <= width, "wider than %d" % width)
            light = browser.run("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] > 128")
            same("a light page", light, scheme == "light")
            if PICTURES:
                height = browser.run("return document.documentElement.scrollHeight")
                browser.look(width, min(height, 4000), scheme)
                browser.screenshot(os.path.join(PICTURES, "%s-%d-%s.png" % (name, width, scheme)), False)
    browser.look(800, 900, "dark", "print")
    browser.go("file://" + PAGE + "#dir-2")
    same("the map in print", browser.run(SHOWN), "dir-1")
    same("navigation in print", browser.run("return getComputedStyle(document.querySelector('nav')).display"), "none")
    browser.look(1280)


def with_javascript():
    with Browser() as browser, Served() as served:
        browser.look(1280)
        browser.go("about:blank")
        browser.requests()
        browser.go(served.url)
        same("the title by HTTP", browser.run("return document.title"), "a · b · mica report")
        browser.go("file://" + PAGE)
        asked = [r for r in browser.requests() if not r.startswith("data:")]
        same("addresses that were asked for", sorted(set(asked)), sorted(["file://" + PAGE, served.url]))
        nothing_runs(browser)
        skip_link(browser)
        browser.go("file://" + PAGE)
        all_by_keyboard(browser)
        drill_down(browser, True)
        comforts(browser)
        looks(browser, "page")
        same("what the server was asked for", served.asked, ["/page.html"])


def without_javascript():
    with Browser(javascript=False) as browser:
        browser.look(1280)
        browser.go("file://" + PAGE)
        check(browser.run("return document.querySelector('button') === null"), "JavaScript runs")
        drill_down(browser, False)
        same("rows of layers", browser.run("return document.querySelectorAll('.layers tbody tr').length"), 3)


with_javascript()
without_javascript()
sys.exit(1 if failures else 0)
