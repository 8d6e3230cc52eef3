# SPDX-License-Identifier: Apache-2.0
"""A docker-archive has no manifest: the one that it gets depends on the archive alone, whatever the store holds, and is
true of its layers.

    docker_archives.py MICA
"""
import bz2
import gzip
import hashlib
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_image import OCI, Image, Tar, sha256, zstd_stored  # noqa: E402

MICA = sys.argv[1]
TARS = [Tar().dir("d").file("d/one", b"1" * 5000).end(), Tar().file("d/two", b"2").end(), Tar().file("three", b"3").end(20)]
FORMS = {"none": bytes, "gzip": lambda tar: gzip.compress(tar, 1, mtime=0), "zstd": zstd_stored,
         "xz": lzma.compress, "bzip2": bz2.compress}
BAD = []


def mica(*argv, store="store"):
    done = subprocess.run([MICA, "--store", store, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check(what, good, got=""):
    if not good:
        BAD.append("%s: %s" % (what, got))


def write(name, data):
    open(name, "wb").write(data)
    return name


def docker(forms, name="made:1", tars=None):
    tars = tars or TARS
    blobs = [FORMS[form](tar) for form, tar in zip(forms, tars)]
    return Image(tars, "none", blobs=blobs).docker_archive(tags=(name,))


def oci(form, name, tars=None):
    tars = tars or TARS
    return Image(tars, form if form in ("gzip", "zstd") else "none", name=name).oci_archive()


def digest_in(archive, before):
    """What an archive's image is called in a store that holds `before`."""
    shutil.rmtree("store", ignore_errors=True)
    for i, other in enumerate(before):
        status, _, err = mica("import", write("before%d.tar" % i, other))
        check("importing", status == 0, err)
    status, out, err = mica("import", write("it.tar", archive))
    check("importing", status == 0, err)
    return out.split()[1] if status == 0 else err


def blob_is(blob):
    return "+gzip" if blob[:2] == b"\x1f\x8b" else "+zstd" if blob[:4] == b"\x28\xb5\x2f\xfd" else ""


def check_manifest(what, digest, tars):
    """Of the image in "store": its layers are there, of the types that are said, and are the archive's."""
    def blob(d):
        return open("store/blobs/" + d.replace(":", "/"), "rb").read()

    if not os.path.exists("store/blobs/" + digest.replace(":", "/")):
        BAD.append("%s: no manifest %s" % (what, digest))
        return
    for tar, layer in zip(tars, json.loads(blob(digest))["layers"]):
        data = blob(layer["digest"])
        check(what + " layer", sha256(data) == layer["digest"] and len(data) == layer["size"], layer)
        check(what + " type", layer["mediaType"] == OCI + "layer.v1.tar" + blob_is(data), layer)
        if blob_is(data) == "":
            check(what + " content", data == tar, layer)


def python_reads(what):
    """Archives that are written, by Python's tarfile: every member's name is the digest of what is in it."""
    for form in "oci-archive", "docker-archive":
        status, _, err = mica("export", "made:1", form + ":out.tar")
        check(what + " export", status == 0, err)
        with tarfile.open("out.tar") as tar:
            for member in tar:
                name = os.path.basename(member.name).split(".")[0]
                if member.isfile() and len(name) == 64:
                    check("%s %s %s" % (what, form, member.name), hashlib.sha256(tar.extractfile(member).read()).hexdigest() == name)
            check(what + " members", len(tar.getnames()) >= 5, tar.getnames())


def others_take_it(what):
    """What is exported is read by those who believe media types."""
    shutil.rmtree("layout", ignore_errors=True)
    shutil.rmtree("bundle", ignore_errors=True)
    status, _, err = mica("export", "made:1", "oci:layout:it")
    check(what + " export", status == 0, err)
    commands = [["skopeo", "copy", "-q", "oci:layout:it", "oci:copied:it"]]
    if "zstd" not in what and os.geteuid() == 0:
        commands.append(["umoci", "unpack", "--image", "layout:it", "bundle"])
    for command in commands:
        if shutil.which(command[0]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            check("%s %s" % (what, command[0]), done.returncode == 0, done.stdout.decode())


def one_digest():
    rows = [[form] * 3 for form in FORMS] + [["none", "gzip", "xz"]]
    for forms in rows:
        archive, what = docker(forms), " ".join(forms)
        wanted = digest_in(archive, [])
        check_manifest(what, wanted, TARS)
        others_take_it(what)
        python_reads(what)
        status, out, err = mica("import", "it.tar")
        check(what + ", again", "unchanged" in out and wanted in out, (status, out, err))
        for before in ([oci("gzip", "made:1")], [oci("none", "made:1")], [oci("zstd", "other")],
                       [oci("gzip", "part", TARS[:1])], [docker(["gzip"] * 3, "made:1")], [docker(["none"] * 3, "x:2")],
                       [docker(["xz", "zstd"], "y:1", TARS[:2]), oci("gzip", "made:1")]):
            check(what, digest_in(archive, before) == wanted, "another digest")
            check_manifest(what, wanted, TARS)


def several_images():
    """Images of one archive share its layers, also those that had to be unpacked."""
    first, second = Image(TARS[:1], "none"), Image(TARS[:2], "none")
    listed = []
    members = {}
    for i, image in enumerate((first, second)):
        image.finish()
        config = hashlib.sha256(image.config_bytes).hexdigest() + ".json"
        members[config] = image.config_bytes
        listed.append({"Config": config, "RepoTags": ["made:%d" % i], "Layers": ["a", "b"][:i + 1]})
    members.update({"a": lzma.compress(TARS[0]), "b": bz2.compress(TARS[1]), "manifest.json": json.dumps(listed).encode()})
    from made_image import archive
    shutil.rmtree("store", ignore_errors=True)
    status, out, err = mica("import", write("several.tar", archive(members)))
    check("several", status == 0, err)
    for line, tars in zip(out.splitlines(), (TARS[:1], TARS[:2])):
        check_manifest("several", line.split()[1], tars)


def not_what_it_says():
    """A layer of a known diff ID that is cut off, in a store that has the layer: neither taken nor described."""
    for form in "none", "gzip", "xz":
        digest_in(docker(["none"] * 3), [])
        cut = Image(TARS, "none", blobs=[FORMS["none"](TARS[0]), FORMS[form](TARS[1][:-512]), TARS[2]])
        status, out, err = mica("import", write("cut.tar", cut.docker_archive(tags=("cut:1",))))
        check("cut off, " + form, status == 1 and "layer 2 of 3" in err, (out, err))


one_digest()
several_images()
not_what_it_says()
print("\n".join(BAD))
sys.exit(1 if BAD else 0)
