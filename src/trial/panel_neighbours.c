/* How far each participant's community lies from the nearest comparable reference people, and by which features. Aitchison
 * distance: counts + 0.5; of shares and amounts zeros become half the smallest value of all. */
#include "trial/panel_norms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "numeric/linear_algebra.h"
#include "panel/abundance.h"

enum { TOLD = 5 };              /* features that contribute most */
static const double FAR = 0.05; /* p at which a sample is far: of 20 usual ones about one */

typedef struct Neighbourhood {
    const VgLayer *layer, *theirs;
    size_t n_reference, n_asked;
    size_t *reference, *person, *asked; /* samples and rows of people */
    VgMatrix log_ratios;                /* all samples, reference people first */
    VgNeighbours neighbours;
    size_t n_far,
        n_placed;    /* samples farther than FAR of comparable people; samples with an answer */
    struct Far *far; /* of each feature, over the samples that are far */
} Neighbourhood;

/* What a feature has to do with being far. */
typedef struct Far {
    size_t more, less; /* samples that have more, less of it than their neighbours */
    double share;      /* sum of its shares of the squared distance */
} Far;

/* Reference and participants as one table over the features of both; what a side does not name is 0 there. */
static VgStatus stack(VgTrial *trial, Neighbourhood *h, VgMatrix *table, VgError *error)
{
    const VgLayer *layer = h->layer, *theirs = h->theirs;
    size_t p = layer->n_features, extra = 0, *at;
    bool *beside;
    VG_TRY(vg_norms_match(trial, layer, &at, &beside, error));
    for (size_t j = 0; j < theirs->n_features; j++)
        extra += beside[j];
    *table = vg_matrix_new(trial->scratch, h->n_reference + h->n_asked, p + extra);
    if (!table->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        for (size_t i = 0; i < h->n_reference && at[j] != SIZE_MAX; i++)
            VG_AT(*table, i, j) = VG_AT(theirs->value, h->reference[i], at[j]);
        for (size_t i = 0; i < h->n_asked; i++)
            VG_AT(*table, h->n_reference + i, j) = VG_AT(layer->value, h->asked[i], j);
    }
    for (size_t j = 0, to = p; j < theirs->n_features; j++)
        if (beside[j]) {
            for (size_t i = 0; i < h->n_reference; i++)
                VG_AT(*table, i, to) = VG_AT(theirs->value, h->reference[i], j);
            to++;
        }
    return VG_OK;
}

static VgStatus measure(VgTrial *trial, Neighbourhood *h, VgError *error)
{
    VgMatrix table;
    VG_TRY(stack(trial, h, &table, error));
    VgTransformOptions clr = {.transform = VG_TRANSFORM_CLR};
    if (h->layer->kind != VG_LAYER_COUNTS)
        clr.pseudocount = vg_abundance_least(table) / 2;
    VgDistanceOptions options = {.metric = VG_METRIC_AITCHISON, .transform = clr};
    h->log_ratios = vg_matrix_new(trial->scratch, table.rows, table.cols);
    if (!h->log_ratios.data)
        return vg_fail_memory(error);
    VG_TRY(vg_transform(trial->scratch, table, &clr, &h->log_ratios, error));
    VgDistances *distances;
    VG_TRY(vg_distances(trial->scratch, table, &options, &distances, error));
    return vg_neighbours_prepare(trial->scratch, distances, h->n_reference, &h->neighbours, error);
}

/* ---- who is comparable ---- */

