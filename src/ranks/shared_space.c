/* SPDX-License-Identifier: MIT */
#include "shared_space.h"

#include "launcher.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

/* What each rank reserves for its messages: btl_vader_segment_size and btl_sm_segment_size. */
static const double rank_bytes = 4 << 20;

static const char *const default_folder = "/dev/shm";

/* Which folders Open MPI uses: for windows, and for messages in versions 4 and 5. */
static const char *const variables[] = {"OMPI_MCA_osc_sm_backing_directory",
                                        "OMPI_MCA_btl_vader_backing_directory",
                                        "OMPI_MCA_btl_sm_backing_directory"};
enum { VARIABLES = sizeof variables / sizeof *variables };

/* The free bytes of the file system of a folder; infinite where that cannot be known. */
static double free_bytes(const char *folder)
{
    struct statvfs info;
    return statvfs(folder, &info) == 0 ? (double)info.f_bavail * (double)info.f_frsize : INFINITY;
}

static bool is_chosen_by_user(void)
{
    for (int i = 0; i < VARIABLES; ++i)
        if (getenv(variables[i]))
            return true;
    return false;
}

static void use(const char *folder, double room, double needed)
{
    for (int i = 0; i < VARIABLES; ++i)
        setenv(variables[i], folder, 1);
    if (launcher_is_first_of_node())
        fprintf(stderr, "dtrain: %s has %.3g MB free, and MPI needs %.3g MB: it takes %s\n",
                default_folder, room * 1e-6, needed * 1e-6, folder);
}

enum status shared_space_prepare(struct error *error)
{
    const int ranks = launcher_ranks_of_node();
    const double needed = ranks * rank_bytes, room = free_bytes(default_folder);
    const char *const temporary = getenv("TMPDIR");
    const char *const other = temporary && *temporary ? temporary : "/tmp";
    if (ranks < 2 || room >= needed || is_chosen_by_user())
        return STATUS_DONE;
    if (free_bytes(other) >= needed)
        use(other, room, needed);
    /* MPI needs room for at least one of these files at a time, and does not fill all of them at
     * once. */
    else if (room < rank_bytes)
        return error_set(error, STATUS_FAILED,
                         "%s has %.3g MB free, and MPI needs %.3g MB for %d ranks: make room, or "
                         "set TMPDIR to a folder with room",
                         default_folder, room * 1e-6, needed * 1e-6, ranks);
    return STATUS_DONE;
}

enum status shared_space_check(double bytes, int ranks, const char *otherwise, struct error *error)
{
    const char *const chosen = getenv(variables[0]);
    const char *const folder = chosen ? chosen : default_folder;
    const double needed = bytes + ranks * rank_bytes, room = free_bytes(folder);
    if (room >= needed)
        return STATUS_DONE;
    return error_set(
        error, STATUS_FAILED,
        "%s has %.3g MB free, and sums and parameters in shared memory need %.3g MB: %s", folder,
        room * 1e-6, needed * 1e-6, otherwise);
}
