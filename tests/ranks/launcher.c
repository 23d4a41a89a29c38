/* SPDX-License-Identifier: MIT
 *
 * Which environments say that this process is one of several, and which of them prints. */
#include "ranks/launcher.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

static const char *const pairs[][2] = {
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
    {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"},
    {"MVP_COMM_WORLD_SIZE", "MVP_COMM_WORLD_RANK"},
    {"JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK"},
    {"PALS_SIZE", "PALS_RANKID"},
    {"FLUX_JOB_SIZE", "FLUX_TASK_RANK"},
    {"PMI_SIZE", "PMI_RANK"},
    {"WORLD_SIZE", "RANK"},
    {"HOROVOD_SIZE", "HOROVOD_RANK"},
    {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static int forget_all(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS; ++i) {
        unsetenv(pairs[i][0]);
        unsetenv(pairs[i][1]);
    }
    unsetenv("PMIX_RANK");
    return 0;
}

static void expect(enum status status, bool is_first)
{
    struct error error;
    assert_int_equal(launcher_check_alone(&error), status);
    assert_int_equal(launcher_is_first(), is_first);
}

static void set(const char *size, const char *ranks, const char *rank, const char *number)
{
    setenv(size, ranks, 1);
    setenv(rank, number, 1);
}

static void test_one_of_several_is_not_alone(void **state)
{
    struct error error;
    expect(STATUS_DONE, true);
    for (int i = 0; i < PAIRS; ++i) {
        set(pairs[i][0], "4", pairs[i][1], "0");
        expect(STATUS_USAGE, true);
        set(pairs[i][0], "4", pairs[i][1], "3");
        expect(STATUS_USAGE, false);
        assert_int_equal(launcher_check_alone(&error), STATUS_USAGE);
        assert_non_null(strstr(error.text, " started 4 processes, "));
        assert_non_null(strstr(error.text, "mpirun"));
        set(pairs[i][0], "1", pairs[i][1], "0");
        expect(STATUS_DONE, true);
        forget_all(state);
    }
}

/* As in a batch script, which is one process, or where the variable means something else. */
static void test_one_variable_alone_says_nothing(void **state)
{
    for (int i = 0; i < PAIRS; ++i) {
        setenv(pairs[i][0], "4", 1);
        expect(STATUS_DONE, true);
        forget_all(state);
        setenv(pairs[i][1], "3", 1);
        expect(STATUS_DONE, true);
        forget_all(state);
    }
    set("WORLD_SIZE", "4", "RANK", "16");
    expect(STATUS_DONE, true);
    set("WORLD_SIZE", "large", "RANK", "0");
    expect(STATUS_DONE, true);
    forget_all(state);
    setenv("SLURM_NTASKS", "4", 1);
    setenv("SLURM_PROCID", "0", 1);
    expect(STATUS_DONE, true);
    unsetenv("SLURM_NTASKS");
}

static void test_pmix_tells_the_rank_alone(void **state)
{
    (void)state;
    setenv("PMIX_RANK", "2", 1);
    expect(STATUS_DONE, false);
}

static void test_a_job_of_mpi_decides_for_those_around_it(void **state)
{
    set("SLURM_STEP_NUM_TASKS", "4", "SLURM_PROCID", "3");
    set("WORLD_SIZE", "4", "RANK", "3");
    set("OMPI_COMM_WORLD_SIZE", "1", "OMPI_COMM_WORLD_RANK", "0");
    expect(STATUS_DONE, true);
    forget_all(state);
    /* torchrun starts none: that of 1 process says nothing of the tasks of srun. */
    set("SLURM_STEP_NUM_TASKS", "4", "SLURM_PROCID", "3");
    set("WORLD_SIZE", "1", "RANK", "0");
    expect(STATUS_USAGE, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_of_several_is_not_alone, forget_all),
        cmocka_unit_test_setup(test_one_variable_alone_says_nothing, forget_all),
        cmocka_unit_test_setup(test_pmix_tells_the_rank_alone, forget_all),
        cmocka_unit_test_setup(test_a_job_of_mpi_decides_for_those_around_it, forget_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
