/* GRADE's five domains by printed rules. The thresholds are conventions of this program, chosen after the GRADE
 * guidelines and said in every row; a reviewer's entry stands before them and the row then says what the rule would
 * have given. Sources: Guyatt 2011 (GRADE guidelines 4 risk of bias, 5 publication bias, 6 imprecision, 7
 * inconsistency, 8 indirectness); Schünemann 2013 (handbook). */
#include <vagus/certainty.h>

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"

const char *const vg_grade_domain_names[] = {"risk_of_bias", "inconsistency",    "indirectness",
                                             "imprecision",  "publication_bias", NULL};
const char *const vg_certainty_level_names[] = {"very low", "low", "moderate", "high", NULL};

static const char *const DOMAIN_WORDS[] = {"risk of bias", "inconsistency", "indirectness",
                                           "imprecision", "publication bias"};
static const char *const SERIOUS[] = {"not serious", "serious", "very serious"};

enum { FEWEST_FOR_BIAS = 10 };

typedef struct Judge {
    VgArena *arena;
    const VgCertaintyData *data;
    bool short_of_memory;
} Judge;

VgCertaintyData vg_certainty_blank(void)
{
    VgInference none = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    return (VgCertaintyData){.pooled = none,
                             .without_high = none,
                             .i2 = NAN,
                             .tau2 = NAN,
                             .prediction_lower = NAN,
                             .prediction_upper = NAN,
                             .important_difference = NAN,
                             .participants = NAN,
                             .events = NAN,
                             .information_size = NAN,
                             .egger_p = NAN,
                             .trimfill_estimate = NAN};
}

static double per_arm(double variance, double difference)
{
    double z = vg_normal_quantile(0.975) + vg_normal_quantile(0.8);
    return ceil(z * z * variance / (difference * difference));
}

double vg_information_size_smd(double difference)
{
    return 2 * per_arm(2, difference);
}

double vg_information_size_risks(double control, double treatment)
{
    return 2 * per_arm(control * (1 - control) + treatment * (1 - treatment), control - treatment);
}

/* A text that was asked for and could not be had is remembered. */
static const char *keep(Judge *judge, const char *text)
{
    judge->short_of_memory = judge->short_of_memory || !text;
    return text;
}

static VgCertaintyRow assessed(Judge *judge, int downgrade, const char *reason, const char *rule)
{
    return (VgCertaintyRow){.assessed = true,
                            .downgrade = downgrade,
                            .judgement = SERIOUS[downgrade],
                            .reason = keep(judge, reason),
                            .rule = rule,
                            .by = "computed"};
}

static VgCertaintyRow not_assessed(Judge *judge, const char *reason, const char *rule)
{
    return (VgCertaintyRow){
        .judgement = "not assessed", .reason = keep(judge, reason), .rule = rule};
}

static size_t n_studies(const VgCertaintyData *data)
{
    return data->studies ? data->studies : data->k;
}

static bool has_difference(const VgCertaintyData *data)
{
    return data->important_difference > 0;
}

static bool contains(double lower, double upper, double value)
{
    return lower <= value && value <= upper;
}

static bool excludes_null(const VgInference *answer, double null_value)
{
    return !contains(answer->lower, answer->upper, null_value);
}

/* The smallest difference that matters, on the side of the pooled effect. */
static double important_threshold(const VgCertaintyData *data)
{
    double side = data->pooled.estimate < data->null_value ? -1 : 1;
    return data->null_value + side * data->important_difference;
}

/* An effect as readers see it: a ratio where logarithms of ratios were pooled. */
static const char *shown(Judge *judge, double effect)
{
    double value = judge->data->ratio ? exp(effect) : effect;
    const char *text =
        keep(judge, vg_arena_printf(judge->arena, "%s%.3g", value < 0 ? "−" : "", fabs(value)));
    return text ? text : "";
}

static const char *effect_text(Judge *judge, const VgInference *answer)
{
    return keep(judge,
                vg_arena_printf(judge->arena, "%s (%s to %s)", shown(judge, answer->estimate),
                                shown(judge, answer->lower), shown(judge, answer->upper)));
}

/* --- Risk of bias --- */

typedef struct Shares {
    double high, some, low, unknown; /* of the weight, per cent */
    size_t n_high;
} Shares;

