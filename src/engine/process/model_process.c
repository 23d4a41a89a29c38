/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* environ */
#include "model_process.h"

#include "clean_environment.h"
#include "common/clock.h"
#include "files/scratch_folder.h"
#include "marked.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A model that has not said hello after so many seconds is told of: it may be waiting for something
 * that will not come, and nothing else would show it. */
static const double long_start = 60;

/* After so many failed starts in a row there is no hope. */
enum { FAILED_STARTS_MAX = 3 };

/* A scheduler that ends a job sends its signal to simulations and to this process at about the same
 * time. So long after a simulation has ended or failed, in seconds, it shows whether that was why.
 */
static const double end_of_job = 0.2;

/* So long a simulation may take to end, in seconds, once it is asked nothing more. */
static const double orderly_end = 10;

static struct guarded_wait wait_of(const struct model_process *process, double seconds)
{
    return (struct guarded_wait){seconds, process->asks_to_stop, process->context};
}

static bool is_asked_to_stop(const struct model_process *process)
{
    return process->asks_to_stop && process->asks_to_stop(process->context);
}

/* Does what the guard was there for, if somebody else has killed it. */
static void replace_guard(struct model_process *process)
{
    if (!process->program.is_guard_lost || !process->scratch[0])
        return;
    marked_kill("DTRAIN_SCRATCH", process->scratch);
    scratch_folder_remove(process->scratch);
    process->scratch[0] = '\0';
}

/* Ends what runs. */
static void stop_program(struct model_process *process)
{
    guarded_program_kill(&process->program);
    replace_guard(process);
    output_lines_end(&process->lines);
    process->is_ready = false;
}

/* Ends a process that is of no more use, and adds the last line that it has printed to the reason.
 */
static void give_up(struct model_process *process)
{
    stop_program(process);
    output_lines_show_kept(&process->lines);
    const size_t used = strlen(process->reason);
    if (process->lines.last[0])
        snprintf(process->reason + used, sizeof process->reason - used, "; its last line: %s",
                 process->lines.last);
}

/* Adds to the reason what a user can do about a program that has ended without a hello. */
static void advise(struct model_process *process)
{
    const struct guarded_program *program = &process->program;
    const char *const word = process->rules.words[0];
    const size_t used = strlen(process->reason);
    char *const end = process->reason + used;
    const size_t room = sizeof process->reason - used;
    if (program->cannot_start && program->status == ENOENT && !strchr(word, '/') &&
        access(word, F_OK) == 0)
        snprintf(end, room, ": write ./%s for the file in this folder", word);
    if (!program->cannot_start && program->has_status && program->status == 0)
        snprintf(end, room, " before its hello (in Python, dtrain_model.serve sends that)");
}

/* What a wait ended with, as the end of a line about the process; it is given up. */
static void explain(struct model_process *process, enum guarded_event event, const char *waited_for)
{
    char *const reason = process->reason;
    const size_t size = sizeof process->reason;
    if (event == GUARDED_LATE)
        snprintf(reason, size, "gave no %s within the %g s of --evaluation-timeout", waited_for,
                 process->rules.timeout);
    if (event == GUARDED_TOO_LONG)
        snprintf(reason, size, "gave a line that is too long to be its %s", waited_for);
    if (event == GUARDED_ENDED) {
        guarded_program_kill(&process->program);
        guarded_program_describe_end(&process->program, reason, size);
        if (process->hello.list == NULL)
            advise(process);
    }
    give_up(process);
}

/* Waits for a line of a process that is starting. Says once if that takes long. */
static enum guarded_event receive_first(struct model_process *process, size_t limit,
                                        const char **line, size_t *length)
{
    const double timeout = process->rules.timeout;
    const bool may_be_long = timeout == 0 || timeout > long_start;
    struct guarded_wait wait = wait_of(process, may_be_long ? long_start : timeout);
    enum guarded_event event =
        guarded_program_receive_line(&process->program, limit, &wait, line, length);
    if (event != GUARDED_LATE || !may_be_long)
        return event;
    if (process->rules.place.rank == 0)
        fprintf(stderr, "dtrain: %s: has not answered for %g s; dtrain goes on waiting\n",
                process->rules.title, long_start);
    wait.seconds = timeout > 0 ? timeout - long_start : 0;
    return guarded_program_receive_line(&process->program, limit, &wait, line, length);
}

