/* SPDX-License-Identifier: MIT
 *
 * The forward pass, with which everything begins: from the inputs of some samples to their losses.
 * A gradient starts from the pre-activations, outputs and probabilities that stay in the pass;
 * evaluations need only loss and class. */
#include "network_pass.h"

#include "common/multiversion.h"
#include "core/numbers/elementary.h"
#include "core/numbers/panel.h"

#include <stdlib.h>
#include <string.h>

void network_pass_destroy(void *results)
{
    struct network_pass *pass = results;
    if (!pass)
        return;
    free(pass->storage);
    free(pass->panel);
    free(pass);
}

/* How many numbers a sample takes in all hidden layers. */
static size_t hidden_numbers(const struct network *network)
{
    size_t numbers = 0;
    for (int n = 0; n < network->count - 1; ++n)
        numbers += 4 * network_padded_units(network->layers[n].outputs);
    return numbers;
}

/* The number of samples whose results stay in the second-level cache. */
static int samples_that_fit(const struct model *model, int most)
{
    const size_t cache = 1 << 19;
    const size_t each =
        (hidden_numbers(&model->network) + 2 * (size_t)model->classes) * sizeof(double);
    const size_t fitting = cache / each / NETWORK_VECTOR * NETWORK_VECTOR;
    return fitting < 64 ? 64 : fitting < (size_t)most ? (int)fitting : most;
}

/* The arrays of a hidden layer, from `block` on. Returns where they end. The padding is units that
 * are always 1, too, so that whatever is computed from it is finite. */
static double *divide_hidden(struct network_units *hidden, int count, size_t samples, double *block)
{
    const size_t units = network_padded_units(count), numbers = samples * units;
    *hidden = (struct network_units){
        count, units, block, block + numbers, block + 2 * numbers, block + 3 * numbers};
    for (size_t i = 0; i < samples; ++i)
        for (size_t j = (size_t)count; j < units; ++j)
            hidden->z[i * units + j] = 1;
    return block + 4 * numbers;
}

/* The arrays of a pass, one after the other in its block. */
static void divide_block(struct network_pass *pass, const struct network *network, size_t samples,
                         size_t widest)
{
    const size_t classes = (size_t)pass->classes;
    double *block = pass->storage;
    for (int n = 0; n < pass->hidden_layers; ++n)
        block = divide_hidden(&pass->hidden[n], network->layers[n].outputs, samples, block);
    pass->logits = block;
    pass->y = pass->logits + samples * classes;
    pass->one_minus_y_t = pass->y + samples * classes;
    pass->loss = pass->one_minus_y_t + samples;
    pass->lanes = pass->loss + samples;
    pass->label = (int *)(pass->lanes + widest * NETWORK_VECTOR);
    pass->cursor = pass->label + samples;
}

/* The most units of any layer but the first; the logits count as units. */
static size_t widest_above_first(const struct network *network)
{
    int widest = 0;
    for (int n = 1; n < network->count; ++n)
        widest = network->layers[n].outputs > widest ? network->layers[n].outputs : widest;
    return (size_t)widest;
}

void *network_pass_create(const struct model *model, int *capacity)
{
    const struct network *network = &model->network;
    const size_t samples = (size_t)(*capacity = samples_that_fit(model, *capacity));
    const size_t classes = (size_t)model->classes, widest = widest_above_first(network);
    const size_t numbers =
        samples * (hidden_numbers(network) + 2 * classes + 2) + widest * NETWORK_VECTOR;
    const size_t columns = network_whole_vectors((size_t)network->layers[0].outputs);
    struct network_pass *pass = malloc(sizeof *pass);
    if (!pass)
        return NULL;
    *pass = (struct network_pass){
        .hidden_layers = network->count - 1,
        .classes = model->classes,
        .storage = calloc(1, numbers * sizeof(double) + 2 * samples * sizeof(int)),
        .panel = network_make_vectors((size_t)panel_rows(columns) * columns),
    };
    if (!pass->storage || !pass->panel) {
        network_pass_destroy(pass);
        return NULL;
    }
    divide_block(pass, network, samples, widest);
    return pass;
}

