/* SPDX-License-Identifier: MIT */
#include "outcome_names.h"

#include "core/differences/outcome.h"
#include "files/hdf5_file.h"

bool outcome_names_write(hid_t file, const char *array)
{
    const char *names[OUTCOMES];
    for (int outcome = 0; outcome < OUTCOMES; ++outcome)
        names[outcome] = outcome_name((enum outcome)outcome);
    const hid_t open = H5Dopen2(file, array, H5P_DEFAULT);
    const bool written = open >= 0 && hdf5_file_write_texts(open, "names", names, OUTCOMES);
    return open >= 0 && H5Dclose(open) >= 0 && written;
}