/* Starts the program, and tells it where it is. False, and why, if it cannot be started. */
static bool launch(struct model_process *process)
{
    const struct model_process_rules *rules = &process->rules;
    struct protocol_place place = rules->place;
    const char *const parent = rules->scratch;
    const int unmade = scratch_folder_make(parent, place.rank, process->scratch);
    if (unmade) {
        snprintf(process->reason, sizeof process->reason, "no scratch folder can be made in %s: %s",
                 parent, strerror(unmade));
        return false;
    }
    place.scratch = process->scratch;
    message_clear(&process->message);
    protocol_write_place(&process->message, &place);
    output_lines_clear(&process->lines);
    char **environment =
        clean_environment_make(environ, place.rank, place.ranks, process->scratch, rules->python);
    const int fault = !environment || process->message.is_short
                          ? ENOMEM
                          : guarded_program_start(&process->program, rules->guard, rules->words,
                                                  environment, process->scratch, &process->lines);
    free(environment);
    if (fault) {
        rmdir(process->scratch);
        snprintf(process->reason, sizeof process->reason, "cannot be started: %s", strerror(fault));
        return false;
    }
    guarded_program_send(&process->program, process->message.bytes, process->message.used);
    return true;
}

/* Reads who the model is: for the first time, or to compare it with that. */
static bool take_hello(struct model_process *process, const char *line, size_t length)
{
    struct protocol_hello hello;
    if (!protocol_read_hello(line, length, &hello, process->reason))
        return false;
    const uint64_t hash = protocol_hello_hash(&hello);
    const bool is_first = process->hello.list == NULL;
    if (is_first) {
        process->hello = hello;
        process->hello_hash = hash;
        return true;
    }
    protocol_hello_free(&hello);
    if (hash != process->hello_hash)
        snprintf(process->reason, sizeof process->reason,
                 "says something else about itself than at its first start");
    return hash == process->hello_hash;
}

/* Ends a process that has not started as it should. GUARDED_CAME: what it said was not right. */
static enum guarded_event end_start(struct model_process *process, enum guarded_event event,
                                    const char *waited_for)
{
    if (event == GUARDED_CAME)
        give_up(process);
    else if (event == GUARDED_STOPPED)
        stop_program(process);
    else
        explain(process, event, waited_for);
    return event == GUARDED_CAME ? GUARDED_ENDED : event;
}

/* Starts a process and reads its hello. GUARDED_CAME: it is there. GUARDED_STOPPED: asked to stop.
 * Otherwise the reason is set. Nothing runs then. */
static enum guarded_event start(struct model_process *process)
{
    const char *line;
    size_t length;
    if (!launch(process))
        return GUARDED_ENDED;
    const enum guarded_event event = receive_first(process, PROTOCOL_HELLO_MAX, &line, &length);
    return event == GUARDED_CAME && take_hello(process, line, length)
               ? GUARDED_CAME
               : end_start(process, event, "hello");
}

/* Waits until a process that has said hello is ready. As `start`. */
static enum guarded_event get_ready(struct model_process *process)
{
    const char *line;
    size_t length;
    const enum guarded_event event = receive_first(process, PROTOCOL_LINE_MAX, &line, &length);
    if (event == GUARDED_CAME && protocol_read_ready(line, length, process->reason)) {
        process->is_ready = true;
        process->failed_starts = 0;
        return GUARDED_CAME;
    }
    return end_start(process, event, "word that it is ready");
}

