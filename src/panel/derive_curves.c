/* Areas and increases of hormone curves, a value per participant and visit. Each quantity rises in every sample, but in
 * the first one that of the increase and AUCi fall: bounds of censored samples give bounds of the quantity. */
#include "panel/derive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/linear_algebra.h"

/* One participant at one visit: samples in the order of the sheet. */
typedef struct Curve {
    size_t n;
    size_t *sample; /* indices into the raw layer */
    double *minute, *value;
} Curve;

static int by_cell_and_line(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    for (size_t k = 0; k < 3; k++)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return 0;
}

/* (participant, visit, line, sample) of every sample, sorted. */
static size_t (*sorted_samples(VgStudyReader *reader, const VgLayer *raw))[4]
{
    size_t(*key)[4] = vg_study_new(reader, raw->n_samples, sizeof *key);
    for (size_t i = 0; key && i < raw->n_samples; i++) {
        key[i][0] = raw->participant[i];
        key[i][1] = raw->visit[i];
        key[i][2] = raw->sample_line ? raw->sample_line[i] : i;
        key[i][3] = i;
    }
    if (key)
        qsort(key, raw->n_samples, sizeof *key, by_cell_and_line);
    return key;
}

/* The raw layer with one "sample" per curve; `first` gives each curve's place in `key`. */
static VgLayer *curves_of(VgStudyReader *reader, const VgLayer *raw, const size_t (*key)[4],
                          size_t *first)
{
    const VgStudy *study = reader->study;
    VgLayer *cells = VG_STUDY_NEW(reader, VgLayer, 1);
    if (!cells)
        return NULL;
    *cells = *raw;
    cells->n_samples = 0;
    cells->sample = VG_STUDY_NEW(reader, const char *, raw->n_samples);
    cells->participant = VG_STUDY_NEW(reader, size_t, raw->n_samples);
    cells->visit = VG_STUDY_NEW(reader, size_t, raw->n_samples);
    cells->batch = raw->batch ? VG_STUDY_NEW(reader, int32_t, raw->n_samples) : NULL;
    cells->minute = NULL;
    cells->n_declared = 0;
    for (size_t k = 0; k < raw->n_samples && reader->failed == VG_OK; k++) {
        if (k && key[k][0] == key[k - 1][0] && key[k][1] == key[k - 1][1])
            continue;
        size_t at = cells->n_samples++;
        first[at] = k;
        cells->participant[at] = key[k][0];
        cells->visit[at] = key[k][1];
        cells->sample[at] = vg_study_printf(reader, "%s_%s", study->participant[key[k][0]],
                                            study->visit[key[k][1]].name);
        if (cells->batch)
            cells->batch[at] = raw->batch[key[k][3]];
    }
    first[cells->n_samples] = raw->n_samples;
    return reader->failed == VG_OK ? cells : NULL;
}

/* A sample that was not taken has no time; it is known to lie between its neighbours, and its value is missing. */
static void place_untimed(Curve *curve, const VgLayer *raw, size_t feature)
{
    for (size_t k = 0; k < curve->n; k++) {
        size_t i = curve->sample[k];
        curve->minute[k] = raw->minute[i];
        if (!isnan(curve->minute[k]) || !isnan(VG_AT(raw->lower, i, feature)))
            continue;
        double before = k ? curve->minute[k - 1] : -1, after = NAN;
        for (size_t m = k + 1; m < curve->n && isnan(after); m++)
            after = raw->minute[curve->sample[m]];
        curve->minute[k] = isnan(after) ? before + 1 : before + (after - before) / 2;
    }
}

