/* SPDX-License-Identifier: MIT */
#include "share.h"

/* Above 32 samples a group would not fit its mask; with fewer, more is rounded. */
int64_t share_groups(int64_t global_batch)
{
    const int64_t at_least = 8;
    if (global_batch < 8 * at_least)
        return (global_batch + at_least - 1) / at_least;
    const int64_t most = INT64_C(8) * SHARE_GROUP_MAX;
    return 8 * ((global_batch + most - 1) / most);
}

struct share share_of_rank(int64_t global_batch, int64_t groups, int parts, int rank, int size)
{
    const struct range work = range_split(groups * parts, rank, size);
    struct share share = {.global_batch = global_batch, .global_groups = groups};
    share.groups.begin = share.groups.end = work.begin / parts;
    if (work.begin == work.end)
        return share;
    share.groups.end = (work.end + parts - 1) / parts;
    share.first_part = (int)(work.begin % parts);
    share.end_part = (int)(work.end - (share.groups.end - 1) * parts);
    return share;
}

struct share share_whole(const int64_t *rows, int64_t count, int parts)
{
    struct share share = share_of_rank(count, share_groups(count), parts, 0, 1);
    share.rows = rows;
    return share;
}

struct range share_group(const struct share *share, int64_t group)
{
    return range_split(share->global_batch, group, share->global_groups);
}

struct range share_positions(const struct share *share)
{
    const int64_t b = share->global_batch, groups = share->global_groups;
    return (struct range){share->groups.begin * b / groups, share->groups.end * b / groups};
}

struct range share_reach(const struct share *share, int rank, int size)
{
    const int64_t b = share->global_batch;
    const struct range own = share_positions(share);
    struct range reach = {rank * b / size, ((rank + 1) * b + size - 1) / size};
    if (own.begin < own.end && own.begin < reach.begin)
        reach.begin = own.begin;
    if (own.begin < own.end && own.end > reach.end)
        reach.end = own.end;
    return reach;
}

struct part_range share_parts(const struct share *share, int64_t group, int parts)
{
    return (struct part_range){group == share->groups.begin ? share->first_part : 0,
                               group == share->groups.end - 1 ? share->end_part : parts};
}
