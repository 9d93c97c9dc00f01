/* PERMANOVA (Anderson 2001; McArdle & Anderson 2001) for all terms at once.
 *
 * With orthonormal columns Q of a term, given what is fitted before it, its sum of squares is tr(Q'GQ). The columns
 * of all sequential terms stand side by side in one matrix W; a permutation moves its rows (samples, whole
 * subjects) or builds W anew from new arms. W'GW has the sequential sums of squares on its diagonal, and those of
 * marginal terms too: their columns M lie in the span of W, M = W C, so that tr(M'GM) = tr(C'(W'GW)C). 64
 * permutations share one product G·W. A test that is adjusted for other terms permutes the residuals of its reduced
 * model (permanova_reduced.h). */
#include <vagus/permanova.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <cblas.h>

#include "base/compare.h"
#include "numeric/blas_threads.h"
#include "numeric/householder.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "panel/gower.h"
#include "panel/permanova_reduced.h"
#include "panel/shuffle.h"

enum { BATCH = 64 };

/* One group of columns of W whose sums of squares add up to a test. */
typedef struct Block {
    size_t term; /* of the formula */
    bool marginal;
    size_t first, n; /* places in W, marginal in C; n is the most columns there can be */
} Block;

typedef struct Plan {
    const VgDesign *design;
    VgMatrix g;
    double trace;
    size_t n, p;         /* rows; columns of X */
    size_t width, mixed; /* columns of W and of C */
    Block *block;        /* sequential blocks first, in the order of terms */
    size_t n_blocks, n_sequential;
    const VgShuffler *shuffler;
    VgMatrix w, c;      /* of the observed design */
    VgReduced *reduced; /* NULL: the whole design moves against the raw G */
    VgMatrix *with_arm; /* RANDOMISE: X had every row been given this arm */
    const int32_t *arm; /* RANDOMISE: observed arm of each row */
    double *f, *df;     /* observed, per block and last for all terms */
    double *ss;
} Plan;

/* --- the columns W of a design ----------------------------------------------------------------- */

/* Makes the columns of one term (-1: the intercept) orthonormal to the `filled` ones in q, and copies them to
 * `w` (may be NULL) from column `first` on. Returns how many there are. */
static size_t add_term(const Plan *plan, VgMatrix x, VgMatrix q, size_t filled, int32_t term,
                       const VgMatrix *w, size_t first)
{
    size_t put = 0;
    for (size_t j = 0; j < plan->p; j++)
        if (plan->design->term[j] == term && vg_orthonormal_add(q, filled + put, &VG_AT(x, 0, j))) {
            if (w)
                memcpy(&VG_AT(*w, 0, first + put), &VG_AT(q, 0, filled + put),
                       plan->n * sizeof(double));
            put++;
        }
    return put;
}

/* Orthonormal columns of the sequential blocks into W, coordinates in W of the marginal ones into C; df[block] counts
 * them. `q` is scratch, n × p. */
static void build_columns(const Plan *plan, VgMatrix x, VgMatrix w, VgMatrix c, VgMatrix q,
                          double *df)
{
    size_t filled = add_term(plan, x, q, 0, -1, NULL, 0);
    for (size_t b = 0; b < plan->n_blocks; b++) {
        const Block *block = &plan->block[b];
        int32_t term = (int32_t)block->term, terms = (int32_t)plan->design->formula->n_terms;
        if (block->marginal) {
            filled = 0;
            for (int32_t other = -1; other < terms; other++)
                if (other != term)
                    filled += add_term(plan, x, q, filled, other, NULL, 0);
        }
        size_t put = add_term(plan, x, q, filled, term, block->marginal ? NULL : &w, block->first);
        for (size_t k = 0; block->marginal && k < block->n; k++)
            for (size_t a = 0; a < plan->width; a++)
                VG_AT(c, a, block->first + k) =
                    k < put ? vg_dot(&VG_AT(w, 0, a), &VG_AT(q, 0, filled + k), plan->n) : 0;
        df[b] = (double)put;
        filled += put;
    }
}

