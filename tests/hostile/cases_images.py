# SPDX-License-Identifier: Apache-2.0
"""Descriptions: indexes, manifests, configs, layouts and archives of images. Sources: OCI image-spec manifest.md,
image-index.md, config.md, image-layout.md; docker's image-spec v1.2 and manifest v2 schema 2."""
import gzip
import hashlib
import json

from case import a_file, refused, shows, survives
from made_image import ARCHITECTURE, DOCKER, OCI, Image, Tar, archive, sha256

TAR = Tar().file("f", b"content").end()
OTHER = Tar().file("g", b"other").end()
TREE, OTHER_TREE = {"f": a_file(b"content")}, {"g": a_file(b"other")}


def image(change=None, tar=TAR, **arguments):
    made = Image([tar], **arguments)
    return made.change(change) if change else made


def config(**fields):
    return image(lambda i: i.config.update(fields))


def manifest(**fields):
    return image(lambda i: i.manifest.update(fields))


def raw_config(data):
    return image(lambda i: setattr(i, "config_bytes", data if isinstance(data, bytes) else json.dumps(data).encode()))


def raw_manifest(data):
    return image(lambda i: setattr(i, "manifest_bytes", data))


def raw_index(data):
    return image(lambda i: setattr(i, "index_bytes", data if isinstance(data, bytes) else json.dumps(data).encode()))


def extended(base, more):
    """The JSON text of `base` with text put in before its last brace: for what json.dumps cannot write."""
    return json.dumps(base).encode()[:-1] + more + b"}"


# ---- config
shows("docker's media types", image(docker_types=True), TREE)
shows("nothing said of the media type (before OCI 1.0.2)", image(lambda i: i.manifest.pop("mediaType")), TREE)
shows("a config with fields that nobody knows and nulls", config(extra={"a": [1, None]}, history=None, created=None, config=None), TREE)
shows("history that is too long", config(history=[{"created_by": "x"}] * 5), TREE)
shows("history that is too short", config(history=[]), TREE)
shows("history with empty layers", config(history=[{"empty_layer": True}, {"created_by": "x"}, {"empty_layer": True}]), TREE)
survives("a config without os and architecture", image(lambda i: (i.config.pop("os"), i.config.pop("architecture"))))
refused("more diff IDs than layers", config(rootfs={"type": "layers", "diff_ids": [sha256(TAR), sha256(OTHER)]}), r"layers|diff")
refused("fewer diff IDs than layers", config(rootfs={"type": "layers", "diff_ids": []}), r"layers|diff")
refused("a rootfs of another type", config(rootfs={"type": "base", "diff_ids": [sha256(TAR)]}), r"rootfs|type")
refused("a config without rootfs", image(lambda i: i.config.pop("rootfs")), r"rootfs|config")
for what, digest in (("a path", "sha256:../../../../etc/passwd"), ("capitals", sha256(TAR).upper()),
                     ("capital digits", "sha256:" + sha256(TAR)[7:].upper()), ("too few digits", sha256(TAR)[:-1]),
                     ("too many digits", sha256(TAR) + "0"), ("md5", "md5:" + "0" * 32), ("no algorithm", sha256(TAR)[7:]),
                     ("a NUL", sha256(TAR)[:-1] + "\0")):
    refused("a diff ID that has %s" % what, config(rootfs={"type": "layers", "diff_ids": [digest]}), r"digest|NUL|null|JSON|config")
    refused("a layer's digest that has %s" % what,
            image(lambda i, d=digest: i.manifest["layers"][0].update(digest=d)), r"digest|NUL|null|JSON|manifest")
refused("a config that is a list", raw_config([]), r"config|JSON|object")
refused("a config that is no JSON", raw_config(b"{"), r"config|JSON")
refused("a config nested 100,000 deep", raw_config(b'{"a":' * 100000 + b"1" + b"}" * 100000), r"deep|nest|JSON|depth")
refused("a config with text that is not UTF-8", raw_config(extended(image().config, b',"author":"\xff\xfe"')), r"UTF-8|JSON|config")
refused("a config with a key twice", raw_config(extended(image().config, b',"os":"plan9"')), r"twice|duplicate|JSON|config")
refused("a config whose keys differ in case", raw_config(extended(image().config, b',"RootFS":{"type":"layers","diff_ids":[]}')),
        r"case|RootFS|config")
