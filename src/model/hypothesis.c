/* The hypotheses of type I, II and III about one term.
 *
 * Xo is the over-parameterised design: every factor with all its indicators. Our X = Xo B, where B
 * holds the codings, so a function l'βo of its parameters is (l'B)β in ours, whatever the coding.
 * Only G = Xo'Xo is needed; Xo has one entry per row and term, so G costs O(rows · terms²). Types I
 * and II compare models: with O = the terms before F (I) or all terms that do not contain F (II),
 *     L = Xo_F' M_O Xo = G_F· − G_FO G_OO⁻ G_O·.
 *   Type III: among the estimable functions that involve F and terms containing it only, those
 * orthogonal to all that involve the containing terms only. With no empty cell this equals sum
 * contrasts and dropping F's columns. "Contained" is SAS's: F1 in F2 when both have the same
 * numeric variables and F2 has all factors of F1 and more. Sources: SAS/STAT User's Guide, "The
 * Four Types of Estimable Functions"; Goodnight 1978, SAS Technical Report R-101. */
#include <vagus/design.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "model/design_layout.h"
#include "numeric/linear_algebra.h"

/* What counts as zero among quantities scaled to order 1. */
static const double ZERO = 1e-9;

/* Columns [first, first + n) of Xo; the intercept is block 0 where the formula has one. */
typedef struct Block {
    size_t first, n;
    double scale; /* 1 / root mean square of its numeric part */
} Block;

typedef struct Work {
    VgArena *arena;
    const VgDesign *design;
    Block *block;
    size_t n_blocks, width;
    size_t offset;   /* block of term t is t + offset */
    VgMatrix gram;   /* width × width, scaled */
    VgMatrix coding; /* B: width × p, scaled alike */
    VgError *error;
} Work;

static VgStatus need(const Work *work, const void *pointer)
{
    return pointer ? VG_OK : vg_fail_memory(work->error);
}

/* --- Xo ------------------------------------------------------------------------------------------
 */

static VgStatus lay_out_blocks(Work *work)
{
    const VgFormula *formula = work->design->formula;
    work->offset = formula->intercept;
    work->n_blocks = formula->n_terms + work->offset;
    work->block = VG_NEW(work->arena, Block, work->n_blocks);
    VG_TRY(need(work, work->block));
    if (formula->intercept)
        work->block[0] = (Block){0, 1, 1.0};
    work->width = work->offset;
    for (size_t t = 0; t < formula->n_terms; t++) {
        Block *block = &work->block[t + work->offset];
        *block = (Block){work->width, 1, 1.0};
        for (size_t m = 0; m < formula->term[t].n_members; m++) {
            const VgDesignVariable *variable = &work->design->variable[formula->term[t].member[m]];
            size_t levels = variable->is_factor ? variable->n_levels : 1;
            if (!vg_size_product(block->n, levels, &block->n) || block->n > 20000)
                return vg_fail(work->error, VG_INVALID_INPUT,
                               "the term '%.80s' has too many cells to be tested",
                               "use factors with fewer levels", formula->term[t].name);
        }
        work->width += block->n;
    }
    return VG_OK;
}

/* Which column of a term's block a row falls into, and its value there. The first factor varies
 * fastest. */
static size_t cell_of(const VgDesign *design, const VgTerm *term, size_t row, double *value)
{
    size_t cell = 0, stride = 1;
    *value = 1.0;
    for (size_t m = 0; m < term->n_members; m++) {
        const VgDesignVariable *variable = &design->variable[term->member[m]];
        if (variable->is_factor) {
            cell += stride * (size_t)variable->code[row];
            stride *= variable->n_levels;
        } else {
            *value *= variable->value[row];
        }
    }
    return cell;
}

static VgStatus add_up_gram(Work *work)
{
    const VgDesign *design = work->design;
    size_t *column = VG_NEW(work->arena, size_t, work->n_blocks);
    double *value = VG_NEW(work->arena, double, work->n_blocks);
    work->gram = vg_matrix_new(work->arena, work->width, work->width);
    VG_TRY(need(work, column));
    VG_TRY(need(work, value));
    VG_TRY(need(work, work->gram.data));
    for (size_t row = 0; row < design->n_rows; row++) {
        if (work->offset)
            column[0] = 0, value[0] = 1.0;
        for (size_t t = 0; t < design->formula->n_terms; t++) {
            size_t k = t + work->offset;
            column[k] =
                work->block[k].first + cell_of(design, &design->formula->term[t], row, &value[k]);
        }
        for (size_t k = 0; k < work->n_blocks; k++)
            for (size_t l = 0; l <= k; l++)
                VG_AT(work->gram, column[k], column[l]) += value[k] * value[l];
    }
    return VG_OK;
}

