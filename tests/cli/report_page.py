#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page of mica report as a parser sees it, beside what the other verbs tell of the same image.

    report_page.py MICA PAGE IMAGE [B [IGNORED]]     exit status 0: all tables equal mica's JSON, and nothing of an image is markup
"""
import base64
import hashlib
import html.parser
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True

MICA, PAGE, IMAGE = sys.argv[1:4]
SECOND = sys.argv[4:5]
IGNORED = ["--ignore", sys.argv[5]] if len(sys.argv) > 5 else []
VOID = {"meta", "link", "br", "input"}
ELEMENTS = set("html head meta title link style body a header p h1 h2 h3 nav ul li main div section b bdi code small dl dt dd data svg defs pattern "
               "rect text table thead tbody tr th td span br footer script".split())
ATTRIBUTES = set("lang charset http-equiv content name rel href class id tabindex value width height role aria-label aria-labelledby aria-hidden "
                 "patternunits patterntransform x y data-layer scope focusable".split())
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print("report: %s" % what)


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.inner = tag, dict(attributes), parent, []

    def has_class(self, name):
        return name in (self.attributes.get("class") or "").split()

    def text(self):
        return "".join(i if isinstance(i, str) else i.text() for i in self.inner)

    def all(self, test):
        for i in self.inner:
            if isinstance(i, Element):
                if test(i):
                    yield i
                yield from i.all(test)

    def first(self, test):
        return next(self.all(test), None)

    def value(self):
        """The number of a cell."""
        data = self.first(lambda e: e.tag == "data")
        return int(data.attributes["value"] if data else self.text())


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("", [], None)
        self.feed(text)
        self.close()
        check(self.at is self.root, "the page ends within <%s>" % self.at.tag)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs, self.at)
        self.at.inner.append(element)
        check(tag in ELEMENTS, "<%s> is in the page" % tag)
        for name, value in attrs:
            check(name in ATTRIBUTES, "attribute %s of <%s>" % (name, tag))
            check(value is not None, "attribute %s of <%s> has no value" % (name, tag))
            check(name != "href" or re.fullmatch(r"#[a-z]+(-\d+)?|data:,", value), "a link leads to %r" % value)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        check(self.at.tag == tag, "</%s> ends <%s>" % (tag, self.at.tag))
        if self.at.parent:
            self.at = self.at.parent

    def handle_data(self, data):
        self.at.inner.append(data)

    def handle_comment(self, data):
        check(False, "a comment: %r" % data)

    def handle_pi(self, data):
        check(False, "a processing instruction: %r" % data)

    def handle_decl(self, decl):
        check(decl == "DOCTYPE html", "a declaration: %r" % decl)

    def unknown_decl(self, data):
        check(False, "a declaration: %r" % data)


def told(*words):
    done = subprocess.run([MICA, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=True)
    return json.loads(done.stdout)


def hides(c):
    return c < 0x20 or 0x7f <= c < 0xa0 or c in (0xad, 0x61c, 0x180e, 0xfeff) or any(
        a <= c <= b for a, b in ((0x200b, 0x200f), (0x2028, 0x202e), (0x2060, 0x206f), (0xfff9, 0xfffb), (0xe0000, 0xe007f)))


def inert(data, name=True):
    """The form in which mica shows bytes that it does not trust (store/os/inert.h)."""
    if re.fullmatch(rb"[!-\[\]-~ ]*", data):
        return data.decode()
    out = []
    for c in data.decode("utf-8", "surrogateescape"):
        n = ord(c)
        if 0xdc80 <= n <= 0xdcff:
            out.append("\\x%02x" % (n - 0xdc00))
        elif n < 0x20 or 0x7f <= n < 0xa0:
            out.append("".join("\\x%02x" % b for b in c.encode()))
        elif hides(n):
            out.append("\\U%08x" % n if n > 0xffff else "\\u%04x" % n)
        else:
            out.append("\\\\" if c == "\\" and name else c)
    return "".join(out)


def path_bytes(o):
    return bytes.fromhex(o["path_hex"]) if "path_hex" in o else o["path"].encode()


def shown(o, key, name=True):
    """A text of mica's JSON as the page has it: inert; the middle of a long one is left out."""
    data = bytes.fromhex(o[key + "_hex"]) if key + "_hex" in o else (o[key] or "").encode()
    return inert(data, name)