static Shares weight_shares(const VgCertaintyData *data)
{
    Shares shares = {0};
    double total = 0;
    for (size_t i = 0; i < data->k; i++)
        total += data->weight[i];
    for (size_t i = 0; i < data->k; i++) {
        double share = 100 * data->weight[i] / total;
        switch (data->risk[i]) {
        case VG_RISK_HIGH:
            shares.high += share;
            shares.n_high++;
            break;
        case VG_RISK_SOME_CONCERNS:
            shares.some += share;
            break;
        case VG_RISK_LOW:
            shares.low += share;
            break;
        case VG_RISK_ABSENT:
        case VG_RISK_NO_INFORMATION:
            shares.unknown += share;
            break;
        }
    }
    return shares;
}

static VgCertaintyRow risk_of_bias(Judge *judge)
{
    static const char rule[] = "serious when studies at high risk carry more than 25% of the "
                               "weight, or the interval excludes no effect only "
                               "with them; very serious when both, or when they are all there is; "
                               "not assessed when more than half of the weight "
                               "has no judgement";
    const VgCertaintyData *data = judge->data;
    if (!data->risk || !data->weight)
        return not_assessed(judge, "the table has no risk-of-bias judgements", rule);
    Shares shares = weight_shares(data);
    const char *text = vg_arena_printf(
        judge->arena,
        "weight from studies at high risk %.1f%% (%zu of %zu), some concerns %.1f%%, low %.1f%%, "
        "without judgement %.1f%%",
        shares.high, shares.n_high, data->k, shares.some, shares.low, shares.unknown);
    keep(judge, text);
    if (shares.unknown > 50)
        return not_assessed(judge, text, rule);
    if (shares.n_high == 0)
        return assessed(judge, 0, text, rule);
    if (shares.n_high == data->k)
        return assessed(judge, 2,
                        vg_arena_printf(judge->arena, "%s: no study is left without them", text),
                        rule);
    if (isnan(data->without_high.estimate))
        return assessed(
            judge, shares.high > 25,
            vg_arena_printf(judge->arena, "%s; the effect without them could not be had", text),
            rule);
    bool depends = excludes_null(&data->pooled, data->null_value) &&
                   !excludes_null(&data->without_high, data->null_value);
    return assessed(judge, (shares.high > 25) + depends,
                    vg_arena_printf(judge->arena, "%s; pooled effect without them %s, with them %s",
                                    text, effect_text(judge, &data->without_high),
                                    effect_text(judge, &data->pooled)),
                    rule);
}

/* --- Inconsistency --- */

/* Thresholds that the prediction interval contains and the confidence interval does not, in words. */
static const char *crossed(Judge *judge)
{
    const VgCertaintyData *data = judge->data;
    double threshold = important_threshold(data);
    bool null = excludes_null(&data->pooled, data->null_value) &&
                contains(data->prediction_lower, data->prediction_upper, data->null_value);
    bool important = has_difference(data) &&
                     !contains(data->pooled.lower, data->pooled.upper, threshold) &&
                     contains(data->prediction_lower, data->prediction_upper, threshold);
    if (null && important)
        return keep(judge, vg_arena_printf(judge->arena,
                                           "no effect and the smallest important difference (%s)",
                                           shown(judge, threshold)));
    if (important)
        return keep(judge, vg_arena_printf(judge->arena, "the smallest important difference (%s)",
                                           shown(judge, threshold)));
    return null ? "no effect" : NULL;
}

static VgCertaintyRow inconsistency(Judge *judge)
{
    static const char rule[] =
        "serious when the prediction interval contains no effect or the smallest important "
        "difference and the confidence interval does not, very serious when it then also contains "
        "important effects in both directions; where the confidence interval contains one of the "
        "two itself, or without a prediction interval (fewer than 3 studies), serious when I² is "
        "75% or more";
    const VgCertaintyData *data = judge->data;
    if (n_studies(data) < 2)
        return not_assessed(judge, "one study: consistency cannot be seen", rule);
    if (isnan(data->i2) || isnan(data->tau2))
        return not_assessed(judge, "heterogeneity was not estimated", rule);
    const char *text =
        keep(judge, vg_arena_printf(judge->arena, "I² %.1f%%, τ² %.3g", data->i2, data->tau2));
    if (isnan(data->prediction_lower) || isnan(data->prediction_upper))
        return assessed(judge, data->i2 >= 75,
                        vg_arena_printf(judge->arena, "%s; no prediction interval", text), rule);
    text = keep(judge, vg_arena_printf(judge->arena, "%s, prediction interval %s to %s", text,
                                       shown(judge, data->prediction_lower),
                                       shown(judge, data->prediction_upper)));
    const char *across = crossed(judge);
    double m = data->important_difference;
    bool both = has_difference(data) && data->prediction_lower < data->null_value - m &&
                data->prediction_upper > data->null_value + m;
    if (across)
        return assessed(
            judge, both ? 2 : 1,
            vg_arena_printf(judge->arena,
                            "%s: it contains %s, which the confidence interval excludes%s", text,
                            across, both ? ", and important effects in both directions" : ""),
            rule);
    bool wide = contains(data->pooled.lower, data->pooled.upper, data->null_value) ||
                (has_difference(data) &&
                 contains(data->pooled.lower, data->pooled.upper, important_threshold(data)));
    return assessed(
        judge, wide && data->i2 >= 75,
        vg_arena_printf(judge->arena,
                        "%s: it crosses no threshold that the confidence interval excludes", text),
        rule);
}

