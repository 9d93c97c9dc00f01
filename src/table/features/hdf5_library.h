/* The HDF5 library, loaded when a BIOM 2 table is read and not at every start of the program (it takes milliseconds to
 * load, and few runs need it). Include this instead of <hdf5.h>: its functions then are those that vg_hdf5_load found. */
#ifndef VG_TABLE_HDF5_LIBRARY_H
#define VG_TABLE_HDF5_LIBRARY_H

#include <hdf5.h>

#include <vagus/status.h>

#define VG_HDF5_FUNCTIONS(X)                                                                       \
    X(H5open)                                                                                      \
    X(H5Aclose)                                                                                    \
    X(H5Aexists)                                                                                   \
    X(H5Aget_space)                                                                                \
    X(H5Aget_type)                                                                                 \
    X(H5Aopen)                                                                                     \
    X(H5Aread)                                                                                     \
    X(H5Dclose)                                                                                    \
    X(H5Dget_space)                                                                                \
    X(H5Dget_storage_size)                                                                         \
    X(H5Dget_type)                                                                                 \
    X(H5Dopen2)                                                                                    \
    X(H5Dread)                                                                                     \
    X(H5Dvlen_reclaim)                                                                             \
    X(H5Eset_auto2)                                                                                \
    X(H5Fclose)                                                                                    \
    X(H5Fopen)                                                                                     \
    X(H5Lexists)                                                                                   \
    X(H5Pclose)                                                                                    \
    X(H5Pcreate)                                                                                   \
    X(H5Pset_fapl_core)                                                                            \
    X(H5Pset_file_image)                                                                           \
    X(H5Pset_file_image_callbacks)                                                                 \
    X(H5Sclose)                                                                                    \
    X(H5Sget_simple_extent_dims)                                                                   \
    X(H5Sget_simple_extent_ndims)                                                                  \
    X(H5Sget_simple_extent_npoints)                                                                \
    X(H5Tclose)                                                                                    \
    X(H5Tget_class)                                                                                \
    X(H5Tget_size)                                                                                 \
    X(H5Tis_variable_str)

typedef struct VgHdf5 {
#define VG_HDF5_MEMBER(name) __typeof__(&name) name;
    VG_HDF5_FUNCTIONS(VG_HDF5_MEMBER)
#undef VG_HDF5_MEMBER
    hid_t *native_double, *native_int32, *native_int64, *file_access; /* set by H5open */
} VgHdf5;

/* VG_INVALID_INPUT when the library is not installed or lacks a function: said with what to install. */
VG_MUST_CHECK VgStatus vg_hdf5_load(VgHdf5 *library, const char *path, VgError *error);

#endif
