/* vagus modules: functions of a community from its genes. */
#include <math.h>
#include <string.h>

#include <vagus/modules.h>

#include "base/file.h"
#include "cli/panel.h"
#include "numeric/linear_algebra.h"
#include "report/text.h"

static const char *statistic_name(int k)
{
    return vg_module_statistic_name((VgModuleStatistic)k);
}

static VgStatus read_modules(VgSession *session, VgResult *result, VgModuleSet **set,
                             VgError *error)
{
    const char *path = vg_argument(session->arguments, "modules");
    size_t size;
    char *bytes;
    if (!path) {
        const char *text = vg_modules_builtin(&size);
        vg_result_text(result, VG_FACTS_FIT, NULL, "modules", "built in");
        return vg_modules_parse(session->arena, "built-in modules", text, size, set, error);
    }
    VG_TRY(vg_file_read(session->arena, path, (size_t)64 << 20, &bytes, &size, error));
    vg_result_text(result, VG_FACTS_FIT, NULL, "modules", path);
    return vg_modules_parse(session->arena, path, bytes, size, set, error);
}

static VgStatus read_table(VgSession *session, VgResult *result, VgFeatureTable **table,
                           VgError *error)
{
    const VgArguments *arguments = session->arguments;
    const char *separator = vg_argument(arguments, "strata-separator");
    if (separator && strlen(separator) != 1)
        return vg_fail(error, VG_USAGE, "--strata-separator \"%s\"", "give one character",
                       separator);
    const char *skip = vg_argument(arguments, "skip");
    size_t n_skip = 0;
    const char **skipped = skip ? vg_argument_list(session->arena, skip, &n_skip) : NULL;
    if (skip && !skipped)
        return vg_fail_memory(error);
    VgFeatureOptions options = {.skip = skipped,
                                .n_skip = n_skip,
                                .features_in_columns =
                                    vg_argument_given(arguments, "samples-in-rows"),
                                .id_column = vg_argument(arguments, "id"),
                                .strata_separator = separator ? *separator : 0,
                                .numbers_only = vg_argument_given(arguments, "numbers-only")};
    VG_TRY(vg_feature_table_read(session->arena, arguments->input[0], &options, table, error));
    vg_result_input(result, (*table)->path, (*table)->sha256, (*table)->n_samples);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_samples", (double)(*table)->n_samples);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_features", (double)(*table)->n_features);
    return VG_OK;
}

static void tell(VgResult *result, const VgModuleSet *set, const VgModuleScores *scores)
{
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_modules", (double)set->n_modules);
    vg_result_number(result, VG_FACTS_FIT, NULL, "least_coverage", scores->cutoff);
    vg_result_number(result, VG_FACTS_FIT, NULL, "identifiers", (double)set->n_genes);
    vg_result_number(result, VG_FACTS_FIT, NULL, "identifiers_found", (double)scores->n_known);
    if (set->open_end)
        vg_result_warn(result,
                       "%s:%zu: the last module %s is not closed by ///; was the file cut off?",
                       set->path, set->open_end->line, set->open_end->id);
    if (scores->n_never) {
        size_t m = 0;
        while (!scores->never[m])
            m++;
        vg_result_warn(result,
                       "%zu of %zu modules cannot be covered by the identifiers of this table, "
                       "%s (%s) first",
                       scores->n_never, set->n_modules, set->module[m].id, set->module[m].name);
    }
    if (scores->cutoff_loses_two_of_three)
        vg_result_warn(result,
                       "a least coverage of %g leaves out modules with two of three steps "
                       "(0.667); the usual one is 0.66",
                       scores->cutoff);
}

/* Samples × modules. Rows for JSON. */
static VgStatus print_matrix(VgSession *session, VgResult *result, const VgModuleSet *set,
                             const VgFeatureTable *table, const char *quantity, VgMatrix x,
                             VgError *error)
{
    const char **id = VG_NEW(session->arena, const char *, set->n_modules);
    if (!id)
        return vg_fail_memory(error);
    for (size_t m = 0; m < set->n_modules; m++)
        id[m] = set->module[m].id;
    for (size_t i = 0; session->format == VG_FORMAT_JSON && i < x.rows; i++)
        for (size_t m = 0; m < x.cols; m++) {
            VgEstimate row = vg_estimate_blank();
            row.quantity = quantity;
            row.term = table->sample_id[i];
            row.feature = id[m];
            row.note = set->module[m].name;
            row.estimate = VG_AT(x, i, m);
            vg_result_estimate(result, &row);
        }
    return vg_cli_panel_print(session, result, "sample", table->sample_id, id, x, session->digits,
                              error);
}

static void put(VgBuffer *out, const char *text, bool csv)
{
    if (csv)
        vg_csv_put_text(out, text);
    else
        vg_buffer_text(out, text);
}

