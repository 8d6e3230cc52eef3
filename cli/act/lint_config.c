/* SPDX-License-Identifier: Apache-2.0 */
/* Judges config and manifest of an image. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "act/lint_parts.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/inert.h"

enum {
    MAX_DEPTH = 64, /* of the config that is looked at */
};
#define USER_MAX UINT64_C(0x7fffffff)

struct config_lint {
    lint_tell_fn tell;
    void *ctx;
};

static int tell_entry(const struct config_lint *l, const char *rule, enum lint_severity severity,
                      const char *entry, const char *text)
{
    const struct lint_finding f = {rule, severity, STUDY_NEVER, entry, text};

    return l->tell(l->ctx, &f);
}

static int tell_image(lint_tell_fn tell, void *ctx, const char *rule, enum lint_severity severity,
                      uint32_t layer, const char *text)
{
    const struct lint_finding f = {rule, severity, layer, NULL, text};

    return tell(ctx, &f);
}

static int lint_layers(const struct image *image, lint_tell_fn tell, void *ctx)
{
    const struct image_config *c = &image->config;
    size_t steps = 0;
    int r = 0;

    for (size_t i = 0; i < c->n_history; i++)
        steps += !c->history[i].empty_layer;
    if (c->n_history == 0 && c->n_diff_ids)
        r = tell_image(tell, ctx, "no-history", LINT_NOTE, STUDY_NEVER, "the config has no history");
    else if (steps != c->n_diff_ids)
        r = tell_image(tell, ctx, "history-count", LINT_WARNING, STUDY_NEVER,
                       "the number of steps with a layer in the history differs from the number of layers");
    for (size_t i = 0; r == 0 && i < c->n_diff_ids; i++) {
        for (size_t k = 0; r == 0 && k < i; k++) {
            if (digest_equal(&c->diff_ids[i], &c->diff_ids[k])) {
                r = tell_image(tell, ctx, "repeated-layer", LINT_NOTE, (uint32_t)i,
                               "the layer is in the image twice");
                break;
            }
        }
    }
    return r;
}

static bool is_inert(const char *text)
{
    size_t len = strlen(text);
    uint32_t c;

    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_decode(text + i, len - i, &c);
        if (n == 0 || (inert_hides(c) && c != '\n' && c != '\t' && c != '\r'))
            return false;
    }
    return true;
}

static int lint_text(const struct config_lint *l, const char *path, const char *text)
{
    return is_inert(text) ? 0
                          : tell_entry(l, "control-characters", LINT_WARNING, path,
                                       "the config has characters here that act on a terminal or hide");
}

/* Looks at all strings of a value, the names of members included. */
static int lint_texts(const struct config_lint *l, const struct buf *path, const json_t *value, int depth)
{
    const char *name;
    json_t *member;
    size_t i;
    int r = 0;

    if (json_is_string(value))
        return lint_text(l, path->data, json_string_value(value));
    if (depth == MAX_DEPTH)
        return 0;
    json_array_foreach(value, i, member) {
        cleanup_buf struct buf at = BUF_INIT;
        if (buf_printf(&at, "%s[%zu]", path->data, i) < 0 || !buf_str(&at))
            return -ENOMEM;
        r = lint_texts(l, &at, member, depth + 1);
        if (r < 0)
            return r;
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, member) {
        cleanup_buf struct buf at = BUF_INIT;
        if (buf_printf(&at, "%s%s%s", path->data, path->len ? "." : "", name) < 0 || !buf_str(&at))
            return -ENOMEM;
        r = lint_text(l, at.data, name);
        if (r == 0)
            r = lint_texts(l, &at, member, depth + 1);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A number above 2^31 - 1 became 0 in some engines (CVE-2024-40635). */
static int lint_user(const struct config_lint *l, const char *user)
{
    for (const char *at = user; at && *at; at += strcspn(at, ":"), at += *at == ':') {
        char *end;
        unsigned long long n = strtoull(at, &end, 10);

        if (end != at && (*end == ':' || !*end) && (n > USER_MAX || *at == '-'))
            return tell_entry(l, "user-range", LINT_ERROR, "config.User",
                              "the number is above 2147483647, which engines have taken for root");
    }
    return 0;
}

static int lint_places(const struct config_lint *l, const json_t *config)
{
    const char *dir = json_string_value(json_object_get(config, "WorkingDir")), *name;
    json_t *volumes = json_object_get(config, "Volumes"), *value;
    int r = 0;

    if (dir && *dir && *dir != '/')
        r = tell_entry(l, "relative-path", LINT_WARNING, "config.WorkingDir",
                       "the directory is not absolute");
    json_object_foreach(volumes, name, value) {
        if (r == 0 && *name != '/')
            r = tell_entry(l, "relative-path", LINT_WARNING, "config.Volumes", "a volume is not absolute");
    }
    return r;
}

static int lint_members(const struct config_lint *l, const json_t *config)
{
    const char *os = json_string_value(json_object_get(config, "os")),
               *arch = json_string_value(json_object_get(config, "architecture"));
    const json_t *inner = json_object_get(config, "config");
    cleanup_buf struct buf path = BUF_INIT;
    int r = 0;

    if (!os || !*os || !arch || !*arch)
        r = tell_entry(l, "no-platform", LINT_ERROR, NULL, "the config has no os or no architecture");
    if (r == 0)
        r = lint_user(l, json_string_value(json_object_get(inner, "User")));
    if (r == 0)
        r = lint_places(l, inner);
    if (r == 0)
        r = buf_printf(&path, "%s", "") < 0 || !buf_str(&path) ? -ENOMEM : lint_texts(l, &path, config, 0);
    return r;
}

static int lint_types(const struct image *image, lint_tell_fn tell, void *ctx)
{
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < image->manifest.n_layers; i++) {
        const char *type = image->manifest.layers[i].media_type;

        if (strstr(type, "nondistributable") || strstr(type, "foreign"))
            r = tell_image(tell, ctx, "nondistributable", LINT_NOTE, i,
                           "the manifest says that registries need not have this layer");
    }
    return r;
}

int lint_config(const struct image *image, lint_tell_fn tell, void *ctx)
{
    const struct config_lint l = {tell, ctx};
    json_t *config = json_loadb(image->config_json, image->config_len, JSON_ALLOW_NUL, NULL);
    int r = lint_layers(image, tell, ctx);

    if (r == 0 && config)
        r = lint_members(&l, config);
    if (r == 0)
        r = lint_types(image, tell, ctx);
    json_decref(config);
    return r;
}
