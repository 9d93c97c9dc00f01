/* What holds for every feature table that was read. */
#ifndef VG_TESTS_CHECK_TABLE_H
#define VG_TESTS_CHECK_TABLE_H

#include <stdlib.h>
#include <string.h>

#include "table/features/readers.h"

static void check_amounts(const VgAbundances *a, size_t n_samples, size_t n_features)
{
    if (a->start[0] != 0)
        abort();
    for (size_t i = 0; i < n_samples; i++)
        for (size_t k = a->start[i]; k < a->start[i + 1]; k++)
            if (a->feature[k] >= n_features || !(a->value[k] > 0 && a->value[k] <= 1e300) ||
                (k > a->start[i] && a->feature[k] <= a->feature[k - 1]))
                abort();
}

static void check_table(const VgFeatureTable *t)
{
    check_amounts(&t->amount, t->n_samples, t->n_features);
    for (size_t j = 0; j < t->n_features; j++)
        if (!*t->feature_id[j] || (t->lineage && t->lineage[j] && !strlen(t->lineage[j])))
            abort();
    for (size_t i = 0; i < t->n_samples; i++)
        if (!*t->sample_id[i] || (t->unassigned && !(t->unassigned[i] >= 0)))
            abort();
    if (!t->strata)
        return;
    check_amounts(&t->strata->amount, t->n_samples, t->strata->n);
    for (size_t s = 0; s < t->strata->n; s++)
        if (t->strata->feature[s] >= t->n_features || t->strata->taxon[s] >= t->strata->n_taxa)
            abort();
}

/* A consistent table, or an error that says what and what to do. */
static void check_answer(VgStatus status, const VgError *error, const VgFeatureTable *table)
{
    if (status == VG_OK)
        check_table(table);
    else if (status != VG_INVALID_INPUT || !*error->message || !*error->hint)
        abort();
}

/* Reads the bytes and checks the answer. */
static inline void check_reading(const char *bytes, size_t size, const VgFeatureOptions *options)
{
    VgArena *arena = vg_arena_create();
    VgSource source;
    VgFeatureTable *table = NULL;
    VgError error = {0};
    if (!arena || vg_source_copy(bytes, size, &source, &error) != VG_OK)
        abort();
    VgStatus status =
        vg_feature_table_read_source(arena, "fuzz.tsv", &source, options, &table, &error);
    vg_source_close(&source);
    check_answer(status, &error, table);
    vg_arena_destroy(arena);
}

#endif
