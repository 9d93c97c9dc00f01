/* BIOM 1.0: a JSON object with rows (features), columns (samples), shape, and data as [row, column, value] or as
 * dense rows. Source: biom-format.org, version 1.0. */
#include "table/features/readers.h"

#include <string.h>

#include <jansson.h>

/* Jansson holds a number in some 100 bytes of memory for its 5 of text. */
static const size_t MOST_JSON = (size_t)512 << 20;

static VgStatus wrong(const VgFeatureBuilder *b, const char *what, VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "no valid BIOM 1.0 table: %s",
                      "write it again with: biom convert --to-json (or --to-hdf5)", what);
}

/* The lineage in a row's metadata: "taxonomy" as an array of levels or as one text. */
static VgStatus read_lineage(VgFeatureBuilder *b, const json_t *row, const char **lineage,
                             VgError *error)
{
    enum { MOST = 64 };
    const json_t *taxonomy = json_object_get(json_object_get(row, "metadata"), "taxonomy");
    *lineage = NULL;
    if (json_is_string(taxonomy))
        return vg_lineage_of(b->arena, json_string_value(taxonomy), json_string_length(taxonomy),
                             lineage, error);
    if (!json_is_array(taxonomy))
        return VG_OK;
    VgField level[MOST];
    size_t n = json_array_size(taxonomy) < MOST ? json_array_size(taxonomy) : MOST;
    for (size_t i = 0; i < n; i++) {
        const json_t *text = json_array_get(taxonomy, i);
        level[i] = json_is_string(text)
                       ? (VgField){json_string_value(text), json_string_length(text)}
                       : (VgField){"", 0};
    }
    return vg_lineage_join(b->arena, level, n, lineage, error);
}

/* Ids may be numbers where a program wrote them so; others are no ids. */
static VgStatus read_id(VgFeatureBuilder *b, const json_t *entry, const char *what, size_t index,
                        VgField *id, VgError *error)
{
    const json_t *value = json_object_get(entry, "id");
    if (json_is_string(value)) {
        *id = (VgField){json_string_value(value), json_string_length(value)};
        if (memchr(id->text, 0, id->length))
            return wrong(b, "a name holds a zero byte", error);
        return VG_OK;
    }
    if (json_is_integer(value)) {
        char *text = vg_arena_printf(b->arena, "%lld", (long long)json_integer_value(value));
        if (!text)
            return vg_fail_memory(error);
        *id = (VgField){text, strlen(text)};
        return VG_OK;
    }
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "%s %zu has no id",
                      "write it again with: biom convert --to-json", what, index + 1);
}

static VgStatus read_names(VgFeatureBuilder *b, const json_t *rows, const json_t *columns,
                           VgPlace *place, VgError *error)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        VgField id;
        const char *lineage;
        VG_TRY(read_id(b, row, "row", i, &id, error));
        VG_TRY(vg_builder_identify(b, id.text, id.length, i + 1, &place[i], error));
        VG_TRY(read_lineage(b, row, &lineage, error));
        if (lineage && place[i].target == VG_TO_FEATURE)
            VG_TRY(vg_builder_describe(b, place[i].index, lineage, 0, error));
    }
    for (size_t i = 0; i < json_array_size(columns); i++) {
        VgField id;
        size_t index;
        VG_TRY(read_id(b, json_array_get(columns, i), "column", i, &id, error));
        VG_TRY(vg_builder_sample(b, id.text, id.length, i + 1, &index, error));
    }
    return VG_OK;
}

static VgStatus bad_entry(const VgFeatureBuilder *b, size_t entry, const char *what, VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "entry %zu of \"data\" %s",
                      "write it again with: biom convert --to-json", entry + 1, what);
}

