/* vagus distance and vagus transform: a feature table to distances, or to another scale. */
#include <math.h>
#include <string.h>

#include <vagus/distance.h>
#include <vagus/ordination.h>

#include "cli/panel.h"
#include "numeric/linear_algebra.h"

static const char *metric_name(int metric)
{
    return vg_metric_name((VgMetric)metric);
}

static const char *transform_name(int transform)
{
    return vg_transform_name((VgTransform)transform);
}

/* Names and numbers of all pairs as a dataset, for JSON. */
static void add_pairs(VgResult *result, const VgPanelTable *table, const VgDistances *d)
{
    VgDataset *dataset = vg_result_dataset(
        result, NULL, "distances", (const char *const[]){"sample", "other", "#distance"}, 3);
    for (size_t i = 0; i < d->n; i++)
        for (size_t j = i + 1; j < d->n; j++) {
            vg_dataset_row(result, dataset);
            vg_dataset_set_text(result, dataset, "sample", table->sample[i]);
            vg_dataset_set_text(result, dataset, "other", table->sample[j]);
            vg_dataset_set_number(result, dataset, "distance", vg_distance_at(d, i, j));
        }
}

static VgStatus print_axes(VgSession *session, VgResult *result, const VgPanelTable *table,
                           const VgDistances *d, size_t axes, VgError *error)
{
    VgPcoa *pcoa;
    VG_TRY(vg_pcoa(session->arena, d, &(VgPcoaOptions){.axes = axes}, &pcoa, error));
    const char **name = VG_NEW(session->arena, const char *, pcoa->axes);
    if (!name)
        return vg_fail_memory(error);
    VgDataset *dataset = vg_result_dataset(
        result, NULL, "pcoa", (const char *const[]){"sample", "#axis", "#coordinate"}, 3);
    for (size_t a = 0; a < pcoa->axes; a++) {
        name[a] = vg_arena_printf(session->arena, "PCo%zu", a + 1);
        if (!name[a])
            return vg_fail_memory(error);
        for (size_t i = 0; i < d->n; i++) {
            vg_dataset_row(result, dataset);
            vg_dataset_set_text(result, dataset, "sample", table->sample[i]);
            vg_dataset_set_number(result, dataset, "axis", (double)(a + 1));
            vg_dataset_set_number(result, dataset, "coordinate", VG_AT(pcoa->points, i, a));
        }
        VgEstimate row = vg_estimate_blank();
        row.quantity = "eigenvalue";
        row.term = name[a];
        row.estimate = pcoa->value[a];
        row.note = "sum of squares along the axis";
        vg_result_estimate(result, &row);
    }
    vg_result_number(result, VG_FACTS_FIT, NULL, "total_sum_of_squares", pcoa->trace);
    vg_result_number(result, VG_FACTS_FIT, NULL, "sum_of_positive_eigenvalues", pcoa->positive);
    vg_result_number(result, VG_FACTS_FIT, NULL, "sum_of_negative_eigenvalues", pcoa->negative);
    if (-pcoa->negative > 0.1 * pcoa->positive)
        vg_result_warn(result,
                       "negative eigenvalues sum to %.0f%% of the positive ones: these distances "
                       "do not fit into "
                       "a plane or space without strain",
                       -100 * pcoa->negative / pcoa->positive);
    return vg_cli_panel_print(session, result, "sample", table->sample, name, pcoa->points, 0,
                              error);
}

static double cell_of_distances(const void *context, size_t i, size_t j)
{
    return vg_distance_at(context, i, j);
}

static VgStatus print_square(VgSession *session, VgResult *result, const VgPanelTable *table,
                             const VgDistances *d, VgError *error)
{
    if (session->format == VG_FORMAT_JSON) {
        add_pairs(result, table, d);
        return vg_session_print(session, result, error);
    }
    return vg_cli_panel_print_cells(session, result, "", table->sample, d->n, table->sample, d->n,
                                    cell_of_distances, d, 0, error);
}

