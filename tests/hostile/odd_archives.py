# SPDX-License-Identifier: Apache-2.0
"""Archives whose headers readers of tar take differently. Each is a few items, and a file "last" by which one sees what
was passed over. `fixed()` has one archive for each form; `made(random)` puts forms together at random.

Contents are of up to 40 bytes or told apart by their length, which is all that is compared of longer ones.
"""
from made_image import Tar, pax_record

SIZES = (3, 700, 1536)
NO_BODY = (b"1", b"2", b"3", b"5", b"6")


def header_bytes(name="inner", **fields):
    return bytes(Tar().header(name, **fields).bytes)


class Items:
    """One method for each form; `n` makes names different. `chosen` picks among variants: random, or all in turn."""

    def __init__(self, pick):
        self.pick, self.n = pick, 0

    def name(self):
        self.n += 1
        return "n%d" % self.n

    # ---- sizes
    def plain(self, tar):
        tar.file(self.name(), b"plain")

    def size_without_body(self, tar):
        kind, size = self.pick(NO_BODY), self.pick(SIZES)
        form = self.pick(("octal", "base256", "pax"))
        if form == "pax":
            tar.pax({"size": str(size)}).header(self.name(), kind=kind, link="n1")
        else:
            tar.header(self.name(), kind=kind, link="n1",
                       size=size if form == "octal" else b"\x80" + size.to_bytes(11, "big"))

    def size_and_body(self, tar):
        kind, size = self.pick(NO_BODY), self.pick(SIZES)
        body = self.pick((b"text", b"\0", header_bytes(), b"\0" * 512 + header_bytes()))
        tar.pax({"comment": "x"}).header(self.name(), kind=kind, link="n1", size=size).body((body * size)[:size])

    def pax_size_of_a_file(self, tar):
        said = self.pick((0, 3, 600, 8 << 30))
        tar.pax({"size": "600"}).file(self.name(), b"p" * 600, size=said)

    def forms_of_numbers(self, tar):
        tar.file(self.name(), b"seven..", size=self.pick((
            b"7", b"7 ", b" 7", b"      7 \0", b"00000000007 ", b"000000000007", b"\0\x007", b"7\0junk", b"7 junk", b"7x", b"+7",
            b"-7", b"0x7", b"\x80" + b"\0" * 10 + b"\7", b"\xff" * 12, b"\xff" + b"\0" * 10 + b"\7", b"7\0", b" ", b"", b"\xb2")))

    def forms_of_pax_sizes(self, tar):
        tar.pax({"size": self.pick((b"7", b"07", b"+7", b"-7", b" 7", b"7 ", b"7x", b"0x7", b"7.0", b"", b"7\0", b"9" * 30))})
        tar.file(self.name(), b"seven..", size=self.pick((7, 0)))

    # ---- headers
    def checksums(self, tar):
        name = b"\xe9" + self.name().encode()
        header = header_bytes(name)
        unsigned = sum(header[:148]) + 8 * 32 + sum(header[156:])
        signed = unsigned - 256 * sum(byte > 127 for byte in header[:148] + header[156:])
        said = self.pick((b"%06o\0 " % unsigned, b"%06o\0 " % signed, b"%7o\0" % unsigned, b"%07o\0" % unsigned, b"%08o" % unsigned,
                          b"%6o  " % unsigned, b"\0%06o " % unsigned, b"%06o\0 " % (unsigned + 1), b"0x%05x\0" % unsigned))
        tar.raw(header[:148] + said[:8] + header[156:])

    def magics(self, tar):
        tar.file(self.name(), b"magic", prefix=self.pick(("", "p/q")), magic=self.pick((
            b"ustar\x0000", b"ustar  \0", b"ustar\0  ", b"ustar\0\0\0", b"ustar 00", b"\0" * 8, b"USTAR\x0000", b"ustar00\0")))

    def star(self, tar):
        rest = self.pick((b"p/q", b"q" * 131)).ljust(131, b"\0") + b"14371573000\0" * 2 + b"\0" * 8 + b"tar\0"
        tar.header(self.name(), size=4, rest=rest).body(b"star")

    def types(self, tar):
        kind = self.pick((b"0", b"\0", b"7", b"Z", b"z", b"8", b"D", b"V", b"M", b"N", b"X", b"A", b"S", b"!"))
        magic = self.pick((b"ustar\x0000", b"ustar  \0"))
        size = self.pick((0, 600))
        tar.header(self.name(), kind=kind, size=size, magic=magic).body((b"type" * 150)[:size])

    def trailing_slashes(self, tar):
        kind, size = self.pick((b"0", b"\0", b"7", b"5", b"1", b"2")), self.pick((0, 4))
        form = self.pick(("header", "pax", "gnu"))
        name = self.name() + self.pick(("/", "//./"))
        if form == "pax":
            tar.pax({"path": name})
        elif form == "gnu":
            tar.gnu_long(b"L", name)
        tar.header(name if form == "header" else "cut", kind=kind, size=size, link="n1").body(b"text"[:size])

    # ---- extended headers
    def long_names(self, tar):
        name, link = "l" * 120 + self.name(), "t" * 120
        parts = {"L": lambda: tar.gnu_long(b"L", name), "K": lambda: tar.gnu_long(b"K", link),
                 "x": lambda: tar.pax({"mtime": "7"}), "p": lambda: tar.pax({"path": name + "p"}),
                 "k": lambda: tar.pax({"linkpath": link + "p"}), "s": lambda: tar.pax({"size": "0"}),
                 "l": lambda: tar.gnu_long(b"L", name + "l"), "e": lambda: tar.gnu_long(b"L", ""),
                 "0": lambda: tar.gnu_long(b"L", name + "\0junk"), "z": lambda: tar.raw(b"\0" * 512)}
        for part in self.pick(("L", "K", "LK", "KL", "xL", "Lx", "pL", "Lp", "kK", "Kk", "Ll", "sL", "Ls", "e", "0", "xx", "ps", "sp",
                               "pp", "ss", "Lz", "xz", "xLx")):
            parts[part]()
        tar.header("cut" + name[-3:], kind=self.pick((b"0", b"2")), link="target")

    def records(self, tar):
        name = self.name()
        tar.pax(self.pick((
            pax_record("path", name + "a") + pax_record("path", name + "b"), pax_record("path", name + "a") + pax_record("path", ""),
            pax_record("path", ""), pax_record("path", b"a\0b"), pax_record("linkpath", ""), pax_record("size", ""),
            pax_record("size", "5") + pax_record("size", ""), pax_record("size", "3") + pax_record("size", "5"),
            pax_record("comment", b"a\0b=\n7 x=y\n"), pax_record("hdrcharset", "BINARY") + pax_record("path", name + "h"),
            pax_record("hdrcharset", "unheard of"), b"9 path=x\n", b"09 path=x\n", b"10 path=x\n", b"8 path=x\n", b"9 path x\n",
            b"5 =x\n", b"9  path=\n", b"0 \n", b"junk\n", b"+9 path=x\n", b"9 path=xx", b"\0" * 16, b"", b"6 a\0=\n",
            pax_record("uid", ""), pax_record("mtime", ""), pax_record("mtime", "x"), pax_record("uid", "x"),
            pax_record("SCHILY.realsize", "9"), pax_record("SUN.holesdata", "0 5 "), pax_record("path", "p" * 300 + name))))
        tar.header(name, kind=b"0", size=5).body(b"plain")

    def global_records(self, tar):
        tar.pax({self.pick(("comment", "path", "size", "linkpath", "mtime", "GNU.sparse.major", "unheard", "uid")): "1"}, kind=b"g")
        tar.file(self.name(), b"plain")

    # ---- sparse files
    def sparse_gnu(self, tar):
        pieces = b"".join(b"%011o\0%011o\0" % piece for piece in ((0, 512), (1024, 512))).ljust(96, b"\0")
        more = self.pick((b"\0", b"\1"))
        rest = b"\0" * 41 + pieces + more + b"%011o\0" % (2560 if more == b"\1" else 1536)
        stored = 1536 if more == b"\1" else 1024
        tar.header(self.name(), kind=b"S", size=stored, magic=self.pick((b"ustar  \0", b"ustar\x0000")), rest=rest)
        if more == b"\1":
            tar.raw((b"%011o\0%011o\0" % (2048, 512)).ljust(504, b"\0") + b"\0" * 8)
        tar.body(b"s" * stored)

    def sparse_pax(self, tar):
        name = self.name()
        form, kind = self.pick(("0.0", "0.1", "1.0")), self.pick((b"0", b"0", b"5", b"1"))
        data = b"A" * 512 + b"B" * 512
        if form == "0.0":
            tar.pax(pax_record("GNU.sparse.size", "1536") + pax_record("GNU.sparse.numblocks", "2") +
                    b"".join(pax_record("GNU.sparse.offset", str(at)) + pax_record("GNU.sparse.numbytes", "512") for at in (0, 1024)))
        elif form == "0.1":
            tar.pax({"GNU.sparse.size": "1536", "GNU.sparse.numblocks": "2", "GNU.sparse.map": "0,512,1024,512",
                     "GNU.sparse.name": name})
        else:
            tar.pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name, "GNU.sparse.realsize": "1536"})
            data = b"2\n0\n512\n1024\n512\n".ljust(512, b"\0") + data
        tar.header(name if form == "0.0" else "GNUSparseFile.0/" + name, kind=kind, size=len(data), link="n1").body(data)

    # ---- ends
    def zeros_between(self, tar):
        tar.raw(b"\0" * 512 * self.pick((1, 2, 3)))

    def duplicates(self, tar):
        name = self.name()
        tar.file(name, b"first").link("of-" + name, name).file(name, b"second")

    def cut(self, tar):
        tar.file(self.name(), b"c" * 700)
        del tar.bytes[len(tar.bytes) - self.pick((1, 200, 512, 600, 1024, 1100)):]


