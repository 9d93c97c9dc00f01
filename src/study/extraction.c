/* An extraction table as typed numbers: columns, values, labels. What is wrong is told in extraction_checks.c (rows)
 * and extraction_studies.c (labels and arms). */
#include "study/extraction.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/map.h"

static bool only_warns(VgExtractionFault fault)
{
    return fault == VG_FAULT_EMPTY || fault == VG_FAULT_FRACTION;
}

void vg_extraction_fault(VgExtractionReader *reader, VgExtractionFault fault, size_t line,
                         const char *message, const char *hint, ...)
{
    if (!vg_study_listed(&reader->count[fault]))
        return;
    char text[480];
    va_list arguments;
    va_start(arguments, hint);
    vsnprintf(text, sizeof text, message, arguments);
    va_end(arguments);
    if (only_warns(fault))
        vg_study_warn_in(&reader->reader, reader->table->path, line, "%s", hint, text);
    else
        vg_study_problem_in(&reader->reader, reader->table->path, line, "%s", hint, text);
}

void vg_extraction_and_more(VgExtractionReader *reader)
{
    static const char *const what[VG_N_EXTRACTION_FAULTS] = {
        "values that are not numbers",
        "rows without a label",
        "impossible or missing numbers of people",
        "impossible standard deviations",
        "impossible standard errors",
        "limits or quartiles out of order",
        "impossible counts",
        "percentages for events",
        "events above the number of people",
        "numbers that contradict each other",
        "values out of range",
        "incomplete rows",
        "rows without numbers for this measure",
        "numbers of people that are not whole",
        "duplicate labels",
        "swapped arms",
        "studies with one arm",
        "treatments",
        "directions",
        "words for what was measured",
        "designs",
        "unknown judgements of risk of bias",
    };
    for (int fault = 0; fault < VG_N_EXTRACTION_FAULTS; fault++)
        vg_study_and_more(&reader->reader, reader->count[fault], reader->table->path,
                          only_warns((VgExtractionFault)fault), what[fault]);
}

static double number(VgExtractionReader *reader, const VgColumn *column, size_t row)
{
    if (!column || vg_column_is_missing(column, row))
        return NAN;
    if (column->type == VG_COLUMN_NUMBER)
        return column->number[row];
    const char *text = vg_study_value(&reader->reader, column, row);
    double value;
    if (text && vg_study_to_number(text, &value))
        return value;
    if (text)
        vg_extraction_fault(reader, VG_FAULT_NOT_A_NUMBER, reader->table->line[row],
                            "`%.60s` in column %s is not a number",
                            "write a number, or leave the cell empty", text, column->name);
    return NAN;
}

static void read_group(VgExtractionReader *reader, size_t row, int g, VgExtractionGroup *group)
{
    const VgExtractionFound *f = &reader->found;
    *group = (VgExtractionGroup){.n = number(reader, f->n[g], row),
                                 .mean = number(reader, f->mean[g], row),
                                 .sd = number(reader, f->sd[g], row),
                                 .se = number(reader, f->se[g], row),
                                 .lower = number(reader, f->lower[g], row),
                                 .upper = number(reader, f->upper[g], row),
                                 .median = number(reader, f->median[g], row),
                                 .q1 = number(reader, f->q1[g], row),
                                 .q3 = number(reader, f->q3[g], row),
                                 .minimum = number(reader, f->minimum[g], row),
                                 .maximum = number(reader, f->maximum[g], row),
                                 .change = number(reader, f->change[g], row),
                                 .sd_change = number(reader, f->sd_change[g], row),
                                 .baseline_mean = number(reader, f->baseline_mean[g], row),
                                 .baseline_sd = number(reader, f->baseline_sd[g], row),
                                 .events = number(reader, f->events[g], row)};
    reader->non_events[g][row] = number(reader, f->non_events[g], row);
    double n_change = number(reader, f->n_change[g], row);
    if (!isnan(group->change) && isnan(group->mean) && !isnan(n_change))
        group->n = n_change;
    if (isnan(group->n))
        group->n = group->events + reader->non_events[g][row];
}

