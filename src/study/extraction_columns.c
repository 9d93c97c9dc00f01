/* Finding the columns of an extraction table: what the plan names, else the field's usual names.
 *
 * Names are compared without case first, then also without '.', '_', '-' and blanks, so that mean.e, Mean_E and "mean e"
 * are one. The lists are in order of preference; docs/methods/effect-sizes.md shows them. */
#include "study/extraction.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MOST_NAMES = 16 };

typedef struct Usual {
    size_t named; /* in VgExtractionColumns: a const char * */
    size_t found; /* in VgExtractionFound: a const VgColumn * */
    const char *name[MOST_NAMES];
} Usual;

#define ONE(field, ...)                                                                            \
    {                                                                                              \
        offsetof(VgExtractionColumns, field), offsetof(VgExtractionFound, field),                  \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* What any measure may use; numbers all but line_group and direction. Single letters that mean other things in many
 * tables (t weeks, f women, p, g) are not guessed. */
static const Usual COMMON[] = {
    ONE(year, "year", "pubyear", "publication_year", "pub_year", "pyear"),
    ONE(line_group, "line_group"),
    ONE(direction, "direction"),
    ONE(cluster_size, "cluster_size", "mean_cluster_size"),
    ONE(intracluster_correlation, "icc", "intracluster_correlation"),
    ONE(crossover_correlation, "crossover_correlation", "r_crossover"),
    ONE(measured, "measured"),
    ONE(design, "design", "trial_design"),
    ONE(correlation, "ri", "r", "cor", "correlation", "pre_post_correlation"),
    ONE(effect, "yi", "TE", "effect", "es", "estimate", ".g", "precalc_g"),
    ONE(effect_se, "sei", "seTE", "se_effect", "effect_se", "se", "std_error", "se_g", ".g_se",
        "precalc_g_se"),
    ONE(effect_variance, "vi", "effect_variance", "variance", "var"),
    ONE(effect_lower, "ci_lb", "ci.lb", "effect_lower", "lower", "ci_low"),
    ONE(effect_upper, "ci_ub", "ci.ub", "effect_upper", "upper", "ci_high"),
    ONE(statistic_t, "ti", "t_value", "t_statistic"),
    ONE(statistic_f, "fi", "f_value", "f_statistic"),
    ONE(p_value, "pi", "p_value", "pval"),
};

/* Two arms side by side; group 1 is the treatment. */
static const Usual TWO_ARMS[] = {
    ONE(n[0], "n1", "n1i", "n.e", "n_arm1", "n_treatment", "n_treat", "n_exp", "n_active",
        "ntreat"),
    ONE(n[1], "n2", "n2i", "n.c", "n_arm2", "n_control", "n_ctrl", "n_placebo", "ncontrol"),
    ONE(mean[0], "m1", "m1i", "mean1", "mean.e", "mean_arm1", "mean_treatment", "mean_treat"),
    ONE(mean[1], "m2", "m2i", "mean2", "mean.c", "mean_arm2", "mean_control", "mean_ctrl"),
    ONE(sd[0], "sd1", "sd1i", "sd.e", "sd_arm1", "sd_treatment", "sd_treat"),
    ONE(sd[1], "sd2", "sd2i", "sd.c", "sd_arm2", "sd_control", "sd_ctrl"),
    ONE(se[0], "se1", "se1i", "se.e", "se_arm1", "se_treatment"),
    ONE(se[1], "se2", "se2i", "se.c", "se_arm2", "se_control"),
    ONE(lower[0], "lower1", "ci_lower1", "lower.e", "lower_arm1", "lower_treatment"),
    ONE(lower[1], "lower2", "ci_lower2", "lower.c", "lower_arm2", "lower_control"),
    ONE(upper[0], "upper1", "ci_upper1", "upper.e", "upper_arm1", "upper_treatment"),
    ONE(upper[1], "upper2", "ci_upper2", "upper.c", "upper_arm2", "upper_control"),
    ONE(median[0], "median1", "med1", "median.e", "median_arm1", "median_treatment"),
    ONE(median[1], "median2", "med2", "median.c", "median_arm2", "median_control"),
    ONE(q1[0], "q1_1", "q1.e", "q1_arm1", "q1_treatment"),
    ONE(q1[1], "q1_2", "q1.c", "q1_arm2", "q1_control"),
    ONE(q3[0], "q3_1", "q3.e", "q3_arm1", "q3_treatment"),
    ONE(q3[1], "q3_2", "q3.c", "q3_arm2", "q3_control"),
    ONE(minimum[0], "min1", "min.e", "min_arm1", "min_treatment"),
    ONE(minimum[1], "min2", "min.c", "min_arm2", "min_control"),
    ONE(maximum[0], "max1", "max.e", "max_arm1", "max_treatment"),
    ONE(maximum[1], "max2", "max.c", "max_arm2", "max_control"),
    ONE(change[0], "change1", "mean_change1", "mean_change_arm1", "change_treatment", "change.e"),
    ONE(change[1], "change2", "mean_change2", "mean_change_arm2", "change_control", "change.c"),
    ONE(sd_change[0], "sd_change1", "sd_change_arm1", "sd_change_treatment", "sd_change.e"),
    ONE(sd_change[1], "sd_change2", "sd_change_arm2", "sd_change_control", "sd_change.c"),
    ONE(n_change[0], "n_change1", "n_change_arm1", "n_change_treatment", "n_change.e"),
    ONE(n_change[1], "n_change2", "n_change_arm2", "n_change_control", "n_change.c"),
    ONE(baseline_mean[0], "baseline_mean1", "baseline1", "m_pre1", "mean_pre1", "baseline_m_arm1",
        "baseline_mean_treatment"),
    ONE(baseline_mean[1], "baseline_mean2", "baseline2", "m_pre2", "mean_pre2", "baseline_m_arm2",
        "baseline_mean_control"),
    ONE(baseline_sd[0], "baseline_sd1", "sd_pre1", "baseline_sd_arm1", "baseline_sd_treatment"),
    ONE(baseline_sd[1], "baseline_sd2", "sd_pre2", "baseline_sd_arm2", "baseline_sd_control"),
    ONE(events[0], "e1", "ai", "events1", "event1", "event.e", "event_arm1", "tpos",
        "events_treatment", "events_treat"),
    ONE(events[1], "e2", "ci", "events2", "event2", "event.c", "event_arm2", "cpos",
        "events_control", "events_ctrl"),
    ONE(non_events[0], "bi", "tneg", "non_events1", "non_events_treatment"),
    ONE(non_events[1], "di", "cneg", "non_events2", "non_events_control"),
    ONE(total_n, "ni", "n", "n_total", "total_n"),
    ONE(treatment[0], "treat1", "treatment1", "treatment_1", "condition_arm1", "trt1", "t1"),
    ONE(treatment[1], "treat2", "treatment2", "treatment_2", "condition_arm2", "trt2", "t2"),
};

/* One arm or one group a row. */
static const Usual ONE_ARM[] = {
    ONE(n[0], "n", "ni", "n1", "n1i", "sample_size", "total", "randomized", "n_total"),
    ONE(mean[0], "mean", "mi", "m", "m1", "mean1", "m_post", "mean_post"),
    ONE(sd[0], "sd", "sdi", "sd1", "sd_post"),
    ONE(se[0], "se", "se_mean", "sem"),
    ONE(lower[0], "mean_lower"),
    ONE(upper[0], "mean_upper"),
    ONE(median[0], "median", "med"),
    ONE(q1[0], "q1"),
    ONE(q3[0], "q3"),
    ONE(minimum[0], "min", "minimum"),
    ONE(maximum[0], "max", "maximum"),
    ONE(change[0], "change", "mean_change"),
    ONE(sd_change[0], "sd_change"),
    ONE(baseline_mean[0], "baseline_mean", "baseline", "m_pre", "mean_pre"),
    ONE(baseline_sd[0], "baseline_sd", "sd_pre"),
    ONE(events[0], "events", "event", "xi", "x", "responders", "cases", "resp"),
    ONE(non_events[0], "non_events"),
    ONE(arm, "treatment", "arm", "treat", "intervention", "trt"),
};

/* Counts may stand beside other numbers of people than means. */
static const Usual OF_COUNTS[] = {
    ONE(n[0], "totaln_arm1"),
    ONE(n[1], "totaln_arm2"),
};

/* Initials without a digit: only when the whole set is there (Se alone could be a standard error). */
static const Usual INITIALS[] = {
    ONE(n[0], "Ne"),    ONE(n[1], "Nc"),  ONE(mean[0], "Me"),
    ONE(mean[1], "Mc"), ONE(sd[0], "Se"), ONE(sd[1], "Sc"),
};

static const Usual LABEL_PAIRWISE[] = {ONE(study, "study", "studlab", "slab", "study_label",
                                           "author", "authors", "study_id", "trial", "id")};
static const Usual LABEL_NETWORK[] = {
    ONE(study, "study", "studlab", "slab", "study_label", "study_id", "id", "trial", "author")};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void reduce(const char *name, char *out, size_t size)
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++)
        if (*name != '.' && *name != '_' && *name != '-' && *name != ' ')
            out[n++] = (char)tolower((unsigned char)*name);
    out[n] = '\0';
}

