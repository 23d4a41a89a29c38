/* SPDX-License-Identifier: MIT
 *
 * The outcome of a function that can fail: a status, and a line of text for the user. The line
 * names the object (file, option, parameter) and what is wrong with it. The function that sets it
 * does not print it; the program does, once. */
#ifndef DTRAIN_ERROR_H
#define DTRAIN_ERROR_H

/* The program's exit codes. */
enum status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_DIVERGED = 3,
    STATUS_REPLICAS_DIFFER = 4,
    STATUS_STALLED = 5,
    STATUS_EVALUATIONS_FAILED = 6, /* more evaluations have failed than the user allows */
    STATUS_STOPPED = 75,           /* stopped on request; the run can be resumed */
    STATUS_INTERRUPTED = 130       /* ended at once by a second SIGINT; shells use the same code */
};

/* The longest line of error_set; the rest of the text is for the rank and host that world_agree
 * appends. */
enum { ERROR_LINE_MAX = 768 };

struct error {
    enum status status;
    char text[1024];
};

/* Fills *error with the status and a printf-formatted line (no newline). Returns the status.
 * Control characters become escapes such as \x1b. If the line is too long, "..." replaces the
 * middle of its long words, which are paths. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
enum status
error_set(struct error *error, enum status status, const char *format, ...);

/* STATUS_FAILED with "OBJECT: not enough memory for WHAT"; the object is left out if it is NULL. */
enum status error_memory(struct error *error, const char *object, const char *what);

#endif
