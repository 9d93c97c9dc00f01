#include "report/forest.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/text.h"

/* The buffer's text in the arena; NULL when memory was short. Frees the buffer. A text that the buffer lost is a
 * failed request of the arena's too, so that whoever asks it is told. */
static const char *kept(VgArena *arena, VgBuffer *buffer)
{
    const char *text = buffer->failed ? vg_arena_alloc(arena, SIZE_MAX, 2)
                                      : vg_arena_strdup(arena, buffer->text ? buffer->text : "");
    vg_buffer_free(buffer);
    return text;
}

static bool of_analysis(const char *analysis, const char *row)
{
    return !analysis || vg_same_text(analysis, row);
}

const VgEstimate *vg_forest_row(const VgResult *result, const char *analysis, const char *quantity,
                                const char *term, const char *stratum)
{
    for (size_t i = 0; i < result->n_estimates; i++) {
        const VgEstimate *e = &result->estimate[i];
        if (of_analysis(analysis, e->analysis) && vg_same_text(quantity, e->quantity) &&
            (!term || vg_same_text(term, e->term)) && vg_same_text(stratum, e->stratum))
            return e;
    }
    return NULL;
}

static const char *fact_text(const VgResult *result, const char *analysis, const char *key)
{
    const VgFact *fact = vg_result_find_fact(result, VG_FACTS_FIT, analysis, key);
    return fact && fact->kind == VG_FACT_TEXT && fact->text && *fact->text ? fact->text : NULL;
}

VgForest *vg_forest_blank(VgArena *arena, const VgResult *result, const char *analysis,
                          size_t capacity)
{
    VgForest *forest = VG_NEW(arena, VgForest, 1);
    VgForestRow *row = VG_NEW(arena, VgForestRow, capacity);
    if (!forest || !row)
        return NULL;
    const VgFact *none = vg_result_find_fact(result, VG_FACTS_FIT, analysis, "null_value");
    const char *measure = fact_text(result, analysis, "measure_label");
    *forest = (VgForest){
        .row = row,
        .measure = measure ? measure : "Effect",
        .favours_low = fact_text(result, analysis, "favours_low"),
        .favours_high = fact_text(result, analysis, "favours_high"),
        .ratio = vg_same_text(fact_text(result, analysis, "back_transform"), "exp"),
        .decimals = 2,
    };
    /* a ratio of 1 is a logarithm of 0, however the fact is told */
    if (!forest->ratio && none && isfinite(none->number))
        forest->null_value = none->number;
    const VgFact *important =
        vg_result_find_fact(result, VG_FACTS_FIT, analysis, "important_difference");
    if (important && important->kind == VG_FACT_NUMBER && important->number > 0)
        forest->important = important->number;
    forest->important_source = fact_text(result, analysis, "important_difference_source");
    return forest;
}

void vg_forest_add(VgArena *arena, VgForest *forest, VgForestKind kind, const char *label,
                   double estimate, double lower, double upper)
{
    (void)arena;
    if (!forest)
        return;
    forest->row[forest->n++] = (VgForestRow){.kind = kind,
                                             .label = label ? label : "",
                                             .effect = "",
                                             .estimate = estimate,
                                             .lower = lower,
                                             .upper = upper,
                                             .se = NAN,
                                             .weight = NAN};
    forest->n_studies += kind == VG_FOREST_STUDY;
}

static VgForestRow *last(VgForest *forest)
{
    return &forest->row[forest->n - 1];
}

static void add_estimate(VgArena *arena, VgForest *forest, VgForestKind kind, const char *label,
                         const VgEstimate *e)
{
    if (!e)
        return;
    vg_forest_add(arena, forest, kind, label, e->estimate, e->lower, e->upper);
    last(forest)->se = e->se;
}

/* ---- texts ---- */

void vg_forest_put(VgBuffer *out, const VgForest *forest, double value)
{
    int decimals = forest->decimals + forest->more;
    if (forest->ratio) { /* 0.0031, 0.52, 12.3, 128 */
        value = exp(value);
        decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        if (value > 0 && value < 0.1)
            decimals = 1 - (int)floor(log10(value));
        decimals += forest->more;
    }
    vg_put_number(out, value, decimals < 0 ? 0 : decimals);
}

