/* SPDX-License-Identifier: MIT
 *
 * dtrain selftest: whether this machine and build compute the bits that they should. */
#include "core/selftest/selftest.h"

#include "commands.h"
#include "common/arithmetic.h"
#include "common/multiversion.h"
#include "common/version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum status selftest_command(bool prints, struct error *error)
{
    struct digest digest;
    char text[DIGEST_TEXT_SIZE], host[256] = "";
    gethostname(host, sizeof host - 1);
    if (arithmetic_check("selftest: the program, or a library that it loads,", error))
        return error->status;
    if (!selftest_run(&digest))
        return error_memory(error, "selftest", "its computations");
    digest_format(digest, text);
    if (strcmp(text, SELFTEST_DIGEST) != 0)
        return error_set(error, STATUS_FAILED,
                         "selftest: %s on %s computes other bits (%s) than every sound build of "
                         "dtrain %s (%s): its compiler, its flags or this processor is at fault",
                         multiversion_in_use(), host, text, version_number(), SELFTEST_DIGEST);
    if (prints)
        printf("dtrain: selftest passed: dtrain %s computes the bits that it should "
               "(%s, instructions %s)\n",
               version_number(), text, multiversion_in_use());
    return STATUS_DONE;
}
