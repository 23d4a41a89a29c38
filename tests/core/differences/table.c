/* SPDX-License-Identifier: MIT */
#include "core/differences/table.h"
#include "described.h"

#include <stdlib.h>
#include <string.h>

/* With a step of 0.25: free; at its upper bound, at its lower bound, fixed; with too little room
 * on both sides; and one that such a step does not move. */
static const struct dtrain_parameter all_sorts[] = {
    {.initial = 1},
    {.initial = 2, .lower = 0, .upper = 2},
    {.initial = 0, .lower = 0, .upper = 2},
    {.initial = 3, .lower = 3, .upper = 3},
    {.initial = 1, .lower = 0.875, .upper = 1.125},
    {.initial = 0x1p60},
    {.initial = -1, .lower = -1.25, .upper = -0.75},
};
enum { ALL_SORTS = sizeof all_sorts / sizeof *all_sorts };

/* What stands in each evaluation's place. */
static void check_order(const struct table *table, const struct evaluation *evaluation,
                        size_t number)
{
    const size_t b = (size_t)table->rows, before = (size_t)table->before;
    if (number < before) {
        assert_int_equal(evaluation->kind, EVALUATION_AFTER);
        return;
    }
    const size_t i = number - before;
    const bool is_own = table->own_first ? i < b : i >= b * table->side_count;
    assert_int_equal(evaluation->kind, is_own ? EVALUATION_OWN : EVALUATION_SIDE);
}

/* The number that an evaluation has. */
static size_t number_of(const struct table *table, const struct evaluation *evaluation)
{
    if (evaluation->kind == EVALUATION_AFTER)
        return (size_t)evaluation->row;
    if (evaluation->kind == EVALUATION_OWN)
        return table_own(table, evaluation->row);
    size_t side = 0;
    while (table->sides[side].parameter != evaluation->parameter ||
           table->sides[side].side != evaluation->side)
        ++side;
    assert_true(side < table->side_count);
    return table_side(table, evaluation->row, side);
}

/* Each number is an evaluation that has this number, and all together are all that there are. */
static void check_numbers(const struct table *table)
{
    const size_t b = (size_t)table->rows;
    assert_int_equal(table->count, (size_t)table->before + b + b * table->side_count);
    assert_int_equal(table->first, table->own_first ? table->count : table->count - b);
    for (size_t number = 0; number < table->count; ++number) {
        const struct evaluation evaluation = table_evaluation(table, number);
        const int64_t rows = evaluation.kind == EVALUATION_AFTER ? table->before : table->rows;
        assert_true(evaluation.row >= 0 && evaluation.row < rows);
        check_order(table, &evaluation, number);
        assert_int_equal(number_of(table, &evaluation), number);
    }
}

static void check_shapes(const struct parameters *parameters, enum difference_kind kind)
{
    struct table table;
    assert_true(table_create(&table, parameters));
    for (int64_t before = 0; before <= 5; before += 5)
        for (int64_t rows = 0; rows <= 7; ++rows) {
            table_fill(&table, kind, parameters->initial, before, rows);
            check_numbers(&table);
            assert_true(table.count <=
                        (size_t)before + table_capacity(parameters, rows) - (size_t)rows);
        }
    table_destroy(&table);
}

static void test_numbers_and_evaluations_are_one_to_one(void **state)
{
    (void)state;
    for (size_t first = 0; first < ALL_SORTS; ++first)
        for (size_t count = 1; count <= ALL_SORTS - first; ++count) {
            struct parameters parameters = describe(all_sorts + first, count, 0.25);
            check_shapes(&parameters, DIFFERENCE_CENTRAL);
            check_shapes(&parameters, DIFFERENCE_FORWARD);
            parameters_destroy(&parameters);
        }
}

static void check_sides(enum difference_kind kind, const struct table_side *expected, size_t count)
{
    struct parameters parameters = describe(all_sorts, ALL_SORTS, 0.25);
    struct table table;
    assert_true(table_create(&table, &parameters));
    table_fill(&table, kind, parameters.initial, 3, 2);
    assert_int_equal(table.side_count, count);
    for (size_t i = 0; i < count; ++i) {
        assert_int_equal(table.sides[i].parameter, expected[i].parameter);
        assert_int_equal(table.sides[i].side, expected[i].side);
    }
    assert_true(table.own_first);
    table_destroy(&table);
    parameters_destroy(&parameters);
}

static void test_sides_stay_inside_and_move(void **state)
{
    (void)state;
    const struct table_side central[] = {{0, +1}, {0, -1}, {1, -1}, {2, +1}, {6, +1}, {6, -1}};
    const struct table_side forward[] = {{0, +1}, {1, -1}, {2, +1}, {6, +1}};
    check_sides(DIFFERENCE_CENTRAL, central, sizeof central / sizeof *central);
    check_sides(DIFFERENCE_FORWARD, forward, sizeof forward / sizeof *forward);
}

