# shellcheck shell=bash
# shellcheck disable=SC2016 # what a container is to expand
# podman, as people use it.
# shellcheck source=tests/engines/lib.sh
. "$(dirname "$0")/../lib.sh"

run() { # OPTION... IMAGE COMMAND...
    podman run --rm "$@"
}

each_an_image_is_run() {
    same "hello from app" "$(run localhost/pyapp)"
    same "fuse.micafs" "$(run localhost/pyapp awk '$2 == "/" { print $3 }' /proc/mounts)"
    same 7 "$(run localhost/pyapp sh -c 'exit 7' || echo $?)"
    no_mount
}

each_archives_are_loaded() {
    podman load -q -i "$images/pyapp.oci.tar"
    local id
    id=$(podman images -q --no-trunc --filter reference='*' | sort -u)
    podman tag "$(podman images -q | sort -u | head -1)" localhost/loaded
    same "hello from app" "$(run localhost/loaded)"
    podman untag localhost/loaded localhost/loaded
    no_mount
}

each_the_engine_knows_its_mount_program() {
    podman info >info.txt
    grep -A 6 'overlay.mount_program' info.txt | tee program
    grep -q "Executable: $storages/bin/micafs" program
    grep -q 'micafs [0-9]' program
    grep -q 'FUSE library version' program
}

each_the_example_of_a_configuration_is_understood() {
    sed -e "s|/var/lib/containers/storage|$T/graph|; s|/run/containers/storage|$T/state|" \
        -e "s|\"/usr/bin/micafs\"|\"$storages/bin/micafs\"|" "$root/fuse/examples/storage.conf" >example.conf
    [ "$identity" = root ] || sed -i '/^graphroot\|^runroot/d' example.conf # as it says
    as env CONTAINERS_STORAGE_CONF="$T/example.conf" podman info >info.txt
    grep -A 1 'overlay.mount_program' info.txt | grep -q "Executable: $storages/bin/micafs"
    # Root's engine may have bound it on itself.
    ! mountpoint -q "$T/graph/overlay" || umount "$T/graph/overlay"
}

each_exec_commit_and_diff() {
    podman run -d --name work localhost/pyapp sleep 1000
    podman exec work sh -c 'echo new >/new; rm /etc/debian_version; rm -r /usr/share/perl5; chmod 600 /etc/passwd'
    podman exec -u 1234 work sh -c 'id -u; echo mine >/tmp/mine'
    same "uid 1234" "uid $(podman exec work stat -c %u /tmp/mine)"
    podman diff work | sort >diff.txt
    grep -v ' /run\| /etc/mtab\| /proc\| /dev\| /sys' diff.txt >changes || true
    same "A /new
A /tmp/mine
C /etc
C /etc/passwd
C /tmp
C /usr
C /usr/share
D /etc/debian_version
D /usr/share/perl5" "$(cat changes)"
    podman cp work:/new copied
    same new "$(cat copied)"
    podman cp copied work:/etc/copied
    podman export work -o exported.tar
    tar -tf exported.tar >exported
    grep -qx etc/copied exported
    ! grep -qx 'etc/debian_version\|usr/share/perl5/.*' exported || fail "what was removed is exported"
    podman commit -q work localhost/committed
    podman rm -f -t 0 work
    same "new 600 gone" "$(run localhost/committed sh -c \
        'echo $(cat /new) $(stat -c %a /etc/passwd) $([ -e /etc/debian_version ] || [ -e /usr/share/perl5 ] || echo gone)')"
    podman rmi localhost/committed
    no_mount
}

each_a_container_is_started_again() {
    podman create --name again localhost/pyapp sh -c 'echo x >>/count; cat /count | wc -l'
    same 1 "$(podman start -a again)"
    same 2 "$(podman start -a again)"
    podman rm again
    no_mount
}

# A container that was begun with the storage's own driver goes on with other mount programs.
go_on() { # PROGRAM...
    local program n=1
    podman create --name goes-on localhost/pyapp sh -c '
        if [ -e /usr/share/perl5 ]; then
            rm -r /usr/share/perl5 /app /etc/debian_version && mkdir /app && touch /app/new
        fi
        echo x >>/count && wc -l </count && ls /app; test ! -e /etc/debian_version'
    same "1 new" "$(podman start -a goes-on | xargs)"
    for program in "$@"; do
        n=$((n + 1))
        same "$n new" "$(podman --storage-opt "overlay.mount_program=$program" --storage-opt overlay.skip_mount_home=true \
            start -a goes-on | xargs)"
    done
    podman rm goes-on
}

