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

bool schedule_end_early(struct schedule *schedule, int64_t iteration, const struct best *best)
{
    const bool ends = schedule->patience > 0 && iteration - best->iteration >= schedule->patience;
    if (ends)
        schedule->last = iteration;
    return ends;
}

static bool is_due(const struct schedule *schedule, int64_t period, int64_t iteration)
{
    return iteration % period == 0 || iteration == schedule->last;
}

bool schedule_has_evaluation(const struct schedule *schedule, int64_t iteration)
{
    return is_due(schedule, schedule->evaluation_period, iteration);
}

static bool is_starting_point(const struct schedule *schedule, int64_t iteration)
{
    return schedule->resumed && iteration == schedule->first;
}

bool schedule_evaluates(const struct schedule *schedule, int64_t iteration)
{
    return schedule_has_evaluation(schedule, iteration) &&
           !(is_starting_point(schedule, iteration) && schedule->first_evaluated);
}

bool schedule_saves(const struct schedule *schedule, int64_t iteration)
{
    /* The checkpoint of the beginning, to which a run may go back, may have been removed. One that
     * was written before its evaluation lacks the best that this may have found. */
    const bool is_there = is_starting_point(schedule, iteration) && iteration > 0 &&
                          iteration != schedule->last && !schedule_evaluates(schedule, iteration);
    return is_due(schedule, schedule->checkpoint_period, iteration) && !is_there;
}

bool schedule_tests(const struct schedule *schedule, int64_t iteration)
{
    return iteration == schedule->last &&
           !(is_starting_point(schedule, iteration) && schedule->first_tested);
}

bool schedule_has_checkpoint(const struct schedule *schedule, int64_t iteration)
{
    return is_due(schedule, schedule->checkpoint_period, iteration) ||
           is_starting_point(schedule, iteration);
}
