/* What can be wrong within one row of an extraction table. */
#include "study/extraction.h"

#include <math.h>

/* A standard error given to one digit may be off by a third of it: contradiction begins beyond that. */
static const double CONTRADICTS = 0.34;

typedef struct Check {
    VgExtractionReader *reader;
    const VgExtractionRow *row;
} Check;

static const char *side(const Check *check, int g)
{
    VgMeasure measure = check->reader->plan->measure;
    if (check->reader->extraction->arm_based || measure >= VG_MEASURE_MEAN)
        return "the group";
    return g == 0 ? "group 1 (treatment)" : "group 2 (control)";
}

static bool whole(double x)
{
    return x == floor(x);
}

static bool known(double x)
{
    return !isnan(x);
}

static bool of_counts(VgMeasure measure)
{
    return (measure >= VG_MEASURE_OR && measure <= VG_MEASURE_ARCSINE) ||
           (measure >= VG_MEASURE_PROPORTION && measure <= VG_MEASURE_FREEMAN_TUKEY);
}

static bool of_means(VgMeasure measure)
{
    return (measure >= VG_MEASURE_SMD && measure <= VG_MEASURE_SMCC) || measure == VG_MEASURE_MEAN;
}

static void check_n(const Check *check, int g)
{
    VgExtractionReader *reader = check->reader;
    const VgExtractionGroup *group = &check->row->group[g];
    size_t line = check->row->line;
    if (known(group->n) && (group->n < 2.0 || isinf(group->n)))
        vg_extraction_fault(reader, VG_FAULT_N, line, "%s: %s has n = %g",
                            "a group has 2 people or more", check->row->study, side(check, g),
                            group->n);
    else if (known(group->n) && !whole(group->n))
        vg_extraction_fault(reader, VG_FAULT_FRACTION, line, "%s: %s has n = %g",
                            "an arm split by hand? shared_control: split does that, cluster_size "
                            "and icc correct cluster trials",
                            check->row->study, side(check, g), group->n);
    bool numbers = of_counts(reader->plan->measure)
                       ? known(group->events)
                       : of_means(reader->plan->measure) &&
                             (known(group->mean) || known(group->median) || known(group->change));
    if (!known(group->n) && numbers)
        vg_extraction_fault(reader, VG_FAULT_N, line, "%s: %s has no n",
                            "give the number of people analysed", check->row->study,
                            side(check, g));
}

static void check_spread(const Check *check, int g)
{
    const VgExtractionGroup *group = &check->row->group[g];
    const struct {
        double value;
        const char *what;
    } spread[] = {
        {group->sd, "SD"}, {group->sd_change, "SD of change"}, {group->baseline_sd, "baseline SD"}};
    for (size_t i = 0; i < sizeof spread / sizeof *spread; i++)
        if (known(spread[i].value) && !(spread[i].value > 0.0 && isfinite(spread[i].value)))
            vg_extraction_fault(check->reader, VG_FAULT_SD, check->row->line, "%s: %s of %s is %g",
                                "an SD is above 0: if nothing varied or it was not reported, leave "
                                "the cell empty",
                                check->row->study, spread[i].what, side(check, g), spread[i].value);
    if (known(group->se) && !(group->se > 0.0))
        vg_extraction_fault(check->reader, VG_FAULT_SE, check->row->line,
                            "%s: the standard error of %s is %g", "a standard error is above 0",
                            check->row->study, side(check, g), group->se);
}