/* One scale per block, a function of its numeric variables alone, so that orthogonality within
 * terms that share them is not touched. */
static void scale_gram(Work *work)
{
    VgMatrix gram = work->gram;
    for (size_t k = 0; k < work->n_blocks; k++) {
        Block *block = &work->block[k];
        double trace = 0.0;
        for (size_t i = block->first; i < block->first + block->n; i++)
            trace += VG_AT(gram, i, i);
        block->scale = trace > 0 ? 1.0 / sqrt(trace) : 1.0;
    }
    for (size_t k = 0; k < work->n_blocks; k++)
        for (size_t l = 0; l <= k; l++)
            for (size_t i = work->block[k].first; i < work->block[k].first + work->block[k].n; i++)
                for (size_t j = work->block[l].first; j < work->block[l].first + work->block[l].n;
                     j++) {
                    VG_AT(gram, i, j) *= work->block[k].scale * work->block[l].scale;
                    VG_AT(gram, j, i) = VG_AT(gram, i, j);
                }
}

/* B: row = cell of the over-parameterised term, column = column of X. βo = B β; with Xo scaled by
 * s, its parameters are divided by s. */
static VgStatus fill_coding(Work *work)
{
    const VgDesign *design = work->design;
    work->coding = vg_matrix_new(work->arena, work->width, design->p);
    VG_TRY(need(work, work->coding.data));
    if (work->offset)
        VG_AT(work->coding, 0, 0) = 1.0 / work->block[0].scale;
    for (size_t t = 0; t < design->formula->n_terms; t++) {
        const VgTerm *term = &design->formula->term[t];
        const VgTermLayout *layout = &design->layout->term[t];
        const Block *block = &work->block[t + work->offset];
        for (size_t cell = 0; cell < block->n; cell++)
            for (size_t k = 0; k < layout->n; k++) {
                double product = 1.0 / block->scale;
                size_t cell_left = cell, column_left = k;
                for (size_t m = 0; m < term->n_members; m++) {
                    const VgDesignVariable *variable = &design->variable[term->member[m]];
                    if (!variable->is_factor)
                        continue;
                    size_t n = vg_coding_columns(variable, layout->full[m]);
                    product *=
                        vg_coding(design->coding, variable, layout->full[m],
                                  (int32_t)(cell_left % variable->n_levels), column_left % n);
                    cell_left /= variable->n_levels;
                    column_left /= n;
                }
                VG_AT(work->coding, block->first + cell, layout->first + k) = product;
            }
    }
    return VG_OK;
}

/* --- containment
 * ---------------------------------------------------------------------------------- */

static bool has_member(const VgTerm *term, size_t variable)
{
    for (size_t m = 0; m < term->n_members; m++)
        if (term->member[m] == variable)
            return true;
    return false;
}

static bool numeric_members_are_in(const VgDesign *design, const VgTerm *a, const VgTerm *b)
{
    for (size_t m = 0; m < a->n_members; m++)
        if (!design->variable[a->member[m]].is_factor && !has_member(b, a->member[m]))
            return false;
    return true;
}

/* Whether `inner` is contained in `outer`, another term. */
static bool is_contained(const VgDesign *design, const VgTerm *inner, const VgTerm *outer)
{
    if (inner->n_members >= outer->n_members)
        return false;
    for (size_t m = 0; m < inner->n_members; m++)
        if (!has_member(outer, inner->member[m]))
            return false;
    return numeric_members_are_in(design, outer, inner);
}

/* --- small dense helpers -----------------------------------------------------------------------
 */

/* Rows (or columns) of Xo that belong to chosen blocks. */
static size_t list_columns(const Work *work, const bool *chosen, size_t *column)
{
    size_t n = 0;
    for (size_t k = 0; k < work->n_blocks; k++)
        for (size_t i = 0; chosen[k] && i < work->block[k].n; i++)
            column[n++] = work->block[k].first + i;
    return n;
}

