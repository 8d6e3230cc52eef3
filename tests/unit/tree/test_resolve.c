/* SPDX-License-Identifier: Apache-2.0 */
/* The merge rule by table: the facts of layers from the top, and what comes of them. test_merge.c has the
 * random part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tree/resolve.h"

/* One letter a layer, topmost first: - absent, w whiteout, f file, d directory, o opaque, r replaces, i
 * implicit, p passive (and implicit), O opaque and implicit, P opaque and passive, R replaces and implicit.
 */
static struct fact fact_of(char c)
{
    struct fact f = {.kind = FACT_DIR};

    switch (c) {
    case '-':
        f.kind = FACT_ABSENT;
        break;
    case 'w':
        f.kind = FACT_WHITEOUT;
        break;
    case 'f':
        f.kind = FACT_FILE;
        break;
    default:
        f.opaque = strchr("oOP", c) != NULL;
        f.replaces = strchr("rR", c) != NULL;
        f.implicit = strchr("ipOPR", c) != NULL;
        f.passive = strchr("pP", c) != NULL;
    }
    return f;
}

static const struct {
    const char *layers;
    enum resolution result;
    int top;
    const char *parts; /* which layers' directories take part, '+' and '.', for directories */
} rows[] = {
    {"", RESOLVED_NONE, -1, ""},     {"---", RESOLVED_NONE, -1, ""},  {"f", RESOLVED_FILE, 0, ""},
    {"-f", RESOLVED_FILE, 1, ""},    {"fd", RESOLVED_FILE, 0, ""},    {"w", RESOLVED_NONE, -1, ""},
    {"wf", RESOLVED_NONE, -1, ""},   {"d", RESOLVED_DIR, 0, "+"},     {"d-d", RESOLVED_DIR, 0, "+.+"},
    {"dfd", RESOLVED_DIR, 0, "+.."}, {"dwd", RESOLVED_DIR, 0, "+.."}, {"od", RESOLVED_DIR, 0, "+."},
    {"dod", RESOLVED_DIR, 0, "++."}, {"id", RESOLVED_DIR, 1, "++"},   {"i", RESOLVED_DIR, -1, "+"},
    {"if", RESOLVED_DIR, -1, "+."},  {"iw", RESOLVED_DIR, -1, "+."},  {"idd", RESOLVED_DIR, 1, "+++"},
    {"Od", RESOLVED_DIR, 1, "+."},   {"Oid", RESOLVED_DIR, 2, "+.."}, {"O", RESOLVED_DIR, -1, "+"},
    {"rd", RESOLVED_DIR, 0, "+."},   {"Rd", RESOLVED_DIR, -1, "+."},  {"p", RESOLVED_NONE, -1, ""},
    {"pf", RESOLVED_FILE, 1, ""},    {"pw", RESOLVED_NONE, -1, ""},   {"pd", RESOLVED_DIR, 1, "++"},
    {"pid", RESOLVED_DIR, 2, "+++"}, {"Pd", RESOLVED_DIR, 1, "+."},   {"Pf", RESOLVED_FILE, 1, ""},
};

static void follows_the_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct resolver r = RESOLVER_INIT;
        char parts[8] = "";
        size_t n = strlen(rows[i].layers);

        for (size_t l = 0; l < n; l++) {
            bool was_done = r.done;
            bool takes_part = resolve_step(&r, fact_of(rows[i].layers[l]));

            parts[l] = takes_part ? '+' : '.';
            /* Asking on after the end changes nothing. */
            assert_false(was_done && takes_part);
        }
        resolve_end(&r);
        assert_true(r.done);
        if (r.result != rows[i].result || r.top != rows[i].top ||
            (r.result == RESOLVED_DIR && strcmp(parts, rows[i].parts) != 0))
            fail_msg("\"%s\": result %d top %d parts %s", rows[i].layers, r.result, r.top, parts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