static const char *text_of(VgExtractionReader *reader, const VgColumn *column, size_t row)
{
    return column ? vg_study_value(&reader->reader, column, row) : NULL;
}

static void read_row(VgExtractionReader *reader, size_t i, int *direction)
{
    const VgExtractionFound *f = &reader->found;
    VgExtractionRow *row = &reader->extraction->row[i];
    row->row = i;
    row->line = reader->table->line[i];
    for (int g = 0; g < 2; g++)
        read_group(reader, i, g, &row->group[g]);
    row->correlation = number(reader, f->correlation, i);
    row->effect = number(reader, f->effect, i);
    row->effect_se = number(reader, f->effect_se, i);
    row->effect_lower = number(reader, f->effect_lower, i);
    row->effect_upper = number(reader, f->effect_upper, i);
    row->t = number(reader, f->statistic_t, i);
    row->f = number(reader, f->statistic_f, i);
    row->p = number(reader, f->p_value, i);
    row->cluster_size = number(reader, f->cluster_size, i);
    row->intracluster_correlation = number(reader, f->intracluster_correlation, i);
    row->crossover_correlation = number(reader, f->crossover_correlation, i);
    row->measured = vg_extraction_measured(reader, i);
    row->design = vg_extraction_design(reader, i);
    row->year = number(reader, f->year, i);
    row->total_n = number(reader, f->total_n, i);
    double variance = number(reader, f->effect_variance, i);
    if (variance <= 0.0)
        vg_extraction_fault(reader, VG_FAULT_SE, row->line, "the variance of the effect is %g",
                            "a variance is above 0: correct it or leave it out", variance);
    else if (isnan(row->effect_se))
        row->effect_se = sqrt(variance);
    else if (fabs(row->effect_se - sqrt(variance)) > 0.1 * row->effect_se)
        vg_extraction_fault(reader, VG_FAULT_CONTRADICTION, row->line,
                            "the standard error %g and the variance %g of the effect contradict "
                            "each other",
                            "a variance is the square of the standard error", row->effect_se,
                            variance);
    bool arms = reader->extraction->arm_based;
    row->treatment[0] = text_of(reader, arms ? f->arm : f->treatment[0], i);
    row->treatment[1] = arms ? NULL : text_of(reader, f->treatment[1], i);
    int way = vg_extraction_direction(reader, i);
    if (*direction == 0)
        *direction = way; /* without a declared direction the first row's is that of all */
    row->flipped = way != 0 && way != *direction;
}

/* Labels; the year is added where it tells two studies of one author apart. */
static void label_rows(VgExtractionReader *reader)
{
    VgExtraction *extraction = reader->extraction;
    VgArena *arena = reader->reader.arena;
    VgMap *plain = vg_map_create(arena);
    double *year = VG_STUDY_NEW(&reader->reader, double, extraction->n_rows);
    bool *several = VG_STUDY_NEW(&reader->reader, bool, extraction->n_rows);
    const char **label = VG_STUDY_NEW(&reader->reader, const char *, extraction->n_rows);
    if (!plain || !year || !several || !label) {
        vg_study_no_memory(&reader->reader);
        return;
    }
    for (size_t i = 0; i < extraction->n_rows; i++) {
        label[i] = text_of(reader, reader->found.study, i);
        if (!label[i]) {
            vg_extraction_fault(reader, VG_FAULT_LABEL, extraction->row[i].line,
                                "the row has no label of its study", "every row needs one");
            label[i] = "";
        }
        int64_t index = vg_map_add(plain, label[i], strlen(label[i]));
        if (index < 0) {
            vg_study_no_memory(&reader->reader);
            return;
        }
        double own = extraction->row[i].year;
        if (year[index] == 0.0)
            year[index] = isnan(own) ? 0.0 : own;
        several[index] = several[index] || (!isnan(own) && own != year[index]);
    }
    for (size_t i = 0; i < extraction->n_rows; i++) {
        VgExtractionRow *row = &extraction->row[i];
        row->study = label[i];
        int64_t index = vg_map_find(plain, label[i], strlen(label[i]));
        if (isnan(row->year) || !several[index])
            continue;
        const char *text = vg_study_printf(&reader->reader, "%.0f", row->year);
        if (!strstr(label[i], text))
            row->study = vg_study_printf(&reader->reader, "%s %s", label[i], text);
    }
}

