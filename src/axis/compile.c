/* From a graph with effects to a model that can be drawn from: terms in order, and the residual variances.
 *
 * A node's SD is that of untreated people with average moderators, at every visit. Its variance has three parts that sum
 * to 1: what lasts (`stable`), of which static effects and sites take their share; and what varies, of which effects of
 * other nodes' changes since baseline take theirs. What is left is drawn: a variance left negative is told. The varying
 * parts are written as sums over independent innovations, so that their covariances, whatever the lags, are exact. */
#include <vagus/axis.h>

#include <math.h>
#include <string.h>

typedef struct Compiler {
    const VgAxis *axis;
    VgArena *arena;
    VgAxisIssues *issues;
    VgAxisModel *model;
    size_t *slot, *n_terms;
    const VgAxisTerm **term;
    double *lasting_sd, *noise_sd, *site_sd;
    size_t n_bases;
    double *weight; /* (node, visit) × bases: the varying part */
    double *noise;  /* (node, visit) × bases: the standardised noise */
    bool failed;
} Compiler;

/* ---- nodes and terms ---- */

static bool sort_nodes(Compiler *c, const size_t *order)
{
    const VgAxis *axis = c->axis;
    size_t *varying = VG_NEW(c->arena, size_t, axis->n_nodes),
           *fixed = VG_NEW(c->arena, size_t, axis->n_nodes),
           *component = VG_NEW(c->arena, size_t, axis->n_nodes);
    c->slot = VG_NEW(c->arena, size_t, axis->n_nodes);
    if (!varying || !fixed || !component || !c->slot)
        return false;
    VgAxisModel *m = c->model;
    for (size_t i = 0; i < axis->n_nodes; i++) {
        const VgAxisNode *node = &axis->node[order[i]];
        if (node->kind == VG_AXIS_COMPONENT) {
            c->slot[order[i]] = m->n_components;
            component[m->n_components++] = order[i];
        } else if (node->varies) {
            c->slot[order[i]] = m->n_varying;
            varying[m->n_varying++] = order[i];
        } else if (node->baseline_of == VG_AXIS_NONE) {
            c->slot[order[i]] = m->n_static;
            fixed[m->n_static++] = order[i];
        }
    }
    m->varying = varying;
    m->fixed = fixed;
    m->component = component;
    m->slot = c->slot;
    return true;
}

static bool make_term(Compiler *c, size_t e, VgAxisTerm *term)
{
    const VgAxisEdge *edge = &c->axis->edge[e];
    const VgAxisArrow *arrow = &c->axis->arrow[edge->arrow];
    size_t n = arrow->n_moderations, *moderator = VG_NEW(c->arena, size_t, n);
    double *change = VG_NEW(c->arena, double, n);
    if (!moderator || !change)
        return false;
    for (size_t i = 0; i < n; i++) {
        moderator[i] = arrow->moderation[i].node;
        change[i] = edge->weight * arrow->moderation[i].effect;
    }
    *term =
        (VgAxisTerm){edge->from, arrow->lag, edge->weight * arrow->effect, n, moderator, change, e};
    return true;
}

static bool collect_terms(Compiler *c)
{
    const VgAxisModel *m = c->model;
    c->term = VG_NEW(c->arena, const VgAxisTerm *, m->n_varying);
    c->n_terms = VG_NEW(c->arena, size_t, m->n_varying);
    if (!c->term || !c->n_terms)
        return false;
    for (size_t k = 0; k < m->n_varying; k++) {
        VgAxisTerm *list = VG_NEW(c->arena, VgAxisTerm, c->axis->n_edges);
        if (!list)
            return false;
        for (size_t e = 0; e < c->axis->n_edges; e++)
            if (c->axis->edge[e].to == m->varying[k] && !make_term(c, e, &list[c->n_terms[k]++]))
                return false;
        c->term[k] = list;
    }
    return true;
}

/* ---- what lasts ---- */

static bool share_what_lasts(Compiler *c, double site_sd)
{
    const VgAxisModel *m = c->model;
    c->lasting_sd = VG_NEW(c->arena, double, m->n_varying);
    c->site_sd = VG_NEW(c->arena, double, m->n_varying);
    if (!c->lasting_sd || !c->site_sd)
        return false;
    for (size_t k = 0; k < m->n_varying; k++) {
        const VgAxisNode *node = &c->axis->node[m->varying[k]];
        double taken = 0;
        if (node->kind == VG_AXIS_SYMPTOM)
            c->site_sd[k] = site_sd;
        for (size_t z = 0; z < m->n_static;
             z++) { /* two arrows from one node add before they are squared */
            double effect = 0;
            for (size_t t = 0; t < c->n_terms[k]; t++)
                if (c->term[k][t].from == m->fixed[z])
                    effect += c->term[k][t].effect;
            taken += effect * effect;
        }
        taken += c->site_sd[k] * c->site_sd[k];
        double left = node->distribution.stable - taken;
        if (left < -1e-12)
            vg_axis_tell(c->arena, c->issues, false, node->line,
                         "what acts on %s from baseline on explains %.3g of its variance, more "
                         "than the %.3g that lasts: "
                         "its variance is left negative",
                         "make those effects smaller, or `stable` larger", node->name, taken,
                         node->distribution.stable);
        c->lasting_sd[k] = sqrt(fmax(0, left));
    }
    return true;
}

/* ---- what varies ---- */

static double *row_of(const Compiler *c, double *rows, size_t k, size_t v)
{
    return rows + (k * c->model->n_visits + v) * c->n_bases;
}

