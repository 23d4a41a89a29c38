/* SPDX-License-Identifier: MIT
 *
 * The program: reads the command line, starts MPI, runs a command, and returns the status on which
 * all ranks agree. */
#include "commands/commands.h"
#include "commands/script.h"
#include "common/arithmetic.h"
#include "common/version.h"
#include "common/xxh3.h"
#include "files/hdf5_file.h"
#include "options/help.h"
#include "options/misspelt.h"
#include "ranks/collective.h"
#include "ranks/crash_guard.h"
#include "ranks/final_line.h"
#include "ranks/launcher.h"
#include "ranks/shared_space.h"
#include "ranks/watchdog.h"
#include "training/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reports an error where MPI does not say who prints: before it has started, or where it does not
 * know of the others. Launchers kill a job as soon as one process fails, so the others give the
 * first one time to print. */
static void report_early(bool is_first, const struct error *error)
{
    if (is_first)
        fprintf(stderr, "dtrain: %s\n", error->text);
    else
        sleep(1);
}

/* How a command is run. */
struct dispatch {
    enum status (*run)(const struct job *job, struct error *error);
    bool alone;        /* by each process for itself, without MPI */
    bool is_long;      /* not to be repeated by each of several processes that MPI does not join */
    bool own_watchdog; /* starts the watchdog itself, as the timeout may be that of another run */
    bool stops_in_order; /* catches the signals that ask it to stop, also while MPI starts */
};

/* The compiler names a command that is missing here. */
static struct dispatch dispatch_of(enum command command)
{
    switch (command) {
    case COMMAND_TRAIN:
        return (struct dispatch){
            .run = train_command, .is_long = true, .own_watchdog = true, .stops_in_order = true};
    case COMMAND_EVAL:
        return (struct dispatch){.run = eval_command, .is_long = true};
    case COMMAND_PREDICT:
        return (struct dispatch){.run = predict_command};
    case COMMAND_GRADCHECK:
        return (struct dispatch){.run = gradcheck_command, .is_long = true};
    case COMMAND_GRADIENT:
        return (struct dispatch){.run = gradient_command, .is_long = true, .stops_in_order = true};
    case COMMAND_BATCHES:
        return (struct dispatch){.run = batches_command};
    case COMMAND_IMPORT:
        return (struct dispatch){.run = import_command};
    case COMMAND_DIGEST:
        return (struct dispatch){.run = digest_command};
    case COMMAND_DIFF:
        return (struct dispatch){.run = diff_command};
    case COMMAND_VERIFY:
        return (struct dispatch){.run = verify_command, .is_long = true, .own_watchdog = true};
    case COMMAND_SELFTEST:
        return (struct dispatch){.run = selftest_command, .alone = true};
    case COMMAND_HELP: /* config_parse makes it the --help of another command */
        break;
    }
    return (struct dispatch){.run = NULL};
}

static enum status run_command(const struct job *job, struct error *error)
{
    const struct dispatch dispatch = dispatch_of(job->config->command);
    if (dispatch.own_watchdog)
        return dispatch.run(job, error);
    enum status status =
        watchdog_start(job->world, job->config->stall_timeout, config_limits_calls(job->config),
                       "nothing is lost: give the command again", error);
    if (!status)
        status = dispatch.run(job, error);
    watchdog_stop();
    return status;
}

static uint64_t hash_text(const char *text, uint64_t hash)
{
    return XXH3_64bits_withSeed(text, strlen(text), hash);
}

static uint64_t hash_settings(const struct config *config)
{
    uint64_t hash = (uint64_t)config->command;
    struct settings settings;
    config_settings(config, &settings);
    for (int i = 0; i < settings.count; ++i) {
        const struct setting *setting = settings.list + i;
        /* Each host may have its own copy of the data, under another path. */
        if (strcmp(setting->name, "data") == 0)
            continue;
        hash = hash_text(setting->value, hash_text(setting->name, hash));
        /* What a rank was given, even if it is the default, does not come from the other run. */
        if (config->like)
            hash = hash_text(setting->origin, hash);
    }
    return hash;
}

/* Ranks with different settings, for instance because an environment did not reach all hosts, would
 * wait for each other forever or compute nonsense. */
static enum status agree_on_settings(const struct config *config, const struct world *world,
                                     struct error *error)
{
    enum status status = STATUS_DONE;
    if (!collective_equals_first(world, hash_settings(config)))
        status = error_set(error, STATUS_USAGE,
                           "not all ranks have the same settings as rank 0: give them on the "
                           "command line, or send DTRAIN_* to all hosts (mpirun -x)");
    return world_agree(world, status, error);
}

/* If standard input, output or error is closed, the next file that is opened would take its
 * descriptor, and what is printed would go there. This opens something to which writing fails. */
static void occupy_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            open("/dev/null", O_RDONLY);
}

/* Fails if not all that was printed has been written. Closing a duplicate makes a network file
 * system report its errors, and leaves standard output open for the calling program. */
