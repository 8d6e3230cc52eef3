/* SPDX-License-Identifier: Apache-2.0 */
#include "show/image_diff_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "show/differs.h"
#include "show/image_diff.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/ls_format.h"
#include "show/size.h"
#include "show/text.h"

static int put(const char *s, int flags)
{
    return text_put(stdout, s, strlen(s), flags);
}

static int print_change(const struct image_change *c, bool long_lines)
{
    cleanup_buf struct buf differs = BUF_INIT;
    char mode[MODE_TEXT_MAX], size[SIZE_TEXT_MAX];
    int r = 0;

    if (long_lines)
        r = printf("%c %s %8s ", c->kind, mode_format(c->mode, mode), size_format(c->size, size));
    else
        r = printf("%c ", c->kind);
    r = r < 0 ? -EIO : put(c->path, TEXT_NAME);
    if (r == 0 && c->differs) {
        r = differs_text(&differs, c->differs);
        if (r == 0)
            r = !buf_str(&differs) ? -ENOMEM : printf(" (%s)", differs.data) < 0 ? -EIO : 0;
    }
    if (r == 0 && c->from) {
        r = printf(" (%s from ", c->moved ? "moved" : "copied") < 0 ? -EIO : put(c->from, TEXT_NAME);
        r = r == 0 && putchar(')') == EOF ? -EIO : r;
    }
    return r == 0 && putchar('\n') == EOF ? -EIO : r;
}

static const char *config_kind(const struct config_change *c)
{
    return !c->before ? "added" : !c->after ? "deleted" : "changed";
}

static int print_config(const struct config_change *c)
{
    int r = printf("%c config ", !c->before ? 'A' : !c->after ? 'D' : 'C') < 0 ? -EIO : put(c->member, 0);

    if (r == 0)
        r = fputs(": ", stdout) < 0 ? -EIO : 0;
    if (r == 0 && c->before)
        r = put(c->before, 0);
    if (r == 0 && c->before && c->after)
        r = fputs(" -> ", stdout) < 0 ? -EIO : 0;
    if (r == 0 && c->after)
        r = put(c->after, 0);
    return r == 0 && putchar('\n') == EOF ? -EIO : r;
}

int image_diff_print(const struct image_diff *d, bool long_lines)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < d->n; i++)
        r = d->changes[i].listed ? print_change(&d->changes[i], long_lines) : 0;
    for (size_t i = 0; r == 0 && i < d->n_config; i++)
        r = print_config(&d->config[i]);
    return r;
}

int image_diff_print_stat(const struct image_diff *d)
{
    char added[SIZE_TEXT_MAX], removed[SIZE_TEXT_MAX];
    int r =
        printf("files: %llu added, %llu changed, %llu changed in metadata, %llu removed\n"
               "among those added: %llu moved, %llu copied\n"
               "bytes: %s more, %s less\n"
               "config: %zu differences\n",
               (unsigned long long)d->added, (unsigned long long)d->changed, (unsigned long long)d->metadata,
               (unsigned long long)d->removed, (unsigned long long)d->moved, (unsigned long long)d->copied,
               size_format(d->added_size, added), size_format(d->removed_size, removed), d->n_config);
    return r < 0 ? -EIO : 0;
}

static int set_change(json_t *o, const struct image_change *c)
{
    const char *kind = c->kind == 'A' ? "added" : c->kind == 'C' ? "changed" : "deleted";

    if (!o || json_set_str(o, "change", kind) < 0 || json_set_str(o, "path", c->path) < 0 ||
        json_set_kind(o, c->mode, c->size) < 0)
        return -ENOMEM;
    if (c->kind == 'C')
        return differs_json(o, c->differs);
    return c->from ? json_set_str(o, c->moved ? "moved_from" : "copied_from", c->from) : 0;
}

static int set_config(json_t *o, const struct config_change *c)
{
    if (!o || json_set_str(o, "change", config_kind(c)) < 0 ||
        json_set_str(o, "config_member", c->member) < 0 || json_set_str(o, "before", c->before) < 0)
        return -ENOMEM;
    return json_set_str(o, "after", c->after);
}

/* Adds the object, or releases it if making it failed. */
static int add_object(struct json_list *l, json_t *o, int r)
{
    if (r < 0) {
        json_decref(o);
        o = NULL;
    }
    return json_list_add(l, o);
}

int image_diff_print_json(const struct image_diff *d)
{
    struct json_list l = JSON_LIST_INIT;
    int r = 0;

    for (size_t i = 0; r == 0 && i < d->n; i++) {
        json_t *o = d->changes[i].listed ? json_object() : NULL;
        r = d->changes[i].listed ? add_object(&l, o, set_change(o, &d->changes[i])) : 0;
    }
    for (size_t i = 0; r == 0 && i < d->n_config; i++) {
        json_t *o = json_object();
        r = add_object(&l, o, set_config(o, &d->config[i]));
    }
    return r == 0 ? json_list_end(&l) : r;
}

int image_diff_print_stat_json(const struct image_diff *d)
{
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"files_added", d->added},     {"files_changed", d->changed},     {"files_metadata", d->metadata},
        {"files_removed", d->removed}, {"files_moved", d->moved},         {"files_copied", d->copied},
        {"size_added", d->added_size}, {"size_removed", d->removed_size}, {"config_differences", d->n_config},
    };
    struct json_list l = JSON_LIST_INIT;
    json_t *o = json_object();
    int r = o ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < sizeof members / sizeof *members; i++)
        r = json_set_number(o, members[i].name, members[i].value);
    r = add_object(&l, o, r);
    return r == 0 ? json_list_end(&l) : r;
}
