/* SPDX-License-Identifier: MIT */
#include "result.h"

#include <math.h>
#include <string.h>

_Static_assert(OUTCOMES <= 8, "an outcome fits into 3 bits");

/* The lower half of a word is the seconds, a float; in the upper half are outcome and hit, of 3
 * bits each, the attempts, of 8, and the rank. */
int64_t result_to_word(const struct result *result)
{
    uint32_t seconds;
    memcpy(&seconds, &result->seconds, sizeof seconds);
    const uint32_t rest = (uint32_t)result->outcome | (uint32_t)result->hit << 3 |
                          (uint32_t)result->attempts << 6 | (uint32_t)result->rank << 14;
    return (int64_t)((uint64_t)rest << 32 | seconds);
}

struct result result_from_word(int64_t word)
{
    struct result result;
    const uint32_t seconds = (uint32_t)(uint64_t)word, rest = (uint32_t)((uint64_t)word >> 32);
    memcpy(&result.seconds, &seconds, sizeof seconds);
    result.outcome = (enum outcome)(rest & 7);
    result.hit = (enum outcome)(rest >> 3 & 7);
    result.attempts = (int)(rest >> 6 & 255);
    result.rank = (int)(rest >> 14);
    return result;
}

/* What a record says of a hit: where it was lost by the model's doing, it does not say. */
static enum outcome hit_of(const struct outcome_record *record)
{
    return outcome_repeats(record->cause) ? OUTCOME_NONE : record->cause;
}

/* Whether the evaluation has ended as the record says that it did. */
static bool is_as_recorded(enum outcome outcome, const struct outcome_record *record)
{
    return record->is_lost ? outcome == record->cause : outcome == OUTCOME_DONE;
}

struct result result_make(const struct attempts *attempts, const struct outcome_record *record,
                          bool repeats)
{
    struct result result = {
        .outcome = attempts->outcome, .hit = attempts->hit, .attempts = attempts->count};
    if (record && is_as_recorded(result.outcome, record)) {
        result.hit = hit_of(record);
        result.attempts = record->attempts;
    } else if (repeats && outcome_repeats(result.outcome)) {
        result.hit = OUTCOME_NONE;
        result.attempts -= attempts->hits;
    }
    return result;
}

struct result result_recorded(const struct outcome_record *record)
{
    return (struct result){.outcome = record->cause,
                           .hit = hit_of(record),
                           .attempts = record->attempts,
                           .rank = -1,
                           .seconds = NAN};
}
