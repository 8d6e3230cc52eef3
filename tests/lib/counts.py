# SPDX-License-Identifier: Apache-2.0
"""How many tests passed, failed and were skipped, and how long each took, from what runners leave."""
import json
import re

SUM = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
TIMED = re.compile(r"^(?:ok|FAILED) +(.+) \((\d+(?:\.\d+)?) s\)$", re.MULTILINE)
CMOCKA = re.compile(r"^\[  (PASSED |FAILED |SKIPPED)\s*\] (\d+) test\(s\)", re.MULTILINE)
SKIP_STATUS = 77


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def __add__(self, other):
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        return "%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped)


def of_script(text, status):
    """Of a program that ends with a line `N passed, N failed, N skipped`. One that ends without it, or in failure though it names
    no failed test, has one failure more."""
    sums = SUM.findall(text)
    counts = Counts(*map(int, sums[-1])) if sums else Counts()
    if not sums or (status not in (0, SKIP_STATUS) and counts.failed == 0):
        counts.failed += 1
    return counts


def times_of_script(text):
    """[(seconds, name)] of the tests whose lines end with how long they took. Columns that follow a name are no part of it."""
    return [(float(seconds), re.sub("  +.*", "", name)) for name, seconds in TIMED.findall(text)]


def of_program(test):
    """Of one test of meson's. A program that uses cmocka says in its output how its single tests went, and each counts; any other
    counts as one. A program that dies, or ends in failure without naming a failed test, is one failure more."""
    seen = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    found = CMOCKA.findall(test.get("stdout", "") + "\n" + test.get("stderr", ""))
    for word, number in found:
        seen[word.strip()] += int(number)
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if test["result"] == "SKIP":
        return Counts(skipped=max(1, seen["SKIPPED"]))
    if not found:
        return Counts(passed=int(good), failed=int(not good))
    if not good and seen["FAILED"] == 0:
        seen["FAILED"] = 1
    return Counts(seen["PASSED"], seen["FAILED"], seen["SKIPPED"])


def of_meson(path):
    """(counts, times) of meson's log of tests. That nothing ran is a failure too."""
    counts, times = Counts(), []
    try:
        with open(path, encoding="utf-8") as log:
            for test in map(json.loads, log):
                counts += of_program(test)
                times.append((test["duration"], test["name"].rpartition(" / ")[2]))
    except OSError:
        pass
    return counts if times else Counts(failed=1), times
