/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target that is wrong on purpose: each input is one kind of finding of a sanitizer. It is built like
 * the others, and run-finding shows that each ends its run with a failure. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile int sink;

static void overflow(void)
{
    volatile int most = INT_MAX;

    sink = most + 1;
}

static void shift(void)
{
    volatile int by = 40;

    sink = 1 << by;
}

static void beyond_an_array(void)
{
    int few[4] = {0};
    volatile size_t at = 4;

    sink = few[at];
}

static void beyond_an_allocation(void)
{
    char *few = calloc(4, 1);
    volatile size_t at = 4;

    if (few)
        sink = few[at];
    free(few);
}

static void not_a_bool(void)
{
    unsigned char byte = 2;
    bool b;

    memcpy(&b, &byte, 1);
    sink = b;
}

static void misaligned(void)
{
    char bytes[16] = {0};
    volatile size_t at = 1;

    sink = *(const int *)(const void *)(bytes + at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *name;
        void (*act)(void);
    } kinds[] = {
        {"overflow", overflow},     {"shift", shift},
        {"array", beyond_an_array}, {"allocation", beyond_an_allocation},
        {"bool", not_a_bool},       {"misaligned", misaligned},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (size == strlen(kinds[i].name) && memcmp(data, kinds[i].name, size) == 0)
            kinds[i].act();
    return 0;
}
