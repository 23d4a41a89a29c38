/* SPDX-License-Identifier: MIT */
#include "metrics_lines.h"

#include "files/path.h"
#include "files/regular_file.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
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
    if (json_is_number(json_object_get(object, "loss")))
        return METRICS_LOSS;
    const bool has_test_only =
        json_object_get(object, "test_loss") && !json_object_get(object, "train_loss");
    return has_test_only || json_is_true(json_object_get(object, "test")) ? METRICS_TEST
                                                                          : METRICS_EVALUATION;
}

/* The members "train_loss" and "train_accuracy", or those of another set. */
static struct metrics_score read_score(const json_t *object, const char *set)
{
    char loss[32], accuracy[32];
    snprintf(loss, sizeof loss, "%s_loss", set);
    snprintf(accuracy, sizeof accuracy, "%s_accuracy", set);
    return (struct metrics_score){json_number_value(json_object_get(object, loss)),
                                  json_number_value(json_object_get(object, accuracy))};
}

bool metrics_lines_parse(const char *text, size_t length, struct metrics_line *line)
{
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    const json_t *iteration = json_object_get(object, "iteration");
    const bool parsed = json_is_integer(iteration);
    const bool validates = json_object_get(object, "validation_loss") != NULL;
    *line =
        (struct metrics_line){.iteration = json_integer_value(iteration), .kind = classify(object)};
    if (line->kind == METRICS_EVALUATION) {
        line->train = read_score(object, "train");
        line->held_out = read_score(object, validates ? "validation" : "test");
    } else if (line->kind == METRICS_TEST) {
        line->held_out = read_score(object, "test");
    }
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

enum status metrics_lines_read_run(const char *run_dir, struct metrics_lines *lines,
                                   struct error *error)
{
    char path[PATH_MAX];
    *lines = (struct metrics_lines){0};
    path_join(path, run_dir, "metrics.jsonl");
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