/* --- sums of squares --------------------------------------------------------------------------- */

static double square_of_block(const Plan *plan, const Block *block, const double *cross, VgMatrix c)
{
    double sum = 0;
    size_t width = plan->width;
    for (size_t k = block->first; k < block->first + block->n; k++) {
        if (!block->marginal) {
            sum += cross[k + k * width];
            continue;
        }
        for (size_t j = 0; j < width; j++)
            sum += VG_AT(c, j, k) * vg_dot(&VG_AT(c, 0, k), cross + j * width, width);
    }
    return sum;
}

/* F of a block (n_blocks: of all terms) from `cross` = W'GW (width × width), C and the trace of G. */
static double f_of_block(const Plan *plan, size_t b, const double *cross, VgMatrix c,
                         const double *df, double trace, double *ss)
{
    double model = 0, df_model = 0;
    for (size_t k = 0; k < plan->width; k++)
        model += cross[k + k * plan->width];
    for (size_t k = 0; k < plan->n_sequential; k++)
        df_model += df[k];
    double residual = (trace - model) / ((double)plan->n - 1 - df_model);
    *ss = b < plan->n_blocks ? square_of_block(plan, &plan->block[b], cross, c) : model;
    return *ss / (b < plan->n_blocks ? df[b] : df_model) / residual;
}

static void f_of_blocks(const Plan *plan, const double *cross, VgMatrix c, const double *df,
                        double *ss, double *f)
{
    for (size_t b = 0; b <= plan->n_blocks; b++)
        f[b] = f_of_block(plan, b, cross, c, df, plan->trace, &ss[b]);
}

/* W'GW for `count` designs side by side in `w`, one after the other in `cross`; `gw` is scratch of the size of w. */
static void crosses(const Plan *plan, VgMatrix w, VgMatrix gw, size_t count, double *cross)
{
    size_t width = plan->width;
    int n = (int)plan->n, columns = (int)(count * width);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, columns, n, 1, plan->g.data,
                (int)plan->g.stride, w.data, (int)w.stride, 0, gw.data, (int)gw.stride);
    for (size_t k = 0; k < count; k++, cross += width * width)
        for (size_t j = 0; j < width; j++)
            for (size_t i = 0; i <= j; i++)
                cross[i + j * width] = cross[j + i * width] =
                    vg_dot(&VG_AT(w, 0, k * width + i), &VG_AT(gw, 0, k * width + j), plan->n);
}

/* --- permutations ------------------------------------------------------------------------------ */

typedef struct Scratch {
    size_t *source, *row_from;
    VgMatrix w, gw, c, x, q;
    double *cross, *df, *ss, *f;
    double *with_w, *with_gw, *product, *own; /* of reduced models */
} Scratch;

static bool make_scratch(VgArena *arena, const Plan *plan, Scratch *s)
{
    size_t blocks = plan->n_blocks + 1;
    s->source = VG_NEW(arena, size_t, 2 * plan->shuffler->n_units);
    s->row_from = VG_NEW(arena, size_t, plan->n);
    s->w = vg_matrix_new(arena, plan->n, BATCH * plan->width);
    s->gw = vg_matrix_new(arena, plan->n, BATCH * plan->width);
    s->x = vg_matrix_new(arena, plan->n, plan->p);
    s->q = vg_matrix_new(arena, plan->n, plan->p);
    s->c = vg_matrix_new(arena, plan->width, BATCH * plan->mixed);
    s->cross = VG_NEW(arena, double, BATCH * plan->width * plan->width);
    s->df = VG_NEW(arena, double, BATCH *blocks);
    s->ss = VG_NEW(arena, double, blocks);
    s->f = VG_NEW(arena, double, blocks);
    size_t square = plan->width * plan->width;
    double *small = VG_NEW(arena, double, 4 * square);
    if (!small)
        return false;
    s->with_w = small;
    s->with_gw = small + square;
    s->product = small + 2 * square;
    s->own = small + 3 * square;
    return s->source && s->row_from && s->w.data && s->gw.data && s->x.data && s->q.data &&
           s->c.data && s->cross && s->df && s->ss && s->f;
}

