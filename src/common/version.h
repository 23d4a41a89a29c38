/* SPDX-License-Identifier: MIT
 *
 * What was built: the project's version (CMakeLists.txt) and the revision of its sources. */
#ifndef DTRAIN_VERSION_H
#define DTRAIN_VERSION_H

/* "0.1.0" */
const char *version_number(void);

/* The sources' git revision when the program was built, "af149f3" or "af149f3-dirty"; "unknown"
 * where they came neither from git nor from an archive that git made. */
const char *version_revision(void);

#endif
