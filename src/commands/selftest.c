/* SPDX-License-Identifier: MIT
 *
 * dtrain selftest: whether this machine and build compute the bits that they should. */
#include "core/selftest/selftest.h"

#include "commands.h"
#include "common/arithmetic.h"
#include "common/multiversion.h"
#include "common/version.h"
#include "ranks/launcher.h"

#include <stdio.h>
#include <unistd.h>

static enum status report_failure(const struct selftest *selftest, const char *digest,
                                  struct error *error)
{
    char differences[SELFTEST_TEXT_SIZE], host[256] = "";
    selftest_list_differences(selftest, differences);
    gethostname(host, sizeof host - 1);
    return error_set(error, STATUS_FAILED,
                     "selftest failed %s%s: %s on %s computes other bits (%s) than every intact "
                     "build of dtrain %s (%s): its compiler, its flags or this processor is at "
                     "fault",
                     differences[0] ? "in " : "as a whole, although each part is right",
                     differences, multiversion_in_use(), host, digest, version_number(),
                     SELFTEST_DIGEST);
}

enum status selftest_command(const struct job *job, struct error *error)
{
    (void)job;
    struct selftest selftest;
    char digest[DIGEST_TEXT_SIZE];
    if (arithmetic_check("selftest: the program, or a library that it loads,", error))
        return error->status;
    if (!selftest_run(&selftest))
        return error_memory(error, "selftest", "its computations");
    digest_format(selftest.all, digest);
    if (!selftest_passed(&selftest))
        return report_failure(&selftest, digest, error);
    if (launcher_is_first())
        printf("dtrain: selftest passed: dtrain %s computes the bits that it should "
               "(%s, instructions %s)\n",
               version_number(), digest, multiversion_in_use());
    return STATUS_DONE;
}
