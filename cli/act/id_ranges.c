/* SPDX-License-Identifier: Apache-2.0 */
#include "act/id_ranges.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/program_path.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define FILE_MAX (1u << 20)

/* Parse digits up to `end`, and move *at past it. */
static bool take_number(const char **at, char end, uint32_t *ret)
{
    uint64_t n = 0;
    const char *start = *at;

    for (; **at >= '0' && **at <= '9' && n <= UINT32_MAX; (*at)++)
        n = n * 10 + (uint64_t)(**at - '0');
    if (*at == start || n > UINT32_MAX || (**at != end && !(end == '\n' && **at == '\0')))
        return false;
    *ret = (uint32_t)n;
    return true;
}

/* user:first:count */
static bool read_line(const char *line, const char *user, uint32_t uid, uint32_t *first, uint32_t *count)
{
    size_t len = strcspn(line, ":\n");
    const char *at = line + len;
    uint32_t number;
    const char *digits = line;
    bool ours = strlen(user) == len && strncmp(line, user, len) == 0;

    if (!ours && !(take_number(&digits, ':', &number) && number == uid))
        return false;
    if (*at++ != ':' || !take_number(&at, ':', first))
        return false;
    at++;
    return take_number(&at, '\n', count) && *count > 0 && (uint64_t)*first + *count <= UINT32_MAX;
}