/* Rows of one study (or of one group of arms, where a column says so) share an index. */
static void index_studies(VgExtractionReader *reader)
{
    VgExtraction *extraction = reader->extraction;
    VgMap *map = vg_map_create(reader->reader.arena);
    extraction->study = VG_STUDY_NEW(&reader->reader, const char *, extraction->n_rows);
    if (!map || !extraction->study) {
        vg_study_no_memory(&reader->reader);
        return;
    }
    for (size_t i = 0; i < extraction->n_rows; i++) {
        VgExtractionRow *row = &extraction->row[i];
        const char *key = text_of(reader, reader->found.line_group, i);
        if (!key)
            key = row->study;
        int64_t index = vg_map_add(map, key, strlen(key));
        if (index < 0) {
            vg_study_no_memory(&reader->reader);
            return;
        }
        row->study_index = (size_t)index;
        if (row->study_index == extraction->n_studies)
            extraction->study[extraction->n_studies++] = row->study;
    }
}

static VgStatus outcome_of(VgExtractionReader *reader, size_t first, VgExtraction **extraction,
                           VgError *error)
{
    VgProblems *problems = reader->reader.problems;
    if (reader->reader.failed != VG_OK) {
        if (error)
            *error = reader->reader.failure;
        return reader->reader.failed;
    }
    for (size_t i = first; i < problems->n; i++)
        if (!problems->item[i].warning) {
            if (error)
                *error = problems->item[i].error;
            return VG_INVALID_INPUT;
        }
    *extraction = reader->extraction;
    return VG_OK;
}

VgStatus vg_extraction_read(VgArena *arena, const VgTable *table, const VgEvidencePlan *plan,
                            VgEvidenceKind kind, const VgExtractionColumns *columns,
                            VgExtraction **extraction, VgProblems *problems, VgError *error)
{
    size_t first = problems->n;
    VgExtractionReader reader = {
        .reader = {.arena = arena, .file = table->path, .problems = problems},
        .table = table,
        .plan = plan,
        .kind = kind};
    *extraction = NULL;
    reader.extraction = VG_STUDY_NEW(&reader.reader, VgExtraction, 1);
    if (!reader.extraction)
        return outcome_of(&reader, first, extraction, error);
    reader.extraction->table = table;
    reader.extraction->row = VG_STUDY_NEW(&reader.reader, VgExtractionRow, table->n_rows);
    for (int g = 0; g < 2; g++)
        reader.non_events[g] = VG_STUDY_NEW(&reader.reader, double, table->n_rows);
    if (reader.reader.failed != VG_OK)
        return outcome_of(&reader, first, extraction, error);
    reader.extraction->n_rows = table->n_rows;
    vg_extraction_find_columns(&reader, columns);
    if (!reader.found.study || problems->n > first) /* rows would only repeat it */
        return outcome_of(&reader, first, extraction, error);
    int direction = plan->direction_known ? (plan->lower_is_better ? 1 : -1) : 0;
    for (size_t i = 0; i < table->n_rows; i++)
        read_row(&reader, i, &direction);
    label_rows(&reader);
    if (reader.reader.failed == VG_OK)
        index_studies(&reader);
    if (reader.reader.failed == VG_OK) {
        for (size_t i = 0; i < table->n_rows; i++)
            vg_extraction_check_row(&reader, i);
        vg_extraction_check_studies(&reader);
        vg_extraction_read_risk(&reader);
        vg_extraction_and_more(&reader);
        if (first == 0)
            vg_study_sort_problems(&reader.reader);
    }
    return outcome_of(&reader, first, extraction, error);
}