/* --- Imprecision --- */

typedef struct InformationSize {
    double needed, have;
    const char *what, *source;
} InformationSize;

static InformationSize information_size(const VgCertaintyData *data)
{
    if (data->information_size > 0)
        return (InformationSize){data->information_size, data->participants, "participants",
                                 "computed for the important difference, alpha .05, power .80"};
    if (data->binary)
        return (InformationSize){300, data->events, "events", "the rule of 300 events"};
    if (data->standardised && has_difference(data))
        return (InformationSize){vg_information_size_smd(data->important_difference),
                                 data->participants, "participants",
                                 "one trial of the important difference, alpha .05, power .80"};
    return (InformationSize){400, data->participants, "participants",
                             "the rule of 400 participants"};
}

static VgCertaintyRow imprecision(Judge *judge, double *needed)
{
    static const char rule[] =
        "serious when the confidence interval contains no effect or the smallest important "
        "difference, or when there is less "
        "information than one adequate trial would have; very serious when the interval contains "
        "important effects in both "
        "directions, or both reasons hold and there is less than half of the information";
    const VgCertaintyData *data = judge->data;
    const VgInference *pooled = &data->pooled;
    double m = data->important_difference;
    bool null = !excludes_null(pooled, data->null_value),
         important = has_difference(data) &&
                     contains(pooled->lower, pooled->upper, important_threshold(data)),
         both = has_difference(data) && pooled->lower < data->null_value - m &&
                pooled->upper > data->null_value + m;
    InformationSize size = information_size(data);
    bool known = size.have >= 0, small = known && size.have < size.needed,
         very_small = known && size.have < 0.5 * size.needed;
    if (strcmp(size.what, "participants") == 0)
        *needed = size.needed;
    const char *crossing = null && important ? "no effect and the smallest important difference"
                           : null            ? "no effect"
                           : important       ? "the smallest important difference"
                                             : NULL;
    const char *interval = keep(
        judge,
        vg_arena_printf(
            judge->arena, "confidence interval %s to %s contains %s%s%s",
            shown(judge, pooled->lower), shown(judge, pooled->upper),
            crossing ? crossing
                     : "neither no effect nor, where declared, the smallest important difference",
            both ? ", and important effects in both directions" : "",
            has_difference(data) ? "" : " (no important difference is declared)"));
    const char *information =
        keep(judge, known ? vg_arena_printf(judge->arena, "%.0f %s of %.0f needed (%s)", size.have,
                                            size.what, size.needed, size.source)
                          : vg_arena_printf(judge->arena,
                                            "%s are not known, so their number was not judged",
                                            size.what));
    int downgrade = both || ((crossing && very_small)) ? 2 : crossing || small ? 1 : 0;
    return assessed(judge, downgrade,
                    vg_arena_printf(judge->arena, "%s; %s", interval, information), rule);
}

/* --- Publication bias --- */

