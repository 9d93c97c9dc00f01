/* Centiles of one marker: from the tables of reference people and of those asked about to the place of each. */
#include "panel/norms_internal.h"

#include <math.h>
#include <string.h>

#include <vagus/quantile_regression.h>

#include "numeric/linear_algebra.h"

const double vg_marker_shares[VG_MARKER_SHARES] = {0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97};

enum { CURVE_FROM = 100, CURVE_INTERVALS = 3, LEAST_GROUP = 20, MOST_GROUPS = 4 };

/* The reference people that count, coded. */
typedef struct Coded {
    const VgMarkerQuestion *question;
    VgNormCovariates *covariates; /* the smooth one first, when there is one */
    size_t n, q;                  /* people; columns beside the smooth one */
    double *y, *smooth, *mean;    /* smooth is NULL without; mean: q */
    VgMatrix linear;
} Coded;

/* ---- the reference people ---- */

static VgStatus learn(VgArena *arena, const VgMarkerQuestion *question, Coded *coded,
                      VgError *error)
{
    const VgMarkerPeople *people = &question->reference;
    size_t n_names = question->n_covariates + (size_t)(question->smooth != NULL);
    const char **name = VG_NEW(arena, const char *, n_names + 1);
    bool *keep = VG_NEW(arena, bool, people->table->n_rows);
    if (!name || !keep)
        return vg_fail_memory(error);
    if (question->smooth)
        name[0] = question->smooth;
    for (size_t k = 0; k < question->n_covariates; k++)
        name[n_names - question->n_covariates + k] = question->covariate[k];
    for (size_t i = 0; i < people->n; i++)
        keep[people->row[i]] |= isfinite(people->y[i]);
    for (size_t k = 0; k < n_names; k++) { /* ranges are of those with every covariate */
        const VgColumn *column;
        VG_TRY(vg_table_require(people->table, name[k], &column, error));
        for (size_t r = 0; r < people->table->n_rows; r++)
            keep[r] &= !vg_column_is_missing(column, r);
    }
    size_t kept = 0;
    for (size_t i = 0; i < people->n; i++)
        kept += isfinite(people->y[i]) && keep[people->row[i]];
    if (kept < VG_NORM_LEAST)
        return vg_fail_at(
            error, VG_NOT_ESTIMABLE, people->table->path, 0,
            "no comparable people: %zu of the reference set have value and covariates",
            "a norm needs at least 30", kept);
    VG_TRY(
        vg_norm_covariates(arena, people->table, name, n_names, keep, &coded->covariates, error));
    if (question->smooth && coded->covariates->item[0].level)
        return vg_fail_at(error, VG_INVALID_INPUT, people->table->path, 0,
                          "the smooth covariate %s does not hold numbers",
                          "name it among the covariates instead", question->smooth);
    return VG_OK;
}

static VgStatus code_reference(VgArena *arena, const VgMarkerQuestion *question, Coded *coded,
                               VgMarker *marker, VgError *error)
{
    const VgMarkerPeople *people = &question->reference;
    size_t columns = coded->covariates->n_columns, lead = question->smooth ? 1 : 0;
    double *row = VG_NEW(arena, double, columns + 1);
    coded->q = columns - lead;
    coded->y = VG_NEW(arena, double, people->n);
    coded->smooth = lead ? VG_NEW(arena, double, people->n) : NULL;
    coded->mean = VG_NEW(arena, double, coded->q + 1);
    coded->linear = vg_matrix_new(arena, people->n, coded->q);
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    for (size_t i = 0; i < people->n; i++) {
        VgError own = {0};
        if (!isfinite(people->y[i]) ||
            vg_norm_code(coded->covariates, people->table, people->row[i], row, &own) != VG_OK) {
            marker->n_dropped++;
            continue;
        }
        coded->y[coded->n] = people->y[i];
        marker->n_censored += people->censored && people->censored[i];
        if (lead)
            coded->smooth[coded->n] = row[0];
        for (size_t j = 0; j < coded->q; j++) {
            VG_AT(coded->linear, coded->n, j) = row[lead + j];
            coded->mean[j] += row[lead + j];
        }
        coded->n++;
    }
    coded->linear.rows = coded->n;
    for (size_t j = 0; j < coded->q; j++)
        coded->mean[j] /= (double)coded->n;
    marker->n_reference = coded->n;
    return VG_OK;
}

/* ---- the people asked about ---- */

/* A person's coded covariates, or why there are none (in the arena). False then. */
static bool code_person(VgArena *arena, const Coded *coded, size_t i, double *row,
                        VgMarkerPlace *place)
{
    const VgMarkerPeople *people = &coded->question->people;
    VgError own = {0};
    *place = (VgMarkerPlace){NAN, NAN, NAN, NAN, NAN, NULL};
    if (!isfinite(people->y[i]))
        place->why = "not measured";
    else if (vg_norm_code(coded->covariates, people->table, people->row[i], row, &own) != VG_OK)
        place->why = vg_arena_strdup(arena, own.message);
    return place->why == NULL;
}

