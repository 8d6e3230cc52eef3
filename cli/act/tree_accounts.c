/* SPDX-License-Identifier: Apache-2.0 */
#include "act/tree_accounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/cleanup.h"
#include "os/fd.h"
#include "show/size.h"
#include "tree/path_walk.h"

enum {
    MAX_ACCOUNTS = 16 << 20, /* bytes of /etc/passwd */
};

static int read_file(struct tree *t, const char *path, char **ret)
{
    struct tree_attr attr;
    struct tree_content c;
    uint64_t node;
    int r = tree_walk(t, path, true, &node, &attr);

    if (r < 0)
        return r;
    char *text = attr.size <= MAX_ACCOUNTS ? malloc((size_t)attr.size + 1) : NULL;
    r = text ? tree_content(t, node, &c) : -ENOMEM;
    if (r == 0) {
        ssize_t got = fd_pread(c.fd, text, (size_t)attr.size, c.offset);
        r = got < 0 ? (int)got : 0;
        text[got < 0 ? 0 : got] = '\0';
        tree_content_put(t, &c);
    }
    tree_forget(t, node, 1);
    if (r < 0)
        free(text);
    else
        *ret = text;
    return r;
}

/* Reads the third field of a line "name:password:id:...". */
static int id_of_line(const char *line, uint32_t *ret)
{
    char id[12];
    uint64_t number;
    const char *field = line;

    for (int i = 0; i < 2; i++) {
        field += strcspn(field, ":\n");
        if (*field++ != ':')
            return -EINVAL;
    }
    size_t digits = strcspn(field, ":\n");
    if (digits >= sizeof id)
        return -EINVAL;
    memcpy(id, field, digits);
    id[digits] = '\0';
    if (number_parse(id, &number) < 0 || number > UINT32_MAX)
        return -EINVAL;
    *ret = (uint32_t)number;
    return 0;
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

static const char *file_of(bool group)
{
    return group ? "/etc/group" : "/etc/passwd";
}

int tree_account(struct tree *t, const char *name, bool group, uint32_t *ret)
{
    cleanup_free char *text = NULL;
    size_t len = strlen(name);
    int r = read_file(t, file_of(group), &text);

    if (r < 0)
        return r;
    for (const char *line = text; *line; line = next_line(line)) {
        if (strncmp(line, name, len) == 0 && line[len] == ':' && id_of_line(line, ret) == 0)
            return 0;
    }
    return -ENOENT;
}

static int compare_ids(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    return (a > b) - (a < b);
}

static int read_ids(struct tree *t, bool group, struct tree_ids *ret)
{
    cleanup_free char *text = NULL;
    uint32_t id;
    int r = read_file(t, file_of(group), &text);

    if (r == -EUCLEAN || r == -EIO || r == -ENOMEM)
        return r;
    ret->read = true;
    for (const char *line = text ? text : ""; *line; line = next_line(line)) {
        if (id_of_line(line, &id) == 0 && buf_append(&ret->numbers, &id, sizeof id) < 0)
            return -ENOMEM;
    }
    if (ret->numbers.len)
        qsort(ret->numbers.data, ret->numbers.len / sizeof id, sizeof id, compare_ids);
    return 0;
}

int tree_ids_have(struct tree *t, struct tree_ids *ids, bool group, uint32_t id)
{
    int r = ids->read ? 0 : read_ids(t, group, ids);

    if (r < 0)
        return r;
    return ids->numbers.len &&
           bsearch(&id, ids->numbers.data, ids->numbers.len / sizeof id, sizeof id, compare_ids) != NULL;
}

void tree_ids_free(struct tree_ids *ids)
{
    buf_free(&ids->numbers);
}
