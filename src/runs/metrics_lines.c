/* SPDX-License-Identifier: MIT */
#include "metrics_lines.h"

#include "files/path.h"
#include "files/regular_file.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void metrics_lines_free(struct metrics_lines *lines)
{
    free(lines->text);
    free(lines->line);
    free(lines->iteration);
    *lines = (struct metrics_lines){0};
}

/* Reads the whole file into lines->text, and counts its lines. */
static enum status read_text(FILE *file, const char *path, struct metrics_lines *lines,
                             struct error *error)
{
    size_t room = 0, used = 0, count = 1;
    rewind(file);
    while (count > 0) {
        if (used + 1 >= room) {
            room = 2 * room + BUFSIZ;
            char *longer = realloc(lines->text, room);
            if (!longer)
                return error_memory(error, path, "its lines");
            lines->text = longer;
        }
        count = fread(lines->text + used, 1, room - used - 1, file);
        used += count;
    }
    lines->text[used] = '\0';
    for (size_t i = 0; i < used; ++i) {
        const bool is_end = lines->text[i] == '\n';
        lines->count += is_end;
        lines->rest = is_end ? 0 : lines->rest + 1;
    }
    if (ferror(file))
        return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    return STATUS_DONE;
}

static enum metrics_kind classify(const json_t *object)
{
    const json_t *const loss = json_object_get(object, "loss");
    if (json_is_number(loss) || json_is_null(loss))
        return METRICS_LOSS;
    const bool has_test_only =
        json_object_get(object, "test_loss") && !json_object_get(object, "train_loss");
    return has_test_only || json_is_true(json_object_get(object, "test")) ? METRICS_TEST
                                                                          : METRICS_EVALUATION;
}

void metrics_scores_put(struct metrics_scores *scores, const char *name, const struct score *score)
{
    int i = 0;
    while (i < scores->count && strcmp(scores->sets[i].name, name) != 0)
        ++i;
    if (i == METRICS_SETS_MAX)
        return;
    scores->count += i == scores->count;
    snprintf(scores->sets[i].name, METRICS_NAME_SIZE, "%s", name);
    scores->sets[i].score = *score;
}

void metrics_scores_merge(struct metrics_scores *scores, const struct metrics_scores *others)
{
    for (int i = 0; i < others->count; ++i)
        metrics_scores_put(scores, others->sets[i].name, &others->sets[i].score);
}

const struct score *metrics_scores_find(const struct metrics_scores *scores, const char *name)
{
    for (int i = 0; i < scores->count; ++i)
        if (strcmp(scores->sets[i].name, name) == 0)
            return &scores->sets[i].score;
    return NULL;
}

/* The member "train_loss" begins the score of a set, and others named like that, as
 * "train_accuracy", are its measures, in the order of their kind. */
static void read_scores(json_t *object, struct metrics_scores *scores)
{
    struct score score = {0};
    char set[METRICS_NAME_SIZE] = "";
    int measures = 0;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        const char *const end = strrchr(key, '_');
        const size_t length = end ? (size_t)(end - key) : 0;
        const bool is_loss = length > 0 && strcmp(end, "_loss") == 0;
        if (length == 0 || length >= sizeof set ||
            !(json_is_number(value) || (is_loss && json_is_null(value))))
            continue;
        if (is_loss) {
            memcpy(set, key, length);
            set[length] = '\0';
            score = (struct score){.loss = json_is_null(value) ? (double)NAN
                                                               : json_number_value(value)};
            measures = 0;
        } else if (length == strlen(set) && memcmp(key, set, length) == 0 &&
                   strcmp(end, "_lost") == 0) {
            score.lost = json_integer_value(value);
        } else if (length == strlen(set) && memcmp(key, set, length) == 0 &&
                   measures < SCORE_MEASURES_MAX) {
            score.measures[measures++] = json_number_value(value);
        } else {
            continue;
        }
        metrics_scores_put(scores, set, &score);
    }
}

bool metrics_lines_parse(const char *text, size_t length, struct metrics_line *line)
{
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    const json_t *iteration = json_object_get(object, "iteration");
    const bool parsed = json_is_integer(iteration);
    *line =
        (struct metrics_line){.iteration = json_integer_value(iteration), .kind = classify(object)};
    line->failures = json_integer_value(json_object_get(object, "failures"));
    read_scores(object, &line->scores);
    json_decref(object);
    return parsed;
}

static enum status divide(const char *path, struct metrics_lines *lines, struct error *error)
{
    char *begin = lines->text;
    for (size_t i = 0; i < lines->count; ++i) {
        struct metrics_line line;
        char *end = strchr(begin, '\n');
        if (end)
            *end = '\0';
        lines->line[i] = begin;
        if (!end || !metrics_lines_parse(begin, (size_t)(end - begin), &line))
            return error_set(error, STATUS_FAILED, "%s: line %zu is not one that dtrain writes",
                             path, i + 1);
        lines->iteration[i] = line.iteration;
        begin = end + 1;
    }
    return STATUS_DONE;
}

enum status metrics_lines_read(FILE *file, const char *path, struct metrics_lines *lines,
                               struct error *error)
{
    *lines = (struct metrics_lines){0};
    if (read_text(file, path, lines, error))
        return error->status;
    lines->line = calloc(lines->count + 1, sizeof *lines->line);
    lines->iteration = calloc(lines->count + 1, sizeof *lines->iteration);
    if (!lines->line || !lines->iteration)
        return error_memory(error, path, "its lines");
    return divide(path, lines, error);
}

enum status metrics_lines_read_run(const char *run_dir, const char *name,
                                   struct metrics_lines *lines, struct error *error)
{
    char path[PATH_MAX];
    *lines = (struct metrics_lines){0};
    path_join(path, run_dir, name);
    const int descriptor = regular_file_open(path, error);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
    if (descriptor >= 0 && !file) {
        close(descriptor);
        return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (!file)
        return error->status;
    const enum status status = metrics_lines_read(file, path, lines, error);
    fclose(file);
    return status;
}
