/* From rows of the extraction to effects: zero cells, cluster trials, shared controls, direction, words.
 *
 * Order of steps: numbers as published (study_row.c); design effect on people and events (on the variance of published
 * effects); division of a shared control; the zero-cell rule, which looks at the cells as published; the formula;
 * the sign. */
#include <math.h>

#include "evidence/effects/shared_control.h"
#include "evidence/effects/study_row.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

typedef struct Maker {
    VgArena *arena;
    const VgExtraction *extraction;
    const VgEvidencePlan *plan;
    VgStudyRow *row; /* n_rows */
    bool *used;
    double *add; /* n_rows: what zero-cell rules add */
    VgSharedControls shared;
    VgStudyEffects *out;
    double z;
} Maker;

static bool of_counts(VgMeasure measure)
{
    return vg_measure_is_binary(measure) || measure == VG_MEASURE_PROPORTION ||
           measure == VG_MEASURE_LOGIT || measure == VG_MEASURE_FREEMAN_TUKEY;
}

static const char *file_of(const Maker *maker)
{
    return maker->extraction->table ? maker->extraction->table->path : "";
}

static VgStatus drop(Maker *maker, size_t i, const char *reason, bool double_zero)
{
    const VgExtractionRow *row = &maker->extraction->row[i];
    maker->used[i] = false;
    maker->out->dropped[maker->out->n_dropped++] =
        (VgStudyDropped){row->study, i, row->line, reason, double_zero};
    return VG_OK;
}

/* Every row as numbers; the first that cannot be had is the error. */
static VgStatus prepare(Maker *maker, VgError *error)
{
    const VgExtraction *extraction = maker->extraction;
    size_t wrong = 0, first = 0;
    for (size_t i = 0; i < extraction->n_rows; i++) {
        VgStudyRow *row = &maker->row[i];
        vg_study_row(&extraction->row[i], maker->plan, row);
        maker->used[i] = row->kind != VG_ROW_UNUSABLE;
        if (maker->used[i])
            continue;
        if (row->empty)
            VG_TRY(drop(maker, i, row->why, false));
        else if (wrong++ == 0)
            first = i;
    }
    if (wrong == 0)
        return VG_OK;
    const VgExtractionRow *row = &extraction->row[first];
    return vg_fail_at(error, VG_INVALID_INPUT, file_of(maker), row->line,
                      "%s: %s: %s (%zu such row%s)",
                      "complete the row or leave it out of the table", row->study,
                      vg_measure_names[maker->plan->measure], maker->row[first].why, wrong,
                      wrong == 1 ? "" : "s");
}

/* No events anywhere, or events in everybody: nothing about odds or risks can be learnt. */
static bool double_zero(const VgStudyRow *row)
{
    const VgArmSummary *a = &row->arm[0], *b = &row->arm[1];
    return (a->events == 0.0 && b->events == 0.0) || (a->events == a->n && b->events == b->n);
}

static VgStatus zero_cells(Maker *maker)
{
    const VgEvidencePlan *plan = maker->plan;
    bool drops = !plan->keep_double_zero &&
                 (plan->measure == VG_MEASURE_OR || plan->measure == VG_MEASURE_RR ||
                  plan->measure == VG_MEASURE_PETO);
    bool any = false;
    double add = vg_zero_addition(plan);
    for (size_t i = 0; i < maker->extraction->n_rows; i++) {
        VgStudyRow *row = &maker->row[i];
        if (!maker->used[i] || (row->kind != VG_ROW_COUNTS && row->kind != VG_ROW_ONE_GROUP))
            continue;
        if (row->kind == VG_ROW_COUNTS && drops && double_zero(row)) {
            VG_TRY(drop(maker, i,
                        row->arm[0].events == 0.0 ? "no events in either arm"
                                                  : "events in everybody of both arms",
                        true));
            continue;
        }
        bool zero =
            vg_has_zero_cell(row->arm[0].events, row->arm[0].n) ||
            (row->kind == VG_ROW_COUNTS && vg_has_zero_cell(row->arm[1].events, row->arm[1].n));
        any = any || zero;
        maker->add[i] =
            zero || plan->zero_cells == VG_ZERO_ALWAYS || plan->zero_cells == VG_ZERO_ALL ? add
                                                                                          : 0.0;
    }
    if (plan->zero_cells == VG_ZERO_ALL && !any)
        for (size_t i = 0; i < maker->extraction->n_rows; i++)
            maker->add[i] = 0.0;
    return VG_OK;
}

