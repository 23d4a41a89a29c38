/* SPDX-License-Identifier: MIT */
#include "training/loader.h"

#include "testing.h"

/* Every call on one rank. The test is linked with --wrap=collective_sum_hash. */
uint64_t __wrap_collective_sum_hash(const struct world *world, uint64_t value);

uint64_t __wrap_collective_sum_hash(const struct world *world, uint64_t value)
{
    (void)world;
    return value;
}

/* There are as many rows as a batch has, and nothing to read, evaluate or free. */
static void test_without_data_there_is_nothing_to_load(void **state)
{
    (void)state;
    const struct world world = {.rank = 1, .size = 3};
    const struct config config = {.batch_size = 5};
    struct dataset none = dataset_none(&world, 5);
    struct loader loader;
    struct error error;
    assert_false(dataset_is_there(&none));
    assert_int_equal(none.global_rows[DATASET_TRAIN], 5);
    assert_int_equal(none.global_rows[DATASET_TEST], 0);
    assert_int_equal(none.inputs, 0);
    assert_int_equal(none.outputs, 0);
    assert_false(none.labelled);
    assert_int_equal(loader_create(&loader, &world, &config, &none, 5, 1, &error), STATUS_DONE);
    assert_int_equal(loader.sampler.epoch_iterations, 1);
    assert_int_equal(loader.set_count, 0);
    assert_null(loader_judge(&loader));
    assert_int_equal(loader_fingerprint(&loader, &world), 0);
    loader_destroy(&loader);
    dataset_close(&none);
    assert_false(dataset_is_there(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_data_there_is_nothing_to_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
