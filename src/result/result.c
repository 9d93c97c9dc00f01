/* The one result shape: append and look up. Growing arrays live in the result's arena; an outgrown
 * array stays there until the analysis ends, which costs at most as much again. */
#include <vagus/result.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/compare.h"

VgResult *vg_result_create(VgArena *arena, const char *command)
{
    VgResult *result = VG_NEW(arena, VgResult, 1);
    if (!result)
        return NULL;
    result->arena = arena;
    result->level = 0.95;
    result->seed = 1;
    result->command = vg_arena_strdup(arena, command);
    return result->command ? result : NULL;
}

VgEstimate vg_estimate_blank(void)
{
    return (VgEstimate){.estimate = NAN,
                        .se = NAN,
                        .df = NAN,
                        .statistic = NAN,
                        .p = NAN,
                        .lower = NAN,
                        .upper = NAN,
                        .n = NAN,
                        .q = NAN};
}

static void *grown(VgResult *result, void *array, size_t n, size_t *capacity, size_t element)
{
    if (n < *capacity)
        return array;
    size_t larger = *capacity ? *capacity * 2 : 16;
    void *copy = vg_arena_alloc(result->arena, larger, element);
    if (!copy) {
        result->failed_ = VG_NO_MEMORY;
        return NULL;
    }
    if (n)
        memcpy(copy, array, n * element);
    *capacity = larger;
    return copy;
}

static const char *kept(VgResult *result, const char *text)
{
    if (!text)
        return NULL;
    const char *copy = vg_arena_strdup(result->arena, text);
    if (!copy)
        result->failed_ = VG_NO_MEMORY;
    return copy;
}

void vg_result_estimate(VgResult *result, const VgEstimate *row)
{
    VgEstimate *array = grown(result, result->estimate, result->n_estimates,
                              &result->capacity_estimates_, sizeof *array);
    if (!array)
        return;
    result->estimate = array;
    VgEstimate copy = *row;
    copy.analysis = kept(result, row->analysis);
    copy.quantity = kept(result, row->quantity);
    copy.term = kept(result, row->term);
    copy.outcome = kept(result, row->outcome);
    copy.visit = kept(result, row->visit);
    copy.arm = kept(result, row->arm);
    copy.reference = kept(result, row->reference);
    copy.stratum = kept(result, row->stratum);
    copy.channel = kept(result, row->channel);
    copy.feature = kept(result, row->feature);
    copy.unit = kept(result, row->unit);
    copy.note = kept(result, row->note);
    if (result->failed_ == VG_OK) /* readers rely on what a row says of itself */
        result->estimate[result->n_estimates++] = copy;
}

static VgFact *new_fact(VgResult *result, VgFactSection section, const char *analysis,
                        const char *key, VgFactKind kind)
{
    VgFact *array =
        grown(result, result->fact, result->n_facts, &result->capacity_facts_, sizeof *array);
    if (!array)
        return NULL;
    result->fact = array;
    VgFact *fact = &result->fact[result->n_facts];
    *fact = (VgFact){section, kept(result, analysis), kept(result, key), kind, NAN, NULL};
    if (result->failed_ != VG_OK)
        return NULL;
    result->n_facts++;
    return fact;
}

void vg_result_number(VgResult *result, VgFactSection section, const char *analysis,
                      const char *key, double value)
{
    VgFact *fact = new_fact(result, section, analysis, key, VG_FACT_NUMBER);
    if (fact)
        fact->number = value;
}

void vg_result_text(VgResult *result, VgFactSection section, const char *analysis, const char *key,
                    const char *value)
{
    if (!value)
        return;
    VgFact *fact = new_fact(result, section, analysis, key, VG_FACT_TEXT);
    if (fact)
        fact->text = kept(result, value);
}

void vg_result_bool(VgResult *result, VgFactSection section, const char *analysis, const char *key,
                    bool value)
{
    VgFact *fact = new_fact(result, section, analysis, key, VG_FACT_BOOL);
    if (fact)
        fact->number = value;
}

void vg_result_warn(VgResult *result, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char **array = grown(result, (void *)result->warning, result->n_warnings,
                               &result->capacity_warnings_, sizeof *array);
    if (!array)
        return;
    result->warning = array;
    const char *copy = kept(result, text);
    if (copy)
        result->warning[result->n_warnings++] = copy;
}

void vg_result_input(VgResult *result, const char *path, const char *sha256, size_t rows)
{
    VgInput *array =
        grown(result, result->input, result->n_inputs, &result->capacity_inputs_, sizeof *array);
    if (!array)
        return;
    result->input = array;
    VgInput copy = {kept(result, path), kept(result, sha256), rows};
    if (result->failed_ == VG_OK)
        result->input[result->n_inputs++] = copy;
}

