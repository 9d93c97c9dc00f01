/* Alpha diversity. Hill numbers, sample coverage, rarefaction and extrapolation after Chao & Jost 2012 and
 * Chao et al. 2014 (the conventions of iNEXT); Chao1 and ACE as vegan's estimateR; Faith 1992. */
#include <vagus/diversity.h>

#include <math.h>
#include <stdint.h>

#include "numeric/distributions.h"
#include "panel/abundance.h"

static bool is_whole(const double *x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        if (x[j] != floor(x[j]))
            return false;
    return true;
}

/* --- what is seen ----------------------------------------------------------------------------- */

static void observed(const double *x, size_t n, VgDiversity *out)
{
    double sum = 0, entropy = 0, squares = 0, richness = 0;
    for (size_t j = 0; j < n; j++) {
        sum += x[j];
        richness += x[j] > 0;
    }
    for (size_t j = 0; j < n; j++)
        if (x[j] > 0) {
            double p = x[j] / sum;
            entropy -= p * log(p);
            squares += p * p;
        }
    out->depth = sum;
    out->richness = richness;
    out->shannon = entropy;
    out->simpson = 1 - squares;
    out->inverse_simpson = 1 / squares;
    out->hill_1 = exp(entropy);
    out->pielou = richness > 1 ? entropy / log(richness) : NAN;
}

/* --- what is not seen -------------------------------------------------------------------------- */

enum { RARE = 10 };

/* f1, f2, … f_RARE: how many features were counted that often. */
static void frequencies(const double *x, size_t n, double f[RARE + 1])
{
    for (int k = 0; k <= RARE; k++)
        f[k] = 0;
    for (size_t j = 0; j < n; j++)
        if (x[j] >= 1 && x[j] <= RARE)
            f[(int)x[j]] += 1;
}

/* A of Chao & Jost: the mean chance that a read beyond the sample is of an unseen feature is f1/n · A. */
static double unseen_ratio(double f1, double f2, double n)
{
    if (f2 > 0)
        return (n - 1) * f1 / ((n - 1) * f1 + 2 * f2);
    /* f1(f1 − 1)/2 stands for f1²/(2 f2): a lone singleton says nothing of unseen features (iNEXT) */
    return f1 > 1 ? (n - 1) * (f1 - 1) / ((n - 1) * (f1 - 1) + 2) : 0;
}

static double coverage_observed(double f1, double f2, double n)
{
    return 1 - f1 / n * unseen_ratio(f1, f2, n);
}

static void chao1(const double f[RARE + 1], double richness, VgDiversity *out)
{
    double a = f[1], b = f[2], s = richness + a * (a - 1) / (2 * (b + 1));
    /* delta method over multinomial frequency counts: Σ f_k d_k² − (Σ f_k d_k)²/S, d_k = ∂S/∂f_k (vegan) */
    double d1 = 1 + (2 * a - 1) / (2 * (b + 1)), d2 = 1 - a * (a - 1) / (2 * (b + 1) * (b + 1));
    double others = richness - a - b, sum = a * d1 + b * d2 + others;
    out->chao1 = s;
    out->chao1_se = a > 0 ? sqrt(fmax(a * d1 * d1 + b * d2 * d2 + others - sum * sum / s, 0)) : 0;
}

static void ace(const double *x, size_t n, const double f[RARE + 1], VgDiversity *out)
{
    double rare = 0, reads = 0, abundant = 0, pairs = 0;
    for (size_t j = 0; j < n; j++)
        abundant += x[j] > RARE;
    for (int k = 1; k <= RARE; k++) {
        rare += f[k];
        reads += k * f[k];
        pairs += k * (k - 1) * f[k];
    }
    if (reads == 0) {
        out->ace = abundant;
        return;
    }
    double seen = 1 - f[1] / reads;
    if (seen <= 0) /* rare features are singletons all: the estimator is not defined */
        return;
    double variation = reads > 1 ? fmax(rare / seen * pairs / (reads * (reads - 1)) - 1, 0) : 0;
    out->ace = abundant + rare / seen + f[1] / seen * variation;
}

/* --- Faith's PD ------------------------------------------------------------------------------- */

static void faith(VgMatrix table, size_t i, const VgBranches *tree, const size_t *order,
                  bool *present, VgDiversity *out)
{
    for (size_t v = 0; v < tree->n_nodes; v++)
        present[v] = false;
    for (size_t f = 0; f < table.cols; f++)
        present[tree->tip[f]] = VG_AT(table, i, f) > 0;
    double sum = 0;
    for (size_t k = 0; k + 1 < tree->n_nodes; k++)
        if (present[order[k]]) {
            sum += tree->length[order[k]];
            present[tree->parent[order[k]]] = true;
        }
    out->faith_pd = sum;
}

