/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include "failures_file.h"
#include "files/atomic_file.h"
#include "files/durable.h"
#include "files/path.h"
#include "files/regular_file.h"
#include "json_number.h"
#include "json_text.h"
#include "metrics_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define LEARNING "metrics.jsonl"
#define TIMING   "timing.jsonl"

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

/* Whether all files are open that the run has. */
static bool is_complete(const struct metrics *metrics, bool keeps_failures)
{
    return metrics->learning && metrics->timing && (metrics->failures || !keeps_failures);
}

enum status metrics_open(struct metrics *metrics, const char *folder, bool keeps_failures,
                         struct error *error)
{
    *metrics = (struct metrics){0};
    snprintf(metrics->folder, sizeof metrics->folder, "%s", folder);
    metrics->learning = create(folder, LEARNING, error);
    if (metrics->learning)
        metrics->timing = create(folder, TIMING, error);
    if (metrics->timing && keeps_failures)
        metrics->failures = create(folder, FAILURES_FILE_NAME, error);
    if (is_complete(metrics, keeps_failures))
        return STATUS_DONE;
    metrics_remove(metrics);
    return STATUS_FAILED;
}

void metrics_remove(struct metrics *metrics)
{
    if (metrics->learning)
        path_remove(metrics->folder, LEARNING);
    if (metrics->timing)
        path_remove(metrics->folder, TIMING);
    if (metrics->failures)
        path_remove(metrics->folder, FAILURES_FILE_NAME);
    metrics_close(metrics);
}

enum status metrics_discard(struct metrics *metrics, bool keeps_failures, struct error *error)
{
    *metrics = (struct metrics){.learning = fopen("/dev/null", "w"),
                                .timing = fopen("/dev/null", "w"),
                                .failures = keeps_failures ? fopen("/dev/null", "w") : NULL};
    if (is_complete(metrics, keeps_failures))
        return STATUS_DONE;
    metrics_close(metrics);
    return error_set(error, STATUS_FAILED, "/dev/null: %s", strerror(errno));
}

enum status metrics_open_temporary(struct metrics *metrics, bool keeps_failures,
                                   struct error *error)
{
    *metrics = (struct metrics){.learning = tmpfile(),
                                .timing = fopen("/dev/null", "w"),
                                .failures = keeps_failures ? tmpfile() : NULL};
    if (is_complete(metrics, keeps_failures))
        return STATUS_DONE;
    metrics_close(metrics);
    return error_set(error, STATUS_FAILED, "no temporary file can be made: %s", strerror(errno));
}

/* A line of one of the files. */
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

/* Counts the losses up to `last`, and the failures that belong to them, and takes the scores into
 * the history. */
static enum status read_scores(FILE *file, const char *path, int64_t last,
                               struct metrics_history *history, int64_t *failures,
                               struct error *error)
{
    struct entry entry;
    char *text = NULL;
    size_t size = 0;
    bool remembered = true;
    while (remembered && read_entry(file, &text, &size, &entry) && entry.line.iteration <= last)
        if (entry.line.kind == METRICS_LOSS) {
            ++history->losses;
            *failures += entry.line.failures;
        } else {
            remembered = remember(history, &entry.line);
        }
    free(text);
    return remembered ? STATUS_DONE : error_memory(error, path, "its lines");
}

/* The checkpoint of iteration 0 is durable before the first loss is known, and losses are durable
 * before a checkpoint of their iteration or, if the loss follows it, of the next: if the two do not
 * agree, somebody has removed something. */
static enum status check_losses(const char *path, int64_t iteration, bool loss_follows,
                                int64_t losses, struct error *error)
{
    if (iteration < 0 && losses > 0)
        return error_set(
            error, STATUS_FAILED,
            "%s: holds %lld iterations, but there is no checkpoint: bring the checkpoints back, or "
            "begin again in another --run-dir",
            path, (long long)losses);
    if (losses < iteration - loss_follows)
        return error_set(
            error, STATUS_FAILED,
            "%s: holds %lld iterations, but the checkpoint is of iteration %lld: bring "
            "the file back, or begin again in another --run-dir",
            path, (long long)losses, (long long)iteration);
    return STATUS_DONE;
}

