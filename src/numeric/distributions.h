/* Distribution functions, from libRmath under names that do not collide. Tails are asked for, never 1 − p. */
#ifndef VG_NUMERIC_DISTRIBUTIONS_H
#define VG_NUMERIC_DISTRIBUTIONS_H

double vg_normal_quantile(double p);
double vg_normal_two_sided(double z); /* P(|Z| >= |z|) */
double vg_normal_upper(double z);     /* P(Z >= z) */
double vg_normal_log_lower(double z); /* log P(Z <= z) */
double vg_normal_log_density(double z);
double vg_normal_quantile_log(double log_p); /* P(Z <= q) = exp(log_p) */

/* df = +infinity is the normal distribution. */
double vg_t_quantile(double p, double df);
double vg_t_two_sided(double t, double df); /* P(|T| >= |t|) */

/* df_denominator = +infinity is chi-square / df_numerator. */
double vg_f_upper(double f, double df_numerator, double df_denominator);
double vg_chi_square_upper(double x, double df);
double vg_chi_square_quantile(double p, double df);
double vg_noncentral_t_cdf(double t, double df, double noncentrality);
double vg_beta_quantile(double p, double a, double b);
double vg_binomial_upper(double successes, double size, double probability); /* P(X >= successes) */
double vg_binomial_lower(double successes, double size, double probability); /* P(X <= successes) */
double vg_binomial_log_density(double successes, double size, double probability);
double vg_poisson_log_density(double count, double mean);
double vg_poisson_quantile(double p, double mean); /* least count with P(X <= count) >= p */
double vg_beta_quantile_upper(double p, double a, double b); /* P(X > q) = p */
double vg_chi_square_quantile_upper(double p, double df);    /* P(X > q) = p */
double vg_noncentral_t_upper(double t, double df, double noncentrality);
/* Fisher's exact test of two shares, two-sided: the probability of tables no likelier than the one seen, given the sums. */
double vg_fisher_two_sided(double successes_1, double size_1, double successes_2, double size_2);
double vg_log_gamma(double x);
double vg_digamma(double x);
double vg_trigamma(double x);

/* Hedges' exact correction J(df) = Γ(df/2) / (√(df/2) Γ((df−1)/2)). */
double vg_hedges_correction(double df);

#endif
