# SPDX-License-Identifier: Apache-2.0
"""The rules of layers: whiteouts, merging, links, names, metadata. Sources: OCI image-spec layer.md; POSIX pax; GNU tar."""
from case import a_dir, a_file, has, refused, shows, survives
from made_image import Tar, pax_record

NEW, OLD = b"new", b"old"


def lower():
    return Tar().dir("d", mode=0o750, uid=7).file("d/low", OLD).dir("d/sub").file("d/sub/deep", OLD).file("f", OLD)


KEPT = {"d": a_dir(0o750), "d/low": a_file(OLD), "d/sub": a_dir(), "d/sub/deep": a_file(OLD), "f": a_file(OLD)}

# ---- whiteouts
shows("a whiteout hides lower layers only, in either order",
      [lower().file("g", OLD), Tar().file(".wh.f").file("f", NEW).file("g", NEW).file(".wh.g")],
      {**KEPT, "f": a_file(NEW), "g": a_file(NEW)})
shows("a whiteout takes a directory with all in it", [lower(), Tar().file(".wh.d")], {"f": a_file(OLD)})
shows("an opaque mark at the end hides all that is lower, and nothing of its layer",
      [lower(), Tar().file("d/new", NEW).dir("d/sub").file("d/.wh..wh..opq")],
      {"d": a_dir(0o750, uid=7), "d/new": a_file(NEW), "d/sub": a_dir(), "f": a_file(OLD)})
shows("an opaque mark at the start does the same",
      [lower(), Tar().file("d/.wh..wh..opq").file("d/new", NEW)],
      {"d": a_dir(0o750), "d/new": a_file(NEW), "f": a_file(OLD)})
shows("an opaque root", [lower(), Tar().file(".wh..wh..opq").file("only", NEW)], {"only": a_file(NEW)})
shows("an opaque mark in a directory that nobody has", [lower(), Tar().file("gone/.wh..wh..opq")], KEPT)
shows("a whiteout of nothing", [lower(), Tar().file(".wh.nothing").file("d/.wh.neither").file("no/where/.wh.x")], KEPT)
shows("a whiteout in a middle layer, and the name again above",
      [lower(), Tar().file(".wh.d"), Tar().file("d/new", NEW)],
      {"d": a_dir(0o755, uid=0), "d/new": a_file(NEW), "f": a_file(OLD)})
shows("a removed directory made again in the same layer has just what that layer says",
      [lower(), Tar().file(".wh.d").file("d/x", NEW)],
      {"d": a_dir(0o755), "d/x": a_file(NEW), "f": a_file(OLD)})
shows("the same, whiteout last", [lower(), Tar().file("d/x", NEW).file(".wh.d")],
      {"d": a_dir(0o755), "d/x": a_file(NEW), "f": a_file(OLD)})
shows("a removed directory with a whiteout in it", [lower(), Tar().file(".wh.d").dir("d", 0o700).file("d/.wh.low")],
      {"d": a_dir(0o700), "f": a_file(OLD)})
shows("a whiteout is known by its name, whatever its type",
      [Tar().file("a").file("b").file("c").file("d").file("e").file("keep", OLD),
       Tar().dir(".wh.a").link(".wh.b", "keep").file(".wh.c", b"12345").symlink(".wh.d", "keep")
       .header(".wh.e", kind=b"3")], {"keep": a_file(OLD, nlink=1)})
for odd in (".wh.", ".wh..", "d/.wh...", ".wh.../"):
    refused("the whiteout %s of nothing that can be removed" % odd, [lower(), Tar().file(odd)], r"whiteout")
shows("what AUFS left is dropped, and is a target of links",
      [Tar().file(".wh..wh.aufs").dir(".wh..wh.orph").dir(".wh..wh.plnk").file(".wh..wh.plnk/1.2", OLD)
       .link("a", ".wh..wh.plnk/1.2")], {"a": a_file(OLD, nlink=1)})
shows("names that only look like whiteouts", [Tar().file("wh.x", OLD).file(".wh", OLD).file("x.wh.y", OLD)],
      {"wh.x": a_file(OLD), ".wh": a_file(OLD), "x.wh.y": a_file(OLD)})

