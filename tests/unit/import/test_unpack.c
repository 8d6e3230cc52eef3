/* SPDX-License-Identifier: Apache-2.0 */
/* From tar streams to layers: archives that are read, and what must be in the layer afterwards
 * (layer_dump.h). The process runs in a UTF-8 locale, so that names can be seen not to be converted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "layer_dump.h"
#include "tar_maker.h"
#include "unpack_case.h"

#define HEADER_IN(to, ...) tar_header(to, &(struct tar_header){__VA_ARGS__})
#define HEADER(...)        HEADER_IN(b, __VA_ARGS__)

static void all_types(struct buf *b)
{
    HEADER(.type = '5', .name = "d/", .mode = 01777, .uid = 1, .gid = 2, .mtime = 1700000000);
    tar_file(b, "d/file", "hello", 5);
    HEADER(.type = '2', .name = "d/link", .link = "../target", .mode = 0777);
    HEADER(.type = '1', .name = "d/hard", .link = "d/file");
    HEADER(.type = '3', .name = "null", .mode = 0666, .major = 1, .minor = 3);
    HEADER(.type = '4', .name = "disk", .mode = 0660, .gid = 6, .major = 4095, .minor = 1048575);
    HEADER(.type = '6', .name = "fifo", .mode = 0600);
    HEADER(.type = '3', .name = "zero", .mode = 0600);
    HEADER(.name = "setuid", .mode = 06755);
    tar_end(b);
}

static void odd_types(struct buf *b)
{
    HEADER(.type = '7', .name = "contiguous", .size = 1);
    tar_body(b, "7", 1);
    HEADER(.type = 'Z', .name = "unknown", .size = 1);
    tar_body(b, "Z", 1);
    HEADER(.type = 'D', .name = "dumpdir", .mode = 0755, .size = 6, .gnu = true);
    tar_body(b, "Yfile\0", 6);
    HEADER(.type = 'V', .name = "a volume label");
    HEADER(.name = "file-with-a-slash/", .mode = 0700);
    tar_end(b);
}

static void null_type(struct buf *b)
{
    size_t at = b->len;

    tar_file(b, "old", "x", 1);
    b->data[at + 156] = '\0';
    memcpy(b->data + at + 148, "000000",
           6); /* the type's '0' is gone from the sum, which is done anew here */
    {
        unsigned sum = 0;

        memset(b->data + at + 148, ' ', 8);
        for (size_t i = 0; i < 512; i++)
            sum += (uint8_t)b->data[at + i];
        snprintf(b->data + at + 148, 8, "%06o", sum);
    }
    tar_end(b);
}

#define A100                                                                                                 \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void long_names(struct buf *b)
{
    HEADER(.prefix = "prefix/dir", .name = "name");
    HEADER(.name = A100);
    tar_gnu_long(b, 'L', "gnu/" A100 A100);
    tar_gnu_long(b, 'K', A100 "/target");
    HEADER(.type = '2', .name = "short", .link = "short", .gnu = true);
    tar_gnu_long(b, 'L', "gnu/file" A100);
    tar_file(b, "cut off", "", 0);
    tar_gnu_long(b, 'K', "gnu/file" A100);
    HEADER(.type = '1', .name = "hard", .link = "short", .gnu = true);
    tar_pax1(b, "path", "pax/" A100 A100);
    HEADER(.name = "short");
    tar_pax1(b, "linkpath", "pax/" A100 A100);
    HEADER(.type = '2', .name = "plink", .link = "short");
    tar_end(b);
}

/* Not UTF-8; UTF-8 that is decomposed; surrogates; the kelvin sign, which composes to an ASCII letter. */
#define BAD                                                                                                  \
    "\xff\xfe"                                                                                               \
    "bad\x80"
#define NFD  "e\xcc\x81"
#define CESU "\xed\xa0\xbd\xed\xb8\x80"
#define KELV "\xe2\x84\xaa"

