/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/index_map.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "tree/index.h"

/* The guard: an unreadable page of a mapping (an I/O error, a truncated file) raises SIGBUS. The handler
 * maps a page of zeros in its place, so that the access completes, and marks the mapping as damaged. The
 * table is static because a signal handler can rely on nothing else; a slot is empty while its base is 0. */
#define GUARD_SLOTS 8192

static struct guard_slot {
    _Atomic uintptr_t base;
    _Atomic size_t size;
    atomic_bool damaged;
} guard[GUARD_SLOTS];
static atomic_int guard_used; /* slots from here on were never used */
static struct sigaction guard_before;

static void guard_handler(int sig, siginfo_t *info, void *context)
{
    uintptr_t at = (uintptr_t)info->si_addr;
    int used = atomic_load(&guard_used);
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    for (int i = 0; i < used; i++) {
        uintptr_t base = atomic_load(&guard[i].base);

        if (!base || at < base || at >= base + atomic_load(&guard[i].size))
            continue;
        atomic_store(&guard[i].damaged, true);
        if (mmap((void *)(at & ~(page - 1)), page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                 0) != MAP_FAILED)
            return;
        break;
    }
    if (guard_before.sa_flags & SA_SIGINFO && guard_before.sa_sigaction) {
        guard_before.sa_sigaction(sig, info, context);
        return;
    }
    /* Not in a mapping: restore the default action, which the repeated access triggers. */
    signal(sig, SIG_DFL);
}

int index_guard_install(void)
{
    struct sigaction sa = {.sa_flags = SA_SIGINFO | SA_NODEFER};

    sa.sa_sigaction = guard_handler;
    sigemptyset(&sa.sa_mask);
    return sigaction(SIGBUS, &sa, &guard_before) < 0 ? -errno : 0;
}

static int guard_add(uintptr_t base, size_t size)
{
    for (int i = 0; i < GUARD_SLOTS; i++) {
        size_t none = 0;
        int used;

        /* Reserve the slot by its size: the handler ignores a slot without a base. */
        if (!atomic_compare_exchange_strong(&guard[i].size, &none, size))
            continue;
        atomic_store(&guard[i].damaged, false);
        atomic_store(&guard[i].base, base);
        used = atomic_load(&guard_used);
        while (used <= i && !atomic_compare_exchange_weak(&guard_used, &used, i + 1))
            ;
        return i;
    }
    return -1;
}

static void guard_remove(int slot)
{
    if (slot < 0)
        return;
    atomic_store(&guard[slot].base, 0);
    atomic_store(&guard[slot].size, 0);
}

int index_map_open(struct index_map *m, int fd, uint64_t size)
{
    void *p;

    if (size > SIZE_MAX / 2)
        return -EFBIG;
    p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return -errno;
    *m = (struct index_map){.base = p, .size = size, .covered = size, .slot = guard_add((uintptr_t)p, size)};
    return 0;
}

void index_map_close(struct index_map *m)
{
    if (!m->base)
        return;
    guard_remove(m->slot);
    munmap((void *)(uintptr_t)m->base, m->size);
    free(m->checked);
    m->base = NULL;
}

int index_map_set_sums(struct index_map *m, uint64_t covered)
{
    uint64_t words = (covered + INDEX_BLOCK - 1) / INDEX_BLOCK / 64 + 1;

    m->checked = calloc(2 * words + 1, sizeof(*m->checked));
    if (!m->checked)
        return -ENOMEM;
    m->mapped = m->checked + words;
    m->n_mapped = m->mapped + words;
    m->covered = covered;
    m->sums = m->base + covered;
    return 0;
}

/* Resident memory follows the accesses, so that a walk of a large mapping would hold all of it. After this
 * many accessed blocks all pages are released: they stay in the page cache, and the next access costs a
 * minor fault (which maps up to 16 pages, a block, at once). A walk alternates between some ten places:
 * with a quarter of this limit, walking 500,000 files took seven times as long. */
#define MAPPED_MAX (1024u * 1024 / INDEX_BLOCK)

static void give_back(const struct index_map *m)
{
    uint64_t words = (uint64_t)(m->n_mapped - m->mapped);

    for (uint64_t i = 0; i < words; i++)
        atomic_store_explicit(&m->mapped[i], 0, memory_order_relaxed);
    atomic_store_explicit(m->n_mapped, 0, memory_order_relaxed);
    madvise((void *)(uintptr_t)m->base, m->size, MADV_DONTNEED);
}

void index_map_rest(const struct index_map *m)
{
    if (atomic_load_explicit(m->n_mapped, memory_order_relaxed) > 0)
        give_back(m);
}

static void note_mapped(const struct index_map *m, uint64_t block)
{
    uint64_t bit = 1ull << (block % 64);

    if (atomic_load_explicit(&m->mapped[block / 64], memory_order_relaxed) & bit)
        return;
    atomic_fetch_or_explicit(&m->mapped[block / 64], bit, memory_order_relaxed);
    if (atomic_fetch_add_explicit(m->n_mapped, 1, memory_order_relaxed) + 1 >= MAPPED_MAX)
        give_back(m);
}

static bool block_is_right(const struct index_map *m, uint64_t block)
{
    uint64_t bit = 1ull << (block % 64), sum;
    /* The header has its own checksum and lies outside the first block's. */
    uint64_t from = block ? block * INDEX_BLOCK : sizeof(struct index_header);
    uint64_t end = m->covered - block * INDEX_BLOCK < INDEX_BLOCK ? m->covered : (block + 1) * INDEX_BLOCK;

    if (atomic_load_explicit(&m->checked[block / 64], memory_order_relaxed) & bit)
        return true;
    memcpy(&sum, m->sums + block * sizeof(sum), sizeof(sum));
    if (XXH3_64bits(m->base + from, end - from) != le64toh(sum))
        return false;
    atomic_fetch_or_explicit(&m->checked[block / 64], bit, memory_order_relaxed);
    return true;
}

/* The smallest page size. */
#define PAGE_MIN 4096

/* Accesses the pages, which may have been released since they were verified, before the caller checks for
 * damage: the guard's zeros must not count as content of the index. */
static void touch(const struct index_map *m, uint64_t from, uint64_t end)
{
    for (uint64_t at = from; at < end; at = (at / PAGE_MIN + 1) * PAGE_MIN)
        (void)*(const volatile uint8_t *)(m->base + at);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

const void *index_map_at(const struct index_map *m, uint64_t offset, uint64_t len)
{
    if (offset > m->covered || len > m->covered - offset)
        return NULL;
    if (m->sums && len) {
        for (uint64_t b = offset / INDEX_BLOCK; b <= (offset + len - 1) / INDEX_BLOCK; b++) {
            note_mapped(m, b);
            if (!block_is_right(m, b))
                return NULL;
            touch(m, b == offset / INDEX_BLOCK ? offset : b * INDEX_BLOCK,
                  least(offset + len, (b + 1) * INDEX_BLOCK));
        }
    }
    if (m->slot >= 0 && atomic_load_explicit(&guard[m->slot].damaged, memory_order_relaxed))
        return NULL;
    return m->base + offset;
}
