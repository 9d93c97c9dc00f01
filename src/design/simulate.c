/* One virtual trial drawn from a model: noise, randomisation, exposure, true values, measurement, dropout.
 *
 * Every participant draws from the sequence of their own unit, each purpose at places of its own (below), so that
 * nothing that is left out or added for one shifts another. Units above the participants' serve the randomisation. */
#include "design/propagate.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/random_rows.h"

/* Units that are no participants: one for the sites' own values, one a site for its blocks. */
static const uint32_t SITES_UNIT = 0xFFFFFE00u, BLOCKS_UNIT = 0xFFFFFF00u;

/* ---- places in a participant's sequence, all even ---- */

typedef struct Places {
    uint64_t fixed, adherence, lasting, shared_lasting, noise, shared_noise, error, leave, lost;
} Places;

static uint64_t even(size_t rows)
{
    return rows + (rows & 1);
}

static Places places_of(const VgAxisModel *m)
{
    size_t values = m->n_varying * m->n_visits;
    Places p = {0};
    p.adherence = p.fixed + even(m->n_static);
    p.lasting = p.adherence + even(m->n_components);
    p.shared_lasting = p.lasting + even(m->n_varying);
    p.noise = p.shared_lasting + even(m->n_channels);
    p.shared_noise = p.noise + even(values);
    p.error = p.shared_noise + even(m->n_channels * m->n_visits);
    p.leave =
        p.error + m->n_varying * even(m->n_visits); /* each node's errors begin at an even place */
    p.lost = p.leave + even(m->n_visits);
    return p;
}

/* ---- memory ---- */

static size_t scratch_rows(const VgAxisModel *m)
{
    return m->n_components + m->n_varying + m->n_channels * (m->n_visits + 1) + 2 * m->n_visits + 4;
}

VgStatus vg_virtual_trial_new(VgArena *arena, const VgAxisModel *model, size_t n,
                              VgVirtualTrial *trial, VgError *error)
{
    size_t values, doses;
    *trial = (VgVirtualTrial){.model = model, .n = n};
    if (!vg_size_product(model->n_varying * model->n_visits, n, &values) ||
        !vg_size_product(model->n_components * model->n_visits, n, &doses))
        return vg_fail_memory(error);
    trial->arm = vg_arena_alloc_raw(arena, n, sizeof(int32_t));
    trial->site = vg_arena_alloc_raw(arena, n, sizeof(int32_t));
    trial->fixed = vg_arena_alloc_raw(arena, model->n_static * n, sizeof(double));
    trial->adherence = vg_arena_alloc_raw(arena, doses, sizeof(double));
    trial->exposure = vg_arena_alloc_raw(arena, doses, sizeof(double));
    trial->before = vg_arena_alloc_raw(arena, values, sizeof(double));
    trial->truth = vg_arena_alloc_raw(arena, values, sizeof(double));
    trial->observed = vg_arena_alloc_raw(arena, values, sizeof(double));
    trial->attended = vg_arena_alloc_raw(arena, n, 1);
    trial->scratch_ = vg_arena_alloc_raw(arena, scratch_rows(model) * n, sizeof(double));
    if (!trial->arm || !trial->site || !trial->fixed || !trial->adherence || !trial->exposure ||
        !trial->before || !trial->truth || !trial->observed || !trial->attended || !trial->scratch_)
        return vg_fail_memory(error);
    return VG_OK;
}

/* ---- who gets what ---- */

/* Permuted blocks within sites; participants come to sites in turn. */
static void randomise(const VgTrialScheme *scheme, const VgRandom *random, VgVirtualTrial *trial)
{
    size_t n_sites = scheme->n_sites ? scheme->n_sites : 1;
    for (size_t s = 0; s < n_sites; s++) {
        VgRandom own = vg_random_unit(random, BLOCKS_UNIT + (uint32_t)s);
        size_t order[VG_TRIAL_BLOCK], n_order = scheme->n_block, at = n_order;
        for (size_t i = s; i < trial->n; i += n_sites) {
            if (at == n_order) {
                memcpy(order, scheme->block, n_order * sizeof *order);
                vg_random_shuffle(&own, order, n_order);
                at = 0;
            }
            trial->arm[i] = (int32_t)order[at++];
            trial->site[i] = (int32_t)s;
        }
    }
}

