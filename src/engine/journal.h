/* SPDX-License-Identifier: MIT
 *
 * What a run has evaluated since its last checkpoint, so that a killed run loses the evaluations
 * under way and no others. Each rank of each start of the run appends to a file of its own,
 * RUN/journal/START-RANK: a header of 64 bytes, then records of a fixed size. Any number of ranks
 * can go on from the files of all.
 *
 * A record ends with a hash of itself, of the header and of theta, in whose iteration it was
 * evaluated. A file is read up to the first record whose hash is wrong: one that a kill has cut, or
 * that belongs to another theta. */
#ifndef DTRAIN_JOURNAL_H
#define DTRAIN_JOURNAL_H

#include "common/error.h"
#include "core/differences/outcome.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One evaluation. Without its values, which follow it: (width) doubles. */
struct journal_record {
    int64_t iteration;
    uint32_t evaluation; /* its number in the iteration's table */
    uint8_t outcome;     /* enum outcome */
    uint8_t attempts;    /* how often it was tried */
    uint8_t hit;         /* enum outcome: by what the machine has hit it */
    uint8_t spare;       /* 0 */
    double seconds;
};

/* JOURNAL_AUTO: an iteration whose evaluations take less than 10 s in all has no journal. */
enum journal_mode { JOURNAL_AUTO, JOURNAL_ON, JOURNAL_OFF };

/* The mode named "auto", "on" or "off". */
enum journal_mode journal_mode_find(const char *name);

/* One rank's journal. All zeros: not open, and every function does nothing. */
struct journal {
    enum journal_mode mode;
    int start, rank;
    uint64_t run_hash;
    int width;      /* doubles of a record */
    int descriptor; /* of the file; -1: it is not created yet */
    char path[PATH_MAX];
    uint64_t header_hash;
    uint64_t theta_hash;    /* of the iteration at work */
    int64_t iteration;      /* the one at work */
    size_t evaluations;     /* how many its table has: to tell how long it will take in all */
    size_t added;           /* records of the iteration at work */
    double seconds;         /* and what these took */
    char *buffer;           /* records that are not written yet */
    size_t used;            /* bytes of them */
    double flushed, synced; /* when, on the clock of clock_seconds */
    struct error failure;   /* of a write; STATUS_DONE: none has failed */
};

/* Not collective. Prepares the journal of a rank, for starts numbered from 0 on; `run_hash` is a
 * hash of all that shapes the run. The file itself is created with the first record that is
 * written. STATUS_FAILED where memory is short, or if the folder, which is made if it is missing,
 * cannot be written to; nothing is left open then. journal_close writes nothing: see
 * journal_flush. */
enum status journal_open(struct journal *journal, enum journal_mode mode, const char *folder,
                         int start, int rank, uint64_t run_hash, int width, struct error *error);
void journal_close(struct journal *journal);

/* Begins an iteration at a theta, whose hash is given. What is still in memory of the iteration
 * before is written, or left out if JOURNAL_AUTO leaves that iteration out. */
void journal_begin(struct journal *journal, int64_t iteration, uint64_t theta_hash,
                   size_t evaluations);

/* Adds an evaluation of the iteration at work, whatever record->iteration says, with its values
 * (width), which are read if it has them (OUTCOME_DONE) and are NaN in the file otherwise. Written
 * at once where evaluations take a millisecond or more on average; otherwise with the first that
 * ends 50 ms after the last write. JOURNAL_AUTO writes nothing as long as this rank's mean so far
 * says that the table takes less than 10 s of evaluations; if the buffer is full by then, what is
 * in it is dropped. Synced once a second at most. A failure is told by journal_flush. */
void journal_add(struct journal *journal, const struct journal_record *record,
                 const double *values);

/* Writes and syncs what is still in memory, in every mode, for an iteration that does not end here.
 * STATUS_FAILED if any write has failed since the journal was opened: nothing was written after
 * it. */
enum status journal_flush(struct journal *journal, struct error *error);

/* Forgets the records of this start, all of which a checkpoint has made superfluous. */
void journal_forget(struct journal *journal);

/* The records that earlier starts have left. */
struct journal_past {
    struct journal_file *files;
    size_t count;
    int width;
    int64_t last; /* the last iteration that a record names, its hash unchecked; -1: none */
};

/* The number of the next start: one more than the largest in the folder; 0 if there is none, or if
 * the folder cannot be read, which journal_past_read tells. */
int journal_next_start(const char *folder);

/* Not collective. Reads the files of a folder. Those of another run, with another `run_hash` or
 * width, are left out, and so are those whose header is damaged. No folder: no records.
 * STATUS_FAILED where a file cannot be read or memory is short. Free with journal_past_destroy,
 * after a failure too. */
enum status journal_past_read(struct journal_past *past, const char *folder, uint64_t run_hash,
                              int width, struct error *error);
void journal_past_destroy(struct journal_past *past);

/* The records of an iteration at a theta: calls take() for each, in the order of starts and ranks,
 * an evaluation that is there twice included. Iterations must be asked for in rising order, each
 * once. */
void journal_past_take(struct journal_past *past, int64_t iteration, uint64_t theta_hash,
                       void (*take)(void *context, const struct journal_record *record,
                                    const double *values),
                       void *context);

/* Not collective. Removes the files of starts before `start` (INT_MAX: all, and the folder, if
 * nothing else is in it). No folder: nothing to remove. */
enum status journal_remove(const char *folder, int start, struct error *error);

#endif
