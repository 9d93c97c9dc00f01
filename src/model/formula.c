/* From a syntax tree to the terms of a model.
 *
 * A term is a set of variables (one bit each, in order of first appearance); the operators are
 * algebra on ordered lists of such sets: a+b joins, a:b unites each with each, a*b = a+b+a:b, a
 * %in% b unites each of a with all of b, a/b = a + b %in% a, (…)^k crosses k times, a-b removes.
 * The list is then ordered by the number of variables, ties as they came. Source: R's
 * terms.formula() (Chambers & Hastie 1992, Statistical Models in S, section 2.4). */
#include <vagus/formula.h>

#include <stdint.h>
#include <string.h>

#include "model/expression.h"

enum { MAX_VARIABLES = 256, WORDS = MAX_VARIABLES / 64, MAX_TERMS = 2000 };

typedef struct Bits {
    uint64_t word[WORDS];
} Bits;

/* Distinct terms in the order they came. `slot` is a hash table of 2 × capacity indices + 1. */
typedef struct TermList {
    Bits *term;
    size_t n, capacity;
    uint16_t *slot;
} TermList;

typedef struct Builder {
    VgArena *arena;
    VgFormula *formula;
    bool is_offset[MAX_VARIABLES];
    size_t n_all; /* variables met, offsets among them */
    VgVariable *all;
    size_t work; /* sets united so far: bounds the time of absurd formulas */
    VgError *error;
} Builder;

static VgStatus fail_at_node(const Builder *builder, const VgExpression *node, const char *message,
                             const char *hint)
{
    VgStatus status = vg_fail(builder->error, VG_INVALID_INPUT, "formula, column %zu: %s", hint,
                              node->start + 1, message);
    if (builder->error)
        builder->error->column = node->start + 1;
    return status;
}

static Bits unite(Bits a, Bits b)
{
    for (size_t w = 0; w < WORDS; w++)
        a.word[w] |= b.word[w];
    return a;
}

static int count_bits(Bits a)
{
    int n = 0;
    for (size_t w = 0; w < WORDS; w++)
        n += __builtin_popcountll((unsigned long long)a.word[w]);
    return n;
}

static bool has_bit(const Bits *a, size_t bit)
{
    return a->word[bit / 64] >> (bit % 64) & 1;
}

