/* BIOM 2.0 and 2.1: HDF5 with sample/ids, observation/ids and the values by sample in sample/matrix (indptr, indices, data:
 * compressed rows). Source: biom-format.org, versions 2.0 and 2.1.
 *
 * This part runs in a process of its own (biom_message.c): the library crashes on some damaged files (HDF5 1.10.8: in
 * H5HG_read, on 3 % of files with a few bytes changed). It reads the parts; what they mean is decided outside.
 *
 * The library reads from our bytes, so that archives and .gz need no temporary file. Every dimension is looked at
 * before anything is allocated: what a dataset claims to hold must be in proportion to what it stores. */
#include "table/features/biom_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "table/features/hdf5_library.h"

/* deflate's limit; what stores less than it claims beyond that was never written */
enum { LARGEST_RATIO = 1100, LEVELS = 64 };
/* H5F_ACC_RDONLY calls functions of the library by name, which is loaded here */
static const unsigned READ_ONLY = 0;
static const size_t FREE_BYTES = (size_t)16 << 20;

bool vg_is_hdf5(const char *bytes, size_t size)
{
    return size >= 8 && memcmp(bytes, "\x89HDF\r\n\x1a\n", 8) == 0;
}

/* Lives as long as this process, which reads one table. */
static VgHdf5 h5;

static VgStatus damaged(const VgBiomParts *b, const char *part, const char *why, VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "%s %s",
                      "the file was cut, or is no BIOM 2 table; copy or write it again", part, why);
}

/* ---- the library reads our bytes without a copy ---- */

typedef struct Image {
    void *bytes;
} Image;

static void *image_malloc(size_t size, H5FD_file_image_op_t operation, void *context)
{
    (void)size, (void)operation;
    return ((Image *)context)->bytes;
}

static void *image_memcpy(void *to, const void *from, size_t size, H5FD_file_image_op_t operation,
                          void *context)
{
    (void)size, (void)operation, (void)context;
    return to == from ? to : NULL;
}

static void *image_realloc(void *bytes, size_t size, H5FD_file_image_op_t operation, void *context)
{
    (void)bytes, (void)size, (void)operation, (void)context;
    return NULL; /* never written to */
}

static herr_t image_free(void *bytes, H5FD_file_image_op_t operation, void *context)
{
    (void)bytes, (void)operation, (void)context;
    return 0;
}

static void *image_same(void *context)
{
    return context;
}

static herr_t image_keep(void *context)
{
    (void)context;
    return 0;
}

static hid_t open_image(Image *image, size_t size)
{
    H5FD_file_image_callbacks_t callbacks = {image_malloc, image_memcpy, image_realloc, image_free,
                                             image_same,   image_keep,   image};
    hid_t access = h5.H5Pcreate(*h5.file_access), file = H5I_INVALID_HID;
    if (access >= 0 && h5.H5Pset_fapl_core(access, 1 << 16, 0) >= 0 &&
        h5.H5Pset_file_image_callbacks(access, &callbacks) >= 0 &&
        h5.H5Pset_file_image(access, image->bytes, size) >= 0)
        file = h5.H5Fopen("biom", READ_ONLY, access);
    if (access >= 0)
        h5.H5Pclose(access);
    return file;
}

/* ---- datasets ---- */

typedef struct Dataset {
    const char *name;
    hid_t id;
    int rank;
    hsize_t size[2];
    size_t n; /* elements */
} Dataset;

static void dataset_close(Dataset *dataset)
{
    if (dataset->id >= 0)
        h5.H5Dclose(dataset->id);
    dataset->id = H5I_INVALID_HID;
}

/* Opens a dataset of one or two dimensions and looks at its size. `width`: bytes of an element in memory. */
static VgStatus dataset_open(const VgBiomParts *b, hid_t file, const char *name, size_t width,
                             Dataset *dataset, VgError *error)
{
    *dataset = (Dataset){.name = name, .id = h5.H5Dopen2(file, name, H5P_DEFAULT)};
    if (dataset->id < 0)
        return damaged(b, name, "is missing or unreadable", error);
    hid_t space = h5.H5Dget_space(dataset->id);
    dataset->rank = space >= 0 ? h5.H5Sget_simple_extent_ndims(space) : -1;
    bool fits = dataset->rank >= 1 && dataset->rank <= 2 &&
                h5.H5Sget_simple_extent_dims(space, dataset->size, NULL) >= 0;
    if (space >= 0)
        h5.H5Sclose(space);
    if (!fits)
        return damaged(b, name, "is no list", error);
    size_t bytes;
    size_t columns = dataset->rank == 2 ? (size_t)dataset->size[1] : 1;
    if (!vg_size_product((size_t)dataset->size[0], columns, &dataset->n) ||
        !vg_size_product(dataset->n, width, &bytes) || dataset->n > INT32_MAX)
        return damaged(b, name, "claims more elements than a table can have", error);
    size_t stored = (size_t)h5.H5Dget_storage_size(dataset->id);
    size_t most = b->most_bytes;
    if (bytes > most || (bytes > FREE_BYTES && bytes / LARGEST_RATIO > stored))
        return damaged(b, name, "claims far more than it stores", error);
    return VG_OK;
}

