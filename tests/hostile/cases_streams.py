# SPDX-License-Identifier: Apache-2.0
"""Streams: ends of archives, compression in every legal form, damage, bombs. Sources: OCI image-spec layer.md and
media-types.md; RFC 1952 (gzip), RFC 8878 (zstd)."""
import bz2
import gzip
import lzma
import random
import struct
import zlib

from case import a_dir, a_file, refused, shows, survives
from made_image import OCI, Image, Tar, pax_record, sha256, zstd_stored

FILE = Tar().file("f", b"content")
TREE = {"f": a_file(b"content")}


def with_blob(blob, tar=None, form="gzip"):
    """An image whose one layer is the blob; diff ID that of `tar`."""
    return Image([tar or FILE.end()], form=form, blobs=[blob])


# ---- the end of an archive: the diff ID is of every byte, whatever is behind the end
for blocks in (0, 1, 2, 20):
    shows("an archive that ends with %d blocks of zeros" % blocks, Image([FILE.end(blocks)]), TREE)
shows("bytes behind the end", Image([FILE.end() + b"junk" * 1000]), TREE)
shows("a second archive behind the end is not read", Image([FILE.end() + Tar().file("g", b"no").end()]), TREE)
shows("an archive within an archive is a file", [Tar().file("inner.tar", FILE.end())], {"inner.tar": a_file(FILE.end())})

# ---- layers without anything
shows("an empty layer of 1024 zeros", Image([FILE.end(), b"\0" * 1024]), TREE)
shows("an empty layer of 10240 zeros", Image([FILE.end(), b"\0" * 10240], form="none"), TREE)
shows("a layer of no bytes", Image([FILE.end(), b""], form="none"), TREE)
shows("only an empty layer", Image([b"\0" * 1024]), {})
shows("the same layer twice", Image([FILE.end(), FILE.end()]), TREE)
shows("the same layer again above its removal",
      Image([FILE.end(), Tar().file(".wh.f").end(), FILE.end()]), TREE)

# ---- gzip and zstd
TAR = FILE.end()
shows("gzip in many members", with_blob(b"".join(gzip.compress(TAR[i:i + 100]) for i in range(0, len(TAR), 100)), TAR), TREE)
shows("an empty gzip member between", with_blob(gzip.compress(TAR[:700]) + gzip.compress(b"") + gzip.compress(TAR[700:])), TREE)
shows("zeros behind gzip", with_blob(gzip.compress(TAR) + b"\0" * 5000), TREE)
refused("junk behind gzip", with_blob(gzip.compress(TAR) + b"junk"), r"gzip|damaged|compress|magic|behind")
refused("gzip cut short", with_blob(gzip.compress(TAR)[:-9]), r"cut short|truncated|damaged|end")
refused("gzip with a wrong checksum", with_blob(gzip.compress(TAR)[:-8] + b"\0" * 8), r"checksum|damaged|crc|gzip")
refused("gzip with a broken body", with_blob(gzip.compress(TAR)[:30] + b"\xff" * 40), r"damaged|cut short|gzip|invalid|compress")
HEADER = b"\x1f\x8b\x08\x1e\0\0\0\0\0\x03"  # with extra, name, comment and header checksum
EXTRA = struct.pack("<H", 4) + b"abcd" + b"name\0" + b"comment\0"
HCRC = struct.pack("<H", zlib.crc32(HEADER + EXTRA) & 0xFFFF)
DEFLATE = zlib.compressobj(6, zlib.DEFLATED, -15)
shows("gzip with every optional field",
      with_blob(HEADER + EXTRA + HCRC + DEFLATE.compress(TAR) + DEFLATE.flush() +
                struct.pack("<II", zlib.crc32(TAR), len(TAR))), TREE)
SKIPPABLE = struct.pack("<II", 0x184D2A50, 8) + b"anything"
shows("zstd in frames, with skippable ones before, between and behind",
      with_blob(SKIPPABLE + zstd_stored(TAR[:700]) + SKIPPABLE + zstd_stored(TAR[700:]) + SKIPPABLE, form="zstd"), TREE)