static VgCertaintyRow publication_bias(Judge *judge)
{
    static const char rule[] = "with 10 studies or more: serious when Egger's p is below .05, or "
                               "trim and fill moves the effect towards no effect by "
                               "more than the smallest important difference (without one: by more "
                               "than 20%); with fewer it cannot be judged from data";
    const VgCertaintyData *data = judge->data;
    if (n_studies(data) < FEWEST_FOR_BIAS)
        return not_assessed(
            judge,
            vg_arena_printf(judge->arena,
                            "%zu %s: fewer than 10 cannot show it; undetected is not absent",
                            n_studies(data), n_studies(data) == 1 ? "study" : "studies"),
            rule);
    bool egger = !isnan(data->egger_p), fill = !isnan(data->trimfill_estimate);
    if (!egger && !fill)
        return not_assessed(judge, "neither Egger's test nor trim and fill was made", rule);
    double effect = data->pooled.estimate - data->null_value;
    double shift =
        fill ? (data->trimfill_estimate - data->pooled.estimate) * (effect < 0 ? 1 : -1) : 0;
    double limit = has_difference(data) ? data->important_difference : 0.2 * fabs(effect);
    bool asymmetric = egger && data->egger_p < 0.05, moved = fill && shift > limit;
    const char *first =
        keep(judge, egger ? vg_arena_printf(judge->arena, "Egger's p %.3g", data->egger_p)
                          : "Egger's test was not made");
    const char *second =
        keep(judge,
             fill ? vg_arena_printf(
                        judge->arena, "trim and fill adds %zu %s and gives %s instead of %s",
                        data->trimfill_filled, data->trimfill_filled == 1 ? "study" : "studies",
                        shown(judge, data->trimfill_estimate), shown(judge, data->pooled.estimate))
                  : "trim and fill was not made");
    VgCertaintyRow row = assessed(judge, asymmetric || moved,
                                  vg_arena_printf(judge->arena, "%s; %s", first, second), rule);
    if (row.downgrade == 0)
        row.judgement = "undetected";
    return row;
}

static VgCertaintyRow indirectness(Judge *judge)
{
    return not_assessed(judge, "not assessed: needs a reviewer, who knows the question",
                        "entered by the reviewer: patients, interventions, comparators and "
                        "outcomes of the studies against "
                        "those of the question");
}

/* --- Reviewers' entries --- */

static VgStatus entry_fault(const VgGradeEntry *entry, const char *what, const char *hint,
                            VgError *error)
{
    return vg_fail(error, VG_INVALID_INPUT, "certainty, %s%s: %s", hint,
                   entry->domain ? entry->domain : "an entry without domain",
                   entry->line ? "" : " (command line)", what);
}

static VgStatus place_entry(Judge *judge, const VgGradeEntry *entry, VgCertainty *out,
                            VgError *error)
{
    size_t domain = 0;
    while (vg_grade_domain_names[domain] &&
           (!entry->domain || strcmp(vg_grade_domain_names[domain], entry->domain) != 0))
        domain++;
    if (!vg_grade_domain_names[domain])
        return entry_fault(entry, "no such domain",
                           "domains are risk_of_bias, inconsistency, indirectness, imprecision, "
                           "publication_bias",
                           error);
    if (!entry->reason || !entry->reason[0])
        return entry_fault(entry, "a judgement without a reason", "say why in `reason`", error);
    if (entry->downgrade < 0 || entry->downgrade > 2)
        return entry_fault(entry, "a downgrade other than 0, 1 or 2",
                           "0 = not serious, 1 = serious, 2 = very serious", error);
    VgCertaintyRow *row = &out->row[domain];
    if (row->by && strcmp(row->by, "reviewer") == 0)
        return entry_fault(entry, "entered twice", "leave one of them out", error);
    row->computed = keep(judge, vg_arena_printf(judge->arena, "by rule it would be %s: %s",
                                                row->judgement, row->reason));
    row->assessed = true;
    row->downgrade = entry->downgrade;
    row->judgement = SERIOUS[entry->downgrade];
    row->reason = entry->reason;
    row->by = "reviewer";
    return VG_OK;
}

/* --- The level --- */

/* "risk of bias (−1), imprecision (−2)" of the rows that count; NULL when there is none. */
static const char *list_rows(Judge *judge, const VgCertainty *out, bool missing)
{
    const char *list = NULL;
    for (size_t d = 0; d < VG_N_GRADE_DOMAINS; d++) {
        const VgCertaintyRow *row = &out->row[d];
        if (missing ? row->assessed : row->downgrade == 0)
            continue;
        const char *between = list ? ", " : "", *before = list ? list : "";
        list = keep(judge, missing ? vg_arena_printf(judge->arena, "%s%s%s", before, between,
                                                     DOMAIN_WORDS[d])
                                   : vg_arena_printf(judge->arena, "%s%s%s (−%d)", before, between,
                                                     DOMAIN_WORDS[d], row->downgrade));
    }
    return list;
}

