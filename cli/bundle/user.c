/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/user.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"
#include "os/cleanup.h"

/* ---- colon-separated lines */

#define FIELDS 7

struct line {
    struct field {
        const char *text;
        size_t len;
    } fields[FIELDS];
    size_t n;
};

#define BLANKS " \t\v\f\r"

/* Take the next line off *text, trimmed of blanks and CR; false at the end. Fields beyond FIELDS stay in the
 * last one. */
static bool next_line(const char **text, struct line *ret)
{
    const char *at = *text;

    if (!at || !*at)
        return false;
    const char *end = at + strcspn(at, "\n");
    *text = *end ? end + 1 : end;
    at += strspn(at, BLANKS);
    while (end > at && strchr(BLANKS, end[-1]))
        end--;
    for (ret->n = 0; ret->n < FIELDS;) {
        const char *colon = memchr(at, ':', (size_t)(end - at));
        bool last = !colon || ret->n == FIELDS - 1;
        ret->fields[ret->n++] = (struct field){at, (size_t)((last ? end : colon) - at)};
        if (last)
            break;
        at = colon + 1;
    }
    return true;
}

static bool field_is(const struct field *f, const char *s, size_t len)
{
    return f->len == len && memcmp(f->text, s, len) == 0;
}

/* Parse decimal digits only. The largest number means "nobody" in system calls and is invalid. */
static bool number(const char *s, size_t len, uint32_t *ret)
{
    uint64_t n = 0;

    if (len == 0 || len > 10)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(s[i] - '0');
    }
    *ret = (uint32_t)n;
    return n < UINT32_MAX;
}

/* ---- passwd and group */

/* name:password:uid:gid:gecos:home:shell */
struct account {
    struct field name, home;
    uint32_t uid, gid;
};

/* As in podman and docker, a short line has no home, and group 0 if it gives none; a line without a numeric
 * uid is invalid, never root. */
static bool read_account(const struct line *l, struct account *ret)
{
    if (l->n < 3 || l->fields[0].len == 0)
        return false;
    *ret = (struct account){.name = l->fields[0]};
    if (l->n > 5)
        ret->home = l->fields[5];
    if (l->n > 3 && l->fields[3].len > 0 && !number(l->fields[3].text, l->fields[3].len, &ret->gid))
        return false;
    return number(l->fields[2].text, l->fields[2].len, &ret->uid);
}

/* A numeric word is an id, even if it is also a name. */
static bool find_account(const char *passwd, const char *word, size_t len, struct account *ret)
{
    uint32_t uid = 0;
    bool by_number = number(word, len, &uid);

    for (struct line l; next_line(&passwd, &l);)
        if (read_account(&l, ret) && (by_number ? ret->uid == uid : field_is(&ret->name, word, len)))
            return true;
    return false;
}

/* name:password:gid:members */
static bool read_group(const struct line *l, uint32_t *ret)
{
    return l->n >= 3 && l->fields[0].len > 0 && number(l->fields[2].text, l->fields[2].len, ret);
}

static bool find_group(const char *group, const char *word, size_t len, uint32_t *ret)
{
    if (number(word, len, ret))
        return true;
    for (struct line l; next_line(&group, &l);)
        if (read_group(&l, ret) && field_is(&l.fields[0], word, len))
            return true;
    return false;
}

static bool lists(const struct field *members, const struct field *name)
{
    const char *at = members->text, *end = at + members->len;

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const struct field member = {at, (size_t)((comma ? comma : end) - at)};
        if (field_is(&member, name->text, name->len))
            return true;
        at = comma ? comma + 1 : end;
    }
    return false;
}

static int add_group(struct bundle_user *u, uint32_t gid)
{
    for (size_t i = 0; i < u->n_groups; i++)
        if (u->groups[i] == gid)
            return 0;
    if (u->n_groups == BUNDLE_USER_MAX_GROUPS)
        return -E2BIG;
    uint32_t *grown = array_room(u->groups, u->n_groups, sizeof *grown);
    if (!grown)
        return -ENOMEM;
    grown[u->n_groups++] = gid;
    u->groups = grown;
    return 0;
}

static int add_groups(struct bundle_user *u, const char *group, const struct field *name)
{
    int r = 0;
    uint32_t gid;

    for (struct line l; r == 0 && next_line(&group, &l);)
        if (l.n >= 4 && read_group(&l, &gid) && lists(&l.fields[3], name))
            r = add_group(u, gid);
    return r;
}

/* ---- user */

/* Text after a second colon is ignored, as in podman and docker. */
static int set_group(struct bundle_user *u, const char *group, const char *word, struct err *err)
{
    size_t len = strcspn(word, ":");

    if (len > 0 && !find_group(group, word, len, &u->gid))
        return err_set(err, ENOENT, "no group \"%.*s\" in the image's /etc/group", (int)len, word);
    return 0;
}

static int find(const char *user, const struct bundle_accounts *a, struct bundle_user *u, struct err *err)
{
    size_t len = strcspn(user, ":");
    const char *group = user[len] ? user + len + 1 : NULL;
    const char *name = len ? user : "0";
    struct account account = {0};
    int r = 0;

    if (!len)
        len = 1;
    bool known = find_account(a->passwd, name, len, &account);
    if (known) {
        u->uid = account.uid;
        u->gid = account.gid;
        u->home = account.home.len ? strndup(account.home.text, account.home.len) : strdup("/");
    } else if (number(name, len, &u->uid)) {
        u->home = strdup("/");
    } else {
        return err_set(err, ENOENT, "no user \"%.*s\" in the image's /etc/passwd", (int)len, name);
    }
    if (!u->home)
        return err_errno(err, ENOMEM, "user");
    if (group && (r = set_group(u, a->group, group, err)) < 0)
        return r;
    r = add_group(u, u->gid);
    if (r == 0 && known && !group)
        r = add_groups(u, a->group, &account.name);
    if (r < 0)
        err_errno(err, -r, "groups of user \"%.*s\"", (int)len, name);
    return r;
}

int bundle_user_find(const char *user, const struct bundle_accounts *a, struct bundle_user *ret,
                     struct err *err)
{
    *ret = (struct bundle_user){0};
    int r = find(user ? user : "", a, ret, err);
    if (r < 0)
        bundle_user_free(ret);
    return r;
}

void bundle_user_free(struct bundle_user *u)
{
    if (!u)
        return;
    free(u->groups);
    free(u->home);
    *u = (struct bundle_user){0};
}
