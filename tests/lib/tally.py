#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the tests in meson's testlog.json: prints PASSED FAILED SKIPPED.

A program that uses cmocka says in its output how its single tests went, and each counts. Any other program counts as
one test. A program that dies, or ends in failure without naming a failed test, is one failure more.
"""
import json
import re
import sys

CMOCKA = re.compile(r"^\[  (PASSED |FAILED |SKIPPED)\s*\] (\d+) test\(s\)", re.MULTILINE)


def count(test):
    text = test.get("stdout", "") + "\n" + test.get("stderr", "")
    seen = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    named = False
    for word, number in CMOCKA.findall(text):
        named = True
        seen[word.strip()] += int(number)
    result = test["result"]
    good = result in ("OK", "EXPECTEDFAIL")
    if result == "SKIP":
        return 0, 0, max(1, seen["SKIPPED"])
    if not named:
        return (1, 0, 0) if good else (0, 1, 0)
    if not good and seen["FAILED"] == 0:
        seen["FAILED"] = 1
    return seen["PASSED"], seen["FAILED"], seen["SKIPPED"]


def main(path):
    totals = [0, 0, 0]
    with open(path, encoding="utf-8") as log:
        for line in log:
            totals = [a + b for a, b in zip(totals, count(json.loads(line)))]
    if totals == [0, 0, 0]:
        totals = [0, 1, 0]  # that nothing ran is a failure too
    print(*totals)


main(sys.argv[1])
