/* vagus diversity: one row a sample. */
#include <math.h>

#include <vagus/diversity.h>

#include "cli/panel.h"
#include "numeric/linear_algebra.h"

static const char *const measures[] = {
    "depth",          "richness",        "shannon", "simpson",        "inverse_simpson",
    "hill_1",         "pielou",          "chao1",   "chao1_se",       "ace",
    "coverage",       "faith_pd",        "size",    "hill_0_at_size", "hill_1_at_size",
    "hill_2_at_size", "coverage_at_size"};
enum { N_MEASURES = sizeof measures / sizeof *measures, N_PLAIN = 12 };

/* Hill numbers at one depth, or one coverage, for all samples. */
static VgStatus rarefy(VgSession *session, const VgPanelTable *table, VgMatrix out,
                       bool *unreliable, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    double size = vg_argument_number(arguments, "size", 0),
           coverage = vg_argument_number(arguments, "coverage", 0);
    double *count = VG_NEW(session->arena, double, table->x.cols);
    if (!count)
        return vg_fail_memory(error);
    for (size_t i = 0; i < table->x.rows; i++) {
        for (size_t j = 0; j < table->x.cols; j++)
            count[j] = VG_AT(table->x, i, j);
        for (int q = 0; q <= 2; q++) {
            VgHillPoint point;
            VgStatus status = size > 0 ? vg_hill_at_size(session->arena, count, table->x.cols, q,
                                                         size, &point, error)
                                       : vg_hill_at_coverage(session->arena, count, table->x.cols,
                                                             q, coverage, &point, error);
            if (status != VG_OK)
                return vg_fail_at(error, status, table->file->path, 0,
                                  "sample %s cannot be brought to that %s",
                                  size > 0 ? "rarefaction needs whole counts"
                                           : "ask for less coverage, of whole counts",
                                  table->sample[i], size > 0 ? "depth" : "coverage");
            VG_AT(out, i, N_PLAIN) = point.size;
            VG_AT(out, i, N_PLAIN + 1 + (size_t)q) = point.hill;
            VG_AT(out, i, N_PLAIN + 4) = point.coverage;
            *unreliable |= point.unreliable;
        }
    }
    return VG_OK;
}

/* Rows for JSON and, in text, columns that hold something. */
static VgStatus print(VgSession *session, VgResult *result, const VgPanelTable *table, VgMatrix all,
                      VgError *error)
{
    const char *name[N_MEASURES];
    VgMatrix some = vg_matrix_new(session->arena, all.rows, all.cols);
    if (!some.data)
        return vg_fail_memory(error);
    some.cols = 0;
    for (size_t m = 0; m < N_MEASURES; m++) {
        bool any = false;
        for (size_t i = 0; i < all.rows; i++)
            any |= !isnan(VG_AT(all, i, m));
        if (!any)
            continue;
        name[some.cols++] = measures[m];
        for (size_t i = 0; i < all.rows; i++) {
            VG_AT(some, i, some.cols - 1) = VG_AT(all, i, m);
            if (session->format != VG_FORMAT_JSON || isnan(VG_AT(all, i, m)))
                continue;
            VgEstimate row = vg_estimate_blank();
            row.quantity = measures[m];
            row.term = table->sample[i];
            row.estimate = VG_AT(all, i, m);
            vg_result_estimate(result, &row);
        }
    }
    return vg_cli_panel_print(session, result, "sample", table->sample, name, some, session->digits,
                              error);
}

VgStatus vg_cli_diversity(VgSession *session, VgError *error)
{
    VgResult *result = vg_session_result(session);
    VgPanelTable table;
    VgBranches branches;
    if (!result)
        return vg_fail_memory(error);
    bool size = vg_argument_given(session->arguments, "size");
    bool coverage = vg_argument_given(session->arguments, "coverage"), unreliable = false;
    if (size && coverage)
        return vg_fail(error, VG_USAGE, "--size and --coverage", "compare samples at one of them");
    VG_TRY(vg_cli_panel_table(session, result, "diversity", &table, error));
    VG_TRY(vg_cli_panel_tree(session, result, &table, &branches, error));
    size_t n = table.x.rows;
    VgDiversity *d = VG_NEW(session->arena, VgDiversity, n);
    VgMatrix out = vg_matrix_new(session->arena, n, N_MEASURES);
    if (!d || !out.data)
        return vg_fail_memory(error);
    VG_TRY(vg_diversity(session->arena, table.x, branches.n_nodes ? &branches : NULL, d, error));
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < n; i++) {
        const double all[N_PLAIN] = {d[i].depth,   d[i].richness,        d[i].shannon,
                                     d[i].simpson, d[i].inverse_simpson, d[i].hill_1,
                                     d[i].pielou,  d[i].chao1,           d[i].chao1_se,
                                     d[i].ace,     d[i].coverage,        d[i].faith_pd};
        for (size_t m = 0; m < N_MEASURES; m++)
            VG_AT(out, i, m) = m < N_PLAIN ? all[m] : NAN;
        least = fmin(least, d[i].depth);
        most = fmax(most, d[i].depth);
    }
    if (size || coverage)
        VG_TRY(rarefy(session, &table, out, &unreliable, error));
    else if (table.file->kind == VG_FEATURES_COUNTS && most > 2 * least)
        vg_result_warn(result,
                       "depths differ %.1f-fold (%.0f to %.0f reads): richness grows with depth; "
                       "compare at one "
                       "--coverage or --size",
                       most / least, least, most);
    if (unreliable)
        vg_result_warn(result, "some samples were extrapolated beyond twice their depth: richness "
                               "(hill_0) is not to be "
                               "trusted there");
    return print(session, result, &table, out, error);
}
