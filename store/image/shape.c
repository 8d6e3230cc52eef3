/* SPDX-License-Identifier: Apache-2.0 */
#include "image/shape.h"

#include <errno.h>
#include <string.h>

#include "image/manifest.h"

static const char *const names[] = {
    [SHAPE_INDEX] = "an image index",
    [SHAPE_MANIFEST] = "an image manifest",
    [SHAPE_CONFIG] = "an image config",
    [SHAPE_SCHEMA1] = SCHEMA1_TOLD,
    [SHAPE_ARRAY] = "an array, as docker's manifest.json",
    [SHAPE_OTHER] = "none of index, manifest and config",
};

/* The key that determines a shape; a null value does not count. */
static const struct {
    const char *key;
    enum shape shape;
} marks[] = {
    {"manifests", SHAPE_INDEX},
    {"layers", SHAPE_MANIFEST},
    {"rootfs", SHAPE_CONFIG},
    {"fsLayers", SHAPE_SCHEMA1},
};

/* Keys that determine no shape, but are not allowed in every shape. */
static const struct {
    enum shape shape;
    const char *key;
} strangers[] = {
    {SHAPE_INDEX, "config"},
    {SHAPE_INDEX, "history"},
    {SHAPE_MANIFEST, "history"},
};

static int ambiguous(const char *a, const char *b, struct err *err)
{
    return err_set(err, EINVAL, "ambiguous: \"%s\" and \"%s\" are both in it", a, b);
}

static int tell_shape(const json_t *root, enum shape *ret, struct err *err)
{
    const char *mark = NULL;

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (!json_text_get(root, marks[i].key))
            continue;
        if (mark)
            return ambiguous(mark, marks[i].key, err);
        mark = marks[i].key;
        *ret = marks[i].shape;
    }
    if (mark)
        return 0;
    /* A manifest may have no layers, and writers give an empty index a null list. */
    if (json_text_get(root, "config"))
        *ret = SHAPE_MANIFEST;
    else if (json_object_get(root, "manifests"))
        *ret = SHAPE_INDEX;
    else
        *ret = json_is_array(root) ? SHAPE_ARRAY : SHAPE_OTHER;
    return 0;
}

static int check_strangers(const json_t *root, enum shape shape, struct err *err)
{
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
        if (strangers[i].shape == shape && json_text_get(root, strangers[i].key))
            return ambiguous(shape == SHAPE_INDEX ? "manifests" : "layers", strangers[i].key, err);
    return 0;
}

/* Checks the body's mediaType; bodies from before image-spec 1.0.2 have none. */
static int check_own_words(const json_t *root, enum shape shape, struct err *err)
{
    static const enum media_kind kinds[] = {
        [SHAPE_INDEX] = MEDIA_INDEX, [SHAPE_MANIFEST] = MEDIA_MANIFEST, [SHAPE_CONFIG] = MEDIA_CONFIG};
    const json_t *version = json_text_get(root, "schemaVersion");
    const char *type;
    int r = json_text_peek(root, "mediaType", &type, err);

    if (r < 0)
        return r;
    if (type && type[0] && media_kind(type) != kinds[shape])
        return err_set(err, EINVAL, "it looks like %s, but its mediaType is \"%.200s\"", names[shape], type);
    if (version && (!json_is_integer(version) || json_integer_value(version) != 2))
        return err_set(err, EINVAL, "its schemaVersion is not 2");
    return 0;
}

int shape_expect(json_t *root, enum shape shape, struct err *err)
{
    static const char *const known[] = {"schemaVersion", "mediaType", "artifactType",
                                        "manifests",     "layers",    "config",
                                        "fsLayers",      "history",   "rootfs",
                                        "architecture",  "os",        "variant",
                                        "created",       "author",    NULL};
    enum shape is = SHAPE_OTHER;
    int r = json_is_array(root) ? 0 : json_text_check_object(root, known, err);

    if (r >= 0)
        r = tell_shape(root, &is, err);
    if (r >= 0)
        r = check_strangers(root, is, err);
    if (r < 0)
        return r;
    if (is != shape)
        return err_set(err, EINVAL, "not %s but %s", names[shape], names[is]);
    return check_own_words(root, shape, err);
}
