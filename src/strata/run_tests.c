/* What the verdict rests on: interactions of declared moderators, the omnibus test, Holm over arms. */
#include "strata/run.h"

#include <math.h>

#include "strata/strata.h"

enum { PEOPLE_PER_COVARIATE = 10 };

VgStatus vg_strata_test_interactions(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    VgModeratorData data = {.n = c->n,
                            .arms = 2,
                            .outcome = c->outcome,
                            .arm = c->treated,
                            .covariates = PEOPLE_PER_COVARIATE * run->n_moderators <= c->n
                                              ? c->moderators
                                              : (VgMatrix){0},
                            .moderators = c->moderators,
                            .moderator_name = run->moderator_name,
                            .clusters = c->clusters};
    VgMultiplicityMethod method = run->plan->adjust ? run->plan->adjust : VG_ADJUST_HOLM;
    VG_TRY(vg_interaction_tests(run->arena, &data, method, run->level, &c->interactions, error));
    for (size_t j = 0; j < run->n_moderators; j++) {
        const VgInference *one = &c->interactions.interaction[j].per_unit;
        c->seen[j] = vg_detectable(one->se, one->df, (1 - run->level) / (double)run->n_moderators,
                                   run->power);
    }
    vg_strata_interaction_rows(run, c);
    return VG_OK;
}

/* SD of benefit between people, were it a straight line along one moderator: then it is the change per SD of that one. */
static void what_could_be_seen(const VgStrataRun *run, VgStrataContrast *c)
{
    for (size_t j = 0; j < run->n_moderators; j++)
        c->seen_sd[j] = vg_detectable_beyond(c->omnibus.se[j], (double)c->n - 4,
                                             c->omnibus.critical, run->power);
    vg_strata_seen_rows(run, c);
}

/* Whether people of one cluster got different treatments: then people were randomised, not clusters. */
static bool mixed_clusters(const VgStrataContrast *c, bool *seen, int32_t *treated)
{
    for (size_t k = 0; k < c->n; k++) {
        int32_t of = c->clusters.of[k];
        if (seen[of] && treated[of] != c->treated[k])
            return true;
        seen[of] = true;
        treated[of] = c->treated[k];
    }
    return false;
}

/* Treatments are dealt again as they were: among clusters, or among people within strata (sites, where none are given). */
VgStatus vg_strata_test_omnibus(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    VgEffectSample sample = c->sample;
    const int32_t *stratum = c->stratum;
    size_t n_strata = run->trial->n_strata;
    sample.x = c->moderators;
    if (c->clusters.of) {
        bool *seen = VG_NEW(run->arena, bool, c->clusters.count);
        int32_t *treated = VG_NEW(run->arena, int32_t, c->clusters.count);
        if (!seen || !treated)
            return vg_fail_memory(error);
        if (mixed_clusters(c, seen, treated)) {
            stratum = stratum ? stratum : c->clusters.of;
            n_strata = c->stratum ? n_strata : c->clusters.count;
            sample.clusters = (VgClusters){0};
        }
    }
    const VgOmnibusOptions options = {.stratum = stratum,
                                      .n_strata = n_strata,
                                      .permutations = run->plan->permutations,
                                      .seed = run->plan->seed,
                                      .threads = run->plan->threads,
                                      .level = 1 - (1 - run->level) / (double)run->n_contrasts};
    VG_TRY(vg_omnibus_test(run->arena, &sample, &options, &c->omnibus, error));
    c->p_verdict = c->omnibus.p;
    what_could_be_seen(run, c);
    return VG_OK;
}

/* Holm over arms: which contrasts may be said to differ. */
VgStatus vg_strata_adjust_verdicts(VgStrataRun *run, VgError *error)
{
    double *p = VG_NEW(run->arena, double, run->n_contrasts);
    if (!p)
        return vg_fail_memory(error);
    for (size_t k = 0; k < run->n_contrasts; k++)
        p[k] = run->contrast[k].omnibus.p;
    VG_TRY(vg_multiplicity_adjust(run->arena, VG_ADJUST_HOLM, run->n_contrasts, p, p, error));
    for (size_t k = 0; k < run->n_contrasts; k++) {
        VgStrataContrast *c = &run->contrast[k];
        c->p_verdict = p[k];
        const VgInference row = {.estimate = NAN,
                                 .se = NAN,
                                 .df = INFINITY,
                                 .statistic = c->omnibus.statistic,
                                 .p = c->omnibus.p,
                                 .lower = NAN,
                                 .upper = NAN};
        vg_strata_row(run, c, "omnibus_heterogeneity", NULL, &row, p[k],
                      vg_arena_printf(run->arena, "%zu permutations, largest t of %zu moderators",
                                      c->omnibus.permutations, run->n_moderators));
    }
    return VG_OK;
}
