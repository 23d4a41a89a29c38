/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include "atomic_file.h"
#include "json_number.h"
#include "metrics_lines.h"
#include "path.h"
#include "regular_file.h"

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

/* The lines at the beginning of a file that a resumed run keeps. */
struct extent {
    off_t bytes;
    int64_t losses; /* number of the lines that hold a loss */
    bool evaluated; /* whether the last line is the evaluation of the last iteration */
};

/* A line of either file. */
struct entry {
    off_t bytes;
    int64_t iteration;
    enum metrics_line line;
};

/* Reads the next line; *line and *size are those of getline. False at the end of the file, and for
 * a line that is not a complete JSON object, such as one that was cut off when a run was killed. */
static bool read_entry(FILE *file, char **line, size_t *size, struct entry *entry)
{
    const ssize_t length = getline(line, size, file);
    if (length <= 0 || (*line)[length - 1] != '\n')
        return false;
    entry->bytes = length;
    return metrics_lines_parse(*line, (size_t)length, &entry->iteration, &entry->line);
}

/* Finds the lines up to `iteration`, and of that one the evaluation only if keep_evaluation. The
 * score on the test set that a run with validation rows ends with belongs to that end. */
static struct extent measure(FILE *file, int64_t iteration, bool keep_evaluation)
{
    struct extent extent = {0};
    struct entry entry;
    char *line = NULL;
    size_t size = 0;
    while (read_entry(file, &line, &size, &entry) && entry.iteration <= iteration) {
        const bool last = entry.iteration == iteration;
        const bool is_loss = entry.line == METRICS_LOSS;
        if (!is_loss && last && (!keep_evaluation || entry.line == METRICS_TEST))
            break;
        extent.losses += is_loss;
        extent.evaluated = !is_loss && last;
        extent.bytes += entry.bytes;
    }
    free(line);
    return extent;
}

/* Refuses a file with losses if the run has no checkpoint: the checkpoint of iteration 0 is durable
 * before the first loss is known, so somebody must have removed it. */
static enum status check_no_losses(FILE *file, const char *path, struct error *error)
{
    const int64_t losses = measure(file, INT64_MAX, true).losses;
    rewind(file);
    if (losses == 0)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: holds %lld iterations, but there is no checkpoint: bring the checkpoints "
                     "back, or begin again in another --run-dir",
                     path, (long long)losses);
}

/* Opens a file, which may not exist yet, and removes the lines after `iteration`. Returns NULL and
 * fills *error on failure, also if there are fewer than losses_needed losses. */
static FILE *reopen(const char *folder, const char *name, int64_t iteration, bool keep_evaluation,
                    int64_t losses_needed, struct extent *extent, struct error *error)
{
    char path[PATH_MAX];
    path_join(path, folder, name);
    FILE *file = open_file(path, O_RDWR | O_CREAT | O_APPEND, "a+", error);
    if (!file)
        return NULL;
    rewind(file);
    if (iteration < 0 && check_no_losses(file, path, error)) {
        fclose(file);
        return NULL;
    }
    *extent = measure(file, iteration, keep_evaluation);
    if (extent->losses < losses_needed)
        error_set(error, STATUS_FAILED,
                  "%s: holds %lld iterations, but the checkpoint is of iteration %lld: bring the "
                  "file back, or begin again in another --run-dir",
                  path, (long long)extent->losses, (long long)iteration);
    else if (ftruncate(fileno(file), extent->bytes) != 0)
        error_set(error, STATUS_FAILED, "%s: cannot be cut back: %s", path, strerror(errno));
    else
        return file;
    fclose(file);
    return NULL;
}

enum status metrics_resume(struct metrics *metrics, const char *folder, int64_t iteration,
                           bool keep_evaluation, bool *evaluated, struct error *error)
{
    struct extent extent = {0};
    *metrics = (struct metrics){0};
    snprintf(metrics->folder, sizeof metrics->folder, "%s", folder);
    metrics->learning = reopen(folder, "metrics.jsonl", iteration, keep_evaluation,
                               iteration > 0 ? iteration : 0, &extent, error);
    *evaluated = extent.evaluated;
    if (metrics->learning)
        metrics->timing =
            reopen(folder, "timing.jsonl", iteration, keep_evaluation, 0, &extent, error);
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

const char *metrics_held_out_name(const struct metrics_evaluation *evaluation)
{
    return evaluation->validates ? "validation" : "test";
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
    const struct metrics_score *train = &evaluation->train, *held_out = &evaluation->held_out;
    const char *name = metrics_held_out_name(evaluation);
    fprintf(metrics->learning,
            "{\"iteration\":%lld,\"epoch\":%lld,\"train_loss\":%s,\"train_accuracy\":%s,"
            "\"%s_loss\":%s,\"%s_accuracy\":%s",
            (long long)evaluation->iteration, (long long)evaluation->epoch,
            json_number(train->loss).text, json_number(train->accuracy).text, name,
            json_number(held_out->loss).text, name, json_number(held_out->accuracy).text);
    write_norms(metrics->learning, evaluation);
}

void metrics_test(struct metrics *metrics, int64_t iteration, struct metrics_score score)
{
    fprintf(metrics->learning, "{\"iteration\":%lld,\"test_loss\":%s,\"test_accuracy\":%s}\n",
            (long long)iteration, json_number(score.loss).text, json_number(score.accuracy).text);
}

void metrics_timing(struct metrics *metrics, int64_t iteration,
                    const struct metrics_seconds seconds[PHASES])
{
    fprintf(metrics->timing, "{\"iteration\":%lld", (long long)iteration);
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
        return error_set(error, STATUS_FAILED, "%s: not enough memory for its digest", path);
    *digest = digest_end(stream);
    if (count < 0)
        return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    return STATUS_DONE;
}

static enum status sync_file(const struct metrics *metrics, FILE *file, const char *name,
                             struct error *error)
{
    if (fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED, "%s/%s: cannot be written: %s", metrics->folder, name,
                     strerror(errno));
}

enum status metrics_sync(struct metrics *metrics, struct error *error)
{
    const enum status status = sync_file(metrics, metrics->learning, "metrics.jsonl", error);
    return status ? status : sync_file(metrics, metrics->timing, "timing.jsonl", error);
}

void metrics_close(struct metrics *metrics)
{
    if (metrics->learning)
        fclose(metrics->learning);
    if (metrics->timing)
        fclose(metrics->timing);
    metrics->learning = metrics->timing = NULL;
}