/* Within the window of every covariate, and of the same level of every factor; a participant who lacks one has nobody. */
static VgStatus compare(VgTrial *trial, const Neighbourhood *h, size_t participant,
                        bool *comparable, const char **lacking, VgError *error)
{
    const VgStudy *study = trial->study;
    const VgNormsPlan *plan = study->norms_plan;
    const VgTable *people = h->layer->reference->people;
    *lacking = NULL;
    for (size_t i = 0; i < h->n_reference; i++)
        comparable[i] = true;
    for (size_t c = 0; c < plan->n_covariates; c++) {
        const VgColumn *own, *theirs;
        VG_TRY(vg_table_require(study->participants, plan->covariate[c], &own, error));
        VG_TRY(vg_table_require(people, plan->covariate[c], &theirs, error));
        if (vg_column_is_missing(own, participant))
            *lacking = plan->covariate[c];
        bool numbers = own->type == VG_COLUMN_NUMBER && theirs->type == VG_COLUMN_NUMBER;
        const char *level =
            *lacking || numbers ? NULL : vg_column_value_text(trial->scratch, own, participant);
        for (size_t i = 0; i < h->n_reference; i++) {
            size_t row = h->person[i];
            if (vg_column_is_missing(theirs, row))
                comparable[i] = false;
            else if (numbers && !isnan(plan->window[c]))
                comparable[i] &=
                    fabs(theirs->number[row] - own->number[participant]) <= plan->window[c];
            else if (!numbers)
                comparable[i] &=
                    vg_same_text(vg_column_value_text(trial->scratch, theirs, row), level);
        }
    }
    return VG_OK;
}

/* ---- answers ---- */

typedef struct Share {
    size_t feature;
    double difference, share;
} Share;

static int by_share(const void *a, const void *b)
{
    double x = ((const Share *)a)->share, y = ((const Share *)b)->share;
    return (x < y) - (x > y);
}

/* The features by which a sample differs most from the mean of its neighbours, as shares of the squared distance to it. */
static VgStatus write_contributors(VgTrial *trial, Neighbourhood *h, size_t i,
                                   const VgOutlyingness *out, VgError *error)
{
    const VgLayer *layer = h->layer;
    size_t p = h->log_ratios.cols;
    Share *share = VG_NEW(trial->scratch, Share, p);
    double total = 0;
    if (!share)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        double mean = 0;
        for (size_t k = 0; k < out->k; k++)
            mean += VG_AT(h->log_ratios, out->neighbour[k], j) / (double)out->k;
        double d = VG_AT(h->log_ratios, h->n_reference + i, j) - mean;
        share[j] = (Share){j, d, d * d};
        total += d * d;
    }
    for (size_t j = 0; out->p < FAR && total > 0 && j < p; j++) {
        h->far[j].share += share[j].share / total;
        h->far[j].more += share[j].difference > 0;
        h->far[j].less += share[j].difference < 0;
    }
    qsort(share, p, sizeof *share, by_share);
    VgDataset *data = vg_result_dataset(trial->result, layer->name, "norm_contributors",
                                        VG_COLUMNS("participant", "arm", "visit", "#day", "feature",
                                                   "#log2_difference", "#share", "#order"));
    for (size_t k = 0, told = 0; k < p && told < TOLD; k++) {
        if (share[k].feature >= layer->n_features) /* only the reference has it */
            continue;
        vg_norms_person(trial, data, layer, h->asked[i]);
        vg_dataset_set_text(trial->result, data, "feature", layer->feature_label[share[k].feature]);
        vg_dataset_set_number(trial->result, data, "log2_difference", share[k].difference / log(2));
        vg_dataset_set_number(trial->result, data, "share",
                              total > 0 ? share[k].share / total : NAN);
        vg_dataset_set_number(trial->result, data, "order", (double)++told);
    }
    return VG_OK;
}

