/* SPDX-License-Identifier: MIT
 *
 * What a simulation prints: its standard output and its standard error go to dtrain's standard
 * error line by line, each with the rank before it. Where its standard output is not wanted, the
 * last lines are kept, and printed after a failure. */
#ifndef DTRAIN_OUTPUT_LINES_H
#define DTRAIN_OUTPUT_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum output_stream { OUTPUT_OF_STDOUT, OUTPUT_OF_STDERR, OUTPUT_STREAMS };

/* The lines that are kept, and the longest line, in bytes; the rest of a longer one is left out. */
enum { OUTPUT_LINES_KEPT = 20, OUTPUT_LINE_MAX = 1000 };

/* All zeros, but for rank and drops_stdout: nothing has been printed. */
struct output_lines {
    int rank;
    bool drops_stdout;                                 /* keeps it, but does not print it */
    char begun[OUTPUT_STREAMS][OUTPUT_LINE_MAX + 1];   /* a line that has not ended yet */
    size_t length[OUTPUT_STREAMS];                     /* its bytes, those left out included */
    char kept[OUTPUT_LINES_KEPT][OUTPUT_LINE_MAX + 1]; /* a ring of lines that were not printed */
    size_t kept_count;                                 /* such lines so far */
    char last[OUTPUT_LINE_MAX + 1];                    /* the last line that is not blank */
};

/* Takes bytes that were printed, control characters and all; prints each line as it ends, "rank 3:
 * LINE", with what a terminal could take for a command escaped. */
void output_lines_add(struct output_lines *lines, enum output_stream stream, const char *bytes,
                      size_t size);

/* Ends the lines that have begun. */
void output_lines_end(struct output_lines *lines);

/* Prints the kept lines, and forgets them. */
void output_lines_show_kept(struct output_lines *lines);

/* Forgets what was printed: another process begins. */
void output_lines_clear(struct output_lines *lines);

#endif
