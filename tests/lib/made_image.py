# SPDX-License-Identifier: Apache-2.0
"""Makes images of any shape, right or wrong, byte by byte: what no sane tool writes must be written for the tests.

    tar = Tar().dir("etc").file("etc/motd", b"hello")     a layer's archive, header by header
    image = Image([tar.end()])                            an image of such layers
    image.oci_archive()                                   its bytes as an oci-archive

Nothing here checks what it is told to write. Header fields may be given as text or as bytes of just their form.
"""
import copy
import gzip
import hashlib
import io
import json
import platform
import struct
import tarfile

MTIME = 1_500_000_000
OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
# This machine's architecture as images name it.
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386"}.get(platform.machine(), platform.machine())


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def raw(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def number(value, width):
    """A header's number: octal with a NUL, base-256 where that has no room, or the very bytes that are given."""
    if isinstance(value, bytes):
        return value.ljust(width, b"\0")[:width]
    if 0 <= value < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, value)
    packed = (value & ((1 << (8 * width)) - 1)).to_bytes(width, "big")
    return bytes([packed[0] | 0x80]) + packed[1:] if value >= 0 else b"\xff" + packed[1:]


def pax_record(key, value):
    body = b" " + raw(key) + b"=" + raw(value) + b"\n"
    length = len(body)
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body


class Tar:
    """An archive that grows by calls; each returns the archive."""

    def __init__(self):
        self.bytes = bytearray()

    def header(self, name, kind=b"0", size=0, mode=0o644, uid=0, gid=0, mtime=MTIME, link=b"", magic=b"ustar\x0000",
               device=(0, 0), prefix=b"", rest=b"", checksum=None):
        head = b"".join((
            raw(name)[:100].ljust(100, b"\0"), number(mode, 8), number(uid, 8), number(gid, 8), number(size, 12),
            number(mtime, 12), b" " * 8, kind, raw(link)[:100].ljust(100, b"\0"), magic, b"\0" * 64,
            number(device[0], 8), number(device[1], 8), raw(prefix).ljust(155, b"\0")))
        if rest:
            head = head[:345] + rest
        head = head.ljust(512, b"\0")
        total = sum(head) if checksum is None else checksum
        self.bytes += head[:148] + b"%06o\0 " % total + head[156:]
        return self

    def body(self, data):
        self.bytes += data + b"\0" * (-len(data) % 512)
        return self

    def pax(self, records, kind=b"x"):
        """Records as {key: value} or as bytes of just their form."""
        data = records if isinstance(records, bytes) else b"".join(pax_record(k, v) for k, v in records.items())
        return self.header("PaxHeaders/x", kind, len(data)).body(data)

    def gnu_long(self, kind, text):
        data = raw(text) + b"\0"
        return self.header("././@LongLink", kind, len(data), magic=b"ustar  \0").body(data)

    def file(self, name, data=b"", **fields):
        return self.header(name, size=fields.pop("size", len(data)), **fields).body(data)

    def dir(self, name, mode=0o755, **fields):
        return self.header(name, kind=b"5", mode=mode, **fields)

    def symlink(self, name, target, **fields):
        return self.header(name, kind=b"2", mode=0o777, link=target, **fields)

    def link(self, name, target, **fields):
        return self.header(name, kind=b"1", link=target, **fields)

    def raw(self, data):
        self.bytes += data
        return self

    def end(self, blocks=2):
        return bytes(self.bytes) + b"\0" * (512 * blocks)


def compressed(data, form):
    if form == "gzip":
        return gzip.compress(data, 6, mtime=0)
    if form == "zstd":
        return zstd_stored(data)
    return data


def zstd_stored(data):
    """A zstd frame of raw blocks: valid, and needs no library."""
    out = bytearray(struct.pack("<IBB", 0xFD2FB528, 0x00, 0x38))  # window of 128 KiB, no content size, no checksum
    chunks = [data[i:i + 65536] for i in range(0, len(data), 65536)] or [b""]
    for index, chunk in enumerate(chunks):
        last = index == len(chunks) - 1
        out += struct.pack("<I", last | len(chunk) << 3)[:3] + chunk
    return bytes(out)


