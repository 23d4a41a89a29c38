/* SPDX-License-Identifier: MIT */
#include "beat.h"

#include <stdbool.h>
#include <stddef.h>

static struct beat private_beat;
static struct beat *own = &private_beat;

static void count_beat(void)
{
    const long count = atomic_load_explicit(&own->count, memory_order_relaxed);
    atomic_store_explicit(&own->count, count + 1, memory_order_relaxed);
}

void beat_enter(enum phase phase)
{
    count_beat();
    atomic_store_explicit(&own->phase, (int)phase, memory_order_release);
}

void beat_wait_begin(void)
{
    count_beat();
    atomic_store_explicit(&own->waiting, true, memory_order_release);
}

void beat_wait_end(void)
{
    count_beat();
    atomic_store_explicit(&own->waiting, false, memory_order_release);
}

void beat_keep_in(struct beat *beat)
{
    own = beat ? beat : &private_beat;
}