static void check_order(const Check *check, int g)
{
    const VgExtractionGroup *group = &check->row->group[g];
    size_t line = check->row->line;
    const char *hint = "limits, quartiles and range stand in ascending order";
    if (group->lower >= group->upper)
        vg_extraction_fault(check->reader, VG_FAULT_ORDER, line,
                            "%s: the limits of %s are %g and %g", hint, check->row->study,
                            side(check, g), group->lower, group->upper);
    if (group->mean < group->lower || group->mean > group->upper)
        vg_extraction_fault(check->reader, VG_FAULT_CONTRADICTION, line,
                            "%s: the mean %g of %s is outside its limits %g and %g",
                            "the limits are those of the mean's 95 % interval", check->row->study,
                            group->mean, side(check, g), group->lower, group->upper);
    double step[] = {group->minimum, group->q1, group->median, group->q3, group->maximum};
    double last = NAN;
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        if (!known(step[i]))
            continue;
        if (step[i] < last) {
            vg_extraction_fault(check->reader, VG_FAULT_ORDER, line,
                                "%s: minimum, quartiles and maximum of %s are out of order", hint,
                                check->row->study, side(check, g));
            break;
        }
        last = step[i];
    }
    if (group->q1 == group->q3 || group->minimum == group->maximum)
        vg_extraction_fault(check->reader, VG_FAULT_SD, line,
                            "%s: quartiles or range of %s have no width",
                            "no SD can be had from them", check->row->study, side(check, g));
}

static void check_sd_with_se(const Check *check, int g)
{
    const VgExtractionGroup *group = &check->row->group[g];
    if (!(group->sd > 0.0) || !(group->n >= 2.0))
        return;
    double se = group->sd / sqrt(group->n);
    if (group->se > 0.0 && fabs(group->se - se) > CONTRADICTS * se)
        vg_extraction_fault(
            check->reader, VG_FAULT_CONTRADICTION, check->row->line,
            "%s: SD %g and standard error %g of %s contradict each other with n = %g",
            "SE = SD/√n: keep the one that is right", check->row->study, group->sd, group->se,
            side(check, g), group->n);
    double half = 0.5 * (group->upper - group->lower);
    /* between the quantiles of the normal and of t on one degree of freedom, with rounding */
    if (half > 0.0 && (half < 1.3 * se || half > (group->n < 6.0 ? 13.0 : 3.5) * se))
        vg_extraction_fault(check->reader, VG_FAULT_CONTRADICTION, check->row->line,
                            "%s: SD %g and limits %g, %g of %s contradict each other with n = %g",
                            "the limits are those of the mean's 95 % interval: keep what is right",
                            check->row->study, group->sd, group->lower, group->upper,
                            side(check, g), group->n);
}

static void check_events(const Check *check, int g)
{
    VgExtractionReader *reader = check->reader;
    const VgExtractionGroup *group = &check->row->group[g];
    double rest = reader->non_events[g][check->row->row];
    size_t line = check->row->line;
    if (group->events < 0.0 || rest < 0.0)
        vg_extraction_fault(reader, VG_FAULT_COUNT, line, "%s: %s has a negative count",
                            "events are counts of people", check->row->study, side(check, g));
    else if (known(group->events) && !whole(group->events))
        vg_extraction_fault(reader, VG_FAULT_PERCENT, line, "%s: %g events in %s",
                            "events are counts of people: if this is a percentage, enter the "
                            "number it stands for",
                            check->row->study, group->events, side(check, g));
    else if (known(rest) && !whole(rest))
        vg_extraction_fault(reader, VG_FAULT_PERCENT, line, "%s: %g people without event in %s",
                            "these are counts of people", check->row->study, rest, side(check, g));
    else if (group->events > group->n)
        vg_extraction_fault(reader, VG_FAULT_ABOVE_N, line, "%s: %g events among %g people in %s",
                            "events cannot exceed n: percentage typed as events?",
                            check->row->study, group->events, group->n, side(check, g));
    else if (known(rest) && group->events + rest != group->n && known(group->n) &&
             known(group->events))
        vg_extraction_fault(reader, VG_FAULT_CONTRADICTION, line,
                            "%s: %g events and %g without make not n = %g in %s",
                            "keep the numbers that are right", check->row->study, group->events,
                            rest, group->n, side(check, g));
}

