/* An index of several markers: the mean of sign · z, z against mean and SD of all randomised participants at the visit before
 * treatment, which the censored normal model gives with values beyond limits taken as such. */
#include "panel/derive.h"

#include <math.h>
#include <string.h>

#include <vagus/censored.h>

#include "numeric/linear_algebra.h"

typedef struct Member {
    size_t feature;
    double sign, mean, sd;
} Member;

/* On the scale of analysis: logarithms of concentrations, the rest as it is. */
static void bounds_of(const VgLayer *parent, size_t sample, size_t feature, double *lower,
                      double *upper)
{
    *lower = VG_AT(parent->lower, sample, feature);
    *upper = VG_AT(parent->upper, sample, feature);
    if (!vg_layer_is_log(parent, feature))
        return;
    *lower = *lower > 0 ? log(*lower) : isnan(*lower) ? NAN : -INFINITY;
    *upper = log(*upper);
}

/* The last visit at day 0 or before. */
static size_t before_treatment(const VgStudy *study)
{
    size_t visit = 0;
    for (size_t v = 0; v < study->n_visits && study->visit[v].day <= 0; v++)
        visit = v;
    return visit;
}

static VgStatus reference(VgStudyReader *reader, const VgLayer *parent, size_t feature,
                          Member *member, VgError *error)
{
    const VgStudy *study = reader->study;
    size_t n = 0, all = parent->n_samples, baseline = before_treatment(study);
    double *lower = VG_NEW(reader->arena, double, all), *upper = VG_NEW(reader->arena, double, all);
    double *one = VG_NEW(reader->arena, double, all);
    if (!lower || !upper || !one)
        return vg_fail_memory(error);
    for (size_t i = 0; i < all; i++) {
        double from, to;
        bounds_of(parent, i, feature, &from, &to);
        if (parent->visit[i] != baseline || study->arm_of[parent->participant[i]] < 0 ||
            isnan(from) || (isinf(from) && isinf(to)))
            continue;
        lower[n] = from;
        upper[n] = to;
        one[n++] = 1;
    }
    if (n < 3)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu values at %s",
                       "a reference needs three or more", n, study->visit[baseline].name);
    VgCensoredFit fit;
    VG_TRY(vg_censored_fit(reader->arena, (VgMatrix){one, n, 1, n}, lower, upper, &fit, error));
    member->mean = fit.beta[0];
    member->sd = fit.sigma * sqrt((double)n / (double)(n - 1));
    return VG_OK;
}

/* Members by name; their mean and SD are those of `against`. */
static bool find_members(VgStudyReader *reader, const VgLayer *parent, const VgLayer *against,
                         const VgDeriveAsk *ask, Member *member)
{
    const VgDerivation *asked = ask->derivation;
    size_t before = reader->problems->n_errors;
    for (size_t k = 0; k < asked->n_members; k++) {
        size_t twice;
        VgError own = {0};
        member[k] = (Member){.feature = vg_derive_find(parent, asked->member[k], &twice),
                             .sign = asked->sign[k]};
        if (member[k].feature == SIZE_MAX)
            vg_study_problem(reader, VG_INVALID_INPUT, asked->line, "%s: the layer %s has no `%s`",
                             vg_study_did_you_mean(reader, asked->member[k], parent->feature,
                                                   parent->n_features, "name one of its columns"),
                             ask->biomarker->key, parent->name, asked->member[k]);
        else if (reference(reader, against, vg_derive_find(against, asked->member[k], &twice),
                           &member[k], &own) != VG_OK)
            vg_study_problem(
                reader, own.code, asked->line, "%s: mean and SD of %s at %s cannot be had: %s",
                "leave the member out", ask->biomarker->key, asked->member[k],
                reader->study->visit[before_treatment(reader->study)].name, own.message);
    }
    return reader->problems->n_errors == before;
}

void vg_derive_index(VgStudyReader *reader, const VgLayer *parent, const VgLayer *against,
                     const VgDeriveAsk *ask, VgLayer *to, size_t feature)
{
    const VgDerivation *asked = ask->derivation;
    if (asked->n_members < 2 || parent->kind < VG_LAYER_CONCENTRATION) {
        vg_study_problem(
            reader, VG_INVALID_INPUT, asked->line,
            asked->n_members < 2 ? "%s of the layer %s has no members"
                                 : "%s needs measurements, and the layer %s holds none",
            "name two or more with their signs: inflammatory_index: {il6: 1, il10: -1}",
            ask->biomarker->key, parent->name);
        return;
    }
    Member *member = VG_STUDY_NEW(reader, Member, asked->n_members);
    if (!member || !find_members(reader, parent, against, ask, member))
        return;
    for (size_t i = 0; i < parent->n_samples; i++) {
        double lower = 0, upper = 0;
        for (size_t k = 0; k < asked->n_members; k++) {
            double from, until;
            bounds_of(parent, i, member[k].feature, &from, &until);
            bool rises = member[k].sign > 0;
            double least = rises ? from : until, most = rises ? until : from;
            lower += member[k].sign * (least - member[k].mean) / member[k].sd;
            upper += member[k].sign * (most - member[k].mean) / member[k].sd;
        }
        vg_derive_set(to, i, feature, lower / (double)asked->n_members,
                      upper / (double)asked->n_members);
    }
    const char *formula = "mean of";
    for (size_t k = 0; k < asked->n_members; k++)
        formula = vg_study_printf(reader, "%s%s %sz(%s%s)", formula, k ? "," : "",
                                  member[k].sign > 0 ? "" : "−",
                                  vg_layer_is_log(parent, member[k].feature) ? "ln " : "",
                                  parent->feature[member[k].feature]);
    to->feature_formula[feature] =
        vg_study_printf(reader, "%s; z against all randomised participants at %s", formula,
                        reader->study->visit[before_treatment(reader->study)].name);
}
