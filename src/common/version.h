/* SPDX-License-Identifier: MIT
 *
 * Which dtrain this is: the project's version (CMakeLists.txt) and the revision of its sources. */
#ifndef DTRAIN_VERSION_H
#define DTRAIN_VERSION_H

/* "0.2.0" */
const char *version_number(void);

/* The git revision of the sources when the program was built: "af149f3" or "af149f3-dirty";
 * "unknown" if they came neither from git nor from an archive made by git. */
const char *version_revision(void);

#endif