static void draw_fixed(const VgRandom *random, const Places *p, VgVirtualTrial *trial)
{
    const VgAxisModel *m = trial->model;
    vg_random_normal_rows(random, 0, trial->n, p->fixed, m->n_static, trial->fixed);
    for (size_t k = 0; k < m->n_static; k++) {
        const VgAxisDistribution *d = &m->axis->node[m->fixed[k]].distribution;
        if (d->shape != VG_AXIS_BINARY)
            continue;
        /* 1 with probability `mean`: the normal beyond its quantile, standardised */
        double *row = trial->fixed + k * trial->n, sd = sqrt(d->mean * (1 - d->mean));
        for (size_t i = 0; i < trial->n; i++)
            row[i] = ((0.5 * erfc(-row[i] * M_SQRT1_2) < d->mean ? 1 : 0) - d->mean) / sd;
    }
}

static void draw_adherence(const VgRandom *random, const Places *p, VgVirtualTrial *trial)
{
    const VgAxisModel *m = trial->model;
    double *z = trial->scratch_;
    vg_random_normal_rows(random, 0, trial->n, p->adherence, m->n_components, z);
    for (size_t c = 0; c < m->n_components; c++) {
        const VgAxisExposure *x = &m->axis->node[m->component[c]].exposure;
        double median = x->adherence < 1 ? log(x->adherence / (1 - x->adherence)) : INFINITY;
        for (size_t v = 0; v < m->n_visits; v++) {
            double *row = trial->adherence + (c * m->n_visits + v) * trial->n;
            double fall = v > 1 ? x->decline * (double)(v - 1) : 0;
            for (size_t i = 0; i < trial->n; i++)
                row[i] = isinf(median)
                             ? 1
                             : 1 / (1 + exp(fall - median - x->adherence_sd * z[c * trial->n + i]));
        }
    }
}

static void expose(VgVirtualTrial *trial)
{
    const VgAxisModel *m = trial->model;
    for (size_t c = 0; c < m->n_components; c++) {
        double *exposure = trial->exposure + c * m->n_visits * trial->n;
        const bool *in_arm = m->axis->node[m->component[c]].in_arm;
        vg_axis_take(trial, c, exposure);
        for (size_t v = 0; v < m->n_visits; v++)
            for (size_t i = 0; i < trial->n; i++)
                if (!in_arm[trial->arm[i]])
                    exposure[v * trial->n + i] = 0;
    }
}

/* ---- what does not depend on treatment ---- */

/* How many visits of a node have to be drawn: up to the last that is needed, as its noise carries over. */
static size_t visits_of(const VgVirtualTrial *trial, size_t k)
{
    size_t n = trial->model->n_visits;
    while (trial->need && n && !trial->need->truth[k * trial->model->n_visits + n - 1])
        n--;
    return n;
}

/* `row` += scale · z. */
static void add(double *row, const double *z, double scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        row[i] += scale * z[i];
}

/* Turns the node's own innovations (in `before`) into its noise, and adds what lasts and the course. */
static void shape_node(VgVirtualTrial *trial, size_t k, const double *lasting,
                       const double *shared_lasting, const double *shared, const double *site)
{
    const VgAxisModel *m = trial->model;
    size_t n = trial->n, c = m->channel[k];
    const double *course = m->axis->node[m->varying[k]].distribution.course;
    double phi = m->autocorrelation[k], step = sqrt(1 - phi * phi), *noise = trial->scratch_;
    double *before = trial->before + k * m->n_visits * n;
    for (size_t v = 0; v < visits_of(trial, k); v++) {
        double *row = before + v * n, keep = v ? phi : 0, scale = v ? step : 1;
        const double *g = c == VG_AXIS_NONE ? NULL : shared + (c * m->n_visits + v) * n;
        double sd = m->noise_sd[k * m->n_visits + v], mean = course ? course[v] : 0;
        for (size_t i = 0; i < n; i++) {
            double z = m->own[k] * row[i] + (g ? m->shared[k] * g[i] : 0);
            noise[i] = (v ? keep * noise[i] : 0) + scale * z;
            row[i] = mean + sd * noise[i];
        }
        add(row, lasting, m->lasting_sd[k] * m->own[k], n);
        if (c != VG_AXIS_NONE)
            add(row, shared_lasting + c * n, m->lasting_sd[k] * m->shared[k], n);
        if (m->site_sd[k] > 0)
            add(row, site, m->site_sd[k], n);
    }
}

