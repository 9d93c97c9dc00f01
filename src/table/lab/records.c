/* Records are made while reading; the limits that censored entries mean by name ("<LLOQ") are put in at the end, when
 * all that the file states is known. Until then such an entry has NaN where the limit will stand:
 * below LLOQ [-inf, NaN], below LOD [NaN, NaN] of class BELOW, above ULOQ [NaN, inf], within [NaN, NaN]. */
#include "table/lab/records.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

static const VgLabLimits NO_LIMITS = {NAN, NAN, NAN};

static bool reach(void *array, size_t *capacity, size_t index, size_t size)
{
    void *grown;
    memcpy(&grown, array, sizeof grown);
    size_t before = *capacity;
    if (index < before)
        return true;
    if (!vg_grow(&grown, capacity, index + 1, size))
        return false;
    memset((char *)grown + before * size, 0, (*capacity - before) * size);
    memcpy(array, &grown, sizeof grown);
    return true;
}

static VgStatus intern_limits(VgLabBuilder *b, const VgLabLimits *limits, int32_t *index,
                              VgError *error)
{
    if (memcmp(limits, &b->last, sizeof b->last) != 0) {
        b->last_limits = vg_map_add(b->limits, (const char *)limits, sizeof *limits);
        b->last = *limits;
    }
    if (b->last_limits < 0 || b->last_limits > INT32_MAX)
        return vg_fail_memory(error);
    *index = (int32_t)b->last_limits;
    return VG_OK;
}

VgStatus vg_lab_begin(VgLabBuilder *b, size_t most_records, VgError *error)
{
    b->limits = vg_map_create(b->arena);
    b->record = vg_arena_alloc_raw(b->arena, most_records, sizeof *b->record);
    b->capacity = most_records;
    if (!b->limits || !b->record)
        return vg_fail_memory(error);
    b->last = (VgLabLimits){0, 0, 0};
    int32_t none;
    return intern_limits(b, &NO_LIMITS, &none, error);
}

VgStatus vg_lab_describe(VgLabBuilder *b, size_t analyte, const VgField *name, const VgField *unit,
                         size_t line, VgError *error)
{
    if (!reach(&b->name, &b->name_room, analyte, sizeof *b->name) ||
        !reach(&b->unit, &b->unit_room, analyte, sizeof *b->unit))
        return vg_fail_memory(error);
    if (name && name->length && !b->name[analyte]) {
        b->name[analyte] = vg_arena_strndup(b->arena, name->text, name->length);
        if (!b->name[analyte])
            return vg_fail_memory(error);
        b->any_name = true;
    }
    if (!unit || !unit->length)
        return VG_OK;
    if (!b->unit[analyte]) {
        b->unit[analyte] = vg_arena_strndup(b->arena, unit->text, unit->length);
        b->any_unit = true;
        return b->unit[analyte] ? VG_OK : vg_fail_memory(error);
    }
    if (vg_field_is(unit, b->unit[analyte]))
        return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                      "analyte '%.80s' in '%.*s' here, in '%.40s' before",
                      "convert one of them, so that each analyte has one unit",
                      b->analyte.dictionary.entry[analyte].text, vg_field_shown(unit), unit->text,
                      b->unit[analyte]);
}

VgStatus vg_lab_limit(VgLabBuilder *b, size_t analyte, VgEntryClass which, double value,
                      VgError *error)
{
    size_t before = b->analyte_limits_room;
    if (!reach(&b->analyte_limits, &b->analyte_limits_room, analyte, sizeof *b->analyte_limits))
        return vg_fail_memory(error);
    for (size_t i = before; i < b->analyte_limits_room; i++)
        b->analyte_limits[i] = NO_LIMITS;
    VgLabLimits *limits = &b->analyte_limits[analyte];
    if (which == VG_ENTRY_BELOW_LOD)
        limits->lod = value;
    else if (which == VG_ENTRY_BELOW_LLOQ)
        limits->lloq = value;
    else
        limits->uloq = value;
    return VG_OK;
}

static VgStatus bad_entry(const VgLabBuilder *b, const VgField *entry, VgEntryClass class,
                          size_t sample, size_t analyte, size_t line, VgError *error)
{
    if (class == VG_ENTRY_NOT_DETECTED)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                          "'%.*s' of '%.80s' may mean not detected or not done",
                          "write <LOD for what was not detected, or name it as a missing code",
                          vg_field_shown(entry), entry->text,
                          b->analyte.dictionary.entry[analyte].text);
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                      "'%.*s' (sample '%.60s', '%.60s') is neither a number, a limit nor missing",
                      "write <x or >x for what is beyond a limit; name further missing codes, or "
                      "skip the column if it holds no measurements",
                      vg_field_shown(entry), entry->text, b->sample.dictionary.entry[sample].text,
                      b->analyte.dictionary.entry[analyte].text);
}

