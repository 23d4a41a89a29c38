/* SPDX-License-Identifier: MIT
 *
 * What failures.jsonl says, read back: how evaluations ended that failed or were hit. Not
 * collective: only rank 0 calls. */
#ifndef DTRAIN_FAILURES_FILE_H
#define DTRAIN_FAILURES_FILE_H

#include "common/error.h"
#include "core/differences/outcome_records.h"
#include "json_text.h"

#define FAILURES_FILE_NAME "failures.jsonl"

/* The longest line that dtrain writes: a name as JSON, and about 200 bytes of the rest. */
enum { FAILURES_LINE_MAX = sizeof(struct json_text) + 256 };

/* Reads a line of `length` bytes, with or without its newline. False if it is not one that dtrain
 * writes. */
bool failures_file_parse(const char *line, size_t length, struct outcome_record *record);

/* Reads the lines of the iterations after `iteration`, up to the first that is damaged, cut, too
 * long, or out of order: a kill, or somebody else, has been at work there, and as when the file is
 * continued, what follows does not count. No file: no lines. STATUS_FAILED if the file cannot be
 * read or memory is short; *records is empty then. The caller frees records->list. */
enum status failures_file_read(const char *run_dir, int64_t iteration,
                               struct outcome_records *records, struct error *error);

#endif
