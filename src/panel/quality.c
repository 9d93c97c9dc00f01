/* Values beyond limits, exchanged samples, contaminants (Davis 2018), depth. METHODS 1.4. */
#include <vagus/quality.h>

#include <math.h>
#include <stdlib.h>

#include "numeric/distributions.h"
#include "numeric/random.h"
#include "panel/censored_value.h"

void vg_layer_cells(VgMatrix lower, VgMatrix upper, const size_t *cell_of, size_t n_cells,
                    VgLayerCell *cell)
{
    for (size_t a = 0; a < lower.cols; a++) {
        VgLayerCell *of = cell + a * n_cells;
        for (size_t c = 0; c < n_cells; c++)
            of[c] = (VgLayerCell){0};
        for (size_t i = 0; i < lower.rows; i++) {
            double l = VG_AT(lower, i, a), u = VG_AT(upper, i, a);
            VgLayerCell *c = &of[cell_of[i]];
            c->n++;
            if (vg_bounds_missing(l, u))
                c->missing++;
            else if (l != u) {
                c->below += l == -INFINITY;
                c->above += u == INFINITY;
                c->within += l != -INFINITY && u != INFINITY;
            }
        }
        for (size_t c = 0; c < n_cells; c++) {
            size_t seen = of[c].n - of[c].missing;
            of[c].missing_share = of[c].n ? (double)of[c].missing / (double)of[c].n : NAN;
            of[c].censored_share =
                seen ? (double)(of[c].below + of[c].above + of[c].within) / (double)seen : NAN;
        }
    }
}

/* --- identity --------------------------------------------------------------------------------- */

/* Mean distance of sample i to each participant's other samples; own and the closest (its own too where that is). */
static void compare(VgMatrix distance, const size_t *participant, size_t n_participants, size_t i,
                    double *sum, double *count, VgIdentity *out)
{
    for (size_t q = 0; q < n_participants; q++)
        sum[q] = count[q] = 0;
    for (size_t j = 0; j < distance.rows; j++)
        if (j != i) {
            sum[participant[j]] += VG_AT(distance, j, i);
            count[participant[j]]++;
        }
    size_t own = participant[i];
    *out = (VgIdentity){.own = count[own] > 0 ? sum[own] / count[own] : NAN,
                        .best = INFINITY,
                        .best_participant = own,
                        .other = INFINITY,
                        .other_participant = own,
                        .z = NAN,
                        .p = NAN};
    for (size_t q = 0; q < n_participants; q++)
        if (count[q] > 0 && sum[q] / count[q] < out->best) {
            out->best = sum[q] / count[q];
            out->best_participant = q;
        }
    for (size_t q = 0; q < n_participants; q++)
        if (q != own && count[q] > 0 && sum[q] / count[q] < out->other) {
            out->other = sum[q] / count[q];
            out->other_participant = q;
        }
}

static double matched_share(VgMatrix distance, const size_t *participant, size_t n_participants,
                            double *sum, double *count, VgIdentity *sample)
{
    size_t matched = 0, with_partner = 0;
    for (size_t i = 0; i < distance.rows; i++) {
        compare(distance, participant, n_participants, i, sum, count, &sample[i]);
        if (!isnan(sample[i].own)) {
            with_partner++;
            matched += sample[i].best_participant == participant[i];
        }
    }
    return with_partner ? (double)matched / (double)with_partner : NAN;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

bool vg_robust_z(VgArena *arena, const double *x, size_t n, double *z)
{
    double *kept = VG_NEW(arena, double, n ? n : 1);
    size_t m = 0;
    if (!kept)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            kept[m++] = x[i];
    double middle = m ? median(kept, m) : NAN;
    for (size_t i = 0; i < m; i++)
        kept[i] = fabs(kept[i] - middle);
    double spread = m ? 1.4826 * median(kept, m) : NAN;
    for (size_t i = 0; i < n; i++)
        z[i] = spread > 0 ? (x[i] - middle) / spread : NAN;
    return true;
}

static VgStatus judge_samples(VgArena *arena, size_t n, bool recognisable, VgIdentity *sample,
                              VgIdentityTest *test, VgError *error)
{
    double *margin = VG_NEW(arena, double, n), *z = VG_NEW(arena, double, n);
    size_t with_partner = 0;
    if (!margin || !z)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        margin[i] = sample[i].own - sample[i].other;
        with_partner += isnan(margin[i]) ? 0 : 1;
    }
    if (!vg_robust_z(arena, margin, n, z))
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        if (isnan(margin[i]))
            continue;
        size_t worse = 0;
        for (size_t j = 0; j < n; j++)
            worse += j != i && margin[j] >= margin[i];
        sample[i].p = (double)(1 + worse) / (double)(1 + with_partner);
        sample[i].z = z[i];
        sample[i].doubtful = recognisable && margin[i] > 0 && z[i] > VG_OUTLIER_Z;
        test->n_doubtful += sample[i].doubtful;
    }
    return VG_OK;
}

