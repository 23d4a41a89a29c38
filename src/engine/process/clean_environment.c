/* SPDX-License-Identifier: MIT */
#include "clean_environment.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What marks a process as a rank or task, by the beginnings of the names. The first row that fits
 * decides, and what fits none stays: what a user sets for MPI himself, and what srun has to know of
 * the allocation. */
static const struct rule {
    const char *beginning;
    bool stays;
} rules[] = {
    /* Open MPI 4 and 5 */
    {.beginning = "OMPI_COMM_WORLD_"},
    {.beginning = "OMPI_UNIVERSE_SIZE="},
    {.beginning = "OMPI_APP_CTX"},
    {.beginning = "OMPI_NUM_APP_CTX="},
    {.beginning = "OMPI_FIRST_RANKS="},
    {.beginning = "OMPI_FILE_LOCATION="},
    {.beginning = "OMPI_ARGV="},
    {.beginning = "OMPI_COMMAND="},
    {.beginning = "OMPI_MCA_ess="},
    {.beginning = "OMPI_MCA_ess_"},
    {.beginning = "OMPI_MCA_orte_"},
    {.beginning = "OMPI_MCA_pmix="},
    {.beginning = "OMPI_MCA_initial_wdir="},
    {.beginning = "OMPI_MCA_mpi_oversubscribe="},
    {.beginning = "OMPI_MCA_shmem_RUNTIME_QUERY_hint="},
    {.beginning = "PMIX_MCA_", .stays = true}, /* settings, as are OMPI_MCA_ */
    {.beginning = "PMIX_"},
    {.beginning = "PRTE_MCA_ess_"},
    {.beginning = "PRTE_MCA_", .stays = true},
    {.beginning = "PRTE_"},
    /* MPICH, Intel MPI and others with its launcher; HYDRA_ and MPIEXEC_ are settings */
    {.beginning = "PMI_"},
    {.beginning = "HYDI_"},
    {.beginning = "MPI_LOCAL"},
    {.beginning = "MPIR_CVAR_CH3_INTERFACE_HOSTNAME="},
    /* Slurm: which task of which step this is, and the cores and memory that it is bound to */
    {.beginning = "SLURM_PROCID="},
    {.beginning = "SLURM_LOCALID="},
    {.beginning = "SLURM_NODEID="},
    {.beginning = "SLURM_TASK_PID="},
    {.beginning = "SLURM_GTIDS="},
    {.beginning = "SLURM_STEP"},
    {.beginning = "SLURM_SRUN_"},
    {.beginning = "SLURM_PMI"},
    {.beginning = "SLURM_CPU_BIND"},
    {.beginning = "SLURM_MEM_BIND"},
    /* dtrain's own settings */
    {.beginning = "DTRAIN_PYTHON=", .stays = true},
    {.beginning = "DTRAIN_"},
};

/* The value of "NAME=VALUE" if it has that beginning, "NAME="; else NULL. */
static const char *after(const char *entry, const char *beginning)
{
    const size_t length = strlen(beginning);
    return strncmp(entry, beginning, length) == 0 ? entry + length : NULL;
}

static bool stays(const char *entry)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; ++i)
        if (after(entry, rules[i].beginning))
            return rules[i].stays;
    return true;
}

/* Texts one after the other in memory, or, while `texts` is NULL, only their number and size. */
struct list {
    char **texts;
    char *memory;
    size_t count, size, room;
};

__attribute__((format(printf, 2, 3))) static void add(struct list *list, const char *format, ...)
{
    char none[1];
    char *const text = list->texts ? list->memory + list->size : none;
    const size_t room = list->texts ? list->room - list->size : sizeof none;
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(text, room, format, values);
    va_end(values);
    if (list->texts)
        list->texts[list->count] = text;
    ++list->count;
    list->size += (size_t)length + 1;
}

/* What is taken over, and what is new. */
struct contents {
    char *const *environment;
    int rank, ranks;
    const char *scratch, *python;
};

static void add_all(struct list *list, const struct contents *contents)
{
    const char *const python = contents->python, *python_path = NULL;
    for (char *const *entry = contents->environment; *entry; ++entry) {
        const bool is_path = python && after(*entry, "PYTHONPATH=");
        if (is_path)
            python_path = after(*entry, "PYTHONPATH=");
        else if (stays(*entry) && !(python && after(*entry, "DTRAIN_PYTHON=")))
            add(list, "%s", *entry);
    }
    add(list, "DTRAIN_RANK=%d", contents->rank);
    add(list, "DTRAIN_RANKS=%d", contents->ranks);
    add(list, "DTRAIN_SCRATCH=%s", contents->scratch);
    if (!python)
        return;
    add(list, "DTRAIN_PYTHON=%s", python);
    /* A colon without a folder behind it would stand for the working folder. */
    const bool has_others = python_path && *python_path;
    add(list, "PYTHONPATH=%s%s%s", python, has_others ? ":" : "", has_others ? python_path : "");
}

char **clean_environment_make(char *const *environment, int rank, int ranks, const char *scratch,
                              const char *python)
{
    const struct contents contents = {environment, rank, ranks, scratch, python};
    struct list list = {.texts = NULL};
    add_all(&list, &contents);
    const size_t table = (list.count + 1) * sizeof *list.texts;
    char **const texts = malloc(table + list.size);
    if (!texts)
        return NULL;
    list = (struct list){.texts = texts, .memory = (char *)texts + table, .room = list.size};
    add_all(&list, &contents);
    texts[list.count] = NULL;
    return texts;
}