/* The eigenvectors of a symmetric matrix with eigenvalues over (or not over) `zero` × the largest,
 * as the leading columns of `a`. Returns how many. */
static VgStatus split_space(Work *work, VgMatrix a, bool large, double zero, double *values,
                            size_t *n, VgMatrix *kept)
{
    VG_TRY(vg_symmetric_eigen(work->arena, a, values, work->error));
    double largest = a.cols ? fmax(values[a.cols - 1], 0.0) : 0.0;
    size_t small = 0;
    while (small < a.cols && values[small] <= zero * largest)
        small++;
    *n = large ? a.cols - small : small;
    *kept = a;
    kept->cols = *n;
    if (large && *n)
        kept->data = &VG_AT(a, 0, small);
    return VG_OK;
}

/* Orthonormal basis of the rows of L (n × p) in p-space, written row-major: same hypothesis, full
 * row rank. */
static VgStatus reduce_rows(Work *work, VgMatrix l, double **contrasts, size_t *rows)
{
    size_t p = work->design->p;
    for (size_t i = 0; i < l.rows; i++) { /* rows count alike, whatever their length */
        double length = 0.0;
        for (size_t j = 0; j < p; j++)
            length += VG_AT(l, i, j) * VG_AT(l, i, j);
        for (size_t j = 0; j < p && length > 0; j++)
            VG_AT(l, i, j) /= sqrt(length);
    }
    VgMatrix outer = vg_matrix_new(work->arena, l.rows, l.rows);
    double *values = VG_NEW(work->arena, double, l.rows);
    VG_TRY(need(work, outer.data));
    VG_TRY(need(work, values));
    for (size_t i = 0; i < l.rows; i++)
        for (size_t k = 0; k < l.rows; k++)
            for (size_t j = 0; j < p; j++)
                VG_AT(outer, i, k) += VG_AT(l, i, j) * VG_AT(l, k, j);
    VgMatrix basis;
    VG_TRY(split_space(work, outer, true, ZERO, values, rows, &basis));
    *contrasts = VG_NEW(work->arena, double, *rows *p);
    VG_TRY(need(work, *contrasts));
    for (size_t r = 0; r < *rows; r++) { /* the row's length so far: the root of its eigenvalue */
        double scale = 1.0 / sqrt(values[l.rows - *rows + r]);
        for (size_t i = 0; i < l.rows; i++)
            for (size_t j = 0; j < p; j++)
                (*contrasts)[r * p + j] += scale * VG_AT(basis, i, r) * VG_AT(l, i, j);
    }
    return VG_OK;
}

/* L = functions × B: from the over-parameterised model to ours. */
static VgStatus translate(Work *work, VgMatrix functions, VgMatrix *l)
{
    *l = vg_matrix_new(work->arena, functions.rows, work->design->p);
    VG_TRY(need(work, l->data));
    for (size_t j = 0; j < l->cols; j++)
        for (size_t k = 0; k < work->width; k++) {
            double entry = VG_AT(work->coding, k, j);
            for (size_t i = 0; entry != 0.0 && i < l->rows; i++)
                VG_AT(*l, i, j) += VG_AT(functions, i, k) * entry;
        }
    return VG_OK;
}

/* --- types I and II
 * ------------------------------------------------------------------------------- */

/* C := C − C_O W W⁺ … : subtracts from the functions what the columns `other` explain. */
static VgStatus adjust_for(Work *work, const size_t *other, size_t n_other, const size_t *own,
                           VgMatrix functions)
{
    VgMatrix inner = vg_matrix_new(work->arena, n_other, n_other);
    double *values = VG_NEW(work->arena, double, n_other);
    double *projected = VG_NEW(work->arena, double, work->width);
    VG_TRY(need(work, inner.data));
    VG_TRY(need(work, values));
    VG_TRY(need(work, projected));
    for (size_t i = 0; i < n_other; i++)
        for (size_t j = 0; j < n_other; j++)
            VG_AT(inner, i, j) = VG_AT(work->gram, other[i], other[j]);
    VgMatrix basis;
    size_t rank;
    VG_TRY(split_space(work, inner, true, 1e-12, values, &rank, &basis));
    for (size_t r = 0; r < rank; r++) {
        double eigenvalue = values[n_other - rank + r];
        for (size_t j = 0; j < work->width; j++) {
            projected[j] = 0.0;
            for (size_t i = 0; i < n_other; i++)
                projected[j] += VG_AT(basis, i, r) * VG_AT(work->gram, other[i], j);
        }
        for (size_t f = 0; f < functions.rows; f++) {
            double share = projected[own[f]] / eigenvalue;
            for (size_t j = 0; j < work->width; j++)
                VG_AT(functions, f, j) -= share * projected[j];
        }
    }
    return VG_OK;
}

