/* LS means: rows of L over the reference grid.
 *
 * For each combination of the levels of `by`: numeric covariates at their means, the other factors
 * averaged. Equal margins: every cell of the other factors counts the same, so each factor's coding
 * is replaced by its mean over the levels. Observed margins: the cells of the other factors are
 * taken as often as they occur together among the used rows. Functions of covariates are evaluated
 * at the mean of the column: log(mean), not mean of logs. Sources: Searle, Speed & Milliken 1980,
 * Am Stat 34:216; R package emmeans (reference grids, weights = "equal" and "proportional");
 * SAS/STAT LSMEANS, OBSMARGINS. */
#include <vagus/design.h>

#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "model/design_layout.h"
#include "numeric/linear_algebra.h"

enum { MAX_MEANS = 1000000 };

/* A combination of codes of the factors that are averaged over, and how often it occurs. */
typedef struct Cells {
    int32_t *code; /* n × n_variables; numeric variables hold 0 */
    double *weight;
    size_t n;
} Cells;

typedef struct Work {
    VgArena *arena;
    const VgDesign *design;
    const VgLsMeansOptions *options;
    VgLsMeans *means;
    size_t n_variables;
    size_t *by_of;  /* per variable: index of the `by` that sets it, or SIZE_MAX */
    double *value;  /* per variable: numeric setting */
    int32_t *codes; /* per variable: scratch */
    double *row;    /* p: scratch */
    VgError *error;
} Work;

static const char *list_factors(const Work *work)
{
    const char *list = "";
    for (size_t v = 0; v < work->n_variables; v++)
        if (work->design->variable[v].is_factor) {
            const char *longer = vg_arena_printf(work->arena, "%s%s%.40s", list, *list ? ", " : "",
                                                 work->design->variable[v].name);
            list = longer ? longer : list;
        }
    return *list ? list : "none";
}

/* A `by` is named as in the formula, factor(visit), or by its column, visit. */
static bool is_called(const Work *work, size_t v, const char *name)
{
    const char *column = work->design->formula->variable[v].column;
    return strcmp(work->design->variable[v].name, name) == 0 ||
           (column && strcmp(column, name) == 0);
}

static VgStatus find_by(Work *work, size_t b)
{
    const char *name = work->options->by[b];
    bool found = false;
    for (size_t v = 0; v < work->n_variables; v++) {
        if (!work->design->variable[v].is_factor || !is_called(work, v, name))
            continue;
        if (work->by_of[v] != SIZE_MAX)
            return vg_fail(work->error, VG_INVALID_INPUT, "LS means by '%.80s' are asked for twice",
                           "name each factor once", name);
        work->by_of[v] = b;
        if (!found)
            work->means->variable[b] = v;
        found = true;
    }
    if (!found)
        return vg_fail(
            work->error, VG_INVALID_INPUT,
            "LS means by '%.80s': no factor of the model has that name (factors: %.200s)",
            "name a factor of the formula; a column of numbers becomes one by factor()", name,
            list_factors(work));
    return VG_OK;
}

static VgStatus start(Work *work)
{
    VgLsMeans *means = work->means;
    means->n_by = work->options->n_by;
    means->variable = VG_NEW(work->arena, size_t, means->n_by);
    work->by_of = VG_NEW(work->arena, size_t, work->n_variables);
    work->value = VG_NEW(work->arena, double, work->n_variables);
    work->codes = VG_NEW(work->arena, int32_t, work->n_variables);
    work->row = VG_NEW(work->arena, double, work->design->p);
    if (!means->variable || !work->by_of || !work->value || !work->codes || !work->row)
        return vg_fail_memory(work->error);
    memset(work->by_of, 0xff, work->n_variables * sizeof *work->by_of);
    means->n = 1;
    for (size_t b = 0; b < means->n_by; b++) {
        VG_TRY(find_by(work, b));
        size_t levels = work->design->variable[means->variable[b]].n_levels;
        if (!vg_size_product(means->n, levels, &means->n) || means->n > MAX_MEANS)
            return vg_fail(work->error, VG_INVALID_INPUT, "more than %d LS means are asked for",
                           "name fewer factors", MAX_MEANS);
    }
    means->code = VG_NEW(work->arena, int32_t, means->n * means->n_by);
    means->contrast = vg_arena_alloc(work->arena, means->n, work->design->p * sizeof(double));
    means->estimable = VG_NEW(work->arena, bool, means->n);
    means->count = VG_NEW(work->arena, size_t, means->n);
    if (!means->code || !means->contrast || !means->estimable || !means->count)
        return vg_fail_memory(work->error);
    return VG_OK;
}