VgStatus vg_diversity(VgArena *arena, VgMatrix table, const VgBranches *branches,
                      VgDiversity *diversity, VgError *error)
{
    size_t nodes = branches ? branches->n_nodes : 0;
    double *total = VG_NEW(arena, double, table.rows), *x = VG_NEW(arena, double, table.cols);
    size_t *order = VG_NEW(arena, size_t, nodes);
    bool *present = VG_NEW(arena, bool, nodes);
    if (!total || !x || !order || !present)
        return vg_fail_memory(error);
    VG_TRY(vg_abundance_check(table, total, error));
    VG_TRY(vg_abundance_no_empty(total, table.rows, "diversity", error));
    if (branches)
        VG_TRY(vg_branches_order(arena, branches, table.cols, order, error));
    for (size_t i = 0; i < table.rows; i++) {
        VgDiversity *out = &diversity[i];
        *out = (VgDiversity){
            .chao1 = NAN, .chao1_se = NAN, .ace = NAN, .coverage = NAN, .faith_pd = NAN};
        for (size_t j = 0; j < table.cols; j++)
            x[j] = VG_AT(table, i, j);
        observed(x, table.cols, out);
        if (is_whole(x, table.cols)) {
            double f[RARE + 1];
            frequencies(x, table.cols, f);
            out->coverage = coverage_observed(f[1], f[2], out->depth);
            chao1(f, out->richness, out);
            ace(x, table.cols, f, out);
        }
        if (branches)
            faith(table, i, branches, order, present, out);
    }
    return VG_OK;
}

/* --- rarefaction and extrapolation ------------------------------------------------------------ */

typedef struct Sample {
    const double *x;
    size_t features;
    double n, richness, f1, f2;
} Sample;

static double log_choose(double n, double k)
{
    return vg_log_gamma(n + 1) - vg_log_gamma(k + 1) - vg_log_gamma(n - k + 1);
}

/* C(n − x, m)/C(n, m): the chance that m of n reads hold none of x. A product where it is short, since
 * differences of log-gammas of large numbers lose digits. */
static double none_of(double n, double x, double m)
{
    if (n - x < m)
        return 0;
    double least = fmin(x, m), most = fmax(x, m);
    if (least > 1000)
        return exp(log_choose(n - x, m) - log_choose(n, m));
    double product = 1;
    for (double k = 0; k < least; k++)
        product *= 1 - most / (n - k);
    return product;
}

static double coverage_at(const Sample *s, double m)
{
    if (m < s->n) {
        double unseen = 0;
        for (size_t j = 0; j < s->features; j++)
            if (s->x[j] > 0)
                unseen += s->x[j] / s->n * none_of(s->n - 1, s->x[j] - 1, m);
        return 1 - unseen;
    }
    return 1 - s->f1 / s->n * pow(unseen_ratio(s->f1, s->f2, s->n), m - s->n + 1);
}

/* Σ over features of E[−K/m log(K/m)], K hypergeometric: the expected entropy terms in m of n reads. */
static double rarefied_entropy(const Sample *s, double m)
{
    double sum = 0;
    for (size_t j = 0; j < s->features; j++) {
        double x = s->x[j], most = fmin(x, m), least = fmax(1, m - (s->n - x));
        if (x == 0)
            continue;
        /* from the first k on, the chances follow by their ratio */
        double log_chance =
            log_choose(x, least) + log_choose(s->n - x, m - least) - log_choose(s->n, m);
        for (double k = least; k <= most; k++) {
            if (k < m)
                sum -= exp(log_chance) * (k / m) * log(k / m);
            if (k < most)
                log_chance += log((x - k) / (k + 1)) + log((m - k) / (s->n - x - m + k + 1));
        }
    }
    return sum;
}

static double rarefied(const Sample *s, double q, double m)
{
    if (q == 1)
        return exp(rarefied_entropy(s, m));
    double sum = 0;
    for (size_t j = 0; j < s->features; j++)
        if (s->x[j] > 0)
            sum += 1 - none_of(s->n, s->x[j], m);
    return sum;
}

/* Chao, Wang & Jost 2013: entropy with the part of unseen features. */
static double asymptotic_entropy(const Sample *s)
{
    double sum = 0, a = 1 - unseen_ratio(s->f1, s->f2, s->n); /* their A is 1 − ours */
    double digamma_n = vg_digamma(s->n);
    for (size_t j = 0; j < s->features; j++)
        if (s->x[j] > 0 && s->x[j] < s->n)
            sum += s->x[j] / s->n * (digamma_n - vg_digamma(s->x[j]));
    if (s->f1 == 0 || a <= 0 || a >= 1)
        return sum;
    /* (1 − A)^{1−n} · {−log A − Σ_{r<n} (1 − A)^r/r} = Σ_{r≥n} (1 − A)^{r−n+1}/r, which has no cancellation */
    double tail = 0, power = 1 - a;
    for (double r = s->n; power / r > 1e-17 * tail; r++, power *= 1 - a)
        tail += power / r;
    return sum + s->f1 / s->n * tail;
}