static bool three_level(const VgEvidencePlan *plan)
{
    for (size_t i = 0; i < plan->n_analyses; i++)
        if (plan->analysis[i].study_level)
            return true;
    return false;
}

static bool two_groups(const VgStudyRow *row)
{
    return row->kind == VG_ROW_MEANS || row->kind == VG_ROW_COUNTS;
}

static VgStatus share(Maker *maker, VgError *error)
{
    const VgExtraction *extraction = maker->extraction;
    VG_TRY(vg_shared_controls(maker->arena, extraction, maker->used, &maker->shared, error));
    for (size_t i = 0; i < extraction->n_rows; i++) {
        size_t group = maker->shared.group[i], size = maker->shared.size[group];
        if (!maker->used[i] || size < 2)
            continue;
        const VgExtractionRow *row = &extraction->row[i];
        if (maker->plan->shared_control == VG_SHARED_CONTROL_REFUSE) {
            if (three_level(maker->plan))
                return VG_OK; /* correlated effects are what that model is for */
            return vg_fail_at(error, VG_INVALID_INPUT, file_of(maker), row->line,
                              "%s: %zu comparisons share one control arm",
                              "shared_control: split divides it, model keeps it whole and models "
                              "the covariance",
                              row->study, size);
        }
        if (maker->plan->shared_control == VG_SHARED_CONTROL_MODEL) {
            vg_note_add(&maker->row[i].note, false, "control arm shared, covariance modelled");
            continue;
        }
        if (!two_groups(&maker->row[i]))
            return vg_fail_at(error, VG_INVALID_INPUT, file_of(maker), row->line,
                              "%s: a shared control arm cannot be split when the effect comes from "
                              "a test statistic or as published",
                              "give means and SDs or counts, or choose shared_control: model",
                              row->study);
        maker->row[i].arm[1].n /= (double)size;
        maker->row[i].arm[1].events /= (double)size;
        vg_note_add(&maker->row[i].note, false, "control arm split in %zu", size);
    }
    return VG_OK;
}

static const char *arm_text(Maker *maker, const VgStudyRow *row, int i)
{
    const VgArmSummary *arm = &row->arm[i];
    if (of_counts(maker->plan->measure) && vg_known(arm->events))
        return vg_arena_printf(maker->arena, "%.6g/%.6g", arm->events, arm->n);
    if (vg_known(arm->mean) && vg_known(arm->sd))
        return vg_arena_printf(maker->arena, "%s%.4g (%.3g), %.6g", arm->mean < 0 ? "−" : "",
                               fabs(arm->mean), arm->sd, arm->n);
    return vg_known(arm->n) ? vg_arena_printf(maker->arena, "n = %.6g", arm->n) : "";
}

/* Events become non-events where the row's scale runs the other way; other effects change their sign. */
static void turn_counts(VgStudyRow *row)
{
    for (int i = 0; i < 2; i++)
        row->arm[i].events = row->arm[i].n - row->arm[i].events;
}

static VgEffect formula(Maker *maker, size_t i)
{
    VgStudyRow *row = &maker->row[i];
    const VgEvidencePlan *plan = maker->plan;
    switch (row->kind) {
    case VG_ROW_MEANS:
        return vg_effect_means(plan, row->arm);
    case VG_ROW_COUNTS:
        return vg_effect_counts(plan->measure, row->arm[0].events, row->arm[0].n,
                                row->arm[1].events, row->arm[1].n, maker->add[i]);
    case VG_ROW_ONE_GROUP:
        return vg_effect_one_group(plan->measure, &row->arm[0], maker->add[i]);
    default:
        return row->direct;
    }
}