static void raw_names(struct buf *b)
{
    static const char *const names[] = {BAD, NFD, CESU, KELV, "caf\xe9", "\xc3\xa9"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[100];

        snprintf(text, sizeof(text), "u/%s", names[i]);
        HEADER(.name = text);
        snprintf(text, sizeof(text), "g/%s", names[i]);
        tar_gnu_long(b, 'L', text);
        tar_gnu_long(b, 'K', names[i]);
        HEADER(.type = '2', .name = "x", .link = "x", .gnu = true);
        snprintf(text, sizeof(text), "p/%s", names[i]);
        tar_pax1(b, "path", text);
        HEADER(.name = "x");
        {
            cleanup_buf struct buf r = BUF_INIT;

            tar_record(&r, "linkpath", text, strlen(text));
            tar_record(&r, "uname", names[i], strlen(names[i]));
            tar_pax(b, 'x', &r);
        }
        snprintf(text, sizeof(text), "s%zu", i);
        HEADER(.type = i % 2 ? '1' : '2', .name = text, .link = "x");
    }
    tar_end(b);
}

#define RAW_LINES(prefix, after)                                                                             \
    "f " prefix "/caf\\xe9 644" after "f " prefix "/e\\xcc\\x81 644" after "f " prefix                       \
    "/\\xc3\\xa9 644" after "f " prefix "/\\xe2\\x84\\xaa 644" after "f " prefix                             \
    "/\\xed\\xa0\\xbd\\xed\\xb8\\x80 644" after "f " prefix "/\\xff\\xfebad\\x80 644" after

static const char raw_names_layer[] =
    "d g 755 implicit\n"
    "l g/caf\\xe9 644 -> caf\\xe9\n"
    "l g/e\\xcc\\x81 644 -> e\\xcc\\x81\n"
    "l g/\\xc3\\xa9 644 -> \\xc3\\xa9\n"
    "l g/\\xe2\\x84\\xaa 644 -> \\xe2\\x84\\xaa\n"
    "l g/\\xed\\xa0\\xbd\\xed\\xb8\\x80 644 -> \\xed\\xa0\\xbd\\xed\\xb8\\x80\n"
    "l g/\\xff\\xfebad\\x80 644 -> \\xff\\xfebad\\x80\n"
    "d p 755 implicit\n"
    "f p/caf\\xe9 644 \"\"\n"
    "f p/e\\xcc\\x81 644 links 2 \"\"\n"
    "f p/\\xc3\\xa9 644 links 2 \"\"\n"
    "f p/\\xe2\\x84\\xaa 644 links 2 \"\"\n"
    "f p/\\xed\\xa0\\xbd\\xed\\xb8\\x80 644 \"\"\n"
    "f p/\\xff\\xfebad\\x80 644 \"\"\n"
    "l s0 644 -> p/\\xff\\xfebad\\x80\n"
    "f s1 644 links 2 \"\"\n"
    "l s2 644 -> p/\\xed\\xa0\\xbd\\xed\\xb8\\x80\n"
    "f s3 644 links 2 \"\"\n"
    "l s4 644 -> p/caf\\xe9\n"
    "f s5 644 links 2 \"\"\n"
    "d u 755 implicit\n" RAW_LINES("u", " \"\"\n");

static void times(struct buf *b)
{
    static const char *const values[] = {"1.5", "-1.5",        "-1.000000001",  "1.1234567899",
                                         "-3",  "0.000000001", "1700000000.25", "-0.5"};

    HEADER(.name = "base256", .mtime = -5);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char name[20];

        snprintf(name, sizeof(name), "t%zu", i);
        tar_pax1(b, "mtime", values[i]);
        HEADER(.name = name, .mtime = 9);
    }
    tar_end(b);
}

static void owners(struct buf *b)
{
    HEADER(.name = "base256", .uid = 4294967294, .gid = 3000000000);
    {
        cleanup_buf struct buf r = BUF_INIT;

        tar_record(&r, "uid", "4294967294", 10);
        tar_record(&r, "gid", "2097152", 7);
        tar_record(&r, "uname", "somebody", 8);
        tar_pax(b, 'x', &r);
    }
    HEADER(.name = "pax", .uid = 1, .gid = 1);
    tar_end(b);
}

