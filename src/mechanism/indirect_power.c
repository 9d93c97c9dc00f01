/* Power of the joint significance test and the smallest indirect effect it finds. */
#include <vagus/indirect_power.h>

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/root.h"

static const double MANY = 1e5; /* df from which on t is the normal distribution */

/* P(|t| > limit) at noncentrality `away`. */
static double found(double away, double df, double level)
{
    double limit = vg_t_quantile(0.5 + level / 2, df);
    if (df > MANY)
        return vg_normal_upper(limit - away) + vg_normal_upper(limit + away);
    return vg_noncentral_t_upper(limit, df, away) + vg_noncentral_t_upper(limit, df, -away);
}

typedef struct Arrow {
    double df, level, power;
} Arrow;

static double lacking(double away, const void *context)
{
    const Arrow *arrow = context;
    return found(away, arrow->df, arrow->level) - arrow->power;
}

/* Noncentrality at which one arrow is found with the given probability; NaN where none is. */
static double needed(double df, double level, double power)
{
    Arrow arrow = {df, level, power};
    double away = NAN, high = vg_t_quantile(0.5 + level / 2, df) + 40;
    return vg_root(lacking, &arrow, 0, fmin(high, 1e3), &away) ? away : (double)NAN;
}

double vg_joint_significance_power(double alpha, double se_alpha, double df_alpha, double beta,
                                   double se_beta, double df_beta, double level)
{
    return found(fabs(alpha) / se_alpha, df_alpha, level) *
           found(fabs(beta) / se_beta, df_beta, level);
}

double vg_detectable_indirect(double se_alpha, double df_alpha, double se_beta, double df_beta,
                              double kept, double level, double power)
{
    bool possible = se_alpha > 0 && se_beta > 0 && df_alpha > 0 && df_beta > 0 && kept > 0 &&
                    level > 0 && level < 1 && power < 1 && power > (1 - level) * (1 - level);
    if (!possible)
        return NAN;
    double each = sqrt(power);
    return needed(df_alpha, level, each) * needed(df_beta, level, each) * se_alpha * se_beta / kept;
}

double vg_channels_detectable(const VgChannels *fit, size_t term, bool corrected, double level,
                              double power)
{
    const VgInference *a = &fit->alpha[term], *b = &fit->beta[term];
    if (corrected && !fit->corrected)
        return NAN;
    return vg_detectable_indirect(a->se, a->df, b->se, b->df, corrected ? fit->kept[term] : 1,
                                  level, power);
}
