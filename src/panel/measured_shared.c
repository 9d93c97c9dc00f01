/* Contrasts of many analytes with one factorisation: baseline and visits are outcomes of one model with a random intercept,
 * arms alike at baseline (Liang & Zeger 2000), so that X is the same for all analytes and completed data sets. */
#include "panel/measured_internal.h"

#include <math.h>
#include <string.h>

#include <vagus/lmm.h>

#include "numeric/linear_algebra.h"

typedef struct Shared {
    const VgMeasuredCase *all;
    const VgMeasuredData *data;
    size_t n, n_groups, n_columns; /* rows, participants, outcomes */
    bool repeated;                 /* some participant has two rows */
    size_t *who, *place;           /* n */
    int32_t *group;                /* n */
    VgMatrix x;                    /* independent columns only */
    size_t n_cells, p;
    size_t *cell;   /* places × arms: column of x among all, SIZE_MAX = nobody there */
    size_t *column; /* p: of all columns */
    double *centre; /* covariates' means over rows */
} Shared;

static bool has_value(const Shared *s, size_t i, size_t t)
{
    for (size_t j = 0; j < s->data->n_analytes; j++)
        if (!isnan(s->all[j].y[i + s->data->n * t]))
            return true;
    return false;
}

static VgStatus rows_of(VgArena *arena, Shared *s, VgError *error)
{
    const VgMeasuredData *data = s->data;
    size_t places = s->all[0].places, most = data->n * places;
    s->who = VG_NEW(arena, size_t, most);
    s->place = VG_NEW(arena, size_t, most);
    s->group = VG_NEW(arena, int32_t, most);
    s->cell = VG_NEW(arena, size_t, places * data->n_arms);
    s->centre = VG_NEW(arena, double, data->covariate.cols + 1);
    if (!s->who || !s->place || !s->group || !s->cell || !s->centre)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++) {
        size_t before = s->n;
        for (size_t t = 0; t < places; t++)
            if (has_value(s, i, t)) {
                s->who[s->n] = i;
                s->place[s->n] = t;
                s->group[s->n++] = (int32_t)s->n_groups;
            }
        s->n_groups += s->n > before;
        s->repeated |= s->n > before + 1;
    }
    if (!s->n)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no value of the layer bears a mean",
                       "look at the shares beyond the limits");
    for (size_t k = 0; k < places * data->n_arms; k++)
        s->cell[k] = SIZE_MAX;
    for (size_t r = 0; r < s->n; r++) { /* at baseline one column for all arms */
        bool start = data->baseline && s->place[r] == 0;
        size_t *cell = &s->cell[s->place[r] * data->n_arms + (start ? 0 : data->arm[s->who[r]])];
        if (*cell == SIZE_MAX)
            *cell = s->n_cells++;
    }
    return VG_OK;
}

static VgStatus design(VgArena *arena, Shared *s, VgError *error)
{
    const VgMeasuredData *data = s->data;
    size_t width = s->n_cells + data->covariate.cols;
    VgMatrix all = vg_matrix_new(arena, s->n, width);
    s->column = VG_NEW(arena, size_t, width);
    if (!all.data || !s->column)
        return vg_fail_memory(error);
    for (size_t r = 0; r < s->n; r++) {
        bool start = data->baseline && s->place[r] == 0;
        size_t arm = start ? 0 : data->arm[s->who[r]];
        VG_AT(all, r, s->cell[s->place[r] * data->n_arms + arm]) = 1;
        for (size_t j = 0; j < data->covariate.cols; j++) {
            double value = VG_AT(data->covariate, s->who[r], j);
            VG_AT(all, r, s->n_cells + j) = value;
            s->centre[j] += value / (double)s->n;
        }
    }
    VG_TRY(vg_measured_independent(arena, all, s->column, &s->p, error));
    s->x = vg_matrix_new(arena, s->n, s->p);
    if (!s->x.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < s->p; j++)
        memcpy(&VG_AT(s->x, 0, j), &VG_AT(all, 0, s->column[j]), s->n * sizeof(double));
    return VG_OK;
}

/* L of arm a at place t (minus that of the reference), on the columns kept; false when nobody was seen there. */
static bool ask(const Shared *s, size_t t, size_t a, bool contrast, double *row)
{
    size_t arms = s->data->n_arms, own = s->cell[t * arms + a], other = s->cell[t * arms];
    if (own == SIZE_MAX || (contrast && other == SIZE_MAX))
        return false;
    for (size_t j = 0; j < s->p; j++) {
        size_t column = s->column[j];
        row[j] = column == own ? 1 : contrast && column == other ? -1 : 0;
        if (!contrast && column >= s->n_cells)
            row[j] = s->centre[column - s->n_cells];
    }
    return true;
}

static size_t seen(const VgMeasuredCase *one, size_t t, size_t arm)
{
    size_t n = 0;
    for (size_t i = 0; i < one->data->n; i++)
        n += one->data->arm[i] == arm && !isnan(one->y[i + one->data->n * t]);
    return n;
}

