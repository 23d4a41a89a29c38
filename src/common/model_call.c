/* SPDX-License-Identifier: MIT */
#include "model_call.h"

const char *model_call_name(int function)
{
    static const char *const names[MODEL_FUNCTIONS] = {
        [MODEL_NONE] = "none",
        [MODEL_LOADING] = "dtrain_model()",
        [MODEL_PARAMETERS] = "parameters()",
        [MODEL_DESCRIBE] = "describe()",
        [MODEL_INITIALIZE] = "initialize()",
        [MODEL_SETUP] = "setup()",
        [MODEL_LOSS] = "loss()",
        [MODEL_EVALUATE] = "evaluate()",
        [MODEL_PREDICT] = "predict()",
        [MODEL_TEARDOWN] = "teardown()",
    };
    return names[function];
}

bool model_call_has_row(int function)
{
    return function == MODEL_LOSS || function == MODEL_EVALUATE || function == MODEL_PREDICT;
}
