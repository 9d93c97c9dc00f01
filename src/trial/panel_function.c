/* What the microbes can do: each module's presence and amount by arm and visit, and, of a stratified table, which taxa carry it,
 * how evenly, what exists only across taxa, and how far taxa could stand in for one another (Tian 2020). These describe;
 * whether functions change differently between arms, panel_differential.c says. */
#include "trial/panel.h"

#include <math.h>
#include <string.h>

#include <vagus/censored.h>
#include <vagus/modules.h>

#include "numeric/linear_algebra.h"

enum { SHOWN_TAXA = 6 }; /* named in panel_contributors; the rest is one row */

typedef struct Function {
    const VgLayer *layer;
    const VgLayerModules *of;
    size_t cells;         /* arms × visits */
    size_t *cell;         /* n_samples: arm × visits + visit; SIZE_MAX = not randomised */
    double *x;            /* n_samples */
    VgCensoredCell *mean; /* cells */
} Function;

static bool prepare(VgTrial *trial, const VgLayer *layer, Function *f)
{
    const VgStudy *study = trial->study;
    *f =
        (Function){.layer = layer,
                   .of = layer->function,
                   .cells = study->n_arms * study->n_visits,
                   .cell = VG_NEW(trial->scratch, size_t, layer->n_samples),
                   .x = VG_NEW(trial->scratch, double, layer->n_samples),
                   .mean = VG_NEW(trial->scratch, VgCensoredCell, study->n_arms * study->n_visits)};
    if (!f->cell || !f->x || !f->mean)
        return false;
    for (size_t i = 0; i < layer->n_samples; i++) {
        int32_t arm = vg_trial_sample_arm(study, layer, i);
        f->cell[i] = arm < 0 ? SIZE_MAX : (size_t)arm * study->n_visits + layer->visit[i];
    }
    return true;
}

/* Means of f->x by cell, NaN taken as missing; all NaN where they cannot be had. */
static VgStatus means(VgTrial *trial, Function *f, VgError *error)
{
    size_t n = 0;
    VgArenaMark mark = vg_arena_mark(trial->scratch);
    double *x = VG_NEW(trial->scratch, double, f->layer->n_samples);
    size_t *group = VG_NEW(trial->scratch, size_t, f->layer->n_samples);
    if (!x || !group)
        return vg_fail_memory(error);
    for (size_t k = 0; k < f->cells; k++)
        f->mean[k] = (VgCensoredCell){.mean = NAN, .se = NAN, .lower = NAN, .upper = NAN};
    bool vary = false;
    for (size_t i = 0; i < f->layer->n_samples; i++)
        if (f->cell[i] != SIZE_MAX && !isnan(f->x[i])) {
            vary |= n && f->x[i] != x[0];
            x[n] = f->x[i];
            group[n++] = f->cell[i];
        }
    VgError own = {0};
    VgStatus status = VG_OK;
    if (vary)
        status = vg_censored_means(trial->scratch, x, x, n, group, f->cells, trial->result->level,
                                   f->mean, NULL, &own);
    else
        for (size_t k = 0; k < n; k++) /* the same everywhere: no spread to speak of */
            f->mean[group[k]].mean = x[k];
    vg_arena_rewind(trial->scratch, mark);
    return status == VG_NO_MEMORY ? vg_fail_memory(error) : VG_OK;
}

/* What is shown of a module's share. */
static double scale_of(const VgLayer *layer)
{
    return layer->kind == VG_LAYER_RELATIVE ? 1e6 : 1;
}

static const VgRedundancy *redundancy_of(const Function *f, size_t sample, size_t module)
{
    return f->of->redundancy ? &f->of->redundancy[sample + module * f->layer->n_samples] : NULL;
}

/* ---- by arm and visit ---- */

typedef struct Cell {
    size_t n, present, carried;
    double coverage, contributors, across;
} Cell;