static VgStatus check_words(VgSession *session, VgMetric metric, VgError *error)
{
    bool by_tree = metric >= VG_METRIC_UNIFRAC,
         tree = vg_argument_given(session->arguments, "tree");
    if (by_tree && !tree)
        return vg_fail(error, VG_USAGE, "--metric %s without --tree",
                       "give the tree of the features", vg_metric_name(metric));
    if (tree && !by_tree)
        return vg_fail(error, VG_USAGE, "--tree with --metric %s", "the UniFrac metrics use a tree",
                       vg_metric_name(metric));
    if (vg_argument_given(session->arguments, "alpha") && metric != VG_METRIC_GENERALISED_UNIFRAC)
        return vg_fail(error, VG_USAGE, "--alpha with --metric %s", "alpha is of gunifrac",
                       vg_metric_name(metric));
    bool zeros = vg_argument_given(session->arguments, "zeros") ||
                 vg_argument_given(session->arguments, "pseudocount");
    if (zeros && metric != VG_METRIC_AITCHISON)
        return vg_fail(error, VG_USAGE, "a rule for zeros with --metric %s", "it is of aitchison",
                       vg_metric_name(metric));
    return VG_OK;
}

VgStatus vg_cli_distance(VgSession *session, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    VgDistanceOptions options = {
        .metric = (VgMetric)vg_cli_panel_choice(vg_argument(arguments, "metric"), metric_name),
        .alpha = vg_argument_number(arguments, "alpha", 0)};
    VgResult *result = vg_session_result(session);
    VgPanelTable table;
    VgBranches branches;
    VgDistances *d;
    if (!result)
        return vg_fail_memory(error);
    VG_TRY(check_words(session, options.metric, error));
    vg_cli_panel_zeros(session, &options.transform);
    bool any = options.metric == VG_METRIC_EUCLIDEAN || options.metric == VG_METRIC_MANHATTAN;
    VG_TRY(vg_cli_panel_table(session, result, any ? NULL : "distance", &table, error));
    VG_TRY(vg_cli_panel_tree(session, result, &table, &branches, error));
    if (branches.n_nodes)
        options.branches = &branches;
    VG_TRY(vg_distances(session->arena, table.x, &options, &d, error));
    vg_result_text(result, VG_FACTS_FIT, NULL, "metric", vg_metric_name(options.metric));
    size_t axes = (size_t)vg_argument_number(arguments, "pcoa", 0);
    if (axes)
        return print_axes(session, result, &table, d, axes, error);
    return print_square(session, result, &table, d, error);
}

/* --- transform ---------------------------------------------------------------------------------- */

static VgStatus find_reference(VgSession *session, const VgPanelTable *table, size_t *reference,
                               VgError *error)
{
    const char *name = vg_argument(session->arguments, "reference");
    if (!name)
        return vg_fail(error, VG_USAGE, "--transform alr without --reference",
                       "name a feature that is always there");
    for (size_t j = 0; j < table->x.cols; j++)
        if (strcmp(table->feature[j], name) == 0) {
            *reference = j;
            return VG_OK;
        }
    return vg_fail_at(error, VG_INVALID_INPUT, table->file->path, 0, "there is no feature %s",
                      "see the names in the table (after the prevalence filter)", name);
}

static VgStatus read_load(VgSession *session, VgResult *result, const VgPanelTable *panel,
                          double **load, VgError *error)
{
    const char *path = vg_argument(session->arguments, "load");
    if (!path)
        return vg_fail(error, VG_USAGE, "--transform absolute without --load",
                       "give a table of samples and their load (cells per gram)");
    VgTable *table;
    VG_TRY(vg_table_read(session->arena, path, &(VgTableOptions){0}, &table, error));
    vg_result_input(result, table->path, table->sha256, table->n_rows);
    if (table->n_columns != 2 || table->column[1].type != VG_COLUMN_NUMBER)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "a table of loads with %zu columns",
                          "give two: the sample and its load", table->n_columns);
    *load = VG_NEW(session->arena, double, panel->x.rows);
    if (!*load)
        return vg_fail_memory(error);
    for (size_t r = 0; r < table->n_rows; r++) {
        const char *name = vg_column_value_text(session->arena, &table->column[0], r);
        for (size_t i = 0; name && i < panel->x.rows; i++)
            if (strcmp(panel->sample[i], name) == 0)
                (*load)[i] = table->column[1].number[r];
    }
    for (size_t i = 0; i < panel->x.rows; i++)
        if (!((*load)[i] > 0))
            return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "no load for sample %s",
                              "give every sample a load above 0, or leave it out",
                              panel->sample[i]);
    return VG_OK;
}

