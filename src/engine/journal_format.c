/* SPDX-License-Identifier: MIT */
#include "journal_format.h"

#include "common/xxh3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct journal_record) == 24, "a record has no bytes that nobody sets");
_Static_assert(sizeof(struct journal_header) == 64, "nor has a header");

size_t journal_record_size(int width)
{
    return sizeof(struct journal_record) + (size_t)width * sizeof(double) + sizeof(uint64_t);
}

struct journal_header journal_header_make(uint64_t run_hash, int width, int start, int rank)
{
    struct journal_header header = {.magic = "dtrain journal\n",
                                    .version = JOURNAL_VERSION,
                                    .record_size = (uint32_t)journal_record_size(width),
                                    .width = (uint32_t)width,
                                    .start = start,
                                    .rank = rank,
                                    .run_hash = run_hash};
    header.hash = XXH3_64bits(&header, offsetof(struct journal_header, hash));
    return header;
}

uint64_t journal_record_hash(const void *record, int width, uint64_t header_hash,
                             uint64_t theta_hash)
{
    const uint64_t belongs_to[] = {header_hash, theta_hash};
    return XXH3_64bits_withSeed(record, journal_record_size(width) - sizeof(uint64_t),
                                XXH3_64bits(belongs_to, sizeof belongs_to));
}

struct journal_name journal_name_make(int start, int rank)
{
    struct journal_name name = {.start = start, .rank = rank};
    snprintf(name.text, sizeof name.text, "%04d-%04d", start, rank);
    return name;
}

/* A number up to INT_MAX - 1, and what follows it; -1 if there is none. */
static int parse_number(const char *text, char **end)
{
    const long number = strtol(text, end, 10);
    return *end > text && number >= 0 && number < INT_MAX ? (int)number : -1;
}

/* Whether a file's name is exactly that of a journal. */
static bool parse_name(const char *text, struct journal_name *name)
{
    char *end;
    const int start = parse_number(text, &end);
    if (start < 0 || *end != '-')
        return false;
    const int rank = parse_number(end + 1, &end);
    if (rank < 0)
        return false;
    *name = journal_name_make(start, rank);
    return strcmp(name->text, text) == 0;
}

bool journal_name_next(DIR *folder, struct journal_name *name)
{
    const struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(folder);
    } while (entry && !parse_name(entry->d_name, name));
    return entry != NULL;
}