/* A number for each site, the same for all its participants. The first participants are of sites 0, 1, … in turn. */
static void draw_sites(const VgRandom *random, const VgVirtualTrial *trial, double *site)
{
    VgRandom own = vg_random_unit(random, SITES_UNIT);
    size_t n_sites = 0;
    while (n_sites < trial->n && (size_t)trial->site[n_sites] == n_sites)
        site[n_sites++] = vg_random_normal(&own);
    for (size_t i = n_sites; i < trial->n; i++)
        site[i] = site[trial->site[i]];
}

static bool has_sites(const VgAxisModel *m)
{
    for (size_t k = 0; k < m->n_varying; k++)
        if (m->site_sd[k] > 0)
            return true;
    return false;
}

/* Innovations of the nodes into `before`, of the channels into `shared`, of what lasts. */
static void draw_noise(const VgRandom *random, const Places *p, VgVirtualTrial *trial,
                       double *lasting, double *shared_lasting, double *shared)
{
    const VgAxisModel *m = trial->model;
    size_t n = trial->n, visits = m->n_visits;
    vg_random_normal_rows(random, 0, n, p->shared_lasting, m->n_channels, shared_lasting);
    for (size_t c = 0; c < m->n_channels; c++) {
        size_t last = 0;
        for (size_t k = 0; k < m->n_varying; k++)
            if (m->channel[k] == c && visits_of(trial, k) > last)
                last = visits_of(trial, k);
        vg_random_normal_rows(random, 0, n, p->shared_noise + c * visits, last,
                              shared + c * visits * n);
    }
    for (size_t k = 0; k < m->n_varying; k++) {
        size_t last = visits_of(trial, k);
        vg_random_normal_rows(random, 0, n, p->noise + k * visits, last,
                              trial->before + k * visits * n);
        vg_random_normal_rows(random, 0, n, p->lasting + k, last > 0, lasting + k * n);
    }
}

static void draw_before(const VgRandom *random, const Places *p, VgVirtualTrial *trial)
{
    const VgAxisModel *m = trial->model;
    size_t n = trial->n;
    double *site = trial->scratch_ + 2 * n, *lasting = site + n,
           *shared_lasting = lasting + m->n_varying * n,
           *shared = shared_lasting + m->n_channels * n;
    draw_noise(random, p, trial, lasting, shared_lasting, shared);
    if (has_sites(m))
        draw_sites(random, trial, site);
    for (size_t k = 0; k < m->n_varying; k++)
        shape_node(trial, k, lasting + k * n, shared_lasting, shared, site);
}

/* ---- what is seen ---- */

static bool looked_at(const VgVirtualTrial *trial, size_t k, size_t v)
{
    return !trial->need || trial->need->observed[k * trial->model->n_visits + v];
}

static void measure(const VgAxisModel *m, const VgRandom *random, const Places *p,
                    VgVirtualTrial *trial)
{
    size_t n = trial->n, visits = m->n_visits;
    double *error = trial->scratch_;
    for (size_t k = 0; k < m->n_varying; k++)
        for (size_t v = 0, end; v < visits; v = end + 1) {
            for (end = v; end < visits && looked_at(trial, k, end);)
                end++; /* visits in a row are drawn together */
            size_t at = (k * visits + v) * n, rows = end - v;
            memcpy(trial->observed + at, trial->truth + at, rows * n * sizeof *error);
            if (!(m->error_sd[k] > 0))
                continue;
            vg_random_normal_rows(random, 0, n, p->error + k * even(visits) + v, rows, error);
            add(trial->observed + at, error, m->error_sd[k], rows * n);
        }
}