static void conclude(Judge *judge, VgCertainty *out)
{
    int start =
        judge->data->start == VG_CERTAINTY_VERY_LOW ? VG_CERTAINTY_HIGH : (int)judge->data->start;
    int level = start;
    for (size_t d = 0; d < VG_N_GRADE_DOMAINS; d++) {
        level -= out->row[d].downgrade;
        out->not_assessed += !out->row[d].assessed;
    }
    out->level = level > 0 ? (VgCertaintyLevel)level : VG_CERTAINTY_VERY_LOW;
    out->at_most = out->not_assessed > 0 && out->level > VG_CERTAINTY_VERY_LOW;
    const char *name = vg_certainty_level_names[out->level],
               *counted = list_rows(judge, out, false), *missing = list_rows(judge, out, true);
    out->statement =
        keep(judge, out->at_most ? vg_arena_printf(judge->arena, "at most %s: %s not assessed",
                                                   name, missing)
                                 : name);
    out->reason = keep(
        judge, vg_arena_printf(judge->arena, "starts %s; %s%s%s%s", vg_certainty_level_names[start],
                               counted ? "lowered for " : "not lowered", counted ? counted : "",
                               missing ? "; not assessed: " : "", missing ? missing : ""));
}

VgStatus vg_certainty_assess(VgArena *arena, const VgCertaintyData *data, VgCertainty *out,
                             VgError *error)
{
    Judge judge = {arena, data, false};
    memset(out, 0, sizeof *out);
    out->information_size = NAN;
    if (data->k == 0 || isnan(data->pooled.estimate) || isnan(data->pooled.lower) ||
        isnan(data->pooled.upper))
        return vg_fail(error, VG_INVALID_INPUT, "no pooled effect to judge the certainty of",
                       "certainty needs an estimate with its interval");
    out->row[VG_GRADE_RISK_OF_BIAS] = risk_of_bias(&judge);
    out->row[VG_GRADE_INCONSISTENCY] = inconsistency(&judge);
    out->row[VG_GRADE_INDIRECTNESS] = indirectness(&judge);
    out->row[VG_GRADE_IMPRECISION] = imprecision(&judge, &out->information_size);
    out->row[VG_GRADE_PUBLICATION_BIAS] = publication_bias(&judge);
    for (size_t d = 0; d < VG_N_GRADE_DOMAINS; d++)
        out->row[d].domain = vg_grade_domain_names[d];
    for (size_t e = 0; e < data->n_entries; e++)
        VG_TRY(place_entry(&judge, &data->entry[e], out, error));
    conclude(&judge, out);
    return judge.short_of_memory ? vg_fail_memory(error) : VG_OK;
}

void vg_certainty_report(VgResult *result, const char *analysis, const VgCertainty *certainty)
{
    static const char *const columns[] = {"domain", "#downgrade", "judgement", "reason",
                                          "rule",   "by",         "#order"};
    VgDataset *grade =
        vg_result_dataset(result, analysis, "grade", columns, sizeof columns / sizeof *columns);
    for (size_t d = 0; d < VG_N_GRADE_DOMAINS; d++) {
        const VgCertaintyRow *row = &certainty->row[d];
        vg_dataset_row(result, grade);
        vg_dataset_set_text(result, grade, "domain", row->domain);
        if (row->assessed)
            vg_dataset_set_number(result, grade, "downgrade", row->downgrade);
        vg_dataset_set_text(result, grade, "judgement", row->judgement);
        vg_dataset_set_text(result, grade, "reason", row->reason);
        vg_dataset_set_text(result, grade, "rule", row->computed ? row->computed : row->rule);
        vg_dataset_set_text(result, grade, "by", row->by);
        vg_dataset_set_number(result, grade, "order", (double)d + 1);
    }
    vg_dataset_row(result, grade);
    vg_dataset_set_text(result, grade, "domain", "certainty");
    vg_dataset_set_text(result, grade, "judgement", certainty->statement);
    vg_dataset_set_text(result, grade, "reason", certainty->reason);
    vg_dataset_set_text(result, grade, "rule",
                        "high for randomised trials, minus the levels above; not below very low");
    vg_dataset_set_text(result, grade, "by", "computed");
    vg_dataset_set_number(result, grade, "order", VG_N_GRADE_DOMAINS + 1);
}
