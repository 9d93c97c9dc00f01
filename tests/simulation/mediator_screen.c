/* False discovery rate and power of the screen of mediators, by how features are selected and which form of the rate.
 *
 * A 1 : 1, covariate C ~ N(0, 1); 2,020 features m_j = a_j A + 0.3 C·[j odd] + e_j, e_j ~ N(0, 1), independent or with correlation ρ^|j − k|;
 * y = 0.5 A + 0.3 C + Σ b_j m_j + N(0, 1). 20 features have both arrows, 40 α only, 20 β only, the others none, in random places; sizes
 * are uniform in 0.5 … 0.9 (α) and 0.3 … 0.6 (β), signs random. */
#include <vagus/mediator_screen.h>

#include "numeric/replicate.h"
#include "simulation.h"

enum { FEATURES = 2020, BOTH = 20, ALPHA_ONLY = 40, BETA_ONLY = 20, RATES = 3, METHODS = 12 };
static const double RATE = 0.05;
typedef struct Scenario {
    size_t n;
    double rho;
    bool mediators; /* else none: the 20 have α only */
} Scenario;

typedef struct Record {
    double found[METHODS], false_found[METHODS];
} Record;

typedef struct Total {
    size_t trials;
    double fdp[METHODS], fdp_square[METHODS], power[METHODS], found[METHODS];
} Total;

static double size_between(VgRandom *random, double low, double high)
{
    double size = low + (high - low) * vg_random_uniform(random);
    return vg_random_uniform(random) < 0.5 ? -size : size;
}

static void draw(const Scenario *s, VgRandom *random, VgMediatorScreenData *data, double *treatment,
                 double *outcome, bool *is_mediator, size_t *place)
{
    double alpha[FEATURES] = {0}, beta[FEATURES] = {0};
    for (size_t j = 0; j < FEATURES; j++)
        place[j] = j;
    vg_random_shuffle(random, place, FEATURES);
    for (size_t k = 0; k < BOTH + ALPHA_ONLY + BETA_ONLY; k++) {
        double a = size_between(random, 0.5, 0.9), b = size_between(random, 0.3, 0.6);
        if (k < BOTH + ALPHA_ONLY)
            alpha[place[k]] = a;
        if ((k < BOTH && s->mediators) || k >= BOTH + ALPHA_ONLY)
            beta[place[k]] = b;
        is_mediator[place[k]] = k < BOTH && s->mediators;
    }
    double fresh = sqrt(1 - s->rho * s->rho);
    for (size_t i = 0; i < s->n; i++) {
        double e = 0, c = vg_random_normal(random);
        treatment[i] = (double)(i % 2);
        VG_AT(data->covariates, i, 0) = c;
        outcome[i] = 0.5 * treatment[i] + 0.3 * c + vg_random_normal(random);
        for (size_t j = 0; j < FEATURES; j++) {
            e = j ? s->rho * e + fresh * vg_random_normal(random) : vg_random_normal(random);
            double m = alpha[j] * treatment[i] + (j % 2 ? 0.3 * c : 0) + e;
            VG_AT(data->features, i, j) = m;
            outcome[i] += beta[j] * m;
        }
    }
}

static VgStatus count_found(VgArena *scratch, const VgMediatorScreen *screen, VgScreenRate rate,
                            const bool *is_mediator, double *found, double *false_found,
                            VgError *error)
{
    size_t m = screen->n_rows;
    double *a = VG_NEW(scratch, double, 3 * m), *b = a + m, *q = b + m;
    for (size_t k = 0; k < m; k++) {
        a[k] = screen->row[k].p_alpha;
        b[k] = screen->row[k].beta.p;
    }
    if (rate == VG_SCREEN_FILTERED)
        VG_TRY(vg_filtered_fdr(scratch, m, a, b, q, error));
    else
        VG_TRY(vg_composite_fdr(scratch, m, a, b, &screen->null, rate == VG_SCREEN_ADJUSTED, q,
                                error));
    for (size_t k = 0; k < m; k++)
        if (q[k] <= RATE) {
            *found += 1;
            *false_found += !is_mediator[screen->row[k].feature];
        }
    return VG_OK;
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    const Scenario *s = context;
    Record *record = record_;
    size_t n = s->n, place[FEATURES];
    bool is_mediator[FEATURES] = {0};
    double *treatment = VG_NEW(scratch, double, n), *outcome = VG_NEW(scratch, double, n);
    VgMediatorScreenData data = {
        .treatment = treatment,
        .outcome = outcome,
        .covariates = {VG_NEW(scratch, double, n), n, 1, n},
        .features = {VG_NEW(scratch, double, n *FEATURES), n, FEATURES, n}};
    if (vg_arena_failed(scratch))
        return VG_NO_MEMORY;
    draw(s, &random, &data, treatment, outcome, is_mediator, place);
    for (int selection = 0; selection < VG_SCREEN_COUNT; selection++) {
        VgMediatorScreen screen;
        VgMediatorScreenOptions options = {.selection = (VgScreenSelection)selection,
                                           .seed = i + 1};
        VG_TRY(vg_mediator_screen(scratch, &data, &options, &screen, error));
        for (int rate = 0; rate < RATES; rate++)
            VG_TRY(count_found(scratch, &screen, (VgScreenRate)rate, is_mediator,
                               &record->found[selection * RATES + rate],
                               &record->false_found[selection * RATES + rate], error));
    }
    return VG_OK;
}

static VgStatus add(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    total->trials++;
    for (int k = 0; k < METHODS; k++) {
        double found = record->found[k];
        double share = found > 0 ? record->false_found[k] / found : 0;
        total->fdp[k] += share;
        total->fdp_square[k] += share * share;
        total->power[k] += (found - record->false_found[k]) / BOTH;
        total->found[k] += found;
    }
    return VG_OK;
}

static void print(const Scenario *s, const Total *total)
{
    double n = (double)total->trials;
    for (int k = 0; k < METHODS; k++) {
        double rate = total->fdp[k] / n;
        double sd = sqrt(fmax(total->fdp_square[k] / n - rate * rate, 0));
        printf("| %zu | %s | %s | %s | %s | %.3f (%.3f) | ", s->n, s->rho > 0 ? "0.5" : "0",
               s->mediators ? "20" : "0", vg_screen_selection_name((VgScreenSelection)(k / RATES)),
               vg_screen_rate_name((VgScreenRate)(k % RATES)), rate, sd / sqrt(n));
        if (s->mediators)
            printf("%.3f | %.1f |\n", total->power[k] / n, total->found[k] / n);
        else
            printf(" | %.1f |\n", total->found[k] / n);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 500);
    printf("%zu trials a scenario, nominal rate %.2f, seed %llu; Monte Carlo standard errors in "
           "brackets.\n\n",
           options.replicates, RATE, options.seed);
    printf("| n | correlation | mediators | selection | rate by | false discovery rate | power | "
           "found "
           "|\n|--:|--:|--:|---|---|--:|--:|--:|\n");
    static const Scenario SCENARIO[] = {{200, 0, true},   {200, 0.5, true},  {500, 0, true},
                                        {500, 0.5, true}, {200, 0.5, false}, {500, 0.5, false}};
    for (size_t k = 0; k < sizeof SCENARIO / sizeof *SCENARIO; k++) {
        Total total = {0};
        VgReplicate plan = {.count = options.replicates,
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_trial,
                            .merge = add,
                            .context = &SCENARIO[k],
                            .total = &total,
                            .threads = options.threads};
        VgError error = {0};
        simulation_check(vg_replicate(&plan, &error), &error);
        print(&SCENARIO[k], &total);
    }
    return 0;
}
