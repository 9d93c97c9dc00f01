/* Generalised linear models against R 4.2.2 (glm, epsilon = 1e-16; sandwich 3.0-2; MASS 7.3-58.2
 * glm.nb with theta polished to 1e-14). The data are made by arithmetic on i = 0 … 39, the same in
 * R: i <- 0:39; x1 <- ((i*7)%%13)/4 - 1.5; x2 <- ((i*11)%%17)/5 - 1.6; arm <- i%%2 y <-
 * as.integer(((i*i*3+i*5)%%11) < 5+2*arm+(x1>0)); tr <- 1+(i%%5); w <- 1+(i%%3) cnt <-
 * (i*i*5+3*i)%%9 + (i%%7==0)*12 + arm; expo <- 1+(i%%4)*.5; cl <- i%/%4 z <-
 * sin(i)+x1*.5-arm+.3*x2; y2 <- as.integer(((i*i*3+i*5)%%11) < 3+2*arm) */
#include "support/witness.h"

#include <math.h>

#include <vagus/glm.h>

enum { N = 40 };
static VgArena *arena;
static VgError error;
static double x[4 * N], y[N], y2[N], grouped[N], trials[N], count[N], log_exposure[N], z[N],
    precision[N];
static int32_t cluster[N];

static void make_data(void)
{
    for (int i = 0; i < N; i++) {
        double x1 = ((i * 7) % 13) / 4.0 - 1.5, x2 = ((i * 11) % 17) / 5.0 - 1.6;
        int arm = i % 2, hash = (i * i * 3 + i * 5) % 11;
        x[i] = 1;
        x[N + i] = arm;
        x[2 * N + i] = x1;
        x[3 * N + i] = x2;
        y[i] = hash < 5 + 2 * arm + (x1 > 0);
        y2[i] = hash < 3 + 2 * arm;
        trials[i] = 1 + i % 5;
        grouped[i] = nearbyint(y[i] * trials[i] * .6) / trials[i];
        count[i] = (i * i * 5 + 3 * i) % 9 + (i % 7 == 0) * 12 + arm;
        log_exposure[i] = log(1 + (i % 4) * .5);
        cluster[i] = i / 4;
        z[i] = sin(i) + x1 * .5 - arm + .3 * x2;
        precision[i] = 1 + i % 3;
    }
}

static VgGlmFit fit(const double *outcome, size_t p, const double *weights, const double *offset,
                    VgGlmOptions options)
{
    VgGlmData data = {.x = {x, N, p, N},
                      .y = outcome,
                      .weights = weights,
                      .offset = offset,
                      .cluster = cluster,
                      .n_clusters = 10};
    VgGlmFit result;
    WITNESS_OK(vg_glm_fit(arena, &data, &options, &result, &error), &error);
    assert_true(result.converged);
    return result;
}

static void check(const char *what, const VgGlmFit *got, const double *beta, const double *se)
{
    for (size_t j = 0; j < got->p; j++) {
        if (beta)
            witness_close(what, got->beta[j], beta[j], 1e-8, 0);
        witness_close(what, sqrt(VG_AT(got->vcov, j, j)), se[j], 1e-8, 0);
    }
}

static void check_likelihood(const char *what, const VgGlmFit *got, double deviance, double loglik,
                             double aic, double bic)
{
    witness_close(what, got->deviance, deviance, 1e-11, 0);
    witness_close(what, got->loglik, loglik, 1e-11, 0);
    witness_close(what, got->aic, aic, 1e-11, 0);
    witness_close(what, got->bic, bic, 1e-11, 0);
}