static const VgColumn *column_called(const VgTable *table, const char *name, bool loosely)
{
    char wanted[64], given[64];
    reduce(name, wanted, sizeof wanted);
    for (size_t i = 0; i < table->n_columns; i++) {
        const char *column = table->column[i].name;
        if (!loosely && strcasecmp(column, name) == 0)
            return &table->column[i];
        if (loosely && strlen(column) < sizeof given) {
            reduce(column, given, sizeof given);
            if (strcmp(given, wanted) == 0)
                return &table->column[i];
        }
    }
    return NULL;
}

static const char *named(const VgExtractionColumns *columns, const Usual *usual)
{
    const char *name;
    memcpy(&name, (const char *)columns + usual->named, sizeof name);
    return name;
}

static const VgColumn *found(const VgExtractionFound *all, const Usual *usual)
{
    const VgColumn *column;
    memcpy(&column, (const char *)all + usual->found, sizeof column);
    return column;
}

static void set(VgExtractionFound *all, const Usual *usual, const VgColumn *column)
{
    memcpy((char *)all + usual->found, &column, sizeof column);
}

static bool has_a_number(VgExtractionReader *reader, const VgColumn *column)
{
    double value;
    for (size_t i = 0; i < reader->table->n_rows; i++) {
        const char *text = vg_study_value(&reader->reader, column, i);
        if (text && vg_study_to_number(text, &value))
            return true;
    }
    return false;
}

