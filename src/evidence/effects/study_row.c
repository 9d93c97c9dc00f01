/* Which of the published numbers a row's effect is made of. In this order: both arms' endpoints; both arms' changes;
 * a test statistic with the numbers of people; the published effect with its standard error.
 * F and p carry no sign: it comes from the means, or they are not used. */
#include "evidence/effects/study_row.h"

#include <math.h>

#include "numeric/distributions.h"

double vg_row_correlation(const VgExtractionRow *row, const VgEvidencePlan *plan, bool *assumed)
{
    *assumed = !vg_known(row->correlation);
    if (!*assumed)
        return row->correlation;
    return plan->pre_post_correlation != 0.0 ? plan->pre_post_correlation : (double)NAN;
}

bool vg_row_means_are_changes(const VgExtractionRow *row)
{
    return row->measured == VG_MEASURED_CHANGE && !vg_known(row->group[0].change) &&
           !vg_known(row->group[1].change);
}

VgExtractionGroup vg_row_group(const VgExtractionRow *row, int i)
{
    VgExtractionGroup group = row->group[i];
    if (vg_row_means_are_changes(row)) {
        group.change = group.mean;
        group.sd_change = group.sd;
        group.mean = group.sd = group.se = group.lower = group.upper = group.median = NAN;
    }
    return group;
}

double vg_row_design_effect(const VgExtractionRow *row, const VgEvidencePlan *plan, VgNote *note)
{
    if (row->design == VG_DESIGN_CLUSTER && !vg_known(row->cluster_size))
        return NAN;
    if (!vg_known(row->cluster_size) || row->cluster_size <= 1.0)
        return 1.0;
    bool assumed = !vg_known(row->intracluster_correlation);
    double icc = row->intracluster_correlation;
    if (assumed)
        icc = plan->intracluster_correlation != 0.0 ? plan->intracluster_correlation : (double)NAN;
    if (!vg_known(icc))
        return NAN;
    double effect = 1.0 + (row->cluster_size - 1.0) * icc;
    vg_note_add(note, assumed, "cluster trial: design effect %.4g (ICC = %.3g%s)", effect, icc,
                assumed ? " assumed" : "");
    return effect;
}

static void unusable(VgStudyRow *out, const char *why)
{
    out->kind = VG_ROW_UNUSABLE;
    out->why = why;
}

static bool direct_effect(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    (void)plan;
    if (!vg_known(row->effect))
        return false;
    double se = row->effect_se;
    if (!vg_known(se) && vg_known(row->effect_lower) && vg_known(row->effect_upper)) {
        se = (row->effect_upper - row->effect_lower) / (2.0 * vg_normal_quantile(0.975));
        vg_note_add(&out->note, false, "SE from CI");
    }
    if (!(se > 0.0)) {
        out->why = "an effect without its standard error or interval";
        return false;
    }
    if (plan->measure != VG_MEASURE_GENERIC)
        vg_note_add(&out->note, false, "effect as published");
    out->kind = VG_ROW_DIRECT;
    out->direct = (VgEffect){row->effect, se * se, NAN};
    return true;
}

/* Sign of the difference when means are there, for F and p; 0 = not known. */
static double sign_of_difference(const VgExtractionRow *row)
{
    double difference = row->group[0].mean - row->group[1].mean;
    if (!vg_known(difference))
        difference = row->group[0].change - row->group[1].change;
    if (!vg_known(difference))
        difference = row->effect;
    return vg_known(difference) ? (difference > 0.0) - (difference < 0.0) : 0.0;
}

static double t_of(const VgExtractionRow *row, double df, VgNote *note, const char **why)
{
    if (vg_known(row->t)) {
        vg_note_add(note, false, "from t");
        return row->t;
    }
    double size = NAN;
    if (vg_known(row->f) && row->f >= 0.0)
        size = sqrt(row->f);
    else if (row->p > 0.0 && row->p <= 1.0 && df > 0.0)
        size = -vg_t_quantile(0.5 * row->p, df);
    if (!vg_known(size))
        return NAN;
    double sign = sign_of_difference(row);
    if (sign == 0.0 && size > 0.0) {
        *why = "F and p carry no sign: give the means too, or t";
        return NAN;
    }
    vg_note_add(note, false, vg_known(row->f) ? "from F" : "from p");
    return sign * size;
}

