/* A rule on a terminal.
 *
 *   rule: who gets which arm (not recommended)
 *     crp <= 3.2?
 *     ├─ yes: placebo (n = 61)
 *     └─ no:  shannon <= 2.9?
 *             ├─ yes: probiotic (n = 40)
 *             └─ no:  placebo (n = 19) */
#include "report/policy_text.h"

#include <math.h>
#include <string.h>

#include "base/compare.h"

enum { DEEPEST = 8, INDENT = 8 };

typedef struct Tree {
    VgBuffer *out;
    const VgDatasetColumn *feature, *arm, *cut, *left, *right, *n;
    size_t n_nodes;
    int digits;
} Tree;

/* The stem of a line: bars of the questions above that still have an answer to come. */
static void stem(const Tree *t, const bool *open, size_t depth)
{
    vg_buffer_text(t->out, "  ");
    for (size_t d = 0; d + 1 < depth; d++)
        vg_buffer_printf(t->out, open[d] ? "│%*s" : " %*s", INDENT - 1, "");
    if (depth > 0)
        vg_buffer_text(t->out, open[depth - 1] ? "├─ yes: " : "└─ no:  ");
}

static void put_node(const Tree *t, size_t node, bool *open, size_t depth)
{
    if (node >= t->n_nodes || depth >= DEEPEST)
        return;
    stem(t, open, depth);
    if (t->arm->text[node]) {
        vg_buffer_printf(t->out, "%s (n = %.0f)\n", t->arm->text[node], t->n->number[node]);
        return;
    }
    vg_buffer_printf(t->out, "%s <= %.*g?\n", t->feature->text[node] ? t->feature->text[node] : "",
                     t->digits, t->cut->number[node]);
    open[depth] = true;
    put_node(t, (size_t)t->left->number[node], open, depth + 1);
    open[depth] = false;
    put_node(t, (size_t)t->right->number[node], open, depth + 1);
}

void vg_put_policy_trees(VgBuffer *out, const VgResult *result, int digits)
{
    for (size_t k = 0; k < result->n_datasets; k++) {
        const VgDataset *d = &result->dataset[k];
        Tree t = {.out = out,
                  .feature = vg_dataset_column(d, "feature"),
                  .arm = vg_dataset_column(d, "arm"),
                  .cut = vg_dataset_column(d, "cut"),
                  .left = vg_dataset_column(d, "left"),
                  .right = vg_dataset_column(d, "right"),
                  .n = vg_dataset_column(d, "n"),
                  .n_nodes = d->n_rows,
                  .digits = digits};
        if (!vg_same_text(d->name, "policy_tree") || d->n_rows == 0 || !t.feature || !t.arm ||
            !t.cut || !t.left || !t.right || !t.n)
            continue;
        const VgFact *recommended =
            vg_result_find_fact(result, VG_FACTS_FIT, d->analysis, "policy_recommended");
        bool open[DEEPEST] = {false};
        vg_buffer_printf(out, "%s%srule: who gets which arm (%s)\n", d->analysis ? d->analysis : "",
                         d->analysis ? ": " : "",
                         recommended && recommended->number != 0 ? "recommended"
                                                                 : "not recommended");
        put_node(&t, 0, open, 0);
        vg_buffer_text(out, "\n");
    }
}
