/* SPDX-License-Identifier: MIT
 *
 * MULTIVERSION compiles a hot function for several instruction sets; the best one is chosen when
 * the program starts. All versions give the same bits (elementary.h). DTRAIN_ONE_INSTRUCTION_SET
 * turns this off, so that the compiler's flags choose: for the tests that compare the versions. */
#ifndef DTRAIN_MULTIVERSION_H
#define DTRAIN_MULTIVERSION_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(DTRAIN_ONE_INSTRUCTION_SET)
#define DTRAIN_HAS_VERSIONS
#define MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MULTIVERSION
#endif

/* The instruction set of the version that runs on this processor: "x86-64-v4", "x86-64-v3", or
 * "default", which is the one of the compiler's flags. */
const char *multiversion_in_use(void);

#endif