VgStatus vg_identity(VgArena *arena, VgMatrix distance, const size_t *participant,
                     size_t n_participants, size_t permutations, uint64_t seed, VgIdentity *sample,
                     VgIdentityTest *test, VgError *error)
{
    size_t n = distance.rows, several = 0, total = permutations ? permutations : 999, as_good = 0;
    double *sum = VG_NEW(arena, double, n_participants),
           *count = VG_NEW(arena, double, n_participants);
    size_t *label = VG_NEW(arena, size_t, n);
    VgIdentity *shuffled = VG_NEW(arena, VgIdentity, n);
    if (!sum || !count || !label || !shuffled)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        count[participant[i]]++;
    for (size_t q = 0; q < n_participants; q++)
        several += count[q] > 1;
    if (several < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu participants have two samples or more",
                       "identity by profile needs repeated samples", several);
    *test = (VgIdentityTest){
        .matched = matched_share(distance, participant, n_participants, sum, count, sample)};
    for (size_t b = 0; b < total; b++) {
        VgRandom random = vg_random_start(seed ? seed : 1, VG_STREAM_PERMUTATION, (uint32_t)b, 0);
        for (size_t i = 0; i < n; i++)
            label[i] = participant[i];
        vg_random_shuffle(&random, label, n);
        double share = matched_share(distance, label, n_participants, sum, count, shuffled);
        as_good += share >= test->matched - 1e-8;
        test->expected += share / (double)total;
    }
    test->p = (double)(1 + as_good) / (double)(1 + total);
    return judge_samples(arena, n, test->p <= 0.05, sample, test, error);
}

/* --- contaminants ----------------------------------------------------------------------------- */

static double frequency_score(VgMatrix x, size_t j, const double *total, const double *dna,
                              const bool *negative)
{
    double a = 0, b = 0, n = 0, ss0 = 0, ss1 = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < x.rows; i++) {
            if (!(VG_AT(x, i, j) > 0) || isnan(dna[i]) || (negative && negative[i]))
                continue;
            double share = log(VG_AT(x, i, j) / total[i]), product = share + log(dna[i]);
            if (pass == 0) {
                a += share;
                b += product;
                n++;
            } else {
                ss0 += (share - a / n) * (share - a / n);
                ss1 += (product - b / n) * (product - b / n);
            }
        }
    if (n < 2)
        return NAN;
    if (ss0 == 0 || ss1 == 0)
        return ss0 == ss1 ? 0.5 : ss1 == 0 ? 0 : 1;
    return vg_f_upper(ss0 / ss1, n - 1, n - 1); /* the lower tail of SS1/SS0 */
}

/* log of choose(row1, a) choose(row2, column1 − a) / choose(n, column1) */
static double log_hypergeometric(double a, double row1, double row2, double column1)
{
    double n = row1 + row2, b = column1 - a;
    return vg_log_gamma(row1 + 1) - vg_log_gamma(a + 1) - vg_log_gamma(row1 - a + 1) +
           vg_log_gamma(row2 + 1) - vg_log_gamma(b + 1) - vg_log_gamma(row2 - b + 1) -
           vg_log_gamma(n + 1) + vg_log_gamma(column1 + 1) + vg_log_gamma(n - column1 + 1);
}

/* a of n1 controls and b of n2 samples hold the feature. */
static double prevalence_score(double a, double n1, double b, double n2)
{
    double n = n1 + n2, present = a + b;
    if (present < 2)
        return NAN;
    if (present == n)
        return 0.5;
    double least = fmin(n1, n2) * fmin(present, n - present) / n;
    if (least >= 5) {
        double d = a / n1 - b / n2, e = n1 * present / n, yates = fmin(0.5, fabs(a - e));
        double off = (fabs(a - e) - yates) * (fabs(a - e) - yates);
        double x2 =
            off * (1 / e + 1 / (n1 - e) + 1 / (n2 * present / n) + 1 / (n2 * (n - present) / n));
        return vg_normal_upper((d > 0) - (d < 0) >= 0 ? sqrt(x2) : -sqrt(x2));
    }
    double tail = 0, here = exp(log_hypergeometric(a, n1, n2, present));
    for (double k = a + 1; k <= fmin(n1, present); k++)
        tail += exp(log_hypergeometric(k, n1, n2, present));
    return tail + here / 2; /* mid-P */
}