# ---- merging
shows("types change from layer to layer",
      [Tar().file("f2d", OLD).dir("d2f").file("d2f/x", OLD).symlink("l2d", "f2d").dir("d2l"),
       Tar().dir("f2d").file("f2d/y", NEW).file("d2f", NEW).dir("l2d").file("l2d/z", NEW).symlink("d2l", "f2d")],
      {"f2d": a_dir(), "f2d/y": a_file(NEW), "d2f": a_file(NEW), "l2d": a_dir(), "l2d/z": a_file(NEW),
       "d2l": has("symlink", target="f2d")})
shows("a directory over a directory gives its attributes and keeps the names",
      [lower(), Tar().pax({"SCHILY.xattr.user.k": "v"}).dir("d", 0o711, uid=3, gid=4, mtime=99)],
      {**KEPT, "d": a_dir(0o711, uid=3, gid=4, mtime=99 * 10**9, xattrs={"user.k": b"v".hex()})})
shows("an entry beneath a lower layer's symbolic link makes a directory, and nothing outside",
      [Tar().symlink("lnk", "/tmp"), Tar().file("lnk/x", NEW)], {"lnk": a_dir(), "lnk/x": a_file(NEW)})
shows("directories that no entry names", [Tar().file("a/b/c", NEW)],
      {"a": a_dir(0o755, uid=0, gid=0, mtime=0), "a/b": a_dir(0o755, mtime=0), "a/b/c": a_file(NEW)})
shows("directories whose entry comes late", [Tar().file("a/b", NEW).dir("a", 0o700, uid=5)],
      {"a": a_dir(0o700, uid=5), "a/b": a_file(NEW)})
for root in ("./", "/", "."):
    shows('the root\'s own entry "%s"' % root, [Tar().dir(root, 0o711, uid=5, mtime=7).file("a", NEW)],
          {".": a_dir(0o711, uid=5, mtime=7 * 10**9), "a": a_file(NEW)})
refused("a root that is a symbolic link", [Tar().symlink("./", "/tmp").file("x", NEW)], r"root")
refused("a root that is a file", [lower(), Tar().file(".", NEW)], r"root")
shows("the last of a name counts, and its links stay with the first",
      [Tar().file("a", b"1").link("b", "a").file("a", b"22")],
      {"a": a_file(b"22", nlink=1), "b": a_file(b"1", nlink=1)})
shows("a directory that becomes a file in one layer", [Tar().dir("a").file("a/x", OLD).file("a", NEW)], {"a": a_file(NEW)})

# ---- symbolic links on the way of an entry: those of its own layer are followed inside the layer
LIB = {"lib": has("symlink", target="usr/lib"), "usr": a_dir(), "usr/lib": a_dir()}


def merged_usr():
    return Tar().dir("usr").dir("usr/lib").file("usr/lib/a", OLD).symlink("lib", "usr/lib")


shows("an entry beneath its own layer's symbolic link lies where that leads",
      [merged_usr().file("lib/b", NEW).dir("lib/sub", 0o700).file("lib/sub/c", NEW)],
      {**LIB, "usr/lib/a": a_file(OLD), "usr/lib/b": a_file(NEW), "usr/lib/sub": a_dir(0o700), "usr/lib/sub/c": a_file(NEW)})
shows("a link that leads to nothing stays, and what it names is made in the image",
      [Tar().symlink("lnk", "/tmp/of/the/image").file("lnk/x", NEW)],
      {"lnk": has("symlink", target="/tmp/of/the/image"), "tmp": a_dir(0o755, uid=0, mtime=0), "tmp/of": a_dir(),
       "tmp/of/the": a_dir(), "tmp/of/the/image": a_dir(0o755), "tmp/of/the/image/x": a_file(NEW)})
shows("a link to what a lower layer has", [Tar().dir("usr").dir("usr/lib", 0o711, uid=7).file("usr/lib/a", OLD),
                                           Tar().symlink("lib", "usr/lib").file("lib/b", NEW)],
      {**LIB, "usr/lib": a_dir(0o711, uid=7), "usr/lib/a": a_file(OLD), "usr/lib/b": a_file(NEW)})
shows("links up and out stop at the layer's root", [Tar().symlink("d/up", "../../../../../../etc").file("d/up/x", NEW)],
      {"d": a_dir(), "d/up": has("symlink"), "etc": a_dir(), "etc/x": a_file(NEW)})
shows("a link to the root", [Tar().symlink("all", "/").file("all/all/x", NEW)],
      {"all": has("symlink", target="/"), "x": a_file(NEW)})
