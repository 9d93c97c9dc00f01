/* One virtual trial, drawn and analysed as the plan says: what a replicate does. Everything lives in the thread's
 * scratch arena. */
#include "design/operating.h"

#include <math.h>
#include <string.h>

static const VgTrialAnswer NO_ANSWER = {NAN, NAN, NAN, NAN, NAN};

/* The symptom as recorded, in its unit. NaN where it was not. */
static double recorded(const VgVirtualTrial *trial, size_t slot, size_t visit, size_t i)
{
    const VgAxisModel *m = trial->model;
    double z = trial->observed[(slot * m->n_visits + visit) * trial->n + i];
    return isnan(z) ? z : vg_axis_recorded(&m->axis->node[m->varying[slot]], z);
}

/* ---- the primary analysis ---- */

typedef struct PrimaryRows {
    size_t n, p;
    double *x, *y;
    int32_t *subject, *visit;
    size_t n_subjects;
} PrimaryRows;

/* Columns: at each visit 1 and the arms but the reference; baseline (once, or at each visit); known at baseline; sites. */
static size_t count_columns(const VgOperatingPlan *plan)
{
    const VgPrimaryPlan *p = &plan->primary;
    return p->n_visits * p->n_arms + (p->baseline ? p->by_visit ? p->n_visits : 1 : 0) +
           p->n_fixed + (p->site ? plan->scheme.n_sites - 1 : 0);
}

static size_t arm_column(const VgPrimaryPlan *p, size_t visit, size_t arm)
{
    return visit * p->n_arms + (arm < p->reference ? arm + 1 : arm);
}

static void put_row(const VgOperatingPlan *plan, const VgVirtualTrial *trial, size_t i, size_t v,
                    double baseline, PrimaryRows *rows)
{
    const VgPrimaryPlan *p = &plan->primary;
    size_t most = trial->n * p->n_visits, at = p->n_visits * p->n_arms, r = rows->n,
           arm = (size_t)trial->arm[i];
    double *x = rows->x + r;
    x[v * p->n_arms * most] = 1;
    if (arm != p->reference)
        x[arm_column(p, v, arm) * most] = 1;
    if (p->baseline) {
        x[(at + (p->by_visit ? v : 0)) * most] = baseline;
        at += p->by_visit ? p->n_visits : 1;
    }
    for (size_t k = 0; k < p->n_fixed; k++)
        x[at++ * most] = trial->fixed[p->fixed[k] * trial->n + i];
    if (p->site && trial->site[i] > 0)
        x[(at + (size_t)trial->site[i] - 1) * most] = 1;
    rows->subject[r] = (int32_t)rows->n_subjects;
    rows->visit[r] = (int32_t)v;
    rows->n++;
}

static VgStatus gather_rows(const VgOperatingPlan *plan, const VgVirtualTrial *trial,
                            VgArena *scratch, PrimaryRows *rows, VgError *error)
{
    const VgPrimaryPlan *p = &plan->primary;
    size_t most = trial->n * p->n_visits;
    *rows = (PrimaryRows){.p = count_columns(plan)};
    rows->x = VG_NEW(scratch, double, most * rows->p);
    rows->y = vg_arena_alloc_raw(scratch, most, sizeof(double));
    rows->subject = vg_arena_alloc_raw(scratch, 2 * most, sizeof(int32_t));
    if (!rows->x || !rows->y || !rows->subject)
        return vg_fail_memory(error);
    rows->visit = rows->subject + most;
    bool asks = p->baseline || p->change;
    for (size_t i = 0; i < trial->n; i++) {
        double baseline = asks ? recorded(trial, plan->slot, 0, i) : 0;
        size_t before = rows->n;
        for (size_t v = 0; v < p->n_visits && !isnan(baseline); v++) {
            double y = recorded(trial, plan->slot, p->visit[v], i);
            if (isnan(y))
                continue;
            rows->y[rows->n] = y - (p->change ? baseline : 0);
            put_row(plan, trial, i, v, baseline, rows);
        }
        rows->n_subjects += rows->n > before;
    }
    return VG_OK;
}

static VgStatus primary(const VgOperatingPlan *plan, const VgVirtualTrial *trial, VgArena *scratch,
                        VgTrialAnswer *answer, VgError *error)
{
    const VgPrimaryPlan *p = &plan->primary;
    PrimaryRows rows;
    VgMmrmFit fit;
    VgInference out;
    VgError own = {0};
    *answer = NO_ANSWER;
    VG_TRY(gather_rows(plan, trial, scratch, &rows, error));
    double *contrast = VG_NEW(scratch, double, rows.p);
    if (!contrast)
        return vg_fail_memory(error);
    const VgMmrmData data = {.n_rows = rows.n,
                             .x = {rows.x, rows.n, rows.p, trial->n * p->n_visits},
                             .y = rows.y,
                             .subject = rows.subject,
                             .visit = rows.visit,
                             .n_subjects = rows.n_subjects,
                             .n_visits = p->n_visits};
    contrast[arm_column(p, p->answer, p->arm)] = 1;
    VgStatus status = vg_mmrm_fit(scratch, &data, &p->options, &fit, &own);
    if (status == VG_OK)
        status = vg_mmrm_contrast(&fit, contrast, plan->level, &out, &own);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status == VG_OK)
        *answer = (VgTrialAnswer){out.estimate, out.se, out.lower, out.upper, out.p};
    return VG_OK;
}

