/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include "files/atomic_file.h"
#include "files/durable.h"
#include "files/path.h"
#include "files/regular_file.h"
#include "json_number.h"
#include "metrics_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Opens a file with the flags of open(2) and the mode of fopen. On failure returns NULL and fills
 * *error. */
static FILE *open_file(const char *path, int flags, const char *mode, struct error *error)
{
    const int descriptor = atomic_file_open(path, flags, error);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, mode);
    if (descriptor >= 0 && !file) {
        error_set(error, STATUS_FAILED, "%s: cannot be written: %s", path, strerror(errno));
        close(descriptor);
    }
    return file;
}

static FILE *create(const char *folder, const char *name, struct error *error)
{
    char path[PATH_MAX];
    path_join(path, folder, name);
    return open_file(path, O_WRONLY | O_CREAT | O_EXCL, "w", error);
}

enum status metrics_open(struct metrics *metrics, const char *folder, struct error *error)
{
    *metrics = (struct metrics){0};
    snprintf(metrics->folder, sizeof metrics->folder, "%s", folder);
    metrics->learning = create(folder, "metrics.jsonl", error);
    if (metrics->learning)
        metrics->timing = create(folder, "timing.jsonl", error);
    if (metrics->learning && metrics->timing)
        return STATUS_DONE;
    if (metrics->learning)
        path_remove(folder, "metrics.jsonl");
    metrics_close(metrics);
    return STATUS_FAILED;
}

void metrics_remove(struct metrics *metrics)
{
    path_remove(metrics->folder, "metrics.jsonl");
    path_remove(metrics->folder, "timing.jsonl");
    metrics_close(metrics);
}

enum status metrics_discard(struct metrics *metrics, struct error *error)
{
    *metrics = (struct metrics){fopen("/dev/null", "w"), fopen("/dev/null", "w"), ""};
    if (metrics->learning && metrics->timing)
        return STATUS_DONE;
    metrics_close(metrics);
    return error_set(error, STATUS_FAILED, "/dev/null: %s", strerror(errno));
}

enum status metrics_open_temporary(struct metrics *metrics, struct error *error)
{
    *metrics = (struct metrics){tmpfile(), fopen("/dev/null", "w"), ""};
    if (metrics->learning && metrics->timing)
        return STATUS_DONE;
    metrics_close(metrics);
    return error_set(error, STATUS_FAILED, "no temporary file can be made: %s", strerror(errno));
}

/* A line of either file. */
struct entry {
    off_t bytes;
    struct metrics_line line;
};

/* Reads the next line; *text and *size are those of getline. False at the end of the file, and for
 * a line that is not a complete JSON object, such as one that was cut off when a run was killed. */
static bool read_entry(FILE *file, char **text, size_t *size, struct entry *entry)
{
    const ssize_t length = getline(text, size, file);
    if (length <= 0 || (*text)[length - 1] != '\n')
        return false;
    entry->bytes = length;
    return metrics_lines_parse(*text, (size_t)length, &entry->line);
}

/* Appends a line with scores. */
static bool remember(struct metrics_history *history, const struct metrics_line *line)
{
    struct metrics_line *longer =
        realloc(history->scores, (history->count + 1) * sizeof *history->scores);
    if (!longer)
        return false;
    history->scores = longer;
    history->scores[history->count++] = *line;
    return true;
}

/* Counts the losses up to `last`, and takes the scores into the history. */
static enum status read_scores(FILE *file, const char *path, int64_t last, int64_t *losses,
                               struct metrics_history *history, struct error *error)
{
    struct entry entry;
    char *text = NULL;
    size_t size = 0;
    bool remembered = true;
    while (remembered && read_entry(file, &text, &size, &entry) && entry.line.iteration <= last)
        if (entry.line.kind == METRICS_LOSS)
            ++*losses;
        else
            remembered = remember(history, &entry.line);
    free(text);
    return remembered ? STATUS_DONE : error_memory(error, path, "its lines");
}

