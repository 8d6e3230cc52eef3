#!/bin/bash
# What container engines call, as they do: the calls that tests/engines has seen, and fuse-overlayfs's own ways of being called.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

unmount() { # MOUNTPOINT: as the engines do, until the daemon is gone
    local pid
    pid=$(daemon)
    as fusermount3 -u "$1"
    await gone "$pid"
}

# Makes the directories that options name; each layer has a file of its own, and one that all have.
make_directories() { # OPTIONS
    local word path
    layers=0
    for word in ${1//,/ }; do
        case $word in
        lowerdir=*)
            for path in $(tr : ' ' <<<"${word#*=}"); do
                layers=$((layers + 1))
                as mkdir -p "$path"
                echo "$layers" | as tee "$path/file-$layers" "$path/all" >/dev/null
            done
            ;;
        upperdir=* | workdir=*) as mkdir -p "${word#*=}" ;;
        esac
    done
}

# Does one call of the list: its words, directory, standard descriptors and variables.
replay() { # WORDS DIRECTORY DESCRIPTORS VARIABLES
    local words variables directory=$2 said
    read -ra words <<<"$1"
    read -ra variables <<<"$4"
    make_directories "${words[1]}"
    as mkdir -p "$directory" "${words[2]}"
    # A pipe ends only when the daemon has let go of it.
    case $3 in
    "0=/dev/null 1=/dev/null 2=pipe") said=$(as env -C "$directory" "${variables[@]/%/=1}" \
        "$T/bin/micafs" "${words[@]}" 2>&1 >/dev/null </dev/null) ;;
    "0=/dev/null 1=/dev/null 2=/dev/null") as env -C "$directory" "${variables[@]/%/=1}" \
        "$T/bin/micafs" "${words[@]}" >/dev/null 2>&1 </dev/null ;;
    *) fail "descriptors $3" ;;
    esac
    same "" "${said-}"
    same "1 $layers" "$(as cat "${words[2]}/all" "${words[2]}/file-$layers" | xargs)"
    same fuse.micafs "$(as findmnt -no FSTYPE "${words[2]}")"
    case $1 in
    *upperdir=*) as touch "${words[2]}/new" ;;
    *) refuses 1 Read-only as touch "${words[2]}/new" ;;
    esac
    unmount "${words[2]}"
    [[ $1 != *upperdir=* ]] || as find "$me/GRAPH" -path '*/new' | grep -q . || fail "nothing was written: $1"
    as rm -r "$me/GRAPH"
}

