/* SPDX-License-Identifier: Apache-2.0 */
#include "image/instruction.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "image/expand.h"
#include "image/json_text.h"
#include "os/buf.h"
#include "os/cleanup.h"

#define BLANKS " \t\r\n"

/* The instruction being applied. */
struct applying {
    json_t *config;
    struct instruction_state *state;
    const char *key;         /* the config's member that it sets */
    expand_lookup_fn lookup; /* of variables; its context is the config */
    struct err *why;
};

/* ---- words */

static const char *find_variable(void *ctx, const char *name, size_t len)
{
    const json_t *list = json_object_get(ctx, "Env");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *is = json_string_value(json_array_get(list, i));

        if (is && strncmp(is, name, len) == 0 && is[len] == '=')
            return is + len + 1;
    }
    return NULL;
}

/* Gives each variable a value that is valid as a number, a name and a path. */
static const char *any_variable(void *ctx, const char *name, size_t len)
{
    (void)ctx;
    (void)name;
    (void)len;
    return "1";
}

/* Expands `len` bytes of text. */
static int expand(const struct applying *a, const char *text, size_t len, struct buf *ret)
{
    int r;

    ret->len = 0;
    r = expand_text(text, len, a->lookup, a->config, ret, a->why);
    return r == 0 && !buf_str(ret) ? -ENOMEM : r;
}

/* Parses a JSON list ("exec form"); NULL if the text is none. */
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

static json_t *part(const struct applying *a, json_t *(*make)(void), bool (*is)(const json_t *))
{
    json_t *value = json_object_get(a->config, a->key);

    if (value && is(value))
        return value;
    value = make();
    return value && json_object_set_new(a->config, a->key, value) == 0 ? value : NULL;
}

static bool is_object(const json_t *v)
{
    return json_is_object(v);
}

static bool is_array(const json_t *v)
{
    return json_is_array(v);
}

/* ---- instructions; each returns 0, -EINVAL, with or without a line, or -ENOMEM */

static int status(int failed)
{
    return failed ? -ENOMEM : 0;
}

static int set_command(const struct applying *a, const char *text)
{
    json_t *list = exec_form(text);

    if (!list)
        list = json_pack("[s, s, s]", "/bin/sh", "-c", text);
    return list ? status(json_object_set_new(a->config, a->key, list)) : -EINVAL;
}

static int set_cmd(const struct applying *a, const char *text)
{
    a->state->cmd_set = true;
    return set_command(a, text);
}

static int set_entrypoint(const struct applying *a, const char *text)
{
    if (!a->state->cmd_set)
        json_object_del(a->config, "Cmd");
    return set_command(a, text);
}

static int set_text(const struct applying *a, const char *text)
{
    json_t *value = json_string(text);

    return value ? status(json_object_set_new(a->config, a->key, value)) : -EINVAL;
}

static int set_user(const struct applying *a, const char *text)
{
    cleanup_buf struct buf word = BUF_INIT;
    int r = expand(a, text, strlen(text), &word);

    return r < 0 ? r : set_text(a, word.data);
}

static int set_signal(const struct applying *a, const char *text)
{
    cleanup_buf struct buf word = BUF_INIT;
    int r = expand(a, text, strlen(text), &word);

    return r < 0 ? r : *word.data ? set_text(a, word.data) : -EINVAL;
}

/* A relative directory is relative to the previous one. */
static int set_directory(const struct applying *a, const char *text)
{
    const char *before = json_string_value(json_object_get(a->config, a->key));
    cleanup_buf struct buf path = BUF_INIT, word = BUF_INIT;
    int r = expand(a, text, strlen(text), &word);

    if (r < 0 || !*word.data)
        return r < 0 ? r : -EINVAL;
    if (*word.data == '/')
        return set_text(a, word.data);
    if (!before || *before != '/')
        before = "/";
    if (buf_printf(&path, "%s%s%s", before, before[strlen(before) - 1] == '/' ? "" : "/", word.data) < 0)
        return -ENOMEM;
    return set_text(a, buf_str(&path));
}

