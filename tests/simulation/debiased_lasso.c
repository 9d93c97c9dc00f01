/* Coverage and type I error of the debiased lasso.
 *
 * d columns, e ~ N(0, 1), independent or with correlation 0.5^|j − k|; y = 1 + x β + N(0, 1), β 0.4 with random signs in s random places, else 0. */
#include <vagus/debiased_lasso.h>

#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST_COLUMNS = 400 };
static const double SIZE = 0.4;

typedef struct Scenario {
    size_t n, d, s;
    double rho;
} Scenario;

typedef struct Record {
    double covered_present, covered_absent, shrunken, sigma;
} Record;

typedef struct Total {
    size_t trials;
    Record sum, square;
} Total;

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    (void)i;
    const Scenario *s = context;
    Record *record = record_;
    size_t place[MOST_COLUMNS];
    double beta[MOST_COLUMNS] = {0}, fresh = sqrt(1 - s->rho * s->rho);
    VgMatrix x = vg_matrix_new(scratch, s->n, s->d), u = vg_matrix_new(scratch, s->n, 1);
    double *y = VG_NEW(scratch, double, s->n);
    if (!x.data || !u.data || !y)
        return VG_NO_MEMORY;
    for (size_t j = 0; j < s->d; j++)
        place[j] = j;
    vg_random_shuffle(&random, place, s->d);
    for (size_t k = 0; k < s->s; k++)
        beta[place[k]] = vg_random_uniform(&random) < 0.5 ? -SIZE : SIZE;
    for (size_t r = 0; r < s->n; r++) {
        double e = 0;
        VG_AT(u, r, 0) = 1;
        y[r] = 1 + vg_random_normal(&random);
        for (size_t j = 0; j < s->d; j++) {
            e = j ? s->rho * e + fresh * vg_random_normal(&random) : vg_random_normal(&random);
            VG_AT(x, r, j) = e;
            y[r] += beta[j] * e;
        }
    }
    VgDebiasedLassoData data = {.x = x, .y = y, .unpenalised = u};
    VgDebiasedLasso out;
    VG_TRY(vg_debiased_lasso(scratch, &data, 0.95, &out, error));
    for (size_t j = 0; j < s->d; j++) {
        bool covered = out.answer[j].lower <= beta[j] && beta[j] <= out.answer[j].upper;
        if (beta[j] != 0) {
            record->covered_present += covered / (double)s->s;
            record->shrunken += out.answer[j].estimate / beta[j] / (double)s->s;
        } else {
            record->covered_absent += covered / (double)(s->d - s->s);
        }
    }
    record->sigma = out.sigma;
    return VG_OK;
}

static VgStatus add(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const double *value = record_;
    Total *total = total_;
    total->trials++;
    for (size_t k = 0; k < sizeof(Record) / sizeof(double); k++) {
        (&total->sum.covered_present)[k] += value[k];
        (&total->square.covered_present)[k] += value[k] * value[k];
    }
    return VG_OK;
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 500);
    printf("%zu trials a scenario, seed %llu; Monte Carlo standard errors in brackets.\n\n",
           options.replicates, options.seed);
    printf("| n | columns | of them β = ±0.4 | correlation | coverage of 95 %%, β present | "
           "coverage, β = 0 | "
           "estimate / β | σ̂ (1) |\n|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    static const Scenario SCENARIO[] = {{200, 50, 5, 0},    {200, 100, 5, 0},
                                        {200, 100, 5, 0.5}, {200, 100, 20, 0.5},
                                        {200, 400, 5, 0.5}, {500, 250, 20, 0.5}};
    for (size_t k = 0; k < sizeof SCENARIO / sizeof *SCENARIO; k++) {
        const Scenario *s = &SCENARIO[k];
        Total total = {0};
        VgReplicate plan = {.count = options.replicates,
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_trial,
                            .merge = add,
                            .context = s,
                            .total = &total,
                            .threads = options.threads};
        VgError error = {0};
        simulation_check(vg_replicate(&plan, &error), &error);
        printf("| %zu | %zu | %zu | %g ", s->n, s->d, s->s, s->rho);
        double n = (double)total.trials;
        for (size_t c = 0; c < sizeof(Record) / sizeof(double); c++) {
            double mean = (&total.sum.covered_present)[c] / n;
            double variance = fmax((&total.square.covered_present)[c] / n - mean * mean, 0);
            printf("| %.3f (%.3f) ", mean, sqrt(variance / n));
        }
        printf("|\n");
        fflush(stdout);
    }
    return 0;
}
