/* Who benefits, for patients: that it cannot be told, or a recommended rule as people of 100. No p-values, no
 * moderators of which nothing was shown, no prediction for anybody. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html_patient.h"
#include "report/strata.h"

enum { MOST_GROUPS = 2 }; /* more would not fit one page */

/* The first analysis that asked; false when none did. A recommended rule goes before. */
static bool asked(const VgView *view, VgStrataView *strata)
{
    bool any = false;
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgStrataView one;
        if (!vg_strata_read(view, &view->analysis[i], &one))
            continue;
        if (!any || (one.recommended && !strata->recommended))
            *strata = one;
        any = true;
    }
    return any;
}

void vg_patient_who_benefits(VgBuffer *out, const VgView *view)
{
    VgStrataView s;
    bool differs = false, any = asked(view, &s);
    for (size_t k = 0; any && k < s.n; k++)
        differs = differs || s.arm[k].differs;
    vg_patient_say(out, view, "p",
                   any && s.recommended ? "patient.strata.untried"
                   : differs            ? "patient.strata.some"
                                        : "patient.who.heterogeneity",
                   NULL, 0);
}

/* ---- the rule ---- */

/* Which answers lead to which treatment, a leaf a line. */
static void tell_leaves(VgBuffer *out, const VgView *view, const VgStrataView *s)
{
    const VgDataset *tree = vg_strata_dataset(view, s, "policy_tree");
    if (!tree)
        return;
    vg_buffer_text(out, "<ul>");
    for (size_t i = 0; i < tree->n_rows; i++) {
        const char *arm = vg_cell_text(tree, "arm", i),
                   *path = vg_strata_path(view, s, tree, vg_cell_number(tree, "node", i));
        const VgSlot slots[] = {{"path", path}, {"arm", vg_view_arm_label(view, arm)}};
        if (arm && path)
            vg_patient_say(out, view, "li", "patient.strata.leaf", slots, 2);
    }
    vg_buffer_text(out, "</ul>");
}

/* The row of people whom the rule gives `group` and who got `arm`; n_rows when there is none. */
static size_t response_row(const VgDataset *d, const char *group, const char *arm)
{
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "group", i), group) &&
            vg_same_text(vg_cell_text(d, "arm", i), arm) &&
            isfinite(vg_cell_number(d, "response", i)))
            return i;
    return d->n_rows;
}

/* What a group's own treatment is shown beside: the reference; for those who get that, any other. */
static size_t beside(const VgDataset *d, const char *group, const char *reference)
{
    if (!vg_same_text(group, reference))
        return response_row(d, group, reference);
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "group", i), group) &&
            !vg_same_text(vg_cell_text(d, "arm", i), group) &&
            isfinite(vg_cell_number(d, "response", i)))
            return i;
    return d->n_rows;
}

static int of_hundred(double share)
{
    return (int)lround(100 * fmin(1, fmax(0, share)));
}

static void one_group(VgBuffer *out, const VgView *view, const VgDataset *d, const char *group,
                      const char *reference)
{
    const size_t row[2] = {beside(d, group, reference), response_row(d, group, group)};
    const char *name[2];
    int yes[2];
    if (row[0] == d->n_rows || row[1] == d->n_rows)
        return;
    const VgSlot about[] = {{"arm", vg_view_arm_label(view, group)}};
    vg_buffer_text(out, "<div class=\"hundred\">");
    vg_patient_say(out, view, "h4", "patient.strata.group", about, 1);
    for (int k = 0; k < 2; k++) {
        name[k] = vg_view_arm_label(view, vg_cell_text(d, "arm", row[k]));
        yes[k] = of_hundred(vg_cell_number(d, "response", row[k]));
        const VgSlot slots[] = {
            {"arm", name[k]},
            {"n", vg_arena_printf(view->arena, "%d", yes[k])},
            {"low",
             vg_arena_printf(view->arena, "%d", of_hundred(vg_cell_number(d, "lower", row[k])))},
            {"high",
             vg_arena_printf(view->arena, "%d", of_hundred(vg_cell_number(d, "upper", row[k])))}};
        vg_patient_say(out, view, "p",
                       isfinite(vg_cell_number(d, "lower", row[k])) ? "patient.strata.with"
                                                                    : "patient.strata.with.about",
                       slots, 4);
        vg_patient_icons(out, view, k ? 0 : VG_STYLE_MUTED, yes[k], name[k]);
    }
    vg_patient_icon_table(out, view, vg_phrase_in(view->language, "patient.question.response"),
                          name, yes, 2);
    vg_buffer_text(out, "</div>");
}

/* People of a group who can be shown: those of its own treatment and of what stands beside it. */
static double group_size(const VgDataset *d, const char *group, const char *reference)
{
    size_t own = response_row(d, group, group), other = beside(d, group, reference);
    if (own == d->n_rows || other == d->n_rows)
        return 0;
    return vg_cell_number(d, "n", own) + vg_cell_number(d, "n", other);
}

/* The largest group smaller than `below`, by the first row that names it; n_rows when there is none. */
static size_t next_group(const VgDataset *d, const char *reference, double below)
{
    size_t best = d->n_rows;
    double most = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        double n = group_size(d, vg_cell_text(d, "group", i), reference);
        if (n < below && n > most) {
            most = n;
            best = i;
        }
    }
    return best;
}

/* The largest groups of the rule side by side, each of 100 people. */
static bool groups(VgBuffer *out, const VgView *view, const VgStrataView *s)
{
    const VgDataset *d = vg_strata_dataset(view, s, "rule_response");
    const char *reference = s->arm[0].reference;
    VgBuffer body = {0};
    double below = INFINITY;
    for (size_t shown = 0; d && shown < MOST_GROUPS; shown++) {
        size_t row = next_group(d, reference, below);
        if (row == d->n_rows)
            break;
        below = group_size(d, vg_cell_text(d, "group", row), reference);
        one_group(&body, view, d, vg_cell_text(d, "group", row), reference);
    }
    bool any = body.length > 0;
    if (any) {
        vg_buffer_text(out, "<div class=\"pair\">");
        vg_buffer_append(out, body.text, body.length);
        vg_buffer_text(out, "</div>");
    }
    out->failed = out->failed || body.failed;
    vg_buffer_free(&body);
    return any;
}

/* How many of 100 would get what, where nothing more is known of them. */
static void shares(VgBuffer *out, const VgView *view, const VgStrataView *s)
{
    vg_buffer_text(out, "<ul>");
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        if (!vg_strata_is(row, s, "policy_share", NULL) || !(row->estimate > 0))
            continue;
        const VgSlot slots[] = {
            {"arm", vg_view_arm_label(view, row->arm)},
            {"n", vg_arena_printf(view->arena, "%d", of_hundred(row->estimate))}};
        vg_patient_say(out, view, "li", "patient.strata.share", slots, 2);
    }
    vg_buffer_text(out, "</ul>");
}

void vg_patient_rule(VgBuffer *out, const VgView *view)
{
    VgStrataView s;
    if (!asked(view, &s) || !s.recommended)
        return;
    vg_patient_say(out, view, "h3", "patient.strata", NULL, 0);
    vg_patient_say(out, view, "p", "patient.strata.rule", NULL, 0);
    tell_leaves(out, view, &s);
    if (!groups(out, view, &s))
        shares(out, view, &s);
}
