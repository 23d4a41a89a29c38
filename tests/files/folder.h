/* SPDX-License-Identifier: MIT
 *
 * A temporary folder that a group of tests works in: setup and teardown for cmocka. */
#ifndef DTRAIN_FOLDER_H
#define DTRAIN_FOLDER_H

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline int folder_enter(void **state)
{
    static char folder[] = "/tmp/dtrain-test-XXXXXX";
    *state = folder;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static inline int folder_leave(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", (const char *)*state);
    return system(command);
}

#endif