size_t id_ranges_parse(const char *text, const char *user, uint32_t uid, struct bundle_ids ids[ID_RANGES_MAX],
                       size_t n)
{
    uint32_t first, count, next = n > 0 ? ids[n - 1].container + ids[n - 1].n : 0;

    while (text && *text && n < ID_RANGES_MAX) {
        if (read_line(text, user, uid, &first, &count) && (uint64_t)next + count < UINT32_MAX) {
            ids[n++] = (struct bundle_ids){next, first, count};
            next += count;
        }
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return n;
}

/* Read a whole file; NULL if it is unreadable. */
static char *slurp(const char *path)
{
    char *text;

    return fd_slurp_at(AT_FDCWD, path, FILE_MAX, &text, NULL) == 0 ? text : NULL;
}

static bool in_path(const char *program)
{
    cleanup_free char *path = program_find(program);

    return path != NULL;
}

void id_ranges_find(struct id_ranges *ret)
{
    uid_t uid = geteuid();
    const struct passwd *entry = getpwuid(uid);
    const char *user = entry ? entry->pw_name : "";

    *ret = (struct id_ranges){.uids = {{0, uid, 1}}, .gids = {{0, getegid(), 1}}, .n_uids = 1, .n_gids = 1};
    if (!in_path("newuidmap") || !in_path("newgidmap"))
        return;
    cleanup_free char *uids = slurp("/etc/subuid"), *gids = slurp("/etc/subgid");
    ret->n_uids = id_ranges_parse(uids, user, uid, ret->uids, 1);
    ret->n_gids = id_ranges_parse(gids, user, uid, ret->gids, 1);
    if (ret->n_uids == 1 || ret->n_gids == 1) /* one kind of ranges without the other is useless */
        ret->n_uids = ret->n_gids = 1;
}

bool id_ranges_single(const struct id_ranges *r)
{
    return r->n_uids == 1;
}

bool id_ranges_here_single(void)
{
    cleanup_free char *map = slurp("/proc/self/uid_map");
    unsigned inside, outside, count;

    return map && sscanf(map, "%u %u %u", &inside, &outside, &count) == 3 && count == 1 &&
           strchr(map, '\n') == strrchr(map, '\n');
}

int id_ranges_read_map(const char *text, struct bundle_ids ids[ID_RANGES_MAX])
{
    int n = 0;

    for (; *text && n < ID_RANGES_MAX; n++) {
        int end = 0;

        if (sscanf(text, "%" SCNu32 " %" SCNu32 " %" SCNu32 "%n", &ids[n].container, &ids[n].host, &ids[n].n,
                   &end) != 3)
            return -EUCLEAN;
        text += end;
        text += strspn(text, " \n");
    }
    return n;
}

int id_ranges_here(struct id_ranges *ret)
{
    cleanup_free char *uids = slurp("/proc/self/uid_map"), *gids = slurp("/proc/self/gid_map");
    int n = uids ? id_ranges_read_map(uids, ret->uids) : -EUCLEAN;
    int m = gids ? id_ranges_read_map(gids, ret->gids) : -EUCLEAN;

    ret->n_uids = n < 0 ? 0 : (size_t)n;
    ret->n_gids = m < 0 ? 0 : (size_t)m;
    return n < 0 ? n : m < 0 ? m : 0;
}

int id_ranges_check(const struct bundle_ids *ids, size_t n, const char *what, uint32_t id, struct err *err)
{
    uint64_t all = 0;

    for (size_t i = 0; i < n; i++) {
        if (id >= ids[i].container && id - ids[i].container < ids[i].n)
            return 0;
        all += ids[i].n;
    }
    return err_set(err, EINVAL,
                   "%s %" PRIu32 " is not among the %" PRIu64
                   " ids that the container has: your own, and those that /etc/sub%s gives you",
                   what, id, all, *what == 'u' ? "uid" : "gid");
}

/* ---- set id maps */

#define WORDS_MAX (2 + 3 * ID_RANGES_MAX)

static int run_map(const char *program, const struct bundle_ids *ids, size_t n, pid_t pid, struct err *err)
{
    char numbers[WORDS_MAX][12], *argv[WORDS_MAX + 1];
    size_t words = 0;
    int status;

    snprintf(numbers[words++], sizeof numbers[0], "map");
    snprintf(numbers[words++], sizeof numbers[0], "%d", (int)pid);
    for (size_t i = 0; i < n; i++) {
        snprintf(numbers[words++], sizeof numbers[0], "%u", ids[i].container);
        snprintf(numbers[words++], sizeof numbers[0], "%u", ids[i].host);
        snprintf(numbers[words++], sizeof numbers[0], "%u", ids[i].n);
    }
    for (size_t i = 0; i < words; i++)
        argv[i] = numbers[i];
    argv[words] = NULL;
    cleanup_free char *path = program_find(program);
    pid_t child = fork();
    if (child < 0)
        return err_errno(err, errno, "fork");
    if (child == 0) {
        if (path)
            execv(path, argv);
        _exit(127);
    }
    if (waitpid(child, &status, 0) < 0)
        return err_errno(err, errno, "%s", program);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return err_set(err, EPERM,
                   "%s did not give the container the ids of /etc/subuid and /etc/subgid; it must be "
                   "set-user-ID root, or have the capability (package uidmap)",
                   program);
}

int id_ranges_give(const struct id_ranges *r, pid_t pid, struct err *err)
{
    int e = run_map("newuidmap", r->uids, r->n_uids, pid, err);
    return e < 0 ? e : run_map("newgidmap", r->gids, r->n_gids, pid, err);
}

static int write_line(const char *path, const char *fmt, unsigned id, struct err *err)
{
    char text[64];

    snprintf(text, sizeof text, "%s", fmt);
    if (id != (unsigned)-1)
        snprintf(text, sizeof text, "0 %u 1\n", id);
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : fd_write(fd, text, strlen(text));
    return r < 0 ? err_errno(err, -r, "%s", path) : 0;
}

int id_ranges_take_own(uid_t uid, gid_t gid, struct err *err)
{
    int r = write_line("/proc/self/setgroups", "deny", (unsigned)-1, err);

    if (r == 0)
        r = write_line("/proc/self/uid_map", "", uid, err);
    return r == 0 ? write_line("/proc/self/gid_map", "", gid, err) : r;
}

char *id_ranges_option(const struct bundle_ids *ids, size_t n)
{
    cleanup_buf struct buf text = BUF_INIT;

    for (size_t i = 0; i < n; i++)
        if (buf_printf(&text, "%s%u:%u:%u", i ? ":" : "", ids[i].container, ids[i].host, ids[i].n) < 0)
            return NULL;
    if (!buf_str(&text))
        return NULL;
    char *option = text.data;
    text.data = NULL; /* owned by the caller */
    return option;
}