static void permuted_columns(const Plan *plan, size_t i, Scratch *s, VgMatrix w, VgMatrix c,
                             double *df)
{
    vg_shuffler_units(plan->shuffler, i, s->source);
    vg_shuffler_rows(plan->shuffler, s->source, s->row_from);
    if (!plan->with_arm) {
        for (size_t k = 0; k < plan->width; k++)
            for (size_t r = 0; r < plan->n; r++)
                VG_AT(w, r, k) = VG_AT(plan->w, s->row_from[r], k);
        memcpy(df, plan->df, plan->n_blocks * sizeof *df);
        return;
    }
    for (size_t j = 0; j < plan->p; j++)
        for (size_t r = 0; r < plan->n; r++)
            VG_AT(s->x, r, j) = VG_AT(plan->with_arm[plan->arm[s->row_from[r]]], r, j);
    build_columns(plan, s->x, w, c, s->q, df);
}

/* F of one permutation; of tests adjusted for other terms, from the residuals' part of G. */
static void f_of_permutation(const Plan *plan, const Scratch *s, VgMatrix w, VgMatrix c,
                             const double *cross, const double *df)
{
    f_of_blocks(plan, cross, c, df, s->ss, s->f);
    if (!plan->reduced)
        return;
    vg_reduced_permuted(plan->reduced, w, s->with_w, s->with_gw);
    for (size_t b = 0; b < plan->n_blocks; b++) {
        if (!plan->reduced->onto[b])
            continue;
        vg_reduced_cross(plan->reduced, b, cross, s->with_w, s->with_gw, s->product, s->own);
        s->f[b] = f_of_block(plan, b, s->own, c, df, plan->reduced->left_trace[b], &s->ss[b]);
    }
}

/* A replicate is a batch of permutations; its record counts, per block, how many reach the observed F. */
static VgStatus run_batch(size_t i, VgRandom random, VgArena *arena, const void *context,
                          void *record, VgError *error)
{
    (void)random; /* each permutation has its own sequence, so that batches may change */
    const Plan *plan = context;
    uint32_t *reached = record;
    Scratch s;
    if (!make_scratch(arena, plan, &s))
        return vg_fail_memory(error);
    size_t first = i * BATCH, left = plan->shuffler->count - first,
           count = left < BATCH ? left : BATCH;
    for (size_t k = 0; k < count; k++) {
        VgMatrix w = s.w;
        VgMatrix c = s.c;
        w.data = &VG_AT(s.w, 0, k * plan->width);
        c.data = s.c.data + k * plan->mixed * s.c.stride;
        permuted_columns(plan, first + k, &s, w, c, s.df + k * (plan->n_blocks + 1));
    }
    crosses(plan, s.w, s.gw, count, s.cross);
    for (size_t k = 0; k < count; k++) {
        VgMatrix c = plan->c;
        if (plan->with_arm)
            c.data = s.c.data + k * plan->mixed * s.c.stride;
        VgMatrix w = s.w;
        w.data = &VG_AT(s.w, 0, k * plan->width);
        w.cols = plan->width;
        f_of_permutation(plan, &s, w, c, s.cross + k * plan->width * plan->width,
                         s.df + k * (plan->n_blocks + 1));
        for (size_t b = 0; b <= plan->n_blocks; b++)
            reached[b] += vg_shuffle_reaches(s.f[b], plan->f[b]);
    }
    return VG_OK;
}

typedef struct Total {
    size_t n, *reached;
} Total;