static bool from_statistic(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    double n1 = row->group[0].n, n2 = row->group[1].n;
    if (!vg_known(n1) || !vg_known(n2))
        return false;
    VgNote note = out->note;
    double t = t_of(row, n1 + n2 - 2.0, &note, &out->why);
    if (!vg_known(t))
        return false;
    VgEffect effect;
    if (plan->measure == VG_MEASURE_SMD || plan->measure == VG_MEASURE_COHEN_D) {
        effect = vg_effect_from_t(plan, t, n1, n2);
    } else if (plan->measure == VG_MEASURE_MD && t != 0.0) {
        double difference = row->group[0].mean - row->group[1].mean;
        if (!vg_known(difference))
            difference = row->group[0].change - row->group[1].change;
        if (!vg_known(difference))
            difference = row->effect;
        if (!vg_known(difference))
            return false;
        effect = (VgEffect){difference, difference / t * (difference / t), NAN};
    } else {
        return false;
    }
    out->note = note;
    out->direct = effect;
    out->kind = VG_ROW_DIRECT;
    return true;
}

static bool both_endpoints(const VgExtractionRow *row, bool standardised, VgStudyRow *out)
{
    VgNote note = out->note;
    for (int i = 0; i < 2; i++)
        if (!vg_arm_endpoint(&row->group[i], standardised, &out->arm[i], &note))
            return false;
    out->note = note;
    return true;
}

static bool both_changes(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    VgNote note = out->note;
    bool assumed, standardised = vg_measure_is_standardised(plan->measure);
    bool of_mean = vg_row_means_are_changes(row);
    double r = vg_row_correlation(row, plan, &assumed);
    for (int i = 0; i < 2; i++)
        if (!vg_arm_change(&row->group[i], of_mean, r, assumed, standardised, &out->arm[i], &note,
                           &out->why))
            return false;
    out->note = note;
    out->change = true;
    return true;
}

/* The odds ratio of the row's events as a standardised difference. */
static bool from_events(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    VgArmSummary arm[2];
    if (plan->measure != VG_MEASURE_SMD && plan->measure != VG_MEASURE_COHEN_D)
        return false;
    for (int i = 0; i < 2; i++) {
        arm[i] = (VgArmSummary){row->group[i].n, NAN, NAN, NAN, row->group[i].events};
        if (!vg_known(arm[i].n) || !vg_known(arm[i].events))
            return false;
    }
    if (plan->convert_events == VG_CONVERT_NONE) {
        if (out->empty)
            out->why = "it gives only events (convert_events: logistic makes a standardised "
                       "difference of them)";
        return false;
    }
    bool zero =
        vg_has_zero_cell(arm[0].events, arm[0].n) || vg_has_zero_cell(arm[1].events, arm[1].n);
    bool adds = (zero && plan->zero_cells != VG_ZERO_NONE) || plan->zero_cells == VG_ZERO_ALWAYS;
    double add = !adds ? 0.0 : plan->zero_add > 0.0 ? plan->zero_add : 0.5;
    out->kind = VG_ROW_DIRECT;
    out->direct = vg_effect_from_events(plan, arm, add);
    if (row->flipped) /* better is better on any scale; the sign is turned once more later */
        out->direct.y = -out->direct.y;
    out->arm[0].events = arm[0].events;
    out->arm[1].events = arm[1].events;
    vg_note_add(&out->note, true, "from events %g/%g and %g/%g (log OR %s)", arm[0].events,
                arm[0].n, arm[1].events, arm[1].n,
                plan->convert_events == VG_CONVERT_NORMAL ? "/ 1.65" : "√3/π");
    if (add > 0.0)
        vg_note_add(&out->note, false, "%.3g added to each cell", add);
    return true;
}

