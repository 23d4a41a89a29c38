/* SPDX-License-Identifier: MIT
 *
 * The room for memory that the ranks of a node share. MPI keeps such memory in files, in /dev/shm
 * by default, which may be small in containers. The system grants more than there is, and kills a
 * rank that writes to what is missing, so the room is checked beforehand. */
#ifndef DTRAIN_SHARED_SPACE_H
#define DTRAIN_SHARED_SPACE_H

#include "common/error.h"

/* Not collective; before MPI starts. Where /dev/shm is too small for the messages between this
 * node's ranks, lets Open MPI use TMPDIR, or /tmp, in its place; one rank of the node prints a line
 * that says so. STATUS_FAILED if there is no room in either. A folder that the user has chosen is
 * kept. */
enum status shared_space_prepare(struct error *error);

/* Not collective. Checks that there is room for `bytes` bytes besides the messages of `ranks`
 * ranks; if not, `otherwise` is the end of the line. */
enum status shared_space_check(double bytes, int ranks, const char *otherwise, struct error *error);

#endif