/* A value beyond a limit of the assay: the centile of the limit bounds it. */
static void bound(const Coded *coded, size_t i, VgMarkerPlace *place)
{
    const VgMarkerPeople *people = &coded->question->people;
    if (!people->censored || !people->censored[i] || !isfinite(place->centile))
        return;
    bool below = place->centile < 0.5;
    place->why = below ? "below the limit of the assay: the centile is at most the upper limit"
                       : "beyond the limit of the assay: the centile is not known";
    place->lower = below ? 0 : place->lower;
    place->upper = below ? place->upper : 1;
    place->centile = place->z = place->z_se = NAN;
}

static VgStatus place_by_norm(VgArena *arena, const Coded *coded, VgMarker *marker, VgError *error)
{
    const VgMarkerQuestion *question = coded->question;
    size_t lead = coded->smooth ? 1 : 0;
    double *row = VG_NEW(arena, double, coded->covariates->n_columns + 1);
    double level = question->centile.level > 0 ? question->centile.level : 0.95;
    if (!row)
        return vg_fail_memory(error);
    for (size_t i = 0; i < question->people.n; i++) {
        VgMarkerPlace *place = &marker->place[i];
        VgNormScore score;
        VgError own = {0};
        if (!code_person(arena, coded, i, row, place))
            continue;
        if (vg_norm_score(marker->norm, question->people.y[i], lead ? row[0] : NAN, row + lead,
                          level, &score, &own) != VG_OK) {
            place->why = vg_arena_strdup(arena, own.message);
            continue;
        }
        *place = (VgMarkerPlace){score.centile, score.lower, score.upper, score.z, score.z_se, 0};
        bound(coded, i, place);
    }
    return VG_OK;
}

/* ---- quantile regression ---- */

static size_t quantile_columns(const Coded *coded)
{
    bool curve = coded->smooth && coded->n >= CURVE_FROM;
    return (curve ? CURVE_INTERVALS + 3 : 1 + (size_t)(coded->smooth != NULL)) + coded->q;
}

static void quantile_row(const Coded *coded, double smooth, const double *linear, size_t stride,
                         double *x, size_t x_stride)
{
    size_t p = quantile_columns(coded);
    for (size_t j = 0; j < p; j++)
        x[j * x_stride] = 0;
    if (coded->smooth && coded->n >= CURVE_FROM) {
        const VgNormCovariate *covariate = &coded->covariates->item[0];
        double value[4];
        size_t first;
        vg_bspline(covariate->low, covariate->high, CURVE_INTERVALS, smooth, value, &first);
        for (size_t b = 0; b < 4; b++)
            x[(first + b) * x_stride] = value[b];
    } else {
        x[0] = 1;
        if (coded->smooth)
            x[x_stride] = smooth;
    }
    for (size_t j = 0; j < coded->q; j++)
        x[(p - coded->q + j) * x_stride] = linear[j * stride];
}

static VgStatus quantile_curves(VgArena *arena, const Coded *coded, VgMatrix x, VgMarker *marker,
                                VgError *error)
{
    double *row = VG_NEW(arena, double, x.cols);
    if (!row)
        return vg_fail_memory(error);
    for (size_t s = 0; s < VG_MARKER_SHARES; s++) {
        VgQuantileFit fit;
        VG_TRY(vg_quantile_regression(arena, x, coded->y, vg_marker_shares[s], NULL, &fit, error));
        for (size_t a = 0; a < VG_MARKER_PLACES; a++) {
            double sum = 0;
            quantile_row(coded, marker->curve_at[a], coded->mean, 1, row, 1);
            for (size_t j = 0; j < x.cols; j++)
                sum += row[j] * fit.beta[j];
            marker->curve[a + s * VG_MARKER_PLACES] = sum;
        }
    }
    for (size_t a = 0; a < VG_MARKER_PLACES; a++) /* rearranged */
        for (size_t s = 1; s < VG_MARKER_SHARES; s++)
            for (size_t t = s; t > 0; t--) {
                double *low = &marker->curve[a + (t - 1) * VG_MARKER_PLACES],
                       *high = low + VG_MARKER_PLACES, held = *low;
                if (*low <= *high)
                    break;
                *low = *high;
                *high = held;
            }
    return VG_OK;
}