static void fill_record(VgLabRecord *record, VgEntryClass class, double value)
{
    record->value = NAN;
    record->lower = record->upper = NAN;
    switch (class) {
    case VG_ENTRY_NUMBER:
        record->censor = VG_OBSERVED;
        record->value = record->lower = record->upper = value;
        break;
    case VG_ENTRY_BELOW:
        record->censor = VG_CENSORED_BELOW;
        record->lower = -INFINITY;
        record->upper = value;
        break;
    case VG_ENTRY_ABOVE:
        record->censor = VG_CENSORED_ABOVE;
        record->lower = value;
        record->upper = INFINITY;
        break;
    case VG_ENTRY_BELOW_LLOQ:
        record->censor = VG_CENSORED_BELOW;
        record->lower = -INFINITY;
        break;
    case VG_ENTRY_BELOW_LOD:
        record->censor = VG_CENSORED_BELOW;
        break;
    case VG_ENTRY_ABOVE_ULOQ:
        record->censor = VG_CENSORED_ABOVE;
        record->upper = INFINITY;
        break;
    case VG_ENTRY_WITHIN:
        record->censor = VG_CENSORED_WITHIN;
        break;
    default:
        record->censor = VG_MISSING;
    }
}

static VgStatus add_index(VgLabBuilder *b, VgNames *names, const VgField *text, int32_t *index,
                          VgError *error)
{
    *index = -1;
    if (!text || !text->length)
        return VG_OK;
    size_t found;
    VG_TRY(vg_names_add(names, b->arena, text->text, text->length, 0, &found, NULL, error));
    *index = (int32_t)found;
    return VG_OK;
}

VgStatus vg_lab_put(VgLabBuilder *b, size_t sample, size_t analyte, const VgField *entry,
                    const VgField *remark, const VgField *plate, const VgLabLimits *stated,
                    size_t line, VgError *error)
{
    double value = NAN;
    VgEntryClass class = vg_entry_classify(entry, b->options, &value);
    if (class == VG_ENTRY_OTHER || class == VG_ENTRY_NOT_DETECTED)
        return bad_entry(b, entry, class, sample, analyte, line, error);
    if (class == VG_ENTRY_MISSING && remark) {
        VgEntryClass told = vg_entry_of_remark(remark);
        class = told == VG_ENTRY_OTHER ? class : told;
    }
    if (b->n == b->capacity || sample > UINT32_MAX || analyte > UINT32_MAX)
        return vg_fail_memory(error);
    VgLabRecord *record = &b->record[b->n++];
    *record = (VgLabRecord){
        .sample = (uint32_t)sample, .analyte = (uint32_t)analyte, .line = (uint32_t)line};
    fill_record(record, class, value);
    VG_TRY(intern_limits(b, stated ? stated : &NO_LIMITS, &record->limits, error));
    VG_TRY(add_index(b, &b->plate, plate, &record->plate, error));
    return add_index(b, &b->remark, remark, &record->remark, error);
}

/* ---- when all is read ---- */

static double first_known(double a, double b, double c)
{
    if (!isnan(a))
        return a;
    return !isnan(b) ? b : c > 0 ? c : NAN;
}

/* What the record states, else what the analyte's own row states, else the options. */
static VgLabLimits limits_of(const VgLabBuilder *b, const VgLabRecord *record)
{
    VgLabLimits own;
    memcpy(&own, vg_map_key(b->limits, (size_t)record->limits), sizeof own);
    VgLabLimits row = NO_LIMITS;
    if (record->analyte < b->analyte_limits_room)
        row = b->analyte_limits[record->analyte];
    return (VgLabLimits){first_known(own.lod, row.lod, b->options->lod),
                         first_known(own.lloq, row.lloq, b->options->lloq),
                         first_known(own.uloq, row.uloq, b->options->uloq)};
}

static VgStatus limit_unknown(const VgLabBuilder *b, const VgLabRecord *record, const char *which,
                              VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, record->line,
                      "'%.80s' of sample '%.80s' is beyond a limit that is nowhere stated: %s",
                      "give a column or a row of that name, or state the limit",
                      b->analyte.dictionary.entry[record->analyte].text,
                      b->sample.dictionary.entry[record->sample].text, which);
}

