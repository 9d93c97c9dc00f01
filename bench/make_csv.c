/* A table as trials have them (text identifiers, few-valued text, dates, integers, decimals of several lengths,
 * missing values), up to a size in MB, on standard output. The same bytes for the same arguments. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

int main(int argc, char **argv)
{
    uint64_t limit = (argc > 1 ? strtoull(argv[1], NULL, 10) : 100) * 1000000u, written = 0;
    uint64_t x = 88172645463325252u;
    static const char *const arm[] = {"placebo", "probiotic", "ssri+probiotic"};
    static const char *const site[] = {"Copenhagen", "Aarhus", "Odense", "Aalborg", "Lund"};
    written += (uint64_t)printf("patient,site,arm,visit,date,hamd,bdi,crp,butyrate,acetate,zonulin,"
                                "shannon,weight,dropout\n");
    for (uint64_t row = 0; written < limit; row++) {
        uint64_t a = next(&x), b = next(&x), c = next(&x);
        written += (uint64_t)printf(
            "P%06" PRIu64 ",%s,%s,%" PRIu64 ",20%02" PRIu64 "-%02" PRIu64 "-%02" PRIu64 ",%" PRIu64,
            row / 5, site[row / 5 % 5], arm[row / 5 % 3], row % 5, 10 + a % 14, 1 + (a >> 8) % 12,
            1 + (a >> 16) % 28, (a >> 24) % 40);
        if ((a >> 32) % 10 == 0)
            written += (uint64_t)printf(",NA");
        else
            written += (uint64_t)printf(",%" PRIu64, (a >> 36) % 64);
        written += (uint64_t)printf(
            ",%.2f,%.6f,%.15g,%.1f,%.9f,%.1f,%" PRIu64 "\n", (double)(b % 5000) / 100,
            (double)(b >> 20) / 1e9, (double)(c >> 11) / 9007199254740992.0,
            (double)(c % 100000) / 10, (double)(b >> 11) / 9007199254740992.0 * 7,
            45 + (double)((b >> 40) % 800) / 10, c >> 63);
    }
    return 0;
}
