/* SPDX-License-Identifier: MIT
 *
 * The geometry of a network: where each weight lies in theta, how the work of a sample falls into
 * parts, and what the initial weights are. network_pass.c computes with it. */
#include "network.h"

#include "core/numbers/rng.h"
#include "model.h"
#include "network_pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tensors network_tensors(const struct activation *activation, const struct head *head,
                               int layers, const int *widths)
{
    struct tensors tensors = {0};
    snprintf(tensors.activation, sizeof tensors.activation, "%s", activation->name);
    snprintf(tensors.loss, sizeof tensors.loss, "%s", head->name);
    for (int i = 0; i < layers; ++i) {
        char name[TENSOR_NAME_SIZE];
        snprintf(name, sizeof name, "W%d", i + 1);
        tensors_add(&tensors, name, widths[i], widths[i + 1]);
        snprintf(name, sizeof name, "b%d", i + 1);
        tensors_add(&tensors, name, widths[i + 1], 0);
    }
    return tensors;
}

int network_widest_hidden(const struct network *network)
{
    int widest = 0;
    for (int n = 0; n < network->count - 1; ++n)
        widest = network->layers[n].outputs > widest ? network->layers[n].outputs : widest;
    return widest;
}

bool network_make(struct model *model, const struct activation *activation, const struct head *head,
                  int layers, const int *widths)
{
    *model = (struct model){
        .kind = &network_kind,
        .inputs = widths[0],
        .outputs = widths[layers],
        .tensors = network_tensors(activation, head, layers, widths),
        .predicts = head->predicts_classes,
        .score = head->score,
        .loss_parts = head->loss_parts,
        .loss_range = head->loss_range,
        .gradient_range = MODEL_GRADIENT_RANGE,
        .largest_weight = 1,
        .loss_ceiling = head->loss_ceiling,
        .network = {.activation = activation, .head = head, .count = layers},
    };
    int used = snprintf(model->description, sizeof model->description, "%d", widths[0]);
    for (size_t i = 0; i < (size_t)layers; ++i) {
        model->network.layers[i] =
            (struct network_layer){widths[i], widths[i + 1], model->tensors.list[2 * i].offset};
        used += snprintf(model->description + used, sizeof model->description - (size_t)used, "-%d",
                         widths[i + 1]);
    }
    model->parts = network_widest_hidden(&model->network) + 1;
    return model->tensors.parameters <= TENSORS_PARAMETERS_MAX;
}

bool network_make_from_tensors(struct model *model, const struct tensors *tensors)
{
    int widths[NETWORK_LAYERS_MAX + 1] = {tensors->list[0].rows};
    const struct activation *activation = activation_find(tensors->activation);
    const struct head *head = head_find(tensors->loss);
    const int layers = tensors->count / 2;
    for (size_t i = 0; i < (size_t)layers; ++i)
        widths[i + 1] = tensors->list[2 * i].columns;
    return activation && head && layers > 1 &&
           network_make(model, activation, head, layers, widths) &&
           tensors_equal(&model->tensors, tensors);
}

int network_hidden_widths(const struct tensors *tensors, int widths[NETWORK_LAYERS_MAX - 1])
{
    const int count = tensors->activation[0] ? tensors->count / 2 - 1 : 0;
    for (size_t i = 0; i < (size_t)count; ++i)
        widths[i] = tensors->list[2 * i].columns;
    return count;
}

size_t network_padded_units(int hidden)
{
    const size_t vector = NETWORK_VECTOR;
    return ((size_t)hidden + 1 + vector) / vector * vector + vector;
}

int network_first_unit(int parts, int hidden, int part)
{
    const int64_t widest = parts - 1;
    return part < parts ? (int)(part * (int64_t)hidden / widest) : hidden;
}

int network_part_of_unit(int parts, int hidden, int j)
{
    const int64_t widest = parts - 1;
    return (int)(((j + 1) * widest + hidden - 1) / hidden - 1);
}

/* A weight of the last layer belongs to the unit that it leads out of, any other to the one that it
 * leads into. */
static int part_of(const struct model *model, size_t parameter)
{
    const struct network *network = &model->network;
    int n = network->count - 1;
    while (parameter < network->layers[n].offset)
        --n;
    const struct network_layer *layer = &network->layers[n];
    const size_t within = parameter - layer->offset, outputs = (size_t)layer->outputs;
    if (layer != network_last(network))
        return network_part_of_unit(model->parts, layer->outputs, (int)(within % outputs));
    const int unit = (int)(within / outputs);
    return unit == layer->inputs ? model->parts - 1
                                 : network_part_of_unit(model->parts, layer->inputs, unit);
}

/* Weights are normal, biases 0. */
static void initialize(const struct model *model, uint64_t seed, struct deviation deviation,
                       double *theta)
{
    const struct network_layer *layers = model->network.layers;
    int64_t drawn = 0;
    memset(theta, 0, model->tensors.parameters * sizeof *theta);
    for (int n = 0; n < model->network.count; ++n) {
        const size_t weights = (size_t)layers[n].inputs * (size_t)layers[n].outputs;
        const double scale =
            deviation.gain > 0 ? sqrt(deviation.gain / layers[n].inputs) : deviation.number;
        for (size_t i = 0; i < weights; ++i)
            theta[layers[n].offset + i] = scale * rng_normal(seed, RNG_PARAMETERS, drawn++);
    }
}

const struct model_kind network_kind = {
    .has_derivative = true,
    .decays = true,
    .part_of = part_of,
    .initialize = initialize,
    .bad_loss_cause = ": the weights or the inputs are too large",
    .take = network_pass_take,
    .evaluate = network_pass_evaluate,
    .create_results = network_pass_create,
    .forward = network_pass_forward,
    .loss = network_pass_loss,
    .predict = network_pass_predict,
    .numbers = network_pass_numbers,
    .probabilities = network_pass_probabilities,
};