static VgStatus add_batch(size_t i, const void *record, void *total, VgError *error)
{
    (void)i, (void)error;
    const uint32_t *reached = record;
    Total *sum = total;
    for (size_t b = 0; b < sum->n; b++)
        sum->reached[b] += reached[b];
    return VG_OK;
}

/* --- planning ---------------------------------------------------------------------------------- */

static bool contains(const VgTerm *outer, const VgTerm *inner)
{
    for (size_t a = 0; a < inner->n_members; a++) {
        bool found = false;
        for (size_t b = 0; b < outer->n_members; b++)
            found |= outer->member[b] == inner->member[a];
        if (!found)
            return false;
    }
    return true;
}

/* Terms in no higher interaction (R's drop.scope). */
static bool is_marginal(const VgFormula *formula, size_t term)
{
    for (size_t t = 0; t < formula->n_terms; t++)
        if (t != term && formula->term[t].n_members > formula->term[term].n_members &&
            contains(&formula->term[t], &formula->term[term]))
            return false;
    return true;
}

static size_t columns_of(const VgDesign *design, size_t term)
{
    size_t n = 0;
    for (size_t j = 0; j < design->p; j++)
        n += design->term[j] == (int32_t)term;
    return n;
}

static bool has_own_columns(const VgDesign *design, size_t term)
{
    for (size_t j = 0; j < design->p; j++)
        if (design->term[j] == (int32_t)term && !design->aliased[j])
            return true;
    return false;
}

static VgStatus plan_blocks(VgArena *arena, Plan *plan, VgError *error)
{
    const VgDesign *design = plan->design;
    size_t terms = design->formula->n_terms;
    plan->block = VG_NEW(arena, Block, 2 * terms + 1);
    if (!plan->block)
        return vg_fail_memory(error);
    for (int marginal = 0; marginal < 2; marginal++) {
        for (size_t t = 0; t < terms; t++) {
            if (!has_own_columns(design, t) || (marginal && !is_marginal(design->formula, t)))
                continue;
            size_t n = columns_of(design, t);
            size_t *width = marginal ? &plan->mixed : &plan->width;
            plan->block[plan->n_blocks++] = (Block){t, marginal == 1, *width, n};
            *width += n;
        }
        if (!marginal)
            plan->n_sequential = plan->n_blocks;
    }
    if (!plan->n_sequential)
        return vg_fail(error, VG_INVALID_INPUT, "a formula without terms",
                       "name what may explain the distances");
    return VG_OK;
}

static VgStatus check_design(const VgDistances *distances, const VgDesign *design, VgError *error)
{
    bool intercept = design->formula->intercept;
    if (!intercept || design->formula->response || design->formula->n_bars ||
        design->formula->n_offsets)
        return vg_fail(error, VG_INVALID_INPUT, "PERMANOVA of %s",
                       "write the terms only, as in ~ arm * visit; the distances are the response",
                       design->formula->text);
    for (size_t r = 0; r < design->n_rows; r++)
        if (design->row[r] >= distances->n)
            return vg_fail(error, VG_INVALID_INPUT,
                           "row %zu of the metadata, but distances among %zu samples",
                           "give one row per sample, in the order of the distances",
                           design->row[r] + 1, distances->n);
    if (design->rank >= design->n_rows)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu samples and as many columns in the model",
                       "leave out terms, or add samples", design->n_rows);
    return VG_OK;
}

/* --- RANDOMISE: the design under other arms ----------------------------------------------------- */

static const VgDesignVariable *arm_variable(const VgDesign *design, const char *arm, size_t *index)
{
    for (size_t v = 0; arm && v < design->formula->n_variables; v++) {
        const VgVariable *variable = &design->formula->variable[v];
        bool named = vg_same_text(variable->name, arm) || vg_same_text(variable->column, arm);
        if (named && design->variable[v].is_factor) {
            *index = v;
            return &design->variable[v];
        }
    }
    return NULL;
}

