# SPDX-License-Identifier: Apache-2.0
"""What `mica commit --change` makes of instructions, and what buildah makes of the same in a Containerfile.

    instructions.py BRANCH MICA...      MICA... is the command, with the store that has the image and its branch

The image is made by `instructions.py image`, on standard output.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_image import Image, Tar  # noqa: E402

BASE = {"Env": ["PATH=/bin", "A=1", "B=two words", "E=", "P=/p", "PORTS=80 81/udp", "Q=it's \"q\"", "S=SIGINT"], "Cmd": ["/base", "cmd"],
        "Entrypoint": ["/base-entry"], "WorkingDir": "/work", "User": "base", "Labels": {"x": "y"}}

# What stands beside one another in one image: @ is a number of each row's own.
VALUES = [
    '$A', '${A}', '$NONE', 'x${NONE}y', '$B', '"$B"', "'$B'", '\\$A', '"\\$A"', "'\\$A'", '"a\\nb"', 'a\\nb', '"a\\"b"', '"\\\\"', '${A:-d}',
    '${E:-d}', '${NONE:-d}', '${NONE:-$A}', '${NONE:-${ALSO:-z}}', '${A:+d}', '${E:+d}', '${NONE:+d}', '"${NONE:-a b}"', '${A}$A', '$A$B',
    '$A/$P', '$A.x', '$Ax', '$', '$/', 'a$', '$1', '$12', '$A=b', '$Q', '"$Q"', "it\\'s", 'a"b"\'c\'d', '""', "''", '', 'a\\ b',
    '"a b"\\ c', '$_', '"${B}"', '${NONE:-}', '${NONE:-"q w"}',
]
TOGETHER = ['ENV V@=' + v for v in VALUES] + ['LABEL l@=' + v for v in VALUES] + [
    'ENV W=2 X=$W A2=$A', 'ENV $P=x', 'ENV Y old form $A', 'ENV Z "old  form" \'$A\'', 'ENV PATH=$PATH:/more', 'LABEL l $A', 'LABEL "$A"=v',
    'LABEL "a b"="c d"', 'EXPOSE $A', 'EXPOSE $PORTS', 'EXPOSE 8$A/udp', 'EXPOSE ${NONE:-90}', 'VOLUME $P', 'VOLUME $P/a $P/b', 'VOLUME ["/v $A"]',
    'VOLUME ["/v", "/w"]', 'VOLUME ["/q\'x\'"]',
]
# Instructions of one image each, one after the other.
ROWS = [
    [text.replace("@", str(i)) for i, text in enumerate(TOGETHER)],
    ['ENTRYPOINT ["/e"]', 'WORKDIR $P/$A', 'USER $A:$A', 'STOPSIGNAL $S'],
    ['ENTRYPOINT exec /e $A', 'WORKDIR sub/$A', 'USER ${NONE:-nobody}', 'STOPSIGNAL ${NONE:-SIGTERM}'],
    ['CMD ["$A", "x"]', 'WORKDIR "/a b"', 'USER "a"', 'STOPSIGNAL "9"'],
    ['CMD echo $A "b"', 'WORKDIR /a b', 'USER $NONE', 'ENV A=2', 'ENV NEW=$A', 'ENV A=3 NEWER=$A'],
    ['CMD ["/c"]', 'ENTRYPOINT ["/e"]', 'WORKDIR /one', 'WORKDIR two'],
    ['ENTRYPOINT ["/e"]', 'CMD ["/c"]', 'WORKDIR $P', 'WORKDIR \\$A'],
    ['ENV X=1', 'ENTRYPOINT ["/e"]', 'CMD []'],
    ['ENTRYPOINT []'],
]
# What neither takes.
REFUSED = ['ENV X=${A', 'ENV X="$A', "LABEL x='a", 'ENV X=${A:*b}', 'ENV X=${NONE:?no}', 'STOPSIGNAL $NONE', 'VOLUME $NONE', 'EXPOSE $NONE']
KEYS = ("Env", "Cmd", "Entrypoint", "WorkingDir", "User", "Labels", "ExposedPorts", "Volumes", "StopSignal")


def telling(config):
    """What is the same said in another way is the same."""
    found = {key: config.get(key) or None for key in KEYS}
    found["Env"] = sorted(found["Env"] or [])  # buildah moves what is set again to the end
    found["Labels"] = {k: v for k, v in (found["Labels"] or {}).items() if not k.startswith("io.buildah")}
    return found


def call(*argv, **more):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Buildah:
    def __init__(self, place):
        self.place = place
        self.command = ["buildah", "--root", place + "/root", "--runroot", place + "/run", "--storage-driver", "vfs"]
        open(place + "/base.tar", "wb").write(image())
        status, out, err = self.run("pull", "-q", "oci-archive:%s/base.tar" % place)
        assert status == 0, err
        self.base = out.split()[-1]

    def run(self, *argv):
        return call(*self.command, *argv, env={**os.environ, "TMPDIR": self.place, "HOME": self.place})

    def config(self, changes):
        open(self.place + "/Containerfile", "w").write("\n".join(["FROM " + self.base] + changes) + "\n")
        status, out, err = self.run("bud", "-q", "--layers=false", "-f", self.place + "/Containerfile", self.place + "/context")
        if status:
            return None, err
        found = json.loads(self.run("inspect", "--type", "image", out.split()[-1])[1])["OCIv1"]["config"]
        return telling(found), ""


def image():
    made = Image([Tar().dir("d").end()], name="base")
    made.config["config"] = BASE
    return made.oci_archive()


def mica_config(mica, branch, changes):
    status, out, err = call(*mica, "commit", "--quiet", "--force", *(word for c in changes for word in ("--change", c)), branch, "changed")
    if status:
        return None, err
    return telling(json.loads(call(*mica, "inspect", "--config", "changed")[1])["config"]), ""


def parts(found):
    """Each thing that a config says, for itself."""
    for key, value in found.items():
        if isinstance(value, dict):
            yield from (("%s %s" % (key, name), said) for name, said in value.items())
        elif key == "Env":
            yield from (("Env " + entry, True) for entry in value)
        else:
            yield key, value


def compare(changes, wanted, why, got, said):
    if wanted is None or got is None:
        print(changes[0], "buildah:", why.strip()[-300:], "mica:", said.strip())
        return 1
    left, right = dict(parts(wanted)), dict(parts(got))
    for key in sorted(left.keys() | right.keys()):
        if left.get(key) != right.get(key):
            print(key, "buildah:", left.get(key), "mica:", right.get(key))
    return left != right


def main():
    branch, mica = sys.argv[1], sys.argv[2:]
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        os.mkdir(place + "/context")
        buildah = Buildah(place)
        for changes in ROWS:
            wanted, why = buildah.config(changes)
            got, said = mica_config(mica, branch, changes)
            wrong += compare(changes, wanted, why, got, said)
        for text in REFUSED:
            got, said = mica_config(mica, branch, [text])
            wanted, why = buildah.config([text])
            if got or wanted or text not in said:
                print("not refused:", text, wanted, got, said)
                wrong += 1
    sys.exit(1 if wrong else 0)


if sys.argv[1:] == ["image"]:
    sys.stdout.buffer.write(image())
else:
    main()