static bool equal_bits(const Bits *a, const Bits *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* The slot that holds the term, or the empty one where it belongs. */
static size_t find_slot(const TermList *list, const Bits *term)
{
    uint64_t hash = 0;
    for (size_t w = 0; w < WORDS; w++) {
        hash = (hash ^ term->word[w]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    size_t slots = 2 * list->capacity, slot = (size_t)(hash % slots);
    while (list->slot[slot] && !equal_bits(&list->term[list->slot[slot] - 1], term))
        slot = (slot + 1) % slots;
    return slot;
}

static VgStatus list_grow(Builder *builder, TermList *list)
{
    TermList grown = {.n = list->n, .capacity = list->capacity ? 4 * list->capacity : 16};
    grown.term = vg_arena_alloc_raw(builder->arena, grown.capacity, sizeof *grown.term);
    grown.slot = VG_NEW(builder->arena, uint16_t, 2 * grown.capacity);
    if (!grown.term || !grown.slot)
        return vg_fail_memory(builder->error);
    for (size_t i = 0; i < list->n; i++) {
        grown.term[i] = list->term[i];
        grown.slot[find_slot(&grown, &list->term[i])] = (uint16_t)(i + 1);
    }
    *list = grown;
    return VG_OK;
}

static VgStatus list_add(Builder *builder, const VgExpression *node, TermList *list, Bits term)
{
    if (++builder->work > 2000000)
        return fail_at_node(builder, node, "this formula multiplies out to too many terms",
                            "use fewer terms");
    if (list->n == list->capacity)
        VG_TRY(list_grow(builder, list));
    size_t slot = find_slot(list, &term);
    if (list->slot[slot])
        return VG_OK;
    if (list->n == MAX_TERMS)
        return fail_at_node(builder, node, "more than 2000 terms", "use fewer terms");
    list->term[list->n++] = term;
    list->slot[slot] = (uint16_t)list->n;
    return VG_OK;
}

static VgStatus list_join(Builder *builder, const VgExpression *node, TermList *to,
                          const TermList *from)
{
    for (size_t i = 0; i < from->n; i++)
        VG_TRY(list_add(builder, node, to, from->term[i]));
    return VG_OK;
}

static VgStatus list_cross(Builder *builder, const VgExpression *node, TermList *to,
                           const TermList *left, const TermList *right)
{
    for (size_t i = 0; i < left->n; i++)
        for (size_t k = 0; k < right->n; k++)
            VG_TRY(list_add(builder, node, to, unite(left->term[i], right->term[k])));
    return VG_OK;
}

static Bits unite_all(const TermList *list)
{
    Bits all = {{0}};
    for (size_t i = 0; i < list->n; i++)
        all = unite(all, list->term[i]);
    return all;
}

/* Each term of `each` united with all variables of `all`. */
static VgStatus list_within(Builder *builder, const VgExpression *node, TermList *to,
                            const TermList *each, const TermList *all)
{
    Bits everything = unite_all(all);
    for (size_t i = 0; i < each->n; i++)
        VG_TRY(list_add(builder, node, to, unite(each->term[i], everything)));
    return VG_OK;
}

static bool list_has(const TermList *list, const Bits *term)
{
    return list->n && list->slot[find_slot(list, term)];
}

/* --- variables -------------------------------------------------------------------------------- */

static const char *const arithmetic[] = {"I",   "log",   "log2", "log10",
                                         "exp", "log1p", "sqrt", "abs"};

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

static VgStatus check_arithmetic(const Builder *builder, const VgExpression *node)
{
    if (node->kind == VG_NODE_BINARY && !strchr("+-*/^", node->operation))
        return fail_at_node(builder, node, "only + - * / ^ count within a function",
                            "write terms such as a:b outside of functions");
    if (node->kind == VG_NODE_CALL &&
        !is_one_of(node->name, arithmetic, sizeof arithmetic / sizeof *arithmetic))
        return fail_at_node(builder, node, "this function is not known here",
                            "known are I, log, log2, log10, log1p, exp, sqrt, abs");
    if (node->left)
        VG_TRY(check_arithmetic(builder, node->left));
    return node->right ? check_arithmetic(builder, node->right) : VG_OK;
}

static const VgExpression *without_parens(const VgExpression *node)
{
    while (node->kind == VG_NODE_PARENS)
        node = node->left;
    return node;
}

/* Fills a variable from a name, factor(name) or arithmetic. */
static VgStatus describe_variable(const Builder *builder, const VgExpression *node, VgVariable *out)
{
    *out = (VgVariable){.expression = node, .name = vg_expression_text(builder->arena, node)};
    if (!out->name)
        return vg_fail_memory(builder->error);
    if (node->kind == VG_NODE_NAME) {
        out->kind = VG_VARIABLE_COLUMN;
        out->column = node->name;
        return VG_OK;
    }
    if (node->kind == VG_NODE_CALL &&
        (strcmp(node->name, "factor") == 0 || strcmp(node->name, "as.factor") == 0)) {
        if (node->left->kind != VG_NODE_NAME)
            return fail_at_node(builder, node->left, "factor() takes the name of a column",
                                "make the column in the table first");
        out->kind = VG_VARIABLE_FACTOR;
        out->column = node->left->name;
        return VG_OK;
    }
    out->kind = VG_VARIABLE_FUNCTION;
    return check_arithmetic(builder, node);
}

static VgStatus find_variable(Builder *builder, const VgExpression *node, bool is_offset,
                              TermList *list)
{
    VgVariable variable;
    VG_TRY(describe_variable(builder, is_offset ? node->left : node, &variable));
    size_t v = 0;
    while (v < builder->n_all &&
           (builder->is_offset[v] != is_offset || strcmp(builder->all[v].name, variable.name) != 0))
        v++;
    if (v == MAX_VARIABLES)
        return fail_at_node(builder, node, "more than 256 variables", "use fewer variables");
    if (v == builder->n_all) {
        builder->is_offset[v] = is_offset;
        builder->all[builder->n_all++] = variable;
    }
    Bits bit = {{0}};
    bit.word[v / 64] = (uint64_t)1 << (v % 64);
    return list_add(builder, node, list, bit);
}

static VgStatus describe_offset(Builder *builder, const VgExpression *node, TermList *list)
{
    VG_TRY(check_arithmetic(builder, node->left));
    return find_variable(builder, node, true, list);
}

/* --- the algebra of terms ----------------------------------------------------------------------
 */

static VgStatus terms_of(Builder *builder, const VgExpression *node, bool adding, TermList *out);

static const char *slice(VgArena *arena, const char *text, const VgExpression *node)
{
    return vg_arena_strndup(arena, text + node->start, node->end - node->start);
}

/* (left | group): kept as text, checked for being readable. */
static VgStatus add_bar(Builder *builder, const VgExpression *node)
{
    VgFormula *formula = builder->formula;
    const VgExpression *group = without_parens(node->right);
    while (group->kind == VG_NODE_BINARY && strchr("/:", group->operation))
        group = group->left;
    if (group->kind != VG_NODE_NAME)
        return fail_at_node(builder, node->right,
                            "expected the name of a grouping column after '|'", "write (1 | id)");
    VgBarTerm *bar = vg_arena_alloc(builder->arena, formula->n_bars + 1, sizeof *bar);
    if (!bar)
        return vg_fail_memory(builder->error);
    if (formula->n_bars)
        memcpy(bar, formula->bar, formula->n_bars * sizeof *bar);
    VgBarTerm *added = &bar[formula->n_bars];
    added->text = slice(builder->arena, formula->text, node);
    added->left = slice(builder->arena, formula->text, node->left);
    added->group = slice(builder->arena, formula->text, node->right);
    if (!added->text || !added->left || !added->group)
        return vg_fail_memory(builder->error);
    formula->bar = bar;
    formula->n_bars++;
    return VG_OK;
}

static VgStatus power_of(Builder *builder, const VgExpression *node, const TermList *base,
                         TermList *out)
{
    const VgExpression *exponent = without_parens(node->right);
    double k = exponent->kind == VG_NODE_NUMBER ? exponent->number : 0;
    if (!(k >= 1 && k <= 32 && k == (double)(int)k))
        return fail_at_node(builder, node->right, "expected a whole number from 1 to 32 after '^'",
                            "for the square of a column write I(x^2)");
    TermList product = *base;
    for (int i = 1; i < (int)k; i++) {
        TermList before = product;
        product = (TermList){0};
        VG_TRY(list_cross(builder, node, &product, &before, base));
    }
    return list_join(builder, node, out, &product);
}

static VgStatus terms_of_binary(Builder *builder, const VgExpression *node, bool adding,
                                TermList *out)
{
    TermList left = {0}, right = {0};
    if (node->operation == '+') {
        VG_TRY(terms_of(builder, node->left, adding, out));
        return terms_of(builder, node->right, adding, out);
    }
    if (node->operation == '-') {
        VG_TRY(terms_of(builder, node->left, adding, &left));
        VG_TRY(terms_of(builder, node->right, !adding, &right));
        for (size_t i = 0; i < left.n; i++)
            if (!list_has(&right, &left.term[i]))
                VG_TRY(list_add(builder, node, out, left.term[i]));
        return VG_OK;
    }
    if (node->operation == '|')
        return fail_at_node(builder, node, "a '|' stands outside of brackets",
                            "write random terms in brackets: (1 | id)");
    if (node->operation == '~')
        return fail_at_node(builder, node, "a second '~'", "a formula has one '~'");
    VG_TRY(terms_of(builder, node->left, adding, &left));
    if (node->operation == '^')
        return power_of(builder, node, &left, out);
    VG_TRY(terms_of(builder, node->right, adding, &right));
    if (!left.n || !right.n)
        return fail_at_node(builder, left.n ? node->right : node->left,
                            "expected a variable beside this operator",
                            "0 and 1 (the intercept) are only added or removed");
    if (node->operation == 'i')
        return list_within(builder, node, out, &left, &right);
    if (node->operation == '*' || node->operation == '/')
        VG_TRY(list_join(builder, node, out, &left));
    if (node->operation == '/')
        return list_within(builder, node, out, &right, &left);
    if (node->operation == '*')
        VG_TRY(list_join(builder, node, out, &right));
    return list_cross(builder, node, out, &left, &right);
}

static VgStatus intercept_of(Builder *builder, const VgExpression *node, bool adding)
{
    if (node->number != 0 && node->number != 1)
        return fail_at_node(builder, node, "a number other than 0 and 1 is no term",
                            "for arithmetic write I(…)");
    builder->formula->intercept = (node->number == 1) == adding;
    return VG_OK;
}

static VgStatus terms_of(Builder *builder, const VgExpression *node, bool adding, TermList *out)
{
    switch (node->kind) {
    case VG_NODE_NUMBER:
        return intercept_of(builder, node, adding);
    case VG_NODE_NAME:
        return find_variable(builder, node, false, out);
    case VG_NODE_CALL:
        if (strcmp(node->name, "offset") == 0)
            return describe_offset(builder, node, out);
        return find_variable(builder, node, false, out);
    case VG_NODE_PARENS:
        if (node->left->kind == VG_NODE_BINARY && node->left->operation == '|')
            return add_bar(builder, node->left);
        return terms_of(builder, node->left, adding, out);
    case VG_NODE_UNARY: {
        if (node->operation == '+')
            return terms_of(builder, node->left, adding, out);
        TermList dropped = {0};
        return terms_of(builder, node->left, !adding, &dropped);
    }
    case VG_NODE_BINARY:
        return terms_of_binary(builder, node, adding, out);
    }
    return VG_OK;
}

/* --- from bit sets to the public lists
 * ------------------------------------------------------------ */

static bool is_offset_term(const Builder *builder, const Bits *term)
{
    for (size_t v = 0; v < builder->n_all; v++)
        if (builder->is_offset[v] && has_bit(term, v))
            return true;
    return false;
}

/* Offsets leave the list of variables; `index` maps old numbers to new ones. */
static VgStatus split_variables(Builder *builder, const TermList *list, size_t *index)
{
    VgFormula *formula = builder->formula;
    Bits used = unite_all(list);
    formula->variable = VG_NEW(builder->arena, VgVariable, builder->n_all);
    formula->offset = VG_NEW(builder->arena, VgVariable, builder->n_all);
    if (!formula->variable || !formula->offset)
        return vg_fail_memory(builder->error);
    for (size_t v = 0; v < builder->n_all; v++) {
        if (!has_bit(&used, v))
            continue;
        if (builder->is_offset[v]) {
            formula->offset[formula->n_offsets++] = builder->all[v];
        } else {
            index[v] = formula->n_variables;
            formula->variable[formula->n_variables++] = builder->all[v];
        }
    }
    return VG_OK;
}

static VgStatus write_term(Builder *builder, const Bits *bits, const size_t *index, VgTerm *term)
{
    term->n_members = 0;
    term->member = VG_NEW(builder->arena, size_t, (size_t)count_bits(*bits));
    if (!term->member)
        return vg_fail_memory(builder->error);
    for (size_t v = 0; v < builder->n_all; v++) {
        if (!has_bit(bits, v))
            continue;
        term->member[term->n_members++] = index[v];
        const char *name = builder->all[v].name;
        term->name = term->name ? vg_arena_printf(builder->arena, "%s:%s", term->name, name) : name;
        if (!term->name)
            return vg_fail_memory(builder->error);
    }
    return VG_OK;
}

static VgStatus write_terms(Builder *builder, const TermList *list)
{
    VgFormula *formula = builder->formula;
    size_t index[MAX_VARIABLES] = {0};
    VG_TRY(split_variables(builder, list, index));
    formula->term = VG_NEW(builder->arena, VgTerm, list->n);
    if (!formula->term)
        return vg_fail_memory(builder->error);
    int most = 0;
    for (size_t i = 0; i < list->n; i++)
        most = count_bits(list->term[i]) > most ? count_bits(list->term[i]) : most;
    for (int order = 1; order <= most; order++)
        for (size_t i = 0; i < list->n; i++) {
            if (count_bits(list->term[i]) != order)
                continue;
            if (!is_offset_term(builder, &list->term[i])) {
                VG_TRY(
                    write_term(builder, &list->term[i], index, &formula->term[formula->n_terms++]));
            } else if (order > 1) {
                return vg_fail(builder->error, VG_INVALID_INPUT,
                               "the formula has an offset() in an interaction",
                               "add offsets with '+'");
            }
        }
    return VG_OK;
}

static VgStatus read_response(Builder *builder, const VgExpression *node)
{
    VgVariable *response = VG_NEW(builder->arena, VgVariable, 1);
    if (!response)
        return vg_fail_memory(builder->error);
    VG_TRY(describe_variable(builder, node, response));
    if (response->kind == VG_VARIABLE_FACTOR)
        return fail_at_node(builder, node, "the outcome is a number, not a factor",
                            "code a yes/no outcome as 1 and 0");
    builder->formula->response = response;
    return VG_OK;
}

static VgStatus refuse_response_on_the_right(const Builder *builder)
{
    const VgFormula *formula = builder->formula;
    for (size_t v = 0; formula->response && v < formula->n_variables; v++)
        if (strcmp(formula->variable[v].name, formula->response->name) == 0)
            return vg_fail(builder->error, VG_INVALID_INPUT,
                           "the outcome '%s' stands on both sides of the formula",
                           "remove it on the right", formula->response->name);
    return VG_OK;
}

VgStatus vg_formula_parse(VgArena *arena, const char *text, VgFormula **formula, VgError *error)
{
    const VgExpression *tree = NULL;
    VG_TRY(vg_expression_parse(arena, text, &tree, error));
    Builder builder = {.arena = arena, .error = error};
    builder.formula = VG_NEW(arena, VgFormula, 1);
    builder.all = VG_NEW(arena, VgVariable, MAX_VARIABLES);
    if (!builder.formula || !builder.all)
        return vg_fail_memory(error);
    builder.formula->intercept = true;
    builder.formula->text = vg_arena_strdup(arena, text);
    if (!builder.formula->text)
        return vg_fail_memory(error);
    const VgExpression *right = tree;
    if (tree->kind == VG_NODE_BINARY && tree->operation == '~') {
        VG_TRY(read_response(&builder, tree->left));
        right = tree->right;
    } else if (tree->kind == VG_NODE_UNARY && tree->operation == '~') {
        right = tree->left;
    } else {
        return fail_at_node(&builder, tree, "there is no '~'",
                            "write outcome ~ terms, such as hamd ~ arm * visit + baseline");
    }
    TermList list = {0};
    VG_TRY(terms_of(&builder, right, true, &list));
    VG_TRY(write_terms(&builder, &list));
    VG_TRY(refuse_response_on_the_right(&builder));
    *formula = builder.formula;
    return VG_OK;
}