static void check_ranges(const Check *check)
{
    const VgExtractionRow *row = check->row;
    VgMeasure measure = check->reader->plan->measure;
    bool fisher = measure == VG_MEASURE_CORRELATION || measure == VG_MEASURE_FISHER_Z;
    bool uses_r = fisher || of_means(measure);
    bool uses_tests = measure >= VG_MEASURE_SMD && measure <= VG_MEASURE_MD;
    const struct {
        double value, low, high;
        const char *what, *hint;
    } range[] = {
        {uses_r ? row->correlation : (double)NAN, -1.0, 1.0, "correlation",
         "a correlation lies between -1 and 1"},
        {row->intracluster_correlation, 0.0, 1.0, "intracluster correlation",
         "it lies between 0 and 1"},
        {uses_tests ? row->p : (double)NAN, 0.0, 1.0, "p", "a p-value lies between 0 and 1"},
        {uses_tests ? row->f : (double)NAN, 0.0, INFINITY, "F", "F is not negative"},
        {row->crossover_correlation, -1.0, 1.0, "crossover correlation",
         "a correlation lies between -1 and 1"},
        {row->cluster_size, 1.0, INFINITY, "cluster size", "the mean number of people a cluster"},
    };
    for (size_t i = 0; i < sizeof range / sizeof *range; i++)
        if (range[i].value < range[i].low || range[i].value > range[i].high)
            vg_extraction_fault(check->reader, VG_FAULT_RANGE, row->line, "%s: %s is %g",
                                range[i].hint, row->study, range[i].what, range[i].value);
    if (uses_r && fabs(row->correlation) == 1.0)
        vg_extraction_fault(check->reader, VG_FAULT_RANGE, row->line, "%s: correlation is %g",
                            fisher ? "a perfect correlation has no sampling variance"
                                   : "baseline and endpoint are not the same number",
                            row->study, row->correlation);
    if (fisher && row->group[0].n < 4.0)
        vg_extraction_fault(check->reader, VG_FAULT_N, row->line,
                            "%s: a correlation among %g people", "it needs 4 people or more",
                            row->study, row->group[0].n);
}

static void check_effect(const Check *check)
{
    const VgExtractionRow *row = check->row;
    if (!known(row->effect))
        return;
    if (known(row->effect_se) && !(row->effect_se > 0.0 && isfinite(row->effect_se)))
        vg_extraction_fault(check->reader, VG_FAULT_SE, row->line,
                            "%s: the standard error of the effect is %g",
                            "a standard error is above 0", row->study, row->effect_se);
    double width = row->effect_upper - row->effect_lower;
    if (row->effect_lower >= row->effect_upper)
        vg_extraction_fault(
            check->reader, VG_FAULT_ORDER, row->line, "%s: the limits of the effect are %g and %g",
            "the lower limit comes first", row->study, row->effect_lower, row->effect_upper);
    else if (row->effect < row->effect_lower || row->effect > row->effect_upper)
        vg_extraction_fault(check->reader, VG_FAULT_CONTRADICTION, row->line,
                            "%s: the effect %g is outside its limits %g and %g",
                            "correct the one that is wrong", row->study, row->effect,
                            row->effect_lower, row->effect_upper);
    else if (!known(row->effect_se) &&
             fabs(0.5 * (row->effect_lower + row->effect_upper) - row->effect) > 0.1 * width)
        vg_extraction_fault(check->reader, VG_FAULT_CONTRADICTION, row->line,
                            "%s: the effect %g is not in the middle of its limits %g and %g",
                            "ratios are entered as logarithms: ln of effect and limits", row->study,
                            row->effect, row->effect_lower, row->effect_upper);
}

/* ---- what the measure needs ----------------------------------------------------------------------- */

static bool has_centre(const VgExtractionGroup *g)
{
    return known(g->mean) || known(g->median) || known(g->change) ||
           (known(g->lower) && known(g->upper));
}

static bool has_spread(const VgExtractionGroup *g)
{
    bool ranges = (known(g->q1) && known(g->q3)) || (known(g->minimum) && known(g->maximum));
    return known(g->sd) || known(g->se) || (known(g->lower) && known(g->upper)) || ranges ||
           known(g->sd_change) || known(g->baseline_sd);
}

