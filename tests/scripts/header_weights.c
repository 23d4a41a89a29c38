/* SPDX-License-Identifier: MIT
 *
 * Writes the weights of the first layer in net.h. */
#include "net.h"

#include <stdio.h>

int main(void)
{
    fwrite(net_W1, sizeof net_W1, 1, stdout);
    return 0;
}