static VgStatus place_by_quantiles(VgArena *arena, const Coded *coded, VgMarker *marker,
                                   VgError *error)
{
    const VgMarkerPeople *people = &coded->question->people;
    size_t p = quantile_columns(coded), m = 0;
    VgMatrix x = vg_matrix_new(arena, coded->n, p), asked = vg_matrix_new(arena, people->n, p);
    double *y = VG_NEW(arena, double, people->n + 1),
           *row = VG_NEW(arena, double, coded->covariates->n_columns + 1);
    size_t *who = VG_NEW(arena, size_t, people->n + 1), lead = coded->smooth ? 1 : 0;
    VgCentile *centile = VG_NEW(arena, VgCentile, people->n + 1);
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    for (size_t i = 0; i < coded->n; i++)
        quantile_row(coded, lead ? coded->smooth[i] : NAN,
                     coded->q ? &VG_AT(coded->linear, i, 0) : row, coded->linear.stride,
                     &VG_AT(x, i, 0), x.stride);
    for (size_t i = 0; i < people->n; i++)
        if (code_person(arena, coded, i, row, &marker->place[i])) {
            quantile_row(coded, lead ? row[0] : NAN, row + lead, 1, &VG_AT(asked, m, 0),
                         asked.stride);
            y[m] = people->y[i];
            who[m++] = i;
        }
    asked.rows = m;
    if (m)
        VG_TRY(vg_quantile_centiles(arena, x, coded->y, asked, y, &coded->question->centile,
                                    centile, error));
    for (size_t k = 0; k < m; k++) {
        VgMarkerPlace *place = &marker->place[who[k]];
        place->centile = centile[k].centile;
        place->lower = centile[k].lower;
        place->upper = centile[k].upper;
        if (centile[k].below)
            place->why = "below all quantiles that the reference set can bear: at most this";
        if (centile[k].above)
            place->why = "above all quantiles that the reference set can bear: at least this";
        bound(coded, who[k], place);
    }
    return marker->curve ? quantile_curves(arena, coded, x, marker, error) : VG_OK;
}

/* ---- the norm ---- */

static VgStatus calibrate(VgArena *arena, const Coded *coded, const VgNormData *data,
                          VgMarker *marker, VgError *error)
{
    const VgMarkerQuestion *question = coded->question;
    size_t groups = coded->n / LEAST_GROUP < MOST_GROUPS ? coded->n / LEAST_GROUP : MOST_GROUPS;
    if (!question->folds || coded->n < 2 * VG_NORM_LEAST)
        return VG_OK;
    marker->z = VG_NEW(arena, double, coded->n);
    marker->group = VG_NEW(arena, VgNormGroup, groups);
    double *by = VG_NEW(arena, double, coded->n);
    if (!marker->z || !marker->group || !by)
        return vg_fail_memory(error);
    for (size_t i = 0; i < coded->n; i++)
        by[i] = coded->smooth ? coded->smooth[i] : 0;
    VG_TRY(vg_norm_cross_validate(arena, data, &question->norm, question->folds,
                                  question->centile.seed, marker->z, error));
    VgError own = {0};
    if (!coded->smooth)
        groups = 1;
    marker->n_groups = groups;
    /* folds that others' support does not reach may leave too few for the groups */
    while (marker->n_groups && vg_norm_groups(arena, marker->z, by, coded->n, marker->n_groups,
                                              marker->group, &own) != VG_OK)
        marker->n_groups--;
    return VG_OK;
}

static void norm_curves(const Coded *coded, VgMarker *marker)
{
    for (size_t a = 0; a < VG_MARKER_PLACES; a++)
        for (size_t s = 0; s < VG_MARKER_SHARES; s++)
            marker->curve[a + s * VG_MARKER_PLACES] = vg_norm_quantile(
                marker->norm, vg_marker_shares[s], marker->curve_at[a], coded->mean, NULL);
}

VgStatus vg_marker(VgArena *arena, const VgMarkerQuestion *question, VgMarker **marker,
                   VgError *error)
{
    Coded coded = {.question = question};
    VgMarker *out = VG_NEW(arena, VgMarker, 1);
    if (!out)
        return vg_fail_memory(error);
    VG_TRY(learn(arena, question, &coded, error));
    VG_TRY(code_reference(arena, question, &coded, out, error));
    out->place = VG_NEW(arena, VgMarkerPlace, question->people.n + 1);
    if (coded.smooth) {
        out->smooth = &coded.covariates->item[0];
        out->curve_at = VG_NEW(arena, double, VG_MARKER_PLACES);
        out->curve = VG_NEW(arena, double, VG_MARKER_PLACES *VG_MARKER_SHARES);
    }
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    for (size_t a = 0; coded.smooth && a < VG_MARKER_PLACES; a++)
        out->curve_at[a] = a + 1 == VG_MARKER_PLACES
                               ? out->smooth->high
                               : out->smooth->low + (out->smooth->high - out->smooth->low) *
                                                        (double)a / (VG_MARKER_PLACES - 1);
    *marker = out;
    out->quantile = question->quantile || out->n_censored;
    if (out->quantile)
        return place_by_quantiles(arena, &coded, out, error);
    VgNormData data = {coded.n, coded.y, coded.smooth, coded.linear};
    VG_TRY(vg_norm_fit(arena, &data, &question->norm, &out->norm, error));
    VG_TRY(calibrate(arena, &coded, &data, out, error));
    if (out->curve)
        norm_curves(&coded, out);
    return place_by_norm(arena, &coded, out, error);
}
