/* Any bytes as an extraction table under any plan: it is refused with words and hints, or its effects are finite, their
 * variances positive, their blocks symmetric and positive definite. The first three bytes choose the plan. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/study_effect.h>

#include "numeric/linear_algebra.h"

static void check_message(VgStatus status, const VgError *error)
{
    if (status != VG_INVALID_INPUT && status != VG_NOT_ESTIMABLE)
        abort();
    if (!*error->message)
        abort();
}

static void check_matrix(VgArena *arena, VgMatrix v)
{
    for (size_t i = 0; i < v.rows; i++)
        for (size_t j = 0; j < i; j++)
            if (fabs(VG_AT(v, i, j) - VG_AT(v, j, i)) > 1e-9 * fabs(VG_AT(v, i, j)))
                abort();
    VgMatrix copy = vg_matrix_new(arena, v.rows, v.cols);
    vg_matrix_copy(v, copy);
    for (size_t i = 0; i < v.rows; i++)
        if (!(VG_AT(v, i, i) > 0.0) || !isfinite(VG_AT(v, i, i)))
            abort();
}

static void check_effects(VgArena *arena, const VgExtraction *extraction, const VgStudyEffects *e)
{
    if (e->n == 0 || e->n + e->n_dropped > extraction->n_rows)
        abort();
    for (size_t k = 0; k < e->n; k++) {
        const VgStudyEffect *one = &e->effect[k];
        if (!isfinite(one->y) || !isfinite(one->v) || !(one->v > 0.0) || one->y != e->y[k] ||
            one->v != e->v[k] || !(one->lower <= one->y && one->y <= one->upper) ||
            one->row >= extraction->n_rows || !one->note || !one->treatment_text ||
            !one->control_text)
            abort();
    }
    for (size_t b = 0; b < e->n_blocks; b++) {
        if (e->block[b].size < 2)
            abort();
        for (size_t k = 1; k < e->block[b].size; k++)
            if (e->block[b].member[k] <= e->block[b].member[k - 1] || e->block[b].member[k] >= e->n)
                abort();
        check_matrix(arena, e->block[b].covariance);
    }
}

static void check_network(VgArena *arena, const VgNetworkContrasts *n)
{
    for (size_t t = 1; t < n->n_treatments; t++)
        if (strcmp(n->treatment[t - 1], n->treatment[t]) >= 0)
            abort();
    for (size_t s = 0; s < n->n_studies; s++) {
        const VgContrastStudy *study = &n->study[s];
        if (study->n_arms < 2)
            abort();
        for (size_t i = 0; i < study->n_arms; i++)
            if (study->arm[i] >= n->n_treatments)
                abort();
        for (size_t i = 0; i + 1 < study->n_arms; i++)
            if (!isfinite(study->y[i]))
                abort();
        check_matrix(arena, study->v);
    }
}

static void use(VgArena *arena, const VgTable *table, const VgEvidencePlan *plan,
                VgEvidenceKind kind)
{
    VgExtraction *extraction;
    VgProblems problems = {0};
    VgError error = {0};
    VgStatus status =
        vg_extraction_read(arena, table, plan, kind, NULL, &extraction, &problems, &error);
    if (status != VG_OK) {
        check_message(status, &error);
        if (problems.n_errors == 0)
            abort();
        return;
    }
    if (kind == VG_EVIDENCE_PAIRWISE) {
        VgStudyEffects *effects;
        status = vg_study_effects(arena, extraction, plan, &effects, &error);
        if (status == VG_OK)
            check_effects(arena, extraction, effects);
    } else {
        VgNetworkContrasts *contrasts;
        status = vg_network_effects(arena, extraction, plan, &contrasts, &error);
        if (status == VG_OK)
            check_network(arena, contrasts);
    }
    if (status != VG_OK)
        check_message(status, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    VgEvidenceAnalysis levels = {.study_level = "study"};
    VgEvidencePlan plan = {.measure = (VgMeasure)(data[0] % VG_N_MEASURES),
                           .smd_variance = (VgSmdVariance)(data[1] % 3),
                           .shared_control = (VgSharedControl)(data[1] / 4 % 3),
                           .approximate_j = data[1] & 64,
                           .keep_double_zero = data[1] & 128,
                           .zero_cells = (VgZeroCells)(data[2] % 4),
                           .lower_is_better = data[2] & 4,
                           .benefit_is_positive = data[2] & 8,
                           .direction_known = data[2] & 16,
                           .pre_post_correlation = data[2] & 32 ? 0.5 : 0.0};
    if (data[2] & 128) {
        plan.analysis = &levels;
        plan.n_analyses = 1;
    }
    VgArena *arena = vg_arena_create();
    VgTable *table = NULL;
    VgError error = {0};
    if (vg_table_read_csv_bytes(arena, "t.csv", (const char *)data + 3, size - 3, NULL, &table,
                                &error) == VG_OK)
        use(arena, table, &plan, data[2] & 64 ? VG_EVIDENCE_NETWORK : VG_EVIDENCE_PAIRWISE);
    vg_arena_destroy(arena);
    return 0;
}