/* glm(y ~ arm + x1 + x2, binomial) */
static void logistic_regression_agrees_with_glm(void **state)
{
    (void)state;
    VgGlmFit got = fit(y, 4, NULL, NULL, (VgGlmOptions){.family = VG_GLM_BINOMIAL});
    check("logit", &got,
          (double[]){0.24287938778845014, 0.86703033014504127, 0.25595746617618675,
                     -0.3447565730815394},
          (double[]){0.46868399575858716, 0.71234191126798885, 0.38396071333037679,
                     0.362569526819707});
    check_likelihood("logit", &got, 48.850626679806361, -24.42531333990318, 56.850626679806361,
                     63.606144496262104);
    witness_close("hatvalues(b)[1]", got.leverage[0], 0.14849980968224422, 1e-10, 0);
    witness_close("hatvalues(b)[40]", got.leverage[39], 0.13466123917459916, 1e-10, 0);
    /* t(b) solve(V) b / 3 of the three slopes, pchisq(…, 3) */
    VgFittedModel model = vg_glm_model(&got);
    VgJointTest joint;
    const double slopes[] = {0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    WITNESS_OK(model.joint(model.fit, slopes, 3, &joint, &error), &error);
    witness_close("joint", joint.statistic, 0.89398937821908986, 1e-9, 0);
    witness_close("joint p", joint.p, 0.4433003236062184, 1e-9, 0);
}

/* sqrt(diag(vcovHC(b, type))), sqrt(diag(vcovCL(b, cluster = cl, type = "HC0", cadjust = FALSE)))
 */
static void sandwich_errors_agree_with_the_package_sandwich(void **state)
{
    (void)state;
    static const double se[VG_GLM_ROBUST_COUNT][4] = {
        [VG_GLM_ROBUST_HC0] = {0.47307401745608824, 0.69787491978118688, 0.32607110817358548,
                               0.38118330006313866},
        [VG_GLM_ROBUST_HC1] = {0.49866379900249791, 0.73562475613861578, 0.34370912700122547,
                               0.40180247807297448},
        [VG_GLM_ROBUST_HC2] = {0.50043546634227976, 0.73530317657970012, 0.34948682999724207,
                               0.40600188524962316},
        [VG_GLM_ROBUST_HC3] = {0.52983637621430257, 0.77536311817264392, 0.37487527496475104,
                               0.4327353088853913},
        [VG_GLM_ROBUST_CR0] = {0.50435012278538827, 1.084441611381562, 0.41205362373314997,
                               0.40911481057774657},
    };
    for (int robust = VG_GLM_ROBUST_HC0; robust < VG_GLM_ROBUST_COUNT; robust++) {
        VgGlmFit got =
            fit(y, 4, NULL, NULL,
                (VgGlmOptions){.family = VG_GLM_BINOMIAL, .robust = (VgGlmRobust)robust});
        check(vg_glm_robust_name((VgGlmRobust)robust), &got, NULL, se[robust]);
    }
    VgGlmFit counts = fit(count, 4, NULL, log_exposure,
                          (VgGlmOptions){.family = VG_GLM_POISSON, .robust = VG_GLM_ROBUST_HC3});
    check("poisson HC3", &counts, NULL,
          (double[]){0.25773516059139678, 0.33399828782228208, 0.18935001774528579,
                     0.16988940155698354});
    VgGlmFit gaussian = fit(z, 4, precision, NULL, (VgGlmOptions){.robust = VG_GLM_ROBUST_HC3});
    check("gaussian HC3", &gaussian, NULL,
          (double[]){0.18326392190212554, 0.27569977549845998, 0.13181298130770608,
                     0.13343054441379559});
}

/* yy <- round(y*tr*.6); glm(yy/tr ~ arm + x1, binomial, weights = tr) */
static void grouped_binomial_data_agree_with_glm(void **state)
{
    (void)state;
    VgGlmFit got = fit(grouped, 3, trials, NULL, (VgGlmOptions){.family = VG_GLM_BINOMIAL});
    check("grouped", &got,
          (double[]){-0.75412274884875652, 0.67750116422115081, 0.090241238127278953},
          (double[]){0.27941197219684483, 0.38316921974807144, 0.19971508626852408});
    check_likelihood("grouped", &got, 61.260254918273361, -48.566453943034759, 103.13290788606952,
                     108.19954624841132);
}

/* glm(cnt ~ arm + x1 + x2 + offset(log(expo)), poisson) */
static void poisson_with_offset_agrees_with_glm(void **state)
{
    (void)state;
    VgGlmFit got = fit(count, 4, NULL, log_exposure, (VgGlmOptions){.family = VG_GLM_POISSON});
    check("poisson", &got,
          (double[]){1.2281435150805846, -0.11616000233491458, 0.076398693904035253,
                     -0.18781923240904996},
          (double[]){0.10076878433357246, 0.13704869775698983, 0.071457962675628817,
                     0.068043609345093944});
    check_likelihood("poisson", &got, 219.43107608828288, -167.93286698923055, 343.86573397846109,
                     350.62125179491682);
}

/* glm.nb(cnt ~ …), then glm(…, negative.binomial(theta)) and theta.ml(eps = 1e-14) in turn 60
 * times; SE from summary's cov.unscaled (dispersion 1). glm.nb itself stops earlier:
 * theta 1.0004476010 (SE .27778), loglik −113.84765231717955. */
static void negative_binomial_agrees_with_glm_nb(void **state)
{
    (void)state;
    VgGlmFit got =
        fit(count, 4, NULL, log_exposure, (VgGlmOptions){.family = VG_GLM_NEGATIVE_BINOMIAL});
    check("nb", &got,
          (double[]){1.2842471933814619, -0.072960607830209814, 0.041674450795280399,
                     -0.20236547447511272},
          (double[]){0.25063248126172488, 0.35412800677612827, 0.18841320321408656,
                     0.17701632777043036});
    witness_close("theta", got.theta, 1.0004476050685587, 1e-9, 0);
    witness_close("SE of theta", got.theta_se, 0.27780253811170447, 1e-8, 0);
    witness_close("nb loglik", got.loglik, -113.84765231717955, 1e-12, 0);
    witness_close("nb aic", got.aic, 237.6953046343591, 1e-12, 0);
    witness_close("nb bic", got.bic, 246.13970190492878, 1e-12, 0);
    witness_close("nb deviance", got.deviance, 45.89494476635258, 1e-7, 0);
}

/* glm(z ~ arm + x1 + x2, weights = w): t on 36 df */
static void gaussian_with_weights_agrees_with_glm(void **state)
{
    (void)state;
    VgGlmFit got = fit(z, 4, precision, NULL, (VgGlmOptions){.family = VG_GLM_GAUSSIAN});
    check("gaussian", &got,
          (double[]){0.20962918440374168, -1.36577904032533, 0.33623621912968754,
                     0.34711493930884463},
          (double[]){0.15972943948106655, 0.23192920604372935, 0.12403911259595288,
                     0.10936427400387258});
    check_likelihood("gaussian", &got, 34.763465054720712, -42.304855306875979, 94.609710613751957,
                     103.05410788432164);
    VgInference arm;
    WITNESS_OK(vg_glm_contrast(&got, (double[]){0, 1, 0, 0}, .95, &arm, &error), &error);
    witness_close("p", arm.p, 9.7852419446832867e-07, 1e-9, 0);
    witness_close("lower", arm.lower, -1.8361532717547764, 1e-10, 0);
    witness_close("upper", arm.upper, -0.8954048088958837, 1e-10, 0);
}

/* glm(y2 ~ arm + x1, binomial("log"), start = c(log(.2), 0, 0)); its SE are of the step before the
 * last (8 digits), so coefficients and SE are from own Fisher scoring carried on to rounding. */
static void log_binomial_agrees_with_glm(void **state)
{
    (void)state;
    VgGlmFit got =
        fit(y2, 3, NULL, NULL, (VgGlmOptions){.family = VG_GLM_BINOMIAL, .link = VG_LINK_LOG});
    check("log-binomial", &got,
          (double[]){-0.56344908622002265, -0.091561509556578768, 0.33832311352867295},
          (double[]){0.17653481852725464, 0.21509752172784607, 0.13025768448195083});
    witness_close("log-binomial deviance", got.deviance, 52.769981057140335, 1e-10, 0);
}

/* glm() warns "step size truncated: out of bounds" and ends at a fitted risk of 1. */
static void log_binomial_on_the_boundary_says_so(void **state)
{
    (void)state;
    VgGlmData data = {.x = {x, N, 3, N}, .y = y};
    VgGlmOptions options = {.family = VG_GLM_BINOMIAL, .link = VG_LINK_LOG};
    VgGlmFit got;
    assert_int_equal(vg_glm_fit(arena, &data, &options, &got, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "boundary"));
    assert_non_null(strstr(error.hint, "poisson"));
}

/* Own R: root of the modified score by Fisher scoring to 1e-15; the maximum of the penalised
 * likelihood by optim and numDeriv agrees in 7 digits. The second outcome, as.integer(x1 > 0.1), is
 * separated completely. */
static void firth_agrees_with_the_penalised_likelihood(void **state)
{
    (void)state;
    VgGlmOptions firth = {.family = VG_GLM_BINOMIAL, .firth = true};
    VgGlmFit got = fit(y, 4, NULL, NULL, firth);
    check("firth", &got,
          (double[]){0.21887852067045652, 0.77226812732108296, 0.22599852371399193,
                     -0.30163978644935491},
          (double[]){0.4660379264832471, 0.69970509576353568, 0.37696542669557304,
                     0.35542143881256011});
    witness_close("penalised loglik", got.loglik_penalised, -20.958892736640333, 1e-11, 0);
    double separated[N];
    for (int i = 0; i < N; i++)
        separated[i] = x[2 * N + i] > .1;
    got = fit(separated, 4, NULL, NULL, firth);
    check("firth, separated", &got,
          (double[]){-1.1833950756073961, 0.74178570562745905, 6.3723216454613976,
                     -0.22140954750093567},
          (double[]){1.1371095298742357, 1.5515296159292595, 2.6277216869081008,
                     0.82694412740617151});
    witness_close("penalised loglik", got.loglik_penalised, -3.5843145158126815, 1e-11, 0);
}

int main(void)
{
    arena = vg_arena_create();
    make_data();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logistic_regression_agrees_with_glm),
        cmocka_unit_test(sandwich_errors_agree_with_the_package_sandwich),
        cmocka_unit_test(grouped_binomial_data_agree_with_glm),
        cmocka_unit_test(poisson_with_offset_agrees_with_glm),
        cmocka_unit_test(negative_binomial_agrees_with_glm_nb),
        cmocka_unit_test(gaussian_with_weights_agrees_with_glm),
        cmocka_unit_test(log_binomial_agrees_with_glm),
        cmocka_unit_test(log_binomial_on_the_boundary_says_so),
        cmocka_unit_test(firth_agrees_with_the_penalised_likelihood),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
