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
#include <time.h>
#include <unistd.h>

/* What is known of a rank, in memory that all ranks of its node see. */
struct life {
    struct beat beat;
    _Atomic(double) watched; /* when its thread last ran, on the clock of the host */
    _Atomic(double) moved;   /* when it last got on, by a beat or another call of its model */
    atomic_int rank;         /* its number in the world */
    atomic_int function;     /* of the model: enum model_function */
    atomic_llong row;        /* of that call */
};

/* One watch a process. */
static struct {
    double timeout;
    int rank, node_size;
    struct life *own, **lives;
    MPI_Win window;
    pthread_t thread;
    atomic_bool running;
    char host[WORLD_HOST_SIZE];
    const struct model_call *_Atomic call; /* of the model; NULL: none */
} watch;

static void pause_for(double seconds)
{
    struct timespec time = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};
    nanosleep(&time, NULL);
}

/* Whether a process does nothing at all: not even its thread here runs. */
static bool is_halted(const struct life *life)
{
    return clock_seconds() - atomic_load(&life->watched) > watch.timeout / 2;
}

/* The rank of this node that is halted, or else the one that has come least far; NULL where all
 * have come as far. */
static const struct life *find_laggard(void)
{
    const struct life *last = watch.lives[0];
    for (int i = 0; i < watch.node_size; ++i)
        if (is_halted(watch.lives[i]))
            return watch.lives[i];
    bool all_equal = true;
    for (int i = 1; i < watch.node_size; ++i) {
        const long count = atomic_load(&watch.lives[i]->beat.count);
        const long least = atomic_load(&last->beat.count);
        all_equal = all_equal && count == least;
        if (count < least)
            last = watch.lives[i];
    }
    return all_equal ? NULL : last;
}

/* Whether a rank has been in one and the same call of its model for too long. */
static bool is_stuck_in_model(const struct life *life)
{
    return atomic_load(&life->function) != MODEL_NONE &&
           clock_seconds() - atomic_load(&life->moved) > watch.timeout;
}

static bool is_computing(const struct life *life)
{
    const int phase = atomic_load(&life->beat.phase);
    return !atomic_load(&life->beat.waiting) &&
           (phase == PHASE_COMPUTE || phase == PHASE_EVALUATION);
}

/* A slow rank that is still computing is not stalled. */
static bool is_stalled(void)
{
    const struct life *laggard = find_laggard(), *last = laggard ? laggard : watch.own;
    return is_halted(last) || is_stuck_in_model(last) || !is_computing(last);
}

static void describe_stall(char *text, size_t size)
{
    const struct life *laggard = find_laggard(), *last = laggard ? laggard : watch.own;
    const struct model_call *call = atomic_load(&watch.call);
    const int used = snprintf(text, size, "dtrain: no progress for %g s: rank %d on %s ",
                              watch.timeout, atomic_load(&last->rank), watch.host);
    char *const rest = text + used;
    const size_t left = size - (size_t)used;
    const char *const phase = phase_name((enum phase)atomic_load(&last->beat.phase));
    const char *const resume = "the run can be resumed with --resume\n";
    if (call && !is_halted(last) && is_stuck_in_model(last))
        snprintf(rest, left,
                 "waits for the model %s: its %s has not returned (phase: %s, row %lld); %s",
                 call->model, model_call_name(atomic_load(&last->function)), phase,
                 (long long)atomic_load(&last->row), resume);
    else if (laggard)
        snprintf(rest, left, "is stalled (phase: %s); %s", phase, resume);
    else
        snprintf(rest, left, "and its neighbours wait for another host (phase: %s); %s", phase,
                 resume);
}

static _Noreturn void end_job(void)
{
    char line[1024];
    describe_stall(line, sizeof line);
    final_line_exit(line, STATUS_STALLED);
}

/* Notes what the model does, where the node's other ranks see it. Returns the number of calls. */
static unsigned long note_call(void)
{
    const struct model_call *call = atomic_load(&watch.call);
    if (!call)
        return 0;
    atomic_store(&watch.own->function, atomic_load(&call->function));
    atomic_store(&watch.own->row, atomic_load(&call->row));
    return atomic_load(&call->count);
}

