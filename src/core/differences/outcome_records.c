/* SPDX-License-Identifier: MIT */
#include "outcome_records.h"

/* The place of the first that does not precede `sought`. */
static size_t lower_bound(const struct outcome_records *records,
                          const struct outcome_record *sought)
{
    size_t begin = 0, end = records->count;
    while (begin < end) {
        const size_t middle = begin + (end - begin) / 2;
        if (outcome_record_precedes(&records->list[middle], sought))
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

size_t outcome_records_begin(const struct outcome_records *records, int64_t iteration)
{
    const struct outcome_record first = {.iteration = iteration};
    return lower_bound(records, &first);
}

const struct outcome_record *outcome_records_find(const struct outcome_records *records,
                                                  int64_t iteration, int64_t number)
{
    const struct outcome_record sought = {.iteration = iteration, .number = number};
    const size_t place = lower_bound(records, &sought);
    return place < records->count && !outcome_record_precedes(&sought, &records->list[place])
               ? &records->list[place]
               : NULL;
}
