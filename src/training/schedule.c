/* SPDX-License-Identifier: MIT */
#include "schedule.h"

struct schedule schedule_make(int64_t epoch, int64_t last, int64_t evaluation_period,
                              int64_t checkpoint_period, int64_t patience)
{
    const int64_t between = evaluation_period > 0 ? evaluation_period : epoch;
    return (struct schedule){
        .epoch = epoch,
        .last = last,
        .evaluation_period = between,
        .checkpoint_period = checkpoint_period > 0 ? checkpoint_period : epoch,
        .patience = patience * (between > epoch ? between : epoch),
    };
}

void schedule_end_early(struct schedule *schedule, int64_t iteration, const struct best *best)
{
    if (schedule->patience > 0 && iteration - best->iteration >= schedule->patience)
        schedule->last = iteration;
}

bool schedule_is_due(const struct schedule *schedule, int64_t period, int64_t iteration)
{
    return iteration % period == 0 || iteration == schedule->last;
}

static bool is_starting_point(const struct schedule *schedule, int64_t iteration)
{
    return schedule->resumed && iteration == schedule->first;
}

bool schedule_evaluates(const struct schedule *schedule, int64_t iteration)
{
    return schedule_is_due(schedule, schedule->evaluation_period, iteration) &&
           !(is_starting_point(schedule, iteration) && schedule->first_evaluated);
}

bool schedule_saves(const struct schedule *schedule, int64_t iteration)
{
    return schedule_is_due(schedule, schedule->checkpoint_period, iteration) &&
           !is_starting_point(schedule, iteration);
}

bool schedule_has_checkpoint(const struct schedule *schedule, int64_t iteration)
{
    return schedule_is_due(schedule, schedule->checkpoint_period, iteration) ||
           is_starting_point(schedule, iteration);
}