shows("an entry replaces a link of its own name, with a slash too",
      [merged_usr().symlink("f", "usr/lib/a").symlink("e", "usr").dir("lib/", 0o700).file("f", NEW).dir("e")],
      {**LIB, "lib": a_dir(0o700), "usr/lib/a": a_file(OLD), "f": a_file(NEW), "e": a_dir()})
shows("whiteouts and opaque marks through a link",
      [Tar().dir("usr").dir("usr/lib").file("usr/lib/a", OLD).file("usr/lib/k", OLD).dir("o").file("o/a", OLD),
       Tar().symlink("lib", "usr/lib").file("lib/.wh.a").symlink("p", "/o").file("p/.wh..wh..opq").file("p/b", NEW)],
      {**LIB, "usr/lib/k": a_file(OLD), "o": a_dir(), "o/b": a_file(NEW), "p": has("symlink", target="/o")})
shows("whiteouts through a link to nothing", [lower(), Tar().symlink("l", "no/where").file("l/.wh.a")],
      {**KEPT, "l": has("symlink", target="no/where")})
refused("an entry through a circle of links", [Tar().symlink("a", "b").symlink("b", "a").file("a/x", NEW)],
        r'entry "a/x" leads through more than 40 symbolic links')
refused("a whiteout through a link to itself", [lower(), Tar().symlink("a", "./a").file("a/.wh.x")], r"40 symbolic links")
refused("a link that leads beneath a whiteout", [Tar().symlink("l", ".wh.d/e").file("l/x", NEW)], r"whiteout")
refused("a link to a name of 256 bytes", [Tar().pax({"linkpath": "n" * 256}).symlink("l", "x").file("l/x", NEW)], r"255 bytes")
DEEP = "/".join(["n"] * 2000)
refused("links that lead deeper than a path may be",
        [Tar().pax({"linkpath": DEEP}).symlink("l", "x").pax({"linkpath": DEEP}).symlink("l/m", "x").file("l/m/f", NEW)],
        r"longer than 4095")
refused("a link to more directories than the image may have",
        [Tar().pax({"linkpath": DEEP}).symlink("l", "x").file("l/x", NEW)], r"--max-files", arguments=("--max-files", "1000"))
refused("two thousand entries, each through forty links of 4 KiB",
        [Tar().raw(b"".join(
            bytes(Tar().pax({"linkpath": "d/../" * 817 + "l%d" % (i + 1)}).symlink("l%d" % i, "x").bytes) for i in range(39))
            + b"".join(bytes(Tar().file("l0/%d" % i).bytes) for i in range(2000)))],
        r"symbolic links takes too long")

# ---- hard links
shows("a hard link to a lower layer's file is that file",
      [Tar().file("a", OLD, mode=0o640), Tar().link("d/c", "a")],
      {"a": a_file(OLD, 0o640, nlink=2, same_file="a"), "d": a_dir(), "d/c": a_file(OLD, 0o640, nlink=2, same_file="a")})
shows("replacing one name later leaves the other",
      [Tar().file("a", OLD), Tar().link("c", "a"), Tar().file("a", NEW)],
      {"a": a_file(NEW, nlink=1), "c": a_file(OLD, nlink=1)})
shows("a link to what the same layer removes below", [Tar().file("a", OLD), Tar().link("b", "a").file(".wh.a")],
      {"b": a_file(OLD, nlink=1)})
shows("links before their target, and of links",
      [Tar().link("l1", "l2").link("l2", "t").file("t", NEW).link("l3", "l1")],
      {name: a_file(NEW, nlink=4, same_file="l1") for name in ("l1", "l2", "l3", "t")})
shows("a hard link to a symbolic link is that link", [Tar().symlink("s", "/nowhere").link("h", "s")],
      {"s": has("symlink", target="/nowhere", nlink=2), "h": has("symlink", target="/nowhere", nlink=2)})
shows("targets with leading slashes and dots", [Tar().file("a", OLD).link("b", "/a").link("c", "./a").link("d", "x/../a")],
      {name: a_file(OLD, nlink=4) for name in "abcd"})
refused("a hard link that brings a body along",
        [Tar().file("a", OLD).pax({"comment": "x"}).link("b", "a", size=3).body(NEW).file("c", OLD)], r"a body behind a link")
shows("modes belong to the file, not to the link", [Tar().file("a", OLD, mode=0o600).link("b", "a", mode=0o777)],
      {"a": a_file(OLD, 0o600), "b": a_file(OLD, 0o600)})
