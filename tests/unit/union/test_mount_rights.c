/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "union/mount_rights.h"

enum who {
    ROOT = 1,
    MOUNT8 = 2,
    MOUNT_FUSE = 4,
};

/* What a mount has. */
enum has {
    OTHERS = 1,
    CHECKS = 2,
    SUID = 4,
    DEV = 8,
};

static const struct {
    const char *options;
    int who, has;
} cases[] = {
    /* an ordinary user: whoever lets others in has their permissions checked */
    {"image=a", 0, 0},
    {"lowerdir=/a", 0, 0},
    {"image=a,default_permissions", 0, CHECKS},
    {"image=a,allow_other", 0, OTHERS | CHECKS},
    {"lowerdir=/a,allow_other", 0, OTHERS | CHECKS},
    {"lowerdir=/a,upperdir=/u,workdir=/w,allow_other", 0, OTHERS | CHECKS},
    {"branch=b,allow_other", 0, OTHERS | CHECKS},
    /* root, of the machine and of a user namespace */
    {"image=a", ROOT, OTHERS | CHECKS},
    {"lowerdir=/a", ROOT, OTHERS | CHECKS | SUID},
    {"lowerdir=/a,allow_other", ROOT, OTHERS | CHECKS | SUID},
    /* an image is not a disk: by whatever way it is mounted */
    {"image=a", ROOT | MOUNT8, OTHERS | CHECKS},
    {"branch=b", ROOT | MOUNT8, OTHERS | CHECKS},
    {"branch=b", ROOT, OTHERS | CHECKS},
    {"image=a,upperdir=/u,workdir=/w", ROOT | MOUNT8, OTHERS | CHECKS},
    {"rw,image=a,dev,suid", ROOT | MOUNT_FUSE, OTHERS | CHECKS},
    {"image=a,suid,dev", ROOT, OTHERS | CHECKS | SUID | DEV},
    {"image=a,suid,dev", ROOT | MOUNT8, OTHERS | CHECKS | SUID | DEV},
    {"image=a,allow_suid", ROOT | MOUNT8, OTHERS | CHECKS | SUID},
    {"image=a,allow_dev", ROOT | MOUNT8, OTHERS | CHECKS | DEV},
    {"rw,image=a,allow_suid,dev,suid", ROOT | MOUNT_FUSE, OTHERS | CHECKS | SUID},
    {"image=a,allow_suid,allow_dev,nosuid,nodev", ROOT | MOUNT8, OTHERS | CHECKS},
    {"image=a,nosuid,allow_suid", ROOT | MOUNT8, OTHERS | CHECKS},
    /* directories are */
    {"lowerdir=/a", ROOT | MOUNT8, OTHERS | CHECKS | SUID | DEV},
    {"lowerdir=/a,nodev,nosuid", ROOT | MOUNT8, OTHERS | CHECKS},
    {"rw,lowerdir=/a,dev,suid", ROOT | MOUNT_FUSE, OTHERS | CHECKS | SUID | DEV},
    {"rw,lowerdir=/a,nosuid,dev", ROOT | MOUNT_FUSE, OTHERS | CHECKS | DEV},
};

static void test_rights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct mount_caller who = {
            .root = cases[i].who & ROOT,
            .mount8 = cases[i].who & MOUNT8,
            .mount_fuse = cases[i].who & MOUNT_FUSE,
        };
        struct mount_options o = {0};

        assert_int_equal(mount_options_parse(&o, cases[i].options, NULL), 0);
        struct mount_rights r = mount_options_rights(&o, &who);
        int has = (r.allow_other ? OTHERS : 0) | (r.default_permissions ? CHECKS : 0) | (r.suid ? SUID : 0) |
                  (r.dev ? DEV : 0);
        if (has != cases[i].has)
            fail_msg("%s by %d: %d, not %d", cases[i].options, cases[i].who, has, cases[i].has);
        mount_options_clear(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rights)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
