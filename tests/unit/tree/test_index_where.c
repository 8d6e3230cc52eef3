/* SPDX-License-Identifier: Apache-2.0 */
/* From an inode of a tree to its first name. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "indexing/index_writer.h"
#include "os/cleanup.h"
#include "tree/index_where.h"

/* A tree of directories 1 and 2 and fifos 3 and 4, and what it says of where inode `of` is. The names are
 * "a", "b", ... in this order. */
static void finds_a_name_for_an_inode(void **state)
{
    static const struct {
        uint64_t first[2], entries[2];
        uint32_t parent[4];
        uint32_t names[6]; /* the inodes that they mean */
        uint64_t of;
        int expected;
        uint64_t dir;
        char name;
    } rows[] = {
        {{0, 1}, {1, 2}, {1, 1, 2, 2}, {2, 3, 4}, 1, -EINVAL, 0, 0},
        {{0, 1}, {1, 2}, {1, 1, 2, 2}, {2, 3, 4}, 2, 0, 1, 'a'},
        {{0, 1}, {1, 2}, {1, 1, 2, 2}, {2, 3, 4}, 3, 0, 2, 'b'},
        {{0, 1}, {1, 2}, {1, 1, 2, 2}, {2, 3, 4}, 4, 0, 2, 'c'},
        {{0, 1}, {1, 2}, {1, 1, 2, 2}, {2, 3, 4}, 0, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 2}, {1, 1, 2, 2}, {2, 3, 4}, 5, -EUCLEAN, 0, 0},
        /* Links within a directory and over directories. */
        {{0, 3}, {3, 2}, {1, 1, 1, 2}, {2, 3, 3, 3, 4}, 3, 0, 1, 'b'},
        {{0, 3}, {3, 2}, {1, 1, 1, 2}, {2, 3, 3, 3, 4}, 4, 0, 2, 'e'},
        {{0, 2}, {2, 3}, {1, 1, 1, 2}, {2, 3, 3, 4, 3}, 4, 0, 2, 'd'},
        {{0, 2}, {2, 3}, {1, 1, 1, 2}, {2, 3, 4, 4, 4}, 4, 0, 2, 'c'},
        {{0, 3}, {3, 1}, {1, 1, 1, 2}, {2, 3, 4, 4}, 4, 0, 2, 'd'},
        /* A parent that has no such name, or not where it can be, or that is none. */
        {{0, 1}, {1, 2}, {1, 1, 2, 1}, {2, 3, 4}, 4, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 2}, {1, 1, 2, 2}, {2, 4, 3}, 3, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 2}, {1, 1, 2, 2}, {2, 4, 3}, 4, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 2}, {1, 1, 2, 3}, {2, 3, 4}, 4, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 2}, {1, 1, 2, 4}, {2, 3, 4}, 4, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 2}, {1, 1, 2, 0}, {2, 3, 4}, 4, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 2}, {1, 1, 2, 99}, {2, 3, 4}, 4, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 2}, {1, 2, 2, 2}, {2, 3, 4}, 2, -EUCLEAN, 0, 0},
        /* Fewer names than inodes. */
        {{0, 1}, {1, 1}, {1, 1, 2, 2}, {2, 4}, 4, -EUCLEAN, 0, 0},
        {{0, 1}, {1, 1}, {1, 1, 1, 1}, {2, 4}, 2, -EUCLEAN, 0, 0},
        {{0, 0}, {1, 0}, {1, 1, 1, 1}, {2}, 2, -EUCLEAN, 0, 0},
        {{0, 0}, {0, 0}, {1, 1, 1, 1}, {0}, 4, -EUCLEAN, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct index_writer *w = index_writer_new(INDEX_TREE, -1);
        cleanup_fd int fd = memfd_create("index", MFD_CLOEXEC);
        struct index_name name;
        struct index *ix;
        uint64_t dir = 0;
        uint32_t ino;
        int r;

        assert_int_equal(fchmod(fd, 0600), 0);
        for (unsigned n = 0; n < 4; n++) {
            struct index_inode in = {
                .mode = n < 2 ? S_IFDIR : S_IFIFO, .nlink = n < 2 ? 2 : 1, .parent = rows[i].parent[n]};

            if (n < 2) {
                in.first = rows[i].first[n];
                in.entries = rows[i].entries[n];
            }
            for (unsigned k = 0, names = 0; n >= 2 && k < 6; k++)
                in.nlink = (names += rows[i].names[k] == n + 1) ? names : 1;
            assert_int_equal(index_writer_inode(w, &in, &ino), 0);
        }
        for (unsigned n = 0; n < 6 && rows[i].names[n]; n++)
            index_writer_name(w,
                              &(struct index_name){.name = &"abcdef"[n],
                                                   .len = 1,
                                                   .inode = rows[i].names[n],
                                                   .type = rows[i].names[n] <= 2 ? DT_DIR : DT_FIFO},
                              NULL);
        assert_int_equal(index_writer_finish(w, fd), 0);
        index_writer_free(w);
        ix = NULL;
        r = index_open(fd, "x", INDEX_TREE, &ix, NULL);
        if (r == 0)
            r = index_where(ix, rows[i].of, &dir, &name);
        if (r != rows[i].expected || dir != rows[i].dir || (r == 0 && *name.name != rows[i].name))
            fail_msg("row %zu: %d, directory %llu", i, r, (unsigned long long)dir);
        index_free(ix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_name_for_an_inode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
