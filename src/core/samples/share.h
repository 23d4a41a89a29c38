/* SPDX-License-Identifier: MIT
 *
 * How the gradient of a batch is divided, first into groups, then among ranks.
 *
 * The B positions of a batch are cut into groups by B alone. What a group adds to the sum for a
 * parameter is computed in doubles, in a fixed order, and rounded once to the grid of the exact
 * sums; so the number of ranks cannot change it. All ranks get even shares of the groups' work: a
 * group's work falls into `parts` parts (network.h), and ranks may share a group by its parts. */
#ifndef DTRAIN_SHARE_H
#define DTRAIN_SHARE_H

#include "common/range.h"

/* The most samples of a group: its active samples are the bits of a word of 32. */
enum { SHARE_GROUP_MAX = 32 };

/* The number of groups of a batch of B. From 64 on it is a multiple of 8, so that 2, 4 or 8 ranks
 * share no group if they are even. */
int64_t share_groups(int64_t global_batch);

/* One rank's share of a batch: its groups and, of the first and the last, its parts. */
struct share {
    const int64_t *rows; /* of its groups' samples, by the dataset's numbers */
    int64_t global_batch, global_groups;
    struct range groups;
    int first_part; /* of the first group, only the parts from this one on */
    int end_part;   /* of the last group, only the parts before this one */
};

/* Share `rank` of `size` even shares of a batch in `groups` groups; `rows` is not set. */
struct share share_of_rank(int64_t global_batch, int64_t groups, int parts, int rank, int size);

/* A whole batch, in share_groups(count) groups. */
struct share share_whole(const int64_t *rows, int64_t count, int parts);

/* The positions in the batch of one group, and of all groups of a share. */
struct range share_group(const struct share *share, int64_t group);
struct range share_positions(const struct share *share);

/* The positions that a rank has to do with: from the first to the last of those of its share and
 * those that overlap with its even part of the whole batch. */
struct range share_reach(const struct share *share, int rank, int size);

/* The parts of that group's work that belong to the share; a whole group has `parts`. */
struct part_range share_parts(const struct share *share, int64_t group, int parts);

#endif