struct network_sample network_sample(const struct network_pass *pass, int i)
{
    const size_t classes = (size_t)i * (size_t)pass->classes;
    return (struct network_sample){.label = pass->label[i],
                                   .logits = pass->logits + classes,
                                   .y = pass->y + classes,
                                   .one_minus_y_t = pass->one_minus_y_t[i]};
}

struct activation_units network_units(const struct network_pass *pass, int layer, int i, int unit)
{
    const struct network_units *hidden = &pass->hidden[layer];
    const size_t at = (size_t)i * hidden->stride + (size_t)unit;
    return (struct activation_units){.a = hidden->a + at,
                                     .z = hidden->z + at,
                                     .below = hidden->below + at,
                                     .above = hidden->above + at};
}

/* sums += x[0] * the first row + x[1] * the second + ..., in this order. The number of rows is a
 * constant, so that a sum is loaded and stored once for all of them. */
ELEMENTARY_INLINE void add_rows(int rows, const double *const *row, const double *x, size_t columns,
                                double *restrict sums)
{
    for (size_t j = 0; j < columns; ++j) {
        double sum = sums[j];
        for (int n = 0; n < rows; ++n)
            sum = fma(x[n], row[n][j], sum);
        sums[j] = sum;
    }
}

/* Rows of W1 from `first` on, and how many columns of them are used. */
struct panel {
    int first;
    const double *weights;
    size_t stride, columns;
};

/* a1 += x W1 for those inputs of a sample that are in the panel and below `end`. */
MULTIVERSION
static void add_panel(const struct sample *sample, int *cursor, int end, const struct panel *panel,
                      double *restrict a1)
{
    int index[PANEL_ROWS_MAX], n = 0;
    double x[PANEL_ROWS_MAX];
    const double *row[PANEL_ROWS_MAX];
    const int count = sample_inputs(sample, cursor, end, index, x);
    for (int i = 0; i < count; ++i)
        row[i] = panel->weights + (size_t)(index[i] - panel->first) * panel->stride;
    for (; n + 8 <= count; n += 8)
        add_rows(8, row + n, x + n, panel->columns, a1);
    if (n + 4 <= count) {
        add_rows(4, row + n, x + n, panel->columns, a1);
        n += 4;
    }
    if (count - n == 3)
        add_rows(3, row + n, x + n, panel->columns, a1);
    else if (count - n == 2)
        add_rows(2, row + n, x + n, panel->columns, a1);
    else if (count - n == 1)
        add_rows(1, row + n, x + n, panel->columns, a1);
}

/* The panel of rows first .. end - 1. Where many samples use it, it is a copy in whole vectors. */
static struct panel make_panel(const struct network_layer *layer, const double *w1, int first,
                               int end, int samples, const struct network_pass *pass)
{
    enum { WORTH_A_COPY = 32 }; /* for fewer samples, copying takes longer than it saves */
    const size_t hidden = (size_t)layer->outputs, columns = network_whole_vectors(hidden);
    if (samples < WORTH_A_COPY)
        return (struct panel){0, w1, hidden, hidden};
    for (int n = first; n < end; ++n)
        memcpy(pass->panel + (size_t)(n - first) * columns, w1 + (size_t)n * hidden,
               hidden * sizeof *w1);
    return (struct panel){first, pass->panel, columns, columns};
}