/* Counts the lines of an iteration in failures.jsonl that tell of a lost evaluation. Those of the
 * iterations with a loss must be as many as the losses say. */
static enum status count_lost(const char *folder, int64_t iteration, int64_t failures,
                              struct metrics_history *history, struct error *error)
{
    int64_t found = 0;
    char path[PATH_MAX];
    struct entry entry;
    char *text = NULL;
    size_t size = 0;
    path_join(path, folder, FAILURES_FILE_NAME);
    FILE *file = open_file(path, O_RDWR | O_CREAT | O_APPEND, "a+", error);
    if (!file)
        return error->status;
    rewind(file);
    while (read_entry(file, &text, &size, &entry)) {
        const bool is_lost = strstr(text, "\"lost\":true");
        history->lost += is_lost && entry.line.iteration == iteration;
        found += is_lost && entry.line.iteration <= history->losses;
    }
    free(text);
    fclose(file);
    if (found == failures)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "%s: holds %lld lost evaluations, but metrics.jsonl counts %lld: bring the "
                     "file back, or begin again in another --run-dir",
                     path, (long long)found, (long long)failures);
}

enum status metrics_read_history(const char *folder, int64_t iteration, bool loss_follows,
                                 struct metrics_history *history, struct error *error)
{
    char path[PATH_MAX];
    int64_t failures = 0;
    *history = (struct metrics_history){0};
    path_join(path, folder, LEARNING);
    FILE *file = open_file(path, O_RDWR | O_CREAT | O_APPEND, "a+", error);
    if (!file)
        return error->status;
    rewind(file);
    const int64_t last = iteration < 0 ? INT64_MAX : iteration;
    enum status status = read_scores(file, path, last, history, &failures, error);
    fclose(file);
    if (!status)
        status = check_losses(path, iteration, loss_follows, history->losses, error);
    if (!status && loss_follows && iteration >= 0)
        status = count_lost(folder, iteration, failures, history, error);
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

enum status metrics_resume(struct metrics *metrics, const char *folder, bool keeps_failures,
                           int64_t iteration, enum metrics_kind last_kept, int64_t last_failures,
                           struct error *error)
{
    *metrics = (struct metrics){0};
    snprintf(metrics->folder, sizeof metrics->folder, "%s", folder);
    metrics->learning = reopen(folder, LEARNING, iteration, last_kept, error);
    if (metrics->learning)
        metrics->timing = reopen(folder, TIMING, iteration, last_kept, error);
    /* METRICS_TEST, the last kind, keeps all lines of the iteration. */
    if (metrics->timing && keeps_failures)
        metrics->failures = reopen(folder, FAILURES_FILE_NAME, last_failures, METRICS_TEST, error);
    if (is_complete(metrics, keeps_failures))
        return STATUS_DONE;
    metrics_close(metrics);
    return STATUS_FAILED;
}

void metrics_iteration(struct metrics *metrics, int64_t iteration, double loss, int64_t failures)
{
    fprintf(metrics->learning, "{\"iteration\":%lld,\"loss\":%s", (long long)iteration,
            json_number(loss).text);
    if (failures > 0)
        fprintf(metrics->learning, ",\"failures\":%lld", (long long)failures);
    fputs("}\n", metrics->learning);
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
        if (set->score.lost > 0)
            fprintf(file, ",\"%s_lost\":%lld", set->name, (long long)set->score.lost);
    }
}

/* The norms, as members of a line. */
static void write_norms(FILE *file, const struct metrics_evaluation *evaluation)
{
    const struct tensors *tensors = evaluation->tensors;
    fprintf(file, ",\"gradient_norm\":%s,\"weight_norms\":{",
            json_number(evaluation->gradient_norm).text);
    for (int i = 0; i < tensors->count; ++i)
        fprintf(file, "%s\"%s\":%s", i > 0 ? "," : "", tensors->list[i].name,
                json_number(evaluation->weight_norms[i]).text);
    putc('}', file);
}

