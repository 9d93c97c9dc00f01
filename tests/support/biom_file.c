#include "support/biom_file.h"

#include <stdlib.h>
#include <string.h>

#include <hdf5.h>
#include <zip.h>

static void put(hid_t file, const char *name, hid_t type, int rank, const hsize_t *size,
                const void *values)
{
    hid_t space = H5Screate_simple(rank, size, NULL);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (values && set >= 0)
        H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    if (set >= 0)
        H5Dclose(set);
    H5Sclose(space);
}

static void put_texts(hid_t file, const char *name, const char *const *text, size_t n, size_t m,
                      size_t width)
{
    hsize_t size[2] = {n, m};
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width ? width : H5T_VARIABLE);
    char *fixed = width ? calloc(n + 1, width) : NULL;
    for (size_t i = 0; fixed && i < n; i++)
        memcpy(fixed + i * width, text[i], strnlen(text[i], width));
    put(file, name, type, m > 1 ? 2 : 1, size, n == 0 ? NULL : width ? (const void *)fixed : text);
    H5Tclose(type);
    free(fixed);
}

/* Chunked and never written: claims values without storing any. */
static void put_claim(hid_t file, const char *name, hsize_t n)
{
    hsize_t chunk = 1 << 16;
    hid_t space = H5Screate_simple(1, &n, NULL), plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plan, 1, &chunk);
    hid_t set = H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    if (set >= 0)
        H5Dclose(set);
    H5Pclose(plan);
    H5Sclose(space);
}

static void put_ids(hid_t file, const char *name, const char *const *id, size_t n,
                    const BiomFile *about)
{
    hsize_t size = n;
    int32_t zero[64] = {0};
    if (about->integer_ids && n <= 64)
        put(file, name, H5T_STD_I32LE, 1, &size, zero);
    else
        put_texts(file, name, id, n, 1, about->fixed_width);
}

static void fill(hid_t file, const BiomFile *about)
{
    static const char *const group[] = {"observation", "observation/metadata", "sample",
                                        "sample/matrix"};
    for (size_t i = 0; i < sizeof group / sizeof *group; i++)
        H5Gclose(H5Gcreate2(file, group[i], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    hsize_t two = 2, n;
    hid_t space = H5Screate_simple(1, &two, NULL);
    hid_t shape = H5Acreate2(file, "shape", H5T_NATIVE_INT64, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(shape, H5T_NATIVE_INT64, about->shape);
    H5Aclose(shape);
    H5Sclose(space);
    if (about->feature)
        put_ids(file, "observation/ids", about->feature, about->n_features, about);
    if (about->sample)
        put_ids(file, "sample/ids", about->sample, about->n_samples, about);
    if (about->level)
        put_texts(file, "observation/metadata/taxonomy", about->level, about->n_features,
                  about->n_levels, 0);
    n = about->n_start;
    if (about->start)
        put(file, "sample/matrix/indptr", H5T_NATIVE_INT32, 1, &n, about->start);
    n = about->n_index;
    if (about->index)
        put(file, "sample/matrix/indices", H5T_NATIVE_INT32, 1, &n, about->index);
    n = about->n_value;
    if (about->empty_claim)
        put_claim(file, "sample/matrix/data", about->empty_claim);
    else if (about->value)
        put(file, "sample/matrix/data", H5T_NATIVE_DOUBLE, 1, &n, about->value);
}

char *biom_file(const BiomFile *about, size_t *size)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, 0);
    hid_t file = H5Fcreate("made", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    if (file < 0)
        return NULL;
    fill(file, about);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    ssize_t needed = H5Fget_file_image(file, NULL, 0);
    char *bytes = needed > 0 ? malloc((size_t)needed) : NULL;
    if (bytes)
        *size = (size_t)H5Fget_file_image(file, bytes, (size_t)needed);
    H5Fclose(file);
    return bytes;
}

char *zip_file_of(const ZipPart *part, size_t n, size_t *size)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    for (size_t i = 0; zip && i < n; i++) {
        zip_source_t *bytes = zip_source_buffer(zip, part[i].bytes, part[i].size, 0);
        if (zip_file_add(zip, part[i].name, bytes, ZIP_FL_OVERWRITE) < 0)
            zip_source_free(bytes);
    }
    zip_stat_t about;
    char *bytes = NULL;
    if (zip && zip_close(zip) == 0 && zip_source_stat(target, &about) == 0 &&
        zip_source_open(target) == 0) {
        bytes = malloc(about.size + 1);
        *size = bytes ? (size_t)zip_source_read(target, bytes, about.size) : 0;
        zip_source_close(target);
    }
    zip_source_free(target);
    zip_error_fini(&error);
    return bytes;
}