refused("zstd cut short", with_blob(zstd_stored(TAR)[:-5], form="zstd"), r"cut short|truncated|damaged|end")
refused("zstd with a window of 2 GiB",
        with_blob(struct.pack("<IBB", 0xFD2FB528, 0, (31 - 10) << 3) + struct.pack("<I", 1 | len(TAR) << 3)[:3] + TAR,
                  form="zstd"), r"window|memory|limit")
refused("a skippable frame without its bytes", with_blob(zstd_stored(TAR) + SKIPPABLE[:10], form="zstd"),
        r"cut short|truncated|damaged|end")

def estargz():
    """eStargz: each entry a gzip member of its own, a table of contents as the last entry, an empty member whose header says
    where that is (stargz-snapshotter's docs/estargz.md)."""
    parts = [bytes(Tar().file(".no.prefetch.landmark", b"\x0f").bytes), bytes(Tar().file("f", b"content").bytes),
             Tar().file("stargz.index.json", b'{"version":1,"entries":[{"name":"f","type":"reg","size":7}]}').end()]
    members = [gzip.compress(part, mtime=0) for part in parts]
    place = b"%016xSTARGZ" % sum(len(member) for member in members[:2])
    empty = gzip.compress(b"", mtime=0)
    footer = empty[:3] + b"\x04" + empty[4:10] + struct.pack("<H", 4 + len(place)) + b"SG" + struct.pack("<H", len(place)) + place + empty[10:]
    return b"".join(members) + footer, b"".join(parts)


shows("an eStargz layer", with_blob(*estargz()),
      {".no.prefetch.landmark": a_file(b"\x0f"), "f": a_file(b"content"), "stargz.index.json": a_file()})

# ---- archives whose members are stored with holes, as `tar -S` does it
def with_holes(tar, name, data, form):
    pieces = []
    for at in range(0, len(data), 512):
        if data[at:at + 512].strip(b"\0"):
            if pieces and sum(pieces[-1]) == at:
                pieces[-1] = (pieces[-1][0], pieces[-1][1] + 512)
            else:
                pieces.append((at, min(512, len(data) - at)))
    stored = b"".join(data[at:at + length] for at, length in pieces)
    if form == "1.0":
        table = b"%d\n" % len(pieces) + b"".join(b"%d\n%d\n" % piece for piece in pieces)
        stored = table.ljust(-(-len(table) // 512) * 512, b"\0") + stored
        tar.pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name, "GNU.sparse.realsize": str(len(data))})
        return tar.file("GNUSparseFile.0/x", stored)
    if form == "0.1":
        tar.pax({"GNU.sparse.size": str(len(data)), "GNU.sparse.numblocks": str(len(pieces)), "GNU.sparse.name": name,
                 "GNU.sparse.map": ",".join("%d,%d" % piece for piece in pieces)})
        return tar.file("GNUSparseFile.0/x", stored)
    lines = [b"%011o\0%011o\0" % piece for piece in pieces]
    more = [lines[at:at + 21] for at in range(4, len(lines), 21)]
    tar.header(name, kind=b"S", size=len(stored), magic=b"ustar  \0",
               rest=b"\0" * 41 + b"".join(lines[:4]).ljust(96, b"\0") + bytes([bool(more)]) + b"%011o\0" % len(data))
    for number, block in enumerate(more):
        tar.raw(b"".join(block).ljust(504, b"\0") + bytes([number + 1 < len(more)]) + b"\0" * 7)
    return tar.body(stored)


HOLES = Tar().file("zeros", b"\0" * 40000 + b"end").file("f", b"content").end(20)
for how in ("gnu", "0.1", "1.0"):
    SPARSE = Tar()
    for member, content in Image([HOLES], form="none").layout_members().items():
        with_holes(SPARSE, member, content, how)
    shows("an archive whose members are stored with holes, %s" % how, SPARSE.end(),
          {**TREE, "zeros": a_file(b"\0" * 40000 + b"end")})
