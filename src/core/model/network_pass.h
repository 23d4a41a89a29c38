/* SPDX-License-Identifier: MIT
 *
 * The forward pass of a network: the functions of network_kind (model.h) that make and read a
 * struct network_pass (network.h). */
#ifndef DTRAIN_NETWORK_PASS_H
#define DTRAIN_NETWORK_PASS_H

#include "model.h"

void *network_pass_create(const struct model *model, int *capacity, struct arena *arena);
void network_pass_take(const struct sample *samples, int count, void *results);
void network_pass_forward(const struct model *model, const double *theta,
                          const struct sample *samples, int count, void *results);
void network_pass_evaluate(const struct model *model, const double *theta,
                           const struct sample *samples, int count, void *results);
double network_pass_loss(const void *results, int i);
int network_pass_predict(const struct model *model, const double *theta,
                         const struct sample *samples, const void *results, int i,
                         double *probability);
const double *network_pass_numbers(const void *results, int i);
const double *network_pass_probabilities(const void *results, int i);

#endif
