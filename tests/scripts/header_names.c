/* SPDX-License-Identifier: MIT
 *
 * Prints the names of the classes or targets in net.h, each with the 0 behind it. Compiled with
 * -DNAME and -DCOUNT. */
#include "net.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    for (int i = 0; i < COUNT; ++i)
        fwrite(NAME(i), strlen(NAME(i)) + 1, 1, stdout);
    return 0;
}