/* a1 = x W1 + b1, panel by panel. A sample's additions come in the order of its inputs. */
static void first_layer(const struct network_layer *layer, const double *w1,
                        const struct sample *samples, int count, const struct network_pass *pass)
{
    const size_t hidden = (size_t)layer->outputs, stride = pass->hidden[0].stride;
    double *a1 = pass->hidden[0].a;
    const int inputs = layer->inputs, rows = panel_rows(network_whole_vectors(hidden));
    for (int i = 0; i < count; ++i)
        memcpy(a1 + (size_t)i * stride, w1 + (size_t)inputs * hidden, hidden * sizeof *w1);
    memset(pass->cursor, 0, (size_t)count * sizeof *pass->cursor);
    for (int first = 0; first < inputs; first += rows) {
        const int end = first + rows < inputs ? first + rows : inputs;
        const struct panel panel = make_panel(layer, w1, first, end, count, pass);
        for (int i = 0; i < count; ++i)
            add_panel(&samples[i], &pass->cursor[i], end, &panel, a1 + (size_t)i * stride);
    }
}

/* One output for eight samples side by side, four inputs at a time, as for rows. */
ELEMENTARY_INLINE void add_units(int units, double (*z)[NETWORK_VECTOR], const double *weight,
                                 size_t stride, double *restrict a)
{
    for (int s = 0; s < NETWORK_VECTOR; ++s) {
        double sum = a[s];
        for (int j = 0; j < units; ++j)
            sum = fma(z[j][s], weight[(size_t)j * stride], sum);
        a[s] = sum;
    }
}

/* a = b + z W for eight samples side by side: lanes (outputs, 8). */
MULTIVERSION
static void upper_layer(const struct network_layer *layer, const double *w, const double *z,
                        size_t stride, double *lanes)
{
    enum { LANES = NETWORK_VECTOR, AT_ONCE = 4 };
    const size_t inputs = (size_t)layer->inputs, outputs = (size_t)layer->outputs;
    for (size_t k = 0; k < outputs; ++k)
        for (size_t s = 0; s < LANES; ++s)
            lanes[k * LANES + s] = w[inputs * outputs + k];
    for (size_t j = 0; j < inputs; j += AT_ONCE) {
        const int some = inputs - j < AT_ONCE ? (int)(inputs - j) : AT_ONCE;
        double side_by_side[AT_ONCE][LANES];
        for (int n = 0; n < some; ++n)
            for (size_t s = 0; s < LANES; ++s)
                side_by_side[n][s] = z[s * stride + j + (size_t)n];
        for (size_t k = 0; k < outputs; ++k)
            if (some == AT_ONCE)
                add_units(AT_ONCE, side_by_side, w + j * outputs + k, outputs, lanes + k * LANES);
            else
                add_units(some, side_by_side, w + j * outputs + k, outputs, lanes + k * LANES);
    }
}

/* Softmax and loss of eight samples side by side, in lanes (K, 8), whose logits become y =
 * exp(logit - max) / sum. 1 - y_t is computed as the sum of the others: y_t may be so close to 1
 * that the subtraction would leave nothing. Without a label, all classes are others. */
MULTIVERSION
static void softmax(int classes, const int *restrict label, double *restrict lanes,
                    double *restrict one_minus_y_t, double *restrict loss)
{
    enum { LANES = NETWORK_VECTOR };
    double largest[LANES], others[LANES] = {0}, own[LANES] = {0}, total[LANES];
    memcpy(largest, lanes, sizeof largest);
    for (int k = 1; k < classes; ++k)
        for (int s = 0; s < LANES; ++s) {
            const double logit = lanes[k * LANES + s];
            largest[s] = logit > largest[s] ? logit : largest[s];
        }
    for (int k = 0; k < classes; ++k)
        for (int s = 0; s < LANES; ++s) {
            const double y = elementary_exp(lanes[k * LANES + s] - largest[s]);
            lanes[k * LANES + s] = y;
            others[s] += k == label[s] ? 0 : y;
            own[s] = k == label[s] ? y : own[s];
        }
    for (int s = 0; s < LANES; ++s) {
        total[s] = others[s] + own[s];
        one_minus_y_t[s] = others[s] / total[s];
        loss[s] = -elementary_log(own[s] / total[s] + NETWORK_LOSS_EPSILON);
    }
    for (int k = 0; k < classes; ++k)
        for (int s = 0; s < LANES; ++s)
            lanes[k * LANES + s] /= total[s];
}