static VgStatus designs_by_arm(VgArena *arena, Plan *plan, const VgDesignVariable *arm,
                               size_t index, VgError *error)
{
    const VgDesign *design = plan->design;
    size_t variables = design->formula->n_variables;
    plan->with_arm = VG_NEW(arena, VgMatrix, arm->n_levels);
    int32_t *code = VG_NEW(arena, int32_t, variables);
    double *value = VG_NEW(arena, double, variables), *x = VG_NEW(arena, double, plan->p);
    if (!plan->with_arm || !code || !value || !x)
        return vg_fail_memory(error);
    for (size_t a = 0; a < arm->n_levels; a++) {
        plan->with_arm[a] = vg_matrix_new(arena, plan->n, plan->p);
        if (!plan->with_arm[a].data)
            return vg_fail_memory(error);
        for (size_t r = 0; r < plan->n; r++) {
            for (size_t v = 0; v < variables; v++) {
                const VgDesignVariable *variable = &design->variable[v];
                code[v] = variable->is_factor ? variable->code[r] : 0;
                value[v] = variable->is_factor ? 0 : variable->value[r];
            }
            code[index] = (int32_t)a;
            vg_design_row(design, code, value, x);
            for (size_t j = 0; j < plan->p; j++)
                VG_AT(plan->with_arm[a], r, j) = x[j];
        }
    }
    return VG_OK;
}

/* --- which terms are tested --------------------------------------------------------------------- */

static const char *const not_moved = "this shuffle does not change the term: no test of it";
static const char *const not_randomised =
    "the term does not contain what was randomised: no test of it";

/* Per term: whether the shuffle tests it. */
static VgStatus tested_terms(VgArena *arena, const Plan *plan, const VgShuffler *shuffler,
                             size_t arm, bool *tested, VgError *error)
{
    const VgDesign *design = plan->design;
    size_t *column = VG_NEW(arena, size_t, plan->p);
    int32_t *part = VG_NEW(arena, int32_t, plan->n);
    if (!column || !part)
        return vg_fail_memory(error);
    bool any = false;
    for (size_t t = 0; t < design->formula->n_terms; t++) {
        const VgTerm *term = &design->formula->term[t];
        if (shuffler->kind == VG_SHUFFLE_RANDOMISE) {
            for (size_t m = 0; m < term->n_members; m++)
                tested[t] |= term->member[m] == arm;
        } else {
            size_t n = 0;
            for (size_t j = 0; j < plan->p; j++)
                if (design->term[j] == (int32_t)t)
                    column[n++] = j;
            vg_shuffle_parts(design->x, column, n, part);
            tested[t] = vg_shuffler_moves(shuffler, part);
        }
        any |= tested[t];
    }
    if (!any)
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "this shuffle changes no term of %s",
            "terms that do not vary within the strata cannot be tested within them: shuffle whole "
            "participants, or draw the randomisation again",
            design->formula->text);
    return VG_OK;
}

/* --- the whole ---------------------------------------------------------------------------------- */

static VgStatus make_shuffler(VgArena *arena, Plan *plan, const VgShuffleOptions *options,
                              VgShuffler *shuffler, size_t *arm, VgError *error)
{
    const VgDesign *design = plan->design;
    if (options->shuffle == VG_SHUFFLE_RANDOMISE) {
        const VgDesignVariable *variable = arm_variable(design, options->arm, arm);
        if (!variable)
            return vg_fail(error, VG_INVALID_INPUT,
                           "the randomised factor %s is not in the formula %s",
                           "name the column of the arm, and have it in the formula",
                           options->arm ? options->arm : "(none)", design->formula->text);
        plan->arm = variable->code;
        VG_TRY(vg_shuffler_create(arena, options, plan->n, variable->code, shuffler, error));
        return designs_by_arm(arena, plan, variable, *arm, error);
    }
    size_t *column = VG_NEW(arena, size_t, plan->p);
    int32_t *part = VG_NEW(arena, int32_t, plan->n);
    if (!column || !part)
        return vg_fail_memory(error);
    for (size_t j = 0; j < plan->p; j++)
        column[j] = j;
    vg_shuffle_parts(design->x, column, plan->p, part);
    return vg_shuffler_create(arena, options, plan->n, part, shuffler, error);
}

