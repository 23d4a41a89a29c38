/* SPDX-License-Identifier: MIT
 *
 * dtrain with a fault: linked with --wrap=H5Dopen2, the HDF5 library crashes on all ranks. */
#include <hdf5.h>
#include <signal.h>

hid_t __wrap_H5Dopen2(hid_t location, const char *name, hid_t access);

hid_t __wrap_H5Dopen2(hid_t location, const char *name, hid_t access)
{
    (void)location;
    (void)name;
    (void)access;
    raise(SIGSEGV);
    return -1;
}