static enum status check_output(struct error *error)
{
    errno = 0;
    const bool printed = fflush(stdout) == 0 && !ferror(stdout) && close(dup(STDOUT_FILENO)) == 0;
    if (printed)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "standard output: not all could be written%s%s",
                     errno ? ": " : "", errno ? strerror(errno) : "");
}

/* Refuses to do long work once in each process of a launcher that MPI does not understand. */
static enum status check_launcher(const struct config *config, struct error *error)
{
    return dispatch_of(config->command).is_long && !config->one_rank ? launcher_check_alone(error)
                                                                     : STATUS_DONE;
}

static enum status run_as_rank(const struct job *job)
{
    const struct world *world = job->world;
    struct error error = {STATUS_DONE, ""};
    hdf5_file_silence();
    crash_guard_start();
    final_line_prepare(world);
    if (world->rank == 0)
        misspelt_variables(stderr);
    enum status status = arithmetic_check("the program, or a library that it loads,", &error);
    status = world_agree(world, status, &error);
    if (!status)
        status = agree_on_settings(job->config, world, &error);
    if (!status)
        status = run_command(job, &error);
    if (!status)
        status = world_agree(world, check_output(&error), &error);
    if (status != STATUS_DONE)
        world_report(world, &error);
    final_line_release();
    return status;
}

static enum status run_under_mpi(int *argc, char ***argv, const struct config *config,
                                 const struct dtrain_model *model)
{
    struct error error;
    const bool is_first = launcher_is_first();
    /* Before anything else, so that a run that is asked to stop while it starts stops in order. */
    if (dispatch_of(config->command).stops_in_order)
        signals_catch(is_first);
    /* Before MPI starts, which then sets the variables of launchers itself. */
    const enum status alone = check_launcher(config, &error);
    /* HDF5 uses no shared file pointers. For them Open MPI would create a lock file beside the
     * dataset, and leave it there if killed (open-mpi/ompi#10053). A choice of the user's is kept.
     */
    setenv("OMPI_MCA_sharedfp", "^lockedfile", 0);
    if (shared_space_prepare(&error)) {
        report_early(launcher_is_first_of_node(), &error);
        return STATUS_FAILED;
    }
    struct world world = world_open(argc, argv);
    const struct job job = {&world, config, model};
    enum status status = world.size == 1 ? alone : STATUS_DONE;
    if (status)
        report_early(is_first, &error);
    else
        status = run_as_rank(&job);
    world_close(&world);
    return status;
}

const char *dtrain_version(void)
{
    return version_number();
}

/* Prints what needs no MPI: version, help, man page or completion. Under a launcher, only one
 * process prints it. */
static enum status print_description(const struct config *config, struct error *error)
{
    if (!launcher_is_first())
        return STATUS_DONE;
    if (config->version)
        printf("dtrain %s (%s)\n", version_number(), version_revision());
    else if (config->help)
        help_print(stdout, config->command);
    else if (strcmp(config->generate, "man") == 0)
        help_print_man(stdout);
    else
        help_print_completion(stdout);
    return check_output(error);
}

/* Each process that fails prints why, since its host may be the only one that is at fault. */
static enum status run_alone(const struct config *config, struct error *error)
{
    const struct job job = {.config = config};
    enum status status = dispatch_of(config->command).run(&job, error);
    if (!status)
        status = check_output(error);
    if (status)
        fprintf(stderr, "dtrain: %s\n", error->text);
    return status;
}

/* Under a launcher, only one process becomes the script. */
static enum status become_script(const struct script_spec *script, char **argv)
{
    struct error error;
    if (!launcher_is_first())
        return STATUS_DONE;
    const enum status status = script_run(script, argv, &error);
    report_early(true, &error);
    return status;
}

static enum status run_program(int argc, char **argv, const struct dtrain_model *model)
{
    struct config config;
    struct error error;
    const struct script_spec *script = script_of(argc, argv);
    if (script)
        return become_script(script, argv);
    enum status status = config_parse(argc, argv, &config, &error);
    if (!status && model)
        status = config_link_model(&config, &error);
    if (!status && !config.version && !config.help && !config.generate)
        return dispatch_of(config.command).alone ? run_alone(&config, &error)
                                                 : run_under_mpi(&argc, &argv, &config, model);
    if (!status)
        status = print_description(&config, &error);
    if (status)
        report_early(launcher_is_first(), &error);
    return status;
}

/* The C locale of this thread: numbers in dtrain's options and files have a decimal point, whatever
 * locale the calling program or a model sets for the process. */
int dtrain_main(int argc, char **argv, const struct dtrain_model *model)
{
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain) {
        struct error error;
        error_memory(&error, NULL, "the C locale");
        fprintf(stderr, "dtrain: %s\n", error.text);
        return STATUS_FAILED;
    }
    const locale_t before = uselocale(plain);
    occupy_standard_descriptors();
    signals_let_writes_fail();
    const enum status status = run_program(argc, argv, model);
    signals_restore();
    uselocale(before);
    freelocale(plain);
    return (int)status;
}