/* Whether the job is about to end, as it shows within so many seconds. */
static bool job_ends(const struct model_process *process, double seconds)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (const double begin = clock_seconds(); clock_seconds() - begin < seconds;) {
        if (is_asked_to_stop(process))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static enum status refuse(const struct model_process *process, enum guarded_event event,
                          struct error *error)
{
    if (event == GUARDED_STOPPED || (event == GUARDED_ENDED && job_ends(process, end_of_job)))
        return error_set(error, STATUS_STOPPED, "%s: stopped while it started",
                         process->rules.title);
    return error_set(error, STATUS_FAILED, "%s: %s", process->rules.title, process->reason);
}

enum status model_process_open(struct model_process *process,
                               const struct model_process_rules *rules, struct error *error)
{
    *process = (struct model_process){
        .rules = *rules,
        .lines = {.rank = rules->place.rank, .drops_stdout = rules->drops_stdout},
        .asks_to_stop = rules->asks_to_stop,
    };
    const enum guarded_event event = start(process);
    return event == GUARDED_CAME ? STATUS_DONE : refuse(process, event, error);
}

/* Lets a process that waits for a question end in order: the end of the requests is its sign. */
static void let_end(struct model_process *process)
{
    const struct guarded_wait wait = wait_of(process, orderly_end);
    const char *line;
    size_t length;
    guarded_program_end_requests(&process->program);
    guarded_program_receive_line(&process->program, PROTOCOL_LINE_MAX, &wait, &line, &length);
}

void model_process_close(struct model_process *process)
{
    if (process->is_ready && !is_asked_to_stop(process))
        let_end(process);
    stop_program(process);
    message_free(&process->message);
}

enum status model_process_prepare(struct model_process *process, struct error *error)
{
    const bool was_ready = process->was_ready;
    while (!process->is_ready) {
        enum guarded_event event = process->program.is_running ? GUARDED_CAME : start(process);
        if (event == GUARDED_CAME)
            event = get_ready(process);
        if (event == GUARDED_STOPPED)
            return refuse(process, event, error);
        if (event != GUARDED_CAME && (!was_ready || ++process->failed_starts >= FAILED_STARTS_MAX))
            return refuse(process, event, error);
    }
    process->was_ready = true;
    return STATUS_DONE;
}

/* How many values an evaluation has. */
static size_t width_of(const struct dtrain_shape *shape)
{
    return shape->residuals > 0 ? (size_t)shape->residuals : 1;
}

/* Asks a question. Returns what the answer is, or PROTOCOL_NONSENSE where *event is not
 * GUARDED_CAME: no answer came. */
static enum protocol_answer ask(struct model_process *process, enum protocol_question question,
                                size_t number, const struct dtrain_shape *shape,
                                const struct dtrain_call *call, double *values, int *class,
                                enum guarded_event *event)
{
    const size_t width = width_of(shape);
    const struct guarded_wait wait = wait_of(process, process->rules.timeout);
    struct guarded_program *program = &process->program;
    const char *came;
    size_t length;
    *event = GUARDED_CAME;
    /* It would be taken for the answer, and the answer for that to the next question. */
    if (guarded_program_has_more(program)) {
        snprintf(process->reason, sizeof process->reason,
                 "spoke nonsense, it has written more than the answers to what it was asked");
        return PROTOCOL_NONSENSE;
    }
    message_clear(&process->message);
    protocol_write_call(&process->message, question, number, shape, call, process->hello.text);
    guarded_program_send(program, process->message.bytes, process->message.used);
    *event = guarded_program_receive_line(program, PROTOCOL_LINE_MAX + PROTOCOL_VALUE_MAX * width,
                                          &wait, &came, &length);
    if (*event != GUARDED_CAME)
        return PROTOCOL_NONSENSE;
    const enum protocol_answer answer =
        protocol_read_answer(came, length, question, width, values, class, process->reason);
    if (answer != PROTOCOL_BYTES)
        return answer;
    *event = guarded_program_receive_bytes(program, width * sizeof *values, &wait, &came);
    if (*event == GUARDED_CAME)
        protocol_take_doubles(came, width, values);
    return answer;
}

static enum outcome stop(struct model_process *process, struct error *error)
{
    stop_program(process);
    error_set(error, STATUS_STOPPED, "%s: stopped in an evaluation", process->rules.title);
    return OUTCOME_NONE;
}

/* What becomes of an evaluation whose answer did not come. */
static enum outcome miss(struct model_process *process, enum guarded_event event,
                         struct error *error)
{
    if (event != GUARDED_STOPPED)
        explain(process, event, "answer");
    if (event == GUARDED_STOPPED || (event == GUARDED_ENDED && job_ends(process, end_of_job)))
        return stop(process, error);
    return event == GUARDED_LATE    ? OUTCOME_TIMED_OUT
           : event == GUARDED_ENDED ? OUTCOME_CRASHED
                                    : OUTCOME_NONSENSE;
}

/* What becomes of an evaluation that the model says has failed, or whose values are not finite. If
 * it had started other programs, such as a step of the job, these may have been ended with the job,
 * and then it would not fail the next time. A failure that came fast is not waited for longer than
 * it took. */
static enum outcome fail(struct model_process *process, double seconds, enum outcome outcome,
                         struct error *error)
{
    return job_ends(process, fmin(seconds, end_of_job)) ? stop(process, error) : outcome;
}

/* What becomes of an answer that is none. A program that is asked to stop may still say something.
 */
static enum outcome reject(struct model_process *process, struct error *error)
{
    if (is_asked_to_stop(process))
        return stop(process, error);
    give_up(process);
    return OUTCOME_NONSENSE;
}

static bool are_finite(const double *values, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (!isfinite(values[i]))
            return false;
    return true;
}

enum outcome model_process_evaluate(struct model_process *process, size_t number,
                                    const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *values,
                                    struct error *error)
{
    enum guarded_event event;
    int class;
    error->status = STATUS_DONE;
    if (model_process_prepare(process, error))
        return OUTCOME_NONE;
    process->reason[0] = '\0';
    const double begin = clock_seconds();
    const enum protocol_answer answer =
        ask(process, PROTOCOL_EVALUATE, number, shape, call, values, &class, &event);
    if (event != GUARDED_CAME)
        return miss(process, event, error);
    const double seconds = clock_seconds() - begin;
    if (answer == PROTOCOL_FAILED)
        return fail(process, seconds, OUTCOME_FAILED, error);
    if (answer != PROTOCOL_VALUES && answer != PROTOCOL_BYTES)
        return reject(process, error);
    return are_finite(values, width_of(shape)) ? OUTCOME_DONE
                                               : fail(process, seconds, OUTCOME_DONE, error);
}

/* Asks for the class of a row. */
static enum outcome predict(struct model_process *process, const struct dtrain_shape *shape,
                            const struct dtrain_call *call, int *class, struct error *error)
{
    enum guarded_event event;
    double unused[1];
    if (model_process_prepare(process, error))
        return OUTCOME_NONE;
    process->reason[0] = '\0';
    const double begin = clock_seconds();
    const enum protocol_answer answer =
        ask(process, PROTOCOL_PREDICT, 0, shape, call, unused, class, &event);
    if (event != GUARDED_CAME)
        return miss(process, event, error);
    if (answer == PROTOCOL_FAILED)
        return fail(process, clock_seconds() - begin, OUTCOME_DONE, error);
    return answer == PROTOCOL_CLASS ? OUTCOME_DONE : reject(process, error);
}

int model_process_predict(struct model_process *process, const struct dtrain_shape *shape,
                          const struct dtrain_call *call)
{
    int class = -1;
    process->unable.status = STATUS_DONE;
    process->predicted = predict(process, shape, call, &class, &process->unable);
    return process->predicted == OUTCOME_DONE ? class : -1;
}