refused("an archive with a member of 8 EiB, all hole",
        Tar().file("index.json", b"{}").header("x", kind=b"S", size=0, magic=b"ustar  \0",
                                              rest=b"\0" * 137 + b"\0" + b"\x80" + (2**63 - 1).to_bytes(11, "big")).end(),
        r"limit|damaged|sparse|image")
shows("an archive with a hard link of a size, and a layer behind it",
      (lambda whole: Tar().file("a", b"x").link("b", "a", size=1024).end(0) + whole)(Image([TAR]).oci_archive()), TREE)

# ---- xz and bzip2: what docker, podman and skopeo read as well, of layers and of whole archives
for how, compress in (("xz", lzma.compress), ("bzip2", bz2.compress)):
    shows("a layer in %s" % how, with_blob(compress(TAR)), TREE)
    shows("a layer in %s of a docker-archive" % how,
          Image([TAR], blobs=[compress(TAR)]).docker_archive(tags=("made:latest",)), TREE, image="made:latest")
    shows("an archive in %s" % how, compress(Image([TAR]).oci_archive()), TREE)
    shows("an archive in two streams of %s" % how,
          compress(Image([TAR]).oci_archive()[:3000]) + compress(Image([TAR]).oci_archive()[3000:]), TREE)
    refused("an archive in %s, cut short" % how, compress(Image([TAR]).oci_archive())[:-20], r"the %s data is cut short" % how)
    refused("a layer in %s, cut short" % how, with_blob(compress(TAR)[:-9]), r"the %s data is cut short" % how)
refused("an archive in lz4", b"\x04\x22\x4d\x18" + b"x" * 600, r"compressed with lz4")

# ---- media types lie; the bytes do not
for said in ("gzip", "zstd", "none"):
    for blob, what in ((gzip.compress(TAR), "gzip"), (zstd_stored(TAR), "zstd"), (TAR, "plain")):
        shows("a layer said to be %s that is %s" % (said, what), with_blob(blob, form=said), TREE)
for media_type in (OCI + "layer.nondistributable.v1.tar+gzip", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                   "application/vnd.docker.image.rootfs.diff.tar.zstd"):
    shows("a layer of type %s" % media_type.rsplit(".", 3)[1:],
          Image([TAR]).change(lambda image, t=media_type: image.manifest["layers"][0].update(mediaType=t)), TREE)

# ---- digests and sizes
IMAGE = Image([TAR])


def changed_blob(image, change):
    image.finish()
    digest = sha256(image.layer_blobs[0])
    image.members["blobs/" + digest.replace(":", "/")] = change(image.layer_blobs[0])


def blob_case(change):
    return Image([TAR]).change(lambda image: changed_blob(image, change))


refused("a layer with one bit changed", blob_case(lambda b: b[:40] + bytes([b[40] ^ 1]) + b[41:]), r"digest|damaged")
refused("a layer's header byte changed that no checksum knows", blob_case(lambda b: b[:4] + b"\1" + b[5:]), r"digest")
refused("a layer that is shorter than said", blob_case(lambda b: b[:-1]), r"size|bytes|short|digest")
refused("a layer that is longer than said", blob_case(lambda b: b + b"\0"), r"size|bytes|long|digest")
refused("a manifest that says a wrong size",
        Image([TAR]).change(lambda i: i.manifest["layers"][0].update(size=i.manifest["layers"][0]["size"] + 1)), r"size|bytes")
refused("a wrong diff ID", Image([TAR]).change(lambda i: i.config["rootfs"].update(diff_ids=[sha256(b"other")])),
        r"diff ID|DiffID|uncompressed|digest")
refused("diff IDs in the wrong order",
        Image([TAR, Tar().file("g").end()]).change(lambda i: i.config["rootfs"]["diff_ids"].reverse()),
        r"diff ID|DiffID|uncompressed|digest")
