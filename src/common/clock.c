/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <errno.h>
#include <time.h>

double clock_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void clock_sleep(double seconds)
{
    const time_t whole = (time_t)seconds;
    struct timespec left = {whole, (long)(1e9 * (seconds - (double)whole))};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}