/* The quantities with the first sample at one bound and the others at one. */
static VgStatus corner(const VgLayer *raw, size_t feature, Curve *curve, bool first_upper,
                       bool rest_upper, bool awakening, VgHormoneCurve *out, VgError *error)
{
    bool first_infinite = false, rest_infinite = false;
    for (size_t k = 0; k < curve->n; k++) {
        bool upper = k ? rest_upper : first_upper;
        double value = VG_AT(upper ? raw->upper : raw->lower, curve->sample[k], feature);
        if (isinf(value) && value > 0) {
            *(k ? &rest_infinite : &first_infinite) = true;
            value = 0;
        }
        curve->value[k] = isnan(value) ? NAN : fmax(0, value);
    }
    VG_TRY(vg_hormone_curve(curve->minute, curve->value, curve->n, awakening, true, out, error));
    if (first_infinite || rest_infinite) {
        double rise = first_infinite ? -INFINITY : INFINITY;
        if (first_infinite && rest_infinite)
            rise = NAN;
        out->aucg = isnan(out->aucg) ? NAN : INFINITY;
        out->auci = isnan(out->auci) ? NAN : rise;
        out->increase = isnan(out->increase) ? NAN : rise;
        out->peak = isnan(out->peak) ? NAN : rise;
    }
    return VG_OK;
}

/* least[k], most[k] of: aucg, auci, increase, peak */
enum { AUCG, AUCI, INCREASE, PEAK, N_QUANTITIES };

static VgStatus bounds(const VgLayer *raw, size_t feature, Curve *curve, bool awakening,
                       double *least, double *most, unsigned *issues, VgError *error)
{
    VgHormoneCurve all_low, all_high, low, high;
    VG_TRY(corner(raw, feature, curve, false, false, awakening, &all_low, error));
    VG_TRY(corner(raw, feature, curve, true, true, awakening, &all_high, error));
    VG_TRY(corner(raw, feature, curve, true, false, awakening, &low, error));
    VG_TRY(corner(raw, feature, curve, false, true, awakening, &high, error));
    const double from[] = {all_low.aucg, low.auci, low.increase, low.peak};
    const double to[] = {all_high.aucg, high.auci, high.increase, high.peak};
    memcpy(least, from, sizeof from);
    memcpy(most, to, sizeof to);
    *issues = all_low.issues;
    return VG_OK;
}

static int quantity_of(const char *key)
{
    static const char *const END[] = {"_aucg", "_auci", "_increase", "_peak"};
    for (int q = 0; q < N_QUANTITIES; q++)
        if (strlen(key) > strlen(END[q]) && strcmp(key + strlen(key) - strlen(END[q]), END[q]) == 0)
            return q;
    return 0;
}

static size_t analyte_of(VgStudyReader *reader, const VgLayer *raw, const VgDeriveAsk *ask)
{
    size_t twice, found = vg_derive_find(raw, "cortisol", &twice);
    if (found == SIZE_MAX && raw->n_features == 1)
        found = 0;
    if (found == SIZE_MAX)
        vg_study_problem(reader, VG_INVALID_INPUT, ask->derivation->line,
                         "%s: which column of the layer %s holds the hormone is not clear",
                         "call it cortisol, or skip: the other columns", ask->biomarker->key,
                         raw->name);
    return found;
}

typedef struct Told {
    size_t late, first, one, many, wrong;
} Told;

static void tell_issue(VgStudyReader *reader, const VgLayer *raw, size_t sample, size_t *count,
                       VgBiomarkerIssue issue)
{
    const VgStudy *study = reader->study;
    if (vg_study_listed(count))
        vg_study_warn_in(reader, raw->sample_file, raw->sample_line[sample],
                         "%s of participant %s at %s: %s",
                         "check the sampling times; the report says how many are missing",
                         raw->name, study->participant[raw->participant[sample]],
                         study->visit[raw->visit[sample]].name, vg_biomarker_issue(issue));
}

static void tell_issues(VgStudyReader *reader, const VgLayer *raw, size_t sample, unsigned issues,
                        Told *told)
{
    if (issues & VG_ISSUE_FIRST_LATE)
        tell_issue(reader, raw, sample, &told->late, VG_ISSUE_FIRST_LATE);
    if (issues & VG_ISSUE_FIRST_MISSING)
        tell_issue(reader, raw, sample, &told->first, VG_ISSUE_FIRST_MISSING);
    if (issues & VG_ISSUE_ONE_MISSING)
        tell_issue(reader, raw, sample, &told->one, VG_ISSUE_ONE_MISSING);
    if (issues & VG_ISSUE_MANY_MISSING)
        tell_issue(reader, raw, sample, &told->many, VG_ISSUE_MANY_MISSING);
}