/* --- settings of numeric variables ------------------------------------------------------------ */

/* The mean over subjects of each subject's mean. */
static double subject_mean(const VgLsMeansOptions *options, const double *value, size_t n,
                           double *sum, size_t *count)
{
    memset(sum, 0, options->n_subjects * sizeof *sum);
    memset(count, 0, options->n_subjects * sizeof *count);
    for (size_t i = 0; i < n; i++) {
        sum[options->subject[i]] += value[i];
        count[options->subject[i]]++;
    }
    size_t present = 0;
    for (size_t s = 0; s < options->n_subjects; s++)
        if (count[s])
            sum[present++] = sum[s] / (double)count[s];
    return vg_sum_accurate(sum, present) / (double)present;
}

static VgStatus set_at_subject_means(Work *work)
{
    const VgDesign *design = work->design;
    const VgDesignLayout *layout = design->layout;
    const VgLsMeansOptions *options = work->options;
    if (!options->subject || !options->n_subjects)
        return vg_fail(work->error, VG_INVALID_INPUT,
                       "LS means at the mean over subjects need the subject of each row",
                       "name the column that identifies participants");
    double *mean = VG_NEW(work->arena, double, layout->n_covariates);
    double *sum = VG_NEW(work->arena, double, options->n_subjects);
    size_t *count = VG_NEW(work->arena, size_t, options->n_subjects);
    if (!mean || !sum || !count)
        return vg_fail_memory(work->error);
    for (size_t c = 0; c < layout->n_covariates; c++)
        mean[c] = subject_mean(options, layout->covariate[c].value, design->n_rows, sum, count);
    for (size_t v = 0; v < work->n_variables; v++)
        if (!design->variable[v].is_factor)
            VG_TRY(vg_design_value_at(work->arena, design, &design->formula->variable[v], mean,
                                      &work->value[v], work->error));
    work->means->offset = 0.0;
    for (size_t o = 0; o < design->formula->n_offsets; o++) {
        double value = 0.0;
        VG_TRY(vg_design_value_at(work->arena, design, &design->formula->offset[o], mean, &value,
                                  work->error));
        work->means->offset += value;
    }
    return VG_OK;
}

static VgStatus set_numeric(Work *work)
{
    if (work->options->at_mean == VG_AT_MEAN_SUBJECT)
        return set_at_subject_means(work);
    for (size_t v = 0; v < work->n_variables; v++)
        work->value[v] = work->design->variable[v].at_mean;
    work->means->offset = work->design->layout->offset_at_mean;
    return VG_OK;
}

/* --- cells that are averaged over ---------------------------------------------------------------
 */

static VgStatus equal_cells(Work *work, Cells *cells)
{
    cells->n = 1;
    cells->weight = VG_NEW(work->arena, double, 1);
    cells->code = VG_NEW(work->arena, int32_t, work->n_variables);
    if (!cells->weight || !cells->code)
        return vg_fail_memory(work->error);
    cells->weight[0] = 1.0;
    for (size_t v = 0; v < work->n_variables; v++)
        cells->code[v] = work->design->variable[v].is_factor ? -1 : 0;
    return VG_OK;
}

