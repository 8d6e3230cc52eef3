/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/manifest.h"

static void layers_find_their_entry(void **state)
{
    static const struct {
        const char *empty; /* a character an entry: "e" made no layer */
        size_t n_layers, layer;
        int entry; /* -1: none */
    } cases[] = {
        {"", 0, 0, -1},
        {"", 2, 1, -1},
        {"--", 2, 0, 0},
        {"--", 2, 1, 1},
        {"--", 2, 2, -1},
        {"e-ee-e", 2, 0, 1},
        {"e-ee-e", 2, 1, 4},
        /* Counts disagree: whose entry it is cannot be told. */
        {"--", 1, 0, -1},
        {"--", 3, 0, -1},
        {"eee", 1, 0, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct history history[8] = {0};
        struct image_config c = {
            .history = history, .n_history = strlen(cases[i].empty), .n_diff_ids = cases[i].n_layers};
        const struct history *expected = cases[i].entry < 0 ? NULL : &history[cases[i].entry];

        for (size_t j = 0; j < c.n_history; j++)
            history[j].empty_layer = cases[i].empty[j] == 'e';
        if (image_config_layer_history(&c, cases[i].layer) != expected)
            fail_msg("case %zu", i);
    }
}

static void commands_are_one_readable_line(void **state)
{
    static const struct {
        const char *created_by, *command;
    } cases[] = {
        {NULL, ""},
        {"", ""},
        {"/bin/sh -c #(nop) ADD file:1 in / ", "ADD file:1 in /"},
        {"/bin/sh -c #(nop)  CMD [\"sh\"]", "CMD [\"sh\"]"},
        {"/bin/sh -c apt-get update", "/bin/sh -c apt-get update"},
        {"RUN /bin/sh -c make # buildkit", "RUN /bin/sh -c make"},
        {"COPY a b # buildkit ", "COPY a b"},
        {"RUN echo '# buildkit' x", "RUN echo '# buildkit' x"},
        {"# buildkit", ""},
        {"RUN a \t\n  b\r\n&& c", "RUN a b && c"},
        {"  x  ", "x"},
        {"a\x1b[31mb\x7f", "a?[31mb?"},
        {"a\xc2\x9b"
         "31mb",
         "a?31mb"},
        {"\xc3\x9b\xc2\xa0", "\xc3\x9b\xc2\xa0"},
        {"a\xc2", "a\xc2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *copy = cases[i].created_by ? strdup(cases[i].created_by) : NULL;
        char *command = history_command(&(struct history){.created_by = copy});

        assert_non_null(command);
        assert_string_equal(command, cases[i].command);
        free(command);
        free(copy);
    }
    char *command = history_command(NULL);
    assert_string_equal(command, "");
    free(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_find_their_entry),
        cmocka_unit_test(commands_are_one_readable_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
