/* SPDX-License-Identifier: Apache-2.0 */
#include "image/instruction.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "image/json_text.h"
#include "os/buf.h"
#include "os/cleanup.h"

#define BLANKS " \t\r\n"

/* ---- words */

/* The next word of *text, without its quotes: 1, 0 at the end, or an error. A backslash takes the meaning of
 * the next character, but not between single quotes. */
static int next_word(const char **text, struct buf *ret)
{
    const char *p = *text + strspn(*text, BLANKS);
    char quote = '\0';
    bool any = *p;

    ret->len = 0;
    for (; *p && (quote || !strchr(BLANKS, *p)); p++) {
        if (quote ? *p == quote : *p == '"' || *p == '\'') {
            quote = quote ? '\0' : *p;
            continue;
        }
        if (*p == '\\' && quote != '\'' && p[1])
            p++;
        if (buf_append(ret, p, 1) < 0)
            return -ENOMEM;
    }
    *text = p;
    if (quote)
        return -EINVAL;
    return !buf_str(ret) ? -ENOMEM : any;
}

/* A list in JSON ("exec form"), or NULL when the text is none. */
static json_t *exec_form(const char *text)
{
    json_t *list = *text == '[' ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

    for (size_t i = 0; list && i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *part(json_t *config, const char *key, json_t *(*make)(void), bool (*is)(const json_t *))
{
    json_t *value = json_object_get(config, key);

    if (value && is(value))
        return value;
    value = make();
    return value && json_object_set_new(config, key, value) == 0 ? value : NULL;
}

static bool is_object(const json_t *v)
{
    return json_is_object(v);
}

static bool is_array(const json_t *v)
{
    return json_is_array(v);
}

/* ---- instructions; each returns 0, -EINVAL or -ENOMEM */

static int status(int failed)
{
    return failed ? -ENOMEM : 0;
}

static int set_command(json_t *config, const char *key, const char *text)
{
    json_t *list = exec_form(text);

    if (!list)
        list = json_pack("[s, s, s]", "/bin/sh", "-c", text);
    return list ? status(json_object_set_new(config, key, list)) : -EINVAL;
}

static int set_text(json_t *config, const char *key, const char *text)
{
    json_t *value = json_string(text);

    return value ? status(json_object_set_new(config, key, value)) : -EINVAL;
}

/* Relative to the one before, as in a Containerfile. */
static int set_directory(json_t *config, const char *key, const char *text)
{
    const char *before = json_string_value(json_object_get(config, key));
    cleanup_buf struct buf path = BUF_INIT;

    if (*text == '/')
        return set_text(config, key, text);
    if (!before || *before != '/')
        before = "/";
    if (buf_printf(&path, "%s%s%s", before, before[strlen(before) - 1] == '/' ? "" : "/", text) < 0)
        return -ENOMEM;
    return set_text(config, key, buf_str(&path));
}

/* One more, or in the place of the one of the same name. */
static int put_variable(json_t *config, const char *key, const char *name, const char *value)
{
    json_t *list = part(config, key, json_array, is_array), *entry = json_sprintf("%s=%s", name, value);
    size_t len = strlen(name);

    if (!list || !entry) {
        json_decref(entry);
        return list ? -EINVAL : -ENOMEM;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *is = json_string_value(json_array_get(list, i));

        if (is && strncmp(is, name, len) == 0 && is[len] == '=')
            return status(json_array_set_new(list, i, entry));
    }
    return status(json_array_append_new(list, entry));
}

static int put_label(json_t *config, const char *key, const char *name, const char *value)
{
    json_t *labels = part(config, key, json_object, is_object), *text = json_string(value);

    if (labels && text)
        return status(json_object_set_new(labels, name, text));
    json_decref(text);
    return labels ? -EINVAL : -ENOMEM;
}

typedef int put_pair_fn(json_t *config, const char *key, const char *name, const char *value);

/* NAME=VALUE..., or the old form NAME VALUE. */
static int put_pairs(json_t *config, const char *key, const char *text, put_pair_fn *put)
{
    cleanup_buf struct buf word = BUF_INIT;
    const char *rest = text;
    bool first = true;
    int r;

    while ((r = next_word(&rest, &word)) > 0) {
        char *equals = strchr(word.data, '=');

        if (equals == word.data || word.len == 0 || (!equals && !first))
            return -EINVAL;
        if (!equals) {
            rest += strspn(rest, BLANKS);
            return *rest ? put(config, key, word.data, rest) : -EINVAL;
        }
        *equals = '\0';
        r = put(config, key, word.data, equals + 1);
        if (r < 0)
            return r;
        first = false;
    }
    return r;
}

static int put_variables(json_t *config, const char *key, const char *text)
{
    return put_pairs(config, key, text, put_variable);
}

static int put_labels(json_t *config, const char *key, const char *text)
{
    return put_pairs(config, key, text, put_label);
}

/* Sets are objects with empty objects in them. */
static int put_member(json_t *set, const char *name)
{
    return *name ? status(json_object_set_new(set, name, json_object())) : -EINVAL;
}

static int put_volumes(json_t *config, const char *key, const char *text)
{
    json_t *set = part(config, key, json_object, is_object);
    cleanup_json json_t *list = exec_form(text);
    cleanup_buf struct buf word = BUF_INIT;
    int r = set ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < json_array_size(list); i++)
        r = put_member(set, json_string_value(json_array_get(list, i)));
    if (list || r < 0)
        return r;
    while ((r = next_word(&text, &word)) > 0)
        if ((r = put_member(set, word.data)) < 0)
            break;
    return r;
}

/* PORT[-PORT][/PROTOCOL]... */
static int put_ports(json_t *config, const char *key, const char *text)
{
    json_t *set = part(config, key, json_object, is_object);
    cleanup_buf struct buf word = BUF_INIT;
    int r;

    if (!set)
        return -ENOMEM;
    while ((r = next_word(&text, &word)) > 0) {
        size_t digits = strspn(word.data, "0123456789-");
        const char *protocol = word.data + digits;

        if (digits == 0 || (*protocol && strcasecmp(protocol, "/tcp") != 0 &&
                            strcasecmp(protocol, "/udp") != 0 && strcasecmp(protocol, "/sctp") != 0))
            return -EINVAL;
        if (!*protocol && (buf_append(&word, "/tcp", 4) < 0 || !buf_str(&word)))
            return -ENOMEM;
        r = put_member(set, word.data);
        if (r < 0)
            return r;
    }
    return r;
}

static int add_trigger(json_t *config, const char *key, const char *text)
{
    json_t *list = part(config, key, json_array, is_array), *value = json_string(text);

    if (list && value)
        return status(json_array_append_new(list, value));
    json_decref(value);
    return list ? -EINVAL : -ENOMEM;
}

static const struct {
    const char *word, *key;
    int (*apply)(json_t *config, const char *key, const char *text);
} instructions[] = {
    {"CMD", "Cmd", set_command},
    {"ENTRYPOINT", "Entrypoint", set_command},
    {"ENV", "Env", put_variables},
    {"EXPOSE", "ExposedPorts", put_ports},
    {"LABEL", "Labels", put_labels},
    {"ONBUILD", "OnBuild", add_trigger},
    {"STOPSIGNAL", "StopSignal", set_text},
    {"USER", "User", set_text},
    {"VOLUME", "Volumes", put_volumes},
    {"WORKDIR", "WorkingDir", set_directory},
};

int instruction_apply(json_t *config, const char *text, struct err *err)
{
    size_t len = strcspn(text, BLANKS "=");
    const char *rest = text + len;

    /* "CMD = x" has a blank first; then a "=" belongs to the value. */
    rest += *rest == '=' ? 1 : 0;
    rest += strspn(rest, BLANKS);
    for (size_t i = 0; i < sizeof instructions / sizeof *instructions; i++) {
        int r;

        if (strlen(instructions[i].word) != len || strncasecmp(instructions[i].word, text, len) != 0)
            continue;
        r = *rest ? instructions[i].apply(config, instructions[i].key, rest) : -EINVAL;
        if (r == -EINVAL)
            return err_set(err, EINVAL, "\"%s\": that is no value for %s", text, instructions[i].word);
        return r < 0 ? err_errno(err, -r, "\"%s\"", text) : 0;
    }
    return err_set(
        err, EINVAL,
        "\"%s\" begins with none of CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, "
        "VOLUME, WORKDIR",
        text);
}
