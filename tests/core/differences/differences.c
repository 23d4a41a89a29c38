/* SPDX-License-Identifier: MIT
 *
 * The loss of row r is the sum of (1 + r) f_p(theta[p]), with five functions whose derivatives are
 * known, and a sixth parameter that is fixed. All are curved, so one-sided differences show. */
#include "core/differences/differences.h"
#include "described.h"

#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS = 5, P = FUNCTIONS + 1, FIXED = FUNCTIONS, B = 7 };
static const double step = 0x1p-10;

static const struct dtrain_parameter list[P] = {
    {.initial = 0.5}, {.initial = 2},  {.initial = 0.75},
    {.initial = 3},   {.initial = -1}, {.initial = 1, .lower = 1, .upper = 1}};

static double value(size_t p, double x)
{
    const double values[P] = {exp(x), x * x * x, 1 / x, log(x), (x - 3) * (x - 3), 5 * x};
    return values[p];
}

static double derivative(size_t p, double x)
{
    const double derivatives[P] = {exp(x), 3 * x * x, -1 / (x * x), 1 / x, 2 * (x - 3), 0};
    return derivatives[p];
}

/* A table with its losses, and the gradient that is taken of them. */
struct trial {
    struct parameters parameters;
    struct table table;
    double losses[B * (2 * P + 2)];
    double gradient[P];
    int64_t rows[P];
    struct differences differences;
};

static double loss_of(const struct trial *t, const struct evaluation *evaluation)
{
    double loss = 0;
    for (size_t p = 0; p < P; ++p) {
        const bool moves = evaluation->kind == EVALUATION_SIDE && evaluation->parameter == p;
        loss += value(p, moves ? table_moved(&t->table, p, evaluation->side) : t->table.theta[p]);
    }
    return (double)(1 + evaluation->row) * loss;
}

/* Evaluates the table; the second round's losses are missing. */
static void begin_with(struct trial *t, const struct dtrain_parameter *described,
                       enum difference_kind kind)
{
    t->parameters = describe(described, P, step);
    assert_true(table_create(&t->table, &t->parameters));
    table_fill(&t->table, kind, t->parameters.initial, 3, B);
    for (size_t number = 0; number < t->table.count; ++number) {
        const struct evaluation evaluation = table_evaluation(&t->table, number);
        t->losses[number] = number < t->table.first ? loss_of(t, &evaluation) : (double)NAN;
    }
}

static void begin(struct trial *t)
{
    begin_with(t, list, DIFFERENCE_CENTRAL);
}

static void end(struct trial *t)
{
    table_destroy(&t->table);
    parameters_destroy(&t->parameters);
}

static void take(struct trial *t, enum failure_policy policy, const double *weights)
{
    memset(t->gradient, 0xff, sizeof t->gradient);
    memset(t->rows, 0xff, sizeof t->rows);
    t->differences = (struct differences){
        .gradient = t->gradient, .rows = t->rows, .one_sided = 99, .left_out = 99, .without = 99};
    differences_take(&t->table, policy, t->losses, weights, &t->differences);
}

/* The loss of a row with a parameter moved to that side; side 0: the row's own. */
static double *loss_at(struct trial *t, int64_t row, size_t p, int side)
{
    if (side == 0)
        return &t->losses[table_own(&t->table, row)];
    for (size_t i = 0; i < t->table.side_count; ++i)
        if (t->table.sides[i].parameter == p && t->table.sides[i].side == side)
            return &t->losses[table_side(&t->table, row, i)];
    fail_msg("parameter %zu has no such side", p);
    return NULL;
}

static void lose(struct trial *t, int64_t row, size_t p, int side)
{
    *loss_at(t, row, p, side) = (double)NAN;
}

/* Makes the second round, whose rows must be these. */
static void evaluate_wanted(struct trial *t, const int64_t *rows, size_t count)
{
    uint32_t numbers[B];
    assert_int_equal(differences_wanted(&t->table, FAILURE_ONE_SIDED, t->losses, numbers), count);
    for (size_t i = 0; i < count; ++i) {
        assert_int_equal(numbers[i], table_own(&t->table, rows[i]));
        const struct evaluation evaluation = table_evaluation(&t->table, numbers[i]);
        t->losses[numbers[i]] = loss_of(t, &evaluation);
    }
}

