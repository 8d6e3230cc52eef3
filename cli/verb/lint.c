/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "act/image_arg.h"
#include "act/image_lint.h"
#include "command/options.h"
#include "show/json_out.h"
#include "show/table.h"
#include "show/text.h"

static const struct verb_option options[] = {
    {'s', "severity", "WORD", "minimum severity: error, warning (default) or note"},
    {'q', "quiet", NULL, "print no progress"},
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static const char *const severities[] = {"note", "warning", "error"};

struct report {
    bool json;
    bool shows; /* on a terminal: which layer is read */
    enum lint_severity least;
    size_t n;
    int failed; /* to write a finding: 0 or a negative errno */
    struct json_list list;
};

static void show_layer(void *ctx, uint32_t layer)
{
    const struct report *r = ctx;

    if (r->shows)
        fprintf(stderr, "\rreading layer %u ", layer + 1);
}

static void clear_line(const struct report *r)
{
    if (r->shows)
        fprintf(stderr, "\r%30s\r", "");
}

static int tell_json(struct report *r, const struct lint_finding *f)
{
    json_t *o = json_object();

    if (!o || json_set_str(o, "severity", severities[f->severity]) < 0 ||
        json_set_str(o, "rule", f->rule) < 0 ||
        (f->layer != STUDY_NEVER && json_set_number(o, "layer", f->layer + 1) < 0) ||
        (f->path && json_set_str(o, "entry", f->path) < 0) || json_set_str(o, "message", f->text) < 0) {
        json_decref(o);
        o = NULL;
    }
    return json_list_add(&r->list, o);
}

static int tell_text(const struct lint_finding *f)
{
    int r = printf("%s: %s: ", severities[f->severity], f->rule);

    if (r >= 0 && f->layer != STUDY_NEVER)
        r = printf("layer %u: ", f->layer + 1);
    if (r >= 0 && f->path)
        r = text_put(stdout, f->path, strlen(f->path), TEXT_NAME) < 0 || fputs(": ", stdout) < 0 ? -1 : 0;
    return r < 0 || printf("%s\n", f->text) < 0 ? -EIO : 0;
}

static int tell(void *ctx, const struct lint_finding *f)
{
    struct report *r = ctx;

    if (f->severity < r->least)
        return 0;
    r->n++;
    clear_line(r);
    r->failed = r->json ? tell_json(r, f) : tell_text(f);
    return r->failed;
}

static int lint(const struct image_arg *a, struct report *r)
{
    struct err err = {""};
    int e = image_lint(a->store, &a->image, show_layer, tell, r, &err);

    clear_line(r);
    if (e < 0)
        return r->failed ? cli_output_status(r->failed) : cli_fail(&err);
    int status = cli_output_status(r->json ? json_list_end(&r->list) : 0);
    return status == STATUS_DONE && r->n ? STATUS_OVER : status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    struct report r = {.least = LINT_WARNING, .list = JSON_LIST_INIT, .shows = terminal_width(stderr) > 0};

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        size_t i = 0;

        r.json |= c == 'j';
        r.shows &= c != 'q';
        while (c == 's' && i < 3 && strcmp(o.value, severities[i]) != 0)
            i++;
        if (i == 3)
            options_bad(&o, "--severity takes note, warning or error, not \"%s\"", o.value);
        else if (c == 's')
            r.least = (enum lint_severity)i;
    }
    if (options_operands(&o, 1, 1, "IMAGE") < 0)
        return o.status;
    int status = image_arg_find(cli, o.argv[0], &a);
    return status ? status : lint(&a, &r);
}

const struct verb verb_lint = {
    .name = "lint",
    .summary = "check an image for violations of the OCI specification, and surprises",
    .synopsis = "[--severity WORD] [--quiet] [--json] IMAGE",
    .about =
        "Checks config, history, archives and files of the image, and prints one finding per line: severity, rule,\n"
        "layer, entry and message. Errors violate the OCI image specification, warnings surprise tools or people, notes\n"
        "are worth knowing. Reads every layer's archive. Exit status 0 without findings, 3 with findings.\n",
    .options = options,
    .examples = "mica lint app:1\n"
                "mica lint --severity note app:1 | grep setuid\n"
                "mica lint --json oci:build | jq -r '.[] | select(.rule == \"hidden-secret\") | .entry'\n",
    .run = run,
};