static void add_sample(const Function *f, size_t i, size_t m, Cell *to)
{
    const VgModuleScores *scores = &f->of->scores;
    const VgModuleTaxa *taxa = f->of->taxa;
    double community = VG_AT(scores->abundance, i, m);
    to->n++;
    to->present += community > 0;
    to->coverage += VG_AT(scores->coverage, i, m);
    if (!taxa || !(community > 0))
        return;
    to->across += !(VG_AT(taxa->sum, i, m) > 0);
    if (VG_AT(taxa->sum, i, m) > 0) {
        to->carried++;
        to->contributors += VG_AT(taxa->effective, i, m);
    }
}

static VgDataset *function_dataset(VgResult *result)
{
    return vg_result_dataset(result, NULL, "panel_function",
                             VG_COLUMNS("layer", "feature", "label", "unit", "arm", "visit", "#day",
                                        "#n", "#present", "#coverage", "#mean", "#lower", "#upper",
                                        "#contributors", "#only_across_taxa", "#redundancy",
                                        "#redundancy_lower", "#redundancy_upper"));
}

static void cell_row(VgTrial *trial, const Function *f, size_t m, size_t k, const Cell *here,
                     const VgCensoredCell *share, const VgCensoredCell *redundancy)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    const VgVisit *visit = &study->visit[k % study->n_visits];
    VgDataset *data = function_dataset(result);
    double n = (double)here->n, scale = scale_of(f->layer);
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", f->layer->name);
    vg_dataset_set_text(result, data, "feature", f->layer->feature[m]);
    vg_dataset_set_text(result, data, "label", f->layer->feature_label[m]);
    vg_dataset_set_text(result, data, "unit",
                        f->layer->unit ? f->layer->unit : "per million genes");
    vg_dataset_set_text(result, data, "arm", study->arm[k / study->n_visits].name);
    vg_dataset_set_text(result, data, "visit", visit->name);
    vg_dataset_set_number(result, data, "day", visit->day);
    vg_dataset_set_number(result, data, "n", n);
    vg_dataset_set_number(result, data, "present", (double)here->present / n);
    vg_dataset_set_number(result, data, "coverage", here->coverage / n);
    if (here->present) {
        vg_dataset_set_number(result, data, "mean", scale * exp(share->mean));
        vg_dataset_set_number(result, data, "lower", scale * exp(share->lower));
        vg_dataset_set_number(result, data, "upper", scale * exp(share->upper));
    }
    if (!f->of->taxa)
        return;
    if (here->carried)
        vg_dataset_set_number(result, data, "contributors",
                              here->contributors / (double)here->carried);
    if (here->present)
        vg_dataset_set_number(result, data, "only_across_taxa",
                              here->across / (double)here->present);
    vg_dataset_set_number(result, data, "redundancy", redundancy->mean);
    vg_dataset_set_number(result, data, "redundancy_lower", redundancy->lower);
    vg_dataset_set_number(result, data, "redundancy_upper", redundancy->upper);
}

static VgStatus one_module(VgTrial *trial, Function *f, size_t m, VgError *error)
{
    Cell *cell = VG_NEW(trial->scratch, Cell, f->cells);
    VgCensoredCell *share = VG_NEW(trial->scratch, VgCensoredCell, f->cells);
    if (!cell || !share)
        return vg_fail_memory(error);
    for (size_t i = 0; i < f->layer->n_samples; i++) {
        double value = VG_AT(f->layer->value, i, m);
        f->x[i] = value > 0 ? log(value) : (double)NAN;
        if (f->cell[i] != SIZE_MAX)
            add_sample(f, i, m, &cell[f->cell[i]]);
    }
    VG_TRY(means(trial, f, error));
    memcpy(share, f->mean, f->cells * sizeof *share);
    for (size_t i = 0; i < f->layer->n_samples; i++) {
        const VgRedundancy *r = redundancy_of(f, i, m);
        f->x[i] = r ? r->normalised : (double)NAN;
    }
    VG_TRY(means(trial, f, error));
    for (size_t k = 0; k < f->cells; k++)
        if (cell[k].n)
            cell_row(trial, f, m, k, &cell[k], &share[k], &f->mean[k]);
    return VG_OK;
}

