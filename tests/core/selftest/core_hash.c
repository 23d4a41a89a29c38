/* SPDX-License-Identifier: MIT
 *
 * The self-test alone: prints its digest, and fails if that is not the one in the source. Needs
 * libc and libm only, so that it can be built for any compiler, instruction set and processor. */
#include "core/selftest/selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    struct digest digest;
    char text[DIGEST_TEXT_SIZE];
    if (!selftest_run(&digest))
        return EXIT_FAILURE;
    digest_format(digest, text);
    puts(text);
    return strcmp(text, SELFTEST_DIGEST) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
