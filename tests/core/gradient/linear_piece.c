/* SPDX-License-Identifier: MIT
 *
 * Effective weights, and moves across kinks, against forward passes with another bias. */
#include "core/gradient/linear_piece.h"

#include "test_problem.h"
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 5, HIDDEN = LAYERS - 1, SHIFTS = LINEAR_PIECE_SHIFTS };
static const int widths[LAYERS + 1] = {5, 9, 6, 10, 7, 4};

struct fixture {
    struct problem problem;
    struct model_pass pass;
    struct arena arena;
    struct linear_piece piece;
    double shifts[HIDDEN];
};

/* The first sample of a network, whose units will be shifted by at most `shift`. */
static void set_up(struct fixture *f, double shift)
{
    f->problem = test_deep_problem(&activation_relu, LAYERS, widths, false, 0.7);
    for (int l = 0; l < HIDDEN; ++l)
        f->shifts[l] = shift;
    f->arena = (struct arena){0};
    linear_piece_create(&f->piece, &f->arena, &f->problem.model.network);
    assert_false(f->arena.is_short);
    assert_true(model_pass_create(&f->pass, &f->problem.model));
    model_pass_take(&f->pass, &f->problem.samples, f->problem.rows, 1);
    model_forward(&f->pass, f->problem.theta);
}

static void go_down(struct fixture *f)
{
    linear_piece_set_weights(&f->piece, f->problem.theta);
    linear_piece_set_sample(&f->piece, f->pass.results, 0, f->shifts);
    for (int l = HIDDEN - 1; l >= 0; --l)
        linear_piece_go_down(&f->piece, l);
}

static void tear_down(struct fixture *f)
{
    arena_free(&f->arena);
    model_pass_destroy(&f->pass);
    problem_free(&f->problem);
}

/* How the logits, less the label's, move when a unit's bias is raised; and which units cross. */
static void move_by_bias(struct fixture *f, int layer, int unit, double eta, double *moves,
                         int *crossing)
{
    const struct network_layer *of = &f->problem.model.network.layers[layer];
    const struct network_pass *pass = f->pass.results;
    const int label = pass->target[0].label, classes = pass->outputs;
    double *bias = f->problem.theta + network_row(of, of->inputs) + unit, before[16], a[HIDDEN][16];
    memcpy(before, pass->a, (size_t)classes * sizeof *before);
    for (int l = 0; l < HIDDEN; ++l)
        memcpy(a[l], network_units(pass, l, 0, 0).a, (size_t)widths[l + 1] * sizeof(double));
    const double saved = *bias;
    *bias += eta;
    model_forward(&f->pass, f->problem.theta);
    for (int k = 0; k < classes; ++k)
        moves[k] = pass->a[k] - before[k] - (pass->a[label] - before[label]);
    *crossing = 0;
    for (int l = layer; l < HIDDEN; ++l)
        for (int j = 0; j < widths[l + 1]; ++j)
            *crossing += (network_units(pass, l, 0, j).a[0] > 0) != (a[l][j] > 0);
    *bias = saved;
    model_forward(&f->pass, f->problem.theta);
}

/* Compares for one row; counts the shifts that take one unit across its kink, and more than one. */
static void expect_moves(struct fixture *f, int layer, int row, const double *eta, int counts[3])
{
    double moves[64 * SHIFTS], expected[16];
    assert_true(f->piece.columns[layer] <= 64);
    KERNEL_CALL(linear_piece_move, &f->piece, layer, row, eta, moves);
    for (int t = 0; t < SHIFTS; ++t) {
        int crossing = 0;
        move_by_bias(f, layer, f->piece.near.layers[layer].units[row], eta[t], expected, &crossing);
        ++counts[crossing < 2 ? crossing : 2];
        for (int k = 0; k < widths[LAYERS]; ++k)
            assert_near(moves[k * SHIFTS + t], expected[k], 1e-14 + 1e-13 * fabs(eta[t]));
    }
}

/* All units that move at all, by shifts of both signs up to the largest. */
static void test_moves_across_kinks(void **state)
{
    (void)state;
    const double largest[] = {1e-6, 0.01, 0.1, 0.5, 3};
    int counts[3] = {0};
    for (size_t i = 0; i < sizeof largest / sizeof *largest; ++i) {
        struct fixture f;
        double eta[SHIFTS];
        set_up(&f, largest[i]);
        go_down(&f);
        for (int t = 0; t < SHIFTS; ++t)
            eta[t] = largest[i] * (2 * t + 1 - SHIFTS) / (SHIFTS - 1);
        for (int l = 0; l < HIDDEN; ++l)
            for (int row = 0; row < f.piece.near.layers[l].rows; ++row)
                expect_moves(&f, l, row, eta, counts);
        tear_down(&f);
    }
    for (int n = 0; n < 3; ++n)
        assert_in_range(counts[n], 50, 5000);
}

/* A row counts each unit that it takes across its kink, up to the margin. */
static void test_rows_that_reach_kinks(void **state)
{
    (void)state;
    int reaching = 0;
    for (double shift = 1e-3; shift < 1; shift *= 1.03) {
        struct fixture f;
        double moves[16];
        set_up(&f, shift);
        go_down(&f);
        for (int l = 0; l < HIDDEN; ++l)
            for (int row = 0; row < f.piece.near.layers[l].on; ++row) {
                const int unit = f.piece.near.layers[l].units[row];
                const bool own = network_units(f.pass.results, l, 0, unit).a[0] <= shift;
                int up = 0, down = 0;
                move_by_bias(&f, l, unit, shift, moves, &up);
                move_by_bias(&f, l, unit, -shift, moves, &down);
                if (!own) {
                    assert_int_equal(f.piece.reached[l][row] > 0, up + down > 0);
                    reaching += up + down > 0;
                }
            }
        tear_down(&f);
    }
    assert_in_range(reaching, 100, 10000);
}

/* If there is no room for the candidates, the outputs have the same effective weights, and any row
 * may cross a kink. */
static void test_little_room(void **state)
{
    (void)state;
    struct fixture wide, narrow;
    set_up(&wide, 0.5);
    set_up(&narrow, 0.5);
    narrow.piece.room = 3;
    go_down(&wide);
    go_down(&narrow);
    assert_in_range(wide.piece.near.candidates, 10, 23);
    for (int l = 0; l < HIDDEN; ++l)
        for (int row = 0; row < wide.piece.near.layers[l].rows; ++row) {
            for (size_t k = 0; k < (size_t)widths[LAYERS]; ++k)
                assert_near(wide.piece.weights[l][(size_t)row * wide.piece.stride + k],
                            narrow.piece.weights[l][(size_t)row * narrow.piece.stride + k], 0);
            assert_true(narrow.piece.marked[l] && narrow.piece.reached[l][row]);
            assert_false(linear_piece_can_move(&narrow.piece, l, row));
        }
    tear_down(&wide);
    tear_down(&narrow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves_across_kinks),
        cmocka_unit_test(test_rows_that_reach_kinks),
        cmocka_unit_test(test_little_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
