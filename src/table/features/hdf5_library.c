/* Loads HDF5 by the name that the linker would have used (VAGUS_HDF5, set by the build). */
#include "table/features/hdf5_library.h"

#include <dlfcn.h>
#include <string.h>

static bool find(void *handle, const char *name, void *pointer)
{
    void *found = dlsym(handle, name);
    memcpy(pointer, &found, sizeof found); /* ISO C has no cast from void * to a function */
    return found != NULL;
}

VgStatus vg_hdf5_load(VgHdf5 *library, const char *path, VgError *error)
{
    void *handle = dlopen(VAGUS_HDF5, RTLD_NOW | RTLD_LOCAL);
    bool whole = handle != NULL;
#define VG_HDF5_FIND(name) whole = whole && find(handle, #name, &library->name);
    VG_HDF5_FUNCTIONS(VG_HDF5_FIND)
#undef VG_HDF5_FIND
    whole = whole && find(handle, "H5T_NATIVE_DOUBLE_g", &library->native_double) &&
            find(handle, "H5T_NATIVE_INT32_g", &library->native_int32) &&
            find(handle, "H5T_NATIVE_INT64_g", &library->native_int64) &&
            find(handle, "H5P_CLS_FILE_ACCESS_ID_g", &library->file_access) &&
            library->H5open() >= 0;
    if (whole)
        return VG_OK;
    return vg_fail_at(
        error, VG_INVALID_INPUT, path, 0,
        "a BIOM 2 table is HDF5, and the library %s cannot be loaded",
        "install it (Debian: libhdf5-dev), or write the table as BIOM 1: biom convert "
        "--to-json",
        VAGUS_HDF5);
}
