/* SPDX-License-Identifier: MIT
 *
 * The program: settles the command line, starts MPI, runs a command, and leaves with the one
 * status on which all ranks agree. */
#include "commands.h"
#include "dtrain/signals.h"
#include "version.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

/* Whether this process speaks for the job before MPI has started: launchers tell the ranks their
 * numbers in the environment. */
static bool is_first_process(void)
{
    const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        const char *rank = getenv(names[i]);
        if (rank)
            return atoi(rank) == 0;
    }
    return true;
}

/* Launchers kill a job at its first process that fails: the others let the first one speak. */
static void report_usage_error(const struct error *error)
{
    if (is_first_process())
        fprintf(stderr, "dtrain: %s\n", error->text);
    else
        sleep(1);
}

static enum status run_command(const struct config *config, char *const *argv,
                               const struct world *world, struct error *error)
{
    switch (config->command) {
    case COMMAND_TRAIN:
        return train_command(world, config, argv, error);
    case COMMAND_EVAL:
        return evaluate_command(world, config, error);
    case COMMAND_GRADCHECK:
        return gradcheck_command(world, config, error);
    case COMMAND_BATCHES:
        return batches_command(world, config, error);
    case COMMAND_IMPORT:
        return import_command(world, config, error);
    case COMMAND_PREDICT:
        return predict_command(world, config, error);
    }
    return STATUS_USAGE;
}

static void hash_setting(void *context, const struct config_entry *entry)
{
    uint64_t *hash = context;
    /* A copy of the data may lie elsewhere on each host. */
    if (strcmp(entry->name, "data") == 0)
        return;
    *hash = XXH3_64bits_withSeed(entry->name, strlen(entry->name), *hash);
    *hash = XXH3_64bits_withSeed(entry->value, strlen(entry->value), *hash);
}

/* Ranks that read different settings, from an environment that did not reach all hosts say, would
 * wait for each other forever or compute nonsense. */
static enum status agree_on_settings(const struct config *config, const struct world *world,
                                     struct error *error)
{
    uint64_t own = (uint64_t)config->command, first;
    config_each(config, hash_setting, &own);
    first = own;
    MPI_Bcast(&first, 1, MPI_UINT64_T, 0, world->comm);
    enum status status = STATUS_DONE;
    if (own != first)
        status = error_set(error, STATUS_USAGE,
                           "not all ranks have the same settings as rank 0: give them on the "
                           "command line, or send DTRAIN_* to all hosts (mpirun -x)");
    return world_agree(world, status, error);
}

static enum status run_under_mpi(int *argc, char ***argv, const struct config *config)
{
    struct error error = {STATUS_DONE, ""};
    /* From the first moment on: a run that is asked to stop while it starts stops in order. */
    if (config->command == COMMAND_TRAIN)
        signals_catch();
    /* For shared file pointers, which HDF5 does not use, Open MPI would make a lock file beside the
     * dataset, and leave it there if killed (open-mpi/ompi#10053). Another choice of the user's
     * stays. */
    setenv("OMPI_MCA_sharedfp", "^lockedfile", 0);
    MPI_Init(argc, argv);
    /* HDF5 says more on a failure than a user can use; dtrain says what matters itself. */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const struct world world = world_of_all();
    enum status status = agree_on_settings(config, &world, &error);
    if (!status)
        status = run_command(config, *argv, &world, &error);
    if (status != STATUS_DONE)
        world_report(&world, &error);
    MPI_Finalize();
    return status;
}

const char *dtrain_version(void)
{
    return DTRAIN_VERSION;
}

/* What needs no MPI. */
static void describe(const struct config *config)
{
    if (config->version)
        puts("dtrain " DTRAIN_VERSION " (" DTRAIN_REVISION ")");
    else if (config->help)
        help_print(stdout, config->command);
    else if (strcmp(config->generate, "man") == 0)
        help_print_man(stdout);
    else
        help_print_completion(stdout);
}

int dtrain_main(int argc, char **argv, const struct dtrain_model *model)
{
    struct config config;
    struct error error;
    if (config_parse(argc, argv, &config, &error)) {
        report_usage_error(&error);
        return STATUS_USAGE;
    }
    config.linked_model = model;
    if (config.version || config.help || config.generate) {
        if (is_first_process())
            describe(&config);
        return STATUS_DONE;
    }
    return (int)run_under_mpi(&argc, &argv, &config);
}
