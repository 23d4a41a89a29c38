/* SPDX-License-Identifier: MIT */
#include "multiversion.h"

/* Asks what target_clones asks when it chooses a version as the program starts. */
int multiversion_level(void)
{
#ifdef DTRAIN_HAS_VERSIONS
    if (__builtin_cpu_supports(MULTIVERSION_V4))
        return 4;
    if (__builtin_cpu_supports(MULTIVERSION_V3))
        return 3;
#endif
    return 0;
}

const char *multiversion_in_use(void)
{
    const int level = multiversion_level();
    return level == 4 ? "x86-64-v4" : level == 3 ? "x86-64-v3" : "default";
}
