/* SPDX-License-Identifier: MIT */
#include "evaluation_times.h"

#include "json_number.h"

#include <math.h>
#include <string.h>

static int bin_of(double seconds)
{
    const double first = EVALUATION_TIMES_FIRST_OCTAVE * EVALUATION_TIMES_PER_OCTAVE;
    /* Also for 0 seconds, of which the logarithm is -infinity. */
    const double bin = floor(EVALUATION_TIMES_PER_OCTAVE * log2(seconds)) - first;
    return (int)fmin(fmax(bin, 0), EVALUATION_TIMES_BINS - 1);
}

/* The middle of a bin: on a logarithmic scale, like the bins. */
static double seconds_of(int bin)
{
    return exp2(EVALUATION_TIMES_FIRST_OCTAVE + (bin + 0.5) / EVALUATION_TIMES_PER_OCTAVE);
}

/* Puts it among the longest, if it is one of them. Of equal ones, the first stays first. */
static void rank(struct evaluation_times *times, const struct evaluation_time *evaluation)
{
    struct evaluation_time *longest = times->longest;
    int at = times->longest_count;
    while (at > 0 && longest[at - 1].seconds < evaluation->seconds)
        --at;
    if (at == EVALUATION_TIMES_LONGEST)
        return;
    if (times->longest_count < EVALUATION_TIMES_LONGEST)
        ++times->longest_count;
    memmove(longest + at + 1, longest + at,
            (size_t)(times->longest_count - at - 1) * sizeof *longest);
    longest[at] = *evaluation;
}

void evaluation_times_add(struct evaluation_times *times, const struct evaluation_time *evaluation,
                          int attempts, bool is_lost)
{
    const double seconds = evaluation->seconds;
    ++times->count;
    times->retried += attempts > 1;
    times->lost += is_lost;
    times->sum += seconds;
    times->iteration_sum += seconds;
    times->iteration_longest = fmax(times->iteration_longest, seconds);
    ++times->bins[bin_of(seconds)];
    rank(times, evaluation);
}

void evaluation_times_end_iteration(struct evaluation_times *times, int ranks, double seconds)
{
    times->wall += ranks * seconds;
    times->least += fmax(times->iteration_sum, ranks * times->iteration_longest);
    times->iteration_sum = times->iteration_longest = 0;
}

double evaluation_times_quantile(const struct evaluation_times *times, double share)
{
    const double wanted = share * (double)times->count;
    int64_t below = 0;
    if (times->count == 0)
        return (double)NAN;
    for (int bin = 0; bin < EVALUATION_TIMES_BINS; ++bin) {
        below += times->bins[bin];
        if (below > 0 && (double)below >= wanted)
            return fmin(seconds_of(bin), times->longest[0].seconds);
    }
    return times->longest[0].seconds;
}

static void write_longest(FILE *file, const struct evaluation_times *times)
{
    fputs(",\"longest\":[", file);
    for (int i = 0; i < times->longest_count; ++i) {
        fputs(i > 0 ? ",{" : "{", file);
        evaluation_name_write(file, &times->longest[i].name);
        fprintf(file, ",\"seconds\":%s}", json_number_rounded(times->longest[i].seconds).text);
    }
    putc(']', file);
}

/* Whole octaves, without those that are empty. */
static void write_histogram(FILE *file, const struct evaluation_times *times)
{
    const char *before = "";
    fputs(",\"histogram\":[", file);
    for (int octave = 0; octave < EVALUATION_TIMES_OCTAVES; ++octave) {
        int64_t count = 0;
        for (int i = 0; i < EVALUATION_TIMES_PER_OCTAVE; ++i)
            count += times->bins[octave * EVALUATION_TIMES_PER_OCTAVE + i];
        if (count == 0)
            continue;
        fprintf(file, "%s[%d,%lld]", before, EVALUATION_TIMES_FIRST_OCTAVE + octave,
                (long long)count);
        before = ",";
    }
    putc(']', file);
}

void evaluation_times_write(FILE *file, const struct evaluation_times *times)
{
    const double longest = times->longest_count > 0 ? times->longest[0].seconds : (double)NAN;
    fprintf(file, "{\"count\":%lld,\"retried\":%lld,\"lost\":%lld", (long long)times->count,
            (long long)times->retried, (long long)times->lost);
    fprintf(file, ",\"seconds\":{\"median\":%s,\"p90\":%s,\"longest\":%s,\"sum\":%s}",
            json_number_rounded(evaluation_times_quantile(times, 0.5)).text,
            json_number_rounded(evaluation_times_quantile(times, 0.9)).text,
            json_number_rounded(longest).text, json_number_rounded(times->sum).text);
    fprintf(file, ",\"busy\":%s,\"ideal\":%s", json_number_rounded(times->sum / times->wall).text,
            json_number_rounded(times->sum / times->least).text);
    write_longest(file, times);
    write_histogram(file, times);
    putc('}', file);
}