static void tell_more(VgStudyReader *reader, const VgLayer *raw, const Told *told)
{
    const char *file = raw->sample_file;
    vg_study_and_more(reader, told->late, file, true, "curves whose first sample was late");
    vg_study_and_more(reader, told->first, file, true, "curves without their first sample");
    vg_study_and_more(reader, told->one, file, true, "curves with one sample missing");
    vg_study_and_more(reader, told->many, file, true, "curves with too many samples missing");
    vg_study_and_more(reader, told->wrong, file, false, "curves that cannot be");
}

/* One sample of a visit is no curve: its time is told, but nothing can be computed. */
static void derive_curve(VgStudyReader *reader, const VgLayer *raw, size_t feature,
                         const VgDeriveAsk *ask, size_t n_asks, VgLayer *to, size_t at,
                         Curve *curve, Told *told)
{
    bool awakening = strncmp(ask[0].biomarker->key, "car_", 4) == 0;
    double least[N_QUANTITIES], most[N_QUANTITIES];
    unsigned issues;
    VgError own = {0};
    place_untimed(curve, raw, feature);
    if (curve->n < 2) {
        tell_issue(reader, raw, curve->sample[0], &told->many, VG_ISSUE_MANY_MISSING);
        return;
    }
    if (bounds(raw, feature, curve, awakening, least, most, &issues, &own) != VG_OK) {
        if (vg_study_listed(&told->wrong))
            vg_study_problem_in(reader, raw->sample_file, raw->sample_line[curve->sample[0]],
                                "%s of participant %s at %s: %s",
                                "rows of one curve stand in the order of their times", raw->name,
                                reader->study->participant[to->participant[at]],
                                reader->study->visit[to->visit[at]].name, own.message);
        return;
    }
    tell_issues(reader, raw, curve->sample[0], issues, told);
    for (size_t k = 0; k < n_asks; k++) {
        int q = quantity_of(ask[k].biomarker->key);
        if (!to->feature_log[k] || most[q] > 0)
            vg_derive_set(to, at, k, least[q], most[q]);
    }
}

void vg_derive_curves(VgStudyReader *reader, const VgLayer *raw, const VgDeriveAsk *ask,
                      size_t n_asks)
{
    size_t feature = analyte_of(reader, raw, &ask[0]);
    size_t(*key)[4] = sorted_samples(reader, raw);
    size_t *first = VG_STUDY_NEW(reader, size_t, raw->n_samples + 1);
    if (feature == SIZE_MAX || !key || !first)
        return;
    VgLayer *cells = curves_of(reader, raw, (const size_t(*)[4])key, first);
    Curve curve = {.sample = VG_STUDY_NEW(reader, size_t, raw->n_samples),
                   .minute = VG_STUDY_NEW(reader, double, raw->n_samples),
                   .value = VG_STUDY_NEW(reader, double, raw->n_samples)};
    VgLayer *to = cells && reader->failed == VG_OK
                      ? vg_derive_begin_biomarkers(reader, cells, ask, n_asks)
                      : NULL;
    if (!to)
        return;
    const char *unit = vg_derive_unit(raw, feature);
    for (size_t k = 0; k < n_asks; k++)
        if (strncmp(ask[k].biomarker->unit, "[x]", 3) == 0)
            to->feature_unit[k] =
                vg_study_printf(reader, "%s%s", unit ? unit : "", ask[k].biomarker->unit + 3);
    Told told = {0};
    for (size_t at = 0; at < cells->n_samples; at++) {
        curve.n = first[at + 1] - first[at];
        for (size_t k = 0; k < curve.n; k++)
            curve.sample[k] = key[first[at] + k][3];
        derive_curve(reader, raw, feature, ask, n_asks, to, at, &curve, &told);
    }
    tell_more(reader, raw, &told);
    if (strncmp(ask[0].biomarker->key, "car_", 4) == 0 && !raw->times_verified)
        vg_study_warn_in(reader, reader->file, ask[0].derivation->line, "the layer %s: %s",
                         "say times_verified: true under samples: when they were measured",
                         raw->name, vg_biomarker_issue(VG_ISSUE_UNVERIFIED));
    if (!told.wrong)
        vg_derive_end(reader, to);
}
