/* SPDX-License-Identifier: MIT */
#include "multiversion.h"

/* Asks what target_clones asks when it chooses a version as the program starts. */
const char *multiversion_in_use(void)
{
#ifdef DTRAIN_HAS_VERSIONS
    __builtin_cpu_init();
    if (__builtin_cpu_supports(MULTIVERSION_V4))
        return "x86-64-v4";
    if (__builtin_cpu_supports(MULTIVERSION_V3))
        return "x86-64-v3";
#endif
    return "default";
}