static bool enough_people(const VgEvidencePlan *plan, const VgStudyRow *row)
{
    if (row->kind != VG_ROW_MEANS || !vg_measure_is_standardised(plan->measure))
        return true;
    if (plan->measure == VG_MEASURE_GLASS_DELTA)
        return row->arm[1].n > 2.0;
    return row->arm[0].n > 1.0 && row->arm[1].n > 1.0 && row->arm[0].n + row->arm[1].n >= 4.0;
}

static VgStatus question(Maker *maker, size_t i, double y)
{
    if (!(fabs(y) > 5.0))
        return VG_OK;
    const char *message = vg_arena_printf(maker->arena, "%s: a standardised difference of %.3g",
                                          maker->extraction->row[i].study, y);
    if (!message)
        return VG_NO_MEMORY;
    maker->out->question[maker->out->n_questions++] = (VgStudyQuestion){
        i, maker->extraction->row[i].line, message, "was a standard error typed as SD?"};
    return VG_OK;
}

/* −log RR is not the log RR of the non-events, nor −p the share without the event; odds, arcsines of published effects
 * and correlations do turn with their sign. */
static bool refuses_turning(VgMeasure measure, VgRowKind kind)
{
    bool shares = measure == VG_MEASURE_RR || measure == VG_MEASURE_PROPORTION ||
                  measure == VG_MEASURE_FREEMAN_TUKEY;
    return measure == VG_MEASURE_ROM || measure == VG_MEASURE_MEAN ||
           (shares && kind == VG_ROW_DIRECT);
}

static VgStatus effect_of_row(Maker *maker, size_t i, VgError *error)
{
    const VgExtractionRow *from = &maker->extraction->row[i];
    const VgEvidencePlan *plan = maker->plan;
    VgStudyRow *row = &maker->row[i];
    VgStudyEffects *out = maker->out;
    VgStudyEffect *effect = &out->effect[out->n];
    if (from->flipped && refuses_turning(plan->measure, row->kind))
        return vg_fail_at(error, VG_INVALID_INPUT, file_of(maker), from->line,
                          "%s: %s cannot be turned to the other direction",
                          "recode the scale so that all run one way", from->study,
                          vg_measure_label(plan->measure));
    effect->treatment_text = arm_text(maker, row, 0);
    bool both = two_groups(row) || (vg_known(row->arm[1].n) && row->kind == VG_ROW_DIRECT);
    effect->control_text = both ? arm_text(maker, row, 1) : "";
    bool counts =
        row->kind == VG_ROW_COUNTS || (row->kind == VG_ROW_ONE_GROUP && of_counts(plan->measure));
    if (from->flipped && counts)
        turn_counts(row);
    if (!enough_people(plan, row))
        return drop(maker, i, "too few people in an arm", false);
    VgEffect made = formula(maker, i);
    if (row->kind == VG_ROW_DIRECT)
        made.v *= row->design_effect;
    if (!(made.v > 0.0) || !isfinite(made.v) || !isfinite(made.y))
        return drop(maker, i,
                    row->kind == VG_ROW_COUNTS || row->kind == VG_ROW_ONE_GROUP
                        ? "a cell is zero and nothing is added"
                        : "the effect has no variance",
                    false);
    double sign = from->flipped && !counts ? -1.0 : 1.0;
    if (from->flipped)
        vg_note_add(&row->note, false, counts ? "events turned" : "sign turned");
    if (plan->benefit_is_positive && plan->lower_is_better && plan->measure < VG_MEASURE_MEAN)
        sign = -sign;
    if (maker->add[i] > 0.0)
        vg_note_add(&row->note, false, "%.3g added to each cell", maker->add[i]);
    double se = sqrt(made.v), y = sign * made.y + 0.0;
    double n1 = row->arm[0].n, n2 = row->arm[1].n;
    bool one = row->kind == VG_ROW_ONE_GROUP || (!vg_known(n2) && vg_known(n1));
    effect->study = from->study;
    effect->study_index = from->study_index;
    effect->row = i;
    effect->line = from->line;
    effect->y = out->y[out->n] = y;
    effect->v = out->v[out->n] = made.v;
    effect->se = se;
    effect->lower = y - maker->z * se;
    effect->upper = y + maker->z * se;
    effect->n1 = n1;
    effect->n2 = one ? (double)NAN : n2;
    effect->n = one ? n1 : n1 + n2;
    if (row->crossover)
        effect->n = n1; /* the same people twice */
    if (!vg_known(effect->n))
        effect->n = from->total_n;
    effect->precision_se =
        vg_known(made.precision_se)
            ? made.precision_se * (row->kind == VG_ROW_DIRECT ? sqrt(row->design_effect) : 1.0)
            : se;
    effect->imputed = row->note.imputed;
    effect->assumed_correlation = row->note.assumed_correlation;
    bool of_means = row->kind == VG_ROW_MEANS || row->crossover ||
                    (row->kind == VG_ROW_ONE_GROUP && plan->measure == VG_MEASURE_MEAN);
    effect->measured = !of_means     ? VG_MEASURED_NOT_SAID
                       : row->change ? VG_MEASURED_CHANGE
                                     : VG_MEASURED_ENDPOINT;
    effect->note = vg_arena_strdup(maker->arena, row->note.text);
    if (!effect->note || !effect->treatment_text || !effect->control_text)
        return vg_fail_memory(error);
    if (vg_measure_is_standardised(plan->measure) && question(maker, i, y) != VG_OK)
        return vg_fail_memory(error);
    out->n++;
    out->n_imputed += effect->imputed;
    out->n_assumed_correlation += effect->assumed_correlation;
    return VG_OK;
}

