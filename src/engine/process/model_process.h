/* SPDX-License-Identifier: MIT
 *
 * A model in a process of its own: it is started, says who it is, and answers one question after
 * another. If it crashes, hangs or talks nonsense, that costs one evaluation, and the process is
 * started anew. No MPI: each rank has one of its own. */
#ifndef DTRAIN_MODEL_PROCESS_H
#define DTRAIN_MODEL_PROCESS_H

#include "common/error.h"
#include "core/differences/outcome.h"
#include "engine/protocol/protocol.h"
#include "guarded_program.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What all processes of a rank have in common. Texts must outlive them. */
struct model_process_rules {
    const char *title;   /* for messages: "--model-command 'python3 pond.py'" */
    const char *guard;   /* the path of dtrain-guard */
    char *const *words;  /* the command */
    const char *python;  /* the folder of dtrain_model.py; NULL: it is not known */
    const char *scratch; /* where each process gets a folder of its own */
    double timeout;      /* of an evaluation, and of a start, in seconds; 0: none */
    bool drops_stdout;   /* whether what it prints to its standard output is not wanted */
    bool (*asks_to_stop)(void *context); /* asked while it starts; NULL: it never does */
    struct protocol_place place;         /* but for the scratch folder */
};

/* All zeros: not open. */
struct model_process {
    struct model_process_rules rules;
    struct guarded_program program;
    struct output_lines lines;
    struct protocol_hello hello; /* of the first process; later ones must say the same */
    uint64_t hello_hash;
    struct message message;              /* the last one that was sent */
    char scratch[PATH_MAX];              /* of the last process; "": it is gone */
    bool is_ready;                       /* whether it waits for a question */
    bool was_ready;                      /* whether any process was */
    int failed_starts;                   /* in a row */
    bool (*asks_to_stop)(void *context); /* NULL: it never does */
    void *context;
    char reason[PROTOCOL_TEXT_SIZE]; /* why the last evaluation was lost; "": it was not */
    enum outcome predicted;          /* of the last question about a class */
    struct error unable;             /* why that had no answer, if it was given up */
};

/* Starts the first process and reads its hello, which is in process->hello then; a model that is
 * long in saying it is told of once. STATUS_FAILED if it cannot be started, ends or says something
 * else: the line has its last words. STATUS_STOPPED if asked to stop. After a failure nothing
 * runs. End with model_process_close, whatever is returned: it gives a
 * process that is ready some seconds to end by itself, unless asked to stop. */
enum status model_process_open(struct model_process *process,
                               const struct model_process_rules *rules, struct error *error);
void model_process_close(struct model_process *process);

/* Waits until the process is ready; starts another one if there is none. A start fails if the
 * process ends, says something else than the first one, or is not ready within the timeout; after
 * three failures in a row, or one if no process was ever ready: STATUS_FAILED. STATUS_STOPPED if
 * asked to stop, also within a moment after the process has ended. */
enum status model_process_prepare(struct model_process *process, struct error *error);

/* Evaluates once: values[width], which may not be finite, for OUTCOME_DONE. OUTCOME_NONE: asked to
 * stop (if the process ends or reports a failure then, that is not held against the evaluation), or
 * the process cannot be started any more; *error says which, with STATUS_STOPPED or STATUS_FAILED.
 * Any other outcome has its reason in process->reason; a process that is no longer of use has been
 * killed, with all that it has started. */
enum outcome model_process_evaluate(struct model_process *process, size_t number,
                                    const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *values,
                                    struct error *error);

/* The class of a row; -1 if the model has none for it, or if process->predicted is not
 * OUTCOME_DONE: it says what became of the question, as of an evaluation. With OUTCOME_NONE,
 * process->unable says why. */
int model_process_predict(struct model_process *process, const struct dtrain_shape *shape,
                          const struct dtrain_call *call);

#endif