refused("a config of more than 4 MiB", config(author="x" * (5 << 20)), r"MiB|large|long|bytes|limit")
survives("huge numbers", config(extra=10**400))
survives("a user beyond 2^31", config(config={"User": "2147483648:4294967296"}))
shows("commands that could move a terminal stay inert",
      config(history=[{"created_by": "\x1b[2J\x07\nrm -rf %n $(id)"}], author="\x1b]0;x\x07"), TREE)

# ---- manifest
for what, fields in (("manifests and layers at once", {"manifests": []}), ("schema 1's fsLayers", {"fsLayers": []}),
                     ("schema version 1", {"schemaVersion": 1}), ("an index's media type", {"mediaType": OCI + "index.v1+json"}),
                     ("Layers beside layers", {"Layers": []}), ("layers that are an object", {"layers": {}})):
    refused("a manifest with " + what, manifest(**fields), r"manifest|schema|layers|media")
refused("a manifest with layers twice",
        image(lambda i: (i.descriptor(), setattr(i, "manifest_bytes", extended(i.manifest, b',"layers":[]')))), r"twice|duplicate|JSON")
refused("a manifest without config", image(lambda i: i.manifest.pop("config")), r"config|manifest")
refused("a manifest of another media type than its descriptor",
        image(lambda i: i.index.update(manifests=[{**i.descriptor(), "mediaType": DOCKER + "distribution.manifest.v2+json"}])),
        r"descriptor has")
refused("a layer of negative size", image(lambda i: i.manifest["layers"][0].update(size=-1)), r"size")
refused("a layer without a size", image(lambda i: i.manifest["layers"][0].pop("size")), r"size")
refused("a manifest of more than 4 MiB", image(lambda i: i.manifest.update(annotations={"a": "x" * (5 << 20)})),
        r"MiB|large|long|bytes|limit|size")
refused("a manifest of 5,000 layers", image(lambda i: i.manifest.update(layers=i.manifest["layers"] * 5000)), r"layers")
refused("an artifact that is no image",
        image(lambda i: (i.manifest.update(artifactType="application/x-thing"),
                         i.manifest["config"].update(mediaType=OCI.replace("image.", "") + "empty.v1+json"))),
        r"artifact|image")
refused("a helm chart", image(lambda i: i.manifest["config"].update(mediaType="application/vnd.cncf.helm.config.v1+json")),
        r"artifact|image|config")
refused("a manifest with another digest than the index says",
        image(lambda i: (i.finish(), i.members.update({"blobs/" + sha256(i.manifest_bytes).replace(":", "/"):
                                                       i.manifest_bytes + b" "}))), r"digest|bytes")
refused("a config with another digest than the manifest says",
        image(lambda i: (i.finish(), i.members.update({"blobs/" + sha256(i.config_bytes).replace(":", "/"):
                                                       i.config_bytes[:-1] + b" }"}))), r"digest|bytes")
refused("a manifest that is not there", image(lambda i: i.drop.add(sha256(i.finish().manifest_bytes))), r"manifest|missing|no ")
shows("a manifest with a subject and annotations",
      manifest(subject={"mediaType": OCI + "manifest.v1+json", "digest": sha256(b""), "size": 0}, annotations={"a": "b"}), TREE)

# ---- index
DESCRIPTOR = image().descriptor()
ATTESTATION = image(lambda i: i.manifest.update(layers=[{"mediaType": "application/vnd.in-toto+json",
                                                         "digest": sha256(b"{}"), "size": 2}]), blobs=[b"{}"])