shows("a hard link's target through links of its own layer, before it or behind it",
      [merged_usr().link("h", "lib/a").link("lib/i", "/lib/a"), Tar().link("h2", "l/x").file("d/x", NEW).symlink("l", "d")],
      {**LIB, **{name: a_file(OLD, nlink=3, same_file="h") for name in ("h", "usr/lib/a", "usr/lib/i")},
       "h2": a_file(NEW, nlink=2), "d": a_dir(), "d/x": a_file(NEW, nlink=2), "l": has("symlink", target="d")})
shows("a hard link's target through a link of a lower layer, and through one of its own to a lower layer",
      [merged_usr(), Tar().link("h", "lib/a"), Tar().symlink("l", "lib").link("i", "l/a")],
      {**LIB, "l": has("symlink", target="lib"),
       **{name: a_file(OLD, nlink=3, same_file="h") for name in ("h", "i", "usr/lib/a")}})
refused("a hard link's target through a circle", [Tar().symlink("l", "l").link("h", "l/x")],
        r"hard link .*40 symbolic links")
refused("a hard link's target through a lower layer's circle",
        [Tar().symlink("l", "m").symlink("m", "l"), Tar().link("h", "l/x")],
        r"hard link .*too many symbolic links")
refused("a hard link's target through a link that leads out", [Tar().symlink("l", "/../../etc"), Tar().link("h", "l/passwd")],
        r"in no layer")
refused("a hard link to a directory", [Tar().dir("d").link("h", "d")], r"link")
refused("a hard link to nothing", [Tar().link("h", "nothing")], r"link")
refused("a hard link to nothing in a stack", [lower(), Tar().link("h", "d/nothing")], r"link")
refused("a hard link to itself", [Tar().link("h", "h")], r"link")
refused("a circle of hard links", [Tar().link("a", "b").link("b", "a")], r"link")
refused("a hard link out of the layer", [Tar().link("h", "../../../../etc/passwd")], r"leaves the layer")
shows("an absolute target is the image's, not this machine's", [Tar().file("etc/passwd", OLD).link("h", "/etc/passwd")],
      {"etc": a_dir(), "etc/passwd": a_file(OLD, nlink=2), "h": a_file(OLD, nlink=2)})

# ---- names
shows("slashes and dots in names", [Tar().file("./a", OLD).file("b//c", OLD).file("/abs/d", OLD).file("x/../e", OLD)
                                    .file("./a", NEW)],
      {"a": a_file(NEW), "b": a_dir(), "b/c": a_file(OLD), "abs": a_dir(), "abs/d": a_file(OLD), "e": a_file(OLD)})
shows("an old directory: a file whose name ends in a slash", [Tar().header("old/", kind=b"\0")], {"old": a_dir()})
for name in ("../x", "a/../../x", "../../../../../../tmp/x", "/../x"):
    refused("the name %s" % name, [Tar().file(name, NEW)], r"leaves the layer")
refused("an empty name", [Tar().file("", NEW)], r"empty|name|damaged")
refused("a name of 256 bytes", [Tar().pax({"path": "d/" + "n" * 256}).file("x", NEW)], r"255")
refused("a path of 4096 bytes", [Tar().pax({"path": "/".join(["n" * 200] * 21)}).file("x", NEW)], r"4095")
LONG = "/".join(["n" * 255] * 3)
for what, tar in (("GNU's L", Tar().gnu_long(b"L", LONG + "/f").file("cut", NEW)),
                  ("pax", Tar().pax({"path": LONG + "/f"}).file("cut", NEW))):
    shows("names of 255 bytes by " + what, [tar],
          {"n" * 255: a_dir(), "/".join(["n" * 255] * 2): a_dir(), LONG: a_dir(), LONG + "/f": a_file(NEW)})
shows("a ustar prefix", [Tar().file("f", NEW, prefix="p/q")], {"p": a_dir(), "p/q": a_dir(), "p/q/f": a_file(NEW)})
shows("long targets by GNU's K and by pax",
      [Tar().gnu_long(b"K", "t" * 300).symlink("k", "cut").pax({"linkpath": "u" * 4095}).symlink("p", "cut")],
      {"k": has("symlink", target="t" * 300, size=300), "p": has("symlink", target="u" * 4095, size=4095)})
