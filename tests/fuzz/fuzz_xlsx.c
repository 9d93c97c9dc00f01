/* First byte 'z': the rest is a whole .xlsx. Else the rest is parts of a workbook, separated by zero bytes (sheet, shared
 * strings, styles, workbook), which are put into an archive here, so that mutations reach the XML. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "table/formats.h"

static const char RELATIONS[] =
    "<Relationships><Relationship Id='r1' Type='x/worksheet' Target='worksheets/sheet1.xml'/>"
    "<Relationship Id='r2' Type='x/sharedStrings' Target='s.xml'/>"
    "<Relationship Id='r3' Type='x/styles' Target='t.xml'/></Relationships>";
static const char WORKBOOK[] = "<workbook><sheets><sheet name='a' r:id='r1' "
                               "xmlns:r='x'/></sheets></workbook>";

static void add(zip_t *zip, const char *name, const char *text, size_t size)
{
    zip_source_t *part = zip_source_buffer(zip, text, size, 0);
    zip_int64_t index = part ? zip_file_add(zip, name, part, ZIP_FL_OVERWRITE) : -1;
    if (index < 0)
        abort();
    zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0);
}

/* The archive's bytes; free() them. */
static char *pack(const char *data, size_t size, size_t *packed_size)
{
    static const char *const name[] = {"xl/worksheets/sheet1.xml", "xl/s.xml", "xl/t.xml",
                                       "xl/workbook.xml"};
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    if (!zip)
        abort();
    add(zip, "xl/_rels/workbook.xml.rels", RELATIONS, sizeof RELATIONS - 1);
    add(zip, "xl/workbook.xml", WORKBOOK, sizeof WORKBOOK - 1);
    for (size_t i = 0; i < 4; i++) {
        const char *zero = size ? memchr(data, 0, size) : NULL;
        size_t length = zero ? (size_t)(zero - data) : size;
        if (length > 0)
            add(zip, name[i], data, length);
        data += length + (zero != NULL);
        size -= length + (zero != NULL);
    }
    if (zip_close(zip) != 0)
        abort();
    zip_stat_t about;
    zip_source_stat(target, &about);
    char *bytes = malloc(about.size + 1);
    if (!bytes || zip_source_open(target) != 0)
        abort();
    *packed_size = (size_t)zip_source_read(target, bytes, about.size);
    zip_source_close(target);
    zip_source_free(target);
    zip_error_fini(&error);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const VgTableOptions options = {0};
    if (size < 2)
        return 0;
    const char *bytes = (const char *)data + 1;
    size_t length = size - 1;
    char *packed = data[0] == 'z' ? NULL : pack(bytes, length, &length);
    VgArena *arena = vg_arena_create();
    VgSource source;
    VgTable *table = NULL;
    VgError error = {0};
    if (vg_source_copy(packed ? packed : bytes, length, &source, &error) != VG_OK)
        abort();
    VgStatus status = vg_xlsx_read(arena, "t.xlsx", &source, &options, &table, &error);
    if (status == VG_OK) {
        for (size_t i = 0; i < table->n_columns; i++)
            for (size_t row = 0; row < table->n_rows; row++)
                if (!vg_column_is_missing(&table->column[i], row) &&
                    !vg_column_value_text(arena, &table->column[i], row))
                    abort();
    } else if (!*error.message || !*error.hint) {
        abort();
    }
    vg_source_close(&source);
    vg_arena_destroy(arena);
    free(packed);
    return 0;
}