static const char *effect_text(VgArena *arena, const VgForest *forest, const VgForestRow *row)
{
    VgBuffer text = {0};
    if (isfinite(row->estimate) && row->kind != VG_FOREST_PREDICTION)
        vg_forest_put(&text, forest, row->estimate);
    if (isfinite(row->lower) && isfinite(row->upper)) {
        vg_buffer_text(&text, text.length ? " [" : "[");
        vg_forest_put(&text, forest, row->lower);
        vg_buffer_text(&text, ", ");
        vg_forest_put(&text, forest, row->upper);
        vg_buffer_text(&text, "]");
    }
    return kept(arena, &text);
}

static void write_texts(VgArena *arena, VgForest *forest)
{
    for (size_t i = 0; i < forest->n; i++)
        forest->row[i].effect = effect_text(arena, forest, &forest->row[i]);
}

static void put_percent(VgBuffer *out, double value)
{
    vg_put_number(out, value, value > 0 && value < 10 ? 1 : 0);
    vg_buffer_text(out, "%");
}

static void put_q(VgBuffer *out, const VgEstimate *q, const char *name)
{
    vg_buffer_printf(out, "%s = ", name);
    vg_put_number(out, q->statistic, 2);
    if (isfinite(q->df)) {
        vg_buffer_text(out, ", df = ");
        vg_put_number(out, q->df, 0);
    }
    if (isfinite(q->p)) {
        vg_buffer_text(out, ", ");
        vg_put_p(out, q->p);
    }
}

const char *vg_heterogeneity_text(VgArena *arena, const VgResult *result, const char *analysis,
                                  const char *stratum)
{
    const VgEstimate *tau2 = vg_forest_row(result, analysis, "tau2", NULL, stratum),
                     *i2 = vg_forest_row(result, analysis, "i2", NULL, stratum),
                     *q = vg_forest_row(result, analysis, "q", NULL, stratum);
    VgBuffer text = {0};
    if (tau2 && isfinite(tau2->estimate)) {
        vg_buffer_text(&text, "τ² = ");
        int decimals = tau2->estimate > 0 ? 1 - (int)floor(log10(tau2->estimate)) : 0;
        vg_put_number(&text, tau2->estimate, decimals < 0 ? 0 : decimals);
    }
    if (i2 && isfinite(i2->estimate)) {
        vg_buffer_text(&text, text.length ? ", I² = " : "I² = ");
        put_percent(&text, i2->estimate);
        if (isfinite(i2->lower) && isfinite(i2->upper)) {
            vg_buffer_text(&text, " (");
            put_percent(&text, i2->lower);
            vg_buffer_text(&text, " to ");
            put_percent(&text, i2->upper);
            vg_buffer_text(&text, ")");
        }
    }
    if (q && isfinite(q->statistic)) {
        vg_buffer_text(&text, text.length ? ", " : "");
        put_q(&text, q, "Q");
    }
    return kept(arena, &text);
}

static void add_note(VgArena *arena, VgForest *forest, const char *heading, const char *text)
{
    if (text && *text)
        vg_forest_add(arena, forest, VG_FOREST_NOTE, vg_arena_printf(arena, "%s%s", heading, text),
                      NAN, NAN, NAN);
}

static void add_subgroup_test(VgArena *arena, VgForest *forest, const VgEstimate *test)
{
    if (!test || !isfinite(test->statistic))
        return;
    VgBuffer text = {0};
    put_q(&text, test, test->note && test->note[0] == 'F' ? "F" : "Q");
    add_note(arena, forest, "Differences between subgroups: ", kept(arena, &text));
}

/* ---- the axis ---- */

static void hold(VgForest *forest, double value)
{
    if (isfinite(value)) {
        forest->low = fmin(forest->low, value);
        forest->high = fmax(forest->high, value);
    }
}

/* Where estimates of studies lie but for the few that would squeeze all others: within four interquartile
 * ranges of the middle half. */
static void fence(VgArena *arena, const VgForest *forest, double *low, double *high)
{
    double *value = VG_NEW(arena, double, forest->n + 1);
    size_t n = 0;
    *low = -INFINITY;
    *high = INFINITY;
    for (size_t i = 0; value && i < forest->n; i++)
        if (isfinite(forest->row[i].estimate) && forest->row[i].kind <= VG_FOREST_STEP)
            value[n++] = forest->row[i].estimate;
    if (n < 6)
        return;
    qsort(value, n, sizeof *value, vg_compare_numbers);
    double first = value[n / 4], third = value[n - 1 - n / 4], range = 4 * (third - first);
    if (range > 0) {
        *low = first - range;
        *high = third + range;
    }
}

