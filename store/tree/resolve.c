/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/resolve.h"

/* Makes the result final: lower layers do not matter. */
static void settle(struct resolver *r, enum resolution result, int top)
{
    r->result = result;
    r->top = top;
    r->done = true;
}

bool resolve_step(struct resolver *r, struct fact fact)
{
    int step = r->step++;
    bool takes_part;

    if (r->done)
        return false;
    switch (fact.kind) {
    case FACT_ABSENT:
        return false;
    case FACT_WHITEOUT:
        settle(r, r->exists ? RESOLVED_DIR : RESOLVED_NONE, r->top);
        return false;
    case FACT_FILE:
        /* A directory above hides the file; a passive one does not exist, so the file does. */
        if (r->exists)
            settle(r, RESOLVED_DIR, r->top);
        else
            settle(r, RESOLVED_FILE, step);
        return false;
    case FACT_DIR:
        takes_part = !r->hide_names;
        if (!fact.passive)
            r->exists = true;
        if (!fact.implicit && r->top < 0)
            r->top = step;
        if (fact.opaque)
            r->hide_names = true;
        if (fact.replaces || (r->hide_names && r->top >= 0))
            settle(r, r->exists ? RESOLVED_DIR : RESOLVED_NONE, r->top);
        return takes_part;
    }
    return false;
}

void resolve_end(struct resolver *r)
{
    if (!r->done)
        settle(r, r->exists ? RESOLVED_DIR : RESOLVED_NONE, r->top);
}