static double logit(double p)
{
    return log(p / (1 - p));
}

/* The symptom in SDs around its mean without treatment. */
static double symptom_at(const VgVirtualTrial *trial, size_t k, size_t v, size_t i)
{
    const VgAxisModel *m = trial->model;
    const double *course = m->axis->node[m->varying[k]].distribution.course;
    return trial->observed[(k * m->n_visits + v) * trial->n + i] - (course ? course[v] : 0);
}

static void leave(const VgTrialScheme *scheme, const VgRandom *random, const Places *p,
                  VgVirtualTrial *trial)
{
    const VgAxisModel *m = trial->model;
    size_t n = trial->n, k = 0;
    memset(trial->attended, (int)m->n_visits, n);
    if (!(scheme->dropout > 0))
        return;
    double *u = trial->scratch_;
    bool by_symptom = scheme->dropout_symptom != VG_AXIS_NONE;
    if (by_symptom)
        k = m->slot[scheme->dropout_symptom];
    vg_random_uniform_rows(random, 0, n, p->leave, m->n_visits, u);
    for (size_t v = 1; v < m->n_visits; v++)
        for (size_t i = 0; i < n; i++) {
            if (trial->attended[i] < m->n_visits)
                continue;
            double eta = logit(scheme->dropout);
            if (by_symptom)
                eta += scheme->dropout_mar * symptom_at(trial, k, v - 1, i) +
                       scheme->dropout_mnar * symptom_at(trial, k, v, i);
            if (u[v * n + i] < 1 / (1 + exp(-eta)))
                trial->attended[i] = (uint8_t)v;
        }
}

/* Values after leaving, and those lost for no reason to do with them, are missing. */
static void lose(const VgRandom *random, const Places *p, VgVirtualTrial *trial)
{
    const VgAxisModel *m = trial->model;
    size_t n = trial->n;
    for (size_t k = 0; k < m->n_varying; k++) {
        double missing = m->axis->node[m->varying[k]].measurement.missing, *u = trial->scratch_;
        if (missing > 0)
            vg_random_uniform_rows(random, 0, n, p->lost + k * even(m->n_visits), m->n_visits, u);
        for (size_t v = 0; v < m->n_visits; v++) {
            double *row = trial->observed + (k * m->n_visits + v) * n;
            if (!looked_at(trial, k, v))
                continue;
            for (size_t i = 0; i < n; i++)
                if (v >= trial->attended[i] || (missing > 0 && u[v * n + i] < missing))
                    row[i] = NAN;
        }
    }
}

void vg_axis_draw(const VgAxisModel *model, const VgTrialScheme *scheme,
                  const struct VgRandom *random, VgVirtualTrial *trial)
{
    Places p = places_of(model);
    trial->need = scheme->need;
    randomise(scheme, random, trial);
    draw_fixed(random, &p, trial);
    draw_adherence(random, &p, trial);
    draw_before(random, &p, trial);
    expose(trial);
    vg_axis_propagate(trial, trial->exposure, NULL, trial->scratch_, trial->truth);
    measure(model, random, &p, trial);
}

void vg_axis_simulate(const VgAxisModel *model, const VgTrialScheme *scheme,
                      const struct VgRandom *random, VgVirtualTrial *trial)
{
    Places p = places_of(model);
    vg_axis_draw(model, scheme, random, trial);
    leave(scheme, random, &p, trial);
    lose(random, &p, trial);
}

void vg_axis_measure_again(const VgAxisModel *model, const struct VgRandom *random,
                           VgVirtualTrial *trial)
{
    Places p = places_of(model);
    measure(model, random, &p, trial);
    lose(random, &p, trial);
}

VgTrialScheme vg_design_scheme(const VgDesignFile *design)
{
    return (VgTrialScheme){.n = design->n,
                           .block = design->block,
                           .n_block = design->n_block,
                           .n_sites = design->n_sites,
                           .dropout = design->dropout,
                           .dropout_mar = design->dropout_mar,
                           .dropout_mnar = design->dropout_mnar,
                           .dropout_symptom = design->dropout_symptom};
}
