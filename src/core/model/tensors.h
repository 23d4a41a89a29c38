/* SPDX-License-Identifier: MIT
 *
 * The tensors that a vector of parameters, theta, consists of: their names, shapes and places. A
 * plain value without pointers, which ranks may send to each other. */
#ifndef DTRAIN_TENSORS_H
#define DTRAIN_TENSORS_H

#include <stdbool.h>
#include <stddef.h>

/* 16 layers and the state vectors of an optimizer. */
enum { TENSORS_MAX = 34, TENSOR_NAME_SIZE = 16 };

/* The most parameters that a model may have: their number fits into MPI's int. */
#define TENSORS_PARAMETERS_MAX ((size_t)1 << 30)

struct tensor {
    char name[TENSOR_NAME_SIZE];
    int rows, columns; /* a matrix, row-major; a vector of `rows` numbers has columns = 0 */
    size_t offset;     /* where its first number is in theta */
};

struct tensors {
    int count;
    struct tensor list[TENSORS_MAX];   /* in the order of theta, without gaps */
    size_t parameters;                 /* P */
    char activation[TENSOR_NAME_SIZE]; /* that of a network's hidden units; "" for other models */
    char loss[TENSOR_NAME_SIZE];       /* the name of a network's head; "" for other models */
};

/* Adds a tensor after the last. `tensors` is all zero at first. */
void tensors_add(struct tensors *tensors, const char *name, int rows, int columns);

/* How many numbers a tensor has. */
size_t tensor_size(const struct tensor *tensor);

/* Whether a theta for one is also a theta for the other. */
bool tensors_equal(const struct tensors *a, const struct tensors *b);

/* Writes a parameter's name, such as "W1[3,41]" or "b2[7]", into text. */
void tensors_name_parameter(const struct tensors *tensors, size_t parameter, char *text,
                            size_t size);

#endif
