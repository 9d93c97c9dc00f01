/* Feature tables, trees and matrices between files and the panel. */
#include "cli/panel.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "report/text.h"

static VgFeatureOptions feature_options(VgSession *session)
{
    const VgArguments *arguments = session->arguments;
    VgFeatureOptions options = {.features_in_columns =
                                    vg_argument_given(arguments, "samples-in-rows"),
                                .id_column = vg_argument(arguments, "id"),
                                .numbers_only = vg_argument_given(arguments, "numbers-only")};
    const char *kind = vg_argument(arguments, "kind"), *rank = vg_argument(arguments, "rank");
    if (kind && strcmp(kind, "counts") == 0)
        options.kind = VG_FEATURES_COUNTS;
    if (kind && strcmp(kind, "relative") == 0)
        options.kind = VG_FEATURES_RELATIVE;
    if (rank)
        options.rank = *rank;
    return options;
}

static VgStatus check_no_empty(const VgPanelTable *table, const char *what, VgError *error)
{
    for (size_t i = 0; i < table->x.rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < table->x.cols; j++)
            sum += VG_AT(table->x, i, j);
        if (!(sum > 0))
            return vg_fail_at(error, VG_INVALID_INPUT, table->file->path, 0,
                              "sample %s holds zeros only and has no %s",
                              "leave the sample out, or look why nothing was found in it",
                              table->sample[i], what);
    }
    return VG_OK;
}

static VgStatus keep_prevalent(VgSession *session, VgPanelTable *table, VgError *error)
{
    double prevalence = vg_argument_number(session->arguments, "prevalence", 0);
    double total = vg_argument_number(session->arguments, "least-total", 0);
    if (prevalence <= 0 && total <= 0)
        return VG_OK;
    bool *keep = VG_NEW(session->arena, bool, table->x.cols);
    size_t n;
    if (!keep)
        return vg_fail_memory(error);
    VG_TRY(vg_prevalence_filter(table->x, prevalence, total, keep, &n, error));
    VgMatrix kept = vg_matrix_new(session->arena, table->x.rows, n);
    const char **name = VG_NEW(session->arena, const char *, n);
    if (!kept.data || !name)
        return vg_fail_memory(error);
    for (size_t j = 0, to = 0; j < table->x.cols; j++)
        if (keep[j]) {
            memcpy(&VG_AT(kept, 0, to), &VG_AT(table->x, 0, j), kept.rows * sizeof(double));
            name[to++] = table->feature[j];
        }
    table->x = kept;
    table->feature = name;
    return VG_OK;
}

VgStatus vg_cli_panel_table(VgSession *session, VgResult *result, const char *no_empty,
                            VgPanelTable *table, VgError *error)
{
    VgFeatureOptions options = feature_options(session);
    VgFeatureTable *file;
    VG_TRY(vg_feature_table_read(session->arena, session->arguments->input[0], &options, &file,
                                 error));
    vg_result_input(result, file->path, file->sha256, file->n_samples);
    double *dense;
    VG_TRY(vg_abundances_dense(session->arena, &file->amount, file->n_samples, file->n_features,
                               &dense, error));
    *table = (VgPanelTable){.file = file,
                            .x = {dense, file->n_samples, file->n_features, file->n_samples},
                            .sample = file->sample_id,
                            .feature = file->feature_id};
    VG_TRY(keep_prevalent(session, table, error));
    if (no_empty)
        VG_TRY(check_no_empty(table, no_empty, error));
    char hash[65];
    vg_feature_set_hash(table->feature, table->x.cols, hash);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_samples", (double)table->x.rows);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_features", (double)table->x.cols);
    vg_result_text(result, VG_FACTS_FIT, NULL, "feature_set", hash);
    return VG_OK;
}

