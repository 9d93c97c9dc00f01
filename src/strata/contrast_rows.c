/* Rows of one arm against another that a trial's run and vagus forest share. */
#include "strata/contrast_rows.h"

#include <math.h>

#include "model/estimate.h"

void vg_strata_tell(VgResult *result, const char *analysis, const char *about, const char *text)
{
    static const char *const COLUMN[] = {"about", "text"};
    VgDataset *d = vg_result_dataset(result, analysis, "sentences", COLUMN, 2);
    vg_dataset_row(result, d);
    vg_dataset_set_text(result, d, "about", about);
    vg_dataset_set_text(result, d, "text", text);
}

void vg_strata_say(VgResult *result, const char *analysis, const char *about, const char *text)
{
    vg_strata_tell(result, analysis, about, text);
    vg_result_text(result, VG_FACTS_FIT, analysis, about, text);
}

VgEstimate vg_contrast_row(const VgContrastRows *rows, const char *quantity)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = rows->analysis;
    row.quantity = quantity;
    row.outcome = rows->outcome;
    row.unit = rows->unit;
    row.arm = rows->arm;
    row.reference = rows->reference;
    row.n = (double)rows->n;
    return row;
}

static void add(const VgContrastRows *rows, VgEstimate row, const VgInference *answer)
{
    vg_estimate_fill(&row, answer);
    vg_result_estimate(rows->result, &row);
}

void vg_contrast_average_row(const VgContrastRows *rows, const VgInference *average)
{
    VgEstimate row = vg_contrast_row(rows, "ate");
    row.note = "mean of doubly robust scores";
    add(rows, row, average);
}

void vg_contrast_calibration_rows(const VgContrastRows *rows, const VgCalibration *c)
{
    VgEstimate row = vg_contrast_row(rows, "calibration");
    VgInference differential = c->differential;
    differential.p = c->p;
    row.term = "mean";
    row.note = "1: the average predicted effect is right";
    add(rows, row, &c->mean);
    row.term = "differential";
    row.note = "1: predicted differences are right, 0: there are none; p one-sided";
    add(rows, row, &differential);
}

void vg_contrast_rank_rows(const VgContrastRows *rows, const VgRankEffects *r)
{
    static const char *const COLUMN[] = {"arm", "#share", "#toc", "#se", "#lower", "#upper"};
    VgInference autoc = r->autoc, qini = r->qini;
    autoc.p = r->p_autoc;
    qini.p = r->p_qini;
    VgEstimate row = vg_contrast_row(rows, "autoc");
    row.note = "benefit; cross-fitted ranking; p one-sided: treating those ranked first gains more";
    add(rows, row, &autoc);
    row.quantity = "qini";
    add(rows, row, &qini);
    VgDataset *d = vg_result_dataset(rows->result, rows->analysis, "toc", COLUMN, 6);
    for (size_t g = 0; g < r->n_q; g++) {
        vg_dataset_row(rows->result, d);
        vg_dataset_set_text(rows->result, d, "arm", rows->arm);
        vg_dataset_set_number(rows->result, d, "share", r->q[g]);
        vg_dataset_set_number(rows->result, d, "toc", r->toc[g]);
        vg_dataset_set_number(rows->result, d, "se", r->toc_se[g]);
        vg_dataset_set_number(rows->result, d, "lower", r->toc_lower[g]);
        vg_dataset_set_number(rows->result, d, "upper", r->toc_upper[g]);
    }
}

void vg_contrast_group_rows(const VgContrastRows *rows, const VgGroupEffects *groups)
{
    static const char *const QUARTER[] = {"least", "second", "third", "most"};
    VgEstimate row = vg_contrast_row(rows, "group_effect");
    row.note = "quarters of the cross-fitted predicted benefit";
    for (size_t g = 0; g < groups->n_groups && g < sizeof QUARTER / sizeof *QUARTER; g++) {
        row.stratum = QUARTER[g];
        row.n = (double)groups->n[g];
        add(rows, row, &groups->effect[g]);
    }
    row = vg_contrast_row(rows, "group_difference");
    row.stratum = "most - least";
    add(rows, row, &groups->difference);
}

const char *vg_contrast_number(VgArena *arena, double value)
{
    return vg_arena_printf(arena, "%s%.3g", value < 0 ? "−" : "", fabs(value));
}

const char *vg_strata_arm_label(const VgStrataTrial *trial, size_t arm)
{
    return trial->arm_label ? trial->arm_label[arm] : trial->arm_name[arm];
}
