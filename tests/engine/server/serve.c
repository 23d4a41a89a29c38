/* SPDX-License-Identifier: MIT
 *
 * A program that serves the model beside it, in the locale of its environment. */
#include "dtrain/dtrain.h"

#include <locale.h>
#include <stdio.h>

int main(void)
{
    setlocale(LC_ALL, "");
    const int code = dtrain_model_serve(dtrain_model());
    printf("served: %.1f\n", 0.5);
    return code;
}