/* ---- sample by sample ---- */

static void sample_rows(VgTrial *trial, const Function *f)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    const VgLayer *layer = f->layer;
    const VgModuleTaxa *taxa = f->of->taxa;
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_function_samples",
        VG_COLUMNS("layer", "feature", "participant", "arm", "visit", "#coverage", "#share",
                   "#contributors", "#gap", "#taxonomic_diversity", "#functional_diversity",
                   "#redundancy", "#normalised_redundancy"));
    for (size_t m = 0; m < layer->n_features; m++)
        for (size_t i = 0; i < layer->n_samples; i++) {
            if (f->cell[i] == SIZE_MAX)
                continue;
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "layer", layer->name);
            vg_dataset_set_text(result, data, "feature", layer->feature[m]);
            vg_dataset_set_text(result, data, "participant",
                                vg_trial_text(trial, "%zu", layer->participant[i] + 1));
            vg_dataset_set_text(result, data, "arm", study->arm[f->cell[i] / study->n_visits].name);
            vg_dataset_set_text(result, data, "visit", study->visit[layer->visit[i]].name);
            vg_dataset_set_number(result, data, "coverage", VG_AT(f->of->scores.coverage, i, m));
            vg_dataset_set_number(result, data, "share", VG_AT(layer->value, i, m));
            const VgRedundancy *r = redundancy_of(f, i, m);
            if (!taxa || !r)
                continue;
            double whole = layer->kind == VG_LAYER_ABSOLUTE ? 1 : f->of->total[i];
            vg_dataset_set_number(result, data, "contributors", VG_AT(taxa->effective, i, m));
            vg_dataset_set_number(result, data, "gap", VG_AT(taxa->gap, i, m) / whole);
            vg_dataset_set_number(result, data, "taxonomic_diversity", r->taxonomic);
            vg_dataset_set_number(result, data, "functional_diversity", r->functional);
            vg_dataset_set_number(result, data, "redundancy", r->redundancy);
            vg_dataset_set_number(result, data, "normalised_redundancy", r->normalised);
        }
}

/* ---- who carries what ---- */

/* Mean shares by cell (the last: all cells), module and taxon, over samples where some taxon has the module. */
typedef struct Carriers {
    size_t n_taxa, n_modules, cells;
    double *share; /* taxon + n_taxa × (module + n_modules × cell) */
    size_t *n;     /* module + n_modules × cell */
    size_t shown[SHOWN_TAXA], n_shown;
} Carriers;

static void add_shares(const Function *f, Carriers *c)
{
    const VgModuleTaxa *taxa = f->of->taxa;
    for (size_t i = 0; i < f->layer->n_samples; i++)
        for (size_t m = 0; f->cell[i] != SIZE_MAX && m < c->n_modules; m++)
            if (VG_AT(taxa->sum, i, m) > 0) {
                c->n[m + c->n_modules * f->cell[i]]++;
                c->n[m + c->n_modules * f->cells]++;
            }
    for (size_t k = 0; k < taxa->n_parts; k++) {
        const VgModulePart *part = &taxa->part[k];
        size_t own = f->cell[part->sample];
        if (own == SIZE_MAX)
            continue;
        c->share[part->taxon + c->n_taxa * (part->module + c->n_modules * own)] += part->share;
        c->share[part->taxon + c->n_taxa * (part->module + c->n_modules * f->cells)] += part->share;
    }
    for (size_t k = 0; k < c->n_modules * c->cells; k++)
        for (size_t t = 0; c->n[k] && t < c->n_taxa; t++)
            c->share[t + c->n_taxa * k] /= (double)c->n[k];
}

