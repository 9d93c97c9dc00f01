/* The baseline table: who was randomised, per arm and together. No tests between arms: any
 * difference there is by chance (CONSORT 2010, item 15). */
#include "trial/plan.h"

#include <math.h>
#include <string.h>

#include "study/known_before.h"

static const char *const COLUMNS[] = {"variable", "level",    "arm",      "kind",     "#n",
                                      "#mean",    "#sd",      "#median",  "#q1",      "#q3",
                                      "#minimum", "#maximum", "#percent", "#missing", "#order"};

/* More levels than this are a name or a free text, not a characteristic. */
enum { MOST_LEVELS = 12 };

static bool in_arm(const VgStudy *study, size_t participant, size_t arm)
{
    return arm == study->n_arms ? study->arm_of[participant] >= 0
                                : study->arm_of[participant] == (int32_t)arm;
}

static const char *arm_name(const VgStudy *study, size_t arm)
{
    return arm == study->n_arms ? NULL : study->arm[arm].name;
}

/* Rows of one variable share their place in the table. */
static void start_row(VgTrial *trial, VgDataset *data, const char *variable, const char *level,
                      const char *arm, const char *kind)
{
    VgResult *result = trial->result;
    const VgDatasetColumn *names = vg_dataset_column(data, "variable");
    const VgDatasetColumn *order = vg_dataset_column(data, "order");
    size_t row = vg_dataset_row(result, data);
    double place = 1;
    if (row > 0 && names && order && names->text[row - 1])
        place = order->number[row - 1] + (strcmp(names->text[row - 1], variable) != 0);
    vg_dataset_set_text(result, data, "variable", variable);
    vg_dataset_set_text(result, data, "level", level);
    vg_dataset_set_text(result, data, "arm", arm);
    vg_dataset_set_text(result, data, "kind", kind);
    vg_dataset_set_number(result, data, "order", place);
}

static VgStatus describe_numbers(VgTrial *trial, VgDataset *data, const char *variable,
                                 const double *value, VgError *error)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    double *chosen = VG_NEW(trial->scratch, double, study->n_participants);
    if (!chosen)
        return vg_fail_memory(error);
    for (size_t a = 0; a <= study->n_arms; a++) {
        size_t n = 0;
        for (size_t i = 0; i < study->n_participants; i++)
            if (in_arm(study, i, a))
                chosen[n++] = value[i];
        VgSummary summary;
        VG_TRY(vg_trial_summary(trial->scratch, chosen, n, &summary, error));
        start_row(trial, data, variable, NULL, arm_name(study, a), "number");
        vg_dataset_set_number(result, data, "n", (double)summary.n);
        vg_dataset_set_number(result, data, "mean", summary.mean);
        vg_dataset_set_number(result, data, "sd", summary.sd);
        vg_dataset_set_number(result, data, "median", summary.median);
        vg_dataset_set_number(result, data, "q1", summary.q1);
        vg_dataset_set_number(result, data, "q3", summary.q3);
        vg_dataset_set_number(result, data, "minimum", summary.minimum);
        vg_dataset_set_number(result, data, "maximum", summary.maximum);
        vg_dataset_set_number(result, data, "missing", (double)summary.missing);
    }
    return VG_OK;
}

/* Percent is of those with a value. */
static void describe_level(VgTrial *trial, VgDataset *data, const char *variable,
                           const VgColumn *column, size_t level)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    for (size_t a = 0; a <= study->n_arms; a++) {
        size_t n = 0, known = 0, missing = 0;
        for (size_t i = 0; i < study->n_participants; i++) {
            if (!in_arm(study, i, a))
                continue;
            n += column->code[i] == (int32_t)level;
            known += column->code[i] >= 0;
            missing += column->code[i] < 0;
        }
        start_row(trial, data, variable, column->level[level], arm_name(study, a), "factor");
        vg_dataset_set_number(result, data, "n", (double)n);
        if (known)
            vg_dataset_set_number(result, data, "percent", 100.0 * (double)n / (double)known);
        vg_dataset_set_number(result, data, "missing", (double)missing);
    }
}

