/* SPDX-License-Identifier: Apache-2.0 */
#include "command/foreign.h"

#include <stddef.h>
#include <string.h>

#define ALIVE                                                                                                \
    "a container ends with the mica run, shell or bundle that created it; mica mounts and "                  \
    "mica branches list what remains"
#define REMOVE                                                                                               \
    "mica rm IMAGE removes an image, or one of its names; mica branches rm NAME a branch; mica gc unused "   \
    "objects"
#define REGISTRY                                                                                             \
    "mica does not pull: skopeo copy docker://NAME:TAG oci:DIR:TAG downloads an image, and mica "            \
    "import oci:DIR:TAG imports it"
#define BUILD                                                                                                \
    "mica reads no Containerfile: buildah and podman build; by hand, mica mount --rw=NAME or mica shell "    \
    "changes a branch, and mica commit makes an image of it"
#define SPACE   "mica df prints the disk usage of images, mica branches that of branches"
#define VOLUMES "mica has no volumes: -v DIR:PATH of mica run mounts a directory of this machine"
#define LOOK                                                                                                 \
    "mica layers IMAGE lists the layers with their commands, mica which IMAGE PATH the layers with a "       \
    "file, mica ls IMAGE:PATH lists a directory"

/* Words separated by blanks, and the answer. */
static const struct {
    const char *words, *answer;
} verbs_elsewhere[] = {
    {"remove delete del untag", REMOVE},
    {"retag", "mica tag IMAGE NAME adds a name to an image, mica rename OLD NEW replaces one"},
    {"cleanup clean", "mica gc removes unused objects"},
    {"pull fetch login logout search update trust", REGISTRY},
    {"push", "mica does not push: mica export IMAGE oci:DIR:TAG writes an image, and skopeo copy "
             "oci:DIR:TAG docker://NAME:TAG uploads it"},
    {"copy", "mica import SOURCE imports an image, mica export IMAGE DEST exports one; skopeo copies "
             "from and to registries"},
    {"ps stats top logs attach wait port events list container pod start stop restart kill pause unpause "
     "healthcheck generate kube play auto-update",
     ALIVE},
    {"exec", "a container has one command, that of mica run; for another one on the same changes: mica "
             "run --branch NAME IMAGE COMMAND, after the first has ended; nsenter(1) enters a running one"},
    {"create new init", "a branch is created by mica mount --rw=NAME IMAGE DIR, or by --branch NAME of "
                        "mica run"},
    {"put get", "mica cp -a IMAGE:PATH DEST copies files out of an image; to copy files into a branch: mica "
                "mount --rw=NAME IMAGE DIR"},
    {"save", "mica export IMAGE docker-archive:FILE writes an archive for docker load"},
    {"load", "mica import FILE reads an archive of docker save; mica import - reads it from a pipe"},
    {"du system machine", SPACE},
    {"build buildx bud buildah compose", BUILD},
    {"volume volumes secret", VOLUMES},
    {"network networks", "mica creates no networks: mica run --network none or host"},
    {"image", "for images: mica images, inspect, layers, import, export"},
    {"unpack extract", "mica cp -a IMAGE:/ DIR copies the files; mica mount IMAGE DIR mounts the image"},
    {"repack", "mica commit BRANCH NAME creates an image from a branch"},
    {"dive explore analyze", LOOK},
    {"owner", "mica which IMAGE PATH lists the layers with a path, and their commands"},
    {"enter bash sh", "mica shell IMAGE runs a shell in an image"},
    {"unshare", "unshare(1) enters a user namespace; mica run creates one for each container"},
    {"version", "mica --version prints the version; mica info describes store and machine, too"},
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
    "systemd-run --scope -p MemoryMax=... -p CPUQuota=... mica run ... limits the container (as an "         \
    "ordinary user with --user)"

const struct foreign_option foreign_run_options[] = {
    {"-d --detach", "a container ends with its mica run; in the background: mica run ... &, nohup(1) or "
                    "systemd-run(1)"},
    {"-p --publish -P --publish-all --expose",
     "ports are this machine's with --network host, and none without"},
    {"-a --attach --detach-keys --sig-proxy --preserve-fds",
     "standard output and standard error are always connected, and signals are forwarded; -i connects standard "
     "input"},
    {"--authfile --tls-verify --disable-content-trust", REGISTRY},
    {"--privileged", "a container has no power over the machine; --cap-add, --device and -v add single "
                     "permissions"},
    {"-m --memory --memory-swap --memory-reservation --cpus --cpu-shares -c --cpuset-cpus --cpuset-mems "
     "--cpu-period --cpu-quota --cpu-rt-period --cpu-rt-runtime --memory-swappiness --blkio-weight "
     "--blkio-weight-device --device-read-bps --device-read-iops --device-write-bps --device-write-iops "
     "--cgroup-parent --cgroups --cgroup-conf --oom-kill-disable --oom-score-adj",
     SCOPE},
    {"--volumes-from", VOLUMES},
    {"--gpus --device-cgroup-rule", "--device NODE adds a device to the container"},
    {"--group-add", "-u USER sets the user's groups from the image's /etc/group"},
    {"-l --label --label-file --annotation",
     "a container has no labels; an image gets them by mica commit --change 'LABEL NAME=VALUE'"},
    {"--platform --arch --os --variant",
     "the platform is chosen at import: mica import --platform OS/ARCH SOURCE"},
    {"--pull", REGISTRY},
    {"--restart", "mica run ends with its command; systemd(1) starts it again"},
    {"--dns --dns-search --dns-option", "with --network host /etc/resolv.conf is this machine's; -v "
                                        "FILE:/etc/resolv.conf mounts another one"},
    {"--ip --ip6 --mac-address --network-alias --link", "the only networks are none and host"},
    {"--userns --hostuser --passwd --passwd-entry --uidmap --gidmap --subuidname --subgidname",
     "a container has a user namespace with the ids of /etc/subuid and /etc/subgid"},
    {"--ipc --pid --uts --cgroupns", "a container has its own namespaces; only --network host shares one"},
    {"--security-opt --seccomp-policy",
     "the system calls of containers-common's seccomp.json are allowed; labels are not supported"},
    {"--shm-size", "--tmpfs /dev/shm:size=SIZE sets another size"},
    {"--sysctl", "a container's /proc/sys is read-only"},
    {"--stop-signal --stop-timeout",
     "SIGTERM becomes the image's StopSignal (mica commit --change 'STOPSIGNAL NAME' sets it); a second one "
     "kills"},
    {"--log-driver --log-opt", "mica run prints the container's output; redirect it to a file"},
    {"--cidfile --conmon-pidfile --pidfile --pod-id-file",
     "a container ends with its mica run, whose process id is $!"},
    {"--health-cmd --no-healthcheck --health-interval --health-on-failure --health-retries "
     "--health-start-period "
     "--health-timeout",
     "health checks are not supported"},
    {"--env-merge --image-volume --init-path --chrootdirs --personality --secret --read-only-tmpfs "
     "--no-hosts --http-proxy --rmi --replace --sdnotify --systemd --timeout --tz --umask --unsetenv "
     "--unsetenv-all --env-host --rootfs --pod --requires",
     "mica run does not support this option of podman"},
    {NULL, NULL},
};

const struct foreign_option foreign_list_options[] = {
    {"-f --filter --format --sort -n --last", "--json prints everything, for jq(1) to choose and format"},
    {"-a --all --no-trunc --digests", "everything is listed, and --json prints it in full"},
    {"-s --size", "sizes are listed"},
    {NULL, NULL},
};