/* ---- the mechanism ---- */

static const double *values_of(const VgVirtualTrial *trial, size_t slot, size_t visit)
{
    return trial->observed + (slot * trial->model->n_visits + visit) * trial->n;
}

/* Participants of the arms compared whose outcome, markers and baselines are all there, into `row`. */
static size_t complete_rows(const VgOperatingPlan *plan, const VgVirtualTrial *trial, size_t *row)
{
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    size_t n = 0;
    for (size_t i = 0; i < trial->n; i++) {
        double sum =
            values_of(trial, plan->slot, 0)[i] + values_of(trial, plan->slot, plan->outcome_at)[i];
        if (p->given[trial->arm[i]] < 0 || isnan(sum))
            continue;
        for (size_t j = 0; j < p->n_markers; j++)
            sum += values_of(trial, p->marker[j], 0)[i] +
                   values_of(trial, p->marker[j], p->marker_at[j])[i];
        if (!isnan(sum))
            row[n++] = i;
    }
    return n;
}

static void gather(const double *from, const size_t *row, size_t n, double *to)
{
    for (size_t r = 0; r < n; r++)
        to[r] = from[row[r]];
}

static double variance(const double *x, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t r = 0; r < n; r++)
        sum += x[r];
    for (size_t r = 0; r < n; r++)
        squares += (x[r] - sum / (double)n) * (x[r] - sum / (double)n);
    return squares / (double)(n - 1);
}

/* SD within arms of everybody who has a value: what a marker is standardised by at baseline. */
static double sd_within_arms(const VgVirtualTrial *trial, const double *value)
{
    double n[VG_TRIAL_BLOCK] = {0}, sum[VG_TRIAL_BLOCK] = {0}, squares = 0, df = 0;
    for (size_t i = 0; i < trial->n; i++)
        if (!isnan(value[i])) {
            n[trial->arm[i]]++;
            sum[trial->arm[i]] += value[i];
        }
    for (size_t a = 0; a < VG_TRIAL_BLOCK; a++) {
        df += n[a] > 0 ? n[a] - 1 : 0;
        sum[a] = n[a] > 0 ? sum[a] / n[a] : 0;
    }
    for (size_t i = 0; i < trial->n; i++)
        if (!isnan(value[i]))
            squares += (value[i] - sum[trial->arm[i]]) * (value[i] - sum[trial->arm[i]]);
    return sqrt(squares / df);
}

/* A channel's score at baseline, the mean of its signed standardised markers; its reliability from theirs (0 = not
 * known). `work`: n. */
static void baseline_score(const VgOperatingPlan *plan, const VgVirtualTrial *trial, size_t channel,
                           const VgMarkerReliability *known, const size_t *row, size_t n,
                           double *work, double *score, double *reliability)
{
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    double noise = 0;
    memset(score, 0, n * sizeof *score);
    for (size_t j = 0; j < p->n_markers; j++) {
        if (p->channel[j] != channel)
            continue;
        const double *value = values_of(trial, p->marker[j], 0);
        double sd = sd_within_arms(trial, value);
        double weight = p->sign[j] / sd / (double)p->members[channel];
        gather(value, row, n, work);
        for (size_t r = 0; r < n; r++)
            score[r] += weight * work[r];
        if (known && known[j].value > 0)
            noise += (1 - known[j].value) * weight * weight * variance(work, n);
    }
    *reliability = noise > 0 ? 1 - noise / variance(score, n) : 0;
}

typedef struct MechanismRows {
    size_t n, q;
    double *treatment, *outcome, *marker, *covariate;
    VgMarkerReliability *covariate_reliability; /* q */
} MechanismRows;

/* Covariates: baseline of the outcome, of every channel; other components. */
static VgStatus gather_mechanism(const VgOperatingPlan *plan, const VgVirtualTrial *trial,
                                 const VgMarkerReliability *known, VgArena *scratch,
                                 MechanismRows *rows, VgError *error)
{
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    const VgAxisModel *m = trial->model;
    size_t q = 1 + p->n_channels + p->n_components;
    size_t *row = vg_arena_alloc_raw(scratch, trial->n, sizeof *row);
    double *all = vg_arena_alloc_raw(scratch, trial->n * (3 + p->n_markers + q), sizeof(double));
    *rows = (MechanismRows){.covariate_reliability = VG_NEW(scratch, VgMarkerReliability, q)};
    if (!row || !all || !rows->covariate_reliability)
        return vg_fail_memory(error);
    size_t n = rows->n = complete_rows(plan, trial, row);
    rows->q = q;
    rows->treatment = all;
    rows->outcome = all + n;
    rows->marker = all + 2 * n;
    rows->covariate = rows->marker + p->n_markers * n;
    double *work = rows->covariate + q * n;
    if (n < 3)
        return VG_OK;
    for (size_t r = 0; r < n; r++) {
        rows->treatment[r] = p->given[trial->arm[row[r]]];
        rows->outcome[r] = recorded(trial, p->slot, p->at, row[r]);
        rows->covariate[r] = recorded(trial, p->slot, 0, row[r]);
    }
    for (size_t j = 0; j < p->n_markers; j++)
        gather(values_of(trial, p->marker[j], p->marker_at[j]), row, n, rows->marker + j * n);
    for (size_t c = 0; c < p->n_channels; c++)
        baseline_score(plan, trial, c, known, row, n, work, rows->covariate + (1 + c) * n,
                       &rows->covariate_reliability[1 + c].value);
    for (size_t k = 0; k < p->n_components; k++)
        for (size_t r = 0; r < n; r++)
            rows->covariate[(1 + p->n_channels + k) * n + r] =
                m->axis->node[m->component[p->component[k]]].in_arm[trial->arm[row[r]]];
    return VG_OK;
}