static VgStatus resolve(VgLabBuilder *b, VgLabRecord *record, VgLabTable *table, VgError *error)
{
    VgLabLimits limits = limits_of(b, record);
    VG_TRY(intern_limits(b, &limits, &record->limits, error));
    if (record->censor == VG_CENSORED_BELOW && isnan(record->upper)) {
        bool lod = isnan(record->lower);
        record->upper = lod ? limits.lod : limits.lloq;
        record->lower = -INFINITY;
        if (isnan(record->upper))
            return limit_unknown(b, record, lod ? "LOD" : "LLOQ", error);
    }
    if (record->censor == VG_CENSORED_ABOVE && isnan(record->lower)) {
        record->lower = limits.uloq;
        if (isnan(record->lower))
            return limit_unknown(b, record, "ULOQ", error);
    }
    if (record->censor == VG_CENSORED_WITHIN) {
        record->lower = limits.lod;
        record->upper = limits.lloq;
        if (isnan(record->lower) || isnan(record->upper))
            return limit_unknown(b, record, isnan(record->lower) ? "LOD" : "LLOQ", error);
    }
    double floor = isnan(limits.lloq) ? limits.lod : limits.lloq;
    if (record->value < floor) {
        table->n_below_stated++;
        if (b->options->censor_by_limits)
            fill_record(record, VG_ENTRY_BELOW, floor);
    } else if (record->value > limits.uloq) {
        table->n_above_stated++;
        if (b->options->censor_by_limits)
            fill_record(record, VG_ENTRY_ABOVE, limits.uloq);
    }
    table->n_missing += record->censor == VG_MISSING;
    table->n_below += record->censor == VG_CENSORED_BELOW;
    table->n_above += record->censor == VG_CENSORED_ABOVE;
    table->n_within += record->censor == VG_CENSORED_WITHIN;
    return VG_OK;
}

static VgStatus take_analytes(VgLabBuilder *b, VgLabTable *table, VgError *error)
{
    VG_TRY(vg_names_take(&b->analyte, b->arena, &table->analyte_id, NULL, error));
    table->n_analytes = b->analyte.dictionary.n;
    table->analyte_name = VG_NEW(b->arena, const char *, table->n_analytes);
    bool units = b->any_unit || b->options->unit;
    table->unit = units ? VG_NEW(b->arena, const char *, table->n_analytes) : NULL;
    const char *given = b->options->unit ? vg_arena_strdup(b->arena, b->options->unit) : NULL;
    if (!table->analyte_name || (units && !table->unit) || (b->options->unit && !given))
        return vg_fail_memory(error);
    for (size_t j = 0; j < table->n_analytes; j++) {
        const char *name = j < b->name_room ? b->name[j] : NULL;
        const char *unit = j < b->unit_room ? b->unit[j] : NULL;
        table->analyte_name[j] = name ? name : table->analyte_id[j];
        if (units)
            table->unit[j] = unit ? unit : given;
    }
    return VG_OK;
}

VgStatus vg_lab_finish(VgLabBuilder *b, VgLabTable **made, VgError *error)
{
    VgLabTable *table = VG_NEW(b->arena, VgLabTable, 1);
    if (!table)
        return vg_fail_memory(error);
    table->path = vg_arena_strdup(b->arena, b->path);
    table->format = b->format;
    table->n_records = b->n;
    table->record = b->record;
    for (size_t i = 0; i < b->n; i++)
        VG_TRY(resolve(b, &b->record[i], table, error));
    table->n_samples = b->sample.dictionary.n;
    table->n_plates = b->plate.dictionary.n;
    table->n_remarks = b->remark.dictionary.n;
    VG_TRY(vg_names_take(&b->sample, b->arena, &table->sample_id, NULL, error));
    VG_TRY(vg_names_take(&b->plate, b->arena, &table->plate_id, NULL, error));
    VG_TRY(vg_names_take(&b->remark, b->arena, &table->remark_text, NULL, error));
    VG_TRY(take_analytes(b, table, error));
    table->n_limits = vg_map_size(b->limits);
    table->limits = VG_NEW(b->arena, VgLabLimits, table->n_limits);
    if (!table->limits || !table->path)
        return vg_fail_memory(error);
    for (size_t i = 0; i < table->n_limits; i++)
        memcpy(&table->limits[i], vg_map_key(b->limits, i), sizeof *table->limits);
    *made = table;
    return VG_OK;
}

void vg_lab_free(VgLabBuilder *b)
{
    vg_names_free(&b->sample);
    vg_names_free(&b->analyte);
    vg_names_free(&b->plate);
    vg_names_free(&b->remark);
    vg_free(b->analyte_limits);
    vg_free(b->name);
    vg_free(b->unit);
}
