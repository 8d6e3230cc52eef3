/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "union/mount_options.h"

/* The parsed list as "a|b|c". */
static const char *joined(const struct text_list *l, char buf[1024])
{
    size_t len = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < l->n; i++)
        len += (size_t)snprintf(buf + len, 1024 - len, "%s%s", i ? "|" : "", l->items[i]);
    return buf;
}

static void test_lists(void **state)
{
    static const struct {
        const char *text, *lowers, *passed, *unknown;
    } cases[] = {
        {"", "", "", ""},
        {",,,", "", "", ""},
        {"lowerdir=/a", "/a", "", ""},
        {"lowerdir=/a:/b:/c,,volatile", "/a|/b|/c", "", ""},
        {"lowerdir=/a:/b,", "/a|/b", "", ""},
        {"lowerdir=/a\\:b:/c", "/a:b|/c", "", ""},
        {"lowerdir=/a\\\\:/c", "/a\\|/c", "", ""},
        {"lowerdir=/a\\,b:/c,noexec", "/a,b|/c", "noexec", ""},
        {"lowerdir=/a\\x2db", "/a\\x2db", "", ""},
        {"lowerdir=/a,lowerdir=/b:/c", "/b|/c", "", ""},
        {"lowerdir=/a=b", "/a=b", "", ""},
        {"rw,lowerdir=/a,dev,suid", "/a", "", ""},
        {"noexec,max_read=4096,sync", "", "noexec|sync", ""},
        {"foo=bar,lowerdir=/a,frob", "/a", "", "foo=bar|frob"},
        {"x-systemd.requires=/b,_netdev,noauto,nofail,comment=c,private", "", "", ""},
        {"redirect_dir=on,metacopy=on,index=off,xino=auto,userxattr,fsync=0,static_nlink", "", "", ""},
        {"lowerdir=/a,context=u:r:t:s0,rootcontext=x", "/a", "context=u:r:t:s0|rootcontext=x", ""},
        {"context=\"u:t:s0:c1,c2\",dev", "", "context=\"u:t:s0:c1\\,c2\"", ""},
        {"context=\"c1\\,c2,c3\"", "", "context=\"c1\\,c2\\,c3\"", ""},
        {"context=\"c1,c2", "", "context=\"c1", "c2"},
        {"frob=\"c1,c2\"", "", "", "frob=\"c1|c2\""},
        {"lower=/a,lowerdirs=/a,x", "", "", "lower=/a|lowerdirs=/a|x"},
        {"=,=a", "", "", "=|=a"},
    };
    char buf[1024];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mount_options o = {0};
        struct err err = {""};

        assert_int_equal(mount_options_parse(&o, cases[i].text, &err), 0);
        assert_string_equal(joined(&o.lowers, buf), cases[i].lowers);
        assert_string_equal(joined(&o.passed, buf), cases[i].passed);
        assert_string_equal(joined(&o.unknown, buf), cases[i].unknown);
        mount_options_clear(&o);
    }
}

static void test_fields(void **state)
{
    struct mount_options o = {0};

    (void)state;
    assert_int_equal(
        mount_options_parse(&o, "image=debian:12,store=/s\\,t,fsname=n,subtype=t,timeout=1.5", NULL), 0);
    assert_int_equal(
        mount_options_parse(&o, "allow_other,suid,nodev,threaded,max_idle_threads=3,noacl", NULL), 0);
    assert_string_equal(o.image, "debian:12");
    assert_string_equal(o.store, "/s,t");
    assert_string_equal(o.fsname, "n");
    assert_string_equal(o.subtype, "t");
    assert_true(o.has_timeout && o.timeout > 1.4 && o.timeout < 1.6 && !mount_options_for_ever(&o));
    assert_true(o.allow_other && !o.default_permissions && o.threaded && o.noacl && !o.debug);
    assert_int_equal(o.suid, CHOICE_YES);
    assert_int_equal(o.dev, CHOICE_NO);
    assert_int_equal(o.max_idle_threads, 3);
    assert_int_equal(mount_options_check(&o, NULL), 0);
    /* a later word wins */
    assert_int_equal(
        mount_options_parse(&o, "nosuid,threaded=0,image=b,max_idle_threads=-1,timeout=1e300", NULL), 0);
    assert_int_equal(o.suid, CHOICE_NO);
    assert_false(o.threaded);
    assert_string_equal(o.image, "b");
    assert_int_equal(o.max_idle_threads, MOUNT_OPTIONS_MAX_THREADS);
    assert_true(o.timeout < 2e9 && mount_options_for_ever(&o));
    mount_options_clear(&o);
    assert_null(o.image);
}

