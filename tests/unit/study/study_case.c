/* SPDX-License-Identifier: Apache-2.0 */
#include "study_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "indexing/layer_builder.h"

static uint64_t hash_of(const char *content)
{
    uint64_t h = 14695981039346656037u;

    for (; *content; content++)
        h = (h ^ (unsigned char)*content) * 1099511628211u;
    return h;
}

static void add_word(struct layer_builder *b, const char *word)
{
    struct layer_entry e = {.mode = S_IFREG | 0644};
    struct err err = {""};
    char name[256], value[32768];
    struct index_xattr attribute = {"user.a", 6, value, 0};
    uint32_t id;

    snprintf(name, sizeof name, "%s", word);
    char *link = strchr(name, '='), *mode = strchr(name, '@'), *content = strchr(name, ':'),
         *target = strchr(name, '>'), *bytes = strchr(name, '!');
    if (link) {
        *link = 0;
        assert_int_equal(layer_builder_link(b, name, link + 1, &err), 0);
        return;
    }
    if (mode)
        *mode = 0;
    if (content)
        *content++ = 0;
    if (target) {
        *target = 0;
        e = (struct layer_entry){.mode = S_IFLNK | 0777, .target = target + 1, .size = strlen(target + 1)};
    } else if (name[strlen(name) - 1] == '/') {
        e.mode = S_IFDIR | 0755;
    } else if (content) {
        e.size = strlen(content);
    }
    if (bytes) {
        char *letter;

        *bytes = 0;
        attribute.value_len = strtoul(bytes + 1, &letter, 10);
        assert_true(attribute.value_len <= sizeof value);
        memset(value, *letter, attribute.value_len);
        e.xattrs = &attribute;
        e.n_xattrs = 1;
    }
    if (mode)
        e.mode = (e.mode & S_IFMT) | (uint32_t)strtoul(mode + 1, NULL, 8);
    assert_int_equal(layer_builder_add(b, name, &e, &id, &err), 0);
    if (content)
        assert_int_equal(layer_builder_content(b, id, 0, 0, 0, hash_of(content)), 0);
}

struct index *case_layer(const char *const *words)
{
    struct layer_builder *b = layer_builder_new(1000, -1);
    struct index *ix = NULL;
    struct err err = {""};
    int fd = memfd_create("index", MFD_CLOEXEC);

    assert_non_null(b);
    assert_true(fd >= 0 && fchmod(fd, 0600) == 0);
    for (; *words; words++)
        add_word(b, *words);
    assert_int_equal(layer_builder_finish(b, fd, &err), 0);
    layer_builder_free(b);
    assert_int_equal(index_open(fd, "layer", INDEX_LAYER, &ix, &err), 0);
    close(fd);
    return ix;
}

const char *case_events(const struct study_path *p, char buf[256])
{
    size_t len = 0;

    buf[0] = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct study_event *e = &p->events[i];
        char way[2] = {e->change == STUDY_REMOVED ? "?ewot"[e->way] : 0, 0};

        len += (size_t)snprintf(buf + len, 256 - len, "%s%u%c%s", i ? " " : "", e->layer + 1,
                                ".=+cm-"[e->change], way);
        assert_true(len < 256);
    }
    return buf;
}
