/* Any bytes as a laboratory export: long, wide, Olink, mwTab. The first byte chooses options. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "table/lab/records.h"

static void check(const VgLabTable *t)
{
    for (size_t i = 0; i < t->n_records; i++) {
        const VgLabRecord *r = &t->record[i];
        if (r->sample >= t->n_samples || r->analyte >= t->n_analytes || r->limits < 0 ||
            (size_t)r->limits >= t->n_limits || r->plate >= (int32_t)t->n_plates ||
            r->remark >= (int32_t)t->n_remarks)
            abort();
        bool numbers = !isnan(r->lower) && !isnan(r->upper);
        if (r->censor == VG_MISSING ? numbers : !numbers)
            abort();
        if ((r->censor == VG_OBSERVED) != !isnan(r->value))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const skip[] = {"x"}, *const missing[] = {"ND"};
    if (size == 0)
        return 0;
    VgLabOptions options = {.analytes_in_rows = data[0] & 1,
                            .numbers_only = data[0] & 2,
                            .censor_by_limits = data[0] & 4,
                            .sample_column = data[0] & 8 ? "a+b" : NULL,
                            .skip = skip,
                            .n_skip = data[0] & 16 ? 1 : 0,
                            .missing = missing,
                            .n_missing = data[0] & 32 ? 1 : 0,
                            .lloq = data[0] & 64 ? 2 : 0,
                            .format = data[0] & 128 ? VG_LAB_MWTAB : VG_LAB_DETECT};
    VgArena *arena = vg_arena_create();
    VgSource source;
    VgLabTable *table = NULL;
    VgError error = {0};
    if (!arena || vg_source_copy((const char *)data + 1, size - 1, &source, &error) != VG_OK)
        abort();
    VgStatus status =
        vg_lab_table_read_source(arena, "fuzz.csv", &source, &options, &table, &error);
    vg_source_close(&source);
    if (status == VG_OK)
        check(table);
    else if (status != VG_INVALID_INPUT || !*error.message || !*error.hint)
        abort();
    vg_arena_destroy(arena);
    return 0;
}