static void test_branch_fields(void **state)
{
    static const struct {
        const char *text;
        bool redirect_dir, metacopy; /* what follows */
    } cases[] = {
        {"lowerdir=/a,upperdir=/u,workdir=/w", false, false},
        {"lowerdir=/a,upperdir=/u,workdir=/w,redirect_dir=on", true, false},
        {"lowerdir=/a,upperdir=/u,workdir=/w,redirect_dir=follow", false, false},
        {"lowerdir=/a,upperdir=/u,workdir=/w,metacopy=on", true, true},
        {"lowerdir=/a,upperdir=/u,workdir=/w,metacopy=on,metacopy=off", false, false},
        {"image=a,upperdir=/u,workdir=/w", false, false},
        {"image=a,branch=b", true, true},
        {"image=a,branch=b,redirect_dir=off", false, false},
        {"image=a,branch=b,metacopy=off", true, false},
        {"branch=b,ro", true, true},
    };
    struct mount_options o = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(mount_options_parse(&o, cases[i].text, NULL), 0);
        assert_int_equal(mount_options_check(&o, NULL), 0);
        assert_int_equal(mount_options_redirect_dir(&o), cases[i].redirect_dir);
        assert_int_equal(mount_options_metacopy(&o), cases[i].metacopy);
        mount_options_clear(&o);
    }
    assert_int_equal(
        mount_options_parse(&o, "upperdir=/u\\,v,workdir=/w,volatile,userxattr,fsync=0,ro", NULL), 0);
    assert_string_equal(o.upperdir, "/u,v");
    assert_string_equal(o.workdir, "/w");
    assert_true(o.is_volatile && o.userxattr && o.no_sync && o.read_only);
    assert_int_equal(mount_options_parse(&o, "fsync=1,rw,branch=b,branch_make=temporary", NULL), 0);
    assert_false(o.no_sync || o.read_only);
    assert_string_equal(o.branch, "b");
    assert_int_equal(o.branch_make, BRANCH_MAKE_TEMPORARY);
    mount_options_clear(&o);
}

static void test_owner_fields(void **state)
{
    static const struct {
        const char *text;
        uint32_t uid, gid; /* of what user 1 and group 2 own */
    } cases[] = {
        {"image=a", 1, 2},
        {"image=a,uidmapping=:0:100:10", 101, 2},
        {"image=a,uidmapping=0:100:10,gidmapping=:0:200:1", 101, ID_UNMAPPED},
        {"image=a,uidmapping=0:100:10,uidmapping=:0:300:10", 301, 2},
        {"image=a,uidmapping=0:100:10,uidmapping=", 1, 2},
        {"image=a,squash_to_root", 0, 0},
        {"image=a,squash_to_uid=7,squash_to_root", 7, 0},
        {"image=a,squash_to_root,squash_to_gid=8", 0, 8},
        {"image=a,squash_to_uid=7,squash_to_gid=0,gidmapping=2:9:1", 7, 0},
        {"image=a,squash_to_uid=7,squash_to_uid=4294967294", 4294967294u, 2},
    };
    struct mount_options o = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct id_map uids, gids;

        assert_int_equal(mount_options_parse(&o, cases[i].text, NULL), 0);
        uids = mount_options_uids(&o);
        gids = mount_options_gids(&o);
        assert_int_equal(id_map_show_owner(&uids, 1), cases[i].uid);
        assert_int_equal(id_map_show_owner(&gids, 2), cases[i].gid);
        mount_options_clear(&o);
    }
    assert_int_equal(mount_options_parse(&o, "static_nlink,xattr_permissions=2,redirect_dir=nofollow", NULL),
                     0);
    assert_true(o.static_nlink && o.keep_owners && o.no_redirects && !mount_options_redirect_dir(&o));
    assert_int_equal(mount_options_parse(&o, "xattr_permissions=0,redirect_dir=on", NULL), 0);
    assert_true(!o.keep_owners && !o.no_redirects && mount_options_redirect_dir(&o));
    mount_options_clear(&o);
}

