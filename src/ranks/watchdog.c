/* SPDX-License-Identifier: MIT */
#include "watchdog.h"

#include "beat.h"
#include "common/clock.h"
#include "final_line.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* What is known about a rank, in memory that all ranks of its node share. */
struct member {
    struct beat beat;
    _Atomic(double) seen;     /* when its watchdog last ran, by clock_seconds */
    _Atomic(double) advanced; /* when it last made progress: a beat, or a call of its model */
    atomic_int rank;          /* in the world */
    atomic_int function;      /* the function of its model that runs: enum model_function */
    atomic_llong row;         /* the row of that call */
};

/* The watchdog of this process. */
static struct {
    double timeout;     /* seconds; 0: not watching */
    bool spans_hosts;   /* whether the job has ranks on other hosts */
    bool limits_calls;  /* whether it holds for a single call of the model, too */
    const char *advice; /* the end of the line */
    int rank, node_size;
    struct member *own, **members; /* this rank's; those of all ranks of the node */
    MPI_Win window;
    MPI_Comm node;
    pthread_t thread;
    pthread_mutex_t mutex;  /* of `running` */
    pthread_cond_t stopped; /* signalled once it is false */
    bool running;
    char host[WORLD_HOST_SIZE];
    const struct model_call *_Atomic call; /* the model's; NULL: no model */
} watch;

/* Whether the whole process has stopped: not even its watchdog runs. */
static bool is_halted(const struct member *member)
{
    return clock_seconds() - atomic_load(&member->seen) > watch.timeout / 2;
}

static bool is_in_model(const struct member *member)
{
    return atomic_load(&member->function) != MODEL_NONE;
}

/* Whether a rank has been in a single call of its model for too long. */
static bool is_stuck_in_model(const struct member *member)
{
    return watch.limits_calls && is_in_model(member) &&
           clock_seconds() - atomic_load(&member->advanced) > watch.timeout;
}

/* The first rank of this node that is like that; NULL if none is. */
static const struct member *find_member(bool (*is)(const struct member *member))
{
    for (int i = 0; i < watch.node_size; ++i)
        if (is(watch.members[i]))
            return watch.members[i];
    return NULL;
}

/* The rank of this node with the fewest beats; NULL if all have the same number. */
static const struct member *find_slowest(void)
{
    const struct member *last = watch.members[0];
    bool all_equal = true;
    for (int i = 1; i < watch.node_size; ++i) {
        const long count = atomic_load(&watch.members[i]->beat.count);
        const long least = atomic_load(&last->beat.count);
        all_equal = all_equal && count == least;
        if (count < least)
            last = watch.members[i];
    }
    return all_equal ? NULL : last;
}

/* The rank of this node that the others wait for; NULL if none is behind. Others may have done more
 * or less than one that is in a call of its model, for they share out the calls. */
static const struct member *find_laggard(void)
{
    const struct member *last = find_member(is_halted);
    if (!last)
        last = find_member(is_stuck_in_model);
    if (!last)
        last = find_member(is_in_model);
    return last ? last : find_slowest();
}

static bool is_computing(const struct member *member)
{
    const int phase = atomic_load(&member->beat.phase);
    return is_in_model(member) || (!atomic_load(&member->beat.waiting) &&
                                   (phase == PHASE_COMPUTE || phase == PHASE_EVALUATION));
}

/* Whether it may wait for a call of the model on another host, which may take as long as it
 * likes. */
static bool may_wait_for_model(const struct member *member)
{
    const bool has_model = atomic_load(&watch.call) != NULL;
    return has_model && !watch.limits_calls && atomic_load(&member->beat.waiting);
}

/* Whether the rank that the others wait for is stalled. One that is slow, but still computing, is
 * not. */
static bool is_stalled(void)
{
    const struct member *laggard = find_laggard(), *last = laggard ? laggard : watch.own;
    if (watch.spans_hosts && !is_halted(last) && may_wait_for_model(last))
        return false;
    return is_halted(last) || is_stuck_in_model(last) || !is_computing(last);
}

/* If no rank is behind, all ranks of this node wait for another host. */
static void describe_stall(char *text, size_t size)
{
    const struct member *laggard = find_laggard(), *last = laggard ? laggard : watch.own;
    const struct model_call *call = atomic_load(&watch.call);
    const int used = snprintf(text, size, "dtrain: no progress for %g s: rank %d on %s ",
                              watch.timeout, atomic_load(&last->rank), watch.host);
    char *const rest = text + used;
    const size_t left = size - (size_t)used;
    const char *const phase = phase_name((enum phase)atomic_load(&last->beat.phase));
    if (call && !is_halted(last) && is_stuck_in_model(last))
        snprintf(rest, left,
                 "waits for the model %s: its %s has not returned (phase: %s, row %lld); %s\n",
                 call->model, model_call_name(atomic_load(&last->function)), phase,
                 (long long)atomic_load(&last->row), watch.advice);
    else if (laggard)
        snprintf(rest, left, "is stalled (phase: %s); %s\n", phase, watch.advice);
    else
        snprintf(rest, left, "and its neighbours wait for another host (phase: %s); %s\n", phase,
                 watch.advice);
}

static _Noreturn void end_job(void)
{
    char line[1024];
    describe_stall(line, sizeof line);
    final_line_exit(line, STATUS_STALLED);
}

/* Shows the node's other ranks in which function of the model this one is. Returns the number of
 * calls so far. */
static unsigned long publish_call(void)
{
    const struct model_call *call = atomic_load(&watch.call);
    if (!call)
        return 0;
    atomic_store(&watch.own->function, atomic_load(&call->function));
    atomic_store(&watch.own->row, atomic_load(&call->row));
    return atomic_load(&call->count);
}

