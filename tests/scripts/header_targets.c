/* SPDX-License-Identifier: MIT
 *
 * As header_classes.c, where numbers are predicted. */
#include "net.h"

#include <stdio.h>

int main(void)
{
    INPUT inputs[NET_INPUTS];
    double targets[NET_TARGETS];
    while (fread(inputs, sizeof inputs, 1, stdin) == 1) {
        net_predict(inputs, targets);
        fwrite(targets, sizeof targets, 1, stdout);
    }
    return 0;
}
