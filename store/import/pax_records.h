/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a pax header, checked and made plain before an archive library sees them. Readers differ on
 * malformed records, on empty values and on a size; after this there is nothing left to differ on:
 *
 * - A malformed record, a name or a target with a NUL in it, and a size that is no number are errors.
 * - "size" records are taken out: what they say is returned, and belongs into the entry's header.
 * - Of several records for one field of the header the last counts, and an empty one stands for what the
 * header says.
 *
 * A record is taken out by turning its key into one that nobody knows, so that no length changes.
 */
#ifndef MICA_IMPORT_PAX_RECORDS_H
#define MICA_IMPORT_PAX_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pax_facts {
    bool has_size, has_link;
    uint64_t size;
    size_t path, path_len; /* where the path is among the records; no length: there is none */
};

/* Makes the `len` bytes of records plain, in place. 0, or -EINVAL with *ret_why set to a text that lasts. */
int pax_records_make_plain(char *records, size_t len, struct pax_facts *ret, const char **ret_why);
/* Of a global header's records: says what is in them that only some readers apply to the entries behind it
 * (names, targets, sizes, sparse maps); container engines apply none. 0 or -EINVAL, as above. */
int pax_records_check_global(const char *records, size_t len, const char **ret_why);

#endif