/* The checkpoint of iteration 0 is durable before the first loss is known, and losses are durable
 * before a checkpoint of their iteration: if the two do not agree, somebody has removed
 * something. */
static enum status check_losses(const char *path, int64_t iteration, int64_t losses,
                                struct error *error)
{
    if (iteration < 0 && losses > 0)
        return error_set(
            error, STATUS_FAILED,
            "%s: holds %lld iterations, but there is no checkpoint: bring the checkpoints back, or "
            "begin again in another --run-dir",
            path, (long long)losses);
    if (losses < iteration)
        return error_set(
            error, STATUS_FAILED,
            "%s: holds %lld iterations, but the checkpoint is of iteration %lld: bring "
            "the file back, or begin again in another --run-dir",
            path, (long long)losses, (long long)iteration);
    return STATUS_DONE;
}

enum status metrics_read_history(const char *folder, int64_t iteration,
                                 struct metrics_history *history, struct error *error)
{
    char path[PATH_MAX];
    int64_t losses = 0;
    *history = (struct metrics_history){0};
    path_join(path, folder, "metrics.jsonl");
    FILE *file = open_file(path, O_RDWR | O_CREAT | O_APPEND, "a+", error);
    if (!file)
        return error->status;
    rewind(file);
    const int64_t last = iteration < 0 ? INT64_MAX : iteration;
    enum status status = read_scores(file, path, last, &losses, history, error);
    fclose(file);
    if (!status)
        status = check_losses(path, iteration, losses, error);
    if (status) {
        free(history->scores);
        *history = (struct metrics_history){0};
    }
    return status;
}

/* The bytes of the lines that a resumed run keeps. */
static off_t measure(FILE *file, int64_t iteration, enum metrics_kind last_kept)
{
    off_t bytes = 0;
    struct entry entry;
    char *text = NULL;
    size_t size = 0;
    while (read_entry(file, &text, &size, &entry) &&
           (entry.line.iteration < iteration ||
            (entry.line.iteration == iteration && entry.line.kind <= last_kept)))
        bytes += entry.bytes;
    free(text);
    return bytes;
}

/* Opens a file, which may not exist yet, and removes the lines that are not kept. Returns NULL and
 * fills *error on failure. */
static FILE *reopen(const char *folder, const char *name, int64_t iteration,
                    enum metrics_kind last_kept, struct error *error)
{
    char path[PATH_MAX];
    path_join(path, folder, name);
    FILE *file = open_file(path, O_RDWR | O_CREAT | O_APPEND, "a+", error);
    if (!file)
        return NULL;
    rewind(file);
    if (ftruncate(fileno(file), measure(file, iteration, last_kept)) == 0)
        return file;
    error_set(error, STATUS_FAILED, "%s: cannot be cut back: %s", path, strerror(errno));
    fclose(file);
    return NULL;
}

enum status metrics_resume(struct metrics *metrics, const char *folder, int64_t iteration,
                           enum metrics_kind last_kept, struct error *error)
{
    *metrics = (struct metrics){0};
    snprintf(metrics->folder, sizeof metrics->folder, "%s", folder);
    metrics->learning = reopen(folder, "metrics.jsonl", iteration, last_kept, error);
    if (metrics->learning)
        metrics->timing = reopen(folder, "timing.jsonl", iteration, last_kept, error);
    if (metrics->learning && metrics->timing)
        return STATUS_DONE;
    metrics_close(metrics);
    return STATUS_FAILED;
}

void metrics_iteration(struct metrics *metrics, int64_t iteration, double loss)
{
    fprintf(metrics->learning, "{\"iteration\":%lld,\"loss\":%s}\n", (long long)iteration,
            json_number(loss).text);
}

