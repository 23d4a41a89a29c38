/* SPDX-License-Identifier: MIT */
#include "in_process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status make_scratch(struct in_process *process, const char *parent, struct error *error)
{
    const char *const temporary = getenv("TMPDIR"), *const usual = temporary ? temporary : "/tmp";
    const char *const folder = parent ? parent : usual;
    char resolved[PATH_MAX];
    /* The model may change its working folder. */
    if (realpath(folder, resolved)) {
        const int length = snprintf(process->scratch, sizeof process->scratch,
                                    "%s/dtrain-%d-XXXXXX", resolved, process->world->rank);
        if (length >= (int)sizeof process->scratch)
            errno = ENAMETOOLONG;
        else if (mkdtemp(process->scratch))
            return STATUS_DONE;
    }
    process->scratch[0] = '\0';
    return error_set(error, STATUS_FAILED,
                     "%s: cannot make a scratch folder here: %s; name another one by %s", folder,
                     strerror(errno), parent ? "--scratch" : "TMPDIR or --scratch");
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

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

/* Folders after what is in them. A model may have removed its own. */
static void remove_scratch(const struct in_process *process)
{
    enum { OPEN_FOLDERS = 16 }; /* deeper ones are opened once more on the way back */
    struct error line;
    if (nftw(process->scratch, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0 ||
        errno == ENOENT)
        return;
    error_set(&line, STATUS_DONE, "%s: cannot be removed: %s; remove it by hand", process->scratch,
              strerror(errno));
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

int in_process_width(const struct model *model)
{
    const int residuals = model->user.shape.residuals;
    return residuals > 0 ? residuals : 1;
}

double in_process_loss(const struct model *model, const double *values)
{
    const int residuals = model->user.shape.residuals;
    double sum = 0;
    if (residuals == 0)
        return values[0];
    for (int i = 0; i < residuals; ++i)
        sum += values[i] * values[i];
    return sum / 2;
}

/* Squares of finite residuals may still overflow; so it is the loss that is checked. */
static enum outcome evaluate_once(const struct model *model, const struct dtrain_call *call,
                                  double *values)
{
    const struct user_model *user = &model->user;
    const int width = in_process_width(model);
    /* What the model does not write must not be taken for a result. */
    for (int i = 0; i < width; ++i)
        values[i] = (double)NAN;
    model_call_begin(user->call, MODEL_EVALUATE);
    const enum dtrain_outcome outcome = user->functions->evaluate(&user->shape, call, values);
    model_call_end(user->call);
    if (outcome != DTRAIN_DONE)
        return OUTCOME_FAILED;
    return isfinite(in_process_loss(model, values)) ? OUTCOME_DONE : OUTCOME_NOT_FINITE;
}

enum outcome in_process_evaluate(struct in_process *process, struct dtrain_call *call, int retries,
                                 double *values, int *attempts)
{
    struct model_call *noted = process->model->user.call;
    enum outcome outcome = OUTCOME_NONE;
    call->state = process->state;
    atomic_store_explicit(&noted->row, call->row, memory_order_relaxed);
    atomic_store_explicit(&noted->iteration, call->iteration, memory_order_relaxed);
    for (call->attempt = 0; call->attempt <= retries && outcome != OUTCOME_DONE; ++call->attempt)
        outcome = evaluate_once(process->model, call, values);
    *attempts = call->attempt;
    return outcome;
}