static VgDataset *find_dataset(const VgResult *result, const char *analysis, const char *name)
{
    for (size_t i = 0; i < result->n_datasets; i++)
        if (vg_same_text(result->dataset[i].analysis, analysis) &&
            vg_same_text(result->dataset[i].name, name))
            return &result->dataset[i];
    return NULL;
}

VgDataset *vg_result_dataset(VgResult *result, const char *analysis, const char *name,
                             const char *const *columns, size_t n_columns)
{
    VgDataset *found = find_dataset(result, analysis, name);
    if (found)
        return found;
    VgDataset *array = grown(result, result->dataset, result->n_datasets,
                             &result->capacity_datasets_, sizeof *array);
    VgDatasetColumn *column = VG_NEW(result->arena, VgDatasetColumn, n_columns);
    if (!array || !column) {
        result->failed_ = VG_NO_MEMORY;
        return NULL;
    }
    result->dataset = array;
    enum { FIRST_ROWS = 16 };
    VgDataset *dataset = &array[result->n_datasets];
    *dataset =
        (VgDataset){kept(result, name), kept(result, analysis), 0, n_columns, column, FIRST_ROWS};
    for (size_t j = 0; j < n_columns; j++) {
        bool is_number = columns[j][0] == '#';
        column[j].name = kept(result, columns[j] + is_number);
        if (is_number)
            column[j].number = VG_NEW(result->arena, double, FIRST_ROWS);
        else
            column[j].text = VG_NEW(result->arena, const char *, FIRST_ROWS);
        if (!column[j].number && !column[j].text)
            result->failed_ = VG_NO_MEMORY;
    }
    if (result->failed_ != VG_OK)
        return NULL;
    result->n_datasets++;
    return dataset;
}

static bool grow_rows(VgResult *result, VgDataset *dataset)
{
    size_t larger = dataset->capacity_ * 2;
    for (size_t j = 0; j < dataset->n_columns; j++) {
        VgDatasetColumn *column = &dataset->column[j];
        void *copy =
            vg_arena_alloc(result->arena, larger, column->number ? sizeof(double) : sizeof(char *));
        if (!copy) {
            result->failed_ = VG_NO_MEMORY;
            return false;
        }
        if (column->number)
            column->number = memcpy(copy, column->number, dataset->n_rows * sizeof(double));
        else
            column->text = memcpy(copy, (void *)column->text, dataset->n_rows * sizeof(char *));
    }
    dataset->capacity_ = larger;
    return true;
}

size_t vg_dataset_row(VgResult *result, VgDataset *dataset)
{
    if (!dataset || (dataset->n_rows == dataset->capacity_ && !grow_rows(result, dataset)))
        return 0;
    for (size_t j = 0; j < dataset->n_columns; j++) {
        if (dataset->column[j].number)
            dataset->column[j].number[dataset->n_rows] = NAN;
        else
            dataset->column[j].text[dataset->n_rows] = NULL;
    }
    return dataset->n_rows++;
}

const VgDatasetColumn *vg_dataset_column(const VgDataset *dataset, const char *name)
{
    for (size_t j = 0; dataset && j < dataset->n_columns; j++)
        if (strcmp(dataset->column[j].name, name) == 0)
            return &dataset->column[j];
    return NULL;
}

void vg_dataset_set_number(VgResult *result, VgDataset *dataset, const char *column, double value)
{
    (void)result;
    const VgDatasetColumn *target = vg_dataset_column(dataset, column);
    if (target && target->number && dataset->n_rows)
        target->number[dataset->n_rows - 1] = value;
}

void vg_dataset_set_text(VgResult *result, VgDataset *dataset, const char *column,
                         const char *value)
{
    const VgDatasetColumn *target = vg_dataset_column(dataset, column);
    if (target && target->text && dataset->n_rows)
        target->text[dataset->n_rows - 1] = kept(result, value);
}

const VgDataset *vg_result_find_dataset(const VgResult *result, const char *analysis,
                                        const char *name)
{
    return find_dataset(result, analysis, name);
}

const VgFact *vg_result_find_fact(const VgResult *result, VgFactSection section,
                                  const char *analysis, const char *key)
{
    for (size_t i = 0; i < result->n_facts; i++)
        if (result->fact[i].section == section &&
            vg_same_text(result->fact[i].analysis, analysis) &&
            vg_same_text(result->fact[i].key, key))
            return &result->fact[i];
    return NULL;
}

VgStatus vg_result_status(const VgResult *result, VgError *error)
{
    return result->failed_ == VG_OK ? VG_OK : vg_fail_memory(error);
}