refused("a layer that is not there", Image([TAR]).change(lambda i: i.drop.add(sha256(i.layer_blobs[0]))), r"missing|no |not ")
survives("a layer of size 2^63 - 1", Image([TAR]).change(lambda i: i.manifest["layers"][0].update(size=2**63 - 1)))

# ---- damaged archives, digests all right
ARCHIVE = Tar().pax({"mtime": "1.5", "SCHILY.xattr.user.x": "y"}).file("a", b"a" * 700).symlink("l", "a").dir("d").end()
for cut in (100, 511, 512, 600, 1024, 1100, 1536, 1700, 2000, 2400, 2600, 3000):
    survives("an archive cut at byte %d" % cut, Image([ARCHIVE[:cut]]))
refused("an archive that ends within a file", Image([Tar().header("f", size=100000).bytes + b"x" * 600]), r"damaged|cut short|truncated")
refused("a header with a wrong checksum", Image([Tar().file("a").header("b", checksum=1).end()]), r"damaged|checksum")
refused("text that is no archive", Image([b"hello, this is no tar archive at all\n" * 100]), r"archive|tar|damaged")
refused("random bytes", Image([random.Random(1).randbytes(20480)]), r"archive|tar|damaged|compress")
refused("a negative size", [Tar().header("f", size=-1)], r"damaged|size")
refused("a size of 2^63 - 1", [Tar().header("f", size=2**63 - 1).body(b"x")], r"damaged|size|cut short|truncated")
refused("a pax size of 2^64", [Tar().pax({"size": str(2**64)}).file("f", b"x")], r"damaged|size|cut short|truncated|range")
for kind in (b"L", b"K", b"x", b"g"):
    refused("a header %s that claims 8 GiB" % kind.decode(), [Tar().header("x", kind=kind, size=8 << 30)],
            r"damaged|size|long|big|memory|truncated")
survives("a pax header of 100,000 records", [Tar().pax(b"".join(pax_record("k%d" % i, "v") for i in range(100000))).file("f")])
survives("10,000 long names in a row", [Tar().raw(bytes(Tar().gnu_long(b"L", "n" * 200).bytes) * 10000).file("f")])
survives("10,000 pax headers in a row", [Tar().raw(bytes(Tar().pax({"a": "b"}).bytes) * 10000).file("f")])

# ---- bombs and limits
refused("more files than allowed", [Tar().file("a").file("b").file("c").file("d")], r"--max-files", ["--max-files", "3"])
shows("as many files as allowed", [Tar().file("a").file("b")], {"a": a_file(), "b": a_file()}, ["--max-files", "3"])
BOMB = Tar().file("zeros", b"\0" * (40 << 20)).end()
refused("a layer larger than allowed", Image([BOMB]), r"--max-layer-size", ["--max-layer-size", "10M"])
survives("a layer that was compressed a thousandfold", Image([BOMB]))
# One member of 4 GiB of zeros is compressed once and repeated: gzip members follow one another.
MEMBER = gzip.compress(b"\0" * (64 << 20), 9, mtime=0)
refused("an endless chain of gzip members", with_blob(MEMBER * 400), r"--max-layer-size|diff ID|DiffID|uncompressed|digest",
        ["--max-layer-size", "1G"])
DEEP = "/".join(["d"] * 2000)
shows("2,000 directories in each other", [Tar().pax({"path": DEEP + "/f"}).file("x", b"deep").end()],
      {**{"/".join(["d"] * n): a_dir() for n in range(1, 2001)}, DEEP + "/f": a_file(b"deep")})
survives("an xattr of 64 KiB and one beyond",
         [Tar().pax({"SCHILY.xattr.user.k": "v" * 65536}).file("f").pax({"SCHILY.xattr.user.k": "v" * 65537}).file("g")])
survives("an xattr whose name is too long", [Tar().pax({"SCHILY.xattr.user." + "n" * 300: "v"}).file("f")])
survives("5,000 xattrs on a file", [Tar().pax({"SCHILY.xattr.user.k%d" % i: "v" for i in range(5000)}).file("f")])
