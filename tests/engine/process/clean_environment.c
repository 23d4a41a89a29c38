/* SPDX-License-Identifier: MIT
 *
 * A simulation inherits the environment, but not that it is a rank. */
#include "engine/process/clean_environment.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

static void expect(char *const *environment, const char *python, const char *const *expected)
{
    char **const got = clean_environment_make(environment, 3, 64, "/scratch/a b", python);
    assert_non_null(got);
    size_t i = 0;
    for (; expected[i]; ++i) {
        assert_non_null(got[i]);
        assert_string_equal(got[i], expected[i]);
    }
    assert_null(got[i]);
    free(got);
}

/* Copies of texts, as an environment is not constant. */
static char **copy(const char *const *texts)
{
    static char memory[200][100], *environment[200];
    size_t count = 0;
    for (; texts[count]; ++count)
        environment[count] = strcpy(memory[count], texts[count]);
    environment[count] = NULL;
    return environment;
}

static void test_what_marks_a_rank_goes(void **state)
{
    (void)state;
    static const char *const ranks[] = {"OMPI_COMM_WORLD_RANK=3",
                                        "OMPI_COMM_WORLD_LOCAL_RANK=3",
                                        "OMPI_UNIVERSE_SIZE=1",
                                        "OMPI_APP_CTX_NUM_PROCS=1",
                                        "OMPI_FIRST_RANKS=0",
                                        "OMPI_FILE_LOCATION=/tmp/a",
                                        "OMPI_ARGV=a",
                                        "OMPI_COMMAND=dtrain",
                                        "OMPI_NUM_APP_CTX=1",
                                        "OMPI_MCA_ess=^singleton",
                                        "OMPI_MCA_ess_base_jobid=1",
                                        "OMPI_MCA_orte_hnp_uri=1",
                                        "OMPI_MCA_pmix=^s1",
                                        "OMPI_MCA_initial_wdir=/",
                                        "OMPI_MCA_mpi_oversubscribe=0",
                                        "OMPI_MCA_shmem_RUNTIME_QUERY_hint=mmap",
                                        "PMIX_RANK=0",
                                        "PMIX_SERVER_URI41=1",
                                        "PMIX_NAMESPACE=1",
                                        "PRTE_LAUNCHED=1",
                                        "PRTE_MCA_ess_base_vpid=0",
                                        "PMI_RANK=1",
                                        "PMI_FD=5",
                                        "HYDI_CONTROL_FD=6",
                                        "MPI_LOCALNRANKS=1",
                                        "MPI_LOCALRANKID=0",
                                        "MPIR_CVAR_CH3_INTERFACE_HOSTNAME=h",
                                        "SLURM_PROCID=3",
                                        "SLURM_LOCALID=1",
                                        "SLURM_NODEID=0",
                                        "SLURM_TASK_PID=1",
                                        "SLURM_GTIDS=0",
                                        "SLURM_STEP_ID=0",
                                        "SLURM_STEPID=0",
                                        "SLURM_STEP_NODELIST=a",
                                        "SLURM_SRUN_COMM_PORT=1",
                                        "SLURM_PMIXP_ABORT_AGENT_PORT=1",
                                        "SLURM_CPU_BIND=quiet",
                                        "SLURM_CPU_BIND_LIST=0x1",
                                        "SLURM_MEM_BIND=none",
                                        "DTRAIN_SEED=1",
                                        "DTRAIN_RANK=7",
                                        "DTRAIN_SCRATCH=/b",
                                        NULL};
    static const char *const expected[] = {"DTRAIN_RANK=3", "DTRAIN_RANKS=64",
                                           "DTRAIN_SCRATCH=/scratch/a b", NULL};
    expect(copy(ranks), NULL, expected);
}

static void test_what_the_user_sets_stays(void **state)
{
    (void)state;
    static const char *const settings[] = {"PATH=/bin",
                                           "EMPTY=",
                                           "no sign",
                                           "OMPI_MCA_btl=self,vader",
                                           "OMPI_MCA_essential=1",
                                           "OMPI_ALLOW_RUN_AS_ROOT=1",
                                           "PMIX_MCA_gds=hash",
                                           "PRTE_MCA_rmaps_default_mapping_policy=a",
                                           "HYDRA_LAUNCHER=ssh",
                                           "MPIEXEC_TIMEOUT=9",
                                           "OMPI_COMMANDS=1",
                                           "MYPMI_RANK=1",
                                           "SLURM_JOB_ID=7",
                                           "SLURM_JOB_NODELIST=a",
                                           "SLURM_TASKS_PER_NODE=2",
                                           "SLURM_NNODES=1",
                                           "OMP_NUM_THREADS=2",
                                           "PYTHONPATH=/a:/b",
                                           "DTRAIN_PYTHON=/old",
                                           NULL};
    static const char *const own[] = {"DTRAIN_RANK=3", "DTRAIN_RANKS=64",
                                      "DTRAIN_SCRATCH=/scratch/a b"};
    const char *expected[30];
    size_t count = 0;
    for (; settings[count]; ++count)
        expected[count] = settings[count];
    memcpy(expected + count, own, sizeof own);
    expected[count + 3] = NULL;
    expect(copy(settings), NULL, expected);
}

static void test_the_folder_of_the_helper(void **state)
{
    (void)state;
    static const char *const before[] = {"PYTHONPATH=/a:/b", "DTRAIN_PYTHON=/old", "A=b", NULL};
    static const char *const expected[] = {"A=b",
                                           "DTRAIN_RANK=3",
                                           "DTRAIN_RANKS=64",
                                           "DTRAIN_SCRATCH=/scratch/a b",
                                           "DTRAIN_PYTHON=/py",
                                           "PYTHONPATH=/py:/a:/b",
                                           NULL};
    static const char *const empty[] = {"PYTHONPATH=", "A=b", NULL};
    static const char *const alone[] = {"A=b",
                                        "DTRAIN_RANK=3",
                                        "DTRAIN_RANKS=64",
                                        "DTRAIN_SCRATCH=/scratch/a b",
                                        "DTRAIN_PYTHON=/py",
                                        "PYTHONPATH=/py",
                                        NULL};
    expect(copy(before), "/py", expected);
    expect(copy(empty), "/py", alone);
    expect(copy(empty + 1), "/py", alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_marks_a_rank_goes),
        cmocka_unit_test(test_what_the_user_sets_stays),
        cmocka_unit_test(test_the_folder_of_the_helper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
