/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks and normalises the records of a pax header before libarchive sees them. Readers differ on malformed
 * records, on empty values and on a size; the normal form leaves no difference:
 *
 * - A malformed record, a NUL in a name or target, and a size that is no number are errors. - "size" records
 * are removed and their value returned, for the entry's header. - Of several records for one field of the
 * header the last counts, and an empty one stands for the header's value.
 *
 * Removing a record means renaming its key to an unknown one, so that no length changes.
 */
#ifndef MICA_IMPORT_PAX_RECORDS_H
#define MICA_IMPORT_PAX_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pax_facts {
    bool has_size, has_link;
    uint64_t size;
    size_t path, path_len; /* position of the path among the records; length 0: there is none */
};

/* Normalises the `len` bytes of records in place. 0, or -EINVAL with *ret_why set to a static text. */
int pax_records_make_plain(char *records, size_t len, struct pax_facts *ret, const char **ret_why);
/* Checks the records of a global header for fields that only some readers apply to the following entries
 * (names, targets, sizes, sparse maps); container engines apply none. 0 or -EINVAL, as above. */
int pax_records_check_global(const char *records, size_t len, const char **ret_why);

#endif
