/* SPDX-License-Identifier: MIT
 *
 * The bytes of a journal: its file's name, its header and the hash of its records. Numbers are as
 * this machine has them, little-endian on all that dtrain is tried on: a journal is read where it
 * was written, in minutes or days. */
#ifndef DTRAIN_JOURNAL_FORMAT_H
#define DTRAIN_JOURNAL_FORMAT_H

#include "journal.h"

#include <dirent.h>

/* Another version, or another order of bytes, has another header, and is left out. */
enum { JOURNAL_VERSION = 1 };

struct journal_header {
    char magic[16]; /* "dtrain journal\n" */
    uint32_t version;
    uint32_t record_size; /* in bytes */
    uint32_t width;
    int32_t start, rank;
    uint32_t spare[3]; /* 0 */
    uint64_t run_hash;
    uint64_t hash; /* of all before */
};

/* The header of a rank's file. */
struct journal_header journal_header_make(uint64_t run_hash, int width, int start, int rank);

/* The bytes of a record: struct journal_record, its values (width), and its hash. */
size_t journal_record_size(int width);

/* The hash of a record with its values (width), for a file and a theta. */
uint64_t journal_record_hash(const void *record, int width, uint64_t header_hash,
                             uint64_t theta_hash);

/* The name of a rank's file. */
enum { JOURNAL_NAME_SIZE = 2 * sizeof "-2147483648" };
struct journal_name {
    int start, rank;
    char text[JOURNAL_NAME_SIZE]; /* "0002-0017": start 2, rank 17 */
};
struct journal_name journal_name_make(int start, int rank);

/* The next journal in an open folder, whatever else is in it. False at the end, where errno is 0,
 * and on failure. */
bool journal_name_next(DIR *folder, struct journal_name *name);

#endif
