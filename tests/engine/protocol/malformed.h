/* SPDX-License-Identifier: MIT
 *
 * Lines that are no hello, and no answer, and words of what is to be said about each. */
#ifndef DTRAIN_TESTS_MALFORMED_H
#define DTRAIN_TESTS_MALFORMED_H

struct malformed {
    const char *line, *words;
};

/* Each list ends with a line that is NULL. The answers are to PROTOCOL_EVALUATE with two values. */
extern const struct malformed malformed_hellos[], malformed_answers[];

#endif
