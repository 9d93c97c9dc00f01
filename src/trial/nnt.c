/* Number needed to treat with its interval through infinity.
 * Source: Altman 1998, BMJ 317:1309. */
#include <vagus/proportions.h>

#include <math.h>
#include <stdio.h>

VgStatus vg_nnt(const VgInference *risk_difference, bool event_is_benefit, VgNnt *out,
                VgError *error)
{
    double sign = event_is_benefit ? 1 : -1;
    double benefit = sign * risk_difference->estimate;
    double best = sign * (event_is_benefit ? risk_difference->upper : risk_difference->lower);
    double worst = sign * (event_is_benefit ? risk_difference->lower : risk_difference->upper);
    if (!(worst <= benefit && benefit <= best))
        return vg_fail(error, VG_INVALID_INPUT,
                       "risk difference %g does not lie in its interval %g to %g",
                       "give a risk difference with both limits", risk_difference->estimate,
                       risk_difference->lower, risk_difference->upper);
    *out = (VgNnt){
        .estimate = 1 / fabs(benefit),
        .benefit = benefit >= 0,
        .through_infinity = best >= 0 && worst <= 0,
        .limit_benefit = best > 0 ? 1 / best : NAN,
        .limit_harm = worst < 0 ? -1 / worst : NAN,
        .lower = NAN,
        .upper = NAN,
    };
    if (worst > 0) {
        out->lower = 1 / best;
        out->upper = 1 / worst;
    } else if (best < 0) {
        out->lower = -1 / worst;
        out->upper = -1 / best;
    }
    return VG_OK;
}

/* A number needed as people print it: one decimal under 10, whole above. */
static void format_number(double value, char text[32])
{
    if (!isfinite(value))
        snprintf(text, 32, "infinity");
    else
        snprintf(text, 32, value < 9.95 ? "%.1f" : "%.0f", value);
}

void vg_nnt_words(const VgNnt *nnt, double level, char *text, size_t size)
{
    char estimate[32], first[32], second[32], shown[64];
    const char *kind = nnt->benefit ? "NNTB" : "NNTH";
    format_number(nnt->estimate, estimate);
    if (isfinite(nnt->estimate))
        snprintf(shown, sizeof shown, "%s %s", kind, estimate);
    else
        snprintf(shown, sizeof shown, "NNT infinity");
    if (!nnt->through_infinity) {
        format_number(nnt->lower, first);
        format_number(nnt->upper, second);
        snprintf(text, size, "%s (%g%% CI %s %s to %s)", shown, 100 * level, kind, first, second);
        return;
    }
    char benefit[48] = "infinity", harm[48] = "infinity";
    const char *through = "";
    format_number(nnt->limit_benefit, first);
    format_number(nnt->limit_harm, second);
    if (isfinite(nnt->limit_benefit))
        snprintf(benefit, sizeof benefit, "NNTB %s", first);
    if (isfinite(nnt->limit_harm))
        snprintf(harm, sizeof harm, "NNTH %s", second);
    if (isfinite(nnt->limit_benefit) && isfinite(nnt->limit_harm))
        through = " to infinity";
    snprintf(text, size, "%s (%g%% CI %s%s to %s)", shown, 100 * level, benefit, through, harm);
}