static VgStatus read_values(const VgBiomParts *b, const Dataset *dataset, H5T_class_t kind,
                            hid_t type, void *values, VgError *error)
{
    hid_t stored = h5.H5Dget_type(dataset->id);
    H5T_class_t class = stored >= 0 ? h5.H5Tget_class(stored) : H5T_NO_CLASS;
    if (stored >= 0)
        h5.H5Tclose(stored);
    if (class != kind && !(kind == H5T_FLOAT && class == H5T_INTEGER))
        return damaged(b, dataset->name, "holds values of another type", error);
    if (dataset->n && h5.H5Dread(dataset->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        return damaged(b, dataset->name, "cannot be read", error);
    return VG_OK;
}

/* ---- texts ---- */

/* n texts in the arena. */
static VgStatus take_texts(const VgBiomParts *b, const Dataset *dataset, VgField *text,
                           char *const *varying, const char *fixed, size_t width, VgError *error)
{
    for (size_t i = 0; i < dataset->n; i++) {
        const char *from = varying ? varying[i] : fixed + i * width;
        size_t length = !from ? 0 : varying ? strlen(from) : strnlen(from, width);
        while (!varying && length && from[length - 1] == ' ')
            length--;
        text[i].text = vg_arena_strndup(b->arena, from ? from : "", length);
        text[i].length = length;
        if (!text[i].text)
            return vg_fail_memory(error);
    }
    return VG_OK;
}

static VgStatus read_varying(const VgBiomParts *b, const Dataset *dataset, hid_t type,
                             VgField *text, VgError *error)
{
    char **varying = vg_malloc((dataset->n + 1) * sizeof *varying);
    if (!varying)
        return vg_fail_memory(error);
    memset(varying, 0, (dataset->n + 1) * sizeof *varying);
    bool read = h5.H5Dread(dataset->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, varying) >= 0;
    VgStatus status = read ? take_texts(b, dataset, text, varying, NULL, 0, error)
                           : damaged(b, dataset->name, "cannot be read", error);
    hid_t space = read ? h5.H5Dget_space(dataset->id) : H5I_INVALID_HID;
    if (space >= 0) {
        h5.H5Dvlen_reclaim(type, space, H5P_DEFAULT, varying);
        h5.H5Sclose(space);
    }
    vg_free(varying);
    return status;
}

static VgStatus read_fixed(const VgBiomParts *b, const Dataset *dataset, hid_t type, VgField *text,
                           VgError *error)
{
    size_t width = h5.H5Tget_size(type), bytes;
    size_t stored = (size_t)h5.H5Dget_storage_size(dataset->id);
    if (!vg_size_product(dataset->n, width, &bytes) || bytes > ((size_t)1 << 32) ||
        (bytes > FREE_BYTES && bytes / LARGEST_RATIO > stored))
        return damaged(b, dataset->name, "claims far more than it stores", error);
    char *fixed = vg_malloc(bytes + 1);
    if (!fixed)
        return vg_fail_memory(error);
    VgStatus status = h5.H5Dread(dataset->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, fixed) >= 0
                          ? take_texts(b, dataset, text, NULL, fixed, width, error)
                          : damaged(b, dataset->name, "cannot be read", error);
    vg_free(fixed);
    return status;
}

static VgStatus read_texts(const VgBiomParts *b, const Dataset *dataset, VgField **text,
                           VgError *error)
{
    *text = VG_NEW(b->arena, VgField, dataset->n);
    if (!*text)
        return vg_fail_memory(error);
    if (dataset->n == 0) /* an empty list has whatever type its writer liked */
        return VG_OK;
    hid_t type = h5.H5Dget_type(dataset->id);
    VgStatus status;
    if (type < 0 || h5.H5Tget_class(type) != H5T_STRING)
        status = damaged(b, dataset->name, "holds no texts", error);
    else if (h5.H5Tis_variable_str(type) > 0)
        status = read_varying(b, dataset, type, *text, error);
    else
        status = read_fixed(b, dataset, type, *text, error);
    if (type >= 0)
        h5.H5Tclose(type);
    return status;
}

static VgStatus read_ids(const VgBiomParts *b, hid_t file, const char *name, VgField **id,
                         size_t *n, VgError *error)
{
    Dataset ids;
    VgStatus status = dataset_open(b, file, name, sizeof(char *), &ids, error);
    if (status == VG_OK && ids.rank != 1)
        status = damaged(b, name, "is no list of names", error);
    if (status == VG_OK)
        status = read_texts(b, &ids, id, error);
    *n = ids.n;
    dataset_close(&ids);
    return status;
}

/* ---- the parts of a table ---- */

static VgStatus read_taxonomy(VgBiomParts *b, hid_t file, VgError *error)
{
    const char *name = "observation/metadata/taxonomy";
    if (h5.H5Lexists(file, "observation/metadata", H5P_DEFAULT) <= 0 ||
        h5.H5Lexists(file, name, H5P_DEFAULT) <= 0)
        return VG_OK;
    Dataset taxonomy;
    VgStatus status = dataset_open(b, file, name, sizeof(char *), &taxonomy, error);
    b->n_levels = taxonomy.rank == 2 ? (size_t)taxonomy.size[1] : 1;
    if (status == VG_OK &&
        ((size_t)taxonomy.size[0] != b->n_features || b->n_levels > LEVELS || !b->n_levels))
        status = damaged(b, name, "does not have one lineage per feature", error);
    if (status == VG_OK)
        status = read_texts(b, &taxonomy, &b->level, error);
    dataset_close(&taxonomy);
    return status;
}

static VgStatus read_part(const VgBiomParts *b, hid_t file, const char *name, size_t expected,
                          H5T_class_t kind, hid_t type, size_t width, void **values, size_t *n,
                          VgError *error)
{
    Dataset part;
    VgStatus status = dataset_open(b, file, name, width, &part, error);
    if (status == VG_OK && (part.rank != 1 || (expected != SIZE_MAX && part.n != expected)))
        status = damaged(b, name, "has another length than the rest of the table", error);
    if (status == VG_OK) {
        *values = vg_arena_alloc_raw(b->arena, part.n, width);
        status =
            *values ? read_values(b, &part, kind, type, *values, error) : vg_fail_memory(error);
    }
    *n = part.n;
    dataset_close(&part);
    return status;
}

static VgStatus read_matrix(VgBiomParts *b, hid_t file, VgError *error)
{
    size_t n;
    void *part = NULL;
    VG_TRY(read_part(b, file, "sample/matrix/indptr", b->n_samples + 1, H5T_INTEGER,
                     *h5.native_int64, sizeof *b->start, &part, &n, error));
    b->start = part;
    VG_TRY(read_part(b, file, "sample/matrix/indices", SIZE_MAX, H5T_INTEGER, *h5.native_int32,
                     sizeof *b->feature, &part, &b->n_values, error));
    b->feature = part;
    VG_TRY(read_part(b, file, "sample/matrix/data", b->n_values, H5T_FLOAT, *h5.native_double,
                     sizeof *b->value, &part, &n, error));
    b->value = part;
    return VG_OK;
}

static VgStatus check_shape(const VgBiomParts *b, hid_t file, size_t n_features, size_t n_samples,
                            VgError *error)
{
    if (h5.H5Aexists(file, "shape") <= 0)
        return VG_OK;
    int64_t shape[2] = {-1, -1};
    hid_t attribute = h5.H5Aopen(file, "shape", H5P_DEFAULT);
    hid_t space = attribute >= 0 ? h5.H5Aget_space(attribute) : H5I_INVALID_HID;
    hid_t type = attribute >= 0 ? h5.H5Aget_type(attribute) : H5I_INVALID_HID;
    bool read = space >= 0 && type >= 0 && h5.H5Tget_class(type) == H5T_INTEGER &&
                h5.H5Sget_simple_extent_npoints(space) == 2 &&
                h5.H5Aread(attribute, *h5.native_int64, shape) >= 0;
    if (type >= 0)
        h5.H5Tclose(type);
    if (space >= 0)
        h5.H5Sclose(space);
    if (attribute >= 0)
        h5.H5Aclose(attribute);
    if (read && shape[0] == (int64_t)n_features && shape[1] == (int64_t)n_samples)
        return VG_OK;
    return damaged(b, "the table's shape", "does not agree with its ids", error);
}

static VgStatus read_file(VgBiomParts *b, hid_t file, VgError *error)
{
    VG_TRY(read_ids(b, file, "observation/ids", &b->feature_id, &b->n_features, error));
    VG_TRY(read_ids(b, file, "sample/ids", &b->sample_id, &b->n_samples, error));
    VG_TRY(check_shape(b, file, b->n_features, b->n_samples, error));
    VG_TRY(read_taxonomy(b, file, error));
    return b->n_features && b->n_samples ? read_matrix(b, file, error) : VG_OK;
}

VgStatus vg_biom_parts_read(VgBiomParts *b, const char *bytes, size_t size, VgError *error)
{
    VG_TRY(vg_hdf5_load(&h5, b->path, error));
    h5.H5Eset_auto2(H5E_DEFAULT, NULL,
                    NULL); /* errors are told by us, not printed by the library */
    Image image = {(void *)(uintptr_t)bytes};
    hid_t file = open_image(&image, size);
    if (file < 0)
        return damaged(b, "the HDF5 file", "is cut or damaged", error);
    VgStatus status = read_file(b, file, error);
    h5.H5Fclose(file);
    return status;
}