/* The values of the parameters, as a member of a line. */
static void write_theta(FILE *file, const struct parameters *parameters, const double *theta)
{
    fputs(",\"theta\":{", file);
    for (size_t p = 0; p < parameters->count; ++p)
        fprintf(file, "%s%s:%s", p > 0 ? "," : "", json_text(parameters->names[p]).text,
                json_number(theta[p]).text);
    putc('}', file);
}

void metrics_evaluation(struct metrics *metrics, const struct metrics_evaluation *evaluation)
{
    fprintf(metrics->learning, "{\"iteration\":%lld,\"epoch\":%lld",
            (long long)evaluation->iteration, (long long)evaluation->epoch);
    write_scores(metrics->learning, evaluation->kind, &evaluation->scores);
    write_norms(metrics->learning, evaluation);
    if (evaluation->parameters && evaluation->parameters->count <= METRICS_THETA_MAX)
        write_theta(metrics->learning, evaluation->parameters, evaluation->theta);
    fputs("}\n", metrics->learning);
}

void metrics_test(struct metrics *metrics, int64_t iteration, const struct score_kind *kind,
                  const struct metrics_scores *scores)
{
    fprintf(metrics->learning, "{\"iteration\":%lld", (long long)iteration);
    write_scores(metrics->learning, kind, scores);
    fputs("}\n", metrics->learning);
}

void metrics_timing(struct metrics *metrics, int64_t iteration, enum metrics_kind of,
                    const struct metrics_seconds seconds[PHASES],
                    const struct evaluation_times *times)
{
    fprintf(metrics->timing, "{\"iteration\":%lld%s", (long long)iteration,
            of == METRICS_TEST ? ",\"test\":true" : "");
    for (enum phase phase = PHASE_COMPUTE; phase < PHASES; ++phase)
        fprintf(metrics->timing, ",\"%s\":{\"minimum\":%s,\"mean\":%s,\"maximum\":%s}",
                phase_name(phase), json_number_of_seconds(seconds[phase].minimum).text,
                json_number_of_seconds(seconds[phase].mean).text,
                json_number_of_seconds(seconds[phase].maximum).text);
    if (times && times->count > 0) {
        fputs(",\"evaluations\":", metrics->timing);
        evaluation_times_write(metrics->timing, times);
    }
    fputs("}\n", metrics->timing);
}

void metrics_failure(struct metrics *metrics, const struct metrics_failure *failure)
{
    putc('{', metrics->failures);
    evaluation_name_write(metrics->failures, &failure->name);
    fprintf(metrics->failures, ",\"cause\":\"%s\",\"attempts\":%d,\"lost\":%s}\n", failure->cause,
            failure->attempts, failure->is_lost ? "true" : "false");
}

static enum status digest_file(const char *folder, const char *name, struct digest *digest,
                               struct error *error)
{
    char path[PATH_MAX], bytes[1 << 14];
    ssize_t count;
    path_join(path, folder, name);
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

enum status metrics_digest(const char *folder, struct digest *digest, struct error *error)
{
    return digest_file(folder, LEARNING, digest, error);
}

bool metrics_has_failures(const char *folder)
{
    return path_exists(folder, FAILURES_FILE_NAME);
}

enum status metrics_digest_failures(const char *folder, struct digest *digest, struct error *error)
{
    return digest_file(folder, FAILURES_FILE_NAME, digest, error);
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
    if (write_out(metrics, metrics->learning, LEARNING, true, error) ||
        (metrics->failures &&
         write_out(metrics, metrics->failures, FAILURES_FILE_NAME, true, error)))
        return error->status;
    return write_out(metrics, metrics->timing, TIMING, false, error);
}

void metrics_close(struct metrics *metrics)
{
    if (metrics->learning)
        fclose(metrics->learning);
    if (metrics->timing)
        fclose(metrics->timing);
    if (metrics->failures)
        fclose(metrics->failures);
    metrics->learning = metrics->timing = metrics->failures = NULL;
}