static void keep(const VgChannelsEstimate *effect, size_t n, VgTrialAnswer *answer)
{
    for (size_t k = 0; k < n; k++)
        answer[k] = (VgTrialAnswer){effect[k].estimate, effect[k].se, effect[k].lower,
                                    effect[k].upper, effect[k].p};
}

/* The intervals of single channels by the distribution of the product of their two arrows. */
static void keep_products(const VgOperatingPlan *plan, const VgChannels *fit, bool corrected,
                          VgTrialAnswer *answer)
{
    for (size_t k = 0; plan->product && k < fit->n_terms; k++) {
        const VgInference *a = &fit->alpha[k], *b = &fit->beta[k];
        const VgChannelsArrows measured = {a->estimate, a->se, b->estimate, b->se, 0};
        VgTrialAnswer *to = &answer[VG_CHANNELS_FIRST + k];
        vg_channels_product_interval(corrected ? &fit->corrected_arrows[k] : &measured, plan->level,
                                     &to->lower, &to->upper);
    }
}

/* As measured, and corrected where the errors are known; where the correction has no answer, as measured alone. */
static VgStatus mechanism(const VgOperatingPlan *plan, const VgVirtualTrial *trial,
                          const VgMarkerReliability *known, VgArena *scratch, VgTrialAnswer *answer,
                          VgError *error)
{
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    size_t effects = VG_CHANNELS_FIRST + p->n_channels;
    MechanismRows rows = {0};
    for (size_t k = 0; k < effects * (known ? 2 : 1); k++)
        answer[k] = NO_ANSWER;
    VG_TRY(gather_mechanism(plan, trial, known, scratch, &rows, error));
    VgChannelsData data = {.n = rows.n,
                           .treatment = rows.treatment,
                           .outcome = rows.outcome,
                           .markers = {rows.marker, rows.n, p->n_markers, rows.n},
                           .covariates = {rows.covariate, rows.n, rows.q, rows.n},
                           .n_channels = p->n_channels,
                           .channel = p->channel,
                           .sign = p->sign,
                           .marker_reliability = known,
                           .covariate_reliability = known ? rows.covariate_reliability : NULL};
    const VgChannelsOptions options = {
        .interval = VG_MEDIATION_DELTA, .small_sample = true, .level = plan->level};
    for (int corrected = known != NULL; corrected >= 0; corrected--) {
        VgChannels fit;
        VgError own = {0};
        VgStatus status =
            rows.n < 3 ? VG_NOT_ESTIMABLE : vg_channels_fit(scratch, &data, &options, &fit, &own);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status == VG_OK) {
            keep(fit.effect, effects, answer);
            keep_products(plan, &fit, false, answer);
            if (corrected) {
                keep(fit.corrected, effects, answer + effects);
                keep_products(plan, &fit, true, answer + effects);
            }
            return VG_OK;
        }
        data.marker_reliability = data.covariate_reliability = NULL;
    }
    return VG_OK;
}

/* ---- the trial ---- */

VgStatus vg_operating_trial(const VgOperatingPlan *plan, VgRandom random, VgArena *scratch,
                            VgTrialAnswer *answer, double *completed, VgError *error)
{
    VgVirtualTrial trial;
    VG_TRY(vg_virtual_trial_new(scratch, plan->model[0], plan->scheme.n, &trial, error));
    vg_axis_simulate(plan->model[0], &plan->scheme, &random, &trial);
    *completed = 0;
    for (size_t i = 0; i < trial.n; i++)
        *completed += (trial.attended[i] == trial.model->n_visits) / (double)trial.n;
    VG_TRY(primary(plan, &trial, scratch, answer++, error));
    for (size_t r = 0; plan->mechanism && r < plan->n_models; r++) {
        const VgMarkerReliability *known = plan->marker_reliability[r];
        if (r)
            vg_axis_measure_again(plan->model[r], &random, &trial);
        VG_TRY(mechanism(plan, &trial, known, scratch, answer, error));
        answer += (known ? 2 : 1) * (VG_CHANNELS_FIRST + plan->mechanism_plan.n_channels);
    }
    return VG_OK;
}