/* Π of a block: on the sequential columns before it, or on all but the block's own (CC'). False: nothing but the intercept
 * stands there. */
static bool adjusted_for(const Plan *plan, const Block *block, double *onto)
{
    size_t width = plan->width;
    double sum = 0;
    for (size_t k = 0; k < width; k++) {
        bool used = vg_dot(&VG_AT(plan->w, 0, k), &VG_AT(plan->w, 0, k), plan->n) > 0.5;
        onto[k + k * width] = used && (block->marginal || k < block->first);
    }
    for (size_t k = block->first; block->marginal && k < block->first + block->n; k++)
        for (size_t j = 0; j < width; j++)
            for (size_t i = 0; i < width; i++)
                onto[i + j * width] -= VG_AT(plan->c, i, k) * VG_AT(plan->c, j, k);
    for (size_t k = 0; k < width; k++)
        sum += onto[k + k * width];
    return sum > 0.5;
}

static VgStatus reduce(VgArena *arena, Plan *plan, const double *cross, VgError *error)
{
    size_t square = plan->width * plan->width;
    VgReduced *reduced = VG_NEW(arena, VgReduced, 1);
    if (!reduced)
        return vg_fail_memory(error);
    VG_TRY(vg_reduced_create(arena, plan->g, plan->w, plan->n_blocks, reduced, error));
    for (size_t b = 0; b < plan->n_blocks; b++) {
        double *onto = VG_NEW(arena, double, square);
        if (!onto)
            return vg_fail_memory(error);
        if (!adjusted_for(plan, &plan->block[b], onto))
            continue;
        VG_TRY(vg_reduced_block(arena, reduced, b, onto, plan->trace, cross, error));
        plan->reduced = reduced;
    }
    return VG_OK;
}

static VgStatus observe(VgArena *arena, Plan *plan, bool residuals, VgError *error)
{
    size_t blocks = plan->n_blocks + 1;
    plan->c = vg_matrix_new(arena, plan->width, plan->mixed);
    plan->w = vg_matrix_new(arena, plan->n, plan->width);
    plan->df = VG_NEW(arena, double, blocks);
    plan->ss = VG_NEW(arena, double, blocks);
    plan->f = VG_NEW(arena, double, blocks);
    VgMatrix q = vg_matrix_new(arena, plan->n, plan->p),
             gw = vg_matrix_new(arena, plan->n, plan->width);
    double *cross = VG_NEW(arena, double, plan->width * plan->width);
    if (!plan->w.data || !plan->df || !plan->ss || !plan->f || !q.data || !gw.data || !cross ||
        !plan->c.data)
        return vg_fail_memory(error);
    build_columns(plan, plan->design->x, plan->w, plan->c, q, plan->df);
    crosses(plan, plan->w, gw, 1, cross);
    f_of_blocks(plan, cross, plan->c, plan->df, plan->ss, plan->f);
    for (size_t b = 0; b < plan->n_sequential; b++)
        plan->df[plan->n_blocks] += plan->df[b];
    return residuals ? reduce(arena, plan, cross, error) : VG_OK;
}

static VgPermanovaTest make_test(const Plan *plan, size_t b, const char *term, const char *note,
                                 const size_t *reached)
{
    VgPermanovaTest test = {.term = term,
                            .df = plan->df[b],
                            .sum_of_squares = plan->ss[b],
                            .r2 = plan->ss[b] / plan->trace,
                            .f = plan->f[b],
                            .p = NAN,
                            .p_se = NAN,
                            .note = note};
    if (!note)
        test.p = vg_shuffle_p(&plan->shuffler->account, reached[b], &test.p_se);
    return test;
}

