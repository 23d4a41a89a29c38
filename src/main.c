/* SPDX-License-Identifier: MIT */
#include "dtrain/dtrain.h"

int main(int argc, char **argv)
{
    return dtrain_main(argc, argv, NULL);
}