/* Tells the node's other ranks that this process runs, and when it last got on. */
static void note_own_life(long *last_count, unsigned long *last_calls)
{
    const double now = clock_seconds();
    const long count = atomic_load(&watch.own->beat.count);
    const unsigned long calls = note_call();
    atomic_store(&watch.own->watched, now);
    if (count != *last_count || calls != *last_calls)
        atomic_store(&watch.own->moved, now);
    *last_count = count;
    *last_calls = calls;
}

/* Grows whenever a rank of the node gets on. */
static long count_beats(void)
{
    long count = 0;
    for (int i = 0; i < watch.node_size; ++i)
        count += atomic_load(&watch.lives[i]->beat.count);
    return count;
}

/* A rank that has computed for long may arrive at this moment: the others have waited too long, and
 * all is well. So the time counts from the last beat of any rank of the node, and is_stalled is
 * right only if there was none while it looked. */
static void *watch_beats(void *locale)
{
    uselocale((locale_t)locale);
    long last = -1, last_own = -1;
    unsigned long last_calls = 0;
    double since = clock_seconds();
    while (atomic_load(&watch.running)) {
        const long count = count_beats();
        note_own_life(&last_own, &last_calls);
        if (count != last) {
            last = count;
            since = clock_seconds();
        } else if (clock_seconds() - since > watch.timeout && is_stalled() &&
                   count_beats() == last) {
            end_job();
        }
        pause_for(fmin(watch.timeout / 20, 0.1));
    }
    return NULL;
}

/* Memory for the lives of the node's ranks. */
static void share_lives(const struct node *node)
{
    MPI_Win_allocate_shared(sizeof(struct life), 1, MPI_INFO_NULL, node->comm, &watch.own,
                            &watch.window);
    atomic_store(&watch.own->beat.count, 0);
    atomic_store(&watch.own->beat.phase, PHASE_START);
    atomic_store(&watch.own->beat.waiting, false);
    atomic_store(&watch.own->watched, clock_seconds());
    atomic_store(&watch.own->rank, watch.rank);
    atomic_store(&watch.own->moved, clock_seconds());
    atomic_store(&watch.own->function, MODEL_NONE);
    atomic_store(&watch.own->row, 0);
    for (int rank = 0; rank < watch.node_size; ++rank) {
        MPI_Aint bytes;
        int unit;
        MPI_Win_shared_query(watch.window, rank, &bytes, &unit, &watch.lives[rank]);
    }
    MPI_Barrier(node->comm);
    beat_keep_in(&watch.own->beat);
}

/* The thread takes no signals: they are for the rank's own. It prints numbers as the calling thread
 * does: a locale is of one thread only. */
static bool start_thread(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_store(&watch.running, true);
    const bool started =
        pthread_create(&watch.thread, NULL, watch_beats, (void *)uselocale((locale_t)0)) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    atomic_store(&watch.running, started);
    return started;
}

enum status watchdog_start(const struct world *world, double timeout, struct error *error)
{
    enum status status = STATUS_DONE;
    watch.timeout = timeout;
    if (timeout <= 0)
        return STATUS_DONE;
    watch.rank = world->rank;
    watch.node_size = world->node.size;
    world_host_name(watch.host);
    watch.lives = malloc((size_t)watch.node_size * sizeof *watch.lives);
    if (!watch.lives)
        status =
            error_set(error, STATUS_FAILED, "not enough memory to watch %d ranks", watch.node_size);
    status = world_agree(world, status, error);
    if (status) {
        watch.timeout = 0;
        free(watch.lives);
        return status;
    }
    share_lives(&world->node);
    if (!start_thread())
        status = error_set(error, STATUS_FAILED, "cannot start a thread to watch for stalls");
    return world_agree(world, status, error);
}

void watchdog_model(const struct model_call *call)
{
    atomic_store(&watch.call, call);
}

void watchdog_stop(void)
{
    if (watch.timeout <= 0)
        return;
    if (atomic_exchange(&watch.running, false))
        pthread_join(watch.thread, NULL);
    beat_keep_in(NULL);
    MPI_Win_free(&watch.window);
    free(watch.lives);
    watch.timeout = 0;
}
