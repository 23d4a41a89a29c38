/* SPDX-License-Identifier: MIT
 *
 * A simulation that is an MPI program of two ranks, each of which has half of the loss: the sum
 * over i of (theta[i] - i)^2. Rank 0 prints it. mpirun -np 2 two_halves NUMBER... mpirun -np 2
 * two_halves hang */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int rank, size;
    double half = 0, loss = 0;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size != 2)
        return 1;
    while (argc > 1 && strcmp(argv[1], "hang") == 0)
        sleep(1000);
    for (int i = rank; i + 1 < argc; i += 2) {
        const double distance = strtod(argv[i + 1], NULL) - i;
        half += distance * distance;
    }
    MPI_Reduce(&half, &loss, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    if (rank == 0)
        printf("%.17g\n", loss);
    MPI_Finalize();
    return 0;
}