refused("a target of 4096 bytes", [Tar().pax({"linkpath": "u" * 4096}).symlink("p", "cut")], r"4095")
shows("names in any bytes",
      [Tar().file(b"\xff\xfe", NEW).file(b"new\nline", NEW).file(b"\x1b[31m", NEW).file("ünï", NEW)
       .pax({"path": b"pax\x80"}).file("x", NEW)],
      {"\\xff\\xfe": a_file(NEW), "new\\nline": a_file(NEW), "\\x1b[31m": a_file(NEW), "\\xc3\\xbcn\\xc3\\xaf": a_file(NEW),
       "pax\\x80": a_file(NEW)})
survives("a NUL in a pax path", [Tar().pax({"path": b"a\0b"}).file("x", NEW)])
shows("the targets of symbolic links are only text",
      [Tar().symlink("up", "../../../etc").symlink("abs", "/etc/shadow").symlink("self", "self").symlink("dots", "..")],
      {"up": has("symlink", target="../../../etc"), "abs": has("symlink", target="/etc/shadow"),
       "self": has("symlink", target="self"), "dots": has("symlink", target="..")})

# ---- metadata
shows("modes with every bit", [Tar().file("u", mode=0o4755).file("g", mode=0o2711).dir("t", 0o1777).file("none", mode=0)],
      {"u": a_file(mode=0o4755), "g": a_file(mode=0o2711), "t": a_dir(0o1777), "none": a_file(mode=0)})
shows("owners up to 2^32 - 2", [Tar().file("base256", uid=4294967294, gid=3000000).pax({"uid": "4294967294", "gid": "70000"})
                                .file("pax").file("octal", uid=2097151)],
      {"base256": a_file(uid=4294967294, gid=3000000), "pax": a_file(uid=4294967294, gid=70000), "octal": a_file(uid=2097151)})
refused("an owner that does not fit", [Tar().pax({"uid": "4294967296"}).file("f")], r"owner|uid|range")
refused("the owner that means none", [Tar().pax({"uid": "4294967295"}).file("f")], r"owner|uid|range")
shows("times before 1970 and to the nanosecond, rounded down",
      [Tar().pax({"mtime": "-1.5"}).file("neg").pax({"mtime": "1.1234567899"}).file("frac").file("b256", mtime=-3)
       .file("big", mtime=2**33)],
      {"neg": a_file(mtime=-1500000000), "frac": a_file(mtime=1123456789), "b256": a_file(mtime=-3 * 10**9),
       "big": a_file(mtime=2**33 * 10**9)})
shows("a time that the header does not tell is 0", [Tar().file("f", mtime=b"")], {"f": a_file(mtime=0)})
shows("xattrs of both dialects, with every byte, empty ones too",
      [Tar().pax({"SCHILY.xattr.user.bin": b"a\0b\n=c", "SCHILY.xattr.user.empty": b"", "comment": "1\n2=3"}).file("s")
       .pax({"LIBARCHIVE.xattr.user.l%20x": b"YQBi"}).file("l")],
      {"s": a_file(xattrs={"user.bin": b"a\0b\n=c".hex(), "user.empty": ""}), "l": a_file(xattrs={"user.l x": b"a\0b".hex()})})
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
shows("file capabilities stay, labels of another machine do not",
      [Tar().pax(pax_record("SCHILY.xattr.security.capability", CAPABILITY) +
                 pax_record("SCHILY.xattr.security.selinux", b"system_u:object_r:x:s0\0")).file("f", mode=0o755)],
      {"f": a_file(xattrs={"security.capability": CAPABILITY.hex()})})
shows("a global header is no file", [Tar().pax({"comment": "c0ffee"}, kind=b"g").file("f", NEW)], {"f": a_file(NEW)})
shows("pax's size counts, not ustar's", [Tar().pax({"size": "600"}).file("a", b"x" * 600, size=0).file("b", NEW)],
      {"a": a_file(b"x" * 600, size=600), "b": a_file(NEW)})
shows("pax records are the file's, not those of a long name between",
      [Tar().pax({"uid": "7", "size": "3"}).gnu_long(b"L", "n" * 150).file("cut", NEW, size=0).file("b", OLD)],
      {"n" * 150: a_file(NEW, uid=7), "b": a_file(OLD, uid=0)})