static VgStatus one_sample(VgTrial *trial, Neighbourhood *h, size_t i, bool *comparable,
                           VgError *error)
{
    const VgNormsPlan *plan = trial->study->norms_plan;
    VgResult *result = trial->result;
    VgNeighbourOptions options = {
        .resamples = plan->resamples, .level = result->level, .seed = plan->seed};
    VgOutlyingness out = {.p = NAN, .lower = NAN, .upper = NAN, .score = NAN, .nearest = NAN};
    VgError own = {0};
    const char *why = NULL;
    VG_TRY(compare(trial, h, h->layer->participant[h->asked[i]], comparable, &why, error));
    if (why)
        why = vg_trial_text(trial, "no comparable people: %s is missing", why);
    else {
        VgStatus status = vg_neighbours_score(trial->scratch, &h->neighbours, h->n_reference + i,
                                              comparable, &options, &out, &own);
        if (status == VG_NOT_ESTIMABLE)
            why = vg_trial_text(trial, "%s", own.message);
        else if (status != VG_OK) {
            *error = own;
            return status;
        }
    }
    VgDataset *data = vg_result_dataset(
        result, h->layer->name, "norm_neighbours",
        VG_COLUMNS("participant", "arm", "visit", "#day", "#distance", "#p", "#lower", "#upper",
                   "#nearest", "#effective_neighbours", "#k", "#comparable", "note"));
    vg_norms_person(trial, data, h->layer, h->asked[i]);
    vg_dataset_set_text(result, data, "note", why);
    if (why)
        return VG_OK;
    h->n_placed++;
    h->n_far += out.p < FAR;
    vg_dataset_set_number(result, data, "distance", out.score);
    vg_dataset_set_number(result, data, "p", out.p);
    vg_dataset_set_number(result, data, "lower", out.lower);
    vg_dataset_set_number(result, data, "upper", out.upper);
    vg_dataset_set_number(result, data, "nearest", out.nearest);
    vg_dataset_set_number(result, data, "effective_neighbours", out.n_near);
    vg_dataset_set_number(result, data, "k", (double)out.k);
    vg_dataset_set_number(result, data, "comparable", (double)out.n_comparable);
    return write_contributors(trial, h, i, &out, error);
}

/* Over all samples that are far: which features part them from their neighbours. */
static VgStatus write_far(VgTrial *trial, const Neighbourhood *h, size_t visit, VgError *error)
{
    size_t p = h->layer->n_features; /* what only the reference has is not told by name */
    Share *share = VG_NEW(trial->scratch, Share, p + 1);
    if (!share)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        share[j] = (Share){j, 0, h->far[j].share};
    qsort(share, p, sizeof *share, by_share);
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(result, h->layer->name, "norm_far",
                                        VG_COLUMNS("visit", "feature", "#mean_share", "#more",
                                                   "#less", "#far", "#samples", "#order"));
    for (size_t k = 0; k < p && k < TOLD && h->n_far; k++) {
        size_t j = share[k].feature;
        vg_dataset_row(result, data);
        if (visit != SIZE_MAX)
            vg_dataset_set_text(result, data, "visit", trial->study->visit[visit].name);
        vg_dataset_set_text(result, data, "feature", h->layer->feature_label[j]);
        vg_dataset_set_number(result, data, "mean_share", share[k].share / (double)h->n_far);
        vg_dataset_set_number(result, data, "more", (double)h->far[j].more);
        vg_dataset_set_number(result, data, "less", (double)h->far[j].less);
        vg_dataset_set_number(result, data, "far", (double)h->n_far);
        vg_dataset_set_number(result, data, "samples", (double)h->n_placed);
        vg_dataset_set_number(result, data, "order", (double)(k + 1));
    }
    return VG_OK;
}

VgStatus vg_trial_panel_neighbours(VgTrial *trial, const VgLayer *layer, size_t visit,
                                   VgError *error)
{
    Neighbourhood h = {.layer = layer,
                       .theirs = layer->reference->layer ? layer->reference->layer : layer};
    h.reference = VG_NEW(trial->scratch, size_t, h.theirs->n_samples + 1);
    h.person = VG_NEW(trial->scratch, size_t, h.theirs->n_samples + 1);
    h.asked = VG_NEW(trial->scratch, size_t, layer->n_samples + 1);
    if (!h.reference || !h.person || !h.asked)
        return vg_fail_memory(error);
    h.n_reference = vg_norms_reference(trial, layer, visit, h.reference, h.person);
    h.n_asked = vg_norms_asked(trial, layer, visit, h.asked);
    if (!h.n_asked)
        return VG_OK;
    bool *comparable = VG_NEW(trial->scratch, bool, h.n_reference);
    if (!comparable)
        return vg_fail_memory(error);
    VG_TRY(measure(trial, &h, error));
    h.far = VG_NEW(trial->scratch, Far, h.log_ratios.cols + 1);
    if (!h.far)
        return vg_fail_memory(error);
    for (size_t i = 0; i < h.n_asked; i++) {
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VgStatus status = one_sample(trial, &h, i, comparable, error);
        vg_arena_rewind(trial->scratch, mark);
        VG_TRY(status);
    }
    return write_far(trial, &h, visit, error);
}
