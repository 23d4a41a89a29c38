/* SPDX-License-Identifier: MIT
 *
 * dtrain with the model built in: mpirun -np 2 staircase_train --step 0.125 --data small.h5 */
#include <dtrain/dtrain.h>

int main(int argc, char **argv)
{
    return dtrain_main(argc, argv, dtrain_model());
}
