/* SPDX-License-Identifier: MIT
 *
 * Compares with the numbers of the book's own NumPy code (tests/fixtures/make_reference.py). */
#include "core/gradient/gradient.h"
#include "core/update/optimizer.h"
#include "testing.h"

#include <hdf5.h>
#include <stdlib.h>

enum { BATCH = 100, BATCHES = 3, ROWS = 60000, INPUTS = 784 };

static struct model book;

/* The data of all tests. The images are MNIST's training set. */
struct fixture {
    hid_t reference;
    struct samples samples;
    uint8_t *images;
    int32_t *labels;
    int64_t rows[BATCHES][BATCH];
};

static void read_array(hid_t file, const char *name, hid_t type, void *values)
{
    const hid_t array = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(array >= 0);
    assert_true(H5Dread(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(array);
}

static int open_fixture(void **state)
{
    const int widths[] = {INPUTS, 50, 10};
    struct fixture *f = calloc(1, sizeof *f);
    const hid_t mnist = H5Fopen(DTRAIN_SOURCE_DATA, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(network_make(&book, &activation_sigmoid, &head_softmax, 2, widths));
    f->reference = H5Fopen(DTRAIN_REFERENCE, H5F_ACC_RDONLY, H5P_DEFAULT);
    f->images = malloc((size_t)ROWS * INPUTS);
    f->labels = malloc(ROWS * sizeof *f->labels);
    read_array(mnist, "/train/images", H5T_NATIVE_UINT8, f->images);
    read_array(mnist, "/train/labels", H5T_NATIVE_INT32, f->labels);
    read_array(f->reference, "/batch_rows", H5T_NATIVE_INT64, f->rows);
    H5Fclose(mnist);
    f->samples =
        (struct samples){.inputs = INPUTS, .rows = ROWS, .bytes = f->images, .labels = f->labels};
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    H5Fclose(f->reference);
    free(f->images);
    free(f->labels);
    free(f);
    return 0;
}

/* A group of four tensors as one vector; the caller frees. */
static double *read_vector(const struct fixture *f, const char *group)
{
    const struct tensors *tensors = &book.tensors;
    double *vector = malloc(tensors->parameters * sizeof *vector);
    for (int i = 0; i < tensors->count; ++i) {
        char name[64];
        snprintf(name, sizeof name, "/%s/%s", group, tensors->list[i].name);
        read_array(f->reference, name, H5T_NATIVE_DOUBLE, vector + tensors->list[i].offset);
    }
    return vector;
}

/* The largest difference of a batch's gradient from the book's. */
static double difference_from_book(const struct fixture *f, const struct gradient_method *method,
                                   const char *weights, int batch, const char *expected_group)
{
    const size_t parameters = book.tensors.parameters;
    double *theta = read_vector(f, weights), *expected = read_vector(f, expected_group);
    double *mean = malloc(parameters * sizeof *mean);
    int64_t *sums = malloc(parameters * sizeof *sums);
    struct gradient gradient;
    assert_true(gradient_create(&gradient, method, &book, 1e-4, BATCH));
    const struct share share = share_whole(f->rows[batch], BATCH, book.parts);
    gradient_sum_share(&gradient, theta, &f->samples, &share, sums);
    for (size_t p = 0; p < parameters; ++p)
        mean[p] = exact_mean(&gradient.grid, sums[p], BATCH);
    const double largest = gradient_compare(expected, mean, parameters).largest;
    gradient_destroy(&gradient);
    free(theta);
    free(expected);
    free(mean);
    free(sums);
    return largest;
}

static void test_numerical_gradients_are_the_books(void **state)
{
    /* The book's own rounding at h = 1e-4: a few ulp of a loss of 2.3, divided by 2h. */
    assert_near(difference_from_book(*state, &gradient_numerical, "initial", 0,
                                     "initial_numerical_gradient_batch0"),
                0, 5e-11);
    assert_near(difference_from_book(*state, &gradient_numerical, "trained", 1,
                                     "trained_numerical_gradient_batch1"),
                0, 5e-11);
}

static void test_backprop_is_the_books_but_for_the_epsilon(void **state)
{
    /* The book's formula leaves out the factor y_t / (y_t + 1e-7): with y_t about 0.1 the
     * gradient, of about 0.1, differs by 1e-7 of its size. */
    assert_near(difference_from_book(*state, &gradient_backprop, "initial", 0,
                                     "initial_backprop_gradient_batch0"),
                0, 2e-7);
}

static void test_three_steps_give_the_books_losses(void **state)
{
    const struct fixture *f = *state;
    double losses[BATCHES], *theta = read_vector(f, "initial");
    int64_t *sums = malloc(book.tensors.parameters * sizeof *sums);
    const struct exact_grids loss_grid = exact_grids_make(BATCH, SOFTMAX_LOSS_RANGE, 1);
    struct gradient gradient;
    read_array(f->reference, "/numerical_train_loss_3", H5T_NATIVE_DOUBLE, losses);
    assert_true(gradient_create(&gradient, &gradient_numerical, &book, 1e-4, BATCH));
    const struct optimizer sgd = {.rule = &optimizer_sgd, .learning_rate = 0.1};
    const struct optimizer_gradient mean = {.sums = sums, .grid = &gradient.grid, .samples = BATCH};
    for (int t = 0; t < BATCHES; ++t) {
        const struct share share = share_whole(f->rows[t], BATCH, book.parts);
        gradient_sum_share(&gradient, theta, &f->samples, &share, sums);
        optimizer_step(&sgd, theta, &book.tensors, optimizer_everything(&book.tensors), &mean,
                       t + 1);
        struct model_score score = {0};
        assert_int_equal(model_pass_take(&gradient.pass, &f->samples, f->rows[t], BATCH), BATCH);
        model_score_add(&score, &gradient.pass, theta, &loss_grid);
        assert_near(exact_grids_mean(&loss_grid, score.loss, BATCH), losses[t], 1e-11);
    }
    gradient_destroy(&gradient);
    free(sums);
    free(theta);
}

/* The trained weights' scores, from the attributes of the book's file. */
static void test_the_trained_network_scores_as_the_books(void **state)
{
    const struct fixture *f = *state;
    const struct exact_grids grid = exact_grids_make(ROWS, SOFTMAX_LOSS_RANGE, 1);
    double *theta = read_vector(f, "trained");
    struct model_pass pass;
    struct model_score total = {0};
    assert_true(model_pass_create(&pass, &book));
    for (int64_t row = 0; row < ROWS; row += pass.count) {
        model_pass_take_from(&pass, &f->samples, row, ROWS - row);
        model_score_add(&total, &pass, theta, &grid);
    }
    assert_int_equal(total.correct, 56917);
    assert_near(exact_grids_mean(&grid, total.loss, ROWS), 0.18171508225002736, 1e-12);
    model_pass_destroy(&pass);
    free(theta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numerical_gradients_are_the_books),
        cmocka_unit_test(test_backprop_is_the_books_but_for_the_epsilon),
        cmocka_unit_test(test_three_steps_give_the_books_losses),
        cmocka_unit_test(test_the_trained_network_scores_as_the_books),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