/* Shows the node's other ranks that this process runs, and when it last made progress. */
static void publish_own(long *last_count, unsigned long *last_calls)
{
    const double now = clock_seconds();
    const long count = atomic_load(&watch.own->beat.count);
    const unsigned long calls = publish_call();
    atomic_store(&watch.own->seen, now);
    if (count != *last_count || calls != *last_calls)
        atomic_store(&watch.own->advanced, now);
    *last_count = count;
    *last_calls = calls;
}

/* The beats of all ranks of the node. */
static long count_beats(void)
{
    long count = 0;
    for (int i = 0; i < watch.node_size; ++i)
        count += atomic_load(&watch.members[i]->beat.count);
    return count;
}

/* Returns whether the thread goes on: after a while, or at once when it is to end. */
static bool wait_for_next_look(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const double seconds = fmin(watch.timeout / 20, 0.1);
    const long nanoseconds = until.tv_nsec + lround(seconds * 1e9);
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_mutex_lock(&watch.mutex);
    while (watch.running && pthread_cond_timedwait(&watch.stopped, &watch.mutex, &until) == 0)
        ;
    const bool running = watch.running;
    pthread_mutex_unlock(&watch.mutex);
    return running;
}

/* The time counts from the last beat of any rank of the node. A slow rank may begin to wait just
 * while is_stalled looks, whose answer would then be wrong; so it counts only if no rank had a beat
 * meanwhile. */
static void *watch_beats(void *locale)
{
    uselocale((locale_t)locale);
    long last = -1, last_own = -1;
    unsigned long last_calls = 0;
    double since = clock_seconds();
    do {
        const long count = count_beats();
        publish_own(&last_own, &last_calls);
        if (count != last) {
            last = count;
            since = clock_seconds();
        } else if (clock_seconds() - since > watch.timeout && is_stalled() &&
                   count_beats() == last) {
            end_job();
        }
    } while (wait_for_next_look());
    return NULL;
}

/* Sets up this rank's member, and finds those of the node's other ranks. */
static void share_members(const struct node *node)
{
    MPI_Win_allocate_shared(sizeof(struct member), 1, MPI_INFO_NULL, node->comm, &watch.own,
                            &watch.window);
    atomic_store(&watch.own->beat.count, 0);
    atomic_store(&watch.own->beat.phase, PHASE_START);
    atomic_store(&watch.own->beat.waiting, false);
    atomic_store(&watch.own->seen, clock_seconds());
    atomic_store(&watch.own->rank, watch.rank);
    atomic_store(&watch.own->advanced, clock_seconds());
    atomic_store(&watch.own->function, MODEL_NONE);
    atomic_store(&watch.own->row, 0);
    for (int rank = 0; rank < watch.node_size; ++rank) {
        MPI_Aint bytes;
        int unit;
        MPI_Win_shared_query(watch.window, rank, &bytes, &unit, &watch.members[rank]);
    }
    MPI_Barrier(node->comm);
    beat_keep_in(&watch.own->beat);
}

/* The condition waits by the clock that nobody can set. Returns whether it was created. */
static bool create_condition(void)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    const bool created = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                         pthread_mutex_init(&watch.mutex, NULL) == 0 &&
                         pthread_cond_init(&watch.stopped, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return created;
}

/* The thread blocks all signals, so that the main thread gets them. It is handed the locale of the
 * calling thread, since a new thread does not inherit it, and prints numbers in it. */
static bool start_thread(void)
{
    sigset_t all, before;
    if (!create_condition())
        return false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    watch.running = true; /* before there is a thread that reads it */
    const bool started =
        pthread_create(&watch.thread, NULL, watch_beats, (void *)uselocale((locale_t)0)) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started)
        watch.running = false;
    return started;
}

enum status watchdog_start(const struct world *world, double timeout, bool limits_calls,
                           const char *advice, struct error *error)
{
    enum status status = STATUS_DONE;
    watch.timeout = timeout;
    watch.limits_calls = limits_calls;
    watch.spans_hosts = world->node.size < world->size;
    watch.advice = advice;
    if (timeout <= 0)
        return STATUS_DONE;
    watch.rank = world->rank;
    watch.node = world->node.comm;
    watch.node_size = world->node.size;
    world_host_name(watch.host);
    watch.members = malloc((size_t)watch.node_size * sizeof *watch.members);
    status = world_agree_memory(world, watch.members, NULL, "the watchdog", error);
    if (status) {
        watch.timeout = 0;
        free(watch.members);
        return status;
    }
    share_members(&world->node);
    if (!start_thread())
        status = error_set(error, STATUS_FAILED, "cannot start a thread to watch for stalls");
    return world_agree(world, status, error);
}

void watchdog_model(const struct model_call *call)
{
    atomic_store(&watch.call, call);
}

static void stop_thread(void)
{
    pthread_mutex_lock(&watch.mutex);
    watch.running = false;
    pthread_mutex_unlock(&watch.mutex);
    pthread_cond_signal(&watch.stopped);
    pthread_join(watch.thread, NULL);
    pthread_cond_destroy(&watch.stopped);
    pthread_mutex_destroy(&watch.mutex);
}

/* Freeing the window waits for all ranks of the node, unwatched; so they are waited for before. */
void watchdog_stop(void)
{
    if (watch.timeout <= 0)
        return;
    beat_wait_begin();
    MPI_Barrier(watch.node);
    beat_wait_end();
    if (watch.running)
        stop_thread();
    beat_keep_in(NULL);
    MPI_Win_free(&watch.window);
    free(watch.members);
    watch.timeout = 0;
}
