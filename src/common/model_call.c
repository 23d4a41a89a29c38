/* SPDX-License-Identifier: MIT */
#include "model_call.h"

const char *model_call_name(int function)
{
    static const char *const names[MODEL_FUNCTIONS] = {
        [MODEL_NONE] = "none",
        [MODEL_LOADING] = "dtrain_model()",
        [MODEL_PARAMETERS] = "parameters()",
        [MODEL_INITIALIZE] = "initialize()",
        [MODEL_LOSS] = "loss()",
        [MODEL_PREDICT] = "predict()",
    };
    return names[function];
}