/* Adds a variable, or replaces the one of the same name. */
static int put_variable(const struct applying *a, const char *name, const char *value)
{
    json_t *list = part(a, json_array, is_array), *entry = json_sprintf("%s=%s", name, value);
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

static int put_label(const struct applying *a, const char *name, const char *value)
{
    json_t *labels = part(a, json_object, is_object), *text = json_string(value);

    if (labels && text)
        return status(json_object_set_new(labels, name, text));
    json_decref(text);
    return labels ? -EINVAL : -ENOMEM;
}

/* Expands name and value, and appends both to a list. */
static int add_pair(const struct applying *a, json_t *pairs, const char *name, size_t name_len,
                    const char *value, size_t value_len)
{
    cleanup_buf struct buf word = BUF_INIT;
    int r = expand(a, name, name_len, &word);

    if (r == 0 && !*word.data)
        r = -EINVAL;
    if (r == 0)
        r = json_array_append_new(pairs, json_string(word.data)) < 0 ? -EINVAL : 0;
    if (r == 0)
        r = expand(a, value, value_len, &word);
    if (r == 0)
        r = json_array_append_new(pairs, json_string(word.data)) < 0 ? -EINVAL : 0;
    return r;
}

/* Reads NAME=VALUE..., or the old form NAME VALUE, into a list of names and values. */
static int read_pairs(const struct applying *a, const char *text, json_t *pairs)
{
    const char *word, *rest = text;
    size_t len;
    int r = 0;

    while (r == 0 && expand_next(&rest, &word, &len)) {
        const char *equals = memchr(word, '=', len);

        if (equals) {
            r = add_pair(a, pairs, word, (size_t)(equals - word), equals + 1,
                         (size_t)(word + len - equals - 1));
            continue;
        }
        rest += strspn(rest, BLANKS);
        return json_array_size(pairs) == 0 && *rest ? add_pair(a, pairs, word, len, rest, strlen(rest))
                                                    : -EINVAL;
    }
    return r;
}

typedef int put_pair_fn(const struct applying *a, const char *name, const char *value);

/* Expands all values before setting any: none may refer to another. */
static int put_pairs(const struct applying *a, const char *text, put_pair_fn *put)
{
    cleanup_json json_t *pairs = json_array();
    int r = pairs ? read_pairs(a, text, pairs) : -ENOMEM;

    for (size_t i = 0; r == 0 && i < json_array_size(pairs); i += 2)
        r = put(a, json_string_value(json_array_get(pairs, i)),
                json_string_value(json_array_get(pairs, i + 1)));
    return r;
}

static int put_variables(const struct applying *a, const char *text)
{
    return put_pairs(a, text, put_variable);
}

static int put_labels(const struct applying *a, const char *text)
{
    return put_pairs(a, text, put_label);
}

/* Adds a member to a set: an object whose values are empty objects. */
static int put_member(json_t *set, const char *name)
{
    return *name ? status(json_object_set_new(set, name, json_object())) : -EINVAL;
}

static int put_volume(const struct applying *a, json_t *set, const char *text, size_t len)
{
    cleanup_buf struct buf word = BUF_INIT;
    int r = expand(a, text, len, &word);

    return r < 0 ? r : put_member(set, word.data);
}

static int put_volumes(const struct applying *a, const char *text)
{
    json_t *set = part(a, json_object, is_object);
    cleanup_json json_t *list = exec_form(text);
    const char *word;
    size_t len;
    int r = set ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
        word = json_string_value(json_array_get(list, i));
        r = put_volume(a, set, word, strlen(word));
    }
    while (r == 0 && !list && expand_next(&text, &word, &len))
        r = put_volume(a, set, word, len);
    return r;
}

