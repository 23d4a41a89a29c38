/* SPDX-License-Identifier: MIT */
#include "model.h"

bool model_pass_create(struct model_pass *pass, const struct model *model)
{
    *pass = (struct model_pass){.model = model, .results = model->kind->create_results(model)};
    if (pass->results && sample_create(&pass->sample, model->inputs, model->kind->form))
        return true;
    model_pass_destroy(pass);
    return false;
}

void model_pass_destroy(struct model_pass *pass)
{
    sample_destroy(&pass->sample);
    if (pass->model)
        pass->model->kind->destroy_results(pass->results);
    *pass = (struct model_pass){0};
}

void model_forward(struct model_pass *pass, const double *theta)
{
    pass->model->kind->forward(pass->model, theta, &pass->sample, pass->results);
}

double model_loss(const struct model_pass *pass)
{
    return pass->model->kind->loss(pass->results);
}

int model_predict(const struct model_pass *pass, const double *theta, double *probability)
{
    return pass->model->kind->predict(pass->model, theta, &pass->sample, pass->results,
                                      probability);
}

int model_part_of(const struct model *model, size_t parameter)
{
    return model->kind->part_of(model, parameter);
}

void model_initialize(const struct model *model, uint64_t seed, double deviation, double *theta)
{
    model->kind->initialize(model, seed, deviation, theta);
}

void model_note_iteration(const struct model *model, int64_t iteration)
{
    if (model->kind->note_iteration)
        model->kind->note_iteration(model, iteration);
}

void model_score_add(struct model_score *score, struct model_pass *pass, const double *theta,
                     const struct samples *samples, const int64_t *rows, int64_t count,
                     const struct exact_grid *grid)
{
    for (int64_t i = 0; i < count; ++i) {
        uint64_t off = 0;
        sample_decode(&pass->sample, samples, rows[i]);
        model_forward(pass, theta);
        const double loss = model_loss(pass);
        score->loss_sum += exact_round(grid, loss, &off);
        score->correct += model_predict(pass, theta, NULL) == pass->sample.label;
        if (exact_overflowed(grid, off) && score->overflows++ == 0) {
            score->overflow_row = rows[i];
            score->overflow_loss = loss;
        }
    }
}
