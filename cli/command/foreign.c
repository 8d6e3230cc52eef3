/* SPDX-License-Identifier: Apache-2.0 */
#include "command/foreign.h"

#include <stddef.h>
#include <string.h>

#define ALIVE                                                                                                \
    "a container of mica's lives as long as the mica run, shell or bundle that made it; mica mounts and "    \
    "mica branches list what there is"
#define REMOVE                                                                                               \
    "mica rm IMAGE removes an image, or one of its names; mica branches rm NAME a branch; mica gc what "     \
    "nobody needs"
#define REGISTRY                                                                                             \
    "mica speaks to no registry: skopeo copy docker://NAME:TAG oci:DIR:TAG fetches an image, and mica "      \
    "import oci:DIR:TAG takes it in"
#define BUILD                                                                                                \
    "mica reads no Containerfile: buildah and podman build; by hand, mica mount --rw=NAME or mica shell "    \
    "changes a branch, and mica commit makes an image of it"
#define SPACE                                                                                                \
    "mica df tells how much room each image takes, shares and would free, mica branches what branches take"
#define VOLUMES "mica keeps no volumes: -v DIR:PATH of mica run shows a directory of this machine"
#define LOOK                                                                                                 \
    "mica layers IMAGE lists the layers with their commands, mica which IMAGE PATH tells which layer has a " \
    "file, mica ls IMAGE:PATH lists a directory"

/* Words separated by blanks, and the answer. */
static const struct {
    const char *words, *answer;
} verbs_elsewhere[] = {
    {"remove delete del untag", REMOVE},
    {"retag", "mica tag IMAGE NAME gives an image one more name, mica rename OLD NEW another one"},
    {"cleanup clean", "mica gc removes what no name, branch or mount needs"},
    {"pull fetch login logout search update trust", REGISTRY},
    {"push", "mica speaks to no registry: mica export IMAGE oci:DIR:TAG writes an image out, and skopeo copy "
             "oci:DIR:TAG docker://NAME:TAG sends it"},
    {"copy", "mica import SOURCE takes an image in, mica export IMAGE DEST writes one out; skopeo copies "
             "from and to registries"},
    {"ps stats top logs attach wait port events list container pod start stop restart kill pause unpause "
     "healthcheck generate kube play auto-update",
     ALIVE},
    {"exec", "a container of mica's has one command, that of mica run; another one on the same changes: mica "
             "run --branch NAME IMAGE COMMAND, once that has ended; from outside nsenter(1) enters it"},
    {"create new init",
     "a branch is made where it is first needed: by mica mount --rw=NAME IMAGE DIR, or by --branch NAME of "
     "mica run"},
    {"put get",
     "mica cp -a IMAGE:PATH DEST copies files out of an image; into a branch they are copied after mica "
     "mount --rw=NAME IMAGE DIR"},
    {"save", "mica export IMAGE docker-archive:FILE writes what docker load reads"},
    {"load", "mica import FILE takes what docker save writes; mica import - reads it from a pipe"},
    {"du system machine", SPACE},
    {"build buildx bud buildah compose", BUILD},
    {"volume volumes secret", VOLUMES},
    {"network networks", "mica makes no networks: mica run --network none or host"},
    {"image", "an image is a word of mica's verbs: mica images, inspect, layers, import, export"},
    {"unpack extract", "mica cp -a IMAGE:/ DIR unpacks the files; mica mount IMAGE DIR shows them without"},
    {"repack", "mica commit BRANCH NAME makes an image of what was changed"},
    {"dive explore analyze", LOOK},
    {"owner", "mica which IMAGE PATH tells which layer has a path, and the command that made it"},
    {"enter bash sh", "mica shell IMAGE is a shell in an image"},
    {"unshare", "unshare(1) enters a user namespace; mica run makes one for each container"},
    {"version", "mica --version prints it; mica info tells of store and machine as well"},
    {NULL, NULL},
};

/* Is the word of this length in the list? */
static int is_among(const char *words, const char *word, size_t len)
{
    for (const char *at = words; *at;) {
        size_t n = strcspn(at, " ");

        if (n == len && memcmp(at, word, len) == 0)
            return 1;
        at += n + (at[n] == ' ');
    }
    return 0;
}

const char *foreign_verb(const char *word)
{
    for (size_t i = 0; verbs_elsewhere[i].words; i++)
        if (is_among(verbs_elsewhere[i].words, word, strlen(word)))
            return verbs_elsewhere[i].answer;
    return NULL;
}

