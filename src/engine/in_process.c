/* SPDX-License-Identifier: MIT */
#include "in_process.h"

#include "files/scratch_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status make_scratch(struct in_process *process, const char *parent, struct error *error)
{
    const char *const folder = parent ? parent : scratch_folder_usual();
    const int fault = scratch_folder_make(folder, process->world->rank, process->scratch);
    if (!fault)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: cannot make a scratch folder here: %s; name another one by %s", folder,
                     strerror(fault), parent ? "--scratch" : "TMPDIR or --scratch");
}

static enum status set_up(struct in_process *process, const char *parent, struct error *error)
{
    const struct user_model *user = &process->model->user;
    if (!user->functions->setup)
        return STATUS_DONE;
    if (make_scratch(process, parent, error))
        return error->status;
    const struct dtrain_place place = {
        .rank = process->world->rank, .ranks = process->world->size, .scratch = process->scratch};
    model_call_begin(user->call, MODEL_SETUP);
    process->state = user->functions->setup(&user->shape, &place);
    model_call_end(user->call);
    process->is_set_up = process->state != NULL;
    if (process->is_set_up)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "the model %s: its setup() has failed",
                     process->model->description);
}

static void close_folder(int folder)
{
    if (folder > 0)
        close(folder);
}

/* A descriptor of the working folder; 0 if it cannot be opened. The program has a standard input,
 * so no folder gets that number. */
static int open_working_folder(void)
{
    const int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder > 0 ? folder : 0;
}

static bool is_same_folder(int a, int b)
{
    struct stat of_a, of_b;
    return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

/* A folder that cannot be entered any more is none that anybody can still want. */
static void change_folder(int folder)
{
    const bool entered = folder > 0 && fchdir(folder) == 0;
    (void)entered;
}

enum status in_process_open(struct in_process *process, const struct world *world,
                            const struct model *model, const char *parent, struct error *error)
{
    *process = (struct in_process){.world = world, .model = model};
    process->own_folder = open_working_folder();
    const enum status status = set_up(process, parent, error);
    in_process_leave(process);
    return world_agree(world, status, error);
}

void in_process_enter(const struct in_process *process)
{
    change_folder(process->model_folder);
}

void in_process_leave(struct in_process *process)
{
    const int folder = open_working_folder();
    const bool has_moved = folder > 0 && !is_same_folder(folder, process->own_folder);
    close_folder(process->model_folder);
    process->model_folder = has_moved ? folder : 0;
    if (!has_moved)
        close_folder(folder);
    change_folder(process->own_folder);
}

/* A model may have removed its own. */
static void remove_scratch(const struct in_process *process)
{
    struct error line;
    const int fault = scratch_folder_remove(process->scratch);
    if (!fault)
        return;
    error_set(&line, STATUS_DONE, "%s: cannot be removed: %s; remove it by hand", process->scratch,
              strerror(fault));
    fprintf(stderr, "dtrain: %s\n", line.text);
}

void in_process_close(struct in_process *process)
{
    if (process->is_set_up && process->model->user.functions->teardown) {
        struct model_call *call = process->model->user.call;
        atomic_store(&call->iteration, -1);
        in_process_enter(process);
        model_call_begin(call, MODEL_TEARDOWN);
        process->model->user.functions->teardown(process->state);
        model_call_end(call);
        in_process_leave(process);
    }
    if (process->scratch[0])
        remove_scratch(process);
    close_folder(process->own_folder);
    close_folder(process->model_folder);
    *process = (struct in_process){0};
}

enum outcome in_process_evaluate(struct in_process *process, const struct dtrain_call *call,
                                 double *values)
{
    const struct user_model *user = &process->model->user;
    struct dtrain_call own = *call;
    own.state = process->state;
    atomic_store_explicit(&user->call->row, call->row, memory_order_relaxed);
    atomic_store_explicit(&user->call->iteration, call->iteration, memory_order_relaxed);
    model_call_begin(user->call, MODEL_EVALUATE);
    const enum dtrain_outcome outcome = user->functions->evaluate(&user->shape, &own, values);
    model_call_end(user->call);
    return outcome == DTRAIN_DONE ? OUTCOME_DONE : OUTCOME_FAILED;
}
