/* numeric/distributions.c, what is not libRmath's own: Fisher's exact test as fisher.test of R 4.2.2 has it. */
#include "support/witness.h"

#include "numeric/distributions.h"

static void fisher_is_that_of_r(void **state)
{
    (void)state;
    static const double CASE[][5] = {{3, 4, 1, 4, 0.48571428571428582},
                                     {0, 50, 7, 52, 0.012653357512828294},
                                     {23, 48, 25, 52, 1},
                                     {12, 50, 3, 50, 0.02260438688192349},
                                     {0, 5, 0, 9, 1}};
    for (size_t k = 0; k < sizeof CASE / sizeof *CASE; k++) {
        const double *c = CASE[k];
        witness_close("p", vg_fisher_two_sided(c[0], c[1], c[2], c[3]), c[4], 1e-12, 0);
        witness_close("arms turned round", vg_fisher_two_sided(c[2], c[3], c[0], c[1]), c[4], 1e-12,
                      0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fisher_is_that_of_r)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