static VgStatus answer(VgArena *arena, const Plan *plan, const bool *tested, const size_t *reached,
                       VgPermanova *out, VgError *error)
{
    const VgFormula *formula = plan->design->formula;
    bool randomise = plan->shuffler->kind == VG_SHUFFLE_RANDOMISE, all = true, any = false;
    const char *why = randomise ? not_randomised : not_moved;
    *out = (VgPermanova){.n = plan->n,
                         .sequential = VG_NEW(arena, VgPermanovaTest, plan->n_blocks),
                         .marginal = VG_NEW(arena, VgPermanovaTest, plan->n_blocks),
                         .total_sum_of_squares = plan->trace,
                         .account = plan->shuffler->account};
    if (plan->reduced)
        out->account.words = vg_arena_printf(
            arena, "%s; of terms adjusted for others, residuals of their reduced models",
            plan->shuffler->account.words);
    if (!out->account.words || !out->sequential || !out->marginal)
        return vg_fail_memory(error);
    for (size_t b = 0; b < plan->n_blocks; b++) {
        size_t t = plan->block[b].term;
        VgPermanovaTest test =
            make_test(plan, b, formula->term[t].name, tested[t] ? NULL : why, reached);
        if (plan->block[b].marginal)
            out->marginal[out->n_marginal++] = test;
        else
            out->sequential[out->n_sequential++] = test;
        all &= tested[t];
        any |= tested[t];
    }
    /* all terms together are tested by arms alone only when every term has the arm in it */
    bool whole = randomise ? all : any;
    out->overall = make_test(plan, plan->n_blocks, "model", whole ? NULL : why, reached);
    out->df_residual = (double)plan->n - 1 - plan->df[plan->n_blocks];
    out->residual_sum_of_squares = plan->trace - plan->ss[plan->n_blocks];
    return VG_OK;
}

VgStatus vg_permanova(VgArena *arena, const VgDistances *distances, const VgDesign *design,
                      const VgShuffleOptions *options, VgPermanova **permanova, VgError *error)
{
    VG_TRY(check_design(distances, design, error));
    Plan plan = {.design = design, .n = design->n_rows, .p = design->p};
    VgShuffler shuffler;
    size_t arm = SIZE_MAX;
    plan.shuffler = &shuffler;
    VG_TRY(plan_blocks(arena, &plan, error));
    VG_TRY(make_shuffler(arena, &plan, options, &shuffler, &arm, error));
    VG_TRY(vg_gower(arena, distances, design->row, plan.n, &plan.g, error));
    plan.trace = vg_trace(plan.g);
    if (!(plan.trace > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the samples do not differ: their total sum of squares is %g",
                       "look at the distances", plan.trace);
    int threads = vg_blas_hold();
    VgStatus observed =
        observe(arena, &plan, options->shuffle != VG_SHUFFLE_RANDOMISE && !options->raw, error);
    vg_blas_release(threads);
    VG_TRY(observed);
    bool *tested = VG_NEW(arena, bool, design->formula->n_terms);
    Total total = {plan.n_blocks + 1, VG_NEW(arena, size_t, plan.n_blocks + 1)};
    VgPermanova *out = VG_NEW(arena, VgPermanova, 1);
    if (!tested || !total.reached || !out)
        return vg_fail_memory(error);
    VG_TRY(tested_terms(arena, &plan, &shuffler, arm, tested, error));
    VgReplicate replicate = {.count = (shuffler.count + BATCH - 1) / BATCH,
                             .seed = shuffler.seed,
                             .stream = VG_STREAM_PERMUTATION,
                             .record_size = (plan.n_blocks + 1) * sizeof(uint32_t),
                             .body = run_batch,
                             .merge = add_batch,
                             .context = &plan,
                             .total = &total,
                             .threads = options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    VG_TRY(answer(arena, &plan, tested, total.reached, out, error));
    *permanova = out;
    return VG_OK;
}
