/* SPDX-License-Identifier: MIT */
#include "tensors.h"

#include <stdio.h>
#include <string.h>

size_t tensor_size(const struct tensor *tensor)
{
    return (size_t)tensor->rows * (tensor->columns ? (size_t)tensor->columns : 1);
}

void tensors_add(struct tensors *tensors, const char *name, int rows, int columns)
{
    struct tensor *tensor = &tensors->list[tensors->count++];
    *tensor = (struct tensor){.rows = rows, .columns = columns, .offset = tensors->parameters};
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensors->parameters += tensor_size(tensor);
}

bool tensors_equal(const struct tensors *a, const struct tensors *b)
{
    bool equal = a->count == b->count && strcmp(a->activation, b->activation) == 0 &&
                 strcmp(a->loss, b->loss) == 0;
    for (int i = 0; equal && i < a->count; ++i)
        equal = strcmp(a->list[i].name, b->list[i].name) == 0 &&
                a->list[i].rows == b->list[i].rows && a->list[i].columns == b->list[i].columns;
    return equal;
}

void tensors_name_parameter(const struct tensors *tensors, size_t parameter, char *text,
                            size_t size)
{
    const struct tensor *tensor = &tensors->list[tensors->count - 1];
    while (parameter < tensor->offset)
        --tensor;
    const size_t at = parameter - tensor->offset, columns = (size_t)tensor->columns;
    if (columns)
        snprintf(text, size, "%s[%zu,%zu]", tensor->name, at / columns, at % columns);
    else
        snprintf(text, size, "%s[%zu]", tensor->name, at);
}
