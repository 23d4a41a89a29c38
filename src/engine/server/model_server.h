/* SPDX-License-Identifier: MIT
 *
 * The other end of the protocol: answers dtrain's questions about a model of version 2, in a
 * process of its own. It is what dtrain_model_serve() of dtrain/dtrain.h does, and the program
 * dtrain-model, by which --isolate runs a FILE.so. */
#ifndef DTRAIN_MODEL_SERVER_H
#define DTRAIN_MODEL_SERVER_H

#include "dtrain/dtrain.h"

/* Reads questions from descriptor 3 and writes answers to descriptor 4 until the first of them
 * ends. Returns the exit code for the process: 0 then; 1, with a line on stderr, if the process was
 * not started by dtrain or the model is not complete. */
int model_server_run(const struct dtrain_model *model);

#endif
