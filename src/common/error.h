/* SPDX-License-Identifier: MIT
 *
 * What functions that can fail return: a status, and a line of text for the user.
 *
 * The line names the object (file, option, parameter) and what is wrong; whoever owns the
 * communication sees to it that it is printed once. */
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
    STATUS_STOPPED = 75,     /* on request, and can be resumed */
    STATUS_INTERRUPTED = 130 /* at once, by a second SIGINT: the code that shells use */
};

struct error {
    enum status status;
    char text[1024];
};

/* Fills *error with the status and a printf-formatted line (no newline); returns the status.
 * Control characters are written as \x1b. Of a line that is too long, paths lose their middle:
 * what is wrong with them stays. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
enum status
error_set(struct error *error, enum status status, const char *format, ...);

#endif
