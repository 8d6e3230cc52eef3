# SPDX-License-Identifier: Apache-2.0
"""What it takes to ask an image: each verb that reads one, on pyapp and on 500,000 files in 40 layers."""
import os
import sys

from measure import fresh_ext4, median, run, settle, table, timed

HERE = os.path.dirname(os.path.abspath(__file__))
FILES, LAYERS = 500_000, 40


def questions(image, before, path):
    """name -> words; `before` is a state of the image to compare with, `path` a directory in it."""
    return {
        "layers": ("layers", image),
        "layers --long": ("layers", "--long", image),
        "history": ("history", image),
        "waste": ("waste", image),
        "diff": ("diff", before, image),
        "diff --stat": ("diff", "--stat", before, image),
        "which PATH": ("which", image, path),
        "which /": ("which", image, "/"),
        "ls -lR": ("ls", "-lR", image),
        "ls -R --json": ("ls", "-R", "--json", image),
        "ls --upto": ("ls", "--upto", "2", image),
        "find -name": ("find", image, "-name", "*9"),
        "tree -d": ("tree", "-d", image),
        "report": ("report", "--quiet", image),
        # These read all contents or archives, and show progress on a terminal.
        "ls -R --digest (reads contents)": ("ls", "-R", "--digest", image),
        "lint (reads archives)": ("lint", "--quiet", image),
    }


def ask(mica, store, words):
    command = (mica, "--store", store) + words
    if words[0] == "lint":  # 3: it has findings
        command = ("sh", "-c", '"$@"; s=$?; [ $s = 3 ] || exit $s', "sh") + command
    return timed(*command)


def bench_reading(mica, images, scratch, rounds):
    layered = scratch + "/layered.tar"
    run(sys.executable, os.path.join(HERE, "make-layers"), str(FILES), str(LAYERS), layered)
    with fresh_ext4(scratch) as place:
        store = place + "/store"
        run(mica, "--store", store, "import", "--quiet", "oci:%s/oci:pyapp" % images)
        run(mica, "--store", store, "import", "--quiet", "--name", "layered", layered)
        settle()
        both = (questions("pyapp", "pyapp@3", "/usr/lib"), questions("layered", "layered@%d" % (LAYERS // 2), "/d000"))
        found = {}
        for _ in range(rounds + 1):  # the first one fills the page cache
            for number, asked in enumerate(both):
                for name, words in asked.items():
                    found.setdefault((number, name), []).append(ask(mica, store, words))
    rows = []
    for name in both[0]:
        row = [name]
        for number in range(len(both)):
            took = found[number, name][1:]
            row += ["%.3f" % median([t.seconds for t in took]), "%.0f" % max(t.peak_mib for t in took)]
        rows.append(row)
    table("asking images (pyapp; %d files of %d layers), files in the page cache" % (FILES, LAYERS),
          ("", "pyapp, s", "peak MiB", "layered, s", "peak MiB"), rows)
