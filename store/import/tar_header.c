/* SPDX-License-Identifier: Apache-2.0 */
#include "import/tar_header.h"

#include <errno.h>
#include <string.h>

/* Fields of the header: POSIX pax, "ustar Interchange Format". */
#define NAME_LEN     100u
#define SIZE_AT      124u
#define SIZE_LEN     12u
#define CHECKSUM_AT  148u
#define CHECKSUM_LEN 8u
#define TYPE_AT      156u
#define MAGIC_AT     257u
#define MAGIC_LEN    6u
#define PREFIX_AT    345u
/* star's form: GNU tar's src/tar.h, "struct star_header"; GNU's own has times in the prefix's place. */
#define STAR_AT         508u
#define STAR_PREFIX_LEN 131u
#define GNU_TIME_LEN    12u

bool tar_header_is_gnu(const uint8_t *block)
{
    return memcmp(block + MAGIC_AT, "ustar  ", 8) == 0;
}

bool tar_header_is_zero(const uint8_t *block)
{
    static const uint8_t zeros[TAR_BLOCK];

    return memcmp(block, zeros, TAR_BLOCK) == 0;
}

static bool is_filler(uint8_t c)
{
    return c == ' ' || c == '\0';
}

static int octal(const uint8_t *field, size_t len, uint64_t *ret)
{
    uint64_t n = 0;

    while (len && is_filler(field[0]))
        field++, len--;
    while (len && is_filler(field[len - 1]))
        len--;
    for (size_t i = 0; i < len; i++) {
        if (field[i] == '\0')
            break; /* ignore text after a NUL */
        if (field[i] < '0' || field[i] > '7' || n >> 60)
            return -EINVAL;
        n = n << 3 | (uint64_t)(field[i] - '0');
    }
    *ret = n;
    return 0;
}

static int base256(const uint8_t *field, size_t len, uint64_t *ret)
{
    uint64_t n = field[0] & 0x3f;

    if (field[0] & 0x40)
        return -EINVAL; /* negative */
    for (size_t i = 1; i < len; i++) {
        if (n >> 55)
            return -EINVAL;
        n = n << 8 | field[i];
    }
    *ret = n;
    return 0;
}

static int number(const uint8_t *field, size_t len, uint64_t *ret)
{
    return field[0] & 0x80 ? base256(field, len, ret) : octal(field, len, ret);
}

bool tar_header_prefix_is_clear(const uint8_t *block)
{
    const uint8_t *prefix = block + PREFIX_AT;
    uint64_t unused;

    if (!prefix[0])
        return true;
    if (memcmp(block + MAGIC_AT, "ustar", MAGIC_LEN) == 0)
        return memcmp(block + STAR_AT, "tar", 4) != 0 || !prefix[STAR_PREFIX_LEN - 1];
    return tar_header_is_gnu(block) && number(prefix, GNU_TIME_LEN, &unused) == 0 &&
           number(prefix + GNU_TIME_LEN, GNU_TIME_LEN, &unused) == 0;
}

static uint64_t sum(const uint8_t *block, int64_t *ret_signed)
{
    uint64_t n = 0;
    int64_t s = 0;

    for (size_t i = 0; i < TAR_BLOCK; i++) {
        uint8_t c = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LEN ? ' ' : block[i];

        n += c;
        s += (int8_t)c;
    }
    *ret_signed = s;
    return n;
}

bool tar_header_checksum_is_right(const uint8_t *block)
{
    uint64_t said;
    int64_t as_signed;
    uint64_t as_unsigned = sum(block, &as_signed);

    if (octal(block + CHECKSUM_AT, CHECKSUM_LEN, &said) < 0)
        return false;
    return said == as_unsigned || (int64_t)said == as_signed;
}

char tar_header_type(const uint8_t *block)
{
    return (char)block[TYPE_AT];
}

int tar_header_size(const uint8_t *block, uint64_t *ret)
{
    const uint8_t *field = block + SIZE_AT;
    int r = number(field, SIZE_LEN, ret);

    return r == 0 && *ret > TAR_SIZE_MAX ? -EINVAL : r;
}

static void write_octal(uint8_t *field, size_t digits, uint64_t n)
{
    for (size_t i = digits; i > 0; i--, n >>= 3)
        field[i - 1] = (uint8_t)('0' + (n & 7));
}

void tar_header_set_size(uint8_t *block, uint64_t size)
{
    uint8_t *field = block + SIZE_AT;
    int64_t unused;

    memset(field, 0, SIZE_LEN);
    if (size >> 33 == 0) {
        write_octal(field, SIZE_LEN - 1, size);
    } else {
        field[0] = 0x80;
        for (size_t i = SIZE_LEN - 1; i > 0; i--, size >>= 8)
            field[i] = (uint8_t)size;
    }
    write_octal(block + CHECKSUM_AT, 6, sum(block, &unused));
    memcpy(block + CHECKSUM_AT + 6, "\0 ", 2);
}

char *tar_header_name(uint8_t *block, size_t *ret_len)
{
    *ret_len = strnlen((const char *)block, NAME_LEN);
    return (char *)block;
}

bool tar_type_has_no_body(char type)
{
    return type >= '1' && type <= '6';
}
