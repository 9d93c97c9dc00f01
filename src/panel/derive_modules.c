/* A layer of genes into a layer of functions: what a module has of it, as a share of all genes of the sample, so that depth does
 * not count; 0 where its coverage is below the least. Taxa and redundancy where the table is stratified. METHODS 1.5. */
#include "panel/derive.h"

#include <string.h>

#include <vagus/modules.h>

#include "base/digest.h"
#include "base/file.h"
#include "numeric/linear_algebra.h"

static const size_t MOST_BYTES = (size_t)64 << 20;

static VgModuleSet *read_set(VgStudyReader *reader, const VgModulesKey *key)
{
    size_t size;
    char *bytes = NULL;
    VgModuleSet *set;
    VgError error = {0};
    if (!key->path) {
        const char *text = vg_modules_builtin(&size);
        if (vg_modules_parse(reader->arena, "built-in", text, size, &set, &error) == VG_OK)
            return set;
    } else if (vg_file_read(reader->arena, key->path, MOST_BYTES, &bytes, &size, &error) == VG_OK &&
               vg_modules_parse(reader->arena, key->path, bytes, size, &set, &error) == VG_OK) {
        char *hex = VG_STUDY_NEW(reader, char, 65);
        if (hex) {
            vg_sha256(bytes, size, hex);
            vg_study_input(reader, key->path, hex, set->n_modules);
        }
        return set;
    }
    vg_study_problem_from(reader, &error);
    return NULL;
}

/* ---- the parent's samples of its table ---- */

static VgAbundances pick(VgStudyReader *reader, const VgAbundances *from, const size_t *row,
                         size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += from->start[row[i] + 1] - from->start[row[i]];
    VgAbundances to = {.start = VG_STUDY_NEW(reader, size_t, n + 1),
                       .feature = VG_STUDY_NEW(reader, uint32_t, total),
                       .value = VG_STUDY_NEW(reader, double, total)};
    if (!to.start || !to.feature || !to.value)
        return (VgAbundances){0};
    for (size_t i = 0; i < n; i++) {
        size_t first = from->start[row[i]], length = from->start[row[i] + 1] - first;
        if (length) {
            memcpy(to.feature + to.start[i], from->feature + first, length * sizeof *to.feature);
            memcpy(to.value + to.start[i], from->value + first, length * sizeof *to.value);
        }
        to.start[i + 1] = to.start[i] + length;
    }
    return to;
}

static VgFeatureTable *own_samples(VgStudyReader *reader, const VgLayer *layer)
{
    VgFeatureTable *table = VG_STUDY_NEW(reader, VgFeatureTable, 1);
    if (!table)
        return NULL;
    *table = *layer->table;
    table->n_samples = layer->n_samples;
    table->sample_id = layer->sample;
    table->unassigned = table->unintegrated = NULL;
    table->amount = pick(reader, &layer->table->amount, layer->table_row, layer->n_samples);
    if (table->strata) {
        VgStrata *strata = VG_STUDY_NEW(reader, VgStrata, 1);
        if (!strata)
            return NULL;
        *strata = *table->strata;
        strata->amount = pick(reader, &strata->amount, layer->table_row, layer->n_samples);
        table->strata = strata;
    }
    return reader->failed == VG_OK ? table : NULL;
}

/* ---- scoring ---- */

static VgModuleOptions options_of(const VgModulesKey *key)
{
    VgModuleOptions options = {.cutoff = key->coverage,
                               .strict_complex = key->strict_complex,
                               .allow_unknown = key->allow_unknown};
    const char *name;
    for (int k = 0; key->statistic && (name = vg_module_statistic_name((VgModuleStatistic)k)); k++)
        if (strcmp(name, key->statistic) == 0)
            options.statistic = (VgModuleStatistic)k;
    return options;
}