/* A wide participants table holds the outcomes too: they are results, not characteristics. */
static bool is_an_outcome(const VgStudy *study, const VgColumn *column)
{
    size_t outcome, visit;
    return vg_study_holds_outcome(study, column, &outcome, &visit);
}

/* Whether the column's levels are the arms under another name. */
static bool is_the_arm(const VgStudy *study, const VgColumn *column)
{
    for (size_t i = 0; i < study->n_participants; i++) {
        if (study->arm_of[i] < 0)
            continue;
        const char *code = study->arm[study->arm_of[i]].code;
        if (column->code[i] < 0 || !code || strcmp(column->level[column->code[i]], code) != 0)
            return false;
    }
    return true;
}

/* When the study does not say what to describe: every column that is a characteristic, and not what
 * became of people later or who is analysed. */
static bool is_characteristic(const VgStudy *study, const VgColumn *column)
{
    if (study->withdrawal_reason_column &&
        strcmp(column->name, study->withdrawal_reason_column) == 0)
        return false;
    if (study->withdrawn_column && strcmp(column->name, study->withdrawn_column) == 0)
        return false;
    for (size_t k = 0; k < study->n_analyses; k++)
        if (study->analysis[k].set == VG_SET_COLUMN &&
            strcmp(column->name, study->analysis[k].set_column) == 0)
            return false;
    if (column->type == VG_COLUMN_NUMBER)
        return !is_an_outcome(study, column);
    return column->type == VG_COLUMN_FACTOR && column->n_levels <= MOST_LEVELS &&
           !is_the_arm(study, column);
}

static VgStatus describe_column(VgTrial *trial, VgDataset *data, const VgColumn *column,
                                VgError *error)
{
    if (column->number)
        return describe_numbers(trial, data, column->name, column->number, error);
    VgColumn factor = *column;
    if (!factor.code) {
        int32_t *code = NULL;
        VG_TRY(vg_column_as_factor(trial->scratch, trial->study->participants, column, NULL, 0,
                                   NULL, &code, &factor.level, &factor.n_levels, error));
        factor.code = code;
    }
    for (size_t level = 0; level < factor.n_levels; level++)
        describe_level(trial, data, column->name, &factor, level);
    return VG_OK;
}

/* A declared column that holds an outcome's baseline is described once, as the outcome. */
static bool described_as_outcome(const VgStudy *study, const VgColumn *column)
{
    size_t outcome, visit;
    return vg_study_holds_outcome(study, column, &outcome, &visit) && visit == SIZE_MAX;
}

VgStatus vg_trial_baseline_table(VgTrial *trial, VgError *error)
{
    const VgStudy *study = trial->study;
    VgDataset *data = vg_result_dataset(trial->result, NULL, "baseline", COLUMNS,
                                        sizeof COLUMNS / sizeof *COLUMNS);
    const VgTable *table = study->participants;
    for (size_t k = 0; k < study->n_baseline_table; k++) {
        const VgColumn *column;
        VG_TRY(vg_table_require(table, study->baseline_table[k], &column, error));
        if (!described_as_outcome(study, column))
            VG_TRY(describe_column(trial, data, column, error));
    }
    for (size_t j = 0; study->n_baseline_table == 0 && j < table->n_columns; j++)
        if (is_characteristic(study, &table->column[j]))
            VG_TRY(describe_column(trial, data, &table->column[j], error));
    for (size_t k = 0; k < study->n_outcomes; k++)
        if (study->outcome[k].baseline)
            VG_TRY(describe_numbers(
                trial, data,
                vg_trial_text(trial, "%s at baseline", vg_trial_outcome_label(&study->outcome[k])),
                study->outcome[k].baseline, error));
    return VG_OK;
}
