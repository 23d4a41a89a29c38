/* SPDX-License-Identifier: MIT
 *
 * The other end of the protocol: answers dtrain's questions about a model of version 2, in a
 * process of its own. It is what dtrain_model_serve() of dtrain/dtrain.h does, and the program
 * dtrain-model, by which --isolate runs a FILE.so. */
#ifndef DTRAIN_MODEL_SERVER_H
#define DTRAIN_MODEL_SERVER_H

#include "dtrain/dtrain.h"

/* Reads questions from descriptor 3 and writes answers to descriptor 4 until the first of them
 * ends. Returns the exit code for the process: 0 then; 1 if it ends before. dtrain is told why the
 * model cannot begin; if there is no dtrain, a line on stderr says so. */
int model_server_run(const struct dtrain_model *model);

/* Tells dtrain that there is no model, and why. Returns the exit code for the process. */
int model_server_refuse(const char *reason);

#endif