def same_text(page, wanted, what):
    cut = re.match(r"(.*) \[\.\.\. \d+ bytes \.\.\.\] (.*)\Z", page, re.DOTALL)
    check(page == wanted or (cut and len(wanted.encode()) > 2000 and wanted.startswith(cut[1]) and wanted.endswith(cut[2])),
          "%s: %r, not %r" % (what, page, wanted))


def rows(page, name):
    table = page.root.first(lambda e: e.tag == "table" and e.has_class(name))
    if not table:
        return []
    body = table.first(lambda e: e.tag == "tbody")
    return [[c for c in row.inner if isinstance(c, Element)] for row in body.inner if isinstance(row, Element)]


def same(what, got, wanted):
    check(got == wanted, "%s: %r, not %r" % (what, got, wanted))


def layers(page):
    found, wanted = rows(page, "layers"), told("layers", "--json", IMAGE)
    same("number of layers", len(found), len(wanted))
    for row, l in zip(found, wanted):
        same("layer %d" % l["layer"], [row[i].value() for i in (0, 2, 4, 5, 6, 7, 8, 9, 10)],
             [l["layer"], l["size"], l["dead_size"], l.get("blob_size", 0), l["files"], l["files_added"], l["files_changed"],
              l["files_metadata"], l["files_removed"]])
        command = row[1].first(lambda e: e.tag == "code")
        same_text(command.text(), shown(l, "command", False) or "not known", "command of layer %d" % l["layer"])
        same("digest", row[1].first(lambda e: e.has_class("hex")).text(), l["diff_id"].split(":")[1])


def waste(page):
    w = told("waste", "--json", "--top", "25", IMAGE)
    side = page.root.first(lambda e: e.has_class("side"))
    same("facts", [d.value() for d in side.all(lambda e: e.tag == "dd" and e.first(lambda x: x.tag == "data"))],
         [w["shipped_size"] - w["wasted_size"], w["shipped_size"], w["shipped_blob_size"], w["wasted_size"], w["duplicate_size"]])
    same("pairs", [[row[i].value() for i in range(5)] for row in rows(page, "waste")],
         [[p["dead_size"], p["dead_blob_size"], p["dead_files"], p["layer"], p["hidden_by"]] for p in w["pairs"][:25]])
    for row, p in zip(rows(page, "waste"), w["pairs"]):
        same("how", row[5].text(), "%s: %s" % (p["loss"], p["advice"]))
        same_text(row[3].first(lambda e: e.tag == "code").text(), shown(p, "command", False) or "not known", "command")
        same_text(row[4].first(lambda e: e.tag == "code").text(), shown(p, "hidden_by_command", False) or "not known", "command")
    dead = rows(page, "dead-files")
    same("hidden files", [[row[0].value(), row[1].value(), row[2].value(), row[3].text()] for row in dead],
         [[f["size"], f["layer"], f["hidden_by"], f["loss"]] for f in w["dead"]])
    for row, f in zip(dead, w["dead"]):
        same_text(row[4].text(), shown(f, "path"), "hidden file")
    equal = rows(page, "equal")
    same("equal contents", [[row[0].value(), row[1].value(), row[2].value()] for row in equal],
         [[(g["copies"] - 1) * g["size"], g["size"], g["copies"]] for g in w["duplicates"]])
    for row, g in zip(equal, w["duplicates"]):
        same("copies", [b.text() for b in row[3].all(lambda e: e.tag == "bdi")], [shown(p, "path") for p in g["copies_at"]])
    return w["shipped_size"] - w["wasted_size"]