static void cluster(Maker *maker)
{
    for (size_t i = 0; i < maker->extraction->n_rows; i++) {
        VgStudyRow *row = &maker->row[i];
        if (!maker->used[i] || row->kind == VG_ROW_DIRECT)
            continue;
        for (int g = 0; g < 2; g++) {
            row->arm[g].n /= row->design_effect;
            row->arm[g].events /= row->design_effect;
        }
    }
}

/* n of all arms of the block's study, the shared one once. */
static double people_in(const Maker *maker, const VgEffectBlock *block)
{
    double n = 0.0;
    for (size_t k = 0; k < block->size; k++)
        n += maker->out->effect[block->member[k]].n1;
    return n + maker->out->effect[block->member[0]].n2;
}

/* Variance of the numerator over the square of the SD: 1 unless changes are divided by another SD. */
static double change_ratio(const VgStudyRow *row)
{
    double d1 = row->arm[0].n - 1.0, d2 = row->arm[1].n - 1.0;
    double above = d1 * row->arm[0].sd * row->arm[0].sd + d2 * row->arm[1].sd * row->arm[1].sd;
    double below =
        d1 * row->arm[0].unit * row->arm[0].unit + d2 * row->arm[1].unit * row->arm[1].unit;
    return above == below ? 1.0 : above / below;
}

static bool same_number(double a, double b)
{
    return a == b || (!vg_known(a) && !vg_known(b));
}

/* Two rows can give one control arm different numbers: endpoint here and change there, two design effects. */
static bool same_control(const Maker *maker, size_t i, size_t j)
{
    const VgArmSummary *a = &maker->row[i].arm[1], *b = &maker->row[j].arm[1];
    return same_number(a->n, b->n) && same_number(a->mean, b->mean) && same_number(a->sd, b->sd) &&
           same_number(a->unit, b->unit) && same_number(a->events, b->events) &&
           maker->extraction->row[i].flipped == maker->extraction->row[j].flipped;
}

