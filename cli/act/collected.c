/* SPDX-License-Identifier: Apache-2.0 */
#include "act/collected.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command/verb.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/size.h"

static const char *const kinds[] = {[OBJECT_BLOB] = "blob", [OBJECT_LAYER] = "layer", [OBJECT_TREE] = "tree"};

static void print_objects(const struct collect_result *r)
{
    char text[DIGEST_STRING_MAX];

    for (size_t i = 0; i < r->n_images; i++)
        printf("image %s, which has no name\n", digest_string(&r->images[i], text));
    for (size_t i = 0; i < r->n; i++)
        printf("%s %s %" PRIu64 "\n", kinds[r->objects[i].kind], digest_string(&r->objects[i].digest, text),
               r->objects[i].disk_size);
    if (r->leftovers)
        printf("interrupted work %" PRIu64 "\n", r->leftovers_size);
    if (r->packs_size)
        printf("packs of removed layers %" PRIu64 "\n", r->packs_size);
}

static void print_sum(const struct collect_result *r, const struct collected_extra *extra, size_t n_extra,
                      bool dry_run)
{
    char size[SIZE_TEXT_MAX];
    size_t count[3] = {0}, branches = 0;
    uint64_t sum = r->disk_size;

    for (size_t i = 0; i < n_extra; i++) {
        sum += extra[i].disk_size;
        branches += strcmp(extra[i].object, "branch") == 0;
    }

    for (size_t i = 0; i < r->n; i++)
        count[r->objects[i].kind]++;
    printf("%s %" PRIu64 " bytes (%s): ", dry_run ? "would free" : "freed", sum, size_format(sum, size));
    if (branches)
        printf("%zu branch%s, ", branches, branches == 1 ? "" : "es");
    printf("%zu blob%s, %zu layer%s, %zu tree%s\n", count[OBJECT_BLOB], count[OBJECT_BLOB] == 1 ? "" : "s",
           count[OBJECT_LAYER], count[OBJECT_LAYER] == 1 ? "" : "s", count[OBJECT_TREE],
           count[OBJECT_TREE] == 1 ? "" : "s");
}

void collected_print(const struct collect_result *r, const struct collected_extra *extra, size_t n_extra,
                     bool dry_run, bool quiet)
{
    if (!quiet)
        print_objects(r);
    print_sum(r, extra, n_extra, dry_run);
    fflush(stdout);
    for (size_t i = 0; !quiet && i < r->n_foreign; i++)
        cli_notef("%s is not mica's, and stays", r->foreign[i]);
}

static int add(struct json_list *l, const char *what, const char *name, const struct digest *d, uint64_t size)
{
    json_t *o = json_object();

    if (!o || json_set_str(o, "object", what) < 0 || json_set_str(o, "name", name) < 0 ||
        json_set_digest(o, "object_digest", d) < 0 || json_set_number(o, "disk_size", size) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_list_add(l, o);
}

int collected_print_json(const struct collect_result *r, const struct collected_extra *extra, size_t n_extra)
{
    const struct digest none = {.alg = DIGEST_NONE};
    struct json_list l = JSON_LIST_INIT;
    int e = 0;

    for (size_t i = 0; e == 0 && i < n_extra; i++)
        e = add(&l, extra[i].object, extra[i].name, extra[i].digest ? extra[i].digest : &none,
                extra[i].disk_size);
    for (size_t i = 0; e == 0 && i < r->n_images; i++)
        e = add(&l, "image", NULL, &r->images[i], 0);
    for (size_t i = 0; e == 0 && i < r->n; i++)
        e = add(&l, kinds[r->objects[i].kind], NULL, &r->objects[i].digest, r->objects[i].disk_size);
    if (e == 0 && r->leftovers)
        e = add(&l, "leftover", NULL, &none, r->leftovers_size);
    if (e == 0 && r->packs_size)
        e = add(&l, "packs", NULL, &none, r->packs_size);
    return cli_output_status(e == 0 ? json_list_end(&l) : e);
}

void collected_tell_wait(void *ctx)
{
    (void)ctx;
    cli_notef("waiting for another mica that writes to the store");
}