static void xattrs(struct buf *b)
{
    cleanup_buf struct buf r = BUF_INIT, both = BUF_INIT;

    tar_record(&r, "SCHILY.xattr.user.binary", "a\0\n=b", 5);
    tar_record(&r, "SCHILY.xattr.user.empty", "", 0);
    tar_record(&r, "SCHILY.xattr.security.capability", "\1\0\0\2\xff", 5);
    tar_record(&r, "LIBARCHIVE.xattr.user.%22quoted%20name", "aGVsbG8", 7);
    tar_record(&r, "RHT.security.selinux", "label", 5);
    tar_pax(b, 'x', &r);
    HEADER(.name = "some");
    tar_record(&both, "LIBARCHIVE.xattr.user.x", "b25l", 4);
    tar_record(&both, "SCHILY.xattr.user.x", "two", 3);
    tar_record(&both, "SCHILY.xattr.trusted.overlay.opaque", "y", 1);
    tar_record(&both, "SCHILY.xattr.user.y", "one", 3);
    tar_record(&both, "LIBARCHIVE.xattr.user.y", "dHdv", 4);
    tar_pax(b, 'x', &both);
    HEADER(.type = '5', .name = "both", .mode = 0755);
    tar_end(b);
}

static void add_acl(struct buf *b, const char *access, const char *fallback, const char *raw, char type,
                    const char *name, uint32_t mode)
{
    cleanup_buf struct buf r = BUF_INIT;

    if (access)
        tar_record(&r, "SCHILY.acl.access", access, strlen(access));
    if (fallback)
        tar_record(&r, "SCHILY.acl.default", fallback, strlen(fallback));
    if (raw)
        tar_record(&r, "SCHILY.xattr.system.posix_acl_access", raw, strlen(raw));
    tar_pax(b, 'x', &r);
    HEADER(.type = type, .name = name, .mode = mode);
}

static void acls(struct buf *b)
{
    add_acl(b, "user::rw-,user:lisa:rwx:502,user:bart:---:7,group::r--,mask::rwx,other::---", NULL, NULL, '0',
            "a", 0670);
    add_acl(b, "user::rwx,group::r-x,other::r-x", NULL, NULL, '0', "b-minimal", 0755);
    add_acl(b, NULL, "user::rwx,group::r-x,group:100:rwx,mask::rwx,other::---", NULL, '5', "c-dir", 0755);
    add_acl(b, NULL, "user::rwx,group::r-x,other::---", NULL, '0', "d-default-of-a-file", 0755);
    add_acl(b, "user::rw-\nuser:lisa:r--\ngroup::---\nmask::r--\nother::---", NULL, NULL, '0', "e-only-names",
            0640);
    add_acl(b, "user::rw-,user:7:rwx,group::r--,other::---", NULL, NULL, '0', "f-no-mask", 0640);
    add_acl(b, "user::rw-,user:7:rwx,group::r--,mask::rw-,other::---", NULL, "raw", '0', "g-raw-wins", 0660);
    add_acl(b, "user::rw-,user:4000000000:rwx,group::r--,mask::rw-,other::---", NULL, NULL, '0',
            "h-too-large", 0660);
    add_acl(b, "nonsense", "more:nonsense:", NULL, '5', "i-nonsense", 0750);
    tar_end(b);
}

/* tag, permissions, number, little endian */
#define ACE(tag, perm, id) "\\x" tag "\\x00\\x0" perm "\\x00" id
#define NOBODY             "\\xff\\xff\\xff\\xff"

static const char acls_layer[] = "f a 670 [system.posix_acl_access=\\x02\\x00\\x00\\x00" ACE(
    "01", "6", NOBODY) ACE("02", "0", "\\x07\\x00\\x00\\x00") ACE("02", "7", "\\xf6\\x01\\x00\\x00")
    ACE("04", "4", NOBODY) ACE("10", "7", NOBODY)
        ACE("20", "0",
            NOBODY) "] \"\"\n"
                    "f b-minimal 755 \"\"\n"
                    "d c-dir 755 [system.posix_acl_default=\\x02\\x00\\x00\\x00" ACE("01", "7", NOBODY)
                        ACE("04", "5", NOBODY) ACE("08", "7", "d\\x00\\x00\\x00") ACE("10", "7", NOBODY) ACE(
                            "20", "0",
                            NOBODY) "]\n"
                                    "f d-default-of-a-file 755 \"\"\n"
                                    "f e-only-names 640 \"\"\n"
                                    "f f-no-mask 670 [system.posix_acl_access=\\x02\\x00\\x00\\x00" ACE(
                                        "01", "6", NOBODY) ACE("02", "7", "\\x07\\x00\\x00\\x00")
                                        ACE("04", "4", NOBODY) ACE("10", "7", NOBODY) ACE(
                                            "20", "0",
                                            NOBODY) "] \"\"\n"
                                                    "f g-raw-wins 660 [system.posix_acl_access=raw] \"\"\n"
                                                    "f h-too-large 660 \"\"\n"
                                                    "d i-nonsense 750\n";