/* Copies the first `samples` of the eight lanes to values (samples, stride). */
static void store_lanes(const double *lanes, int samples, int outputs, size_t stride,
                        double *values)
{
    for (int s = 0; s < samples; ++s)
        for (int k = 0; k < outputs; ++k)
            values[(size_t)s * stride + (size_t)k] = lanes[(size_t)k * NETWORK_VECTOR + (size_t)s];
}

/* The pre-activations of a hidden layer above the first. */
static void hidden_layer(const struct network_layer *layer, const double *w, int count,
                         const struct network_units *below, const struct network_units *hidden,
                         double *lanes)
{
    for (int done = 0; done < count; done += NETWORK_VECTOR) {
        const int some = count - done < NETWORK_VECTOR ? count - done : NETWORK_VECTOR;
        upper_layer(layer, w, below->z + (size_t)done * below->stride, below->stride, lanes);
        store_lanes(lanes, some, layer->outputs, hidden->stride,
                    hidden->a + (size_t)done * hidden->stride);
    }
}

static void activate(const struct activation *activation, const struct network_units *hidden,
                     int count)
{
    for (int i = 0; i < count; ++i) {
        const size_t at = (size_t)i * hidden->stride;
        activation->value((size_t)hidden->count, hidden->a + at, hidden->z + at, hidden->below + at,
                          hidden->above + at);
    }
}

/* The last layer for the samples first, first + 1, ...: eight, or those that are left. There is
 * always room for the results of eight. */
static void finish_some(const struct network_layer *last, const double *w,
                        const struct network_pass *pass, int first, int count)
{
    const int some = count - first < NETWORK_VECTOR ? count - first : NETWORK_VECTOR;
    const size_t at = (size_t)first, classes = (size_t)pass->classes;
    const struct network_units *below = &pass->hidden[pass->hidden_layers - 1];
    upper_layer(last, w, below->z + at * below->stride, below->stride, pass->lanes);
    store_lanes(pass->lanes, some, pass->classes, classes, pass->logits + at * classes);
    softmax(pass->classes, pass->label + first, pass->lanes, pass->one_minus_y_t + first,
            pass->loss + first);
    store_lanes(pass->lanes, some, pass->classes, classes, pass->y + at * classes);
}

void network_pass_forward(const struct model *model, const double *theta,
                          const struct sample *samples, int count, void *results)
{
    const struct network *network = &model->network;
    const struct network_layer *layers = network->layers, *last = network_last(network);
    const struct network_pass *pass = results;
    for (int i = 0; i < count; ++i)
        pass->label[i] = samples[i].label;
    first_layer(&layers[0], theta + layers[0].offset, samples, count, pass);
    activate(network->activation, &pass->hidden[0], count);
    for (int n = 1; n < pass->hidden_layers; ++n) {
        hidden_layer(&layers[n], theta + layers[n].offset, count, &pass->hidden[n - 1],
                     &pass->hidden[n], pass->lanes);
        activate(network->activation, &pass->hidden[n], count);
    }
    for (int done = 0; done < count; done += NETWORK_VECTOR)
        finish_some(last, theta + last->offset, pass, done, count);
}

double network_pass_loss(const void *results, int i)
{
    const struct network_pass *pass = results;
    return pass->label[i] == SAMPLE_UNLABELLED ? (double)NAN : pass->loss[i];
}

/* The class with the largest logit; the first one in a tie. */
int network_pass_predict(const struct model *model, const double *theta,
                         const struct sample *samples, const void *results, int i,
                         double *probability)
{
    const struct network_sample pass = network_sample(results, i);
    int best = 0;
    (void)theta;
    (void)samples;
    for (int k = 1; k < model->classes; ++k)
        if (pass.logits[k] > pass.logits[best])
            best = k;
    if (probability)
        *probability = pass.y[best];
    return best;
}
