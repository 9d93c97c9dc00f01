/* The normal mixture of the logistic: the rule against itself at half its step, the table against the rule. */
#include "support/witness.h"

#include <math.h>

#include "mechanism/logistic_normal.h"

/* A trapezoidal rule so fine that it is exact: step 1/256 of what the width of the function asks for. */
static double finely(double u, double s)
{
    double h = fmin(0.25, 0.25 / s) / 16, sum = 0, weights = 0;
    for (double z = -12; z <= 12; z += h) {
        double w = exp(-z * z / 2);
        weights += w;
        sum += w / (1 + exp(-u - s * z));
    }
    return sum / weights;
}

static const double SPREAD[] = {0, 1e-9, 0.01, 0.1, 0.126, 0.3, 0.5, 0.7, 1, 1.7, 3, 8, 30};
enum { SPREADS = sizeof SPREAD / sizeof *SPREAD };

static void rule_is_right_to_its_tolerance(void **state)
{
    (void)state;
    static const double TOLERANCE[] = {1e-6, 1e-9, 1e-14};
    static VgLogisticNormal mixture;
    for (size_t t = 0; t < 3; t++)
        for (size_t k = 0; k < SPREADS; k++) {
            vg_logistic_normal_rule(SPREAD[k], TOLERANCE[t], &mixture);
            for (double u = -9; u <= 9; u += 0.37)
                /* 4e-15: rounding of a sum of at most 1,000 terms below 1 */
                assert_true(fabs(vg_logistic_normal(&mixture, u) - finely(u, SPREAD[k])) <
                            TOLERANCE[t] + 4e-15);
        }
}

/* The interpolation's own error; the rule is the same on both sides. */
static void check_table(double tolerance, double error)
{
    static VgLogisticNormal mixture;
    for (size_t k = 0; k < SPREADS; k++) {
        vg_logistic_normal_rule(SPREAD[k], tolerance, &mixture);
        vg_logistic_normal_table(&mixture, -7.3, 11.1);
        assert_true(mixture.grid > 0);
        for (double u = -7.3; u <= 11.1; u += 0.0137)
            assert_true(fabs(vg_logistic_normal_read(&mixture, u) -
                             vg_logistic_normal(&mixture, u)) < error);
        /* its ends, and what lies beyond them: by the rule */
        assert_true(fabs(vg_logistic_normal_read(&mixture, 11.1) -
                         vg_logistic_normal(&mixture, 11.1)) < error);
        assert_true(vg_logistic_normal_read(&mixture, 14) == vg_logistic_normal(&mixture, 14));
        assert_true(vg_logistic_normal_read(&mixture, -20) == vg_logistic_normal(&mixture, -20));
    }
}

static void table_is_right_to_its_step(void **state)
{
    (void)state;
    check_table(1e-14, 2e-14);
}

static void coarse_table_is_right_to_1e_11(void **state)
{
    (void)state;
    check_table(1e-9, 1e-11);
    check_table(2e-10, 1e-11);
}

static void a_range_without_room_is_read_by_the_rule(void **state)
{
    (void)state;
    static VgLogisticNormal mixture;
    static const double RANGE[][2] = {{-50, 50}, {-INFINITY, 3}, {NAN, 1}, {2, NAN}};
    for (size_t k = 0; k < 4; k++) {
        vg_logistic_normal_rule(1, 1e-9, &mixture);
        vg_logistic_normal_table(&mixture, RANGE[k][0], RANGE[k][1]);
        assert_true(mixture.grid == 0);
        assert_true(vg_logistic_normal_read(&mixture, 0.5) == vg_logistic_normal(&mixture, 0.5));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_is_right_to_its_tolerance),
        cmocka_unit_test(table_is_right_to_its_step),
        cmocka_unit_test(coarse_table_is_right_to_1e_11),
        cmocka_unit_test(a_range_without_room_is_read_by_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
