/* SPDX-License-Identifier: MIT */
#include "stop.h"

#include "common/clock.h"
#include "ranks/collective.h"
#include "runs/run_directory.h"
#include "signals.h"

#include <stdio.h>
#include <string.h>

static bool is_out_of_time(const struct stop *stop, double time)
{
    return stop->max_time > 0 && time - stop->started > stop->max_time;
}

/* The file is looked for at most once a second. */
static bool is_asked(struct stop *stop, const struct world *world)
{
    const double time = clock_seconds(), look_every = 1;
    if (signals_ask_to_stop())
        return true;
    if (world->rank != 0 && !stop->everywhere)
        return false;
    if (is_out_of_time(stop, time))
        return true;
    if (!stop->run_dir || time - stop->last_look < look_every)
        return false;
    stop->last_look = time;
    return run_directory_stop_requested(stop->run_dir);
}

bool stop_is_requested(struct stop *stop, const struct world *world)
{
    stop->asked = stop->asked || is_asked(stop, world);
    return stop->asked;
}

void stop_describe(const struct stop *stop, const struct world *world, char *text, size_t size)
{
    const int number = collective_largest(world, signals_received());
    if (number > 0)
        snprintf(text, size, "signal %d (%s)", number, strsignal(number));
    else if (is_out_of_time(stop, clock_seconds()))
        snprintf(text, size, "--max-time %g s", stop->max_time);
    else
        snprintf(text, size, "the file stop");
}