static double hill_2(const Sample *s, double m)
{
    double pairs = 0;
    for (size_t j = 0; j < s->features; j++)
        pairs += s->x[j] * (s->x[j] - 1);
    return 1 / (1 / m + (m - 1) / m * pairs / (s->n * (s->n - 1)));
}

/* Hill number at m = n as the two sides of the curve meet it. */
static double at_depth(const Sample *s, double q)
{
    if (q == 0)
        return s->richness;
    double entropy = 0;
    for (size_t j = 0; j < s->features; j++)
        if (s->x[j] > 0)
            entropy -= s->x[j] / s->n * log(s->x[j] / s->n);
    return exp(entropy);
}

static double extrapolated(const Sample *s, double q, double m)
{
    double here = at_depth(s, q), most;
    if (q == 0) {
        double unseen = s->f2 > 0 ? s->f1 * s->f1 / (2 * s->f2) : s->f1 * (s->f1 - 1) / 2;
        most = here + (s->n - 1) / s->n * unseen;
    } else {
        most = exp(asymptotic_entropy(s));
    }
    double before = rarefied(s, q, s->n - 1);
    if (!(most > here) || !(most > before))
        return here;
    double rate = (here - before) / (most - before);
    return here + (most - here) * (1 - pow(1 - rate, m - s->n));
}

static VgStatus make_sample(const double *count, size_t n, double q, Sample *s, VgError *error)
{
    double f[RARE + 1];
    *s = (Sample){.x = count, .features = n};
    for (size_t j = 0; j < n; j++) {
        if (!(count[j] >= 0) || isinf(count[j]) || count[j] != floor(count[j]))
            return vg_fail(error, VG_INVALID_INPUT, "rarefaction of %g",
                           "Hill numbers at other depths need whole counts", count[j]);
        s->n += count[j];
        s->richness += count[j] > 0;
    }
    if (s->n < 2)
        return vg_fail(error, VG_INVALID_INPUT, "a sample of %g reads",
                       "rarefaction needs two or more", s->n);
    if (q != 0 && q != 1 && q != 2)
        return vg_fail(error, VG_INVALID_INPUT, "Hill number of order %g",
                       "ask for order 0, 1 or 2", q);
    frequencies(count, n, f);
    s->f1 = f[1];
    s->f2 = f[2];
    return VG_OK;
}

static void fill_point(const Sample *s, double q, double m, VgHillPoint *point)
{
    *point = (VgHillPoint){.q = q,
                           .size = m,
                           .coverage = coverage_at(s, m),
                           .extrapolated = m > s->n,
                           .unreliable = m > 2 * s->n};
    if (q == 2)
        point->hill = hill_2(s, m);
    else if (m < s->n)
        point->hill = rarefied(s, q, m);
    else
        point->hill = m == s->n ? at_depth(s, q) : extrapolated(s, q, m);
}

VgStatus vg_hill_at_size(VgArena *arena, const double *count, size_t n, double q, double size,
                         VgHillPoint *point, VgError *error)
{
    (void)arena;
    Sample s;
    VG_TRY(make_sample(count, n, q, &s, error));
    if (!(size >= 1) || size != floor(size) || size > 1e15)
        return vg_fail(error, VG_INVALID_INPUT, "rarefaction to %g reads",
                       "give a whole number of reads", size);
    fill_point(&s, q, size, point);
    return VG_OK;
}

VgStatus vg_hill_at_coverage(VgArena *arena, const double *count, size_t n, double q,
                             double coverage, VgHillPoint *point, VgError *error)
{
    (void)arena;
    Sample s;
    VG_TRY(make_sample(count, n, q, &s, error));
    if (!(coverage > 0 && coverage < 1))
        return vg_fail(error, VG_INVALID_INPUT, "a coverage of %g", "give a share between 0 and 1",
                       coverage);
    double low = 0, high = s.n;
    while (coverage_at(&s, high) < coverage) {
        low = high;
        high *= 2;
        if (high > 1e12)
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "no number of reads would cover %g of this sample",
                           "ask for less coverage", coverage);
    }
    while (high - low > 1) { /* the smallest whole number that reaches it */
        double middle = floor((low + high) / 2);
        if (coverage_at(&s, middle) < coverage)
            low = middle;
        else
            high = middle;
    }
    fill_point(&s, q, high, point);
    return VG_OK;
}
