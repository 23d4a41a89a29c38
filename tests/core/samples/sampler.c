/* SPDX-License-Identifier: MIT */
#include "core/samples/sampler.h"
#include "core/numbers/rng.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_MAX = 64, ITERATIONS = 25 };

/* The batch as one rank draws it. */
static void draw_batch(enum sampler_mode mode, const struct holdout *holdout, int64_t b,
                       int64_t iteration, int64_t *rows)
{
    struct sampler sampler;
    assert_true(sampler_create(&sampler, mode, holdout, b, 1, 1, 0, 1));
    sampler_share(&sampler, iteration, rows);
    sampler_destroy(&sampler);
}

/* How a batch is cut, and how much of it is known to be in a share, owned or evaluated. */
struct division {
    int64_t groups;
    int parts;
    int64_t work, owned, evaluated;
};

/* Checks one rank's share: its rows are part of the batch, and inside the rank's shard. */
static void check_share(struct sampler *sampler, int64_t iteration, const int64_t *batch)
{
    int64_t rows[BATCH_MAX];
    const struct range shard = sampler_shard(sampler);
    const int64_t count = sampler_local_batch(sampler);
    const struct share share = sampler_share(sampler, iteration, rows);
    const struct range positions = share_positions(&share);
    assert_memory_equal(rows, batch + sampler->positions.begin, (size_t)count * sizeof *rows);
    assert_true(share.rows + (positions.end - positions.begin) <= rows + count);
    if (positions.begin < positions.end)
        assert_int_equal(share.rows - rows, positions.begin - sampler->positions.begin);
    for (int64_t i = 0; i < count; ++i) {
        assert_in_range(rows[i], shard.begin, shard.end - 1);
        assert_false(holdout_contains(&sampler->holdout, rows[i]));
    }
}

/* The ranks' groups and parts follow one another, and all groups are there in the end. */
static void check_parts(const struct sampler *sampler, struct division *division)
{
    const struct share *share = &sampler->share;
    for (int64_t group = share->groups.begin; group < share->groups.end; ++group) {
        const struct part_range parts = share_parts(share, group, division->parts);
        assert_int_equal(group * division->parts + parts.begin, division->work);
        assert_in_range(parts.end, parts.begin + 1, division->parts);
        division->work += parts.end - parts.begin;
    }
}

static void check_rank(struct sampler *sampler, struct division *division)
{
    const struct range rows = sampler_evaluation_rows(sampler), own = sampler_owned(sampler);
    /* Backwards, as an iteration must not depend on the one drawn before. */
    for (int64_t iteration = ITERATIONS; iteration >= 1; --iteration) {
        int64_t batch[BATCH_MAX];
        draw_batch(sampler->mode, &sampler->holdout, sampler->global_batch, iteration, batch);
        check_share(sampler, iteration, batch);
    }
    check_parts(sampler, division);
    assert_int_equal(rows.begin, division->evaluated);
    if (rows.begin < rows.end) {
        assert_true(rows.begin >= sampler_shard(sampler).begin);
        assert_true(rows.end <= sampler_shard(sampler).end);
    }
    assert_int_equal(sampler->positions.begin + own.begin, division->owned);
    assert_in_range(own.begin, 0, sampler_local_batch(sampler));
    assert_in_range(own.end, own.begin, sampler_local_batch(sampler));
    division->owned = sampler->positions.begin + own.end;
    division->evaluated = rows.end;
}

static void check_size(enum sampler_mode mode, const struct holdout *holdout, int64_t b,
                       int64_t groups, int parts, int size)
{
    struct division division = {.groups = groups, .parts = parts};
    for (int rank = 0; rank < size; ++rank) {
        struct sampler sampler;
        assert_true(sampler_create(&sampler, mode, holdout, b, groups, parts, rank, size));
        check_rank(&sampler, &division);
        sampler_destroy(&sampler);
    }
    assert_int_equal(division.evaluated, holdout->rows);
    assert_int_equal(division.work, groups * parts);
    assert_int_equal(division.owned, b);
}

static void check_sizes(enum sampler_mode mode, int64_t n, int64_t held_out, int64_t b, int parts)
{
    const struct holdout holdout = {5, n, held_out};
    const int sizes[] = {1, 2, 3, 5, 8, (int)b + 3, (int)b * parts + 2};
    for (size_t which = 0; which < sizeof sizes / sizeof *sizes; ++which) {
        check_size(mode, &holdout, b, b, parts, sizes[which]);
        check_size(mode, &holdout, b, share_groups(b), parts, sizes[which]);
    }
}

/* Groups hold at most 32 samples and, from 64 on, at least 8, as evenly as can be; the numbers of
 * groups decide about bits, so they are what they were. */
