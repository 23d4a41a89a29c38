/* SPDX-License-Identifier: MIT */
#include "dtrain/metrics.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* 17 significant digits give a double back to the bit; # keeps trailing zeros. */
#define NUMBER "%#.17g"

static FILE *create(const char *folder, const char *name, struct error *error)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wx");
    if (!file)
        error_set(error, STATUS_FAILED, "%s: %s", path, strerror(errno));
    return file;
}

enum status metrics_open(struct metrics *metrics, const char *folder, struct error *error)
{
    *metrics = (struct metrics){0};
    snprintf(metrics->folder, sizeof metrics->folder, "%s", folder);
    metrics->course = create(folder, "metrics.jsonl", error);
    if (metrics->course)
        metrics->timing = create(folder, "timing.jsonl", error);
    if (metrics->course && metrics->timing)
        return STATUS_DONE;
    metrics_close(metrics);
    return STATUS_FAILED;
}

void metrics_iteration(struct metrics *metrics, int64_t iteration, double loss)
{
    fprintf(metrics->course, "{\"iteration\":%lld,\"loss\":" NUMBER "}\n", (long long)iteration,
            loss);
}

void metrics_evaluation(struct metrics *metrics, int64_t iteration, int64_t epoch,
                        struct metrics_score train, struct metrics_score test)
{
    fprintf(metrics->course,
            "{\"iteration\":%lld,\"epoch\":%lld,\"train_loss\":" NUMBER
            ",\"train_accuracy\":" NUMBER ",\"test_loss\":" NUMBER ",\"test_accuracy\":" NUMBER
            "}\n",
            (long long)iteration, (long long)epoch, train.loss, train.accuracy, test.loss,
            test.accuracy);
}

void metrics_timing(struct metrics *metrics, int64_t iteration,
                    const struct metrics_seconds seconds[METRICS_PHASES])
{
    static const char *const names[METRICS_PHASES] = {"compute", "reduction", "evaluation",
                                                      "checkpoint"};
    fprintf(metrics->timing, "{\"iteration\":%lld", (long long)iteration);
    for (int phase = 0; phase < METRICS_PHASES; ++phase)
        fprintf(metrics->timing, ",\"%s\":{\"minimum\":%.6f,\"mean\":%.6f,\"maximum\":%.6f}",
                names[phase], seconds[phase].minimum, seconds[phase].mean, seconds[phase].maximum);
    fputs("}\n", metrics->timing);
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
    const enum status status = sync_file(metrics, metrics->course, "metrics.jsonl", error);
    return status ? status : sync_file(metrics, metrics->timing, "timing.jsonl", error);
}

void metrics_close(struct metrics *metrics)
{
    if (metrics->course)
        fclose(metrics->course);
    if (metrics->timing)
        fclose(metrics->timing);
    metrics->course = metrics->timing = NULL;
}
