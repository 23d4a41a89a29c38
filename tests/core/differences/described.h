/* SPDX-License-Identifier: MIT
 *
 * Parameters for tests of core/differences. */
#ifndef DTRAIN_TEST_DESCRIBED_H
#define DTRAIN_TEST_DESCRIBED_H

#include "core/model/parameters.h"
#include "testing.h"

/* Fails where parameters_create does. */
static inline struct parameters describe(const struct dtrain_parameter *list, size_t count,
                                         double step)
{
    struct parameters parameters;
    char fault[PARAMETERS_FAULT_SIZE] = "";
    if (!parameters_create(&parameters, list, count, step, fault))
        fail_msg("%s", fault);
    return parameters;
}

#endif