static bool published(const VgExtractionRow *row)
{
    return known(row->effect) &&
           (known(row->effect_se) || (known(row->effect_lower) && known(row->effect_upper)));
}

static void incomplete(const Check *check, const char *what, const char *hint)
{
    vg_extraction_fault(check->reader, VG_FAULT_INCOMPLETE, check->row->line, "%s: %s", hint,
                        check->row->study, what);
}

static void nothing(const Check *check)
{
    vg_extraction_fault(check->reader, VG_FAULT_EMPTY, check->row->line,
                        "%s: no numbers for the measure %s; the row is left out",
                        "other measures may use it", check->row->study,
                        vg_measure_names[check->reader->plan->measure]);
}

static void need_counts(const Check *check, int groups)
{
    bool have[2] = {false, false}, some = false;
    for (int g = 0; g < groups; g++) {
        const VgExtractionGroup *group = &check->row->group[g];
        have[g] = known(group->events) ||
                  (known(group->baseline_mean) && has_centre(group) && has_spread(group));
        some = some || have[g];
    }
    if (groups == 1 ? have[0] : have[0] && have[1])
        return;
    if (some)
        vg_extraction_fault(check->reader, VG_FAULT_ONE_ARM, check->row->line,
                            "%s: events of one arm only",
                            "both arms are needed: a study with one "
                            "arm has no contrast",
                            check->row->study);
    else
        nothing(check);
}

/* A row without means may have events, which a standardised difference can be had from. */
static void need_events(const Check *check)
{
    const VgExtractionRow *row = check->row;
    const VgEvidencePlan *plan = check->reader->plan;
    bool smd = plan->measure == VG_MEASURE_SMD || plan->measure == VG_MEASURE_COHEN_D;
    if (!smd || !known(row->group[0].events) || !known(row->group[1].events))
        nothing(check);
    else if (plan->convert_events == VG_CONVERT_NONE)
        vg_extraction_fault(check->reader, VG_FAULT_EMPTY, row->line,
                            "%s: events, but no numbers for the measure %s; the row is left out",
                            "convert_events: logistic makes a standardised difference of them",
                            row->study, vg_measure_names[plan->measure]);
    else if (!known(row->group[0].n) || !known(row->group[1].n))
        incomplete(check, "events without n", "give the number of people");
}

static void need_means(const Check *check, int groups)
{
    const VgExtractionRow *row = check->row;
    VgMeasure measure = check->reader->plan->measure;
    bool statistic = measure <= VG_MEASURE_MD && (known(row->t) || known(row->f) || known(row->p));
    size_t centres = 0;
    for (int g = 0; g < groups; g++)
        centres += has_centre(&row->group[g]);
    if (statistic)
        return;
    if (centres == 0) {
        need_events(check);
        return;
    }
    bool one_group_change =
        (measure == VG_MEASURE_SMCR || measure == VG_MEASURE_SMCC) && !known(row->group[1].n);
    if (centres < (size_t)groups && !one_group_change) {
        vg_extraction_fault(
            check->reader, VG_FAULT_ONE_ARM, row->line, "%s: a mean of one arm only",
            "both arms are needed: a study with one arm has no contrast", row->study);
        return;
    }
    for (int g = 0; g < groups; g++)
        if (has_centre(&row->group[g]) && !has_spread(&row->group[g])) {
            incomplete(check,
                       g == 0 && groups == 2 ? "group 1 has a mean, but nothing that gives its SD"
                       : groups == 2         ? "group 2 has a mean, but nothing that gives its SD"
                                             : "a mean, but nothing that gives its SD",
                       "give the SD, or its SE, 95 % interval, quartiles or range");
            return;
        }
    if (measure == VG_MEASURE_ROM && !(row->group[0].mean / row->group[1].mean > 0.0) &&
        known(row->group[0].mean) && known(row->group[1].mean))
        incomplete(check, "a ratio of means needs means of one sign, neither of them 0",
                   "choose the mean difference");
}