def files(page, total):
    """The largest files, and the sums of directories, as mica ls and which have them."""
    entries = [e for e in told("ls", "-R", "--json", IMAGE) if e["type"] == "file" and e["size"]]
    sizes = {}
    for e in entries:
        sizes.setdefault(e["size"], set()).add(shown(e, "path"))
    found = [(row[0].value(), row[2].text()) for row in rows(page, "files")]
    same("order of files", [s for s, _ in found], sorted((s for s, _ in found), reverse=True))
    for size, path in found:
        if " bytes ...] " not in path:
            check(path in sizes.get(size, ()), "%s is no file of %d bytes" % (path, size))
    if found and len(found) < 25:
        check({s for s, _ in found} == set(sizes), "sizes of files that are not listed")
    elif found:
        check({s for s in sizes if s > found[-1][0]} <= {s for s, _ in found}, "a larger file is not listed")
    root = page.root.first(lambda e: e.has_class("view") and e.has_class("root"))
    same("the root's size", int(root.first(lambda e: e.tag == "data").attributes["value"]) if root else 0, total)
    # A file of several names counts at the first one of a walk.
    sums, seen = {}, set()
    for parts, ino, size in sorted((path_bytes(e).split(b"/")[1:], e["ino"], e["size"]) for e in entries):
        if ino in seen:
            continue
        seen.add(ino)
        for depth in range(1, len(parts)):
            path = inert(b"/" + b"/".join(parts[:depth]))
            sums[path] = sums.get(path, 0) + size
    same("sum of all files", sum({e["ino"]: e["size"] for e in entries}.values()), total)
    listed = rows(page, "dirs")
    same("order of directories", [row[0].value() for row in listed], sorted(sums.values(), reverse=True)[:len(listed)])
    for row in listed:
        path = row[4].text()
        check(row[0].value() == sums.get(path) or " bytes ...] " in path, "%s has not %d bytes" % (path, row[0].value()))


def maps(page):
    """Rectangles lie within their map; each map can be reached, and each leads up."""
    views = list(page.root.all(lambda e: e.has_class("view")))
    linked = {a.attributes["href"] for a in page.root.all(lambda e: e.tag == "a")}
    ids = {e.attributes["id"] for e in page.root.all(lambda e: "id" in e.attributes)}
    check(all(link[1:] in ids for link in linked), "links lead nowhere: %r" % sorted(l for l in linked if l[1:] not in ids))
    check(len(ids) == len(list(page.root.all(lambda e: "id" in e.attributes))), "an id is there twice")
    check(not views or "root" in views[-1].attributes["class"], "the map of the root is not the last")
    for view in views:
        check("#" + view.attributes["id"] in linked or view.has_class("root"), "nothing leads to %s" % view.attributes["aria-label"])
        check(view.has_class("root") or view.first(lambda e: e.has_class("up")), "nothing leads up")
        svg = view.first(lambda e: e.tag == "svg")
        height = float(svg.attributes["height"])
        cells = list(svg.all(lambda e: e.tag == "svg"))
        check(cells, "an empty map")
        for cell in cells:
            x, w = (float(cell.attributes[k].rstrip("%")) for k in ("x", "width"))
            y, h = (float(cell.attributes[k]) for k in ("y", "height"))
            check(0 <= x and x + w <= 100.001 and 0 <= y and y + h <= height + 0.001, "a rectangle outside: %r" % cell.attributes)
            check(cell.first(lambda e: e.tag == "title"), "a rectangle without a title")


