/* vagus permanova: a file of distances and a table of metadata to tests of communities. */
#include <math.h>
#include <string.h>

#include <vagus/distance_matrix.h>
#include <vagus/ordination.h>
#include <vagus/permanova.h>

#include "cli/join.h"
#include "cli/panel.h"

/* The metadata beside the distances. */
typedef struct Joined {
    VgDistanceMatrix *matrix;
    VgDistances distances;
    VgTable *table;
    VgJoined to; /* rows of the table to samples among the distances */
} Joined;

static VgStatus join(VgSession *session, VgResult *result, Joined *joined, VgError *error)
{
    static const VgJoinWords words = {"the distances", "the metadata",
                                      "give every sample a row; --id names the column of samples"};
    const char *id;
    VG_TRY(vg_cli_metadata(session, result, "id", &joined->table, &id, error));
    return vg_cli_join(session, result, joined->matrix->sample_id, joined->matrix->n,
                       joined->matrix->path, joined->table, id, &words, &joined->to, error);
}

/* A column as codes 0 … n − 1 of the rows the design uses, those that occur only. */
static VgStatus codes_of(VgSession *session, const Joined *joined, const VgDesign *design,
                         const char *name, int32_t **code, size_t *n, const char ***level,
                         VgError *error)
{
    const VgColumn *column;
    int32_t *all;
    const char **levels;
    size_t n_levels;
    VG_TRY(vg_table_require(joined->table, name, &column, error));
    VG_TRY(vg_column_as_factor(session->arena, joined->table, column, NULL, 0, joined->to.keep,
                               &all, &levels, &n_levels, error));
    int32_t *fresh = VG_NEW(session->arena, int32_t, n_levels);
    *level = VG_NEW(session->arena, const char *, n_levels);
    *code = VG_NEW(session->arena, int32_t, design->n_rows);
    if (!fresh || !*level || !*code)
        return vg_fail_memory(error);
    *n = 0;
    for (size_t r = 0; r < design->n_rows; r++)
        fresh[all[design->row[r]]] = 1;
    for (size_t l = 0; l < n_levels; l++)
        if (fresh[l]) {
            (*level)[*n] = levels[l];
            fresh[l] = (int32_t)(*n)++;
        }
    for (size_t r = 0; r < design->n_rows; r++)
        (*code)[r] = fresh[all[design->row[r]]];
    return VG_OK;
}

static VgStatus build_design(VgSession *session, VgResult *result, const Joined *joined,
                             VgDesign *design, VgError *error)
{
    static const char *const columns[] = {"participant", "strata", "dispersion"};
    const char *required[3], *arm = vg_argument(session->arguments, "arm");
    VgDesignOptions options = {.keep = joined->to.keep,
                               .required = required,
                               .as_factor = &arm,
                               .n_as_factor = arm != NULL};
    for (size_t k = 0; k < 3; k++) {
        const char *name = vg_argument(session->arguments, columns[k]);
        if (name)
            required[options.n_required++] = name;
    }
    VgFormula *formula;
    VgDesign *built;
    VG_TRY(vg_formula_parse(session->arena, vg_argument(session->arguments, "formula"), &formula,
                            error));
    VG_TRY(vg_design_build(session->arena, joined->table, formula, &options, &built, error));
    *design = *built;
    if (built->n_dropped)
        vg_result_warn(result, "%zu samples have missing metadata and are left out",
                       built->n_dropped);
    return VG_OK;
}

