/* SPDX-License-Identifier: MIT
 *
 * A hot function compiled for several instruction sets; the best is chosen when the program
 * starts. Each version gives the same bits: see elementary.h. DTRAIN_ONE_INSTRUCTION_SET builds
 * only what the compiler's flags say, as the tests do that compare the versions. */
#ifndef DTRAIN_MULTIVERSION_H
#define DTRAIN_MULTIVERSION_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(DTRAIN_ONE_INSTRUCTION_SET)
#define DTRAIN_HAS_VERSIONS
#define MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MULTIVERSION
#endif

/* The instruction set of the version that this processor takes: "x86-64-v4" or "x86-64-v3";
 * "default" is the one that the compiler's flags give. */
const char *multiversion_in_use(void);

#endif