def differences(page):
    changes = told("diff", "--json", *IGNORED, IMAGE, SECOND[0])
    paths = [c for c in changes if "path" in c]
    stat = told("diff", "--json", "--stat", *IGNORED, IMAGE, SECOND[0])[0]
    found = rows(page, "diff")
    same("number of differences", len(found), min(25, len(paths)))
    wanted = {(c["change"], shown(c, "path")): c for c in paths}
    for row in found:
        change = row[0].text().split()[1]
        c = wanted.get((change, row[2].text()))
        check(c or " bytes ...] " in row[2].text(), "%s %r is no difference" % (change, row[2].text()))
        if not c:
            continue
        how = ", ".join(c.get("differs", [])) + "".join(
            "%s %s" % (word, shown(c, key)) for word, key in (("moved from", "moved_from"), ("copied from", "copied_from")) if key in c)
        same_text(row[3].text(), how, "how %s differs" % c["path"])
        if change != "deleted":
            same("size of %s" % c["path"], row[1].value(), c["size"])
    section = page.root.first(lambda e: e.attributes.get("id") == "differences")
    sums = re.findall(r"\d+", section.first(lambda e: e.has_class("lead")).text())[:6]
    same("sums", [int(s) for s in sums], [stat["files_" + k] for k in ("added", "changed", "metadata", "removed", "moved", "copied")])
    config = [c for c in changes if "config_member" in c]
    same("differences of configs", [(row[0].text().split()[1], row[1].text(), row[2].text(), row[3].text()) for row in rows(page, "config-diff")],
         [(c["change"], shown(c, "config_member", False), shown(c, "before", False), shown(c, "after", False)) for c in config])


def config(page):
    stored = json.loads(subprocess.run([MICA, "config", IMAGE], capture_output=True, check=True).stdout)
    wanted = []
    for name in ("author", "created", "architecture", "variant", "os", "os.version"):
        if stored.get(name):
            wanted.append((inert(name.encode(), False), [inert(stored[name].encode(), False)]))

    def text(value):
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)

    for name, value in sorted((stored.get("config") or {}).items(), key=lambda m: m[0].encode()):
        if isinstance(value, dict):
            lines = [k + " " + text(v) for k, v in sorted(value.items(), key=lambda m: m[0].encode())]
        elif value is None:
            continue
        else:
            lines = [text(v) for v in (value if isinstance(value, list) else [value])]
        if lines:
            wanted.append((inert(name.encode(), False), [inert(line.encode(), False) for line in lines]))
    listed = page.root.first(lambda e: e.tag == "dl" and e.has_class("config"))
    same("config", [(d.first(lambda e: e.tag == "dt").text(), [x.text() for x in d.all(lambda e: e.tag == "dd")])
                    for d in listed.inner if isinstance(d, Element)], wanted)


def policy(page, text):
    """One policy, whose hashes are those of the style sheets and the script; nothing inline beside them; every text is inert."""
    metas = [m for m in page.root.all(lambda e: e.tag == "meta") if "http-equiv" in m.attributes]
    same("policies", len(metas), 1)
    rules = metas[0].attributes["content"]

    def hashes(tag):
        return ["'sha256-%s'" % base64.b64encode(hashlib.sha256(e.text().encode()).digest()).decode()
                for e in page.root.all(lambda e: e.tag == tag)]

    same("policy", rules, "default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'"
         % (" ".join(hashes("style")), " ".join(hashes("script"))))
    check(len(hashes("script")) == 1 and len(hashes("style")) == 2, "more than one script")
    found = sorted({"U+%04X" % ord(c) for c in set(text) if hides(ord(c)) and c != "\n"})
    check(not found, "the page has %r" % found)
    check("://" not in "".join(s.text() for t in ("style", "script") for s in page.root.all(lambda e, t=t: e.tag == t)), "an address")


def main():
    with open(PAGE, "rb") as file:
        text = file.read().decode("utf-8")
    page = Page(text)
    policy(page, text)
    layers(page)
    files(page, waste(page))
    maps(page)
    config(page)
    if SECOND:
        differences(page)
    check(len(list(page.root.all(lambda e: e.has_class("side")))) == 1 + len(SECOND), "facts of another number of images")
    sys.exit(1 if failures else 0)


main()
