/* Day numbers after Howard Hinnant, "chrono-compatible low-level date algorithms": years that begin in
 * March make the length of a month a linear function. */
#include "table/date.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "table/number.h"

/* The day number of a date that exists. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

static unsigned month_length(unsigned year, unsigned month)
{
    static const unsigned char length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : length[month - 1];
}

/* `count` digits at *p as a number; false when there are fewer. */
static bool take_digits(const char **p, const char *end, int count, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (*p == end || !vg_is_digit(**p))
            return false;
        *value = *value * 10 + (unsigned)(*(*p)++ - '0');
    }
    return true;
}

static bool take(const char **p, const char *end, char c)
{
    if (*p == end || **p != c)
        return false;
    (*p)++;
    return true;
}

static bool take_offset(const char **p, const char *end, bool *possible)
{
    unsigned hour, minute = 0;
    if (*p == end || take(p, end, 'Z'))
        return *p == end;
    if (!take(p, end, '+') && !take(p, end, '-'))
        return false;
    if (!take_digits(p, end, 2, &hour))
        return false;
    bool colon = take(p, end, ':');
    if ((colon || *p != end) && !take_digits(p, end, 2, &minute))
        return false;
    *possible = *possible && hour <= 14 && minute < 60;
    return *p == end;
}

/* HH:MM[:SS[.fff]][offset] to the end of the text. */
static bool take_time(const char *p, const char *end, double *fraction, bool *possible)
{
    unsigned hour, minute, second = 0;
    double below = 0;
    if (!take_digits(&p, end, 2, &hour) || !take(&p, end, ':') || !take_digits(&p, end, 2, &minute))
        return false;
    if (take(&p, end, ':')) {
        if (!take_digits(&p, end, 2, &second))
            return false;
        if (take(&p, end, '.')) {
            const char *start = p;
            for (double unit = 0.1; p < end && vg_is_digit(*p); p++, unit /= 10)
                below += unit * (*p - '0');
            if (p == start)
                return false;
        }
    }
    *possible = hour < 24 && minute < 60 && second < 60;
    *fraction = (hour * 3600.0 + minute * 60.0 + second + below) / 86400.0;
    return take_offset(&p, end, possible);
}

VgDateRead vg_date_parse(const char *text, size_t length, double *days)
{
    const char *p = text, *end = text + length;
    unsigned year, month, day;
    if (!take_digits(&p, end, 4, &year) || !take(&p, end, '-') ||
        !take_digits(&p, end, 2, &month) || !take(&p, end, '-') || !take_digits(&p, end, 2, &day))
        return VG_DATE_NONE;
    bool possible = true;
    double fraction = 0;
    if (p != end) {
        if (!take(&p, end, 'T') && !take(&p, end, ' '))
            return VG_DATE_NONE;
        if (!take_time(p, end, &fraction, &possible))
            return VG_DATE_NONE;
    }
    if (!possible || month < 1 || month > 12 || day < 1 || day > month_length(year, month))
        return VG_DATE_IMPOSSIBLE;
    *days = (double)days_of(year, month, day) + fraction;
    return VG_DATE_RIGHT;
}

const char *vg_date_scan(const char *p, double *days)
{
    static const char form[] = "0000-00-00";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? !vg_is_digit(p[i]) : p[i] != form[i])
            return NULL;
    unsigned digit[10];
    for (size_t i = 0; i < 10; i++)
        digit[i] = (unsigned)(p[i] - '0');
    unsigned year = digit[0] * 1000 + digit[1] * 100 + digit[2] * 10 + digit[3];
    unsigned month = digit[5] * 10 + digit[6], day = digit[8] * 10 + digit[9];
    if (month < 1 || month > 12 || day < 1 || day > month_length(year, month))
        return NULL;
    *days = (double)days_of(year, month, day);
    return p + 10;
}

void vg_date_format(double days, char *text)
{
    if (!(fabs(days) < 3e6)) { /* beyond year 9999: no ISO date, but say something */
        snprintf(text, 40, "day %.17g", days);
        return;
    }
    double day = floor(days);
    long milliseconds = lround((days - day) * 86400000.0);
    if (milliseconds == 86400000) {
        day += 1;
        milliseconds = 0;
    }
    int64_t z = (int64_t)day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned shifted = (5 * doy + 2) / 153;
    unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
    long year = (long)yoe + (long)era * 400 + (month <= 2);
    int n = snprintf(text, 40, "%04ld-%02u-%02u", year, month, doy - (153 * shifted + 2) / 5 + 1);
    if (milliseconds == 0)
        return;
    long seconds = milliseconds / 1000;
    n += snprintf(text + n, 40 - (size_t)n, "T%02ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60,
                  seconds % 60);
    if (milliseconds % 1000)
        snprintf(text + n, 40 - (size_t)n, ".%03ld", milliseconds % 1000);
}
