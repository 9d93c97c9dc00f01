/* Risk of bias: studies × domains as signs, and each domain's share of the weight. Sign and colour say the same. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

enum { MOST_STUDIES = 40 };

static const char *const SIGN[] = {"+", "!", "−", "?"};
static const char *const WORDS[] = {"low", "some concerns", "high", "no information"};
enum { SIGNS = 4 };

typedef struct Bias {
    const VgDataset *d;
    const char **study, **domain;
    size_t n_studies, n_domains;
} Bias;

static void add(const char **list, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (vg_same_text(list[i], name))
            return;
    list[(*n)++] = name;
}

static bool read_bias(const VgView *view, Bias *bias)
{
    *bias = (Bias){.d = vg_result_find_dataset(view->result, NULL, "risk_of_bias")};
    if (!bias->d || !bias->d->n_rows)
        return false;
    bias->study = VG_NEW(view->arena, const char *, bias->d->n_rows);
    bias->domain = VG_NEW(view->arena, const char *, bias->d->n_rows);
    if (!bias->study || !bias->domain)
        return false;
    for (size_t i = 0; i < bias->d->n_rows; i++) {
        add(bias->study, &bias->n_studies, vg_cell_text(bias->d, "study", i));
        add(bias->domain, &bias->n_domains, vg_cell_text(bias->d, "domain", i));
    }
    return true;
}

/* Index in SIGN; SIGNS when nothing was judged. */
static size_t judged(const Bias *bias, const char *study, const char *domain)
{
    for (size_t i = 0; i < bias->d->n_rows; i++)
        if (vg_same_text(vg_cell_text(bias->d, "study", i), study) &&
            vg_same_text(vg_cell_text(bias->d, "domain", i), domain)) {
            const char *sign = vg_bias_sign(vg_cell_text(bias->d, "judgement", i));
            for (size_t k = 0; k < SIGNS; k++)
                if (vg_same_text(sign, SIGN[k]))
                    return k;
        }
    return SIGNS;
}

VgPlot *vg_figure_bias(const VgView *view, size_t part)
{
    Bias bias;
    if (!read_bias(view, &bias) || part * MOST_STUDIES >= bias.n_studies)
        return NULL;
    size_t from = part * MOST_STUDIES, n = bias.n_studies - from;
    n = n < MOST_STUDIES ? n : MOST_STUDIES;
    bool whole = bias.n_studies <= MOST_STUDIES;
    VgPlot *plot = vg_plot_create(
        view->arena, part ? vg_arena_printf(view->arena, "bias-part%zu", part + 1) : "bias",
        whole ? "Risk of bias by study"
              : vg_arena_printf(view->arena, "Risk of bias by study, part %zu", part + 1),
        whole ? "What reviewers judged for each study and domain."
              : vg_arena_printf(view->arena,
                                "What reviewers judged for each study and domain. Studies %zu to "
                                "%zu of %zu.",
                                from + 1, from + n, bias.n_studies));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    VgPlotLayer *layer[SIGNS];
    for (size_t k = 0; k < SIGNS; k++)
        layer[k] = vg_plot_layer(plot, panel, VG_MARK_SIGN, vg_sign_style(SIGN[k]), WORDS[k]);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < bias.n_domains; j++) {
            size_t k = judged(&bias, bias.study[from + i], bias.domain[j]);
            if (k < SIGNS)
                vg_plot_add(plot, layer[k], (double)j, (double)i, NAN, NAN, SIGN[k]);
        }
    for (size_t k = 0; k < SIGNS; k++) /* a sign of the legend is drawn from a mark */
        if (layer[k] && !layer[k]->n)
            layer[k]->series = NULL;
    vg_axis_categories(plot, &panel->x, NULL, bias.domain, bias.n_domains);
    vg_axis_categories(plot, &panel->y, NULL, bias.study + from, n);
    panel->y.downward = true;
    panel->y.from_edge = true;
    panel->height = 90 + 24 * (double)n;
    plot->width = fmax(720, vg_plot_margins(panel) + 128 * (double)bias.n_domains);
    plot->least = plot->width > 720 ? 0.78 * plot->width : 0;
    return plot;
}

static double weight_of(const VgView *view, const char *study)
{
    const VgDataset *d =
        view->primary ? vg_result_find_dataset(view->result, view->primary->id, "studies") : NULL;
    double sum = 0;
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "study", i), study)) {
            double weight = vg_cell_number(d, "weight", i);
            sum += isfinite(weight) ? weight : 0;
        }
    return sum;
}

VgPlot *vg_figure_bias_summary(const VgView *view)
{
    Bias bias;
    if (!read_bias(view, &bias))
        return NULL;
    double *weight = VG_NEW(view->arena, double, bias.n_studies), all = 0;
    if (!weight)
        return NULL;
    for (size_t i = 0; i < bias.n_studies; i++)
        all += weight[i] = weight_of(view, bias.study[i]);
    for (size_t i = 0; !(all > 0) && i < bias.n_studies; i++)
        weight[i] = 1;
    VgPlot *plot = vg_plot_create(
        view->arena, "summary-bias", "Risk of bias, all studies",
        all > 0 ? "Share of the weight in the main analysis, in percent, by judgement. Studies "
                  "that are not in it do not count here."
                : "Share of the studies, in percent, by judgement.");
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    VgPlotLayer *layer[SIGNS];
    for (size_t k = 0; k < SIGNS; k++)
        layer[k] = vg_plot_layer(plot, panel, VG_MARK_SPAN_X, vg_sign_style(SIGN[k]),
                                 vg_arena_printf(view->arena, "%s %s", SIGN[k], WORDS[k]));
    VgPlotLayer *sign = vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL),
                *pale = vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_PAPER, NULL);
    if (!sign || !pale)
        return NULL;
    sign->place = pale->place = VG_TEXT_CENTRE;
    for (size_t j = 0; j < bias.n_domains; j++) {
        double part[SIGNS] = {0}, sum = 0, x = 0;
        for (size_t i = 0; i < bias.n_studies; i++) {
            size_t k = judged(&bias, bias.study[i], bias.domain[j]);
            if (k == SIGNS)
                continue;
            part[k] += weight[i];
            sum += weight[i];
        }
        for (size_t k = 0; k < SIGNS && sum > 0; k++) {
            double share = 100 * part[k] / sum;
            if (!(share > 0))
                continue;
            vg_plot_add(plot, layer[k], x, (double)j, x + share, NAN,
                        vg_arena_printf(view->arena, "%s: %.0f%%", WORDS[k], share));
            vg_plot_size(layer[k], 20);
            if (share > 9)
                vg_plot_add(plot, k == SIGNS - 1 ? pale : sign, x + share / 2, (double)j, NAN, NAN,
                            vg_arena_printf(view->arena, "%s %.0f%%", SIGN[k], share));
            x += share;
        }
    }
    for (size_t k = 0; k < SIGNS; k++)
        if (layer[k] && !layer[k]->n)
            layer[k]->series = NULL;
    vg_axis_categories(plot, &panel->y, NULL, bias.domain, bias.n_domains);
    panel->y.downward = true;
    panel->y.from_edge = true;
    vg_axis_numbers(plot, &panel->x, "Percent", 0, 100, 5);
    panel->height = 80 + 34 * (double)bias.n_domains;
    return plot;
}