each_containers_of_fuse_overlayfs_go_on() {
    other fuse go_on "$storages/bin/micafs" "$(command -v fuse-overlayfs)" "$storages/bin/micafs"
    no_mount
}

# On a storage of their own: the engine notes that there was a mount program.
each_containers_of_the_kernel_go_on() {
    other before go_on "$storages/bin/micafs"
    no_mount
}

each_images_are_mounted() {
    cat >look <<'SH'
set -e
m=$(podman image mount localhost/pyapp)
test "$(cat "$m/app/app.py")" = 'print("hello from app")'
test ! -e "$m/usr/share/doc"
! touch "$m/new" 2>/dev/null
podman image umount localhost/pyapp
SH
    unshared sh look
    no_mount
}

each_an_image_is_a_volume() {
    same 'print("hello from app")' "$(run --mount type=image,source=localhost/pyapp,destination=/other localhost/pyapp \
        cat /other/app/app.py)"
    same changed "$(run --mount type=image,source=localhost/pyapp,destination=/other,rw=true localhost/pyapp \
        sh -c 'echo changed >/other/app/app.py; cat /other/app/app.py')"
    no_mount
}

user_unshare_sees_all_owners() {
    same "0 1" "$(podman unshare sh -c 'touch f; chown 0:1 f; stat -c "%u %g" f; rm f')"
}

user_the_user_keeps_his_id() {
    local id
    id=$(id -u "$test_user")
    same "$id" "$(run --userns=keep-id localhost/pyapp id -u)"
    same "0 $id" "$(run --userns=keep-id localhost/pyapp sh -c 'touch /tmp/f; stat -c %u /etc/passwd /tmp/f' | xargs)"
    no_mount
}

user_namespaces_of_other_maps() {
    same "0 0" "$(run --userns=auto localhost/pyapp stat -c '%u %g' /etc/passwd)"
    same "0 0" "$(run --userns=nomap localhost/pyapp stat -c '%u %g' /etc/passwd)"
    no_mount
}

root_ids_are_mapped() {
    same "0 42 100000" "$(run --uidmap 0:100000:65536 --gidmap 0:100000:65536 localhost/pyapp sh -c \
        'touch /tmp/f; chown 42 /tmp/f; echo $(stat -c %u /etc/passwd /tmp/f) $(awk "{ print \$2 }" /proc/self/uid_map)')"
    no_mount
}

each_read_only_with_tmpfs_and_volumes() {
    same "no 3 yes" "$(run --read-only --tmpfs /scratch localhost/pyapp sh -c \
        'touch /etc/x 2>/dev/null || echo no; echo abc >/scratch/f; echo $((`wc -c </scratch/f` - 1)); test -w /tmp && echo yes' | xargs)"
    mkdir volume
    echo outside >volume/f
    [ "$identity" = root ] || chown -R "$test_user" volume
    same outside "$(run -v "$PWD/volume:/v:ro" localhost/pyapp cat /v/f)"
    run -v "$PWD/volume:/v" localhost/pyapp sh -c 'echo inside >/v/g'
    same inside "$(cat volume/g)"
    same "changed" "$(run -v "$PWD/volume:/v:O" localhost/pyapp sh -c 'echo changed >/v/f; rm /v/g; cat /v/f')"
    same "outside inside" "$(cat volume/f volume/g | xargs)"
    podman volume create kept
    run -v kept:/k localhost/pyapp sh -c 'echo kept >/k/f'
    same kept "$(run -v kept:/k localhost/pyapp cat /k/f)"
    podman volume rm kept
    no_mount
}

each_two_containers_of_an_image_at_once() {
    podman run -d --name one localhost/pyapp sleep 1000
    podman run -d --name two localhost/pyapp sleep 1000
    podman exec one sh -c 'echo one >/etc/hostid; rm -r /app'
    podman exec two sh -c 'echo two >/etc/hostid'
    same "one" "$(podman exec one cat /etc/hostid)"
    same "two" "$(podman exec two cat /etc/hostid)"
    same "hello from app" "$(podman exec two python3 /app/app.py)"
    same 2 "$(daemons | wc -l)"
    podman rm -fa -t 0
    same "hello from app" "$(run localhost/pyapp)"
    no_mount
}

each_a_killed_daemon_is_cleaned_up() {
    podman run -d --name dies localhost/pyapp sleep 1000
    kill -KILL "$(daemons)"
    podman rm -f -t 0 dies
    same "hello from app" "$(run localhost/pyapp)"
    no_mount
}

main "$@"
