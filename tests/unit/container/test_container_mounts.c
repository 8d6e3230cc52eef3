/* SPDX-License-Identifier: Apache-2.0 */
/* -v, --mount, --tmpfs and --device: what they mean, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "container/container_mounts.h"

typedef int parser(const char *text, struct bundle_volume *ret, struct err *err);

static const struct {
    parser *parse;
    const char *text;
    enum bundle_volume_kind kind;
    const char *source, *destination, *options; /* destination NULL: refused */
    bool read_only;
} cases[] = {
    {volume_parse, "/etc:/x", VOLUME_BIND, "/etc", "/x", NULL, false},
    {volume_parse, "/etc/../etc/passwd:/x:ro,z", VOLUME_BIND, "/etc/passwd", "/x", NULL, true},
    {volume_parse, "/etc:/x:no", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse, "/etc://", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/x", VOLUME_TMPFS, NULL, "/x", NULL, false},
    {volume_parse_tmpfs, "/x:", VOLUME_TMPFS, NULL, "/x", NULL, false},
    {volume_parse_tmpfs, "/x:size=1m,mode=700,exec", VOLUME_TMPFS, NULL, "/x", "size=1m,mode=700,exec",
     false},
    {volume_parse_tmpfs, "/x:ro,noexec", VOLUME_TMPFS, NULL, "/x", "noexec", true},
    {volume_parse_tmpfs, "/x:rw,size=50%", VOLUME_TMPFS, NULL, "/x", "size=50%", false},
    {volume_parse_tmpfs, "x", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/x:bad", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/x:suid", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/x:dev", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/x:size=", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/x:size=1mm", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/x:size=1x", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs, "/x:,", VOLUME_TMPFS, NULL, NULL, NULL, false},
    {volume_parse_tmpfs,
     "/x:exec,exec,exec,exec,exec,exec,exec,exec,exec,exec,exec,exec,exec,exec,exec,exec,exec", VOLUME_TMPFS,
     NULL, NULL, NULL, false},
    {volume_parse_mount, "type=bind,src=/etc,dst=/x", VOLUME_BIND, "/etc", "/x", NULL, false},
    {volume_parse_mount, "type=bind,source=/etc,target=/x,readonly", VOLUME_BIND, "/etc", "/x", NULL, true},
    {volume_parse_mount, "target=/x,ro=true,source=/etc,type=bind", VOLUME_BIND, "/etc", "/x", NULL, true},
    {volume_parse_mount, "type=bind,src=/etc,destination=/x,readonly=false,bind-propagation=rprivate",
     VOLUME_BIND, "/etc", "/x", NULL, false},
    {volume_parse_mount, "type=tmpfs,destination=/x,tmpfs-size=1m,tmpfs-mode=0700", VOLUME_TMPFS, NULL, "/x",
     "size=1m,mode=0700", false},
    {volume_parse_mount, "type=tmpfs,dst=/x,ro", VOLUME_TMPFS, NULL, "/x", NULL, true},
    {volume_parse_mount, "type=volume,src=x,dst=/x", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "type=bind,src=/etc", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "dst=/x", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "type=bind,dst=/x", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "type=bind,src=/nonexistent,dst=/x", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "type=bind,src=/etc,dst=/x,foo", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "type=bind,src=/etc,dst=/x,ro=maybe", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "type=bind,src=/etc,dst=/x,bind-propagation=shared", VOLUME_BIND, NULL, NULL, NULL,
     false},
    {volume_parse_mount, "type=bind,src=/etc,dst=/x,tmpfs-size=1", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "type=tmpfs,src=/etc,dst=/x", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "type=tmpfs,dst=/x,tmpfs-size=x", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_mount, "", VOLUME_BIND, NULL, NULL, NULL, false},
    {volume_parse_device, "/dev/null", VOLUME_DEVICE, "/dev/null", "/dev/null", NULL, false},
    {volume_parse_device, "/dev/null:/dev/mine", VOLUME_DEVICE, "/dev/null", "/dev/mine", NULL, false},
    {volume_parse_device, "/dev/null:rwm", VOLUME_DEVICE, "/dev/null", "/dev/null", NULL, false},
    {volume_parse_device, "/dev/null:/x:rw", VOLUME_DEVICE, "/dev/null", "/x", NULL, false},
    {volume_parse_device, "/dev/null:/x:r", VOLUME_DEVICE, NULL, NULL, NULL, false},
    {volume_parse_device, "/dev/null:/x:q", VOLUME_DEVICE, NULL, NULL, NULL, false},
    {volume_parse_device, "/dev/null:x", VOLUME_DEVICE, NULL, NULL, NULL, false},
    {volume_parse_device, "/etc/passwd", VOLUME_DEVICE, NULL, NULL, NULL, false},
    {volume_parse_device, "/nonexistent", VOLUME_DEVICE, NULL, NULL, NULL, false},
    {volume_parse_device, "null", VOLUME_DEVICE, NULL, NULL, NULL, false},
    {volume_parse_device, "", VOLUME_DEVICE, NULL, NULL, NULL, false},
};

static void same(const char *expected, const char *found)
{
    if (expected)
        assert_string_equal(found, expected);
    else
        assert_null(found);
}

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bundle_volume v;
        struct err err = {""};
        int r = cases[i].parse(cases[i].text, &v, &err);
        if (!cases[i].destination && r == 0)
            fail_msg("\"%s\" is taken", cases[i].text);
        if (cases[i].destination && r < 0)
            fail_msg("\"%s\" is refused: %s", cases[i].text, err.text);
        same(cases[i].source, v.source);
        same(cases[i].destination, v.destination);
        same(cases[i].options, v.options);
        if (r == 0) {
            assert_int_equal(v.kind, cases[i].kind);
            assert_int_equal(v.read_only, cases[i].read_only);
        } else {
            assert_true(*err.text);
        }
        volume_clear(&v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