/* Not even where weights from elsewhere are a step away from where it is fixed. */
static void test_a_fixed_parameter_has_no_sides(void **state)
{
    (void)state;
    struct parameters parameters = describe(all_sorts + 3, 1, 0.25);
    struct table table;
    const double theta = 2.75;
    assert_true(table_create(&table, &parameters));
    table_fill(&table, DIFFERENCE_CENTRAL, &theta, 0, 2);
    assert_int_equal(table.side_count, 0);
    assert_int_equal(table.first, 0);
    table_destroy(&table);
    parameters_destroy(&parameters);
}

/* A step may be lost in rounding on one side only, and may lead out of all numbers. */
static void test_rounding_and_overflow_take_sides(void **state)
{
    (void)state;
    const struct dtrain_parameter list[] = {{.initial = 0x1p54, .step = 1},
                                            {.initial = 0x1.fffffffffffffp1023, .step = 0x1p1000}};
    struct parameters parameters = describe(list, 2, 1);
    struct table table;
    assert_true(table_create(&table, &parameters));
    table_fill(&table, DIFFERENCE_CENTRAL, parameters.initial, 0, 1);
    assert_int_equal(table.side_count, 1);
    assert_int_equal(table.sides[0].parameter, 1);
    assert_int_equal(table.sides[0].side, -1);
    const double theta[] = {0x1p53, 0};
    table_fill(&table, DIFFERENCE_CENTRAL, theta, 0, 1);
    assert_int_equal(table.sides[0].parameter, 0);
    assert_int_equal(table.sides[0].side, -1);
    assert_true(table_moved(&table, 0, -1) == 0x1p53 - 1);
    table_destroy(&table);
    parameters_destroy(&parameters);
}

/* Without a single side the rows' own losses are done in a second round, if at all. */
static void test_own_losses_come_last_where_all_are_pairs(void **state)
{
    (void)state;
    struct parameters parameters = describe(NULL, 4, 1e-4);
    struct table table;
    assert_true(table_create(&table, &parameters));
    table_fill(&table, DIFFERENCE_CENTRAL, parameters.initial, 0, 3);
    assert_false(table.own_first);
    assert_int_equal(table.first, 24);
    assert_int_equal(table.count, 27);
    assert_int_equal(table_own(&table, 2), 26);
    assert_int_equal(table_side(&table, 2, 7), 23);
    table_fill(&table, DIFFERENCE_FORWARD, parameters.initial, 0, 3);
    assert_true(table.own_first);
    assert_int_equal(table.first, 15);
    table_fill(&table, DIFFERENCE_CENTRAL, parameters.initial, 0, 3);
    assert_false(table.own_first);
    table_destroy(&table);
    parameters_destroy(&parameters);
}

/* The losses after the last update of a run. */
static void test_a_table_without_a_batch(void **state)
{
    (void)state;
    struct parameters parameters = describe(all_sorts, ALL_SORTS, 0.25);
    struct table table;
    assert_true(table_create(&table, &parameters));
    table_fill(&table, DIFFERENCE_CENTRAL, parameters.initial, 6, 0);
    assert_int_equal(table.first, 6);
    assert_int_equal(table.count, 6);
    table_destroy(&table);
    parameters_destroy(&parameters);
}

static void test_the_largest_table(void **state)
{
    (void)state;
    struct parameters parameters = describe(all_sorts, ALL_SORTS, 0.25);
    /* Six are free. */
    assert_int_equal(table_capacity(&parameters, 10), 140);
    assert_int_equal(table_capacity(&parameters, (int64_t)(TABLE_MAX / 14)), TABLE_MAX / 14 * 14);
    assert_true(table_capacity(&parameters, (int64_t)(TABLE_MAX / 14) + 1) == SIZE_MAX);
    assert_true(table_capacity(&parameters, INT64_MAX) == SIZE_MAX);
    parameters_destroy(&parameters);
}

static void test_kinds_have_names(void **state)
{
    (void)state;
    assert_int_equal(difference_find("central"), DIFFERENCE_CENTRAL);
    assert_int_equal(difference_find("forward"), DIFFERENCE_FORWARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_and_evaluations_are_one_to_one),
        cmocka_unit_test(test_sides_stay_inside_and_move),
        cmocka_unit_test(test_a_fixed_parameter_has_no_sides),
        cmocka_unit_test(test_rounding_and_overflow_take_sides),
        cmocka_unit_test(test_own_losses_come_last_where_all_are_pairs),
        cmocka_unit_test(test_a_table_without_a_batch),
        cmocka_unit_test(test_the_largest_table),
        cmocka_unit_test(test_kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
