/* Meta-regression on the columns of a table: the formula's design on the rows that are pooled, aliased columns left out
 * and named, a joint test per term. */
#include <math.h>
#include <string.h>

#include "evidence/pairwise/meta_internal.h"

enum { NO_EFFECT = -1 };

static VgStatus build_design(VgArena *arena, const VgEffects *effects, const size_t *row,
                             const VgTable *table, const char *formula_text, VgMetaRegression *out,
                             VgError *error)
{
    bool *keep = VG_NEW(arena, bool, table->n_rows);
    ptrdiff_t *effect_of = VG_NEW(arena, ptrdiff_t, table->n_rows);
    const char *text =
        strchr(formula_text, '~') ? formula_text : vg_arena_printf(arena, "~ %s", formula_text);
    if (!keep || !effect_of || !text)
        return vg_fail_memory(error);
    for (size_t r = 0; r < table->n_rows; r++)
        effect_of[r] = NO_EFFECT;
    for (size_t i = 0; i < effects->k; i++) {
        if (row[i] >= table->n_rows || keep[row[i]])
            return vg_fail(error, VG_INVALID_INPUT, "effect %zu has no row of its own in the table",
                           "moderators need one effect a row: pool or separate the others", i + 1);
        keep[row[i]] = true;
        effect_of[row[i]] = (ptrdiff_t)i;
    }
    VgFormula *formula;
    VG_TRY(vg_formula_parse(arena, text, &formula, error));
    if (formula->response)
        return vg_fail(error, VG_INVALID_INPUT, "the moderators \"%s\" have a left side",
                       "give what stands right of ~; the effects are what is explained",
                       formula_text);
    if (formula->n_bars || formula->n_offsets)
        return vg_fail(
            error, VG_INVALID_INPUT, "the moderators \"%s\" have a random effect or an offset",
            "leave it out; for several effects a study use the three-level model", formula_text);
    const VgDesignOptions options = {.keep = keep};
    VgDesign *design;
    VG_TRY(vg_design_build(arena, table, formula, &options, &design, error));
    out->design = design;
    out->n_dropped = effects->k - design->n_rows;
    out->used = VG_NEW(arena, size_t, design->n_rows);
    if (!out->used)
        return vg_fail_memory(error);
    for (size_t i = 0; i < design->n_rows; i++)
        out->used[i] = (size_t)effect_of[design->row[i]];
    return VG_OK;
}

static VgStatus name_columns(VgArena *arena, VgMetaRegression *out, VgError *error)
{
    const VgDesign *design = out->design;
    out->name = VG_NEW(arena, const char *, design->rank);
    out->aliased = VG_NEW(arena, const char *, design->p - design->rank);
    if (!out->name || !out->aliased)
        return vg_fail_memory(error);
    for (size_t j = 0; j < design->rank; j++)
        out->name[j] = design->name[design->independent[j]];
    for (size_t j = 0; j < design->p; j++)
        if (design->aliased[j])
            out->aliased[out->n_aliased++] = design->name[j];
    return VG_OK;
}

static VgStatus test_terms(VgArena *arena, VgMetaRegression *out, VgError *error)
{
    const VgDesign *design = out->design;
    const VgFormula *formula = design->formula;
    const size_t p = design->rank;
    double *rows = VG_NEW(arena, double, p *p);
    out->term = VG_NEW(arena, VgMetaTerm, formula->n_terms);
    if (!rows || !out->term)
        return vg_fail_memory(error);
    VgFittedModel model = vg_meta_model(out->fit);
    for (size_t t = 0; t < formula->n_terms; t++) {
        VgMetaTerm term = {.name = formula->term[t].name};
        memset(rows, 0, p * p * sizeof *rows);
        for (size_t j = 0; j < p; j++)
            if (design->term[design->independent[j]] == (int32_t)t)
                rows[term.n_coefficients++ * p + j] = 1;
        if (term.n_coefficients == 0) /* all its columns are aliased */
            continue;
        VG_TRY(model.joint(out->fit, rows, term.n_coefficients, &term.test, error));
        out->term[out->n_terms++] = term;
    }
    return VG_OK;
}

VgStatus vg_meta_regression(VgArena *arena, const VgEffects *effects, const size_t *row,
                            const VgTable *table, const char *formula, const VgMetaOptions *options,
                            VgMetaRegression **regression, VgError *error)
{
    VgMetaRegression *out = VG_NEW(arena, VgMetaRegression, 1);
    if (!out)
        return vg_fail_memory(error);
    VG_TRY(build_design(arena, effects, row, table, formula, out, error));
    VG_TRY(name_columns(arena, out, error));
    VgEffects used;
    VG_TRY(
        vg_meta_subset(arena, effects, NULL, out->used, out->design->n_rows, &used, NULL, error));
    VG_TRY(vg_meta_fit(arena, &used, &out->design->x_full_rank, options, &out->fit, error));
    VG_TRY(test_terms(arena, out, error));
    *regression = out;
    return VG_OK;
}