/* One row per sample, module and taxon that covers it. */
static VgStatus print_taxa(VgSession *session, VgResult *result, const VgModuleSet *set,
                           const VgFeatureTable *table, const VgModuleTaxa *taxa, VgError *error)
{
    static const char *const columns[] = {"sample",   "module",    "taxon",
                                          "coverage", "abundance", "share"};
    static const char *const quantity[] = {"module_taxon_coverage", "module_taxon_abundance",
                                           "module_taxon_share"};
    if (session->format == VG_FORMAT_JSON) {
        for (size_t k = 0; k < 3 * taxa->n_parts; k++) {
            const VgModulePart *part = &taxa->part[k / 3];
            VgEstimate row = vg_estimate_blank();
            row.quantity = quantity[k % 3];
            row.term = table->sample_id[part->sample];
            row.feature = set->module[part->module].id;
            row.stratum = table->strata->taxon_id[part->taxon];
            row.estimate = k % 3 == 0 ? part->coverage : k % 3 == 1 ? part->abundance : part->share;
            vg_result_estimate(result, &row);
        }
        return vg_session_print(session, result, error);
    }
    VG_TRY(vg_result_status(result, error));
    for (size_t w = 0; w < result->n_warnings; w++)
        vg_session_warn(session, result->warning[w]);
    bool csv = session->format == VG_FORMAT_CSV;
    char gap = csv ? ',' : '\t';
    VgBuffer out = {0};
    for (size_t c = 0; c < 6; c++)
        vg_buffer_printf(&out, "%s%c", columns[c], c < 5 ? gap : '\n');
    for (size_t k = 0; k < taxa->n_parts; k++) {
        const VgModulePart *part = &taxa->part[k];
        const char *name[] = {table->sample_id[part->sample], set->module[part->module].id,
                              table->strata->taxon_id[part->taxon]};
        const double value[] = {part->coverage, part->abundance, part->share};
        for (size_t c = 0; c < 3; c++) {
            put(&out, name[c], csv);
            vg_buffer_append(&out, &gap, 1);
        }
        for (size_t c = 0; c < 3; c++) {
            if (csv)
                vg_csv_put_number(&out, value[c]);
            else
                vg_buffer_printf(&out, "%.*g", session->digits, value[c]);
            vg_buffer_append(&out, c < 2 ? &gap : "\n", 1);
        }
    }
    VgStatus status = vg_buffer_status(&out, error);
    if (status == VG_OK)
        status = vg_session_write(session, out.text, out.length, error);
    vg_buffer_free(&out);
    return status;
}

static VgStatus print_redundancy(VgSession *session, VgResult *result, const VgModuleSet *set,
                                 const VgFeatureTable *table, VgError *error)
{
    size_t n = table->n_samples;
    VgRedundancy *all = NULL;
    VgMatrix x = vg_matrix_new(session->arena, n, set->n_modules);
    if (x.data)
        all = VG_NEW(session->arena, VgRedundancy, n * set->n_modules);
    if (!all)
        return vg_fail_memory(error);
    VG_TRY(vg_modules_redundancy(session->arena, set, table, all, error));
    for (size_t k = 0; k < n * set->n_modules; k++)
        x.data[k] = all[k].redundancy;
    return print_matrix(session, result, set, table, "module_redundancy", x, error);
}

VgStatus vg_cli_modules(VgSession *session, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    VgModuleSet *set;
    VgFeatureTable *table;
    VG_TRY(read_modules(session, result, &set, error));
    VG_TRY(read_table(session, result, &table, error));
    const char *show = vg_argument(arguments, "show"),
               *statistic = vg_argument(arguments, "statistic");
    double least = vg_argument_number(arguments, "least-coverage", 0.66);
    VgModuleOptions options = {
        .statistic = statistic ? (VgModuleStatistic)vg_cli_panel_choice(statistic, statistic_name)
                               : VG_MODULE_MEDIAN,
        .cutoff = least,
        .no_cutoff = least <= 0,
        .strict_complex = vg_argument_given(arguments, "strict-complex"),
        .length_normalised = vg_argument_given(arguments, "length-normalised"),
        .allow_unknown = vg_argument_given(arguments, "allow-unknown")};
    VgModuleScores scores;
    VG_TRY(vg_modules_score(session->arena, set, table, &options, &scores, error));
    tell(result, set, &scores);
    if (!show || strcmp(show, "abundance") == 0)
        return print_matrix(session, result, set, table, "module_abundance", scores.abundance,
                            error);
    if (strcmp(show, "coverage") == 0)
        return print_matrix(session, result, set, table, "module_coverage", scores.coverage, error);
    if (strcmp(show, "redundancy") == 0)
        return print_redundancy(session, result, set, table, error);
    VgModuleTaxa taxa;
    VG_TRY(vg_modules_by_taxon(session->arena, set, table, &options, &scores, &taxa, error));
    if (strcmp(show, "taxa") == 0)
        return print_taxa(session, result, set, table, &taxa, error);
    if (strcmp(show, "gap") == 0)
        return print_matrix(session, result, set, table, "module_gap", taxa.gap, error);
    return print_matrix(session, result, set, table, "module_contributors", taxa.effective, error);
}
