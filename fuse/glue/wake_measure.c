/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/wake_measure.h"

#include <stdlib.h>

/* The majority vote of Boyer and Moore: right whenever one program makes more than half of the requests. */
static void vote(struct wake_measure *m, pid_t program)
{
    if (program == 0)
        return;
    if (m->lead == 0)
        m->program = program;
    if (m->program == program)
        m->lead++;
    else
        m->lead--;
}

void wake_measure_add(struct wake_measure *m, uint64_t now_ns, pid_t program)
{
    if (m->last_ns != 0 && m->requests < WAKE_WINDOW)
        m->cycles_ns[m->requests++] = now_ns - m->last_ns;
    m->last_ns = now_ns;
    vote(m, program);
}

uint64_t wake_measure_span_ns(const struct wake_measure *m)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < m->requests; i++)
        sum += m->cycles_ns[i];
    return sum;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

uint64_t wake_measure_cycle_ns(struct wake_measure *m)
{
    unsigned n = m->requests - (m->requests + 15) / 16;
    uint64_t sum = 0;

    qsort(m->cycles_ns, m->requests, sizeof m->cycles_ns[0], by_size);
    for (unsigned i = 0; i < n; i++)
        sum += m->cycles_ns[i];
    return n > 0 ? sum / n : 0;
}

void wake_measure_next(struct wake_measure *m)
{
    m->requests = 0;
    m->lead = 0;
}

void wake_measure_rest(struct wake_measure *m)
{
    wake_measure_next(m);
    m->last_ns = 0;
    m->program = 0;
}