static void global_header(struct buf *b)
{
    cleanup_buf struct buf r = BUF_INIT;

    tar_record(&r, "comment", "5e1f5b0ee9d0", 12);
    tar_record(&r, "mtime", "77", 2);
    tar_pax(b, 'g', &r);
    tar_file(b, "file", "x", 1);
    tar_end(b);
}

/* The size record is the file's, not that of the long name in between (CVE-2025-62518). */
static void pax_size(struct buf *b)
{
    tar_pax1(b, "size", "600");
    tar_gnu_long(b, 'L', "named by L");
    HEADER(.name = "x", .size = 0, .gnu = true);
    {
        char body[1024] = {0};

        tar_header(&(struct buf){body, 0, sizeof(body)}, &(struct tar_header){.name = "inner"});
        tar_body(b, body, 600);
    }
    tar_file(b, "next", "n", 1);
    tar_end(b);
}

static void sized_links(struct buf *b)
{
    tar_file(b, "target", "content", 7);
    tar_pax1(b, "size", "700");
    HEADER(.type = '1', .name = "with a size", .link = "target", .size = 7, .mode = 0600, .uid = 5);
    HEADER(.type = '1', .name = "of below", .link = "not/in/this/layer");
    tar_end(b);
}

static void whiteouts(struct buf *b)
{
    tar_file(b, "d/.wh.gone", "not empty", 9);
    HEADER(.type = '1', .name = ".wh.linked", .link = "d/x");
    HEADER(.type = '5', .name = ".wh.dir/");
    HEADER(.name = "o/.wh..wh..opq");
    tar_file(b, "o/kept", "k", 1);
    tar_end(b);
}

static void clean_names(struct buf *b)
{
    HEADER(.type = '5', .name = "./", .mode = 0711, .uid = 9);
    HEADER(.name = "./a//b");
    HEADER(.type = '5', .name = "/abs/c/");
    HEADER(.name = "a/./d");
    tar_file(b, "twice", "1", 1);
    tar_file(b, "twice", "22", 2);
    tar_end(b);
}

/* usr merged, as Debian has it: what lies in lib by its name lies in usr/lib. */
static void through_links(struct buf *b)
{
    HEADER(.type = '2', .name = "lib", .link = "usr/lib", .mode = 0777);
    HEADER(.type = '2', .name = "abs", .link = "/../usr", .mode = 0777);
    tar_file(b, "lib/a", "1", 1);
    HEADER(.type = '5', .name = "usr/lib/", .mode = 0711);
    HEADER(.type = '1', .name = "lib/c", .link = "./abs/lib/a");
    HEADER(.type = '1', .name = "far", .link = "lib/not-here");
    HEADER(.name = "lib/.wh.gone");
    tar_end(b);
}

static void packed(struct buf *b)
{
    static char bytes[1 << 20];

    memset(bytes, 'p', sizeof(bytes));
    tar_file(b, "1-small", bytes, 3);
    tar_file(b, "2-page", bytes, 4096);
    tar_file(b, "3-small", bytes, 9);
    tar_file(b, "4-direct", bytes, 70000);
    tar_file(b, "5-below", bytes, (1 << 20) - 1);
    tar_file(b, "6-own", bytes, 1 << 20);
    tar_file(b, "7-small", bytes, 40);
    tar_end(b);
}

/* ---- ends of archives */

static void nothing(struct buf *b)
{
    (void)b;
}

static void one_zero_block(struct buf *b)
{
    tar_body(b, "", 1);
}

static void two_zero_blocks(struct buf *b)
{
    tar_end(b);
}

static void ten_kilobytes(struct buf *b)
{
    for (int i = 0; i < 10; i++)
        tar_end(b);
}

static void no_end(struct buf *b)
{
    tar_file(b, "file", "x", 1);
}

static void half_an_end(struct buf *b)
{
    no_end(b);
    one_zero_block(b);
}

static void junk_behind(struct buf *b)
{
    no_end(b);
    tar_end(b);
    buf_append(b, "junk, and not a whole block", 27);
    tar_file(b, "second archive", "", 0);
}

struct good_case {
    const char *name;
    void (*make)(struct buf *);
    const char *want;
};