/* How far a component is from the derivative, averaged over all rows but those in the bit mask. */
static double error_of(const struct trial *t, size_t p, unsigned without)
{
    double sum = 0;
    int count = 0;
    for (int row = 0; row < B; ++row)
        if (!(without >> row & 1)) {
            sum += (1 + row) * derivative(p, t->table.theta[p]);
            ++count;
        }
    return fabs(t->gradient[p] - sum / count);
}

/* A central difference is off by h^2 / 6 times the third derivative, of which the largest is that
 * of 1 / x: 6 / 0.75^4 = 19, and the mean of 1 + r is 4. */
static const double central_error = 4 * 19 / 6.0 * 0x1p-20;

static void test_central_differences(void **state)
{
    (void)state;
    struct trial t;
    begin(&t);
    take(&t, FAILURE_STOP, NULL);
    for (size_t p = 0; p < FUNCTIONS; ++p) {
        assert_near(error_of(&t, p, 0), 0, 1.01 * central_error);
        assert_int_equal(t.rows[p], B);
    }
    assert_int_equal(t.differences.one_sided, 0);
    assert_int_equal(t.differences.left_out, 0);
    assert_int_equal(t.differences.without, 0);
    assert_int_equal(t.differences.first_without, P);
    end(&t);
}

static void test_a_fixed_parameter_has_no_gradient(void **state)
{
    (void)state;
    struct trial t;
    begin(&t);
    take(&t, FAILURE_SKIP, NULL);
    assert_true(t.gradient[FIXED] == 0);
    assert_int_equal(t.rows[FIXED], 0);
    assert_int_equal(t.differences.without, 0);
    end(&t);
}

/* The errors of forward differences. */
static void forward_errors(double errors[FUNCTIONS])
{
    struct trial t;
    begin_with(&t, list, DIFFERENCE_FORWARD);
    take(&t, FAILURE_STOP, NULL);
    for (size_t p = 0; p < FUNCTIONS; ++p) {
        errors[p] = error_of(&t, p, 0);
        assert_true(errors[p] > 2 * central_error);
        assert_int_equal(t.rows[p], B);
    }
    assert_int_equal(t.differences.one_sided, 0);
    end(&t);
}

static void test_one_sided_is_as_good_as_forward(void **state)
{
    (void)state;
    double errors[FUNCTIONS];
    forward_errors(errors);
    for (int side = -1; side <= 1; side += 2) {
        struct trial t;
        begin(&t);
        for (size_t p = 0; p < FUNCTIONS; ++p) {
            lose(&t, 1, p, side);
            lose(&t, 4, p, -side);
            lose(&t, 6, p, side);
        }
        evaluate_wanted(&t, (const int64_t[]){1, 4, 6}, 3);
        take(&t, FAILURE_ONE_SIDED, NULL);
        for (size_t p = 0; p < FUNCTIONS; ++p) {
            assert_near(error_of(&t, p, 0), 0, errors[p]);
            assert_int_equal(t.rows[p], B);
        }
        assert_int_equal(t.differences.one_sided, 3 * FUNCTIONS);
        assert_int_equal(t.differences.left_out, 0);
        end(&t);
    }
}

/* Where one side is missing in all rows, the quotient is that of the other side, and its error is
 * that of a forward difference, up to the next order in h. */
static void test_one_side_is_missing_everywhere(void **state)
{
    (void)state;
    double errors[FUNCTIONS];
    forward_errors(errors);
    for (int side = -1; side <= 1; side += 2) {
        struct trial t;
        const int64_t all[B] = {0, 1, 2, 3, 4, 5, 6};
        begin(&t);
        for (size_t p = 0; p < FUNCTIONS; ++p)
            for (int64_t row = 0; row < B; ++row)
                lose(&t, row, p, side);
        evaluate_wanted(&t, all, B);
        take(&t, FAILURE_ONE_SIDED, NULL);
        for (size_t p = 0; p < FUNCTIONS; ++p)
            assert_near(error_of(&t, p, 0), 0, errors[p] + 2 * central_error);
        assert_int_equal(t.differences.one_sided, B * FUNCTIONS);
        end(&t);
    }
}

