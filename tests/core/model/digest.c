/* SPDX-License-Identifier: MIT */
#include "core/model/digest.h"
#include "testing.h"

#include <string.h>

static struct digest digest_of(const char *bytes)
{
    struct digest_stream *stream = digest_begin();
    digest_add_bytes(stream, bytes, strlen(bytes));
    return digest_end(stream);
}

static bool equal(struct digest a, struct digest b)
{
    return a.high == b.high && a.low == b.low;
}

/* What `printf "$text" | xxh128sum` prints. */
static void test_a_text_has_the_digest_of_xxh128sum(void **state)
{
    (void)state;
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest_of(""), text);
    assert_string_equal(text, "99aa06d3014798d86001c324468d497f");
    digest_format(digest_of("W1 784 50\n"), text);
    assert_string_equal(text, "4e3389ed8bca3a69f0f784c4a9f33ce4");
}

/* 1 is 00 00 00 00 00 00 f0 3f, and -2 is fe ff ff ff ff ff ff ff. */
static void test_numbers_are_little_endian_words(void **state)
{
    (void)state;
    const unsigned char bytes[] = {0,    0,    0,    0,    0,    0,    0xf0, 0x3f,
                                   0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const double one = 1;
    const int64_t minus_two = -2;
    struct digest_stream *as_bytes = digest_begin(), *as_numbers = digest_begin();
    digest_add_bytes(as_bytes, bytes, sizeof bytes);
    digest_add_doubles(as_numbers, &one, 1);
    digest_add_integers(as_numbers, &minus_two, 1);
    assert_true(equal(digest_end(as_bytes), digest_end(as_numbers)));
}

static struct tensors two_tensors(int rows, int columns, const char *second)
{
    struct tensors tensors = {0};
    tensors_add(&tensors, "W1", rows, columns);
    tensors_add(&tensors, second, 2, 0);
    return tensors;
}

/* A line for each tensor, and its numbers. */
static void test_parameters_are_lines_and_numbers(void **state)
{
    (void)state;
    const double theta[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct tensors tensors = two_tensors(2, 3, "b1");
    struct digest digest;
    struct digest_stream *stream = digest_begin();
    digest_add_bytes(stream, "W1 2 3\n", 7);
    digest_add_doubles(stream, theta, 6);
    digest_add_bytes(stream, "b1 2\n", 5);
    digest_add_doubles(stream, theta + 6, 2);
    assert_true(digest_parameters(&tensors, theta, &digest));
    assert_true(equal(digest, digest_end(stream)));
}

/* The same numbers with another activation are another network; the sigmoid is not named. */
static void test_an_activation_is_a_line_unless_it_is_the_sigmoid(void **state)
{
    (void)state;
    const double theta[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct tensors model = two_tensors(2, 3, "b1");
    struct tensors network = model;
    struct digest digest, other;
    assert_true(digest_parameters(&model, theta, &digest));
    strcpy(network.activation, "sigmoid");
    assert_true(digest_parameters(&network, theta, &other));
    assert_true(equal(digest, other));
    strcpy(network.activation, "relu");
    assert_true(digest_parameters(&network, theta, &other));
    struct digest_stream *stream = digest_begin();
    digest_add_bytes(stream, "activation relu\nW1 2 3\n", 23);
    digest_add_doubles(stream, theta, 6);
    digest_add_bytes(stream, "b1 2\n", 5);
    digest_add_doubles(stream, theta + 6, 2);
    assert_true(equal(other, digest_end(stream)));
}

static void test_every_bit_name_and_shape_counts(void **state)
{
    (void)state;
    double theta[8] = {0, 2, 3, 4, 5, 6, 7, 8};
    const struct tensors tensors = two_tensors(2, 3, "b1");
    const struct tensors others[] = {two_tensors(3, 2, "b1"), two_tensors(2, 3, "b2")};
    struct digest digest, other;
    assert_true(digest_parameters(&tensors, theta, &digest));
    for (int i = 0; i < 2; ++i) {
        assert_true(digest_parameters(&others[i], theta, &other));
        assert_false(equal(digest, other));
    }
    theta[7] = nextafter(8, 9);
    assert_true(digest_parameters(&tensors, theta, &other));
    assert_false(equal(digest, other));
    theta[7] = 8;
    theta[0] = -0.0;
    assert_true(digest_parameters(&tensors, theta, &other));
    assert_false(equal(digest, other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_has_the_digest_of_xxh128sum),
        cmocka_unit_test(test_numbers_are_little_endian_words),
        cmocka_unit_test(test_parameters_are_lines_and_numbers),
        cmocka_unit_test(test_an_activation_is_a_line_unless_it_is_the_sigmoid),
        cmocka_unit_test(test_every_bit_name_and_shape_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