/* A column of words by the name of a number is about something else. But one typing error must not make words of a
 * column that changes every effect without anybody missing it: there the value is told. */
static bool suits(VgExtractionReader *reader, const Usual *usual, const VgColumn *column)
{
    size_t role = usual->found;
    if (role == offsetof(VgExtractionFound, measured))
        return vg_extraction_says_measured(reader, column);
    bool counts = role >= offsetof(VgExtractionFound, events) &&
                  role < offsetof(VgExtractionFound, correlation);
    if (counts && reader->plan->measure <= VG_MEASURE_COHEN_D) /* ci is an interval elsewhere */
        return column->type == VG_COLUMN_NUMBER;
    bool common = usual >= COMMON && usual < COMMON + COUNT(COMMON);
    if (!common || column->type == VG_COLUMN_NUMBER ||
        role == offsetof(VgExtractionFound, line_group) ||
        role == offsetof(VgExtractionFound, direction) ||
        role == offsetof(VgExtractionFound, design))
        return true;
    VgMeasure measure = reader->plan->measure;
    bool of_effect = role >= offsetof(VgExtractionFound, effect) &&
                     role <= offsetof(VgExtractionFound, effect_upper);
    bool missed = role == offsetof(VgExtractionFound, cluster_size) ||
                  role == offsetof(VgExtractionFound, intracluster_correlation) ||
                  role == offsetof(VgExtractionFound, crossover_correlation) ||
                  (of_effect && measure == VG_MEASURE_GENERIC) ||
                  (role == offsetof(VgExtractionFound, correlation) &&
                   (measure >= VG_MEASURE_CORRELATION ||
                    (measure >= VG_MEASURE_SMD && measure <= VG_MEASURE_SMCC)));
    return missed && has_a_number(reader, column);
}

/* Whether the measure can use the role at all: a column x beside correlations holds no events, and words in a column m1
 * beside effects as published are nobody's mean. (Counts are imputed from means.) */
static bool of_use(const VgExtractionReader *reader, const Usual *usual)
{
    size_t role = usual->found;
    VgMeasure measure = reader->plan->measure;
    bool converted = (measure == VG_MEASURE_SMD || measure == VG_MEASURE_COHEN_D) &&
                     reader->kind == VG_EVIDENCE_PAIRWISE;
    bool counts = (measure >= VG_MEASURE_OR && measure <= VG_MEASURE_ARCSINE) ||
                  (measure >= VG_MEASURE_PROPORTION && measure <= VG_MEASURE_FREEMAN_TUKEY);
    if (role >= offsetof(VgExtractionFound, events) &&
        role < offsetof(VgExtractionFound, correlation))
        return counts || converted;
    if (role >= offsetof(VgExtractionFound, mean) && role < offsetof(VgExtractionFound, events))
        return measure != VG_MEASURE_GENERIC && measure < VG_MEASURE_CORRELATION;
    return true;
}