/* The same people under both treatments: paired standard errors, or none. */
static void crossover(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    VgMeasure measure = plan->measure;
    bool assumed = !vg_known(row->crossover_correlation);
    double r = assumed ? plan->crossover_correlation : row->crossover_correlation;
    out->why = "a crossover trial: means with SDs and the correlation of one person's values are "
               "needed (md, smd, d), or the effect with its paired standard error";
    bool smd = measure == VG_MEASURE_SMD || measure == VG_MEASURE_COHEN_D;
    bool known = vg_known(r) && (r != 0.0 || !assumed) && fabs(r) < 1.0;
    bool got = known && (smd || measure == VG_MEASURE_MD) &&
               ((row->measured != VG_MEASURED_CHANGE && both_endpoints(row, false, out)) ||
                (!smd && row->measured != VG_MEASURED_ENDPOINT && both_changes(row, plan, out)));
    if (got && out->arm[0].n == out->arm[1].n) {
        out->kind = VG_ROW_DIRECT;
        out->crossover = true;
        out->direct = vg_effect_crossover(plan, out->arm, r);
        vg_note_add(&out->note, assumed, "crossover: paired SE (r = %.3g%s)", r,
                    assumed ? " assumed" : "");
    } else if (direct_effect(row, plan, out)) {
        out->crossover = vg_known(out->arm[0].n) && out->arm[0].n == out->arm[1].n;
        vg_note_add(&out->note, false, "crossover: SE taken as paired");
    }
}

static void means(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    bool standardised = vg_measure_is_standardised(plan->measure);
    bool got = (row->measured != VG_MEASURED_CHANGE && both_endpoints(row, standardised, out)) ||
               (plan->measure != VG_MEASURE_ROM && row->measured != VG_MEASURED_ENDPOINT &&
                both_changes(row, plan, out));
    if (!got) {
        if (plan->measure == VG_MEASURE_ROM && row->measured == VG_MEASURED_CHANGE)
            out->why = "a ratio of means needs endpoints, not changes";
        if (!from_statistic(row, plan, out) && !direct_effect(row, plan, out))
            (void)from_events(row, plan, out);
        return;
    }
    out->kind = VG_ROW_MEANS;
    if (plan->measure == VG_MEASURE_ROM && !(out->arm[0].mean / out->arm[1].mean > 0.0))
        unusable(out, "a ratio of means needs means of one sign, neither of them 0");
}

static void counts(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    VgNote note = out->note;
    VgExtractionGroup group[2] = {vg_row_group(row, 0), vg_row_group(row, 1)};
    bool got = vg_arm_events(&group[0], plan, &out->arm[0], &note) &&
               vg_arm_events(&group[1], plan, &out->arm[1], &note);
    if (got) {
        out->note = note;
        out->kind = VG_ROW_COUNTS;
    } else {
        (void)direct_effect(row, plan, out);
    }
}

/* Change of one group, standardised; false: not there. */
static bool change_of_group(const VgExtractionRow *row, const VgEvidencePlan *plan,
                            const VgExtractionGroup *g, VgNote *note, VgEffect *effect,
                            const char **why)
{
    bool assumed;
    double r = vg_row_correlation(row, plan, &assumed);
    double change = vg_known(g->change) ? g->change : g->mean - g->baseline_mean;
    *why = "needs n and the change, or the means of baseline and endpoint";
    if (!(g->n >= 2.0) || !vg_known(change))
        return false;
    bool raw = plan->measure == VG_MEASURE_SMCR;
    if (assumed && vg_known(vg_change_correlation(g))) {
        r = vg_change_correlation(g);
        assumed = false;
        vg_note_add(note, false, "r = %.3g from the SDs", r);
    } else if ((raw || !vg_known(g->sd_change)) && vg_known(r)) {
        vg_note_add(note, assumed, "r = %.3g%s", r, assumed ? " assumed" : "");
        note->assumed_correlation = note->assumed_correlation || assumed;
    }
    double unit = raw ? g->baseline_sd : g->sd_change;
    if (!raw && !vg_known(unit))
        unit = vg_change_sd(g->baseline_sd, g->sd, r);
    *why = raw ? "needs the SD of the baseline" : "needs the SD of the change, or both SDs with r";
    if (!(unit > 0.0))
        return false;
    *why = "needs the correlation of baseline and endpoint: give it, or assume one";
    if (raw && !vg_known(r))
        return false;
    *effect = vg_effect_change(plan, g->n, change, unit, r);
    return true;
}

/* One group's change, or the difference of two independent groups' (Becker 1988). */
static void changes(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    VgEffect effect[2];
    bool two = vg_known(row->group[1].n);
    VgExtractionGroup group[2] = {vg_row_group(row, 0), vg_row_group(row, 1)};
    for (int i = 0; i < 1 + two; i++)
        if (!change_of_group(row, plan, &group[i], &out->note, &effect[i], &out->why)) {
            const char *why = out->why;
            if (!direct_effect(row, plan, out))
                out->why = why;
            return;
        }
    out->kind = VG_ROW_DIRECT;
    out->direct = effect[0];
    if (two) {
        double a = effect[0].precision_se, b = effect[1].precision_se;
        out->direct =
            (VgEffect){effect[0].y - effect[1].y, effect[0].v + effect[1].v, sqrt(a * a + b * b)};
    }
}

