/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/image_facts.h"

#include <errno.h>
#include <string.h>

#include "image/json_text.h"
#include "os/buf.h"
#include "os/cleanup.h"

#define PREFIX "org.opencontainers.image."

static int set(json_t *annotations, const char *key, const char *value)
{
    if (!value || !*value)
        return 0;
    return json_object_set_new(annotations, key, json_string(value)) < 0 ? -ENOMEM : 0;
}

/* The keys of `object`, with commas between them. */
static int set_keys(json_t *annotations, const char *name, json_t *object)
{
    cleanup_buf struct buf text = BUF_INIT;
    const char *key;
    json_t *value;
    int r = 0;

    json_object_foreach(object, key, value)
    {
        if (r == 0)
            r = buf_printf(&text, "%s%s", text.len ? "," : "", key);
    }
    if (r < 0 || !buf_str(&text))
        return -ENOMEM;
    return set(annotations, name, text.data);
}

/* A label goes before what conversion.md derives: it is what the author wrote. */
static int set_labels(json_t *annotations, json_t *labels)
{
    const char *key;
    json_t *value;
    int r = 0;

    json_object_foreach(labels, key, value)
    {
        if (r == 0 && *key && json_is_string(value))
            r = set(annotations, key, json_string_value(value));
    }
    return r;
}

static int read_volumes(json_t *volumes, json_t *ret)
{
    const char *key;
    json_t *value;

    json_object_foreach(volumes, key, value)
    {
        if (*key == '/' && key[1] && json_array_append_new(ret, json_string(key)) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int fill(json_t *root, const struct image_config *c, struct image_facts *f)
{
    json_t *config = json_text_get(root, "config");
    int r = set(f->annotations, PREFIX "os", c->platform.os);

    if (r == 0)
        r = set(f->annotations, PREFIX "architecture", c->platform.arch);
    if (r == 0)
        r = set(f->annotations, PREFIX "variant", c->platform.variant);
    if (r == 0)
        r = set(f->annotations, PREFIX "author", c->author);
    if (r == 0)
        r = set(f->annotations, PREFIX "created", c->created);
    if (r == 0)
        r = set(f->annotations, PREFIX "stopSignal", c->stop_signal);
    if (r == 0)
        r = set_keys(f->annotations, PREFIX "exposedPorts", json_text_get(config, "ExposedPorts"));
    if (r == 0)
        r = set_labels(f->annotations, json_text_get(config, "Labels"));
    return r == 0 ? read_volumes(json_text_get(config, "Volumes"), f->volumes) : r;
}

int image_facts_read(const char *text, size_t len, const struct image_config *c, struct image_facts *ret,
                     struct err *err)
{
    cleanup_json json_t *root = NULL;
    int r = json_text_parse(text, len, &root, err);

    if (r < 0)
        return r;
    *ret = (struct image_facts){json_object(), json_array()};
    r = ret->annotations && ret->volumes ? fill(root, c, ret) : -ENOMEM;
    if (r < 0) {
        image_facts_clear(ret);
        err_errno(err, -r, "config");
    }
    return r;
}

void image_facts_clear(struct image_facts *f)
{
    json_decref(f->annotations);
    json_decref(f->volumes);
    *f = (struct image_facts){NULL, NULL};
}
