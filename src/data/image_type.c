/* SPDX-License-Identifier: MIT */
#include "image_type.h"

#include "common/named.h"

static const struct image_type types[] = {
    {.name = "uint8", .pixels = true, .divisor = 255},
    {.name = "float32", .divisor = 1},
    {.name = "float16", .divisor = 1},
    {.name = "float64", .divisor = 1, .note = "rounded to float32"},
    {.name = "uint16", .divisor = 65535, .note = "divided by 65535"},
};

const struct image_type *image_type_find(const struct hdf5_array *array, struct error *error)
{
    const struct image_type *type = FIND_NAMED(types, array->type);
    if (!type)
        hdf5_array_unfit(array, error,
                         "images must be uint8 (0 to 255), uint16 (0 to 65535) or floats (about 0 "
                         "to 1): store them as one of these");
    return type;
}

void image_type_scale(const struct image_type *type, float *values, int64_t count)
{
    if (type->divisor != 1)
        for (int64_t i = 0; i < count; ++i)
            values[i] /= type->divisor;
}
