/* SPDX-License-Identifier: MIT */
#include "crash_guard.h"

#include "final_line.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
    int number;
    const char *name;
} crashes[] = {
    {.number = SIGSEGV, .name = "segmentation fault"},
    {.number = SIGBUS, .name = "bus error"},
    {.number = SIGFPE, .name = "arithmetic error"},
    {.number = SIGILL, .name = "illegal instruction"},
    {.number = SIGABRT, .name = "abort"},
};
enum { CRASHES = sizeof crashes / sizeof *crashes };

static struct sigaction before[CRASHES];
/* The line about the file that HDF5 is reading; it has room for an error's text. */
static char file_line[sizeof(struct error) + 16];
static pid_t own_process; /* a child that a model forks may crash or end as it likes */
static volatile bool is_reading;
static const struct model_call *volatile the_call; /* that of the model; NULL: no model */
static char place[WORLD_HOST_SIZE + 32];           /* "rank 2 on node7" */

/* A line that is put together without functions that a signal handler may not call. */
struct line {
    char text[1024];
    size_t used;
};

static void add(struct line *line, const char *text)
{
    for (; *text && line->used < sizeof line->text - 1; ++text)
        line->text[line->used++] = *text;
    line->text[line->used] = '\0';
}

static void add_number(struct line *line, long long number)
{
    char digits[24];
    size_t first = sizeof digits - 1;
    digits[first] = '\0';
    do
        digits[--first] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    add(line, digits + first);
}

/* Whether guarded code is running in this process. */
static bool is_guarding(void)
{
    return getpid() == own_process &&
           (is_reading || (the_call && atomic_load(&the_call->function) != MODEL_NONE));
}

/* Ends the process with a line such as "dtrain: model NAME: its loss() crashed (segmentation fault)
 * in iteration 3 at row 17 (rank 2 on HOST)". */
static _Noreturn void leave_model(const char *how)
{
    const int function = atomic_load(&the_call->function);
    const long long iteration = atomic_load(&the_call->iteration);
    struct line line = {.used = 0};
    add(&line, "dtrain: model ");
    add(&line, the_call->model);
    add(&line, ": its ");
    add(&line, model_call_name(function));
    add(&line, " ");
    add(&line, how);
    if (iteration > -1) {
        add(&line, " in iteration ");
        add_number(&line, iteration);
    }
    if (model_call_has_row(function)) {
        add(&line, " at row ");
        add_number(&line, atomic_load(&the_call->row));
    }
    add(&line, " (");
    add(&line, place);
    add(&line, ")\n");
    final_line_exit(line.text, STATUS_FAILED);
}

static _Noreturn void leave(const char *how)
{
    if (is_reading)
        final_line_exit(file_line, STATUS_FAILED);
    leave_model(how);
}

static void handle(int number)
{
    struct line how = {.used = 0};
    int i = 0;
    while (crashes[i].number != number)
        ++i;
    if (!is_guarding()) {
        /* A crash of dtrain itself: crash again, with the handler from before. */
        sigaction(number, &before[i], NULL);
        raise(number);
        return;
    }
    add(&how, "crashed (");
    add(&how, crashes[i].name);
    add(&how, ")");
    leave(how.text);
}

static void leave_at_exit(void)
{
    if (!is_guarding())
        return;
    fflush(stdout);
    leave("called exit()");
}

/* Gives the handlers a stack of their own, as the model may have overflowed the usual one. */
static void make_stack(void)
{
    static char memory[1 << 16];
    stack_t stack;
    if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE))
        return;
    stack = (stack_t){.ss_sp = memory, .ss_size = sizeof memory};
    sigaltstack(&stack, NULL);
}

void crash_guard_start(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    own_process = getpid();
    make_stack();
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CRASHES; ++i)
        sigaction(crashes[i].number, &action, &before[i]);
    atexit(leave_at_exit);
    at_quick_exit(leave_at_exit);
}

void crash_guard_enter(const char *path)
{
    struct error error;
    error_set(&error, STATUS_FAILED, "%s: is damaged: the HDF5 library crashed on it", path);
    snprintf(file_line, sizeof file_line, "dtrain: %s\n", error.text);
    is_reading = true;
}

void crash_guard_leave(void)
{
    is_reading = false;
}

void crash_guard_model(const struct world *world, const struct model_call *call)
{
    char host[WORLD_HOST_SIZE];
    world_host_name(host);
    snprintf(place, sizeof place, "rank %d on %s", world->rank, host);
    the_call = call;
}