/* Both sides are missing, or one and the row's own. */
static void test_one_sided_leaves_out_what_nothing_is_known_of(void **state)
{
    (void)state;
    struct trial t;
    begin(&t);
    lose(&t, 2, 0, +1);
    lose(&t, 2, 0, -1);
    lose(&t, 3, 1, +1);
    lose(&t, 5, 2, -1);
    evaluate_wanted(&t, (const int64_t[]){3, 5}, 2);
    lose(&t, 5, 2, 0);
    take(&t, FAILURE_ONE_SIDED, NULL);
    assert_int_equal(t.rows[0], B - 1);
    assert_int_equal(t.rows[1], B);
    assert_int_equal(t.rows[2], B - 1);
    assert_int_equal(t.differences.one_sided, 1);
    assert_int_equal(t.differences.left_out, 2);
    assert_near(error_of(&t, 0, 1 << 2), 0, 1.3 * central_error);
    assert_near(error_of(&t, 2, 1 << 5), 0, 1.3 * central_error);
    end(&t);
}

/* The mean is over the rows that are left: as if the others had not been in the batch. */
static void test_skip_is_the_mean_over_the_rows_left(void **state)
{
    (void)state;
    struct trial t;
    uint32_t numbers[B];
    begin(&t);
    lose(&t, 0, 0, +1);
    lose(&t, 3, 0, -1);
    lose(&t, 3, 4, +1);
    lose(&t, 3, 4, -1);
    assert_int_equal(differences_wanted(&t.table, FAILURE_SKIP, t.losses, numbers), 0);
    /* Even where the rows' own losses are there. */
    *loss_at(&t, 0, 0, 0) = 1;
    *loss_at(&t, 3, 0, 0) = 1;
    take(&t, FAILURE_SKIP, NULL);
    assert_int_equal(t.rows[0], B - 2);
    assert_int_equal(t.rows[4], B - 1);
    assert_near(error_of(&t, 0, 1 << 0 | 1 << 3), 0, 1.3 * central_error);
    assert_near(error_of(&t, 4, 1 << 3), 0, 1.3 * central_error);
    assert_near(error_of(&t, 1, 0), 0, 1.01 * central_error);
    assert_int_equal(t.differences.one_sided, 0);
    assert_int_equal(t.differences.left_out, 3);
    end(&t);
}

static void test_stop_wants_nothing(void **state)
{
    (void)state;
    struct trial t;
    uint32_t numbers[B];
    begin(&t);
    lose(&t, 0, 0, +1);
    assert_int_equal(differences_wanted(&t.table, FAILURE_STOP, t.losses, numbers), 0);
    take(&t, FAILURE_STOP, NULL);
    assert_int_equal(t.differences.left_out, 1);
    assert_int_equal(t.rows[0], B - 1);
    end(&t);
}

/* A parameter of which nothing is known is named, and one that has only one row left has the
 * quotient of that row: no missing number counts as 0. */
static void test_a_missing_loss_is_never_0(void **state)
{
    (void)state;
    const enum failure_policy policies[] = {FAILURE_STOP, FAILURE_ONE_SIDED, FAILURE_SKIP};
    for (int i = 0; i < 3; ++i) {
        struct trial t;
        begin(&t);
        for (int64_t row = 0; row < B; ++row)
            for (int side = -1; side <= 1; side += 2) {
                lose(&t, row, 1, side);
                lose(&t, row, 3, side);
                if (row != 5)
                    lose(&t, row, 2, side);
            }
        take(&t, policies[i], NULL);
        assert_int_equal(t.rows[1], 0);
        assert_int_equal(t.rows[2], 1);
        assert_near(error_of(&t, 2, 0x7f & ~(1U << 5)), 0, 1.6 * central_error);
        assert_int_equal(t.differences.left_out, 3 * B - 1);
        assert_int_equal(t.differences.without, 2);
        assert_int_equal(t.differences.first_without, 1);
        end(&t);
    }
}