static void find_axis(VgArena *arena, VgForest *forest)
{
    double fence_low, fence_high;
    fence(arena, forest, &fence_low, &fence_high);
    forest->low = forest->high = forest->null_value;
    for (size_t i = 0; i < forest->n; i++) {
        const VgForestRow *row = &forest->row[i];
        if (row->kind == VG_FOREST_POOLED || row->kind == VG_FOREST_PREDICTION) {
            hold(forest, row->lower);
            hold(forest, row->upper);
        } else if (row->estimate >= fence_low && row->estimate <= fence_high) {
            hold(forest, row->estimate);
        }
    }
    /* intervals too, as far as they leave the estimates a third of the axis */
    double low = forest->low, high = forest->high, more = fmax(high - low, 1e-12);
    for (size_t i = 0; i < forest->n; i++) {
        const VgForestRow *row = &forest->row[i];
        if (row->estimate < fence_low || row->estimate > fence_high)
            continue;
        hold(forest, isfinite(row->lower) ? fmax(row->lower, low - more) : NAN);
        hold(forest, isfinite(row->upper) ? fmin(row->upper, high + more) : NAN);
    }
    if (!(forest->high > forest->low)) {
        forest->low -= 1;
        forest->high += 1;
    }
}

/* Two digits of the middle study's error. */
static int find_decimals(VgArena *arena, const VgForest *forest)
{
    double *se = VG_NEW(arena, double, forest->n + 1);
    size_t n = 0;
    for (size_t i = 0; se && i < forest->n; i++) {
        const VgForestRow *row = &forest->row[i];
        double value = isfinite(row->se) ? row->se : (row->upper - row->lower) / 3.92;
        if (isfinite(value) && value > 0)
            se[n++] = value;
    }
    if (!n)
        return 2;
    qsort(se, n, sizeof *se, vg_compare_numbers);
    return vg_decimals(se[n / 2]);
}

void vg_forest_finish(VgArena *arena, VgForest *forest)
{
    if (!forest)
        return;
    forest->decimals = find_decimals(arena, forest);
    find_axis(arena, forest);
    write_texts(arena, forest);
}

void vg_forest_decimals(VgArena *arena, VgForest *forest, int decimals)
{
    forest->decimals = decimals;
    write_texts(arena, forest);
}

void vg_forest_digits(VgArena *arena, VgForest *forest, int digits)
{
    if (digits < 1 || digits > 15)
        return;
    forest->more = digits - 4;
    write_texts(arena, forest);
}

/* ---- the forest of studies ---- */

static double cell(const VgDataset *d, const char *column, size_t row)
{
    const VgDatasetColumn *c = vg_dataset_column(d, column);
    return c && c->number ? c->number[row] : NAN;
}

static const char *words(const VgDataset *d, const char *column, size_t row)
{
    const VgDatasetColumn *c = vg_dataset_column(d, column);
    return c && c->text ? c->text[row] : NULL;
}

static void add_studies(VgArena *arena, VgForest *forest, const VgDataset *d, const char *stratum,
                        bool grouped)
{
    for (size_t i = 0; i < d->n_rows; i++) {
        if (grouped && !vg_same_text(words(d, "stratum", i), stratum))
            continue;
        vg_forest_add(arena, forest, VG_FOREST_STUDY, words(d, "study", i), cell(d, "estimate", i),
                      cell(d, "lower", i), cell(d, "upper", i));
        VgForestRow *row = last(forest);
        row->study = words(d, "study", i);
        row->se = cell(d, "se", i);
        row->weight = cell(d, "weight", i);
        if (!isfinite(row->weight))
            row->weight = cell(d, "weight_common", i);
        row->treatment = words(d, "treatment_text", i);
        row->control = words(d, "control_text", i);
        forest->has_weights |= isfinite(row->weight);
        forest->has_arms |= row->treatment || row->control;
    }
}