/* False when it cannot be had (told). */
static bool score(VgStudyReader *reader, const VgModulesKey *key, VgLayerModules *to)
{
    const VgModuleOptions options = options_of(key);
    VgError error = {0};
    VgStatus status =
        vg_modules_score(reader->arena, to->set, to->table, &options, &to->scores, &error);
    if (status == VG_INVALID_INPUT)
        vg_study_problem(reader, status, key->line, "%s: %s",
                         "use modules of the annotation that names the table's rows; where the "
                         "table lists only what was found, say modules: {file: …, allow_unknown: "
                         "true}",
                         to->table->path, error.message);
    else if (status != VG_OK)
        vg_study_problem_from(reader, &error);
    if (status != VG_OK || !to->table->strata)
        return status == VG_OK;
    VgModuleTaxa *taxa = VG_STUDY_NEW(reader, VgModuleTaxa, 1);
    VgRedundancy *redundancy =
        VG_STUDY_NEW(reader, VgRedundancy, to->table->n_samples * to->set->n_modules);
    if (!taxa || !redundancy)
        return false;
    status =
        vg_modules_by_taxon(reader->arena, to->set, to->table, &options, &to->scores, taxa, &error);
    if (status == VG_OK)
        status = vg_modules_redundancy(reader->arena, to->set, to->table, redundancy, &error);
    if (status != VG_OK)
        vg_study_problem_from(reader, &error);
    to->taxa = taxa;
    to->redundancy = redundancy;
    return status == VG_OK;
}

static void warn(VgStudyReader *reader, const VgLayer *parent, const VgLayerModules *of)
{
    const VgModuleSet *set = of->set;
    const char *file = parent->modules->path ? parent->modules->path : reader->file;
    size_t never = 0, line = parent->modules->line;
    if (set->open_end)
        vg_study_warn_in(reader, file, set->open_end->line,
                         "the last module %s is not closed by ///",
                         "see whether the file was cut off", set->open_end->id);
    for (size_t m = 0; m < set->n_modules; m++)
        if (of->scores.never[m] && vg_study_listed(&never))
            vg_study_warn_in(reader, file, parent->modules->path ? set->module[m].line : line,
                             "no sample of the layer %s can cover %s (%s): the table lacks the "
                             "identifiers of its steps",
                             "its absence means nothing: leave it out, or see whether the table "
                             "has another annotation",
                             parent->name, set->module[m].id, set->module[m].name);
    vg_study_and_more(reader, never, file, true, "modules that cannot be covered");
    if (of->scores.cutoff_loses_two_of_three)
        vg_study_warn_in(
            reader, reader->file, line,
            "a least coverage of %g leaves out modules with two of three steps (0.667)",
            "the usual one is 0.66", of->scores.cutoff);
}

static const double *totals(VgStudyReader *reader, const VgFeatureTable *table)
{
    double *total = VG_STUDY_NEW(reader, double, table->n_samples);
    for (size_t i = 0; total && i < table->n_samples; i++)
        for (size_t k = table->amount.start[i]; k < table->amount.start[i + 1]; k++)
            total[i] += table->amount.value[k];
    return total;
}

void vg_derive_modules(VgStudyReader *reader, const VgLayer *parent)
{
    VgLayerModules *of = VG_STUDY_NEW(reader, VgLayerModules, 1);
    const VgModuleSet *set = of ? read_set(reader, parent->modules) : NULL;
    const VgFeatureTable *table = set ? own_samples(reader, parent) : NULL;
    if (!table)
        return;
    of->set = set;
    of->table = table;
    of->total = totals(reader, table);
    if (!of->total || !score(reader, parent->modules, of))
        return;
    warn(reader, parent, of);
    bool absolute = parent->kind == VG_LAYER_ABSOLUTE;
    VgLayer *to =
        vg_derive_begin(reader, parent, "modules", absolute ? VG_LAYER_ABSOLUTE : VG_LAYER_RELATIVE,
                        set->n_modules, parent->modules->line);
    if (!to)
        return;
    to->function = of;
    to->unit = absolute ? parent->unit : NULL;
    for (size_t m = 0; m < set->n_modules; m++) {
        to->feature[m] = set->module[m].id;
        to->feature_label[m] = *set->module[m].name ? set->module[m].name : set->module[m].id;
        to->feature_formula[m] = absolute
                                     ? "amount of the module's steps"
                                     : "amount of the module's steps / all genes of the sample";
        for (size_t i = 0; i < to->n_samples; i++)
            VG_AT(to->value, i, m) = VG_AT(of->scores.abundance, i, m) /
                                     (absolute || !(of->total[i] > 0) ? 1 : of->total[i]);
    }
    vg_derive_end(reader, to);
}