class Image:
    """An image of layers' archives (bottom first). All descriptions are plain data that a test may change before it asks
    for an archive: config, manifest, index, blobs, extra members; `finish` settles digests from the inside out."""

    def __init__(self, layers, form="gzip", name="made", docker_types=False, blobs=None):
        self.tars = layers
        self.form = form
        self.name = name
        self.layer_blobs = [compressed(tar, form) for tar in layers] if blobs is None else blobs
        kind = {"gzip": "+gzip", "zstd": "+zstd", "none": ""}[form]
        layer_type = DOCKER + "image.rootfs.diff.tar.gzip" if docker_types else OCI + "layer.v1.tar" + kind
        self.config = {
            "architecture": ARCHITECTURE, "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [sha256(tar) for tar in layers]},
            "history": [{"created_by": "step %d" % i} for i in range(len(layers))],
        }
        self.manifest = {
            "schemaVersion": 2,
            "mediaType": DOCKER + "distribution.manifest.v2+json" if docker_types else OCI + "manifest.v1+json",
            "config": {"mediaType": DOCKER + "container.image.v1+json" if docker_types else OCI + "config.v1+json"},
            "layers": [{"mediaType": layer_type, "digest": sha256(blob), "size": len(blob)} for blob in self.layer_blobs],
        }
        self.index = {"schemaVersion": 2, "manifests": None}
        self.platform = None
        self.members = {}  # further members of the archive, or other bytes for those that are made
        self.drop = set()  # digests of blobs that are left out
        self.config_bytes = self.manifest_bytes = self.index_bytes = None

    def change(self, function):
        """Applies a change and returns the image, so that cases fit on a line."""
        function(self)
        return self

    def finish(self):
        if self.config_bytes is None:
            self.config_bytes = json.dumps(self.config).encode()
        described = self.manifest.get("config") if isinstance(self.manifest, dict) else None
        if self.manifest_bytes is None:
            if isinstance(described, dict):
                described.setdefault("digest", sha256(self.config_bytes))
                described.setdefault("size", len(self.config_bytes))
            self.manifest_bytes = json.dumps(self.manifest).encode()
        if self.index_bytes is None:
            index = copy.deepcopy(self.index)
            if index.get("manifests", 0) is None:
                index["manifests"] = [self.descriptor()]
            self.index_bytes = json.dumps(index).encode()
        return self

    def descriptor(self):
        """Of the manifest, as an index lists it. Settles config and manifest."""
        if self.manifest_bytes is None:
            keep, self.index_bytes = self.index_bytes, b""
            self.finish()
            self.index_bytes = keep
        media_type = self.manifest.get("mediaType", OCI + "manifest.v1+json")
        found = {"mediaType": media_type, "digest": sha256(self.manifest_bytes), "size": len(self.manifest_bytes)}
        if self.platform:
            found["platform"] = self.platform
        if self.name is not None:
            found["annotations"] = {"org.opencontainers.image.ref.name": self.name}
        return found

    def all_blobs(self):
        self.finish()
        blobs = [self.config_bytes, self.manifest_bytes] + self.layer_blobs
        return {sha256(blob): blob for blob in blobs if sha256(blob) not in self.drop}

    def layout_members(self, others=()):
        """{path: bytes} of an OCI layout with this image's index; blobs of `others` as well."""
        self.finish()
        members = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": self.index_bytes}
        for image in (self, *others):
            for digest, blob in image.all_blobs().items():
                members["blobs/" + digest.replace(":", "/")] = blob
        members.update(self.members)
        return members

    def oci_archive(self, others=(), order=None):
        members = self.layout_members(others)
        return archive({name: members[name] for name in order(members)} if order else members)

    def docker_archive(self, tags=("made:latest",), manifest_last=False, layer_names=None):
        self.finish()
        names = layer_names or ["%d/layer.tar" % i for i in range(len(self.layer_blobs))]
        config_name = hashlib.sha256(self.config_bytes).hexdigest() + ".json"
        listed = [{"Config": config_name, "RepoTags": list(tags) if tags is not None else None, "Layers": names}]
        members = {config_name: self.config_bytes}
        members.update(zip(names, self.layer_blobs))
        described = {"manifest.json": json.dumps(listed).encode()}
        members = {**members, **described} if manifest_last else {**described, **members}
        members.update(self.members)
        return archive(members)


def archive(members):
    """A plain tar of members; a value that is a tuple (b"2", target) is a symbolic link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(data, tuple):
                member.type, member.linkname = data
                tar.addfile(member)
            else:
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return out.getvalue()