# The list is what engines/cases/calls.sh has seen: names that begin with @ stand for directories.
replay_all() { # IDENTITY
    local line fields n=0
    while IFS= read -r line; do
        line=${line//@/$me/}
        IFS=$'\t' read -ra fields <<<"$line"
        replay "${fields[0]}" "${fields[1]}" "${fields[2]}" "${fields[3]-}"
        n=$((n + 1))
    done <"$root/tests/engines/calls.$1"
    [ "$n" -ge 10 ] || fail "$n calls alone"
}

root_calls_of_engines() {
    replay_all root
}

space_calls_of_engines() {
    replay_all user
}

directories() { # makes what branch names
    as mkdir "$me/low" "$me/up" "$me/work"
    echo low | as tee "$me/low/f" >/dev/null
    branch=lowerdir=$me/low,upperdir=$me/up,workdir=$me/work
}

each_options_in_pieces() {
    directories
    micafs -o "lowerdir=$me/low," -o ",,upperdir=$me/up" -o "" -o "workdir=$me/work,,volatile" "$mnt" 2>"$T/said"
    same "" "$(cat "$T/said")"
    as touch "$mnt/new"
    unmount "$mnt"
    as test -e "$me/up/new"
    as rm -r "$me/work/work"
    # With the mount point first, as mount(8) has it, and words that nobody knows.
    micafs "$mnt" -o "$branch,foo=bar" -o lazy 2>"$T/said"
    same "micafs: unknown option ignored: foo=bar
micafs: unknown option ignored: lazy" "$(cat "$T/said")"
    unmount "$mnt"
}

each_short_answers() {
    local option
    for option in -h --help; do
        micafs "$option" | grep -q '^usage: micafs'
    done
    # podman info shows all of it; others look for a line that ends with a version.
    for option in -V --version; do
        micafs "$option" | grep -qE '^micafs [0-9]+(\.[0-9]+)+$'
        micafs "$option" | grep -qE '^FUSE library version [0-9]'
    done
}

# Statistics go to standard error there.
each_in_the_foreground() {
    local pid line
    directories
    mkfifo "$T/said"
    micafs -f -o "$branch" "$mnt" 2>"$T/said" &
    pid=$!
    exec 7<"$T/said"
    await mounted "$mnt"
    same low "$(as cat "$mnt/f")"
    counters >"$T/counters"
    [[ $(xargs <"$T/counters") =~ lookup=[1-9].*read=1 ]] || fail "statistics: $(xargs <"$T/counters")"
    as fusermount3 -u "$mnt"
    wait "$pid"
    # But for that it has said nothing, no request.
    ! read -r -t 30 line <&7 || fail "says $line"
}

each_requests_are_shown() {
    local pid
    directories
    micafs -d -o "$branch" "$mnt" 2>"$T/said" &
    pid=$!
    await mounted "$mnt"
    same low "$(as cat "$mnt/f")"
    as fusermount3 -u "$mnt"
    wait "$pid"
    grep -q 'opcode: LOOKUP' "$T/said"
}

# Whoever waits for the end of our output, or for a lock, waits for the mount alone.
each_nothing_of_the_callers_is_kept() {
    local said
    directories
    said=$(as flock "$me/lock" "$T/bin/micafs" -o "$branch" "$mnt" 2>&1)
    same "" "$said"
    as flock --nonblock "$me/lock" true
    same "/dev/null /dev/null /dev/null" "$(readlink "/proc/$(daemon)/fd/"{0,1,2} | xargs)"
    same / "$(readlink "/proc/$(daemon)/cwd")"
    unmount "$mnt"
}

# An engine takes its mounts of layers away as soon as the mount program has returned.
space_layers_may_vanish() {
    layers_vanish
}

root_layers_may_vanish() {
    layers_vanish
}

layers_vanish() {
    as mkdir -p "$me/kept/d" "$me/at" "$me/moved" "$me/up" "$me/work"
    echo low | as tee "$me/kept/f" "$me/kept/d/f" "$me/moved/g" >/dev/null
    as mount --bind "$me/kept" "$me/at"
    as ln -s ../moved "$me/kept/link"
    micafs -o "lowerdir=$me/at:$me/kept/link,upperdir=$me/up,workdir=$me/work" "$mnt"
    as umount -l "$me/at"
    as mv "$me/moved" "$me/elsewhere"
    as rm "$me/kept/link"
    same "low low low" "$(as cat "$mnt/f" "$mnt/d/f" "$mnt/g" | xargs)"
    echo more | as tee -a "$mnt/d/f" >/dev/null
    same "low more" "$(as cat "$mnt/d/f" | xargs)"
    unmount "$mnt"
}

# Deeper than any path: no place where fuse-overlayfs could have left something.
each_an_upper_is_deep() {
    directories
    as python3 - "$me/up" <<'PYTHON'
import os, sys
os.chdir(sys.argv[1])
for _ in range(300):
    os.mkdir("a name of twenty byte")
    os.chdir("a name of twenty byte")
PYTHON
    micafs -o "$branch" "$mnt"
    same "a name of twenty byte f" "$(as ls "$mnt" | xargs)"
    unmount "$mnt"
}

# What fuse-overlayfs has written, as an upper and as a layer: whiteouts of both kinds, opaque directories.
root_branches_of_fuse_overlayfs() {
    branches_of_fuse_overlayfs
}

space_branches_of_fuse_overlayfs() {
    branches_of_fuse_overlayfs
}

branches_of_fuse_overlayfs() {
    local seen
    as mkdir -p "$me/low/"{kept,gone,opaque,replaced}/d "$me/up" "$me/work" "$me/up2" "$me/work2"
    as touch "$me/low/"{a,b,c} "$me/low/"{kept,gone,opaque,replaced}/{x,y}
    as fuse-overlayfs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    as rm -r "$mnt/a" "$mnt/gone" "$mnt/opaque" "$mnt/replaced" "$mnt/kept/x"
    as mkdir "$mnt/opaque" && as touch "$mnt/opaque/new" "$mnt/replaced" && as mv "$mnt/b" "$mnt/moved"
    as chmod 600 "$mnt/kept/y"
    seen=$(as find "$mnt" -printf '%P %y %m %s\n' | sort)
    as umount "$mnt"
    # As fuse-overlayfs has them where it cannot make devices.
    as mkdir -p "$me/low/both/below" "$me/up/both/above"
    as install -m 700 /dev/null "$me/up/.wh.c"
    as cp -a "$me/up/.wh.c" "$me/up/kept/.wh.d"
    as cp -a "$me/up/.wh.c" "$me/up/.wh.both"
    as chmod 755 "$me/up/both" "$me/up/both/above"
    seen=$(grep -vE '^(c|kept/d) ' <<<"$seen
both d 755 4096
both/above d 755 4096" | sort)
    micafs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    same "$seen" "$(as find "$mnt" -printf '%P %y %m %s\n' | sort)"
    as touch "$mnt/c" "$mnt/a"
    as test -e "$mnt/c"
    unmount "$mnt"
    as fuse-overlayfs -o "lowerdir=$me/low,upperdir=$me/up,workdir=$me/work" "$mnt"
    same "$(sort <<<"$seen
a f 644 0
c f 644 0")" "$(as find "$mnt" -printf '%P %y %m %s\n' | sort)"
    as umount "$mnt"
    micafs -o "lowerdir=$me/up:$me/low" "$mnt"
    same "$(sort <<<"$seen
a f 644 0
c f 644 0")" "$(as find "$mnt" -printf '%P %y %m %s\n' | sort)"
    unmount "$mnt"
}

# What somebody has called .wh.NAME is theirs, with and without fuse-overlayfs's traces, in the upper, through the mount, and
# when the work directory has been emptied; what fuse-overlayfs itself hides, before and between, stays hidden.
each_names_like_its_whiteouts_are_kept() {
    directories
    as touch "$me/low/notes" "$me/low/gone" "$me/low/later"
    echo text | as tee "$me/up/.wh.notes" >/dev/null
    as install -m 644 /dev/null "$me/up/.wh.f"
    as install -m 700 /dev/null "$me/up/.wh.gone"
    micafs -o "$branch" "$mnt" 2>"$T/said"
    grep -q 'upperdir .* contains files like ./.wh.gone, .*setfattr -n user.fuseoverlayfs.origin' "$T/said"
    same ".wh.f .wh.gone .wh.notes f gone later notes" "$(as ls -A "$mnt" | xargs)"
    same text "$(as cat "$mnt/.wh.notes")"
    unmount "$mnt"
    as setfattr -n user.fuseoverlayfs.origin -v y "$me/up"
    micafs -o "$branch" "$mnt" 2>"$T/said"
    same "" "$(cat "$T/said")"
    same ".wh.f .wh.notes f later notes" "$(as ls -A "$mnt" | xargs)"
    as install -m 700 /dev/null "$mnt/.wh.later"
    as install -m 700 /dev/null "$mnt/new"
    as mv "$mnt/new" "$mnt/.wh.moved"
    as install -m 700 /dev/null "$mnt/linked"
    as ln "$mnt/linked" "$mnt/.wh.linked"
    as rm "$mnt/linked"
    unmount "$mnt"
    as rm -r "$me/work"
    as mkdir "$me/work"
    as install -m 700 /dev/null "$me/up/.wh.later2"
    as touch "$me/low/later2"
    micafs -o "$branch" "$mnt"
    same ".wh.f .wh.later .wh.linked .wh.moved .wh.notes f later notes" "$(as ls -A "$mnt" | xargs)"
    unmount "$mnt"
}

# Whoever names a directory with things in it as the work directory keeps them.
each_a_work_directory_with_things_in_it() {
    directories
    as mkdir -p "$me/work/work/dir"
    as touch "$me/work/work/dir/f" "$me/work/work/f" "$me/work/f"
    micafs -o "$branch" "$mnt"
    as rm "$mnt/f"
    unmount "$mnt"
    as test -e "$me/work/work/dir/f" -a -e "$me/work/work/f" -a -e "$me/work/f"
}

main "$@"
