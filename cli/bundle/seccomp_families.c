/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network namespaces do not confine some socket families, so the filter has to deny them: sockets to the
 * hypervisor and its guests, and to the coprocessors of a phone's chip, whose ports are one set for all
 * namespaces. All other families of the kernel either know namespaces or work in the first one only (AF_NFC,
 * AF_BLUETOOTH and others check for init_net themselves).
 *
 * A rule can compare each argument once, and the result of two contradicting rules is undefined, so the rules
 * that allow socket(2) are split until none of them allows such a family. Only the lower half of the register
 * is compared: the kernel ignores the upper half.
 */
#include "bundle/seccomp_families.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "bundle/seccomp.h"
#include "image/json_text.h"

#define FAMILIES  64 /* the kernel has 46; leave room for new ones */
#define NO_FAMILY 97 /* EAFNOSUPPORT */
#define LOW       0xffffffffu

static const unsigned unheld[] = {32 /* AF_IUCV */, 40 /* AF_VSOCK */, 42 /* AF_QIPCRTR */};

static bool is_held(unsigned family)
{
    for (size_t i = 0; i < sizeof unheld / sizeof *unheld; i++)
        if (unheld[i] == family)
            return false;
    return true;
}

static bool compares(json_t *arg, uint64_t family)
{
    const char *op = json_string_value(json_object_get(arg, "op"));
    uint64_t value = (uint64_t)json_integer_value(json_object_get(arg, "value"));
    uint64_t two = (uint64_t)json_integer_value(json_object_get(arg, "valueTwo"));

    op += strlen("SCMP_CMP_");
    if (strcmp(op, "MASKED_EQ") == 0)
        return (family & value) == two;
    if (op[1] == 'E')
        return op[0] == 'N' ? family != value : op[0] == 'L' ? family <= value : family >= value;
    return op[0] == 'E' ? family == value : op[0] == 'L' ? family < value : family > value;
}

/* Families that a rule allows, one bit each. */
static uint64_t families_of(json_t *args)
{
    uint64_t set = 0;

    for (unsigned f = 0; f < FAMILIES; f++) {
        bool all = is_held(f);
        json_t *arg;
        size_t i;
        json_array_foreach(args, i, arg) {
            if (json_integer_value(json_object_get(arg, "index")) == 0)
                all = all && compares(arg, f);
        }
        if (all)
            set |= UINT64_C(1) << f;
    }
    return set;
}

static json_t *rule(const char *action, unsigned family, uint32_t mask)
{
    return json_pack("{s:[s], s:s, s:[{s:i, s:I, s:I, s:s}]}", "names", "socket", "action", action, "args",
                     "index", 0, "value", (json_int_t)mask, "valueTwo", (json_int_t)family, "op",
                     "SCMP_CMP_MASKED_EQ");
}

/* Append a rule for each aligned power-of-two block of families that is entirely in the set. */
static int append_blocks(json_t *rules, json_t *args, uint64_t set, unsigned from, unsigned size)
{
    uint64_t block = (size == FAMILIES ? ~UINT64_C(0) : (UINT64_C(1) << size) - 1) << from;
    json_t *arg;
    size_t i;

    if ((set & block) == 0)
        return 0;
    if ((set & block) != block) {
        int r = append_blocks(rules, args, set, from, size / 2);
        return r < 0 ? r : append_blocks(rules, args, set, from + size / 2, size / 2);
    }
    cleanup_json json_t *one = rule("SCMP_ACT_ALLOW", from, LOW & ~(size - 1));
    int r = one ? 0 : -ENOMEM;
    json_array_foreach(args, i, arg) {
        if (r == 0 && json_integer_value(json_object_get(arg, "index")) != 0)
            r = json_text_append(json_object_get(one, "args"), json_incref(arg));
    }
    return r == 0 ? json_text_append(rules, json_incref(one)) : r;
}

/* Remove "socket" from the rule's names; returns whether it was there. */
static bool take_socket(json_t *names)
{
    json_t *name;
    size_t i;

    json_array_foreach(names, i, name) {
        if (strcmp(json_string_value(name), "socket") == 0) {
            json_array_remove(names, i);
            return true;
        }
    }
    return false;
}

int seccomp_without_unheld(json_t *filter)
{
    json_t *from = json_object_get(filter, "syscalls"), *rules = json_array(), *is;
    size_t i;
    int r = rules ? 0 : -ENOMEM;

    json_array_foreach(from, i, is) {
        json_t *names = json_object_get(is, "names");
        bool allows = strcmp(json_string_value(json_object_get(is, "action")), "SCMP_ACT_ALLOW") == 0;
        if (r == 0 && allows && take_socket(names))
            r = append_blocks(rules, json_object_get(is, "args"), families_of(json_object_get(is, "args")), 0,
                              FAMILIES);
        if (r == 0 && json_array_size(names) > 0 && json_array_append(rules, is) < 0)
            r = -ENOMEM;
    }
    for (size_t n = 0; n < sizeof unheld / sizeof *unheld; n++) {
        json_t *refused = rule("SCMP_ACT_ERRNO", unheld[n], LOW);
        if (r == 0)
            r = json_text_put(refused, "errnoRet", json_integer(NO_FAMILY));
        if (r == 0 && json_array_append(rules, refused) < 0)
            r = -ENOMEM;
        json_decref(refused);
    }
    if (r == 0 && json_object_set(filter, "syscalls", rules) < 0)
        r = -ENOMEM;
    json_decref(rules);
    return r;
}
