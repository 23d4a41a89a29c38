/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "common/clock.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The name of the process that started this one; "" if that is unknown. */
static void name_parent(char name[static 32])
{
    char path[64];
    name[0] = '\0';
    snprintf(path, sizeof path, "/proc/%d/comm", (int)getppid());
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    if (fscanf(file, "%31s", name) != 1)
        name[0] = '\0';
    fclose(file);
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; ++names)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* The terminal that standard output leads to, or -1. Open MPI gives rank 0 a pseudo-terminal
 * wherever mpirun's own output goes: that output counts, if mpirun is on this host. */
static int find_terminal(void)
{
    static const char *const launchers[] = {"mpirun", "mpiexec", "orterun", "prterun", NULL};
    static const char *const daemons[] = {"orted", "prted", NULL};
    const char *const kind = getenv("TERM");
    char parent[32], path[64];
    int terminal = STDOUT_FILENO;
    name_parent(parent);
    if (!kind || strcmp(kind, "dumb") == 0 || is_one_of(parent, daemons))
        return -1;
    if (is_one_of(parent, launchers)) {
        snprintf(path, sizeof path, "/proc/%d/fd/1", (int)getppid());
        terminal = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    }
    if (terminal >= 0 && isatty(terminal))
        return terminal;
    if (terminal > STDOUT_FILENO)
        close(terminal);
    return -1;
}

