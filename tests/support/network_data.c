#include "support/network_data.h"

#include <math.h>

#include <vagus/table.h>

VgNetworkRow *network_rows_json(VgArena *arena, const json_t *array, size_t *n)
{
    *n = json_array_size(array);
    VgNetworkRow *row = VG_NEW(arena, VgNetworkRow, *n);
    for (size_t i = 0; i < *n; i++) {
        const json_t *one = json_array_get(array, i);
        row[i].study = vg_arena_strdup(arena, json_string_value(json_object_get(one, "study")));
        row[i].treatment[0] =
            vg_arena_strdup(arena, json_string_value(json_object_get(one, "treat1")));
        row[i].treatment[1] =
            vg_arena_strdup(arena, json_string_value(json_object_get(one, "treat2")));
        row[i].effect = json_number_value(json_object_get(one, "TE"));
        row[i].se = json_number_value(json_object_get(one, "seTE"));
        row[i].n[0] = row[i].n[1] = (double)NAN;
        row[i].line = i + 2;
    }
    return row;
}

static VgTable *read_table(VgArena *arena, const char *path)
{
    VgTable *table;
    VgError error = {0};
    WITNESS_OK(vg_table_read(arena, path, NULL, &table, &error), &error);
    return table;
}

static const char *text_at(VgArena *arena, const VgTable *table, const char *column, size_t row)
{
    const char *text = vg_column_value_text(arena, vg_table_column(table, column), row);
    assert_non_null(text);
    return text;
}

VgNetworkRow *network_rows_csv(VgArena *arena, const char *path, const char *study,
                               const char *treat1, const char *treat2, const char *effect,
                               const char *se, size_t *n)
{
    VgTable *table = read_table(arena, path);
    VgNetworkRow *row = VG_NEW(arena, VgNetworkRow, table->n_rows);
    *n = table->n_rows;
    for (size_t i = 0; i < *n; i++)
        row[i] =
            (VgNetworkRow){text_at(arena, table, study, i),
                           {text_at(arena, table, treat1, i), text_at(arena, table, treat2, i)},
                           vg_table_column(table, effect)->number[i],
                           vg_table_column(table, se)->number[i],
                           {(double)NAN, (double)NAN},
                           table->line[i]};
    return row;
}

VgNetworkStudy *network_arms_csv(VgArena *arena, const char *path, const char *study,
                                 const char *treatment, const char *value, const char *sd,
                                 const char *n_column, size_t *n)
{
    VgTable *table = read_table(arena, path);
    VgNetworkStudy *out = VG_NEW(arena, VgNetworkStudy, table->n_rows);
    *n = 0;
    for (size_t from = 0, to; from < table->n_rows; from = to) {
        const char *label = text_at(arena, table, study, from);
        for (to = from; to < table->n_rows && !strcmp(text_at(arena, table, study, to), label);)
            to++;
        size_t k = to - from;
        const char **name = VG_NEW(arena, const char *, k);
        double *mean = VG_NEW(arena, double, k), *variance = VG_NEW(arena, double, k);
        double *effect = VG_NEW(arena, double, k), *covariance = VG_NEW(arena, double, k *k);
        double add = 0.0, informative = 0.0;
        for (size_t a = 0; a < k && !sd; a++) {
            double events = vg_table_column(table, value)->number[from + a];
            double size = vg_table_column(table, n_column)->number[from + a];
            add = events == 0.0 || events == size ? 0.5 : add;
            informative += events != size;
        }
        if (!sd && informative == 0.0)
            continue; /* every participant of every arm had the event: nothing to compare */
        for (size_t a = 0; a < k; a++) {
            double x = vg_table_column(table, value)->number[from + a];
            double size = vg_table_column(table, n_column)->number[from + a];
            name[a] = text_at(arena, table, treatment, from + a);
            if (sd) {
                double s = vg_table_column(table, sd)->number[from + a];
                mean[a] = x;
                variance[a] = s * s / size;
            } else {
                mean[a] = log((x + add) / (size - x + add));
                variance[a] = 1.0 / (x + add) + 1.0 / (size - x + add);
            }
        }
        for (size_t i = 0; i + 1 < k; i++) {
            effect[i] = mean[i + 1] - mean[0];
            for (size_t j = 0; j + 1 < k; j++)
                covariance[i + j * (k - 1)] = variance[0] + (i == j ? variance[i + 1] : 0.0);
        }
        out[(*n)++] = (VgNetworkStudy){label, table->line[from], k, name, effect, covariance, NULL};
    }
    return out;
}

VgNetwork *network_of_rows(VgArena *arena, const VgNetworkRow *row, size_t n)
{
    VgNetworkStudy *study;
    VgNetworkRepair *repair;
    VgNetwork *network;
    size_t n_studies, n_repairs;
    VgError error = {0};
    WITNESS_OK(vg_network_studies_from_rows(arena, row, n, NULL, &study, &n_studies, &repair,
                                            &n_repairs, &error),
               &error);
    WITNESS_OK(vg_network_build(arena, study, n_studies, "rows.csv", &network, &error), &error);
    return network;
}
