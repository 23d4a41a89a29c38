/* SPDX-License-Identifier: MIT
 *
 * A kernel is a function that works on whole vector registers (vector.h). Its file, NAME_kernel.c,
 * is compiled once for each instruction set, with KERNEL_VERSION set to the version's name, and the
 * best version is chosen at each call. All give the same bits.
 *
 * KERNEL(f) is the name of the version that is being compiled. KERNEL_DECLARE(type, f) declares all
 * versions of f, where `type` is the type of the function; KERNEL_CALL(f, ...) calls one of them.
 */
#ifndef DTRAIN_KERNEL_H
#define DTRAIN_KERNEL_H

#include "common/multiversion.h"

#ifndef KERNEL_VERSION
#define KERNEL_VERSION plain
#endif
#define KERNEL_JOIN(name, version)   name##_##version
#define KERNEL_EXPAND(name, version) KERNEL_JOIN(name, version)
#define KERNEL(name)                 KERNEL_EXPAND(name, KERNEL_VERSION)

#ifdef DTRAIN_HAS_KERNELS
#define KERNEL_DECLARE(type, name) extern type name##_v4, name##_v3, name##_plain
#else
#define KERNEL_DECLARE(type, name) extern type name##_plain
#endif

#if defined(DTRAIN_HAS_KERNELS) && defined(DTRAIN_HAS_VERSIONS)
#define KERNEL_CALL(name, ...)                                                                     \
    (multiversion_level() == 4   ? name##_v4                                                       \
     : multiversion_level() == 3 ? name##_v3                                                       \
                                 : name##_plain)(__VA_ARGS__)
#else
#define KERNEL_CALL(name, ...) name##_plain(__VA_ARGS__)
#endif

#endif