/* The taxa with most, summed over modules. */
static VgStatus choose_taxa(VgTrial *trial, Carriers *c, VgError *error)
{
    double *sum = VG_NEW(trial->scratch, double, c->n_taxa);
    if (!sum)
        return vg_fail_memory(error);
    for (size_t m = 0; m < c->n_modules; m++)
        for (size_t t = 0; t < c->n_taxa; t++)
            sum[t] += c->share[t + c->n_taxa * (m + c->n_modules * (c->cells - 1))];
    while (c->n_shown < SHOWN_TAXA) {
        size_t best = 0;
        for (size_t t = 1; t < c->n_taxa; t++)
            if (sum[t] > sum[best])
                best = t;
        if (!c->n_taxa || !(sum[best] > 0))
            break;
        c->shown[c->n_shown++] = best;
        sum[best] = 0;
    }
    return VG_OK;
}

static void carrier_row(VgTrial *trial, const Function *f, const Carriers *c, size_t m, size_t k,
                        const char *taxon, double share, size_t order)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(result, NULL, "panel_contributors",
                                        VG_COLUMNS("layer", "feature", "label", "arm", "visit",
                                                   "taxon", "#share", "#samples", "#order"));
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", f->layer->name);
    vg_dataset_set_text(result, data, "feature", f->layer->feature[m]);
    vg_dataset_set_text(result, data, "label", f->layer->feature_label[m]);
    if (k < f->cells) {
        vg_dataset_set_text(result, data, "arm", study->arm[k / study->n_visits].name);
        vg_dataset_set_text(result, data, "visit", study->visit[k % study->n_visits].name);
    }
    vg_dataset_set_text(result, data, "taxon", taxon);
    vg_dataset_set_number(result, data, "share", share);
    vg_dataset_set_number(result, data, "samples", (double)c->n[m + c->n_modules * k]);
    vg_dataset_set_number(result, data, "order", (double)order);
}

static VgStatus carriers(VgTrial *trial, const Function *f, VgError *error)
{
    const VgStrata *strata = f->of->table->strata;
    Carriers c = {
        .n_taxa = strata->n_taxa, .n_modules = f->layer->n_features, .cells = f->cells + 1};
    c.share = VG_NEW(trial->scratch, double, c.n_taxa *c.n_modules *c.cells);
    c.n = VG_NEW(trial->scratch, size_t, c.n_modules * c.cells);
    if (!c.share || !c.n)
        return vg_fail_memory(error);
    add_shares(f, &c);
    VG_TRY(choose_taxa(trial, &c, error));
    for (size_t m = 0; m < c.n_modules; m++)
        for (size_t k = 0; k < c.cells; k++) {
            const double *share = &c.share[c.n_taxa * (m + c.n_modules * k)];
            double rest = 1;
            if (!c.n[m + c.n_modules * k])
                continue;
            for (size_t s = 0; s < c.n_shown; s++) {
                carrier_row(trial, f, &c, m, k, strata->taxon_id[c.shown[s]], share[c.shown[s]],
                            s + 1);
                rest -= share[c.shown[s]];
            }
            if (c.n_taxa > c.n_shown)
                carrier_row(trial, f, &c, m, k, NULL, fmax(rest, 0), c.n_shown + 1);
        }
    return VG_OK;
}

VgStatus vg_trial_panel_function(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    Function f;
    if (!prepare(trial, layer, &f))
        return vg_fail_memory(error);
    for (size_t m = 0; m < layer->n_features; m++) {
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VG_TRY(one_module(trial, &f, m, error));
        vg_arena_rewind(trial->scratch, mark);
    }
    sample_rows(trial, &f);
    if (f.of->taxa)
        VG_TRY(carriers(trial, &f, error));
    VG_TRY(vg_trial_panel_differential(trial, layer, error));
    return vg_trial_panel_community(trial, layer, error);
}
