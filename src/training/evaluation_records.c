/* SPDX-License-Identifier: MIT */
#include "evaluation_records.h"

static struct evaluation_name name_of(const struct trainer *trainer, size_t number)
{
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    const struct evaluation what = table_evaluation(&evaluations->table, number);
    const struct batch *batch = evaluations_batch(evaluations, &what);
    return (struct evaluation_name){
        .iteration = evaluations->iteration,
        .number = (int64_t)number,
        .parameter = what.side == 0 ? NULL : trainer->model.user.parameters->names[what.parameter],
        .side = what.side,
        .row = batch->numbered[what.row],
    };
}

int64_t evaluation_records_lost(struct trainer *trainer)
{
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    int64_t lost = 0;
    for (size_t number = 0; number < evaluations->table.count; ++number) {
        const struct result *result = &evaluations->results[number];
        const bool is_lost = outcome_is_lost(result->outcome);
        if (!is_lost && result->hit == OUTCOME_NONE)
            continue;
        lost += is_lost;
        const enum outcome cause = is_lost ? result->outcome : result->hit;
        const struct metrics_failure failure = {.name = name_of(trainer, number),
                                                .cause = outcome_name(cause),
                                                .attempts = result->attempts,
                                                .is_lost = is_lost};
        recorder_lost(&trainer->recorder, &failure);
    }
    return lost;
}

void evaluation_records_times(struct trainer *trainer)
{
    const struct evaluations *evaluations = &trainer->by_evaluations.evaluations;
    for (size_t number = 0; number < evaluations->table.count; ++number) {
        const struct result *result = &evaluations->results[number];
        if (result->outcome == OUTCOME_NONE || result->rank < 0)
            continue;
        const struct evaluation_time time = {name_of(trainer, number), (double)result->seconds};
        recorder_time(&trainer->recorder, &time, result->attempts,
                      outcome_is_lost(result->outcome));
    }
    recorder_time_iteration(&trainer->recorder, evaluations->sum.seconds, evaluations->sum.wall);
}