static VgStatus read_sparse(VgFeatureBuilder *b, const json_t *data, size_t n_rows,
                            size_t n_columns, const VgPlace *place, VgError *error)
{
    for (size_t k = 0; k < json_array_size(data); k++) {
        const json_t *entry = json_array_get(data, k);
        const json_t *row = json_array_get(entry, 0), *column = json_array_get(entry, 1),
                     *value = json_array_get(entry, 2);
        if (json_array_size(entry) != 3 || !json_is_integer(row) || !json_is_integer(column) ||
            !json_is_number(value))
            return bad_entry(b, k, "is no [row, column, value]", error);
        json_int_t i = json_integer_value(row), j = json_integer_value(column);
        if (i < 0 || j < 0 || (size_t)i >= n_rows || (size_t)j >= n_columns)
            return bad_entry(b, k, "lies outside the table's shape", error);
        VG_TRY(vg_builder_put(b, (size_t)j, place[i], json_number_value(value), k + 1, error));
    }
    return VG_OK;
}

static VgStatus read_dense(VgFeatureBuilder *b, const json_t *data, size_t n_rows, size_t n_columns,
                           const VgPlace *place, VgError *error)
{
    if (json_array_size(data) != n_rows)
        return wrong(b, "\"data\" has not as many rows as \"shape\" says", error);
    for (size_t i = 0; i < n_rows; i++) {
        const json_t *row = json_array_get(data, i);
        if (json_array_size(row) != n_columns)
            return bad_entry(b, i, "has not as many values as \"shape\" has columns", error);
        for (size_t j = 0; j < n_columns; j++) {
            const json_t *value = json_array_get(row, j);
            if (!json_is_number(value))
                return bad_entry(b, i, "holds what is no number", error);
            VG_TRY(vg_builder_put(b, j, place[i], json_number_value(value), i + 1, error));
        }
    }
    return VG_OK;
}

static VgStatus read_table(VgFeatureBuilder *b, const json_t *root, VgError *error)
{
    const json_t *rows = json_object_get(root, "rows"), *columns = json_object_get(root, "columns");
    const json_t *data = json_object_get(root, "data"), *shape = json_object_get(root, "shape");
    const json_t *type = json_object_get(root, "matrix_type");
    if (!json_is_array(rows) || !json_is_array(columns) || !json_is_array(data))
        return wrong(b, "\"rows\", \"columns\" or \"data\" is missing", error);
    size_t n_rows = json_array_size(rows), n_columns = json_array_size(columns);
    if (json_array_size(shape) != 2 ||
        (size_t)json_integer_value(json_array_get(shape, 0)) != n_rows ||
        (size_t)json_integer_value(json_array_get(shape, 1)) != n_columns)
        return wrong(b, "\"shape\" does not agree with \"rows\" and \"columns\"", error);
    bool dense = json_is_string(type) && strcmp(json_string_value(type), "dense") == 0;
    if (type && !dense && !(json_is_string(type) && strcmp(json_string_value(type), "sparse") == 0))
        return wrong(b, "\"matrix_type\" is neither \"sparse\" nor \"dense\"", error);
    for (size_t i = 0; i < n_rows && !b->separator; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(rows, i), "id"));
        if (id)
            vg_builder_look(b, id, strlen(id));
    }
    VgPlace *place = VG_NEW(b->arena, VgPlace, n_rows);
    if (!place)
        return vg_fail_memory(error);
    VG_TRY(read_names(b, rows, columns, place, error));
    return dense ? read_dense(b, data, n_rows, n_columns, place, error)
                 : read_sparse(b, data, n_rows, n_columns, place, error);
}

VgStatus vg_read_biom_json(VgFeatureBuilder *b, const char *bytes, size_t size, VgError *error)
{
    if (size > MOST_JSON)
        return vg_fail_at(
            error, VG_INVALID_INPUT, b->path, 0, "a JSON table of %zu MB (at most %zu)",
            "convert it: biom convert -i OLD -o NEW --to-hdf5", size >> 20, MOST_JSON >> 20);
    json_error_t fault;
    json_t *root = json_loadb(bytes, size, 0, &fault);
    if (!root) {
        if (json_error_code(&fault) == json_error_out_of_memory)
            return vg_fail_memory(error);
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, fault.line > 0 ? (size_t)fault.line : 0,
                          "no valid JSON: %s",
                          "the file was cut or edited; copy or download it again", fault.text);
    }
    b->record = "record";
    VgStatus status =
        json_is_object(root) ? read_table(b, root, error) : wrong(b, "it is no object", error);
    json_decref(root);
    return status;
}