static VgStatus check_table(VgMatrix x, const double *dna, const bool *negative, double *n1,
                            VgError *error)
{
    if (!dna && !negative)
        return vg_fail(error, VG_INVALID_INPUT, "neither DNA concentrations nor negative controls",
                       "contaminants are told by one of them");
    *n1 = 0;
    for (size_t i = 0; i < x.rows; i++) {
        if (dna && !isnan(dna[i]) && (!(dna[i] > 0) || isinf(dna[i])))
            return vg_fail(error, VG_INVALID_INPUT, "sample %zu has %g DNA",
                           "concentrations are above 0; leave what was not measured empty", i + 1,
                           dna[i]);
        *n1 += negative && negative[i];
    }
    if (negative && (*n1 < 1 || *n1 > (double)x.rows - 1))
        return vg_fail(error, VG_INVALID_INPUT, "%g of %zu samples are negative controls",
                       "both controls and samples are needed", *n1, x.rows);
    return VG_OK;
}

VgStatus vg_contaminants(VgArena *arena, VgMatrix x, const double *dna, const bool *negative,
                         VgContaminant *contaminant, VgError *error)
{
    double n1 = 0;
    VG_TRY(check_table(x, dna, negative, &n1, error));
    double *total = VG_NEW(arena, double, x.rows);
    if (!total)
        return vg_fail_memory(error);
    for (size_t j = 0; j < x.cols; j++)
        for (size_t i = 0; i < x.rows; i++) {
            if (!(VG_AT(x, i, j) >= 0) || isinf(VG_AT(x, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "feature %zu of sample %zu is %g",
                               "amounts are finite and not negative", j + 1, i + 1, VG_AT(x, i, j));
            total[i] += VG_AT(x, i, j);
        }
    double n2 = 0;
    n1 = 0;
    for (size_t i = 0; negative && i < x.rows; i++)
        if (total[i] > 0) /* as decontam, a sample without a read is no sample */
            *(negative[i] ? &n1 : &n2) += 1;
    for (size_t j = 0; j < x.cols; j++) {
        double a = 0, b = 0;
        for (size_t i = 0; negative && i < x.rows; i++)
            if (VG_AT(x, i, j) > 0) {
                a += negative[i];
                b += !negative[i];
            }
        VgContaminant *c = &contaminant[j];
        c->frequency = dna ? frequency_score(x, j, total, dna, negative) : NAN;
        c->prevalence = n1 > 0 && n2 > 0 ? prevalence_score(a, n1, b, n2) : NAN;
        c->combined = vg_chi_square_upper(-2 * log(c->frequency * c->prevalence), 4);
    }
    return VG_OK;
}

/* --- depth ------------------------------------------------------------------------------------ */

VgStatus vg_depth_by_arm(const double *depth, const int *arm, size_t n, double level,
                         VgDepthRatio *ratio, VgError *error)
{
    double count[2] = {0}, mean[2] = {0}, squares[2] = {0};
    for (size_t i = 0; i < n; i++) {
        if (arm[i] != 0 && arm[i] != 1)
            continue;
        if (!(depth[i] > 0) || isinf(depth[i]))
            return vg_fail(error, VG_INVALID_INPUT, "sample %zu has %g reads",
                           "leave empty samples out", i + 1, depth[i]);
        count[arm[i]]++;
        mean[arm[i]] += log2(depth[i]);
    }
    for (int a = 0; a < 2; a++)
        mean[a] /= count[a];
    for (size_t i = 0; i < n; i++)
        if (arm[i] == 0 || arm[i] == 1)
            squares[arm[i]] += (log2(depth[i]) - mean[arm[i]]) * (log2(depth[i]) - mean[arm[i]]);
    if (count[0] < 2 || count[1] < 2 || !(squares[0] + squares[1] > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "%g and %g samples by arm, or all of one depth",
                       "two samples of each arm are needed", count[0], count[1]);
    double v[2] = {squares[0] / (count[0] - 1) / count[0], squares[1] / (count[1] - 1) / count[1]};
    double total = v[0] + v[1],
           df = total * total / (v[0] * v[0] / (count[0] - 1) + v[1] * v[1] / (count[1] - 1));
    ratio->log2_ratio = mean[1] - mean[0];
    ratio->se = sqrt(total);
    ratio->df = df;
    double reach = vg_t_quantile(0.5 + level / 2, df) * ratio->se;
    ratio->lower = ratio->log2_ratio - reach;
    ratio->upper = ratio->log2_ratio + reach;
    ratio->p = vg_t_two_sided(ratio->log2_ratio / ratio->se, df);
    return VG_OK;
}
