/* SPDX-License-Identifier: MIT */
#include "model_command.h"

#include "common/printable.h"
#include "files/installed.h"
#include "files/scratch_folder.h"
#include "process/command_words.h"
#include "ranks/collective.h"
#include "ranks/watchdog.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* How much of a command lines about it show, in bytes. */
enum { COMMAND_SHOWN = 200 };

/* The programs that come with dtrain, below the prefix of an installation. */
#define GUARD  DTRAIN_LIBEXEC "/dtrain-guard"
#define SERVER DTRAIN_LIBEXEC "/dtrain-model"

/* The rank's only command. */
static struct {
    char title[COMMAND_SHOWN + 32]; /* for messages */
    char name[MODEL_DESCRIPTION_SIZE];
    char guard[PATH_MAX], server[PATH_MAX], python[PATH_MAX];
    char **words;
    char *own_words[3]; /* those of --isolate */
    struct model_process process;
    struct dtrain_model functions; /* what the process says about itself */
    struct model_call call;
    struct parameters parameters;
} own;

static size_t count_parameters(int inputs, int classes)
{
    (void)inputs; /* the process was told them before it said how many it has */
    (void)classes;
    return own.process.hello.count;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    (void)shape;
    return own.process.hello.list;
}

static int predict(const struct dtrain_shape *shape, const double *theta, const double *inputs)
{
    const struct dtrain_call call = {.theta = theta, .inputs = inputs, .label = -1};
    return model_process_predict(&own.process, shape, &call);
}

/* Names the command for messages. */
static void name_command(const struct model_command *command)
{
    char shown[COMMAND_SHOWN];
    printable_copy(shown, sizeof shown, command->command ? command->command : command->file);
    snprintf(own.title, sizeof own.title, command->command ? "--model-command '%s'" : "--model %s",
             shown);
}

/* Finds a program that comes with dtrain. */
static enum status find_program(const char *name, char path[PATH_MAX], struct error *error)
{
    if (installed_find(name, path))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: is in no folder above the program: install dtrain with its programs "
                     "(cmake --install)",
                     name);
}

static enum status find_programs(const struct model_command *command, struct error *error)
{
    if (!installed_find("share/dtrain/python", own.python))
        own.python[0] = '\0';
    if (find_program(GUARD, own.guard, error))
        return error->status;
    return command->command ? STATUS_DONE : find_program(SERVER, own.server, error);
}

/* Splits the command into words, or makes those that run the file. */
static enum status make_words(const struct model_command *command, struct error *error)
{
    static char file[PATH_MAX];
    const char *fault;
    if (!command->command) {
        snprintf(file, sizeof file, "%s", command->file);
        own.own_words[0] = own.server;
        own.own_words[1] = file;
        own.words = own.own_words;
        return STATUS_DONE;
    }
    own.words = command_words_split(command->command, &fault);
    return own.words ? STATUS_DONE : error_set(error, STATUS_USAGE, "%s: %s", own.title, fault);
}

static enum status prepare(const struct model_command *command, struct error *error)
{
    name_command(command);
    /* The process says its own name only once it runs. */
    printable_copy(own.name, sizeof own.name, own.title);
    own.call.model = own.name;
    own.call.iteration = -1;
    watchdog_model(&own.call);
    return find_programs(command, error) ? error->status : make_words(command, error);
}

static enum status start(const struct world *world, const struct model_command *command,
                         const struct dtrain_shape *data, struct error *error)
{
    const struct model_process_rules rules = {
        .title = own.title,
        .guard = own.guard,
        .words = own.words,
        .python = own.python[0] ? own.python : NULL,
        .scratch = command->scratch ? command->scratch : scratch_folder_usual(),
        .timeout = command->timeout,
        .drops_stdout = command->drops_stdout,
        .asks_to_stop = command->asks_to_stop,
        .place = {.rank = world->rank,
                  .ranks = world->size,
                  .inputs = data->inputs,
                  .targets = data->targets,
                  .classes = data->classes,
                  .seed = command->seed,
                  .deviation = command->deviation},
    };
    model_call_begin(&own.call, MODEL_LOADING);
    const enum status status = model_process_open(&own.process, &rules, error);
    model_call_end(&own.call);
    return status;
}

/* Starts rank 0's process, and then the others. */
static enum status start_all(const struct world *world, const struct model_command *command,
                             const struct dtrain_shape *data, struct error *error)
{
    enum status status = world->rank == 0 ? start(world, command, data, error) : STATUS_DONE;
    collective_broadcast(world, &status, sizeof status);
    if (status) {
        collective_broadcast(world, error, sizeof *error);
        return status;
    }
    if (world->rank > 0)
        status = start(world, command, data, error);
    return world_agree(world, status, error);
}

/* Refuses a command that is another program on another rank. */
static enum status compare(const struct world *world, struct error *error)
{
    enum status status = STATUS_DONE;
    if (!collective_equals_first(world, own.process.hello_hash))
        status = error_set(error, STATUS_FAILED,
                           "%s: says something else about itself than on rank 0", own.title);
    return world_agree(world, status, error);
}

static enum status make(const struct dtrain_shape *data, double step, struct model *model,
                        struct error *error)
{
    const struct protocol_hello *hello = &own.process.hello;
    char fault[PARAMETERS_FAULT_SIZE];
    own.functions = (struct dtrain_model){.version = DTRAIN_MODEL_VERSION,
                                          .name = hello->name,
                                          .parameters = count_parameters,
                                          .describe = describe,
                                          .predict = hello->predicts ? predict : NULL,
                                          .residuals = hello->residuals};
    printable_copy(own.name, sizeof own.name, hello->name);
    if (!user_model_make(model, &own.functions, &own.call, data))
        return error_set(error, STATUS_FAILED, "%s: has %zu parameters: %zu are the most",
                         own.title, hello->count, TENSORS_PARAMETERS_MAX);
    return user_model_describe(model, step, &own.parameters, fault)
               ? STATUS_DONE
               : error_set(error, STATUS_FAILED, "%s: %s", own.title, fault);
}

enum status model_command_make(const struct world *world, const struct model_command *command,
                               const struct dtrain_shape *data, double step, struct model *model,
                               struct error *error)
{
    if (world_agree(world, prepare(command, error), error) ||
        start_all(world, command, data, error) || compare(world, error))
        return error->status;
    return world_agree(world, make(data, step, model, error), error);
}

struct model_process *model_command_process(void)
{
    return &own.process;
}
