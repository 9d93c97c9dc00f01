/* Repeats of one feature of a layer, and how far they agree. Shrout & Fleiss 1979; METHODS 1.4. */
#include <math.h>
#include <stdint.h>

#include <vagus/panel_layer.h>
#include <vagus/reliability.h>
#include <vagus/study.h>

enum { BOOTSTRAP = 999, LEAST_SUBJECTS = 5 };

static VgStatus begin(VgArena *arena, size_t n, VgRepeats *r, VgError *error)
{
    *r = (VgRepeats){.subject = VG_NEW(arena, size_t, n),
                     .value = VG_NEW(arena, double, n),
                     .log = VG_NEW(arena, double, n)};
    return r->subject && r->value && r->log ? VG_OK : vg_fail_memory(error);
}

static void add(VgRepeats *r, const VgLayer *layer, size_t feature, size_t subject, double value)
{
    bool logs = vg_layer_is_log(layer, feature);
    if (isnan(value) || (logs && !(value > 0))) {
        r->beyond_limits++;
        return;
    }
    r->subject[r->n] = subject;
    r->value[r->n] = value;
    r->log[r->n++] = logs ? log(value) : value;
}

/* Only subjects with two values or more tell of agreement; the others are left out, and numbers begin at 0 again. */
static VgStatus keep_repeated(VgArena *arena, VgRepeats *r, size_t n_subjects, VgError *error)
{
    size_t *count = VG_NEW(arena, size_t, n_subjects), *number = VG_NEW(arena, size_t, n_subjects);
    size_t m = 0;
    double seen = 0, inverse = 0;
    if (!count || !number)
        return vg_fail_memory(error);
    for (size_t i = 0; i < r->n; i++)
        count[r->subject[i]]++;
    for (size_t s = 0; s < n_subjects; s++)
        if (count[s]) {
            seen++;
            inverse += 1 / (double)count[s];
        }
    r->analysed = seen / inverse;
    r->least = SIZE_MAX;
    for (size_t s = 0; s < n_subjects; s++) {
        if (count[s] < 2)
            continue;
        number[s] = r->n_subjects++;
        r->least = count[s] < r->least ? count[s] : r->least;
        r->most = count[s] > r->most ? count[s] : r->most;
    }
    for (size_t i = 0; i < r->n; i++) {
        size_t s = r->subject[i];
        if (count[s] < 2)
            continue;
        r->subject[m] = number[s];
        r->value[m] = r->value[i];
        r->log[m++] = r->log[i];
    }
    r->n = m;
    return VG_OK;
}

VgStatus vg_repeats_of_samples(VgArena *arena, const VgLayer *layer, size_t feature, VgRepeats *r,
                               VgError *error)
{
    VG_TRY(begin(arena, layer->n_replicates, r, error));
    for (size_t k = 0; k < layer->n_replicates; k++)
        if (layer->replicate[k].feature == feature)
            add(r, layer, feature, layer->replicate[k].sample, layer->replicate[k].value);
    return keep_repeated(arena, r, layer->n_samples, error);
}

/* Visits at day 0 or before: nobody is treated yet. */
VgStatus vg_repeats_at_baseline(VgArena *arena, const VgStudy *study, const VgLayer *layer,
                                size_t feature, VgRepeats *r, VgError *error)
{
    VG_TRY(begin(arena, layer->n_samples, r, error));
    for (size_t i = 0; i < layer->n_samples; i++)
        if (study->visit[layer->visit[i]].day <= 0 && !isnan(VG_AT(layer->lower, i, feature)))
            add(r, layer, feature, layer->participant[i], VG_AT(layer->value, i, feature));
    VG_TRY(keep_repeated(arena, r, study->n_participants, error));
    r->analysed = 1; /* each visit is analysed by itself */
    return VG_OK;
}

/* Every subject has k repeats: mean squares. Else variance components by REML. */
static VgStatus estimate(VgArena *arena, const VgRepeats *r, double level, VgRepeatability *answer,
                         VgError *error)
{
    if (r->least == r->most) {
        VgMatrix x = {VG_NEW(arena, double, r->n), r->n_subjects, r->most, r->n_subjects};
        size_t *at = VG_NEW(arena, size_t, r->n_subjects);
        VgReliability fit;
        if (!x.data || !at)
            return vg_fail_memory(error);
        for (size_t i = 0; i < r->n; i++)
            VG_AT(x, r->subject[i], at[r->subject[i]]++) = r->log[i];
        VG_TRY(vg_reliability(x, level, &fit, error));
        *answer = (VgRepeatability){.icc = fit.one_way,
                                    .sem = sqrt(fit.ms_within),
                                    .k = (double)r->most,
                                    .kind = "ICC(1,1)"};
        return VG_OK;
    }
    VgReliabilityReml fit;
    VG_TRY(vg_reliability_reml(arena, r->subject, r->log, r->n, r->n_subjects, level, BOOTSTRAP, 1,
                               &fit, error));
    *answer = (VgRepeatability){.icc = fit.icc,
                                .sem = fit.sem,
                                .k = (double)r->n / (double)r->n_subjects,
                                .kind = "ICC by REML"};
    return VG_OK;
}

/* Spearman & Brown: what is analysed is the mean of the replicates, where there are several. */
static double of_mean(double icc, double k)
{
    return icc > 0 ? k * icc / (1 + (k - 1) * icc) : icc;
}

VgStatus vg_repeatability(VgArena *arena, const VgRepeats *r, double level, VgRepeatability *answer,
                          VgError *error)
{
    if (r->n_subjects < LEAST_SUBJECTS)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "only %zu with two values within limits, of five needed",
                       "measure more samples twice", r->n_subjects);
    VG_TRY(estimate(arena, r, level, answer, error));
    answer->analysed =
        (VgIcc){of_mean(answer->icc.estimate, r->analysed), of_mean(answer->icc.lower, r->analysed),
                of_mean(answer->icc.upper, r->analysed)};
    return VG_OK;
}
