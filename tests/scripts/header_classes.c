/* SPDX-License-Identifier: MIT
 *
 * Predicts the rows of standard input by the header net.h that exports.sh has made, and writes the
 * probabilities of each row, and its class as one more double. Compiled with -DINPUT, the type of
 * an input. */
#include "net.h"

#include <stdio.h>

int main(void)
{
    INPUT inputs[NET_INPUTS];
    double out[NET_CLASSES + 1];
    while (fread(inputs, sizeof inputs, 1, stdin) == 1) {
        out[NET_CLASSES] = net_predict(inputs, out);
        fwrite(out, sizeof out, 1, stdout);
    }
    return 0;
}