/* PORT[-PORT][/PROTOCOL] */
static int put_port(json_t *set, const char *text, size_t len)
{
    cleanup_buf struct buf port = BUF_INIT;
    size_t digits;
    const char *protocol;

    if (buf_append(&port, text, len) < 0 || !buf_str(&port))
        return -ENOMEM;
    digits = strspn(port.data, "0123456789-");
    protocol = port.data + digits;
    if (digits == 0 || (*protocol && strcasecmp(protocol, "/tcp") != 0 && strcasecmp(protocol, "/udp") != 0 &&
                        strcasecmp(protocol, "/sctp") != 0))
        return -EINVAL;
    if (!*protocol && (buf_append(&port, "/tcp", 4) < 0 || !buf_str(&port)))
        return -ENOMEM;
    return put_member(set, port.data);
}

/* A variable may contain several ports. */
static int put_ports(const struct applying *a, const char *text)
{
    json_t *set = part(a, json_object, is_object);
    cleanup_buf struct buf ports = BUF_INIT;
    int r = set ? expand(a, text, strlen(text), &ports) : -ENOMEM;
    const char *at = ports.data;
    bool any = false;

    while (r == 0 && *(at += strspn(at, BLANKS))) {
        size_t len = strcspn(at, BLANKS);

        r = put_port(set, at, len);
        at += len;
        any = true;
    }
    return r == 0 && !any ? -EINVAL : r;
}

static int add_trigger(const struct applying *a, const char *text)
{
    json_t *list = part(a, json_array, is_array), *value = json_string(text);

    if (list && value)
        return status(json_array_append_new(list, value));
    json_decref(value);
    return list ? -EINVAL : -ENOMEM;
}

static const struct {
    const char *word, *key;
    int (*apply)(const struct applying *a, const char *text);
} instructions[] = {
    {"CMD", "Cmd", set_cmd},
    {"ENTRYPOINT", "Entrypoint", set_entrypoint},
    {"ENV", "Env", put_variables},
    {"EXPOSE", "ExposedPorts", put_ports},
    {"LABEL", "Labels", put_labels},
    {"ONBUILD", "OnBuild", add_trigger},
    {"STOPSIGNAL", "StopSignal", set_signal},
    {"USER", "User", set_user},
    {"VOLUME", "Volumes", put_volumes},
    {"WORKDIR", "WorkingDir", set_directory},
};

static int no_value(const char *text, const char *word, const struct err *why, struct err *err)
{
    return why->text[0] ? err_set(err, EINVAL, "\"%s\": %s", text, why->text)
                        : err_set(err, EINVAL, "\"%s\": that is no value for %s", text, word);
}

static int apply(struct applying *a, const char *text, struct err *err)
{
    size_t len = strcspn(text, BLANKS "=");
    const char *rest = text + len;

    /* "CMD = x" has a blank first; then the "=" belongs to the value. */
    rest += *rest == '=' ? 1 : 0;
    rest += strspn(rest, BLANKS);
    for (size_t i = 0; i < sizeof instructions / sizeof *instructions; i++) {
        int r;

        if (strlen(instructions[i].word) != len || strncasecmp(instructions[i].word, text, len) != 0)
            continue;
        a->key = instructions[i].key;
        r = *rest ? instructions[i].apply(a, rest) : -EINVAL;
        if (r == -EINVAL)
            return no_value(text, instructions[i].word, a->why, err);
        return r < 0 ? err_errno(err, -r, "\"%s\"", text) : 0;
    }
    return err_set(
        err, EINVAL,
        "\"%s\" begins with none of CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, "
        "VOLUME, WORKDIR",
        text);
}

int instruction_apply(json_t *config, struct instruction_state *state, const char *text, struct err *err)
{
    struct err why = {""};
    struct applying a = {.config = config, .state = state, .lookup = find_variable, .why = &why};

    return apply(&a, text, err);
}

int instruction_check(const char *text, struct err *err)
{
    cleanup_json json_t *config = json_object();
    struct instruction_state state = {false};
    struct err why = {""};
    struct applying a = {.config = config, .state = &state, .lookup = any_variable, .why = &why};

    return config ? apply(&a, text, err) : err_errno(err, ENOMEM, "\"%s\"", text);
}