/* Names of the columns that come out. */
static VgStatus name_columns(VgSession *session, const VgPanelTable *table,
                             const VgTransformOptions *options, size_t n, const char ***name,
                             VgError *error)
{
    *name = table->feature;
    if (n == table->x.cols)
        return VG_OK;
    *name = VG_NEW(session->arena, const char *, n);
    if (!*name)
        return vg_fail_memory(error);
    for (size_t j = 0, to = 0; to < n; j++) {
        if (options->transform == VG_TRANSFORM_ALR && j == options->reference)
            continue;
        (*name)[to] = options->transform == VG_TRANSFORM_ALR
                          ? table->feature[j]
                          : vg_arena_printf(session->arena, "balance%zu", to + 1);
        if (!(*name)[to++])
            return vg_fail_memory(error);
    }
    return VG_OK;
}

static void add_values(VgResult *result, const VgPanelTable *table, const char *const *name,
                       VgMatrix out)
{
    VgDataset *dataset = vg_result_dataset(result, NULL, "values",
                                           (const char *const[]){"sample", "feature", "#value"}, 3);
    for (size_t i = 0; i < out.rows; i++)
        for (size_t j = 0; j < out.cols; j++) {
            vg_dataset_row(result, dataset);
            vg_dataset_set_text(result, dataset, "sample", table->sample[i]);
            vg_dataset_set_text(result, dataset, "feature", name[j]);
            vg_dataset_set_number(result, dataset, "value", VG_AT(out, i, j));
        }
}

VgStatus vg_cli_transform(VgSession *session, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    VgTransformOptions options = {.transform = (VgTransform)vg_cli_panel_choice(
                                      vg_argument(arguments, "transform"), transform_name),
                                  .log_base = vg_argument_number(arguments, "log-base", 0)};
    VgResult *result = vg_session_result(session);
    VgPanelTable table;
    VgBranches branches;
    VgMatrix out;
    const char **name;
    double *load = NULL;
    if (!result)
        return vg_fail_memory(error);
    bool shares = options.transform != VG_TRANSFORM_LOG &&
                  options.transform != VG_TRANSFORM_PRESENCE &&
                  options.transform != VG_TRANSFORM_INVERSE_NORMAL;
    vg_cli_panel_zeros(session, &options);
    if (options.transform == VG_TRANSFORM_PHILR && !vg_argument_given(arguments, "tree"))
        return vg_fail(error, VG_USAGE, "--transform philr without --tree",
                       "give the tree of the features");
    VG_TRY(vg_cli_panel_table(session, result, shares ? "shares" : NULL, &table, error));
    VG_TRY(vg_cli_panel_tree(session, result, &table, &branches, error));
    options.branches = branches.n_nodes ? &branches : NULL;
    if (options.transform == VG_TRANSFORM_ALR)
        VG_TRY(find_reference(session, &table, &options.reference, error));
    if (options.transform == VG_TRANSFORM_ABSOLUTE)
        VG_TRY(read_load(session, result, &table, &load, error));
    options.load = load;
    VG_TRY(vg_transform(session->arena, table.x, &options, &out, error));
    VG_TRY(name_columns(session, &table, &options, out.cols, &name, error));
    vg_result_text(result, VG_FACTS_FIT, NULL, "transform", vg_transform_name(options.transform));
    if (session->format == VG_FORMAT_JSON)
        add_values(result, &table, name, out);
    return vg_cli_panel_print(session, result, "sample", table.sample, name, out, 0, error);
}