static int columns_of(int terminal)
{
    const int usual = 80;
    struct winsize size;
    if (terminal < 0 || ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return usual;
    return size.ws_col;
}

void progress_start(struct progress *progress, const char *choice, int64_t first,
                    int64_t iterations, int64_t epoch_iterations, const struct recipe *recipe)
{
    *progress = (struct progress){.terminal = -1,
                                  .first = first,
                                  .iterations = iterations,
                                  .epoch_iterations = epoch_iterations,
                                  .recipe = recipe,
                                  .iteration = first,
                                  .printed = -1,
                                  .loss = NAN,
                                  .last_loss = NAN,
                                  .started = clock_seconds(),
                                  .shown_at = clock_seconds()};
    if (strcmp(choice, "none") == 0)
        return;
    if (strcmp(choice, "plain") != 0)
        progress->terminal = find_terminal();
    progress->style =
        strcmp(choice, "bar") == 0 || progress->terminal >= 0 ? PROGRESS_BAR : PROGRESS_PLAIN;
}

void progress_format_time(double seconds, char *text, size_t size)
{
    const long long whole = seconds < 1e12 ? (long long)(seconds + 0.5) : 0;
    if (whole >= 3600)
        snprintf(text, size, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, size, "%lld:%02lld", whole / 60, whole % 60);
}

/* Iterations a second since the start, and the time that the remaining ones will take. */
static double speed_of(const struct progress *progress, char *left, size_t size)
{
    const double done = (double)(progress->iteration - progress->first);
    const double speed = done / (clock_seconds() - progress->started);
    snprintf(left, size, "?");
    if (done > 0)
        progress_format_time((double)(progress->iterations - progress->iteration) / speed, left,
                             size);
    return speed;
}

/* What follows the bar, from left to right. */
enum part {
    PART_DONE,
    PART_TABLE,
    PART_EPOCH,
    PART_LOSS,
    PART_MEASURED,
    PART_SPEED,
    PART_LEFT,
    PARTS
};
enum { PART_SIZE = 48 };

static void write_parts(const struct progress *progress, char parts[PARTS][PART_SIZE])
{
    char left[32];
    const double speed = speed_of(progress, left, sizeof left);
    snprintf(parts[PART_DONE], PART_SIZE, "%lld/%lld", (long long)progress->iteration,
             (long long)progress->iterations);
    snprintf(parts[PART_TABLE], PART_SIZE, "%s", progress->table);
    snprintf(parts[PART_EPOCH], PART_SIZE, "  epoch %.1f",
             (double)progress->iteration / (double)progress->epoch_iterations);
    parts[PART_LOSS][0] = parts[PART_MEASURED][0] = '\0';
    if (!isnan(progress->loss))
        snprintf(parts[PART_LOSS], PART_SIZE, "  loss %.4f", progress->loss);
    if (progress->kind && progress->kind->count > 0)
        snprintf(parts[PART_MEASURED], PART_SIZE, "  %s %s", progress->kind->measures[0],
                 recipe_measure(progress->recipe, progress->kind, &progress->score, 0).text);
    snprintf(parts[PART_SPEED], PART_SIZE, "  %.*f/s", speed < 10 ? 2 : 0, speed);
    snprintf(parts[PART_LEFT], PART_SIZE, "  %s left", left);
}

enum { BAR_WIDTH_MIN = 3, BAR_WIDTH_MAX = 40 };

/* Empties parts, the least important first, until the others leave columns for a bar; the last one
 * becomes a percentage, which is shorter. Returns the columns left. */
static int fit_parts(char parts[PARTS][PART_SIZE], int columns, double share)
{
    static const enum part expendable[] = {PART_MEASURED, PART_EPOCH, PART_SPEED,
                                           PART_LEFT,     PART_LOSS,  PART_TABLE};
    enum { EXPENDABLE = sizeof expendable / sizeof *expendable };
    int left = columns;
    for (int i = 0; i < PARTS; ++i)
        left -= (int)strlen(parts[i]);
    for (int i = 0; i < EXPENDABLE && left < BAR_WIDTH_MIN; ++i) {
        left += (int)strlen(parts[expendable[i]]);
        parts[expendable[i]][0] = '\0';
    }
    if (left >= BAR_WIDTH_MIN)
        return left;
    snprintf(parts[PART_DONE], PART_SIZE, "%d%%", (int)(100 * share));
    return columns - (int)strlen(parts[PART_DONE]);
}

/* Never as wide as the terminal: text in its last column can wrap the line. */
static void draw_bar(struct progress *progress)
{
    const int columns = columns_of(progress->terminal) - 1, brackets = (int)strlen("[] ");
    const double share =
        progress->iterations > 0 ? (double)progress->iteration / (double)progress->iterations : 1;
    char parts[PARTS][PART_SIZE], bar[BAR_WIDTH_MAX + 1];
    write_parts(progress, parts);
    int width = fit_parts(parts, columns - brackets, share);
    width = width > BAR_WIDTH_MAX ? BAR_WIDTH_MAX : width;
    if (width < BAR_WIDTH_MIN) {
        printf("\r%.*s\033[K", columns, parts[PART_DONE]);
    } else {
        memset(bar, '.', sizeof bar);
        memset(bar, '#', (size_t)(share * width));
        bar[width] = '\0';
        printf("\r[%s] ", bar);
        for (int i = 0; i < PARTS; ++i)
            fputs(parts[i], stdout);
        fputs("\033[K", stdout);
    }
    fflush(stdout);
    progress->drawn = true;
}

static void print_plain(struct progress *progress)
{
    char left[32];
    const double speed = speed_of(progress, left, sizeof left);
    printf("iteration %6lld of %lld  loss %.4f  %.3g/s, %s left\n", (long long)progress->iteration,
           (long long)progress->iterations, progress->loss, speed, left);
    fflush(stdout);
    progress->printed = progress->iteration;
}

/* Whether it is time to show something: a bar is drawn again at most ten times a second, and lines
 * come at most every 30 seconds, or twenty times in a run. */
static bool is_time(struct progress *progress)
{
    const double redraw_every = 0.1, line_every = 30, now = clock_seconds();
    const double least = progress->style == PROGRESS_BAR
                             ? redraw_every
                             : fmax(line_every, (now - progress->started) / 20);
    if (progress->style == PROGRESS_NONE || now - progress->shown_at < least)
        return false;
    progress->shown_at = now;
    return true;
}

void progress_table(struct progress *progress, int64_t iteration, size_t begun, size_t all,
                    double seconds)
{
    char left[32];
    if (begun == 0 || !is_time(progress))
        return;
    const double speed = (double)begun / seconds;
    progress_format_time((double)(all - begun) / speed, left, sizeof left);
    snprintf(progress->table, sizeof progress->table, "  evaluation %zu/%zu", begun, all);
    if (progress->style == PROGRESS_BAR)
        draw_bar(progress);
    else
        printf("iteration %6lld of %lld  evaluation %zu of %zu, %.3g/s, %s left\n",
               (long long)iteration, (long long)progress->iterations, begun, all, speed, left);
    fflush(stdout);
}

void progress_iteration(struct progress *progress, int64_t iteration, double loss)
{
    const double smoothing = 0.98;
    progress->table[0] = '\0';
    if (progress->style == PROGRESS_NONE)
        return;
    progress->iteration = iteration;
    progress->last_loss = loss;
    progress->loss =
        isnan(progress->loss) ? loss : smoothing * progress->loss + (1 - smoothing) * loss;
    if (!is_time(progress))
        return;
    if (progress->style == PROGRESS_BAR)
        draw_bar(progress);
    else
        print_plain(progress);
}

void progress_evaluations(struct progress *progress, const struct evaluation_times *times,
                          double busy)
{
    progress->evaluated = times->count;
    progress->lost = times->lost;
    progress->busy = busy;
    /* A second: what takes less keeps nobody waiting. */
    const double least = fmax(1, 10 * evaluation_times_quantile(times, 0.5));
    progress->longest = (struct evaluation_time){.seconds = 0};
    if (times->longest_count > 0 && times->longest[0].seconds > least)
        progress->longest = times->longest[0];
}

/* "  640 evaluations, none lost, ranks 71 % busy" */
static void print_evaluations(const struct progress *progress)
{
    char lost[32] = "none";
    if (progress->evaluated == 0)
        return;
    if (progress->lost > 0)
        snprintf(lost, sizeof lost, "%lld", (long long)progress->lost);
    printf("  %lld evaluations, %s lost, ranks %.0f %% busy", (long long)progress->evaluated, lost,
           100 * progress->busy);
    if (progress->longest.seconds > 0)
        printf(", the longest %.3g s (evaluation %lld of iteration %lld)",
               progress->longest.seconds, (long long)progress->longest.name.number,
               (long long)progress->longest.name.iteration);
}

/* "  train loss 0.1794 accuracy 0.9461" */
static void print_score(const struct progress *progress, const struct metrics_set *set)
{
    printf("  %s loss %.4f", set->name, set->score.loss);
    for (int m = 0; m < progress->kind->count; ++m)
        printf(" %s %s", progress->kind->measures[m],
               recipe_measure(progress->recipe, progress->kind, &set->score, m).text);
}

/* Plain lines show about 50 evaluations, however many there are. */
void progress_evaluation(struct progress *progress, const struct metrics_evaluation *evaluation,
                         bool is_last)
{
    const struct metrics_scores *scores = &evaluation->scores;
    const int64_t lines = 50, calm = progress->iterations / lines;
    const int64_t iteration = evaluation->iteration;
    const bool must = is_last || progress->printed < 0;
    progress->iteration = iteration;
    progress->kind = evaluation->kind;
    if (scores->count > 0)
        progress->score = scores->sets[scores->count - 1].score;
    else
        progress->kind = NULL;
    if (progress->style == PROGRESS_BAR)
        draw_bar(progress);
    if (progress->style != PROGRESS_PLAIN || (!must && iteration - progress->printed < calm))
        return;
    printf("iteration %6lld of %lld", (long long)iteration, (long long)progress->iterations);
    for (int i = 0; i < scores->count; ++i)
        print_score(progress, &scores->sets[i]);
    if (scores->count == 0 && !isnan(progress->last_loss))
        printf("  loss %.6g", progress->last_loss);
    print_evaluations(progress);
    printf("  %.1f s\n", clock_seconds() - progress->started);
    fflush(stdout);
    progress->printed = iteration;
    progress->shown_at = clock_seconds();
}

void progress_end(struct progress *progress)
{
    if (progress->drawn)
        putchar('\n');
    fflush(stdout);
    if (progress->terminal > STDOUT_FILENO)
        close(progress->terminal);
    progress->drawn = false;
    progress->style = PROGRESS_NONE;
}