static VgStatus compare_models(Work *work, size_t term, int type, VgMatrix *functions)
{
    const VgFormula *formula = work->design->formula;
    bool *others = VG_NEW(work->arena, bool, work->n_blocks);
    bool *own = VG_NEW(work->arena, bool, work->n_blocks);
    size_t *other_column = VG_NEW(work->arena, size_t, work->width);
    size_t *own_column = VG_NEW(work->arena, size_t, work->width);
    VG_TRY(need(work, others));
    VG_TRY(need(work, own));
    VG_TRY(need(work, other_column));
    VG_TRY(need(work, own_column));
    own[term + work->offset] = true;
    if (work->offset)
        others[0] = true;
    for (size_t t = 0; t < formula->n_terms; t++)
        others[t + work->offset] =
            type == 1
                ? t < term
                : t != term && !is_contained(work->design, &formula->term[term], &formula->term[t]);
    size_t n_own = list_columns(work, own, own_column);
    size_t n_other = list_columns(work, others, other_column);
    *functions = vg_matrix_new(work->arena, n_own, work->width);
    VG_TRY(need(work, functions->data));
    for (size_t f = 0; f < n_own; f++)
        for (size_t j = 0; j < work->width; j++)
            VG_AT(*functions, f, j) = VG_AT(work->gram, own_column[f], j);
    double before = 0.0;
    for (size_t f = 0; f < n_own; f++)
        before = fmax(before, VG_AT(*functions, f, own_column[f]));
    VG_TRY(adjust_for(work, other_column, n_other, own_column, *functions));
    for (size_t f = 0; f < n_own; f++) /* what is left of a column is rounding: it adds nothing */
        if (VG_AT(*functions, f, own_column[f]) <= 1e-12 * before)
            for (size_t j = 0; j < work->width; j++)
                VG_AT(*functions, f, j) = 0.0;
    return VG_OK;
}

/* --- type III
 * ------------------------------------------------------------------------------------- */

/* The subspace of `space` (width × n, orthonormal columns) whose entries at `column` are all zero.
 */
static VgStatus vanish_at(Work *work, VgMatrix space, const size_t *column, size_t n_columns,
                          VgMatrix *out)
{
    VgMatrix gram = vg_matrix_new(work->arena, space.cols, space.cols);
    double *values = VG_NEW(work->arena, double, space.cols);
    VG_TRY(need(work, gram.data));
    VG_TRY(need(work, values));
    for (size_t i = 0; i < space.cols; i++)
        for (size_t j = 0; j < space.cols; j++)
            for (size_t c = 0; c < n_columns; c++)
                VG_AT(gram, i, j) += VG_AT(space, column[c], i) * VG_AT(space, column[c], j);
    VG_TRY(vg_symmetric_eigen(work->arena, gram, values, work->error));
    size_t n = 0;
    while (n < space.cols && values[n] <= ZERO)
        n++;
    *out = vg_matrix_new(work->arena, work->width, n);
    VG_TRY(need(work, out->data));
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < space.cols; j++)
            for (size_t i = 0; i < work->width; i++)
                VG_AT(*out, i, k) += VG_AT(space, i, j) * VG_AT(gram, j, k);
    return VG_OK;
}