/* The quotients of single rows, for any numbers of the evaluations. Their mean is the gradient. */
static void test_rows_by_themselves(void **state)
{
    (void)state;
    double quotients[P], sum[P] = {0};
    int64_t room[P], count[P] = {0};
    struct trial t;
    begin(&t);
    lose(&t, 0, 0, +1);
    lose(&t, 2, 3, +1);
    lose(&t, 2, 3, -1);
    *loss_at(&t, 0, 0, 0) = loss_of(&t, &(struct evaluation){.kind = EVALUATION_OWN, .row = 0});
    for (int64_t row = 0; row < B; ++row) {
        differences_of_row(&t.table, FAILURE_ONE_SIDED, t.losses, row, quotients, room);
        assert_true(isnan(quotients[FIXED]));
        assert_int_equal(isnan(quotients[3]), row == 2);
        assert_int_equal(isnan(quotients[0]), 0);
        for (size_t p = 0; p < FUNCTIONS; ++p) {
            const double exact = (double)(1 + row) * derivative(p, t.table.theta[p]);
            if (row != 0 && row != 2)
                assert_near(quotients[p], exact, 1e-4 * fabs(exact));
            sum[p] += isnan(quotients[p]) ? 0 : quotients[p];
            count[p] += !isnan(quotients[p]);
        }
        differences_of_row(&t.table, FAILURE_SKIP, t.losses, row, quotients, room);
        assert_int_equal(isnan(quotients[0]), row == 0);
    }
    take(&t, FAILURE_ONE_SIDED, NULL);
    for (size_t p = 0; p < FUNCTIONS; ++p) {
        assert_int_equal(t.rows[p], count[p]);
        assert_near(t.gradient[p], sum[p] / (double)count[p], 0);
    }
    end(&t);
}

/* The mean of w q over all rows but row 4 where parameter 1 is concerned, from row `first` in steps
 * of `by`. */
static double weighted_mean(struct trial *t, const double *weights, size_t p, int64_t first,
                            int64_t by)
{
    const double distance = table_moved(&t->table, p, +1) - table_moved(&t->table, p, -1);
    double sum = 0;
    for (int64_t row = first; row >= 0 && row < B; row += by)
        if (p != 1 || row != 4)
            sum += weights[row] * ((*loss_at(t, row, p, +1) - *loss_at(t, row, p, -1)) / distance);
    return sum / (p == 1 ? B - 1 : B);
}

/* The same bits on all ranks: the sum is made in the order of the rows. */
static void test_weights_and_order(void **state)
{
    (void)state;
    const double weights[B] = {0.1, 3.3, 0, 1e3, 0.9, 0.7, 2.1};
    int other_backwards = 0;
    struct trial t;
    begin(&t);
    lose(&t, 4, 1, +1);
    take(&t, FAILURE_SKIP, weights);
    for (size_t p = 0; p < FUNCTIONS; ++p) {
        assert_true(t.gradient[p] == weighted_mean(&t, weights, p, 0, 1));
        other_backwards += t.gradient[p] != weighted_mean(&t, weights, p, B - 1, -1);
    }
    assert_true(other_backwards > 0);
    end(&t);
}

/* At a bound the difference is towards the inside, whatever the policy, and needs the row's own
 * loss, which is evaluated in the first round. */
static void test_bounds(void **state)
{
    (void)state;
    struct dtrain_parameter bounded[P];
    double errors[FUNCTIONS];
    struct trial t;
    uint32_t numbers[B];
    forward_errors(errors);
    memcpy(bounded, list, sizeof bounded);
    bounded[0].upper = bounded[0].initial;
    bounded[3].lower = bounded[3].initial;
    bounded[3].upper = 10;
    begin_with(&t, bounded, DIFFERENCE_CENTRAL);
    lose(&t, 6, 3, 0);
    lose(&t, 2, 3, +1);
    lose(&t, 1, 1, +1);
    assert_int_equal(differences_wanted(&t.table, FAILURE_ONE_SIDED, t.losses, numbers), 0);
    take(&t, FAILURE_ONE_SIDED, NULL);
    assert_int_equal(t.rows[0], B - 1);
    assert_int_equal(t.rows[3], B - 2);
    assert_near(error_of(&t, 0, 1 << 6), 0, errors[0] + central_error);
    assert_near(error_of(&t, 3, 1 << 6 | 1 << 2), 0, errors[3] + central_error);
    assert_near(error_of(&t, 4, 0), 0, central_error);
    assert_int_equal(t.differences.one_sided, 1); /* of parameter 1 */
    assert_int_equal(t.differences.left_out, 3);
    end(&t);
}