static void test_refused_words(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"lowerdir", "lowerdir"},
        {"lowerdir=", "lowerdir"},
        {"lowerdir=:", "empty"},
        {"lowerdir=/a:", "empty"},
        {"lowerdir=/a::/b", "empty"},
        {"lowerdir=:/a", "empty"},
        {"image", "image"},
        {"image=", "image"},
        {"timeout", "seconds"},
        {"timeout=", "seconds"},
        {"timeout=x", "seconds"},
        {"timeout=-1", "seconds"},
        {"timeout=1s", "seconds"},
        {"timeout=nan", "seconds"},
        {"timeout=inf", "seconds"},
        {"timeout=00000000000000000000000000000000000000001", "seconds"},
        {"threaded=2", "0 or 1"},
        {"threaded=", "0 or 1"},
        {"max_idle_threads=-2", "threads"},
        {"max_idle_threads=many", "threads"},
        {"allow_other=1", "no value"},
        {"suid=1", "no value"},
        {"allow_root", "checks permissions"},
        {"max_read", "number of bytes"},
        {"max_read=x", "number of bytes"},
        {"max_read=-1", "number of bytes"},
        {"max_read=4294967296", "number of bytes"},
        {"nosymfollow", "remount,bind"},
        {"blkdev", "block devices"},
        {"fd=3", "/dev/fd/N"},
        {"uidmapping=:0:1000", "uidmapping=:0:1000: write"},
        {"gidmapping=0:1:2:1:2:1", "gidmapping: 0:1:2 and 1:2:1 overlap"},
        {"squash_to_root=1", "no value"},
        {"squash_to_uid", "number of a user"},
        {"squash_to_uid=root", "number of a user"},
        {"squash_to_gid=-1", "number of a user"},
        {"squash_to_gid=+1", "number of a user"},
        {"squash_to_gid=4294967295", "number of a user"},
        {"xattr_permissions", "0 or 2"},
        {"xattr_permissions=3", "0 or 2"},
        {"xattr_permissions=1", "security.fuseoverlayfs.override_stat"},
        {"static_nlink=1", "no value"},
        {"upperdir=", "upperdir"},
        {"redirect_dir", "on, off, follow or nofollow"},
        {"redirect_dir=onoff", "on, off, follow or nofollow"},
        {"redirect_dir=on off", "on, off, follow or nofollow"},
        {"metacopy=yes", "on or off"},
        {"metacopy=", "on or off"},
        {"nfs_export=1", "nfs_export"},
        {"index=auto", "on off"},
        {"xino=maybe", "on off auto"},
        {"fsync=off", "0 or 1"},
        {"volatile=1", "no value"},
        {"branch=", "branch"},
        {"branch_make=ever", "temporary"},
        {"branch_make", "temporary"},
        {"context=", "context"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mount_options o = {0};
        struct err err = {""};

        assert_int_equal(mount_options_parse(&o, cases[i].text, &err), -EINVAL);
        assert_non_null(strstr(err.text, cases[i].says));
        mount_options_clear(&o);
    }
}

static void test_check(void **state)
{
    static const struct {
        const char *text, *says; /* NULL: they make sense */
    } cases[] = {
        {"lowerdir=/a", NULL},
        {"image=a", NULL},
        {"", "nothing to mount"},
        {"lowerdir=/a,image=b", "exclude"},
        {"lowerdir=/a,upperdir=/u,workdir=/w", NULL},
        {"branch=b", NULL},
        {"image=a,nfs_export=on", NULL},
        {"branch=b,nfs_export=on", NULL},
        {"lowerdir=/a,nfs_export=off", NULL},
        {"lowerdir=/a,nfs_export=on", "nfs_export=on needs an image"},
        {"image=a,branch=b,branch_make=missing", NULL},
        {"lowerdir=/a,workdir=/w", "without upperdir="},
        {"lowerdir=/a,upperdir=/u", "needs workdir="},
        {"upperdir=/u,workdir=/w", "nothing to mount"},
        {"lowerdir=/a,branch=b", "excludes lowerdir="},
        {"image=a,branch=b,upperdir=/u,workdir=/w", "excludes lowerdir="},
        {"branch=b,branch_make=new", "needs the image"},
        {"image=a,branch_make=new", "needs branch=NAME"},
        {"lowerdir=/a,upperdir=/u,workdir=/w,metacopy=on,redirect_dir=off", "metacopy=on needs redirect_dir"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mount_options o = {0};
        struct err err = {""};

        assert_int_equal(mount_options_parse(&o, cases[i].text, &err), 0);
        assert_int_equal(mount_options_check(&o, &err), cases[i].says ? -EINVAL : 0);
        if (cases[i].says)
            assert_non_null(strstr(err.text, cases[i].says));
        mount_options_clear(&o);
    }
}

static void test_many_lowers(void **state)
{
    char text[16 + 3 * (MOUNT_OPTIONS_MAX_LOWERS + 1)] = "lowerdir=/a";
    struct mount_options o = {0};
    struct err err = {""};

    (void)state;
    for (int i = 1; i < MOUNT_OPTIONS_MAX_LOWERS; i++)
        strcat(text, ":/a");
    assert_int_equal(mount_options_parse(&o, text, &err), 0);
    assert_int_equal(o.lowers.n, MOUNT_OPTIONS_MAX_LOWERS);
    strcat(text, ":/a");
    assert_int_equal(mount_options_parse(&o, text, &err), -EINVAL);
    assert_non_null(strstr(err.text, "500"));
    mount_options_clear(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),         cmocka_unit_test(test_fields),
        cmocka_unit_test(test_branch_fields), cmocka_unit_test(test_owner_fields),
        cmocka_unit_test(test_refused_words), cmocka_unit_test(test_check),
        cmocka_unit_test(test_many_lowers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