static VgStatus check_block(const Maker *maker, const VgEffectBlock *block, VgError *error)
{
    size_t first = maker->out->effect[block->member[0]].row;
    for (size_t k = 0; k < block->size; k++) {
        const VgStudyEffect *effect = &maker->out->effect[block->member[k]];
        bool arms = two_groups(&maker->row[effect->row]);
        if (!arms || maker->plan->measure == VG_MEASURE_PETO)
            return vg_fail_at(error, VG_INVALID_INPUT, file_of(maker), effect->line,
                              "%s: the covariance of effects with a shared control cannot be had "
                              "from %s",
                              "choose shared_control: split, or give means and SDs or counts",
                              effect->study, arms ? "Peto's method" : "published effects");
        if (!same_control(maker, first, effect->row))
            return vg_fail_at(error, VG_INVALID_INPUT, file_of(maker), effect->line,
                              "%s: the shared control arm enters this comparison otherwise than "
                              "that of line %zu",
                              "endpoint or change, cluster size and direction must be the same in "
                              "all comparisons with one control",
                              effect->study, maker->extraction->row[first].line);
    }
    return VG_OK;
}

static VgStatus fill_block(Maker *maker, VgEffectBlock *block, VgError *error)
{
    VgStudyEffects *out = maker->out;
    size_t first = out->effect[block->member[0]].row;
    double n = people_in(maker, block);
    VG_TRY(check_block(maker, block, error));
    block->covariance = vg_matrix_new(maker->arena, block->size, block->size);
    VgMatrix factor = vg_matrix_new(maker->arena, block->size, block->size);
    if (!block->covariance.data || !factor.data)
        return vg_fail_memory(error);
    for (size_t a = 0; a < block->size; a++)
        for (size_t b = 0; b < block->size; b++) {
            const VgStudyEffect *x = &out->effect[block->member[a]];
            const VgStudyEffect *y = &out->effect[block->member[b]];
            const VgStudyRow *r = &maker->row[x->row], *s = &maker->row[y->row];
            double value = x->v;
            if (a != b) {
                double ratio = sqrt(change_ratio(r) * change_ratio(s));
                /* added cells must be the same in both tables for one control arm */
                double add =
                    maker->add[x->row] > 0.0 && maker->add[y->row] > 0.0 ? maker->add[x->row] : 0.0;
                value =
                    vg_effect_shared_covariance(maker->plan, &r->arm[1], x->y, y->y, n, ratio, add);
            }
            VG_AT(block->covariance, a, b) = value;
        }
    vg_matrix_copy(block->covariance, factor);
    if (!vg_cholesky(factor))
        return vg_fail_at(error, VG_NOT_ESTIMABLE, file_of(maker),
                          maker->extraction->row[first].line,
                          "%s: the covariance of its comparisons is not positive definite",
                          "check the arms' numbers, or choose shared_control: split",
                          maker->extraction->row[first].study);
    return VG_OK;
}

static VgStatus blocks(Maker *maker, VgError *error)
{
    VgStudyEffects *out = maker->out;
    size_t n_rows = maker->extraction->n_rows;
    size_t *of_group = VG_NEW(maker->arena, size_t, n_rows);
    out->block = VG_NEW(maker->arena, VgEffectBlock, out->n);
    if (!of_group || !out->block)
        return vg_fail_memory(error);
    for (size_t k = 0; k < out->n; k++)
        of_group[maker->shared.group[out->effect[k].row]]++;
    for (size_t g = 0; g < n_rows; g++) {
        if (of_group[g] < 2)
            continue;
        VgEffectBlock *block = &out->block[out->n_blocks++];
        block->member = VG_NEW(maker->arena, size_t, of_group[g]);
        if (!block->member)
            return vg_fail_memory(error);
        for (size_t k = 0; k < out->n; k++)
            if (maker->shared.group[out->effect[k].row] == g)
                block->member[block->size++] = k;
        VG_TRY(fill_block(maker, block, error));
    }
    return VG_OK;
}