/* Answers of one analyte; `of` holds those of its completed data sets, `asked` contrasts each. */
static VgStatus collect(VgArena *arena, const VgMeasuredCase *one, const VgInference *of,
                        size_t asked, const size_t *at, VgMeasuredSink *sink, VgError *error)
{
    const VgMeasuredData *data = one->data;
    size_t arms = data->n_arms, first = data->baseline ? 1 : 0;
    VgInference *same = VG_NEW(arena, VgInference, one->n_filled), pooled;
    if (!same)
        return vg_fail_memory(error);
    for (size_t k = 0; k < asked; k++) {
        size_t t = at[3 * k], a = at[3 * k + 1];
        bool contrast = at[3 * k + 2], whole = true;
        double share;
        for (size_t d = 0; d < one->n_filled; d++) {
            same[d] = of[d * asked + k];
            whole &= isfinite(same[d].estimate) && same[d].se > 0;
        }
        if (!whole)
            continue;
        VG_TRY(vg_measured_pool(arena, same, one->n_filled, one->options->level, &pooled, &share,
                                error));
        if (contrast)
            sink->contrast[(t - first) * (arms - 1) + a - 1] = (VgMeasuredAnswer){
                .inference = pooled, .imputed = share, .n = seen(one, t, 0) + seen(one, t, a)};
        else
            sink->mean[(t - first) * arms + a] = pooled;
    }
    return VG_OK;
}

/* Which questions: place, arm, contrast or mean, three numbers each; and their L. */
static VgStatus questions(VgArena *arena, const Shared *s, double **contrast, size_t **at,
                          size_t *asked, VgError *error)
{
    size_t arms = s->data->n_arms, places = s->all[0].places, most = places * (2 * arms - 1), n = 0;
    *contrast = VG_NEW(arena, double, most * s->p);
    *at = VG_NEW(arena, size_t, 3 * most);
    if (!*contrast || !*at)
        return vg_fail_memory(error);
    for (size_t t = s->data->baseline ? 1 : 0; t < places; t++)
        for (size_t a = 0; a < arms; a++)
            for (size_t c = 0; c < (a ? 2u : 1u); c++)
                if (ask(s, t, a, c, *contrast + n * s->p)) {
                    (*at)[3 * n] = t;
                    (*at)[3 * n + 1] = a;
                    (*at)[3 * n++ + 2] = c;
                }
    *asked = n;
    return VG_OK;
}

static void outcomes(const Shared *s, VgMatrix y)
{
    size_t column = 0;
    for (size_t j = 0; j < s->data->n_analytes; j++)
        for (size_t d = 0; d < s->all[j].n_filled; d++, column++)
            for (size_t r = 0; r < s->n; r++)
                VG_AT(y, r, column) =
                    s->all[j].y[s->who[r] + s->data->n * (s->place[r] + s->all[j].places * d)];
}

static const char *why(VgLmmStatus status)
{
    static const char *const text[] = {[VG_LMM_TOO_FEW_ROWS] = "too few values for the model",
                                       [VG_LMM_CONSTANT] = "the values do not vary",
                                       [VG_LMM_NO_CONVERGENCE] = "no certified optimum"};
    return text[status];
}

VgStatus vg_measured_shared(VgArena *arena, const VgMeasuredCase *all, VgMeasuredSink *sink,
                            const char **failed, VgError *error)
{
    Shared s = {.all = all, .data = all[0].data};
    VG_TRY(rows_of(arena, &s, error));
    VG_TRY(design(arena, &s, error));
    for (size_t j = 0; j < s.data->n_analytes; j++)
        s.n_columns += all[j].n_filled;
    double *contrast;
    size_t *at, asked = 0;
    VG_TRY(questions(arena, &s, &contrast, &at, &asked, error));
    VgMatrix y = vg_matrix_new(arena, s.n, s.n_columns);
    double *one = VG_NEW(arena, double, s.n);
    if (!y.data || !one)
        return vg_fail_memory(error);
    outcomes(&s, y);
    for (size_t r = 0; r < s.n; r++)
        one[r] = 1;
    const VgLmmTerm term = {
        .z = {one, s.n, 1, s.n}, .group = s.group, .n_groups = s.n_groups, .name = "participant"};
    const VgLmmManyData data = {.x = s.x,
                                .y = y,
                                .term = &term,
                                .n_terms = s.repeated ? 1 : 0,
                                .contrast = contrast,
                                .n_contrasts = asked};
    const VgLmmManyOptions options = {.level = all[0].options->level,
                                      .threads = all[0].options->threads};
    VgLmmMany many;
    VG_TRY(vg_lmm_fit_many(arena, &data, &options, &many, error));
    for (size_t j = 0, column = 0; j < s.data->n_analytes; column += all[j++].n_filled) {
        if (!all[j].any)
            continue;
        for (size_t d = 0; d < all[j].n_filled && !failed[j]; d++)
            failed[j] = why(many.status[column + d]);
        if (!failed[j])
            VG_TRY(
                collect(arena, &all[j], many.answer + column * asked, asked, at, &sink[j], error));
    }
    return VG_OK;
}
