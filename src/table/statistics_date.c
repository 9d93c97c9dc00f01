/* SAS and Stata count from 1960-01-01, SPSS in seconds from 1582-10-14 (the Gregorian calendar's eve). */
#include "table/statistics_date.h"

#include <string.h>
#include <strings.h>

static const double DAYS_1960 = -3653, DAYS_1582 = -141428;

/* Whether the format's letters, before its width, are one of the words. */
static bool is_one_of(const char *display, const char *const *word)
{
    for (; *word; word++) {
        size_t n = strlen(*word);
        char next = strncasecmp(display, *word, n) == 0 ? display[n] : 'x';
        if (next == '\0' || next == '.' || (next >= '0' && next <= '9'))
            return true;
    }
    return false;
}

static bool sas_date(const char *display, VgDateScale *scale)
{
    static const char *const days[] = {
        "DATE",     "DAY",      "DDMMYY",   "DDMMYYB", "DDMMYYC", "DDMMYYD",  "DDMMYYN", "DDMMYYP",
        "DDMMYYS",  "MMDDYY",   "MMDDYYB",  "MMDDYYC", "MMDDYYD", "MMDDYYN",  "MMDDYYP", "MMDDYYS",
        "YYMMDD",   "YYMMDDB",  "YYMMDDC",  "YYMMDDD", "YYMMDDN", "YYMMDDP",  "YYMMDDS", "MONYY",
        "MMYY",     "YYMM",     "YYMON",    "YYQ",     "YEAR",    "JULDAY",   "JULIAN",  "WEEKDATE",
        "WEEKDATX", "WORDDATE", "WORDDATX", "EURDFDD", "EURDFDE", "EURDFWDX", "MINGUO",  "NENGO",
        "E8601DA",  "B8601DA",  "IS8601DA", NULL};
    static const char *const seconds[] = {"DATETIME", "DATEAMPM", "DTDATE",  "DTMONYY", "DTYEAR",
                                          "E8601DT",  "B8601DT",  "E8601DN", "B8601DN", "E8601DZ",
                                          "IS8601DT", "MDYAMPM",  "NLDATM",  NULL};
    *scale = (VgDateScale){1, DAYS_1960};
    if (is_one_of(display, days))
        return true;
    scale->per_day = 86400;
    return is_one_of(display, seconds);
}

static bool spss_date(const char *display, VgDateScale *scale)
{
    static const char *const seconds[] = {"DATE", "ADATE", "EDATE",    "SDATE",  "JDATE", "QYR",
                                          "MOYR", "WKYR",  "DATETIME", "YMDHMS", NULL};
    *scale = (VgDateScale){86400, DAYS_1582};
    return is_one_of(display, seconds);
}

static bool stata_date(const char *display, VgDateScale *scale)
{
    *scale = (VgDateScale){1, DAYS_1960};
    if (*display == '%')
        display++;
    if (*display == '-')
        display++;
    if (strncmp(display, "td", 2) == 0 || *display == 'd')
        return true;
    scale->per_day = 86400000;
    return strncmp(display, "tc", 2) == 0 || strncmp(display, "tC", 2) == 0;
}

bool vg_statistics_date(VgStatisticsFormat format, const char *display, VgDateScale *scale)
{
    switch (format) {
    case VG_SAS_TRANSPORT:
    case VG_SAS_DATA:
        return sas_date(display, scale);
    case VG_SPSS_SYSTEM:
    case VG_SPSS_PORTABLE:
        return spss_date(display, scale);
    default:
        return stata_date(display, scale);
    }
}
