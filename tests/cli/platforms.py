# SPDX-License-Identifier: Apache-2.0
"""Which image of an index `mica import` takes: for each row, out of the index in every order, the first that runs of
those that are there; without the nearest the next; and where skopeo is there, what it chooses as well, but for what
the row says of it.

    platforms.py MICA
"""
import itertools
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_image import ARCHITECTURE, OCI, Image, Tar, sha256  # noqa: E402

MICA = sys.argv[1]
LAYER = Tar().file("f", b"x").end()
BAD = []

# (--platform or None for this machine's, what is in the index, the nearest first; "-" in front: does not run,
#  skopeo's choice where it is another, and why)
ROWS = [
    ("linux/arm/v7", ["arm/v7", "arm/v6", "arm/v5", "-arm/v8"], None),
    ("linux/arm/v6", ["arm/v6", "arm/v5", "-arm/v7"], None),
    ("linux/armhf", ["arm/v7", "arm", "arm/v6"], None),
    ("linux/arm/v8", ["arm/v8", "arm/v7", "arm/v6"], None),
    ("linux/arm/v7", ["arm", "arm/v6", "-arm/v8"], ("arm/v6", "to skopeo what says no variant is the last")),
    ("linux/arm", ["arm/v7", "arm/v6", "-arm/v8"], ("arm/v8", "to skopeo arm without a variant is any, the highest first")),
    ("linux/aarch64", ["arm64/v8", "-arm64/v9", "-arm/v8"], None),
    ("linux/arm64", ["arm64", "arm64/v8", "-arm/v7"], None),
    ("linux/arm64/v8", ["arm64/v8", "arm64", "-arm/v8"], None),
    ("linux/arm64/v9", ["arm64/v9", "arm64/v8.5", "arm64/v8"], None),
    ("linux/amd64", ["amd64", "amd64/v1", "-amd64/v2", "-386"], None),
    ("linux/x86_64/v3", ["amd64/v3", "amd64/v2", "amd64", "-amd64/v4"], None),
    ("linux/amd64/v4", ["amd64/v2", "amd64", "-386"], ("amd64", "skopeo knows no levels of amd64")),
    ("linux/ppc64le/power9", ["ppc64le/power9", "ppc64le", "-ppc64le/power8"], None),
    ("linux/s390x", ["s390x", "-amd64", "-s390x/z15"], None),
]


def platform_of(text):
    arch, _, variant = text.partition("/")
    return {"os": "linux", "architecture": arch, **({"variant": variant} if variant else {})}


def made(text):
    return Image([LAYER], name=None).change(lambda i: (i.config.update(platform_of(text), author=text),
                                                       setattr(i, "platform", platform_of(text))))


def layout(tags, images):
    """ "layout", with an index under each tag: of the descriptors, or nested where there is a list in the list."""
    blobs = {digest: blob for image in images for digest, blob in image.all_blobs().items()}

    def index(entries):
        text = json.dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests":
                           [index(e) if isinstance(e, list) else e for e in entries]}).encode()
        blobs[sha256(text)] = text
        return {"mediaType": OCI + "index.v1+json", "digest": sha256(text), "size": len(text)}

    top = [{**index(entries), "annotations": {"org.opencontainers.image.ref.name": tag}} for tag, entries in tags.items()]
    shutil.rmtree("layout", ignore_errors=True)
    os.makedirs("layout/blobs/sha256")
    for digest, blob in blobs.items():
        open("layout/blobs/" + digest.replace(":", "/"), "wb").write(blob)
    open("layout/oci-layout", "w").write('{"imageLayoutVersion":"1.0.0"}')
    open("layout/index.json", "w").write(json.dumps({"schemaVersion": 2, "manifests": top}))