static void add_subgroup(VgArena *arena, VgForest *forest, const VgResult *result,
                         const char *analysis, const VgDataset *d, const char *stratum)
{
    vg_forest_add(arena, forest, VG_FOREST_HEADING, stratum, NAN, NAN, NAN);
    add_studies(arena, forest, d, stratum, true);
    const VgEstimate *e = vg_forest_row(result, analysis, "subgroup", NULL, stratum);
    for (size_t i = 0; i < result->n_estimates; i++) { /* the random effect where there are both */
        const VgEstimate *other = &result->estimate[i];
        if (of_analysis(analysis, other->analysis) && vg_same_text(other->quantity, "subgroup") &&
            vg_same_text(other->stratum, stratum) && vg_same_text(other->term, "random"))
            e = other;
    }
    add_estimate(
        arena, forest, VG_FOREST_SUBTOTAL,
        e && isfinite(e->n) ? vg_arena_printf(arena, "Subtotal (k = %.0f)", e->n) : "Subtotal", e);
    add_note(arena, forest, "", vg_heterogeneity_text(arena, result, analysis, stratum));
}

static void add_pooled(VgArena *arena, VgForest *forest, const VgResult *result,
                       const char *analysis)
{
    const VgEstimate *common = vg_forest_row(result, analysis, "pooled", "common", NULL),
                     *random = vg_forest_row(result, analysis, "pooled", "random", NULL);
    if (!common && !random)
        random = vg_forest_row(result, analysis, "pooled", NULL, NULL);
    add_estimate(arena, forest, VG_FOREST_POOLED, "Common effect", common);
    add_estimate(arena, forest, VG_FOREST_POOLED, "Random effects", random);
    add_estimate(arena, forest, VG_FOREST_PREDICTION, "Prediction interval",
                 vg_forest_row(result, analysis, "prediction", NULL, NULL));
}

VgForest *vg_forest_of_studies(VgArena *arena, const VgResult *result, const char *analysis)
{
    const VgDataset *d = vg_result_find_dataset(result, analysis, "studies");
    if (!d || !d->n_rows || !vg_forest_row(result, analysis, "pooled", NULL, NULL))
        return NULL;
    VgForest *forest = vg_forest_blank(arena, result, analysis, 4 * d->n_rows + 16);
    if (!forest)
        return NULL;
    bool grouped = false;
    for (size_t i = 0; i < d->n_rows; i++)
        grouped |= words(d, "stratum", i) && *words(d, "stratum", i);
    if (!grouped)
        add_studies(arena, forest, d, NULL, false);
    for (size_t i = 0; grouped && i < d->n_rows; i++) {
        const char *stratum = words(d, "stratum", i);
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= vg_same_text(words(d, "stratum", k), stratum);
        if (!seen)
            add_subgroup(arena, forest, result, analysis, d, stratum);
    }
    add_pooled(arena, forest, result, analysis);
    add_note(arena, forest,
             "Heterogeneity: ", vg_heterogeneity_text(arena, result, analysis, NULL));
    add_subgroup_test(arena, forest, vg_forest_row(result, analysis, "subgroup_test", NULL, NULL));
    vg_forest_finish(arena, forest);
    return forest;
}

VgForest *vg_forest_of_steps(VgArena *arena, const VgResult *result, const char *analysis,
                             const char *quantity)
{
    if (!vg_forest_row(result, analysis, quantity, NULL, NULL))
        return NULL;
    VgForest *forest = vg_forest_blank(arena, result, analysis, result->n_estimates + 16);
    if (!forest)
        return NULL;
    for (size_t i = 0; i < result->n_estimates; i++) {
        const VgEstimate *e = &result->estimate[i];
        if (of_analysis(analysis, e->analysis) && vg_same_text(e->quantity, quantity))
            add_estimate(arena, forest, VG_FOREST_STEP,
                         vg_arena_printf(arena, vg_same_text(quantity, "loo") ? "without %s" : "%s",
                                         e->term ? e->term : ""),
                         e);
    }
    add_estimate(arena, forest, VG_FOREST_POOLED, "All studies",
                 vg_forest_row(result, analysis, "pooled", "random", NULL));
    vg_forest_finish(arena, forest);
    return forest;
}

bool vg_is_effect(const VgEstimate *e)
{
    static const char *const names[] = {"study_effect", "pooled",     "prediction", "subgroup",
                                        "loo",          "cumulative", "contrast",   "component",
                                        "split",        "pet",        "peese",      "pet_peese"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (vg_same_text(e->quantity, names[i]))
            return true;
    if (vg_same_text(e->quantity, "robust")) /* of moderators: slopes */
        return vg_same_text(e->term, "random");
    return vg_same_text(e->term, "pooled") &&
           (vg_same_text(e->quantity, "trimfill") || vg_same_text(e->quantity, "selection"));
}