static void check_needs(const Check *check)
{
    const VgExtractionRow *row = check->row;
    VgMeasure measure = check->reader->plan->measure;
    int groups = check->reader->extraction->arm_based || measure >= VG_MEASURE_MEAN ? 1 : 2;
    if (published(row))
        return;
    if (measure == VG_MEASURE_GENERIC && check->reader->extraction->arm_based) {
        incomplete(check, "arms without a measure",
                   "choose the measure, or give contrasts with treat1 and treat2");
    } else if (measure == VG_MEASURE_GENERIC) {
        if (known(row->effect))
            incomplete(check, "an effect without its standard error",
                       "give the standard error, the variance or the limits");
        else if (known(row->effect_se))
            incomplete(check, "a standard error without its effect", "give the effect");
        else
            nothing(check);
    } else if (of_counts(measure)) {
        need_counts(check, groups);
    } else if (of_means(measure)) {
        need_means(check, groups);
    } else if (!known(row->correlation)) {
        nothing(check);
    } else if (!known(row->group[0].n) && !known(row->total_n)) {
        incomplete(check, "a correlation without n", "give the number of people");
    }
}

/* Whoever was not randomised one by one needs a correlation, or is refused. */
static void check_design(const Check *check)
{
    const VgExtractionRow *row = check->row;
    const VgEvidencePlan *plan = check->reader->plan;
    double n1 = row->group[0].n, n2 = row->group[1].n;
    if (row->design == VG_DESIGN_CLUSTER && !known(row->cluster_size))
        incomplete(check, "a cluster trial without the size of its clusters",
                   "give cluster_size (people a cluster) and icc; a size of 1 where the published "
                   "effect is corrected already");
    if (row->cluster_size > 1.0 && !known(row->intracluster_correlation) &&
        !(plan->intracluster_correlation > 0.0))
        incomplete(check, "a cluster trial without its intracluster correlation",
                   "give icc, or assume one for all (intracluster_correlation)");
    if (row->design != VG_DESIGN_CROSSOVER || published(row) || plan->measure == VG_MEASURE_GENERIC)
        return;
    if (plan->measure != VG_MEASURE_MD && plan->measure != VG_MEASURE_SMD &&
        plan->measure != VG_MEASURE_COHEN_D)
        incomplete(check, "a crossover trial has paired values, which this measure does not take",
                   "give the effect with its paired standard error, or the first period alone as a "
                   "parallel trial");
    else if (!known(row->crossover_correlation) && !(fabs(plan->crossover_correlation) > 0.0))
        incomplete(check, "a crossover trial without the correlation of one person's values",
                   "give crossover_correlation, or assume one for all (crossover_correlation)");
    else if (n1 != n2 && known(n1) && known(n2))
        vg_extraction_fault(check->reader, VG_FAULT_CONTRADICTION, row->line,
                            "%s: a crossover trial with %g and %g people",
                            "the same people received both: give those with both values twice",
                            row->study, n1, n2);
}

void vg_extraction_check_row(VgExtractionReader *reader, size_t i)
{
    Check check = {reader, &reader->extraction->row[i]};
    bool uses_arms = reader->plan->measure != VG_MEASURE_GENERIC;
    bool uses_events =
        of_counts(reader->plan->measure) || reader->plan->convert_events != VG_CONVERT_NONE;
    for (int g = 0; g < 2 && uses_arms; g++) {
        check_n(&check, g);
        check_spread(&check, g);
        check_order(&check, g);
        check_sd_with_se(&check, g);
        if (uses_events)
            check_events(&check, g);
    }
    double people[] = {check.row->group[0].n, check.row->group[1].n, check.row->total_n};
    for (int k = uses_arms ? 2 : 0; k < 3; k++)
        if (people[k] < 1.0 || isinf(people[k]))
            vg_extraction_fault(reader, VG_FAULT_N, check.row->line, "%s: n = %g",
                                "the number of people is 1 or more", check.row->study, people[k]);
    check_ranges(&check);
    check_effect(&check);
    check_needs(&check);
    check_design(&check);
}
