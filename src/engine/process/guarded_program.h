/* SPDX-License-Identifier: MIT
 *
 * A program of the user's behind dtrain-guard (guard.c), which kills it and all that it has
 * started as soon as this process dies, closes it or says so. The program reads from descriptor 3,
 * writes to descriptor 4, has /dev/null as its standard input, and no other descriptors but its
 * standard output and error, which are read here. */
#ifndef DTRAIN_GUARDED_PROGRAM_H
#define DTRAIN_GUARDED_PROGRAM_H

#include "engine/protocol/message.h"
#include "output_lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What a wait ended with. */
enum guarded_event {
    GUARDED_CAME,     /* what was waited for has come */
    GUARDED_TOO_LONG, /* the line is longer than the limit */
    GUARDED_ENDED,    /* the program has ended, or closed descriptor 3 or 4 */
    GUARDED_LATE,     /* the deadline has passed */
    GUARDED_STOPPED,  /* wait.asks_to_stop said so */
};

/* How long a wait may take. asks_to_stop is asked ten times a second; NULL: it never does. */
struct guarded_wait {
    double seconds; /* 0: no limit */
    bool (*asks_to_stop)(void *context);
    void *context;
};

/* All zeros: not started. */
struct guarded_program {
    bool is_running;
    pid_t guard;
    int requests, answers, life; /* descriptors: to 3, from 4, and of the guard; -1: closed */
    int streams[OUTPUT_STREAMS]; /* descriptors of its standard output and error; -1: closed */
    struct output_lines *lines;  /* where what it prints goes */
    const char *to_send;         /* what is still to be written */
    size_t to_send_size;
    struct message came; /* bytes from 4 that have not been taken yet */
    size_t taken;        /* bytes of these that the last receive has given out */
    bool has_status;     /* whether the guard has told how it ended */
    int status;          /* and how, as of waitpid; an errno if it cannot be started */
    bool cannot_start;
    int closed;         /* the descriptor, 3 or 4, that the program has closed first; 0: none */
    double closed_at;   /* when that was noticed, as of clock_seconds */
    bool is_guard_lost; /* whether somebody else has killed the guard */
};

/* Starts words[0], found in PATH, with that environment, behind the guard at the path `guard`. When
 * all of it is gone, the guard removes the folder `scratch` (NULL: none). `lines` must outlive the
 * program. Returns 0, or an errno. That the program cannot be started may show only later, as
 * GUARDED_ENDED. */
int guarded_program_start(struct guarded_program *program, const char *guard, char *const *words,
                          char *const *environment, const char *scratch,
                          struct output_lines *lines);

/* Sets what the next receive sends, while it waits: bytes that must stay until it has returned. */
void guarded_program_send(struct guarded_program *program, const char *bytes, size_t size);

/* Whether the program has written more than the receives have given out: between two questions,
 * nobody has asked for that. Does not wait. What the last receive has given out is gone then. */
bool guarded_program_has_more(struct guarded_program *program);

/* Closes the program's descriptor 3 when all has been read from it: a program that ends there ends
 * by itself. A receive may then wait for GUARDED_ENDED. */
void guarded_program_end_requests(struct guarded_program *program);

/* Waits for a line of up to `limit` bytes, or for `size` bytes that follow one, and gives out where
 * they are (a line without its newline), until the next receive. What the program prints meanwhile
 * is passed on, also what it had printed before a line came. */
enum guarded_event guarded_program_receive_line(struct guarded_program *program, size_t limit,
                                                const struct guarded_wait *wait, const char **line,
                                                size_t *length);
enum guarded_event guarded_program_receive_bytes(struct guarded_program *program, size_t size,
                                                 const struct guarded_wait *wait,
                                                 const char **bytes);

/* Kills the program and all that it has started, waits until they are gone and their scratch folder
 * is, too, passes on the rest of what they have printed, and closes all descriptors. What the last
 * receive has given out is gone then. Nothing to do if it is not running. */
void guarded_program_kill(struct guarded_program *program);

/* How the program ended, once it is killed or GUARDED_ENDED has come and guarded_program_kill was
 * called: "ended with exit code 3", "was killed by signal 11 (Segmentation fault)", "cannot be
 * started: No such file or directory"; "closed descriptor 4", or 3, if it had not ended by itself.
 */
void guarded_program_describe_end(const struct guarded_program *program, char *text, size_t size);

#endif