def end(pick, tar):
    """How the archive ends: properly, with one block, none, junk behind, another archive behind."""
    more = Tar().file("second-archive", b"text").end()
    return bytes(tar.bytes) + pick((b"\0" * 1024, b"\0" * 512, b"", b"\0" * 10240, b"\0" * 1024 + b"junk" * 200,
                                    b"\0" * 1024 + more, more, b"\0" * 512 + more, b"\0" * 700, b"\0" * 100))


FORMS = [name for name in vars(Items) if not name.startswith("_") and name not in ("name",)]


class Choices:
    """Stands for random.choice once, and then counts through all that could have been picked."""

    def __init__(self):
        self.path, self.at = [], 0

    def pick(self, options):
        if self.at == len(self.path):
            self.path.append([0, len(options)])
        self.at += 1
        return options[self.path[self.at - 1][0]]

    def further(self):
        while self.path and self.path[-1][0] + 1 == self.path[-1][1]:
            self.path.pop()
        if self.path:
            self.path[-1][0] += 1
        self.at = 0
        return bool(self.path)


def all_of(form):
    """Each variant of one form, between two files."""
    choices, number = Choices(), 0
    while True:
        items, tar = Items(choices.pick), Tar()
        items.plain(tar)
        getattr(items, form)(tar)
        yield "%s %d" % (form, number), tar.file("last", b"last").end()
        number += 1
        if not choices.further():
            return


def all_ends():
    choices, number = Choices(), 0
    while True:
        yield "ends %d" % number, end(choices.pick, Tar().file("n1", b"plain"))
        number += 1
        if not choices.further():
            return


def made(random):
    """A few items of any form."""
    items, tar = Items(random.choice), Tar()
    items.plain(tar)
    names = [random.choice(FORMS) for _ in range(random.randint(1, 4))]
    for name in names:
        getattr(items, name)(tar)
    tar.file("last", b"last")
    return "+".join(names), end(random.choice, tar) if random.random() < 0.3 else tar.end()
