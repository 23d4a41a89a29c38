/* SPDX-License-Identifier: MIT
 *
 * Who does what: ranges of rows or of positions in a batch, and a rank's share of a batch. */
#ifndef DTRAIN_RANGE_H
#define DTRAIN_RANGE_H

#include <stdint.h>

/* The numbers from begin up to, but not including, end. */
struct range {
    int64_t begin, end;
};

/* Share `index` of `count` even shares of 0 .. total - 1. Pure. */
struct range range_split(int64_t total, int64_t index, int64_t count);

/* One rank's share of a mini-batch: `count` rows, by the dataset's numbers. Two ranks can share
 * the parts of a sample's work: of the first row only the parts from first_part on are this rank's,
 * of the last row only those before end_part. */
struct share {
    const int64_t *rows;
    int64_t count;
    int first_part, end_part;
};

/* The parts of a sample's work from begin up to, but not including, end. */
struct part_range {
    int begin, end;
};

/* A share of whole samples, each of which has `parts` parts. */
static inline struct share share_whole(const int64_t *rows, int64_t count, int parts)
{
    return (struct share){rows, count, 0, parts};
}

/* The parts of row number i of the share that are this rank's; a whole sample has `parts`. */
static inline struct part_range share_parts(const struct share *share, int64_t i, int parts)
{
    return (struct part_range){i == 0 ? share->first_part : 0,
                               i == share->count - 1 ? share->end_part : parts};
}

#endif