static void one_group(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    VgNote note = out->note;
    VgExtractionGroup group = vg_row_group(row, 0);
    bool got = plan->measure == VG_MEASURE_MEAN
                   ? vg_arm_endpoint(&row->group[0], false, &out->arm[0], &note)
                   : vg_arm_events(&group, plan, &out->arm[0], &note);
    if (got) {
        out->change = plan->measure == VG_MEASURE_MEAN && vg_row_means_are_changes(row);
        if (out->change)
            vg_note_add(&note, false, "change scores");
        out->note = note;
        out->kind = VG_ROW_ONE_GROUP;
    } else {
        (void)direct_effect(row, plan, out);
    }
}

static void correlation(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    double r = row->correlation, n = vg_known(row->group[0].n) ? row->group[0].n : row->total_n;
    if (vg_known(r) && vg_known(n)) {
        if (n < 4.0) {
            unusable(out, "a correlation needs at least 4 people");
            return;
        }
        out->kind = VG_ROW_DIRECT;
        out->direct = vg_effect_correlation(plan->measure, r, n);
        out->arm[0].n = n;
    } else {
        (void)direct_effect(row, plan, out);
    }
}

static bool any_number(const VgExtractionRow *row, const VgEvidencePlan *plan)
{
    VgMeasure measure = plan->measure;
    bool converted = plan->convert_events != VG_CONVERT_NONE &&
                     (measure == VG_MEASURE_SMD || measure == VG_MEASURE_COHEN_D);
    bool any = vg_known(row->effect);
    for (int i = 0; i < 2; i++) {
        const VgExtractionGroup *g = &row->group[i];
        bool of_means = vg_known(g->mean) || vg_known(g->median) || vg_known(g->change) ||
                        vg_known(g->lower) || vg_known(g->sd) || vg_known(g->sd_change);
        if (measure == VG_MEASURE_GENERIC)
            continue;
        any = any ||
              (vg_measure_is_binary(measure) ||
                       (measure >= VG_MEASURE_PROPORTION && measure <= VG_MEASURE_FREEMAN_TUKEY)
                   ? vg_known(g->events)
                   : measure <= VG_MEASURE_MEAN && of_means) ||
              (converted && vg_known(g->events));
    }
    bool of_test = vg_known(row->t) || vg_known(row->f) || vg_known(row->p);
    any = any || (measure >= VG_MEASURE_SMD && measure <= VG_MEASURE_MD && of_test);
    return any || (measure >= VG_MEASURE_CORRELATION && vg_known(row->correlation));
}

void vg_study_row(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out)
{
    *out = (VgStudyRow){.why = "lacks what the measure needs", .design_effect = 1.0};
    for (int i = 0; i < 2; i++)
        out->arm[i] = (VgArmSummary){row->group[i].n, NAN, NAN, NAN, NAN};
    out->empty = !any_number(row, plan);
    if (out->empty)
        out->why = "no numbers for this measure";
    VgMeasure measure = plan->measure;
    if (row->design == VG_DESIGN_CROSSOVER)
        crossover(row, plan, out);
    else if (measure == VG_MEASURE_GENERIC)
        (void)direct_effect(row, plan, out);
    else if (vg_measure_of_means(measure))
        means(row, plan, out);
    else if (vg_measure_is_binary(measure))
        counts(row, plan, out);
    else if (measure == VG_MEASURE_SMCR || measure == VG_MEASURE_SMCC)
        changes(row, plan, out);
    else if (measure == VG_MEASURE_CORRELATION || measure == VG_MEASURE_FISHER_Z)
        correlation(row, plan, out);
    else
        one_group(row, plan, out);
    if (out->kind == VG_ROW_UNUSABLE)
        return;
    out->design_effect = vg_row_design_effect(row, plan, &out->note);
    if (!(out->design_effect > 0.0))
        unusable(out, "a cluster trial without the size of its clusters or its intracluster "
                      "correlation");
}
