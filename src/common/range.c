/* SPDX-License-Identifier: MIT */
#include "range.h"

struct range range_split(int64_t total, int64_t index, int64_t count)
{
    return (struct range){index * total / count, (index + 1) * total / count};
}
