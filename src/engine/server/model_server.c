/* SPDX-License-Identifier: MIT */
#include "model_server.h"

#include "common/printable.h"
#include "engine/protocol/protocol.h"
#include "model_hello.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REQUESTS = 3, ANSWERS = 4 };

struct server {
    FILE *requests;
    char *line; /* the last line that was read */
    size_t room;
    ssize_t length; /* without its newline */
    struct message answer;
    struct protocol_place place;
    void *place_memory;
    struct model_hello model;
    void *state;     /* of the model's setup() */
    char *bytes;     /* (8 count): a question's numbers */
    double *numbers; /* (P + D + M) */
    size_t count;    /* of these */
    double *values;  /* of an answer */
    size_t width;    /* their number */
};

static bool is_pipe(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 &&
           (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

/* Prints a line about the model. Returns false. */
static bool complain(const struct dtrain_model *model, const char *what)
{
    char name[MODEL_DESCRIPTION_SIZE];
    printable_copy(name, sizeof name, model->name ? model->name : "without a name");
    fprintf(stderr, "dtrain: the model %s: %s\n", name, what);
    return false;
}

/* Writes the answer. False if dtrain does not want it any more. */
static bool send_answer(struct server *server)
{
    const char *bytes = server->answer.bytes;
    size_t left = server->answer.used;
    while (!server->answer.is_short && left > 0) {
        const ssize_t written = write(ANSWERS, bytes, left);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            left -= (size_t)written;
        }
    }
    message_clear(&server->answer);
    return left == 0;
}

/* Tells dtrain why the model cannot begin. Returns false. */
static bool send_failure(struct server *server, const char *reason)
{
    protocol_write_failed(&server->answer, reason);
    send_answer(server);
    return false;
}

/* False at the end of what dtrain has to say. */
static bool read_line(struct server *server)
{
    server->length = getline(&server->line, &server->room, server->requests);
    if (server->length > 0 && server->line[server->length - 1] == '\n')
        --server->length;
    return server->length >= 0;
}

/* The descriptors are the server's own: what the model starts does not get them. */
static bool open_requests(struct server *server)
{
    if (!is_pipe(REQUESTS) || !is_pipe(ANSWERS)) {
        fprintf(stderr, "dtrain: this program is a model: `dtrain --model-command` runs it\n");
        return false;
    }
    fcntl(REQUESTS, F_SETFD, FD_CLOEXEC);
    fcntl(ANSWERS, F_SETFD, FD_CLOEXEC);
    server->requests = fdopen(REQUESTS, "rb");
    return server->requests != NULL;
}

static bool take_memory(struct server *server)
{
    const struct dtrain_shape *shape = &server->model.model.user.shape;
    server->count = shape->parameters + (size_t)shape->inputs + (size_t)shape->targets;
    server->width = shape->residuals > 0 ? (size_t)shape->residuals : 1;
    server->bytes = malloc(8 * server->count);
    server->numbers = calloc(server->count, sizeof *server->numbers);
    server->values = calloc(server->width, sizeof *server->values);
    return server->bytes && server->numbers && server->values;
}

static bool set_up(struct server *server)
{
    const struct dtrain_model *functions = &server->model.functions;
    const struct dtrain_place place = {
        .rank = server->place.rank, .ranks = server->place.ranks, .scratch = server->place.scratch};
    if (functions->setup)
        server->state = functions->setup(&server->model.model.user.shape, &place);
    return !functions->setup || server->state;
}

/* Tells dtrain who the model is and that it is ready, or why it is not. */
static bool introduce(struct server *server, const struct dtrain_model *model)
{
    if (!model_hello_make(&server->model, model, &server->place))
        return send_failure(server, server->model.fault);
    protocol_write_hello(&server->answer, &server->model.hello);
    if (!send_answer(server))
        return false;
    if (!take_memory(server))
        return send_failure(server, "not enough memory for its numbers");
    if (!set_up(server))
        return send_failure(server, "its setup() has failed");
    protocol_write_ready(&server->answer);
    return send_answer(server);
}

/* Reads the numbers behind a question. What follows theta are the inputs, and then the targets. */
static bool read_numbers(struct server *server, struct dtrain_call *call, size_t size)
{
    const struct dtrain_shape *shape = &server->model.model.user.shape;
    const size_t count = size / sizeof *server->numbers;
    const size_t inputs = shape->parameters, targets = inputs + (size_t)shape->inputs;
    if (size % sizeof *server->numbers != 0 || (count != targets && count != server->count) ||
        fread(server->bytes, 1, size, server->requests) != size)
        return false;
    protocol_take_doubles(server->bytes, count, server->numbers);
    call->theta = server->numbers;
    call->inputs = shape->inputs > 0 ? server->numbers + inputs : NULL;
    call->targets = count > targets ? server->numbers + targets : NULL;
    call->state = server->state;
    return true;
}

static void evaluate(struct server *server, const struct dtrain_call *call)
{
    /* What the model does not write must not be taken for a result. */
    for (size_t i = 0; i < server->width; ++i)
        server->values[i] = (double)NAN;
    if (server->model.functions.evaluate(&server->model.model.user.shape, call, server->values) ==
        DTRAIN_DONE)
        protocol_write_values(&server->answer, server->values, server->width);
    else
        protocol_write_failed(&server->answer, "");
}

static bool answer_question(struct server *server)
{
    enum protocol_question question;
    struct dtrain_call call;
    size_t size;
    if (!protocol_read_call(server->line, (size_t)server->length, &question, &call, &size) ||
        !read_numbers(server, &call, size))
        return complain(&server->model.functions, "dtrain has sent no question that it knows");
    if (question == PROTOCOL_PREDICT)
        protocol_write_class(&server->answer, user_model_predict(&server->model.model, call.theta,
                                                                 call.row, call.inputs));
    else
        evaluate(server, &call);
    return send_answer(server);
}

/* Serves until dtrain has no more questions. False if it ends before. */
static bool serve(struct server *server, const struct dtrain_model *model)
{
    if (!open_requests(server))
        return false;
    if (!read_line(server) || !protocol_read_place(server->line, (size_t)server->length,
                                                   &server->place, &server->place_memory))
        return complain(model, "dtrain has not said where it runs");
    if (!introduce(server, model))
        return false;
    while (read_line(server))
        if (!answer_question(server))
            return false;
    return true;
}

static void destroy(struct server *server)
{
    const struct dtrain_model *functions = &server->model.functions;
    if (server->state && functions->teardown)
        functions->teardown(server->state);
    model_hello_destroy(&server->model);
    message_free(&server->answer);
    free(server->place_memory);
    free(server->bytes);
    free(server->numbers);
    free(server->values);
    free(server->line);
    if (server->requests)
        fclose(server->requests);
}

/* In the C locale of this thread, as dtrain_main(): numbers in messages have a decimal point. */
int model_server_run(const struct dtrain_model *model)
{
    struct server server = {0};
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain) {
        complain(model, "not enough memory for the C locale");
        return EXIT_FAILURE;
    }
    const locale_t before = uselocale(plain);
    const bool is_served = serve(&server, model);
    destroy(&server);
    uselocale(before);
    freelocale(plain);
    return is_served ? EXIT_SUCCESS : EXIT_FAILURE;
}

int model_server_refuse(const char *reason)
{
    struct server server = {0};
    /* dtrain's first message is on its way, and finds somebody. */
    if (open_requests(&server) && read_line(&server))
        send_failure(&server, reason);
    destroy(&server);
    return EXIT_FAILURE;
}
