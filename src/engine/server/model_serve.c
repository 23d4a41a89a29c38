/* SPDX-License-Identifier: MIT
 *
 * The function of dtrain/dtrain.h. A source of libdtrain itself, which exports only what its own
 * sources define. */
#include "model_server.h"

int dtrain_model_serve(const struct dtrain_model *model)
{
    return model_server_run(model);
}
