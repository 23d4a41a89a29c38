/* SPDX-License-Identifier: MIT */
#include "engine/batch.h"
#include "testing.h"

#include <string.h>

enum { ROWS = 3, INPUTS = 4, TARGETS = 2, FIRST_ROW = 1000 };

/* Two batches' worth of rows of features, with targets or labels, and weights. */
static float inputs[2 * ROWS * INPUTS];
static double targets[2 * ROWS * TARGETS], weights[2 * ROWS];
static int32_t labels[2 * ROWS];

static struct samples make_samples(bool labelled)
{
    struct samples samples = {.inputs = INPUTS,
                              .first_row = FIRST_ROW,
                              .rows = 2 * (int64_t)ROWS,
                              .floats = inputs,
                              .weights = weights};
    for (int i = 0; i < 2 * ROWS * INPUTS; ++i)
        inputs[i] = i % 3 == 0 ? 0 : (float)i / 7;
    for (int i = 0; i < 2 * ROWS * TARGETS; ++i)
        targets[i] = i / 3.0;
    for (int i = 0; i < 2 * ROWS; ++i) {
        labels[i] = i;
        weights[i] = 1 + i / 4.0;
    }
    if (labelled)
        samples.labels = labels;
    else {
        samples.targets = targets;
        samples.target_count = TARGETS;
    }
    return samples;
}

/* Puts rows at all positions, in an order of their own. */
static void fill(struct batch *batch, const struct samples *samples, int64_t iteration)
{
    batch_begin(batch, iteration);
    for (int64_t position = ROWS - 1; position >= 0; --position) {
        const struct sample sample = samples_row(samples, FIRST_ROW + 2 * position);
        batch_put(batch, position, &sample);
    }
}

static void expect_row(const struct batch *batch, int64_t position, bool labelled)
{
    const int64_t i = 2 * position;
    struct dtrain_call call = {.attempt = 7, .seed = 8, .iteration = 9};
    batch_describe(batch, position, &call);
    for (int d = 0; d < INPUTS; ++d)
        assert_near(call.inputs[d], (double)inputs[i * INPUTS + d], 0);
    for (int m = 0; m < TARGETS && !labelled; ++m)
        assert_near(call.targets[m], targets[i * TARGETS + m], 0);
    assert_int_equal(call.targets == NULL, labelled);
    assert_int_equal(call.label, labelled ? i : -1);
    assert_int_equal(call.row, FIRST_ROW + i);
    assert_near(batch_weight(batch, position), 1 + (double)i / 4, 0);
    /* The rest is not the batch's. */
    assert_true(call.attempt == 7 && call.seed == 8 && call.iteration == 9);
}

static void test_rows_are_described_as_they_were_put(void **state)
{
    (void)state;
    for (int labelled = 0; labelled < 2; ++labelled) {
        const struct samples samples = make_samples(labelled);
        struct batch batch;
        assert_true(batch_create(&batch, ROWS, INPUTS, labelled ? 0 : TARGETS));
        assert_int_equal(batch.iteration, 0);
        for (int64_t iteration = 5; iteration < 7; ++iteration) {
            fill(&batch, &samples, iteration);
            assert_int_equal(batch.iteration, iteration);
            for (int64_t position = 0; position < ROWS; ++position)
                expect_row(&batch, position, labelled);
        }
        batch_destroy(&batch);
    }
}

/* Then the ranks can add up what each has put: nothing of the batch before is left. */
static void test_a_batch_begins_as_zeros(void **state)
{
    (void)state;
    const struct samples samples = make_samples(false);
    struct batch batch;
    assert_true(batch_create(&batch, ROWS, INPUTS, TARGETS));
    fill(&batch, &samples, 5);
    batch_begin(&batch, 6);
    assert_int_equal(batch.count, ROWS * (INPUTS + TARGETS + 2));
    for (size_t i = 0; i < batch.count; ++i)
        assert_near(batch.numbers[i], 0, 0);
    for (int i = 0; i < ROWS; ++i)
        assert_int_equal(batch.numbered[i], 0);
    batch_destroy(&batch);
}

/* The numbers of rows that different ranks have put are those of the whole batch. */
static void test_rows_of_several_ranks_do_not_overlap(void **state)
{
    (void)state;
    const struct samples samples = make_samples(false);
    struct batch whole, part[ROWS];
    assert_true(batch_create(&whole, ROWS, INPUTS, TARGETS));
    fill(&whole, &samples, 5);
    for (int rank = 0; rank < ROWS; ++rank) {
        const struct sample sample = samples_row(&samples, FIRST_ROW + 2 * rank);
        assert_true(batch_create(&part[rank], ROWS, INPUTS, TARGETS));
        batch_begin(&part[rank], 5);
        batch_put(&part[rank], rank, &sample);
    }
    for (size_t i = 0; i < whole.count; ++i) {
        double sum = 0;
        for (int rank = 0; rank < ROWS; ++rank)
            sum += part[rank].numbers[i];
        assert_near(sum, whole.numbers[i], 0);
    }
    for (int rank = 0; rank < ROWS; ++rank)
        batch_destroy(&part[rank]);
    batch_destroy(&whole);
}

static void test_replicates_have_nothing_but_their_numbers(void **state)
{
    (void)state;
    struct batch batch;
    assert_true(batch_create(&batch, ROWS, 0, 0));
    batch_take_replicates(&batch, 5);
    assert_int_equal(batch.iteration, 5);
    for (int64_t position = 0; position < ROWS; ++position) {
        struct dtrain_call call;
        batch_describe(&batch, position, &call);
        assert_null(call.inputs);
        assert_null(call.targets);
        assert_int_equal(call.label, -1);
        assert_int_equal(call.row, position);
        assert_near(batch_weight(&batch, position), 1, 0);
    }
    batch_destroy(&batch);
}

/* The test is linked with --wrap=calloc. */
static int callocs_left = -1; /* how many are granted; -1: all */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    if (callocs_left == 0)
        return NULL;
    callocs_left -= callocs_left > 0;
    return __real_calloc(count, size);
}

static void test_without_memory_nothing_is_left(void **state)
{
    (void)state;
    for (int granted = 0; granted < 2; ++granted) {
        struct batch batch;
        callocs_left = granted;
        const bool created = batch_create(&batch, ROWS, INPUTS, TARGETS);
        callocs_left = -1;
        assert_false(created);
        assert_null(batch.numbers);
        assert_null(batch.numbered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_described_as_they_were_put),
        cmocka_unit_test(test_a_batch_begins_as_zeros),
        cmocka_unit_test(test_rows_of_several_ranks_do_not_overlap),
        cmocka_unit_test(test_replicates_have_nothing_but_their_numbers),
        cmocka_unit_test(test_without_memory_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
