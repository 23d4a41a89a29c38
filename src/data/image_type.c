/* SPDX-License-Identifier: MIT */
#include "image_type.h"

#include <string.h>

static const struct image_type types[] = {
    {"uint8", true, 255, NULL},
    {"float32", false, 1, NULL},
    {"float16", false, 1, NULL},
    {"float64", false, 1, "rounded to float32"},
    {"uint16", false, 65535, "divided by 65535"},
};

const struct image_type *image_type_find(const struct hdf5_array *array, struct error *error)
{
    for (const struct image_type *type = types; type < types + sizeof types / sizeof *types; ++type)
        if (strcmp(type->name, array->type) == 0)
            return type;
    hdf5_array_unfit(array, error,
                     "images must be uint8 (0 to 255), uint16 (0 to 65535) or floats (about 0 to "
                     "1): store them as one of these");
    return NULL;
}

void image_type_scale(const struct image_type *type, float *values, int64_t count)
{
    if (type->divisor != 1)
        for (int64_t i = 0; i < count; ++i)
            values[i] /= type->divisor;
}
