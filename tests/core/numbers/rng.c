/* SPDX-License-Identifier: MIT
 *
 * The generator gives Random123's known answers, and what is made of them stays in its range. */
#include "core/numbers/rng.h"
#include "testing.h"

/* The lines "philox4x32 10" of tests/kat_vectors in Random123 1.14.0, DEShawResearch/random123. */
static void test_philox_gives_the_known_answers(void **state)
{
    (void)state;
    static const struct {
        struct rng_words counter;
        uint64_t key; /* its second word above its first */
        struct rng_words random;
    } known[] = {
        {{{0, 0, 0, 0}}, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
        {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
         UINT64_MAX,
         {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
        {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
         UINT64_C(0x299f31d0a4093822),
         {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        const struct rng_words random = rng_philox(known[i].counter, known[i].key);
        assert_memory_equal(random.word, known[i].random.word, sizeof random.word);
    }
}

/* The first answer again: its two low words times the bound. */
static void test_a_number_comes_from_the_upper_bits(void **state)
{
    (void)state;
    assert_int_equal(rng_below(0, RNG_BATCH, 0, 0, INT64_C(1) << 62), 0xe169c58d6627e8d5 >> 2);
    assert_int_equal(rng_below(0, RNG_BATCH, 0, 0, 10), 8);
    assert_int_equal(rng_below(0, RNG_BATCH, 0, 0, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox_gives_the_known_answers),
        cmocka_unit_test(test_a_number_comes_from_the_upper_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