static VgStatus count_people(Maker *maker, VgError *error)
{
    VgStudyEffects *out = maker->out;
    size_t n_studies = 0;
    for (size_t k = 0; k < out->n; k++)
        if (out->effect[k].study_index >= n_studies)
            n_studies = out->effect[k].study_index + 1;
    bool *seen = VG_NEW(maker->arena, bool, n_studies);
    bool *counted = VG_NEW(maker->arena, bool, maker->extraction->n_rows);
    if (!seen || !counted)
        return vg_fail_memory(error);
    bool model = maker->plan->shared_control == VG_SHARED_CONTROL_MODEL;
    for (size_t k = 0; k < out->n; k++) {
        const VgStudyEffect *effect = &out->effect[k];
        out->n_studies += !seen[effect->study_index];
        seen[effect->study_index] = true;
        size_t group = maker->shared.group[effect->row];
        bool again = model && counted[group] && vg_known(effect->n2);
        counted[group] = true;
        double n = again ? effect->n1 : effect->n;
        out->n_participants += vg_known(n) ? n : 0.0;
    }
    return VG_OK;
}

/* What the sign of an odds ratio says of a scale must have been said. */
static VgStatus check_conversion(const VgEvidencePlan *plan, VgError *error)
{
    if (plan->convert_events == VG_CONVERT_NONE)
        return VG_OK;
    if (plan->measure != VG_MEASURE_SMD && plan->measure != VG_MEASURE_COHEN_D)
        return vg_fail(error, VG_INVALID_INPUT, "events are converted into %s",
                       "convert_events goes with the measures smd and d",
                       vg_measure_label(plan->measure));
    if (!plan->direction_known)
        return vg_fail(error, VG_INVALID_INPUT, "events are converted, but is lower better?",
                       "say the direction of the outcome, so that the sign is known");
    if (plan->events_are == VG_EVENTS_NOT_SAID)
        return vg_fail(error, VG_INVALID_INPUT, "events are converted, but are they good or bad?",
                       "events_are: better (response, remission) or worse (relapse)");
    return VG_OK;
}

VgStatus vg_study_effects(VgArena *arena, const VgExtraction *extraction,
                          const VgEvidencePlan *plan, VgStudyEffects **result, VgError *error)
{
    size_t n = extraction->n_rows;
    VG_TRY(check_conversion(plan, error));
    double level = plan->level > 0.0 && plan->level < 1.0 ? plan->level : 0.95;
    Maker maker = {.arena = arena,
                   .extraction = extraction,
                   .plan = plan,
                   .row = VG_NEW(arena, VgStudyRow, n),
                   .used = VG_NEW(arena, bool, n),
                   .add = VG_NEW(arena, double, n),
                   .out = VG_NEW(arena, VgStudyEffects, 1),
                   .z = vg_normal_quantile(0.5 + 0.5 * level)};
    VgStudyEffects *out = maker.out;
    if (!maker.row || !maker.used || !maker.add || !out)
        return vg_fail_memory(error);
    out->measure = plan->measure;
    out->effect = VG_NEW(arena, VgStudyEffect, n);
    out->y = VG_NEW(arena, double, n);
    out->v = VG_NEW(arena, double, n);
    out->dropped = VG_NEW(arena, VgStudyDropped, n);
    out->question = VG_NEW(arena, VgStudyQuestion, n);
    if (!out->effect || !out->y || !out->v || !out->dropped || !out->question)
        return vg_fail_memory(error);
    VG_TRY(prepare(&maker, error));
    VG_TRY(zero_cells(&maker));
    cluster(&maker);
    VG_TRY(share(&maker, error));
    for (size_t i = 0; i < n; i++)
        if (maker.used[i])
            VG_TRY(effect_of_row(&maker, i, error));
    if (out->n == 0)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, file_of(&maker), 0, "no row gives an effect%s%s",
                          "check the measure and the names of the columns",
                          out->n_dropped ? ": " : "", out->n_dropped ? out->dropped[0].reason : "");
    if (plan->shared_control == VG_SHARED_CONTROL_MODEL)
        VG_TRY(blocks(&maker, error));
    VG_TRY(count_people(&maker, error));
    *result = out;
    return VG_OK;
}