static void find(VgExtractionReader *reader, const VgExtractionColumns *columns, const Usual *usual,
                 size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (found(&reader->found, &usual[i]) || !of_use(reader, &usual[i]))
            continue;
        const VgColumn *column = NULL;
        if (!named(columns, &usual[i]))
            for (int loosely = 0; loosely < 2 && !column; loosely++)
                for (size_t k = 0; k < MOST_NAMES && usual[i].name[k] && !column; k++)
                    column = column_called(reader->table, usual[i].name[k], loosely);
        if (column && suits(reader, &usual[i], column))
            set(&reader->found, &usual[i], column);
    }
}

static void find_named(VgExtractionReader *reader, const VgExtractionColumns *columns,
                       const Usual *usual, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = named(columns, &usual[i]);
        if (name && !found(&reader->found, &usual[i]))
            set(&reader->found, &usual[i],
                vg_study_column(&reader->reader, reader->table, name, 1));
    }
}

static bool has_initials(const VgTable *table)
{
    for (size_t i = 0; i < COUNT(INITIALS); i++)
        if (!column_called(table, INITIALS[i].name[0], false))
            return false;
    return true;
}

static bool one_arm_a_row(const VgExtractionReader *reader, const VgExtractionColumns *columns)
{
    VgMeasure measure = reader->plan->measure;
    if (reader->kind == VG_EVIDENCE_PAIRWISE)
        return measure >= VG_MEASURE_MEAN;
    if (columns->arm)
        return true;
    if (columns->treatment[0] || columns->treatment[1])
        return false;
    VgExtractionReader trial = *reader;
    find(&trial, columns, TWO_ARMS, COUNT(TWO_ARMS));
    return !trial.found.treatment[0] || !trial.found.treatment[1];
}

void vg_extraction_find_columns(VgExtractionReader *reader, const VgExtractionColumns *columns)
{
    static const VgExtractionColumns none;
    if (!columns)
        columns = &none;
    bool network = reader->kind == VG_EVIDENCE_NETWORK;
    VgMeasure measure = reader->plan->measure;
    bool counts = measure >= VG_MEASURE_OR && measure <= VG_MEASURE_ARCSINE;
    bool changes = measure == VG_MEASURE_SMCR || measure == VG_MEASURE_SMCC;
    reader->design_named = columns->design != NULL;
    find_named(reader, columns, LABEL_PAIRWISE, 1);
    find_named(reader, columns, COMMON, COUNT(COMMON));
    find_named(reader, columns, TWO_ARMS, COUNT(TWO_ARMS));
    find_named(reader, columns, &ONE_ARM[COUNT(ONE_ARM) - 1], 1); /* arm; TWO_ARMS has the others */
    find(reader, columns, network ? LABEL_NETWORK : LABEL_PAIRWISE, 1);
    bool one = one_arm_a_row(reader, columns);
    if (counts && !one)
        find(reader, columns, OF_COUNTS, COUNT(OF_COUNTS));
    if (one) {
        find(reader, columns, ONE_ARM, COUNT(ONE_ARM));
    } else if (measure != VG_MEASURE_GENERIC && has_initials(reader->table)) {
        find(reader, columns, INITIALS, COUNT(INITIALS));
        find(reader, columns, TWO_ARMS, COUNT(TWO_ARMS));
    } else {
        find(reader, columns, TWO_ARMS, COUNT(TWO_ARMS));
        if (changes && !reader->found.n[0])
            find(reader, columns, ONE_ARM, COUNT(ONE_ARM));
    }
    find(reader, columns, COMMON, COUNT(COMMON));
    reader->extraction->arm_based = network && one;
    if (columns->subgroup)
        (void)vg_study_column(&reader->reader, reader->table, columns->subgroup, 1);
    if (!reader->found.study && !columns->study)
        vg_study_problem_in(&reader->reader, reader->table->path, 1,
                            "no column holds the studies' labels", "name it: study=COLUMN");
    if (network && !columns->arm &&
        (one ? !reader->found.arm : !reader->found.treatment[0] || !reader->found.treatment[1]))
        vg_study_problem_in(&reader->reader, reader->table->path, 1,
                            "no column says what the arms received",
                            "a network needs a column treatment (one row an arm) or treat1 and "
                            "treat2 (one row a comparison)");
}