const char *foreign_option(const struct foreign_option *table, const char *option, unsigned long len)
{
    for (; table && table->option; table++)
        if (is_among(table->option, option, len))
            return table->instead;
    return NULL;
}

#define SCOPE                                                                                                \
    "systemd-run --scope -p MemoryMax=... -p CPUQuota=... mica run ... holds all of it to that (as an "      \
    "ordinary user with --user)"

const struct foreign_option foreign_run_options[] = {
    {"-d --detach", "a container ends with its mica run; in the background: mica run ... &, nohup(1) or "
                    "systemd-run(1)"},
    {"-p --publish -P --publish-all --expose",
     "ports are this machine's with --network host, and none without"},
    {"-a --attach --detach-keys --sig-proxy --preserve-fds",
     "standard output and standard error are always there, and signals are passed on; -i gives standard "
     "input"},
    {"--authfile --tls-verify --disable-content-trust", REGISTRY},
    {"--privileged", "a container has no power over the machine; --cap-add, --device and -v give single "
                     "things"},
    {"-m --memory --memory-swap --memory-reservation --cpus --cpu-shares -c --cpuset-cpus --cpuset-mems "
     "--cpu-period --cpu-quota --cpu-rt-period --cpu-rt-runtime --memory-swappiness --blkio-weight "
     "--blkio-weight-device --device-read-bps --device-read-iops --device-write-bps --device-write-iops "
     "--cgroup-parent --cgroups --cgroup-conf --oom-kill-disable --oom-score-adj",
     SCOPE},
    {"--volumes-from", VOLUMES},
    {"--gpus --device-cgroup-rule", "--device NODE gives the container a device"},
    {"--group-add", "-u USER gives the groups that the image's /etc/group has for that user"},
    {"-l --label --label-file --annotation",
     "a container has no labels; an image gets them by mica commit --change 'LABEL NAME=VALUE'"},
    {"--platform --arch --os --variant",
     "the platform is chosen at import: mica import --platform OS/ARCH SOURCE"},
    {"--pull", REGISTRY},
    {"--restart", "mica run ends with its command; systemd(1) starts it again"},
    {"--dns --dns-search --dns-option", "with --network host /etc/resolv.conf is this machine's; -v "
                                        "FILE:/etc/resolv.conf shows another one"},
    {"--ip --ip6 --mac-address --network-alias --link", "there is no network but none and host"},
    {"--userns --hostuser --passwd --passwd-entry --uidmap --gidmap --subuidname --subgidname",
     "a container has a user namespace with the ids of /etc/subuid and /etc/subgid"},
    {"--ipc --pid --uts --cgroupns", "a container has namespaces of its own; only --network host is shared"},
    {"--security-opt --seccomp-policy",
     "system calls are those of containers-common's seccomp.json, and there is no label"},
    {"--shm-size", "--tmpfs /dev/shm:size=SIZE gives it another size"},
    {"--sysctl", "a container's /proc/sys cannot be written to"},
    {"--stop-signal --stop-timeout",
     "SIGTERM becomes the image's StopSignal (mica commit --change 'STOPSIGNAL NAME' sets it); a second one "
     "kills"},
    {"--log-driver --log-opt", "what it prints is printed by mica run; a redirection keeps it"},
    {"--cidfile --conmon-pidfile --pidfile --pod-id-file",
     "a container ends with its mica run, whose process id is $!"},
    {"--health-cmd --no-healthcheck --health-interval --health-on-failure --health-retries "
     "--health-start-period "
     "--health-timeout",
     "nothing runs an image's health check"},
    {"--env-merge --image-volume --init-path --chrootdirs --personality --secret --read-only-tmpfs "
     "--no-hosts --http-proxy --rmi --replace --sdnotify --systemd --timeout --tz --umask --unsetenv "
     "--unsetenv-all --env-host --rootfs --pod --requires",
     "mica run does not have that option of podman's"},
    {NULL, NULL},
};

const struct foreign_option foreign_list_options[] = {
    {"-f --filter --format --sort -n --last", "--json prints everything, for jq(1) to choose and format"},
    {"-a --all --no-trunc --digests", "everything is listed, and --json prints it in full"},
    {"-s --size", "sizes are listed"},
    {NULL, NULL},
};