/* The standardised noise of a node at each visit: an autoregression of its own innovations and its channel's. */
static void write_noise(Compiler *c, size_t k)
{
    const VgAxisModel *m = c->model;
    double phi = m->autocorrelation[k], step = sqrt(1 - phi * phi);
    for (size_t v = 0; v < m->n_visits; v++) {
        double *here = row_of(c, c->noise, k, v), scale = v ? step : 1;
        for (size_t b = 0; v && b < c->n_bases; b++)
            here[b] = phi * row_of(c, c->noise, k, v - 1)[b];
        here[k * m->n_visits + v] += scale * m->own[k];
        if (m->channel[k] != VG_AXIS_NONE)
            here[(m->n_varying + m->channel[k]) * m->n_visits + v] += scale * m->shared[k];
    }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Adds the effects of other nodes' changes since baseline. */
static void add_changes(Compiler *c, size_t k, size_t v, double *here)
{
    for (size_t t = 0; t < c->n_terms[k]; t++) {
        const VgAxisTerm *term = &c->term[k][t];
        if (!c->axis->node[term->from].varies || v <= term->lag)
            continue;
        size_t l = c->slot[term->from];
        const double *then = row_of(c, c->weight, l, v - term->lag),
                     *first = row_of(c, c->weight, l, 0);
        for (size_t b = 0; b < c->n_bases; b++)
            here[b] += term->effect * (then[b] - first[b]);
    }
}

/* The noise takes the variance that is left: s² + 2 s (explained · noise) + |explained|² = what varies. */
static void set_noise(Compiler *c, size_t k, size_t v)
{
    const VgAxisNode *node = &c->axis->node[c->model->varying[k]];
    double *here = row_of(c, c->weight, k, v), *noise = row_of(c, c->noise, k, v);
    add_changes(c, k, v, here);
    double explained = dot(here, here, c->n_bases), along = dot(here, noise, c->n_bases);
    double varies = 1 - node->distribution.stable;
    double root = along * along + varies - explained, sd = root < 0 ? -1 : sqrt(root) - along;
    if (sd < -1e-9)
        vg_axis_tell(c->arena, c->issues, false, node->line,
                     "what acts on %s at %s explains %.3g of its variance, more than the %.3g that "
                     "varies over "
                     "visits: its variance is left negative",
                     "make the effects on it smaller, or `stable` smaller", node->name,
                     vg_axis_visit_name(c->axis, v), explained, varies);
    sd = fmax(sd, 0);
    c->noise_sd[k * c->model->n_visits + v] = sd;
    for (size_t b = 0; b < c->n_bases; b++)
        here[b] += sd * noise[b];
}

static bool share_what_varies(Compiler *c)
{
    const VgAxisModel *m = c->model;
    c->n_bases = (m->n_varying + m->n_channels) * m->n_visits;
    c->weight = VG_NEW(c->arena, double, m->n_varying * m->n_visits * c->n_bases);
    c->noise = VG_NEW(c->arena, double, m->n_varying * m->n_visits * c->n_bases);
    c->noise_sd = VG_NEW(c->arena, double, m->n_varying * m->n_visits);
    if (!c->weight || !c->noise || !c->noise_sd)
        return false;
    for (size_t k = 0; k < m->n_varying; k++)
        write_noise(c, k);
    for (size_t v = 0; v < m->n_visits; v++)
        for (size_t k = 0; k < m->n_varying; k++) {
            size_t before = c->issues->n;
            set_noise(c, k, v);
            if (c->issues->n > before)
                return true; /* what comes after it has no meaning */
        }
    return true;
}

/* ---- how each node is drawn and measured ---- */

static bool describe_nodes(Compiler *c)
{
    VgAxisModel *m = c->model;
    double *phi = VG_NEW(c->arena, double, m->n_varying),
           *shared = VG_NEW(c->arena, double, m->n_varying),
           *own = VG_NEW(c->arena, double, m->n_varying),
           *error = VG_NEW(c->arena, double, m->n_varying);
    size_t *channel = VG_NEW(c->arena, size_t, m->n_varying);
    if (!phi || !shared || !own || !error || !channel)
        return false;
    for (size_t k = 0; k < m->n_varying; k++) {
        const VgAxisNode *node = &c->axis->node[m->varying[k]];
        channel[k] = node->channel;
        double correlation =
            node->channel == VG_AXIS_NONE ? 0 : c->axis->channel[node->channel].correlation;
        correlation = isnan(correlation) ? 0 : correlation;
        shared[k] = node->sign * sqrt(correlation);
        own[k] = sqrt(1 - correlation);
        phi[k] = node->distribution.autocorrelation;
        double reliability = node->measurement.reliability;
        error[k] = isnan(reliability) ? 0 : sqrt((1 - reliability) / reliability);
    }
    m->autocorrelation = phi;
    m->shared = shared;
    m->own = own;
    m->error_sd = error;
    m->channel = channel;
    m->n_channels = c->axis->n_channels;
    return true;
}

VgAxisModel *vg_axis_compile(const VgAxis *axis, double site_sd, VgAxisIssues *issues)
{
    Compiler c = {.axis = axis, .arena = axis->arena, .issues = issues};
    size_t *order = VG_NEW(c.arena, size_t, axis->n_nodes), before = issues->n;
    c.model = VG_NEW(c.arena, VgAxisModel, 1);
    if (!order || !c.model || !vg_axis_order(axis, order, issues))
        return NULL;
    *c.model = (VgAxisModel){.axis = axis, .n_visits = axis->n_visits};
    if (!sort_nodes(&c, order) || !collect_terms(&c) || !describe_nodes(&c) ||
        !share_what_lasts(&c, site_sd) || !share_what_varies(&c) || issues->n > before)
        return NULL;
    c.model->term = c.term;
    c.model->n_terms = c.n_terms;
    c.model->lasting_sd = c.lasting_sd;
    c.model->noise_sd = c.noise_sd;
    c.model->site_sd = c.site_sd;
    return c.model;
}
