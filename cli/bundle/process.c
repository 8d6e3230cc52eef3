/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_text.h"
#include "os/cleanup.h"
#include "os/inert.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int append(json_t *array, const char *text, const char *what, struct err *err)
{
    json_t *word = json_string(text);

    if (!word && !utf8_valid(text, strlen(text)))
        return err_set(err, EINVAL, "%s \"%s\" is not UTF-8, which config.json cannot hold", what, text);
    return json_array_append_new(array, word) < 0 ? err_errno(err, ENOMEM, "config.json") : 0;
}

static int append_all(json_t *array, char *const *words, const char *what, struct err *err)
{
    int r = 0;

    for (size_t i = 0; words && words[i] && r == 0; i++)
        r = append(array, words[i], what, err);
    return r;
}

/* Append a JSON array of words, or the text as a single word. */
static int append_entrypoint(json_t *array, const char *text, struct err *err)
{
    json_t *word;
    size_t i;

    if (*text == '\0')
        return 0;
    if (*text != '[')
        return append(array, text, "entrypoint", err);
    cleanup_json json_t *words = NULL;
    int r = json_text_parse(text, strlen(text), &words, err);
    if (r < 0)
        return err_prefix(err, r, "entrypoint %s", text);
    json_array_foreach(words, i, word) {
        if (!json_is_string(word))
            return err_set(err, EINVAL, "entrypoint %s is not a JSON array of words", text);
    }
    return json_array_extend(array, words) < 0 ? err_errno(err, ENOMEM, "config.json") : 0;
}

int bundle_args(const struct image_config *c, const struct bundle_wish *w, json_t **ret, struct err *err)
{
    cleanup_json json_t *args = json_array();
    bool wished = w->command && w->command[0];
    int r;

    if (!args)
        return err_errno(err, ENOMEM, "config.json");
    if (w->entrypoint)
        r = append_entrypoint(args, w->entrypoint, err);
    else
        r = append_all(args, c->entrypoint, "entrypoint", err);
    /* [""] means no entrypoint. */
    if (r == 0 && json_array_size(args) == 1 && json_string_length(json_array_get(args, 0)) == 0)
        json_array_clear(args);
    if (r == 0 && wished)
        r = append_all(args, w->command, "command", err);
    else if (r == 0 && !w->entrypoint)
        r = append_all(args, c->cmd, "command", err);
    if (r == 0 && (json_array_size(args) == 0 || !*json_string_value(json_array_get(args, 0))))
        r = err_set(err, EINVAL, "the image has no command: add one after the image");
    if (r == 0)
        *ret = steal_ptr(&args);
    return r;
}

/* Does `entry` have the variable name of `text` (up to "=")? */
static bool same_name(const json_t *entry, const char *text)
{
    size_t len = strcspn(text, "=");
    const char *is = json_string_value(entry);

    return strncmp(is, text, len) == 0 && (is[len] == '=' || is[len] == '\0');
}

/* Limit the quadratic search for duplicates; exec(2) takes at most 2 MiB anyway. */
#define MAX_VARIABLES 8192

/* Ignore "NAME" without a value: it sets nothing. */
static int put(json_t *env, const char *text, struct err *err)
{
    json_t *entry;
    size_t i;

    if (!strchr(text, '=') || *text == '=')
        return 0;
    json_array_foreach(env, i, entry) {
        if (same_name(entry, text)) {
            json_array_remove(env, i);
            break;
        }
    }
    if (json_array_size(env) >= MAX_VARIABLES)
        return err_set(err, E2BIG, "more than %d environment variables", MAX_VARIABLES);
    return append(env, text, "variable", err);
}

static int put_named(json_t *env, const char *name, const char *value, struct err *err)
{
    cleanup_free char *text = NULL;

    if (asprintf(&text, "%s=%s", name, value) < 0) {
        text = NULL;
        return err_errno(err, ENOMEM, "config.json");
    }
    return put(env, text, err);
}

static int put_all(json_t *env, char *const *list, struct err *err)
{
    int r = 0;

    for (size_t i = 0; list && list[i] && r == 0; i++)
        r = put(env, list[i], err);
    return r;
}

int bundle_env(const struct image_config *c, const struct bundle_wish *w, const struct bundle_user *u,
               const char *hostname, json_t **ret, struct err *err)
{
    cleanup_json json_t *env = json_array();
    int r = env ? put(env, DEFAULT_PATH, err) : err_errno(err, ENOMEM, "config.json");

    if (r == 0)
        r = put(env, "container=mica", err);
    if (r == 0 && w->tty)
        r = put(env, "TERM=xterm", err);
    if (r == 0)
        r = put_named(env, "HOSTNAME", hostname, err);
    if (r == 0)
        r = put_named(env, "HOME", u->home, err);
    if (r == 0)
        r = put_all(env, c->env, err);
    if (r == 0)
        r = put_all(env, w->env, err);
    if (r == 0)
        *ret = steal_ptr(&env);
    return r;
}