/* The scores, as members of a line. */
static void write_scores(FILE *file, const struct score_kind *kind,
                         const struct metrics_scores *scores)
{
    for (int i = 0; i < scores->count; ++i) {
        const struct metrics_set *set = &scores->sets[i];
        fprintf(file, ",\"%s_loss\":%s", set->name, json_number(set->score.loss).text);
        for (int m = 0; m < kind->count; ++m)
            fprintf(file, ",\"%s_%s\":%s", set->name, kind->measures[m],
                    json_number(set->score.measures[m]).text);
    }
}

/* The norms, as the last members of a line. */
static void write_norms(FILE *file, const struct metrics_evaluation *evaluation)
{
    const struct tensors *tensors = evaluation->tensors;
    fprintf(file, ",\"gradient_norm\":%s,\"weight_norms\":{",
            json_number(evaluation->gradient_norm).text);
    for (int i = 0; i < tensors->count; ++i)
        fprintf(file, "%s\"%s\":%s", i > 0 ? "," : "", tensors->list[i].name,
                json_number(evaluation->weight_norms[i]).text);
    fputs("}}\n", file);
}

void metrics_evaluation(struct metrics *metrics, const struct metrics_evaluation *evaluation)
{
    fprintf(metrics->learning, "{\"iteration\":%lld,\"epoch\":%lld",
            (long long)evaluation->iteration, (long long)evaluation->epoch);
    write_scores(metrics->learning, evaluation->kind, &evaluation->scores);
    write_norms(metrics->learning, evaluation);
}

void metrics_test(struct metrics *metrics, int64_t iteration, const struct score_kind *kind,
                  const struct metrics_scores *scores)
{
    fprintf(metrics->learning, "{\"iteration\":%lld", (long long)iteration);
    write_scores(metrics->learning, kind, scores);
    fputs("}\n", metrics->learning);
}

void metrics_timing(struct metrics *metrics, int64_t iteration, enum metrics_kind of,
                    const struct metrics_seconds seconds[PHASES])
{
    fprintf(metrics->timing, "{\"iteration\":%lld%s", (long long)iteration,
            of == METRICS_TEST ? ",\"test\":true" : "");
    for (enum phase phase = PHASE_COMPUTE; phase < PHASES; ++phase)
        fprintf(metrics->timing, ",\"%s\":{\"minimum\":%s,\"mean\":%s,\"maximum\":%s}",
                phase_name(phase), json_number_of_seconds(seconds[phase].minimum).text,
                json_number_of_seconds(seconds[phase].mean).text,
                json_number_of_seconds(seconds[phase].maximum).text);
    fputs("}\n", metrics->timing);
}

enum status metrics_digest(const char *folder, struct digest *digest, struct error *error)
{
    char path[PATH_MAX], bytes[1 << 14];
    ssize_t count;
    path_join(path, folder, "metrics.jsonl");
    const int descriptor = regular_file_open(path, error);
    if (descriptor < 0)
        return error->status;
    struct digest_stream *stream = digest_begin();
    while (stream && (count = read(descriptor, bytes, sizeof bytes)) > 0)
        digest_add_bytes(stream, bytes, (size_t)count);
    close(descriptor);
    if (!stream)
        return error_memory(error, path, "its digest");
    *digest = digest_end(stream);
    if (count < 0)
        return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    return STATUS_DONE;
}

static enum status write_out(const struct metrics *metrics, FILE *file, const char *name,
                             bool durably, struct error *error)
{
    if (fflush(file) == 0 && !ferror(file) && (!durably || durable_sync(fileno(file))))
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s/%s: cannot be written: %s", metrics->folder, name,
                     strerror(errno));
}

enum status metrics_sync(struct metrics *metrics, struct error *error)
{
    if (write_out(metrics, metrics->learning, "metrics.jsonl", true, error))
        return error->status;
    return write_out(metrics, metrics->timing, "timing.jsonl", false, error);
}

void metrics_close(struct metrics *metrics)
{
    if (metrics->learning)
        fclose(metrics->learning);
    if (metrics->timing)
        fclose(metrics->timing);
    metrics->learning = metrics->timing = NULL;
}
