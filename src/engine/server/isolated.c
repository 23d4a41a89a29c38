/* SPDX-License-Identifier: MIT
 *
 * The program dtrain-model: serves the model of a FILE.so, by which --isolate gives it a process of
 * its own. */
#include "common/model_file.h"
#include "model_server.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    const char *fault;
    if (argc != 2) {
        fprintf(stderr, "dtrain-model: run `dtrain --model FILE.so --isolate`, which starts it\n");
        return 2;
    }
    const struct dtrain_model *model = model_file_open(argv[1], &fault);
    return model ? model_server_run(model) : model_server_refuse(fault);
}