/* At 1e15 doubles are 1/8 apart, so a step of 0.3 is one of 1/4. */
static void test_a_step_that_is_rounded(void **state)
{
    (void)state;
    const struct dtrain_parameter large[] = {{.initial = 1e15}};
    struct parameters parameters = describe(large, 1, 0.3);
    struct table table;
    double gradient;
    int64_t rows;
    struct differences differences = {.gradient = &gradient, .rows = &rows};
    assert_true(table_create(&table, &parameters));
    table_fill(&table, DIFFERENCE_CENTRAL, parameters.initial, 0, 1);
    for (int missing = -1; missing <= 1; ++missing) {
        /* The loss is theta - 1e15; its numbers are +, - and the row's own. */
        double losses[] = {0.25, -0.25, 0};
        if (missing != 0)
            losses[missing > 0 ? 0 : 1] = (double)NAN;
        differences_take(&table, FAILURE_ONE_SIDED, losses, NULL, &differences);
        assert_true(gradient == 1);
        assert_int_equal(differences.one_sided, missing != 0);
    }
    table_destroy(&table);
    parameters_destroy(&parameters);
}

/* Work in proportion to the table: a million parameters take milliseconds. */
static void test_many_parameters(void **state)
{
    (void)state;
    enum { MANY = 1000000, ROWS = 2 };
    struct parameters parameters = describe(NULL, MANY, 0x1p-10);
    struct table table;
    uint32_t numbers[ROWS];
    assert_true(table_create(&table, &parameters));
    table_fill(&table, DIFFERENCE_CENTRAL, parameters.initial, 0, ROWS);
    double *losses = malloc(table.count * sizeof *losses);
    struct differences differences = {.gradient = malloc(MANY * sizeof(double)),
                                      .rows = malloc(MANY * sizeof(int64_t))};
    assert_true(losses && differences.gradient && differences.rows);
    for (size_t number = 0; number < table.count; ++number)
        losses[number] = table_evaluation(&table, number).side * 0x1p-10;
    losses[table_side(&table, 1, 2 * MANY - 1)] = (double)NAN;
    assert_int_equal(differences_wanted(&table, FAILURE_ONE_SIDED, losses, numbers), 1);
    assert_int_equal(numbers[0], table_own(&table, 1));
    differences_take(&table, FAILURE_SKIP, losses, NULL, &differences);
    for (size_t p = 0; p < MANY; ++p) {
        assert_true(differences.gradient[p] == 1);
        assert_int_equal(differences.rows[p], p == MANY - 1 ? 1 : 2);
    }
    free(losses);
    free(differences.gradient);
    free(differences.rows);
    table_destroy(&table);
    parameters_destroy(&parameters);
}

static void test_the_mean_loss(void **state)
{
    (void)state;
    const double nan = (double)NAN, losses[] = {2, nan, 4, 9}, weights[] = {1, 5, 0.5, 7};
    assert_true(differences_mean_loss(losses, NULL, 3) == 3);
    assert_true(differences_mean_loss(losses, weights, 3) == 2);
    assert_true(differences_mean_loss(losses, NULL, 4) == 5);
    assert_true(isnan(differences_mean_loss(losses + 1, NULL, 1)));
    assert_true(isnan(differences_mean_loss(losses, NULL, 0)));
    const double huge[] = {0x1p1023, 0x1p1023, (double)NAN, 0x1p1023, 0x1p1023};
    assert_true(differences_mean_loss(huge, NULL, 5) == 0x1p1023);
}

static void test_policies_have_names(void **state)
{
    (void)state;
    assert_int_equal(failure_policy_find("stop"), FAILURE_STOP);
    assert_int_equal(failure_policy_find("one-sided"), FAILURE_ONE_SIDED);
    assert_int_equal(failure_policy_find("skip"), FAILURE_SKIP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_central_differences),
        cmocka_unit_test(test_a_fixed_parameter_has_no_gradient),
        cmocka_unit_test(test_one_sided_is_as_good_as_forward),
        cmocka_unit_test(test_one_side_is_missing_everywhere),
        cmocka_unit_test(test_one_sided_leaves_out_what_nothing_is_known_of),
        cmocka_unit_test(test_skip_is_the_mean_over_the_rows_left),
        cmocka_unit_test(test_stop_wants_nothing),
        cmocka_unit_test(test_a_missing_loss_is_never_0),
        cmocka_unit_test(test_rows_by_themselves),
        cmocka_unit_test(test_weights_and_order),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_a_step_that_is_rounded),
        cmocka_unit_test(test_many_parameters),
        cmocka_unit_test(test_the_mean_loss),
        cmocka_unit_test(test_policies_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
