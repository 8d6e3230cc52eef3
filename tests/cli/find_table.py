#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A table of expressions, each given to mica find for an image and to GNU find for an unpacked copy: the same paths, and what one
refuses the other refuses.

    find_table.py MICA IMAGE COPY [USER GROUP]      names of the image's root, where it has them
"""
import os
import subprocess
import sys

MICA, IMAGE, COPY = sys.argv[1:4]
TABLE = """
-name *.so
-name f*
-iname README*
-path */d/*
-path *bin*
-ipath */ETC/*
-wholename */e*y
-type f
-type d
-type l
-type c
-type b,p
-type f,l
-type f -size 0
-type f -size +1
-type f -size -2
-type f -size 1k
-type f -size +3k
-type f -size -10c
-type f -size 13c
-type f -size +1M
-type f -size 1w
-type f -size +600b
-perm 0644
-perm -0111
-perm /6000
-perm /0
-perm -0
-perm -u=s
-perm u=rw,go=r
-perm /u=s,g=s
-perm -o=t
-perm -a+x
-perm -u+w,g+w
-perm 7777
-uid 0
-uid +0
-uid -5
-gid +6
-gid 4
-links 1
-type f -links +1
-type f -links -2
-newermt 2000-01-01
-newermt @1499999999
-newermt @1500000000
-newermt 2017-07-14T02:40:00Z
! -newermt 2001-01-01
-mtime +100
-mtime -100
-empty
-empty -type d
-not -empty -type f
-maxdepth 0
-maxdepth 1
-mindepth 2 -type d
-mindepth 1 -maxdepth 1
-true
-false
-not -false
-name d -o -name f
-type f -name f -o -type d
-type f ( -name f* -o -name s* )
! ( -type d -o -type l )
! ! -type d
-not -not -type f
-type d -a -name d
-type d -and ! -name d -or -name f
-false -o -true
-false -a -true -o -type l
( ( -type f ) )
-mindepth 1 -name [a-f]*
-mindepth 1 -name ?
-name *\\-*
-print0
-name f -print0 -o -name d -print0
-name f -print0 -print0
-type f -print0 -false -o -type d -print0
-newer {}/d/closed/f
-newer {}/first
! -newer {}/loop
-samefile {}/first
-samefile {}/d/up
-samefile {}/loop -o -name f
-regex .*/[b-f][^/]*
-regex first
-regex .*/\\(first\\|loop\\)
-regex .*r[st]+t.*
-iregex .*/FIRST2?
-lname *passwd
-lname loop -o -ilname */PASS*
-mmin +5
-mmin -5
-name d -prune
-name d -prune -o -print0
-type d -prune -o -name first -print0
-mindepth 1 -type d -prune
-name links -prune -print0
-maxdepth 0 -print0 -quit
-maxdepth 0 -quit -print0
-regex [
-regex
-newer {}/nothing
-newer
-samefile {}/nothing
-inum x
-mmin
-lname
-size x
-size
-size 1q
-size +
-type x
-type f,
-type
-perm 8
-perm 10000
-perm x
-uid x
-links x
-maxdepth x
-maxdepth -1
-newermt
-nonsense
-name
(
)
( )
( -name f
-name f )
!
-o -name f
-name f -o
-name f -a
-name f -o -o -name d
-a
-name f nonsense
-user nobody-of-that-name
-group nobody-of-that-name
-mtime x
""".strip().split("\n")
if sys.argv[4:]:
    TABLE += ["-user %s" % sys.argv[4], "! -user %s" % sys.argv[4], "-group %s" % sys.argv[5], "-user 0", "-group 0"]
failures = 0


def ask(words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    return done.returncode, sorted(done.stdout.split(b"\0")[:-1])


for line in TABLE:
    words = line.split(" ")
    action = [] if "-print0" in words else ["-print0"]
    both = []
    for command, top in (([MICA, "find", IMAGE, "/"], ""), (["find", COPY], COPY)):
        words = [word.replace("{}", top) for word in line.split(" ")]
        status, paths = ask([*command, *words])  # as it is: is it refused?
        if status == 0 and action:
            status, paths = ask([*command, *(["("] + words + [")"] if "-maxdepth" not in words and "-mindepth" not in words else words), *action])
        both.append((status != 0, paths))
    top = os.fsencode(COPY)
    theirs = sorted(path[len(top):] or b"/" for path in both[1][1])
    if both[0][0] != both[1][0] or (not both[0][0] and both[0][1] != theirs):
        failures += 1
        ours = set(both[0][1])
        print("%s: %s %s; too many %r, missing %r" % (line, both[0][0], both[1][0], sorted(ours - set(theirs))[:5], sorted(set(theirs) - ours)[:5]))
print("%d expressions, %d failures" % (len(TABLE), failures))
sys.exit(failures > 0)