#define FILE_X "f file 644 \"x\"\n"

static const struct good_case good_cases[] = {
    {"all types", all_types,
     "d d 1777 1:2 mtime 1700000000\n"
     "f d/file 644 links 2 \"hello\"\n"
     "f d/hard 644 links 2 \"hello\"\n"
     "l d/link 777 -> ../target\n"
     "b disk 660 0:6 4095:1048575\n"
     "p fifo 600\n"
     "c null 666 1:3\n"
     "f setuid 6755 \"\"\n"
     "c zero 600 0:0\n"},
    {"odd types", odd_types,
     "f contiguous 644 \"7\"\n"
     "d dumpdir 755\n"
     "f file-with-a-slash 700 \"\"\n"
     "f unknown 644 \"Z\"\n"},
    {"type NUL", null_type, "f old 644 \"x\"\n"},
    {"long names", long_names,
     "f " A100 " 644 \"\"\n"
     "d gnu 755 implicit\n"
     "l gnu/" A100 A100 " 644 -> " A100 "/target\n"
     "f gnu/file" A100 " 644 links 2 \"\"\n"
     "f hard 644 links 2 \"\"\n"
     "d pax 755 implicit\n"
     "f pax/" A100 A100 " 644 \"\"\n"
     "l plink 644 -> pax/" A100 A100 "\n"
     "d prefix 755 implicit\n"
     "d prefix/dir 755 implicit\n"
     "f prefix/dir/name 644 \"\"\n"},
    {"raw names", raw_names, raw_names_layer},
    {"times", times,
     "f base256 644 mtime -5 \"\"\n"
     "f t0 644 mtime 1.500000000 \"\"\n"
     "f t1 644 mtime -2.500000000 \"\"\n"
     "f t2 644 mtime -2.999999999 \"\"\n"
     "f t3 644 mtime 1.123456789 \"\"\n"
     "f t4 644 mtime -3 \"\"\n"
     "f t5 644 mtime 0.000000001 \"\"\n"
     "f t6 644 mtime 1700000000.250000000 \"\"\n"
     "f t7 644 mtime 0.500000000 \"\"\n"}, /* of -0.5 libarchive loses the sign */
    {"owners", owners,
     "f base256 644 4294967294:3000000000 \"\"\n"
     "f pax 644 4294967294:2097152 \"\"\n"},
    {"attributes", xattrs,
     "d both 755 [trusted.overlay.opaque=y] [user.x=two] [user.y=two]\n"
     "f some 644 [security.capability=\\x01\\x00\\x00\\x02\\xff] [security.selinux=label] "
     "[user.\"quoted\\x20name=hello] [user.binary=a\\x00\\x0a=b] [user.empty=] \"\"\n"},
    {"ACLs", acls, acls_layer},
    {"global header", global_header, FILE_X},
    {"pax size", pax_size,
     "f named\\x20by\\x20L 644 600 bytes 9cec26abc3614948\n"
     "f next 644 \"n\"\n"},
    {"links with sizes", sized_links,
     "h of\\x20below -> not/in/this/layer\n"
     "f target 644 links 2 \"content\"\n"
     "f with\\x20a\\x20size 644 links 2 \"content\"\n"},
    {"whiteouts", whiteouts,
     "d d 755 implicit passive\n"
     "w d/gone\n"
     "w dir\n"
     "w linked\n"
     "d o 755 opaque implicit\n"
     "f o/kept 644 \"k\"\n"},
    {"clean names", clean_names,
     "d  711 9:0\n"
     "d a 755 implicit\n"
     "f a/b 644 \"\"\n"
     "f a/d 644 \"\"\n"
     "d abs 755 implicit\n"
     "d abs/c 644\n"
     "f twice 644 \"22\"\n"},
    {"through symbolic links", through_links,
     "l abs 777 -> /../usr\n"
     "h far -> usr/lib/not-here\n"
     "l lib 777 -> usr/lib\n"
     "d usr 755 implicit\n"
     "d usr/lib 711\n"
     "f usr/lib/a 644 links 2 \"1\"\n"
     "f usr/lib/c 644 links 2 \"1\"\n"
     "w usr/lib/gone\n"},
    {"pack and own files", packed,
     "f 1-small 644 \"ppp\"\n"
     "f 2-page 644 4096 bytes 24d3b641307d224a\n"
     "f 3-small 644 \"ppppppppp\"\n"
     "f 4-direct 644 70000 bytes 589336fbe392d894\n"
     "f 5-below 644 1048575 bytes 1064272697fda3bc\n"
     "f 6-own 644 own 1048576 bytes 8cff7db963c8f7d9\n"
     "f 7-small 644 \"pppppppppppppppppppppppppppppppppppppppp\"\n"},
    {"nothing", nothing, ""},
    {"one zero block", one_zero_block, ""},
    {"two zero blocks", two_zero_blocks, ""},
    {"10240 zeros", ten_kilobytes, ""},
    {"no end", no_end, FILE_X},
    {"half an end", half_an_end, FILE_X},
    {"junk behind the end", junk_behind, FILE_X},
};

