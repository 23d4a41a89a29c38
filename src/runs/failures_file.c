/* SPDX-License-Identifier: MIT */
#include "failures_file.h"

#include "files/path.h"
#include "files/regular_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More attempts than --retries allows are not dtrain's. */
enum { ATTEMPTS_MAX = 255 };

/* A whole number in that range. */
static bool take_integer(const json_t *object, const char *key, int64_t minimum, int64_t maximum,
                         int64_t *value)
{
    const json_t *const member = json_object_get(object, key);
    *value = json_integer_value(member);
    return json_is_integer(member) && *value >= minimum && *value <= maximum;
}

/* The outcome of that name; OUTCOME_NONE: an evaluation is not lost by it. */
static enum outcome find_cause(const json_t *object)
{
    const char *const name = json_string_value(json_object_get(object, "cause"));
    enum outcome cause = OUTCOMES;
    while (name && --cause > OUTCOME_DONE)
        if (strcmp(outcome_name(cause), name) == 0)
            return cause;
    return OUTCOME_NONE;
}

static bool take_record(const json_t *object, struct outcome_record *record)
{
    const json_t *const lost = json_object_get(object, "lost");
    int64_t attempts;
    *record = (struct outcome_record){.cause = find_cause(object), .is_lost = json_is_true(lost)};
    const bool is_known = take_integer(object, "iteration", 1, INT64_MAX, &record->iteration) &&
                          take_integer(object, "evaluation", 0, UINT32_MAX, &record->number) &&
                          take_integer(object, "attempts", 1, ATTEMPTS_MAX, &attempts);
    if (!is_known || !json_is_boolean(lost) || record->cause == OUTCOME_NONE)
        return false;
    record->attempts = (int)attempts;
    /* What fails by the model's own doing, and is done in the end, is on no record. */
    return record->is_lost || !outcome_repeats(record->cause);
}

bool failures_file_parse(const char *line, size_t length, struct outcome_record *record)
{
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    const bool parsed = json_is_object(object) && take_record(object, record);
    json_decref(object);
    return parsed;
}

/* Appends a record. False where memory is short. */
static bool append(struct outcome_records *records, size_t *room,
                   const struct outcome_record *record)
{
    if (records->count == *room) {
        *room = 2 * *room + 64;
        struct outcome_record *longer = realloc(records->list, *room * sizeof *longer);
        if (!longer)
            return false;
        records->list = longer;
    }
    records->list[records->count++] = *record;
    return true;
}

/* Reads the next line. False at the end, and for a line that does not count. `text` has room for
 * the longest line, its newline and a \0. */
static bool read_line(FILE *file, char *text, const struct outcome_record *before,
                      struct outcome_record *record)
{
    if (!fgets(text, FAILURES_LINE_MAX + 2, file))
        return false;
    const size_t length = strlen(text);
    return length > 0 && text[length - 1] == '\n' && failures_file_parse(text, length, record) &&
           outcome_record_precedes(before, record);
}

static enum status read_lines(FILE *file, const char *path, int64_t iteration,
                              struct outcome_records *records, struct error *error)
{
    char text[FAILURES_LINE_MAX + 2];
    struct outcome_record before = {0}, record;
    size_t room = 0;
    for (; read_line(file, text, &before, &record); before = record)
        if (record.iteration > iteration && !append(records, &room, &record))
            return error_memory(error, path, "its lines");
    if (ferror(file))
        return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    return STATUS_DONE;
}

enum status failures_file_read(const char *run_dir, int64_t iteration,
                               struct outcome_records *records, struct error *error)
{
    char path[PATH_MAX];
    *records = (struct outcome_records){0};
    path_join(path, run_dir, FAILURES_FILE_NAME);
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return STATUS_DONE;
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    FILE *const file = fdopen(descriptor, "r");
    if (!file) {
        close(descriptor);
        return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    }
    const enum status status = read_lines(file, path, iteration, records, error);
    fclose(file);
    if (status) {
        free(records->list);
        *records = (struct outcome_records){0};
    }
    return status;
}