ATTESTED = {**ATTESTATION.descriptor(), "platform": {"os": "unknown", "architecture": "unknown"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
THIS = {"os": "linux", "architecture": ARCHITECTURE}
FAR = {"os": "linux", "architecture": "s390x"}


def listed(*descriptors, **more):
    return {"schemaVersion": 2, "manifests": list(descriptors), **more}


def nested(*descriptors, name="made", media_type=OCI + "index.v1+json"):
    """An index.json that lists an index of the descriptors."""
    inner = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": list(descriptors)}).encode()
    outer = listed({"mediaType": media_type, "digest": sha256(inner), "size": len(inner),
                    "annotations": {"org.opencontainers.image.ref.name": name}})
    made = raw_index(outer)
    made.members["blobs/" + sha256(inner).replace(":", "/")] = inner
    return made


def plain(made, **more):
    found = made.descriptor()
    found.pop("annotations", None)
    return {**found, **more}


FAR_IMAGE = image(lambda i: i.config.update(architecture="s390x"), tar=OTHER)
for kind in (OCI + "index.v1+json", DOCKER + "distribution.manifest.list.v2+json"):
    shows("the image of this platform out of a %s" % kind.split(".")[-1 if "list" in kind else -2],
          nested(plain(FAR_IMAGE, platform=FAR), plain(image(), platform=THIS), ATTESTED, media_type=kind)
          .oci_archive([FAR_IMAGE, ATTESTATION]), TREE, arguments=["--platform", "linux/" + ARCHITECTURE])
shows("the image of another platform", nested(plain(FAR_IMAGE, platform=FAR), plain(image(), platform=THIS))
      .oci_archive([FAR_IMAGE]), OTHER_TREE, arguments=["--platform", "linux/s390x"])
refused("no image for the platform: it says which there are", nested(plain(FAR_IMAGE, platform=FAR)).oci_archive([FAR_IMAGE]),
        r"linux/s390x", arguments=["--platform", "linux/" + ARCHITECTURE])
refused("an index of attestations only", nested(ATTESTED).oci_archive([ATTESTATION]), r"image|platform|manifest")
shows("the first of two for one platform", nested(plain(image(), platform=THIS), plain(image(tar=OTHER), platform=THIS))
      .oci_archive([image(tar=OTHER)]), TREE, arguments=["--platform", "linux/" + ARCHITECTURE])
for nothing in ([], None):
    refused("an index with manifests %s" % nothing, raw_index({"schemaVersion": 2, "manifests": nothing}), r"no |image|manifest")
refused("an index that is no JSON", raw_index(b"<html>"), r"index|JSON")
shows("an index with what nobody knows beside the image",
      raw_index(listed({"mediaType": "application/x-unknown", "digest": sha256(b""), "size": 0}, DESCRIPTOR, x=1)), TREE)


def circle():
    """No digest can be in what it is the digest of: an index that names itself has a wrong one."""
    inner = json.dumps({"schemaVersion": 2, "manifests": [{"mediaType": OCI + "index.v1+json", "digest": sha256(b"self"),
                                                           "size": 4}]}).encode()
    outer = listed({"mediaType": OCI + "index.v1+json", "digest": sha256(b"self"), "size": len(inner)})
    made = raw_index(outer)
    made.members["blobs/" + sha256(b"self").replace(":", "/")] = inner
    return made


def tower(height):
    made = image()
    descriptor = plain(made)
    for _ in range(height):
        body = json.dumps(listed(descriptor)).encode()
        made.members["blobs/" + sha256(body).replace(":", "/")] = body
        descriptor = {"mediaType": OCI + "index.v1+json", "digest": sha256(body), "size": len(body)}
    made.index_bytes = json.dumps(listed(descriptor)).encode()
    return made


refused("an index in a circle", circle(), r"digest|size|index|deep|nest")
survives("indexes two deep", tower(2))
refused("indexes a thousand deep", tower(1000), r"deep|nest|index")

# ---- what is no image
SCHEMA1 = json.dumps({"schemaVersion": 1, "name": "x", "tag": "1", "architecture": "amd64", "fsLayers": [{"blobSum": sha256(TAR)}],
                      "history": [{"v1Compatibility": "{}"}], "signatures": []}).encode()


def of_type(media_type, body, **more):
    """A layout whose only entry is such a blob, and one with it in an index of its own."""
    entry = {"mediaType": media_type, "digest": sha256(body), "size": len(body), **more}
    for made in (raw_index(listed(entry)), nested(entry)):
        made.members["blobs/" + sha256(body).replace(":", "/")] = body
        yield made


for kind in ("prettyjws", "json"):
    for where, made in zip(("", " in an index"), of_type(DOCKER + "distribution.manifest.v1+" + kind, SCHEMA1)):
        refused("a docker schema 1 manifest by its type +%s%s" % (kind, where), made, r"docker schema 1 manifest \(no longer supported")
        if not where:
            continue
        index = json.loads(made.index_bytes)["manifests"][0]
        refused("such an index by its tag, " + kind, made, r"docker schema 1 manifest", tail=":made")
for made, where in zip(of_type("application/vnd.oci.artifact.manifest.v1+json", b"{}"), ("", " in an index")):
    refused("an artifact manifest%s: it says what there is" % where, made, r"contains no image, but application/vnd.oci.artifact")
refused("an artifact in an index beside an image of another platform",
        nested({"mediaType": "application/x", "digest": sha256(b"{}"), "size": 2}, plain(FAR_IMAGE, platform=FAR)).oci_archive([FAR_IMAGE]),
        r"no image for .*; available: linux/s390x", arguments=["--platform", "linux/" + ARCHITECTURE])
for media_type in (OCI + "layer.nondistributable.v1.tar+gzip", DOCKER + "image.rootfs.foreign.diff.tar.gzip"):
    refused("a layer that was left out because it may not be distributed: " + media_type,
            image(lambda i, t=media_type: (i.manifest["layers"][0].update(mediaType=t, urls=["https://example.org/layer"]),
                                           i.drop.add(i.manifest["layers"][0]["digest"]))),
            r"is missing: a layer of type .* is left out by those who may not distribute it")

# ---- layout
shows("members in any order", image().oci_archive(order=lambda names: sorted(names, reverse=True)), TREE)
shows("members and blobs that nobody asked for",
      image(lambda i: i.members.update({"README": b"x", "blobs/sha256/" + "0" * 64: b"unreferenced", "x/y": b""})), TREE)
refused("no oci-layout and no manifest.json", archive({"x": b"y"}), r"image|layout|archive")
refused("an index.json without blobs", archive({"index.json": image().finish().index_bytes}), r"missing")
refused("an empty archive", b"\0" * 1024, r"image|archive|empty")
refused("no archive", b"this is not an archive", r"image|archive")
refused("an empty file", b"", r"image|archive|empty")
refused("a tag that is not there: it says which are", image(), r"made", tail=":other")
shows("one of two images by its tag",
      raw_index(listed(DESCRIPTOR, {**plain(image(tar=OTHER)), "annotations": {"org.opencontainers.image.ref.name": "second"}}))
      .oci_archive([image(tar=OTHER)]), OTHER_TREE, image="second", tail=":second")
shows("both of two images",
      raw_index(listed(DESCRIPTOR, {**plain(image(tar=OTHER)), "annotations": {"org.opencontainers.image.ref.name": "second"}}))
      .oci_archive([image(tar=OTHER)]), OTHER_TREE, image="second")
shows("containerd's name", image(lambda i: i.index.update(manifests=[
    {**plain(i), "annotations": {"io.containerd.image.name": "docker.io/library/x:1", "org.opencontainers.image.ref.name": "1"}}])),
      TREE, image="docker.io/library/x:1")
for name in ("\x1b[31mred", "a b", "../../x", "a\nb", "-rf", "", "x" * 5000):
    survives("the name %r" % name[:20], image(name=name))
survives("a blob that is a symbolic link out of the archive",
         image(lambda i: i.members.update({"blobs/" + sha256(i.finish().layer_blobs[0]).replace(":", "/"):
                                           (b"2", "../../../../../../etc/passwd")})))
refused("an index.json that is a symbolic link out of the archive",
        image(lambda i: i.members.update({"index.json": (b"2", "/etc/passwd")})), r".")
refused("an index.json that is a link to itself", image(lambda i: i.members.update({"index.json": (b"2", "index.json")})), r".")
shows("compressed as a whole", gzip.compress(image().oci_archive()), TREE)

# ---- docker-archive
NAMED = {"image": "made:latest"}
for form in ("none", "gzip", "zstd"):
    shows("a docker-archive with layers of form " + form, image(form=form).docker_archive(), TREE, **NAMED)
shows("a docker-archive with its manifest last", image().docker_archive(manifest_last=True), TREE, **NAMED)
shows("a docker-archive compressed as a whole", gzip.compress(image().docker_archive()), TREE, **NAMED)
shows("a docker-archive without a tag", image().docker_archive(tags=None), TREE, arguments=["--name", "made"])
shows("a docker-archive with two tags", image().docker_archive(tags=("a:1", "b:2")), TREE, image="b:2")
shows("a docker-archive with a layer that is a link to another's",
      Image([TAR, TAR], form="none").change(lambda i: i.members.update({"1/layer.tar": (b"2", "../0/layer.tar")})).docker_archive(),
      TREE, **NAMED)
refused("a docker-archive with a wrong diff ID",
        config(rootfs={"type": "layers", "diff_ids": [sha256(b"x")]}).docker_archive(), r"diff ID|DiffID|uncompressed|digest")
refused("a docker-archive without a layer", image().docker_archive(layer_names=["gone/layer.tar"]).replace(b"gone/layer.tar\0", b"else/layer.tar\0"),
        r"layer|missing|no ")
refused("a docker-archive with fewer layers than diff IDs",
        Image([TAR, OTHER]).docker_archive(layer_names=["0/layer.tar"]), r"layer|diff")
refused("a docker-archive whose layer lies outside",
        image().docker_archive(layer_names=["../../../../etc/passwd"]), r".")
refused("an archive of docker's first format",
        archive({"repositories": b'{"made":{"latest":"' + b"0" * 64 + b'"}}', "0" * 64 + "/layer.tar": TAR,
                 "0" * 64 + "/json": b"{}", "0" * 64 + "/VERSION": b"1.0"}), r"docker before 1\.10")
refused("a manifest.json of more than 4 MiB",
        archive({"manifest.json": json.dumps([{"Config": "x" * (5 << 20), "RepoTags": None, "Layers": []}]).encode()}),
        r"MiB|large|long|bytes|limit|manifest.json")
for text in (b"{}", b"[{}]", b"[]", b"[1]", b'[{"Config":1,"Layers":[]}]', b'[{"Config":"c","Layers":"x"}]'):
    refused("a manifest.json that is %s" % text.decode(), archive({"manifest.json": text}), r".")


def hybrid(index_layers):
    """Docker since 25 writes both; its first versions listed manifests without layers in the index."""
    made = image()
    made.finish()
    docker = [{"Config": "blobs/sha256/" + hashlib.sha256(made.config_bytes).hexdigest(), "RepoTags": ["made:latest"],
               "Layers": ["blobs/" + sha256(made.layer_blobs[0]).replace(":", "/")]}]
    if not index_layers:
        empty = {**made.manifest, "layers": []}
        body = json.dumps(empty).encode()
        made.members["blobs/" + sha256(body).replace(":", "/")] = body
        made.index_bytes = json.dumps(listed({"mediaType": OCI + "manifest.v1+json", "digest": sha256(body), "size": len(body),
                                              "annotations": {"io.containerd.image.name": "made:latest"}})).encode()
    else:
        made.index_bytes = json.dumps(listed({**plain(made), "annotations": {"io.containerd.image.name": "made:latest"}})).encode()
    made.members["manifest.json"] = json.dumps(docker).encode()
    return made


NOTHING = Image([])
shows("an image without layers", NOTHING.oci_archive(), {}, image="made")
shows("an image without layers, written with null", Image([]).change(lambda i: i.manifest.update(layers=None)), {}, image="made")
shows("an image without layers, of docker", NOTHING.docker_archive(), {}, **NAMED)
refused("a layer, but none in the manifest", image(lambda i: i.manifest.update(layers=[])), r"0 layers|layers, but the config")
shows("docker 25's archive with both descriptions", hybrid(True), TREE, **NAMED)
shows("docker 25.0's archive whose manifest lists no layers", hybrid(False), TREE, **NAMED)