static void test_archives_that_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good_cases) / sizeof(good_cases[0]); i++) {
        cleanup_buf struct buf bytes = BUF_INIT;

        good_cases[i].make(&bytes);
        check_unpacked(good_cases[i].name, &bytes, good_cases[i].want);
    }
}

/* Cut anywhere, an archive is an error or a shorter archive, which it is only at the end of an entry. */
static void test_cut_at_every_byte(void **state)
{
    cleanup_buf struct buf bytes = BUF_INIT;
    size_t whole;
    int read = 0;

    (void)state;
    tar_file(&bytes, "one", "1", 1);
    tar_pax1(&bytes, "path", "two");
    tar_file(&bytes, "x", "22", 2);
    tar_gnu_long(&bytes, 'L', "three");
    HEADER_IN(&bytes, .type = '2', .name = "x", .link = "y", .gnu = true);
    whole = bytes.len;
    for (bytes.len = 0; bytes.len <= whole; bytes.len++) {
        struct unpack_place p = unpack_place_new();
        struct err err;
        int r = unpack_bytes(&bytes, 700, 0, p.fd, &unpack_roomy, &err);

        assert_true(r == 0 || (r == -EBADMSG && err.text[0]));
        if (r == 0) {
            /* 0: nothing; 1024: "one"; 3072: "two"; the whole */
            assert_true(bytes.len == 0 || bytes.len == 1024 || bytes.len == 3072 || bytes.len == whole);
            read++;
        }
        unpack_place_done(&p);
    }
    assert_int_equal(read, 4);
}

static void test_read_errors_pass_through(void **state)
{
    cleanup_buf struct buf bytes = BUF_INIT;
    size_t whole;

    (void)state;
    tar_file(&bytes, "one", "1", 1);
    tar_pax1(&bytes, "path", "two");
    tar_file(&bytes, "x", "22", 2);
    whole = bytes.len;
    for (bytes.len = 0; bytes.len <= whole; bytes.len += 256) {
        struct unpack_place p = unpack_place_new();
        struct err err;

        assert_int_equal(unpack_bytes(&bytes, 512, -ECANCELED, p.fd, &unpack_roomy, &err), -ECANCELED);
        assert_string_equal(err.text, "");
        unpack_place_done(&p);
    }
}

/* Damaged bytes anywhere: an error or some layer, never a crash; what was made is a layer that agrees with
 * itself. */
static void test_random_damage(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    for (int round = 0; round < 600; round++) {
        const struct good_case *c = &good_cases[(size_t)round % (sizeof(good_cases) / sizeof(good_cases[0]))];
        cleanup_buf struct buf bytes = BUF_INIT, text = BUF_INIT;
        struct unpack_place p;
        struct err err;

        c->make(&bytes);
        if (bytes.len == 0 || bytes.len > UNPACK_SMALL)
            continue;
        for (int hits = 1 + rand_r(&seed) % 3; hits > 0; hits--)
            bytes.data[(size_t)rand_r(&seed) % bytes.len] = (char)rand_r(&seed);
        p = unpack_place_new();
        if (unpack_bytes(&bytes, 4096, 0, p.fd, &unpack_roomy, &err) == 0)
            layer_dump(p.fd, &text);
        else
            assert_true(err.text[0]);
        unpack_place_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_archives_that_are_read),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_read_errors_pass_through),
        cmocka_unit_test(test_random_damage),
    };

    if (!setlocale(LC_ALL, "C.UTF-8"))
        print_message("no C.UTF-8 here: that names are not converted is not seen\n");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