static VgStatus read_shuffle(VgSession *session, const Joined *joined, const VgDesign *design,
                             VgShuffleOptions *options, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    const char *shuffle = vg_argument(arguments, "shuffle"),
               *participant = vg_argument(arguments, "participant");
    const char *strata = vg_argument(arguments, "strata"), **level;
    int32_t *code;
    *options = (VgShuffleOptions){.permutations =
                                      (size_t)vg_argument_number(arguments, "permutations", 999),
                                  .seed = (uint64_t)vg_argument_number(arguments, "seed", 1),
                                  .threads = (int)vg_argument_number(arguments, "threads", 0)};
    if (shuffle && strcmp(shuffle, "participants") == 0)
        options->shuffle = VG_SHUFFLE_SUBJECTS;
    if (shuffle && strcmp(shuffle, "randomisation") == 0)
        options->shuffle = VG_SHUFFLE_RANDOMISE;
    options->arm = vg_argument(arguments, "arm");
    const char *model = vg_argument(arguments, "model");
    options->raw = model && strcmp(model, "direct") == 0;
    if (model && options->shuffle == VG_SHUFFLE_RANDOMISE)
        return vg_fail(error, VG_USAGE, "--model %s with --shuffle randomisation",
                       "leave out --model: drawing the randomisation again builds the design anew",
                       model);
    if (options->shuffle != VG_SHUFFLE_ROWS && !participant)
        return vg_fail(error, VG_USAGE, "--shuffle %s without --participant",
                       "name the column of participants", shuffle);
    if (options->shuffle == VG_SHUFFLE_RANDOMISE && !options->arm)
        return vg_fail(error, VG_USAGE, "--shuffle randomisation without --arm",
                       "name the column that was randomised");
    if (participant) {
        VG_TRY(codes_of(session, joined, design, participant, &code, &options->n_subjects, &level,
                        error));
        options->subject = code;
    }
    if (strata) {
        VG_TRY(codes_of(session, joined, design, strata, &code, &options->n_strata, &level, error));
        options->stratum = code;
    }
    return VG_OK;
}

/* --- answers -------------------------------------------------------------------------------------- */

static void add_test(VgResult *result, const char *quantity, const VgPermanovaTest *test, size_t n)
{
    VgEstimate row = vg_estimate_blank();
    row.quantity = quantity;
    row.term = test->term;
    row.estimate = test->r2;
    row.df = test->df;
    row.statistic = test->f;
    row.p = test->p;
    row.n = (double)n;
    row.unit = "R2";
    row.note = test->note;
    vg_result_estimate(result, &row);
    static const char *const columns[] = {"test", "term", "#df", "#sum_of_squares",
                                          "#r2",  "#f",   "#p",  "#p_se"};
    VgDataset *dataset = vg_result_dataset(result, NULL, "permanova", columns, 8);
    vg_dataset_row(result, dataset);
    vg_dataset_set_text(result, dataset, "test", quantity);
    vg_dataset_set_text(result, dataset, "term", test->term);
    vg_dataset_set_number(result, dataset, "df", test->df);
    vg_dataset_set_number(result, dataset, "sum_of_squares", test->sum_of_squares);
    vg_dataset_set_number(result, dataset, "r2", test->r2);
    vg_dataset_set_number(result, dataset, "f", test->f);
    vg_dataset_set_number(result, dataset, "p", test->p);
    vg_dataset_set_number(result, dataset, "p_se", test->p_se);
}

static void add_permanova(VgSession *session, VgResult *result, const VgPermanova *out)
{
    const VgShuffleAccount *account = &out->account;
    for (size_t k = 0; k < out->n_sequential; k++)
        add_test(result, "sequential", &out->sequential[k], out->n);
    for (size_t k = 0; k < out->n_marginal; k++)
        add_test(result, "marginal", &out->marginal[k], out->n);
    add_test(result, "overall", &out->overall, out->n);
    vg_result_text(result, VG_FACTS_FIT, NULL, "formula",
                   vg_argument(session->arguments, "formula"));
    vg_result_text(result, VG_FACTS_FIT, NULL, "shuffled", account->words);
    vg_result_number(result, VG_FACTS_FIT, NULL, "permutations", (double)account->permutations);
    vg_result_bool(result, VG_FACTS_FIT, NULL, "all_arrangements", account->enumerated);
    vg_result_number(result, VG_FACTS_FIT, NULL, "log10_arrangements", account->log10_distinct);
    vg_result_number(result, VG_FACTS_FIT, NULL, "smallest_p", account->smallest_p);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_samples", (double)out->n);
    vg_result_number(result, VG_FACTS_FIT, NULL, "df_residual", out->df_residual);
    vg_result_number(result, VG_FACTS_FIT, NULL, "residual_sum_of_squares",
                     out->residual_sum_of_squares);
    vg_result_number(result, VG_FACTS_FIT, NULL, "total_sum_of_squares", out->total_sum_of_squares);
    if (account->smallest_p > 0.05)
        vg_result_warn(result, "p cannot come below %.3g: there are too few ways to shuffle",
                       account->smallest_p);
}