static void cell_of_row(const Work *work, size_t row, int32_t *code)
{
    for (size_t v = 0; v < work->n_variables; v++) {
        const VgDesignVariable *variable = &work->design->variable[v];
        bool averaged = variable->is_factor && work->by_of[v] == SIZE_MAX;
        code[v] = averaged ? variable->code[row] : 0;
    }
}

static VgStatus observed_cells(Work *work, Cells *cells)
{
    size_t n = work->design->n_rows, width = work->n_variables * sizeof(int32_t);
    VgMap *map = vg_map_create(work->arena);
    cells->weight = VG_NEW(work->arena, double, n);
    if (!map || !cells->weight)
        return vg_fail_memory(work->error);
    for (size_t row = 0; row < n; row++) {
        cell_of_row(work, row, work->codes);
        int64_t index = vg_map_add(map, (const char *)work->codes, width);
        if (index < 0)
            return vg_fail_memory(work->error);
        cells->weight[index] += 1.0 / (double)n;
    }
    cells->n = vg_map_size(map);
    cells->code = vg_arena_alloc(work->arena, cells->n, width);
    if (!cells->code)
        return vg_fail_memory(work->error);
    for (size_t k = 0; k < cells->n && width; k++)
        memcpy(cells->code + k * work->n_variables, vg_map_key(map, k), width);
    return VG_OK;
}

/* --- rows of L ----------------------------------------------------------------------------------
 */

static void label(VgLsMeans *means, const VgDesign *design, size_t combination)
{
    size_t rest = combination;
    for (size_t b = means->n_by; b-- > 0;) {
        size_t levels = design->variable[means->variable[b]].n_levels;
        means->code[combination * means->n_by + b] = (int32_t)(rest % levels);
        rest /= levels;
    }
}

static void build_row(Work *work, const Cells *cells, size_t combination)
{
    size_t p = work->design->p;
    const int32_t *by_code = work->means->code + combination * work->means->n_by;
    double *contrast = work->means->contrast + combination * p;
    for (size_t k = 0; k < cells->n; k++) {
        for (size_t v = 0; v < work->n_variables; v++)
            work->codes[v] = work->by_of[v] == SIZE_MAX ? cells->code[k * work->n_variables + v]
                                                        : by_code[work->by_of[v]];
        vg_design_row(work->design, work->codes, work->value, work->row);
        for (size_t j = 0; j < p; j++)
            contrast[j] += cells->weight[k] * work->row[j];
    }
    work->means->estimable[combination] = vg_design_estimable(work->design, contrast);
}

static void count_rows(Work *work)
{
    VgLsMeans *means = work->means;
    for (size_t row = 0; row < work->design->n_rows; row++) {
        size_t combination = 0;
        for (size_t b = 0; b < means->n_by; b++) {
            const VgDesignVariable *variable = &work->design->variable[means->variable[b]];
            combination = combination * variable->n_levels + (size_t)variable->code[row];
        }
        means->count[combination]++;
    }
}

VgStatus vg_lsmeans(VgArena *arena, const VgDesign *design, const VgLsMeansOptions *options,
                    VgLsMeans **means, VgError *error)
{
    static const VgLsMeansOptions defaults = {0};
    Work work = {.arena = arena,
                 .design = design,
                 .options = options ? options : &defaults,
                 .means = VG_NEW(arena, VgLsMeans, 1),
                 .n_variables = design->formula->n_variables,
                 .error = error};
    if (!work.means)
        return vg_fail_memory(error);
    VG_TRY(start(&work));
    VG_TRY(set_numeric(&work));
    Cells cells = {0};
    VG_TRY(work.options->margins == VG_MARGINS_OBSERVED ? observed_cells(&work, &cells)
                                                        : equal_cells(&work, &cells));
    for (size_t combination = 0; combination < work.means->n; combination++) {
        label(work.means, design, combination);
        build_row(&work, &cells, combination);
    }
    count_rows(&work);
    *means = work.means;
    return VG_OK;
}