static void test_groups(void **state)
{
    (void)state;
    const int64_t known[][2] = {{1, 1},     {8, 1},       {9, 2},        {63, 8},
                                {64, 8},    {100, 8},     {256, 8},      {257, 16},
                                {1000, 32}, {10000, 320}, {131072, 4096}};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i)
        assert_int_equal(share_groups(known[i][0]), known[i][1]);
    for (int64_t b = 1; b < 2000; ++b) {
        const struct share share = share_whole(NULL, b, 3);
        for (int64_t group = 0; group < share.global_groups; ++group) {
            const struct range positions = share_group(&share, group);
            assert_in_range(positions.end - positions.begin, b < 64 ? 1 : 8, SHARE_GROUP_MAX);
        }
        assert_int_equal(share_group(&share, share.global_groups - 1).end, b);
    }
}

static void test_shares_are_parts_of_one_batch(void **state)
{
    (void)state;
    const int64_t shapes[][2] = {{60, 10}, {61, 10}, {997, 37}, {5, 1}, {64, 64}, {100, 3}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        const int64_t n = shapes[i][0], b = shapes[i][1], held_out[] = {0, 1, (n - b) / 2, n - b};
        for (int j = 0; j < 4; ++j) {
            check_sizes(SAMPLER_REPLACEMENT, n, held_out[j], b, 1 + (int)i * 7);
            check_sizes(SAMPLER_EPOCH, n, held_out[j], b, 1 + (int)i * 7);
        }
    }
    /* A batch larger than the set. */
    check_sizes(SAMPLER_REPLACEMENT, 7, 0, 20, 3);
    check_sizes(SAMPLER_REPLACEMENT, 7, 6, 20, 3);
}

static void test_an_epoch_uses_a_row_once(void **state)
{
    (void)state;
    enum { N = 113, B = 10, HELD_OUT = 10 };
    const struct holdout holdout = {5, N, HELD_OUT};
    int order_differs = 0;
    int64_t first[B];
    for (int64_t epoch = 0; epoch < 3; ++epoch) {
        int used[N] = {0};
        for (int64_t step = 1; step <= (N - HELD_OUT) / B; ++step) {
            int64_t rows[B];
            draw_batch(SAMPLER_EPOCH, &holdout, B, epoch * ((N - HELD_OUT) / B) + step, rows);
            for (int s = 0; s < B; ++s)
                assert_int_equal(used[rows[s]]++, 0);
            if (step == 1 && epoch == 0)
                memcpy(first, rows, sizeof rows);
            order_differs += step == 1 && memcmp(first, rows, sizeof rows) != 0;
        }
    }
    assert_true(order_differs > 0);
}

static void test_replacement_draws_every_row_alike(void **state)
{
    (void)state;
    enum { N = 13, B = 4, DRAWS = 40000 };
    int count[N] = {0};
    struct sampler sampler;
    assert_true(
        sampler_create(&sampler, SAMPLER_REPLACEMENT, &(struct holdout){1, N, 0}, B, 1, 1, 0, 1));
    for (int64_t iteration = 1; iteration <= DRAWS; ++iteration) {
        int64_t rows[B];
        sampler_share(&sampler, iteration, rows);
        for (int s = 0; s < B; ++s)
            ++count[rows[s]];
    }
    sampler_destroy(&sampler);
    /* 12,308 are expected, with a deviation below 111; five deviations are allowed. */
    for (int row = 0; row < N; ++row)
        assert_near(count[row], (double)DRAWS * B / N, 555);
}

static void test_normal_numbers(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    double sum = 0, squares = 0;
    int beyond_two = 0;
    for (int64_t i = 0; i < COUNT; ++i) {
        const double x = rng_normal(3, RNG_PARAMETERS, i);
        sum += x;
        squares += x * x;
        beyond_two += fabs(x) > 2;
    }
    assert_near(sum / COUNT, 0, 0.016);
    assert_near(squares / COUNT, 1, 0.023);
    assert_near((double)beyond_two / COUNT, 0.0455, 0.0033);
    assert_true(rng_normal(3, RNG_PARAMETERS, 0) != rng_normal(4, RNG_PARAMETERS, 0));
}

/* The numbers were recorded once: if they changed, no earlier run could be repeated. */
static void test_numbers_stay_what_they_were(void **state)
{
    (void)state;
    const int64_t expected[] = {35632, 58851, 40585, 56831};
    for (int i = 0; i < 4; ++i)
        assert_int_equal(rng_below(42, RNG_BATCH, i, i + 1, 60000), expected[i]);
    assert_true(rng_normal(42, RNG_PARAMETERS, 0) == 0x1.5b508b87d06a3p-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_shares_are_parts_of_one_batch),
        cmocka_unit_test(test_an_epoch_uses_a_row_once),
        cmocka_unit_test(test_replacement_draws_every_row_alike),
        cmocka_unit_test(test_normal_numbers),
        cmocka_unit_test(test_numbers_stay_what_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