/* The estimable functions: the row space of Xo. Its dimension is the design's rank. */
static VgStatus estimable_space(Work *work, VgMatrix *space)
{
    VgMatrix copy = vg_matrix_new(work->arena, work->width, work->width);
    double *values = VG_NEW(work->arena, double, work->width);
    VG_TRY(need(work, copy.data));
    VG_TRY(need(work, values));
    vg_matrix_copy(work->gram, copy);
    VG_TRY(vg_symmetric_eigen(work->arena, copy, values, work->error));
    size_t rank = work->design->rank < work->width ? work->design->rank : work->width;
    /* The coded columns must span what all indicators span; no formula is known where they do not. */
    if (rank && rank < work->width &&
        values[work->width - rank - 1] > 1e-12 * values[work->width - 1])
        return vg_fail(work->error, VG_NOT_ESTIMABLE,
                       "this formula does not span the cells that type III speaks about",
                       "write interactions with their main effects, or ask for type II");
    *space = copy;
    space->cols = rank;
    if (rank)
        space->data = &VG_AT(copy, 0, work->width - rank);
    return VG_OK;
}

/* Coordinates of `space` that are orthogonal to `inside`, a subspace of it. */
static VgStatus complement(Work *work, VgMatrix space, VgMatrix inside, VgMatrix *functions)
{
    VgMatrix dots = vg_matrix_new(work->arena, space.cols, space.cols);
    double *values = VG_NEW(work->arena, double, space.cols);
    VG_TRY(need(work, dots.data));
    VG_TRY(need(work, values));
    for (size_t c = 0; c < inside.cols; c++) {
        for (size_t j = 0; j < space.cols; j++) {
            values[j] = 0.0;
            for (size_t i = 0; i < work->width; i++)
                values[j] += VG_AT(space, i, j) * VG_AT(inside, i, c);
        }
        for (size_t i = 0; i < space.cols; i++)
            for (size_t j = 0; j < space.cols; j++)
                VG_AT(dots, i, j) += values[i] * values[j];
    }
    VG_TRY(vg_symmetric_eigen(work->arena, dots, values, work->error));
    size_t n = space.cols - inside.cols; /* eigenvalue 0: orthogonal; 1: inside */
    *functions = vg_matrix_new(work->arena, n, work->width);
    VG_TRY(need(work, functions->data));
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < space.cols; j++)
            for (size_t i = 0; i < work->width; i++)
                VG_AT(*functions, k, i) += VG_AT(dots, j, k) * VG_AT(space, i, j);
    return VG_OK;
}

static VgStatus type_three(Work *work, size_t term, VgMatrix *functions)
{
    const VgFormula *formula = work->design->formula;
    bool *outside = VG_NEW(work->arena, bool, work->n_blocks);
    bool *own = VG_NEW(work->arena, bool, work->n_blocks);
    size_t *column = VG_NEW(work->arena, size_t, work->width);
    VG_TRY(need(work, outside));
    VG_TRY(need(work, own));
    VG_TRY(need(work, column));
    if (work->offset)
        outside[0] = true;
    for (size_t t = 0; t < formula->n_terms; t++)
        outside[t + work->offset] =
            t != term && !is_contained(work->design, &formula->term[term], &formula->term[t]);
    own[term + work->offset] = true;
    VgMatrix estimable = {0}, involving = {0}, containing = {0};
    VG_TRY(estimable_space(work, &estimable));
    VG_TRY(vanish_at(work, estimable, column, list_columns(work, outside, column), &involving));
    VG_TRY(vanish_at(work, involving, column, list_columns(work, own, column), &containing));
    return complement(work, involving, containing, functions);
}

VgStatus vg_term_hypothesis(VgArena *arena, const VgDesign *design, size_t term, int type,
                            double **contrasts, size_t *rows, VgError *error)
{
    if (term >= design->formula->n_terms || type < 1 || type > 3)
        return vg_fail(error, VG_INVALID_INPUT, "there is no type %d test of term %zu",
                       "types are 1, 2 and 3; the intercept is no term", type, term + 1);
    Work work = {.arena = arena, .design = design, .error = error};
    VG_TRY(lay_out_blocks(&work));
    VG_TRY(add_up_gram(&work));
    scale_gram(&work);
    VG_TRY(fill_coding(&work));
    VgMatrix functions = {0}, l = {0};
    if (type == 3)
        VG_TRY(type_three(&work, term, &functions));
    else
        VG_TRY(compare_models(&work, term, type, &functions));
    VG_TRY(translate(&work, functions, &l));
    return reduce_rows(&work, l, contrasts, rows);
}