shows("an empty pax record falls back to the header", [Tar().pax({"path": ""}).file("f", NEW)], {"f": a_file(NEW)})
for what, records in (("without an end", b"20 path=x\n"), ("of length 0", b"0 path=x\n"), ("without =", b"8 pathx\n"),
                      ("with a huge length", b"99999999999999999999 a=b\n")):
    survives("a pax record " + what, [Tar().pax(records).file("f", NEW)])

# ---- types
shows("every type that a tar has",
      [Tar().header("c", kind=b"3", device=(1, 3), mode=0o666).header("b", kind=b"4", device=(8, 1)).header("p", kind=b"6")
       .header("big", kind=b"3", device=(300, 70000)).header("old", kind=b"\0").header("cont", kind=b"7")],
      {"c": has("char", rdev="1:3", mode=0o666), "b": has("block", rdev="8:1"), "p": has("fifo"),
       "big": has("char", rdev="300:70000"), "old": a_file(b""), "cont": a_file(b"")})
shows("the device 0:0 in an archive is a device, no whiteout",
      [Tar().file("z", OLD), Tar().header("z", kind=b"3", device=(0, 0))], {"z": has("char", rdev="0:0")})
shows("a volume label is no file", [Tar().header("label", kind=b"V", magic=b"ustar  \0").file("f", NEW)], {"f": a_file(NEW)})
survives("a type that nobody knows", [Tar().header("z", kind=b"Z", size=3).body(NEW).file("f", OLD)])

# ---- sparse files
MIB = 1 << 20
HOLEY = b"A" * 512 + b"\0" * (MIB - 512) + b"B" * 512


def gnu_sparse(name, pieces, real, stored):
    table = b"".join(b"%011o\0%011o\0" % piece for piece in pieces).ljust(96, b"\0")
    rest = b"\0" * 41 + table + b"\0" + b"%011o\0" % real
    return Tar().header(name, kind=b"S", size=len(stored), magic=b"ustar  \0", rest=rest).body(stored)


DATA = b"A" * 512 + b"B" * 512
shows("GNU's sparse file", [gnu_sparse("s", [(0, 512), (MIB, 512)], MIB + 512, DATA).file("f", NEW)],
      {"s": a_file(HOLEY, size=MIB + 512), "f": a_file(NEW)})
shows("pax's sparse file 1.0",
      [Tar().pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s",
                  "GNU.sparse.realsize": str(MIB + 512)})
       .file("GNUSparseFile.0/s", (b"2\n0\n512\n%d\n512\n" % MIB).ljust(512, b"\0") + DATA).file("f", NEW)],
      {"s": a_file(HOLEY, size=MIB + 512), "f": a_file(NEW)})
shows("pax's sparse file 0.1",
      [Tar().pax({"GNU.sparse.size": str(MIB + 512), "GNU.sparse.numblocks": "2", "GNU.sparse.map": "0,512,%d,512" % MIB,
                  "GNU.sparse.name": "s"}).file("GNUSparseFile.0/s", DATA).file("f", NEW)],
      {"s": a_file(HOLEY, size=MIB + 512), "f": a_file(NEW)})
survives("sparse pieces that overlap", [gnu_sparse("s", [(0, 512), (256, 512)], MIB, DATA).file("f", NEW)])
survives("sparse pieces out of order", [gnu_sparse("s", [(MIB, 512), (0, 512)], MIB + 512, DATA).file("f", NEW)])
survives("sparse pieces beyond the size", [gnu_sparse("s", [(0, 512), (MIB, 512)], 1024, DATA).file("f", NEW)])
survives("a sparse file of 8 GiB with one block", [gnu_sparse("s", [(0, 512), (8 << 30, 0)], (8 << 30) - 1, b"A" * 512)])
survives("a pax sparse file of 8 EiB",
         [Tar().pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s",
                     "GNU.sparse.realsize": str(2**63 - 1)})
          .file("GNUSparseFile.0/s", (b"1\n0\n512\n").ljust(512, b"\0") + b"A" * 512)])

# The order of an archive's entries counts (tests/hostile/run-orders has many more).
shows("a hard link to what a later entry replaces", [Tar().file("a", b"old"), Tar().link("b", "a").file("a", b"new")],
      {"a": a_file(b"new", nlink=1), "b": a_file(b"old", nlink=1)})
refused("a hard link to what an earlier entry has removed", [Tar().file("a", b"old"), Tar().file(".wh.a").link("b", "a")],
        r'"b" is a hard link to "a", which an earlier entry of the layer removes')
