/* SPDX-License-Identifier: MIT
 *
 * The self-test alone: prints its digest. It fails if that, or the digest of a part, is not the one
 * in the source; then standard error has the digests of the parts that differ,
 * and their names in its last line.
 * Needs libc and libm only, so that it can be built for any compiler, instruction set and
 * processor. */
#include "core/selftest/selftest.h"

#include <stdio.h>
#include <stdlib.h>

static void print_part(const struct selftest *selftest, enum selftest_part part)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(selftest->parts[part], text);
    fprintf(stderr, "%s: %s, not %s\n", selftest_expected[part].name, text,
            selftest_expected[part].digest);
}

int main(void)
{
    struct selftest selftest;
    char digest[DIGEST_TEXT_SIZE], differences[SELFTEST_TEXT_SIZE];
    if (!selftest_run(&selftest))
        return EXIT_FAILURE;
    digest_format(selftest.all, digest);
    selftest_list_differences(&selftest, differences);
    puts(digest);
    if (selftest_passed(&selftest) && differences[0] == '\0')
        return EXIT_SUCCESS;
    for (int part = 0; part < SELFTEST_PARTS; ++part)
        if (selftest_part_differs(&selftest, (enum selftest_part)part))
            print_part(&selftest, (enum selftest_part)part);
    fprintf(stderr, "%s\n", differences);
    return EXIT_FAILURE;
}