def call(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def mica_takes(platform, images):
    """{tag: what was taken of its index} of all tags at once."""
    shutil.rmtree("store", ignore_errors=True)
    how = [] if platform is None else ["--platform", platform]
    status, out, err = call(MICA, "--store", "store", "import", *how, "oci:layout")
    if status:
        BAD.append("%s: %s" % (platform, err))
    known = {sha256(image.finish().manifest_bytes): image.config["author"] for image in images}
    return {line.split()[0]: known[line.split()[1]] for line in out.splitlines()}


def refusal(platform, tag):
    return call(MICA, "--store", "store", "import", "--platform", platform, "oci:layout:" + tag)[2]


def skopeo_takes(platform, tag):
    system, arch, *variant = platform.split("/")
    arch, said = {"armhf": ("arm", ["v7"]), "aarch64": ("arm64", []), "x86_64": ("amd64", [])}.get(arch, (arch, []))
    how = ["--override-os", system, "--override-arch", arch] + [w for v in (variant or said) for w in ("--override-variant", v)]
    status, out, err = call("skopeo", *how, "inspect", "--config", "oci:layout:" + tag)
    return err if status else json.loads(out)["author"]


def expect(what, wanted, got):
    if got != wanted:
        BAD.append("%s: %s, not %s" % (what, got, wanted))


def orders(tag, descriptors):
    return {"%s%d" % (tag, i): list(order) for i, order in enumerate(itertools.permutations(descriptors))}


def check(what, wanted, taken, tag):
    for name in [name for name in taken if name.rstrip("0123456789") == tag] or [tag]:
        expect("%s, order %s" % (what, name), wanted, taken.get(name))


def row(platform, there, other):
    images = {text.lstrip("-"): made(text.lstrip("-")) for text in there}
    runs = [text for text in there if text[0] != "-"]
    tags = orders("all", [image.descriptor() for image in images.values()])
    for left in range(1, len(runs) + 1):
        rest = [image.descriptor() for text, image in images.items() if text not in runs[:left]]
        tags.update({"flat%d" % left: rest, "nested%d" % left: [rest[:1], [rest[1:]]]})
    layout(tags, images.values())
    taken = mica_takes(platform, images.values())
    check(platform + " of all", runs[0], taken, "all")
    for left in range(1, len(runs)):
        for form in "flat", "nested":
            expect("%s without %s, %s" % (platform, runs[:left], form), runs[left], taken.get("%s%d" % (form, left)))
    said = refusal(platform, "flat%d" % len(runs))
    if not all("linux/" + text in said for text in images if text not in runs) or "no image" not in said:
        BAD.append("%s: does not say what there is: %s" % (platform, said))
    if shutil.which("skopeo"):
        for tag in "all0", "all5":
            expect("skopeo: " + platform, other[0] if other else runs[0], skopeo_takes(platform, tag))


def this_machine():
    """Without --platform: the nearest to this machine, and what it runs besides."""
    older = {"amd64": ["amd64/v1", "386"], "arm64": ["arm64/v8", "arm/v7"]}.get(ARCHITECTURE, [ARCHITECTURE])
    images = [made(text) for text in ["s390x" if ARCHITECTURE != "s390x" else "riscv64"] + older]
    described = [image.descriptor() for image in images]
    layout({**orders("all", described), "only": [described[0], described[-1]]}, images)
    taken = mica_takes(None, images)
    check("this machine", older[0], taken, "all")
    if ARCHITECTURE == "amd64":
        expect("a machine of 64 bits", "386", taken.get("only"))


def no_platforms():
    """Entries whose platform only their configs say come behind those that say one, whatever the order."""
    images = [made(text) for text in ("arm/v6", "arm/v7", "arm/v5", "s390x")]
    said = [image.descriptor() for image in images]
    unsaid = [{key: value for key, value in d.items() if key != "platform"} for d in said]
    layout({**orders("some", [unsaid[0], unsaid[1], unsaid[3], said[2]]), **orders("none", unsaid)}, images)
    taken = mica_takes("linux/arm/v7", images)
    check("one that says its platform", "arm/v5", taken, "some")
    check("none that says its platform", "arm/v7", taken, "none")


for line in ROWS:
    row(*line)
this_machine()
no_platforms()
print("\n".join(BAD))
sys.exit(1 if BAD else 0)