VgStatus vg_cli_panel_tree(VgSession *session, VgResult *result, const VgPanelTable *table,
                           VgBranches *branches, VgError *error)
{
    const char *path = vg_argument(session->arguments, "tree");
    *branches = (VgBranches){0};
    if (!path)
        return VG_OK;
    VgTree *tree;
    VG_TRY(vg_tree_read(session->arena, path, &tree, error));
    vg_result_input(result, tree->path, tree->sha256, tree->n_tips);
    return vg_branches_of(session->arena, tree, table->feature, table->x.cols, branches, error);
}

void vg_cli_panel_zeros(VgSession *session, VgTransformOptions *options)
{
    const char *zeros = vg_argument(session->arguments, "zeros");
    if (zeros && strcmp(zeros, "multiplicative") == 0)
        options->zeros = VG_ZEROS_MULTIPLICATIVE;
    if (zeros && strcmp(zeros, "refuse") == 0)
        options->zeros = VG_ZEROS_NONE;
    options->pseudocount = vg_argument_number(session->arguments, "pseudocount", 0);
}

int vg_cli_panel_choice(const char *name, const char *(*list)(int))
{
    int k = 0;
    while (name && list(k) && strcmp(list(k), name) != 0)
        k++;
    return k;
}

static void put_field(VgBuffer *out, const char *text, bool csv)
{
    if (csv)
        vg_csv_put_text(out, text);
    else
        vg_buffer_text(out, text);
}

static void put_cell(VgBuffer *out, double value, bool csv, int digits)
{
    if (csv || !digits || !isfinite(value))
        vg_csv_put_number(out, value);
    else
        vg_buffer_printf(out, "%.*g", digits, value);
}

VgStatus vg_cli_panel_print_cells(VgSession *session, VgResult *result, const char *corner,
                                  const char *const *row, size_t n_rows, const char *const *column,
                                  size_t n_columns, VgCellValue value, const void *context,
                                  int digits, VgError *error)
{
    enum { PIECE = 1 << 20 };
    if (session->format == VG_FORMAT_JSON)
        return vg_session_print(session, result, error);
    VG_TRY(vg_result_status(result, error));
    for (size_t w = 0; w < result->n_warnings; w++)
        vg_session_warn(session, result->warning[w]);
    bool csv = session->format == VG_FORMAT_CSV;
    bool in_pieces =
        !vg_argument(session->arguments, "output"); /* a file is written whole or not */
    const char *gap = csv ? "," : "\t";
    VgBuffer out = {0};
    VgStatus status = VG_OK;
    put_field(&out, corner, csv);
    for (size_t j = 0; j < n_columns; j++) {
        vg_buffer_text(&out, gap);
        put_field(&out, column[j], csv);
    }
    vg_buffer_text(&out, "\n");
    for (size_t i = 0; i < n_rows && status == VG_OK; i++) {
        put_field(&out, row[i], csv);
        for (size_t j = 0; j < n_columns; j++) {
            vg_buffer_text(&out, gap);
            put_cell(&out, value(context, i, j), csv, digits);
        }
        vg_buffer_text(&out, "\n");
        if (in_pieces && out.length > PIECE && (status = vg_buffer_status(&out, error)) == VG_OK) {
            status = vg_session_write(session, out.text, out.length, error);
            out.length = 0;
        }
    }
    if (status == VG_OK)
        status = vg_buffer_status(&out, error);
    if (status == VG_OK)
        status = vg_session_write(session, out.text, out.length, error);
    vg_buffer_free(&out);
    return status;
}

static double cell_of_matrix(const void *context, size_t i, size_t j)
{
    const VgMatrix *values = context;
    return VG_AT(*values, i, j);
}

VgStatus vg_cli_panel_print(VgSession *session, VgResult *result, const char *corner,
                            const char *const *row, const char *const *column, VgMatrix values,
                            int digits, VgError *error)
{
    return vg_cli_panel_print_cells(session, result, corner, row, values.rows, column, values.cols,
                                    cell_of_matrix, &values, digits, error);
}
