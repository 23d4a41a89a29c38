/* SPDX-License-Identifier: MIT
 *
 * MULTIVERSION compiles a hot function for several instruction sets; the best one is chosen when
 * the program starts. All versions give the same bits (elementary.h). If the compiler's flags have
 * already chosen the best one, there are no others; with DTRAIN_ONE_INSTRUCTION_SET the flags
 * always choose, for the tests that compare the versions. ThreadSanitizer cannot run the code that
 * chooses, as that runs before the sanitizer has started. */
#ifndef DTRAIN_MULTIVERSION_H
#define DTRAIN_MULTIVERSION_H

/* Any header of the C library tells whether that is glibc: musl's loader chooses no versions. */
#include <stdint.h>

#if defined(__x86_64__) && defined(__GNUC__) && defined(__GLIBC__) && !defined(__AVX512DQ__) &&    \
    !defined(DTRAIN_ONE_INSTRUCTION_SET) && !defined(__SANITIZE_THREAD__)
#define DTRAIN_HAS_VERSIONS
#if defined(__clang__) && __clang_major__ < 18
/* Older releases of clang never choose a version made for a level, only one made for a feature,
 * which implies others: avx512dq implies fma and the 256-bit instructions, fma implies avx. They
 * also need such functions to be static, each with a name that no other one in the program has. */
#define MULTIVERSION_V4 "avx512dq"
#define MULTIVERSION_V3 "fma"
#define MULTIVERSION    __attribute__((target_clones(MULTIVERSION_V4, MULTIVERSION_V3, "default")))
#else
#define MULTIVERSION_V4 "x86-64-v4"
#define MULTIVERSION_V3 "x86-64-v3"
#define MULTIVERSION                                                                               \
    __attribute__((target_clones("arch=" MULTIVERSION_V4, "arch=" MULTIVERSION_V3, "default")))
#endif
#else
#define MULTIVERSION
#endif

/* The level of the version that runs on this processor: 4 for x86-64-v4, 3 for x86-64-v3, or 0 for
 * the instruction set of the compiler's flags. */
int multiversion_level(void);

/* The name of that level: "x86-64-v4", "x86-64-v3" or "default". */
const char *multiversion_in_use(void);

#endif