static void add_permdisp(VgResult *result, const char *column, const char *const *level,
                         const VgPermdisp *out)
{
    VgEstimate row = vg_estimate_blank();
    row.quantity = "dispersion";
    row.term = column;
    row.df = out->df_groups;
    row.statistic = out->f;
    row.p = out->p;
    row.n = (double)out->n;
    row.note = out->note ? out->note : "test of equal spread: distances to group centres";
    vg_result_estimate(result, &row);
    for (size_t c = 0; c < out->n_groups; c++) {
        row = vg_estimate_blank();
        row.quantity = "mean_distance_to_centre";
        row.term = level[c];
        row.estimate = out->group_mean[c];
        row.n = (double)out->group_size[c];
        vg_result_estimate(result, &row);
    }
    vg_result_number(result, VG_FACTS_FIT, NULL, "dispersion_df_residual", out->df_residual);
    vg_result_number(result, VG_FACTS_FIT, NULL, "dispersion_p_of_f_distribution",
                     out->p_parametric);
    vg_result_number(result, VG_FACTS_FIT, NULL, "dispersion_negative_squares",
                     (double)out->n_negative);
    if (out->p <= 0.05)
        vg_result_warn(result,
                       "the spread differs between groups of %s (p %.3g): a small p of PERMANOVA "
                       "may tell of spread "
                       "rather than of a shift",
                       column, out->p);
}

static VgStatus disperse(VgSession *session, VgResult *result, const Joined *joined,
                         const VgDesign *design, const size_t *row, const VgShuffleOptions *options,
                         VgError *error)
{
    const char *name = vg_argument(session->arguments, "dispersion"), **level;
    const char *centre = vg_argument(session->arguments, "centre");
    if (!name)
        return VG_OK;
    if (options->shuffle == VG_SHUFFLE_RANDOMISE && strcmp(name, options->arm) != 0)
        return vg_fail(error, VG_USAGE, "--dispersion %s, but %s was randomised",
                       "drawing the randomisation again tests the arm only", name, options->arm);
    int32_t *code;
    size_t n;
    VgPermdisp *out;
    VG_TRY(codes_of(session, joined, design, name, &code, &n, &level, error));
    VG_TRY(vg_permdisp(session->arena, &joined->distances, row, code, design->n_rows, n,
                       centre && strcmp(centre, "centroid") == 0 ? VG_CENTRE_CENTROID
                                                                 : VG_CENTRE_MEDIAN,
                       options, &out, error));
    add_permdisp(result, name, level, out);
    return VG_OK;
}

static VgStatus correct(VgSession *session, VgResult *result, Joined *joined, VgError *error)
{
    const char *name = vg_argument(session->arguments, "correct");
    if (!name)
        return VG_OK;
    double constant;
    VG_TRY(vg_distances_correct(session->arena, &joined->distances,
                                strcmp(name, "lingoes") == 0 ? VG_CORRECTION_LINGOES
                                                             : VG_CORRECTION_CAILLIEZ,
                                &constant, error));
    vg_result_text(result, VG_FACTS_FIT, NULL, "correction", name);
    vg_result_number(result, VG_FACTS_FIT, NULL, "correction_constant", constant);
    return VG_OK;
}

VgStatus vg_cli_permanova(VgSession *session, VgError *error)
{
    VgResult *result = vg_session_result(session);
    Joined joined = {0};
    VgDesign design;
    VgShuffleOptions options;
    VgPermanova *out;
    if (!result)
        return vg_fail_memory(error);
    VG_TRY(vg_distance_matrix_read(session->arena, session->arguments->input[0], &joined.matrix,
                                   error));
    vg_result_input(result, joined.matrix->path, joined.matrix->sha256, joined.matrix->n);
    joined.distances = (VgDistances){joined.matrix->n, joined.matrix->value};
    VG_TRY(correct(session, result, &joined, error));
    VG_TRY(join(session, result, &joined, error));
    VG_TRY(build_design(session, result, &joined, &design, error));
    VG_TRY(read_shuffle(session, &joined, &design, &options, error));
    /* the library wants places among the distances */
    size_t *row = VG_NEW(session->arena, size_t, design.n_rows), *row_of_table = design.row;
    if (!row)
        return vg_fail_memory(error);
    for (size_t r = 0; r < design.n_rows; r++)
        row[r] = joined.to.at[design.row[r]];
    design.row = row;
    VG_TRY(vg_permanova(session->arena, &joined.distances, &design, &options, &out, error));
    add_permanova(session, result, out);
    design.row = row_of_table;
    VG_TRY(disperse(session, result, &joined, &design, row, &options, error));
    return vg_session_print(session, result, error);
}
