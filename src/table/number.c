#include "table/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/date.h"

const double VG_POWER_OF_TEN[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#if LDBL_MANT_DIG == 64
bool vg_number_extended(uint64_t mantissa, int exponent, double *value)
{
    static const long double power[28] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                          1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                          1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
                                          1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    if (exponent < -27 || exponent > 27 || mantissa == 0)
        return false;
    long double result = exponent < 0 ? (long double)mantissa / power[-exponent]
                                      : (long double)mantissa * power[exponent];
    /* The 64-bit result is off by at most half a unit. Rounding it to 53 bits is right unless its last 11
     * bits stand at, or one beside, the middle between two doubles. */
    uint64_t bits;
    memcpy(&bits, &result, sizeof bits);
    unsigned tail = (unsigned)(bits & 0x7FFu);
    if (tail >= 0x3FFu && tail <= 0x401u)
        return false;
    *value = (double)result;
    return true;
}
#endif

enum { MOST_DIGITS = 780 }; /* no midpoint of doubles has more than 767 significant digits */

typedef struct Decimal {
    char text[MOST_DIGITS +
              32]; /* sign, significant digits, exponent: strtod reads it in any locale */
    size_t n;
    long exponent;
    bool cut; /* digits other than 0 were left out */
} Decimal;

static void add_digit(Decimal *decimal, char digit, bool fraction)
{
    bool kept = decimal->n < MOST_DIGITS;
    if (kept && (decimal->n > 0 || digit != '0'))
        decimal->text[decimal->n++] = digit;
    if (!kept)
        decimal->cut = decimal->cut || digit != '0';
    if (fraction && kept)
        decimal->exponent--;
    if (!fraction && !kept)
        decimal->exponent++;
}

static bool finish(Decimal *decimal, long power, bool negative, double *value)
{
    if (decimal->n == 0) {
        *value = negative ? -0.0 : 0.0;
        return true;
    }
    if (decimal->cut) {
        decimal->text[decimal->n++] = '1';
        decimal->exponent--;
    }
    snprintf(decimal->text + decimal->n, 32, "e%ld", decimal->exponent + power);
    double magnitude = strtod(decimal->text, NULL);
    *value = negative ? -magnitude : magnitude;
    return isfinite(magnitude);
}

bool vg_number_parse(const char *text, size_t length, double *value, bool *integer)
{
    const char *p = text, *end = text + length;
    Decimal decimal;
    decimal.n = 0;
    decimal.exponent = 0;
    decimal.cut = false;
    *integer = true;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    size_t digits = 0;
    for (; p < end && vg_is_digit(*p); p++, digits++)
        add_digit(&decimal, *p, false);
    if (p < end && *p == '.') {
        *integer = false;
        for (p++; p < end && vg_is_digit(*p); p++, digits++)
            add_digit(&decimal, *p, true);
    }
    if (digits == 0)
        return false;
    long power = 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        *integer = false;
        p++;
        bool minus = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        if (p == end)
            return false;
        for (; p < end && vg_is_digit(*p); p++)
            if (power < 100000000)
                power = power * 10 + (*p - '0');
        power = minus ? -power : power;
    }
    return p == end && finish(&decimal, power, negative, value);
}

static bool all_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!vg_is_digit(text[i]))
            return false;
    return length > 0;
}

/* "3,5", "-0,25", "1,5e-05": a number with a comma for its point, digits on both sides. */
static bool is_decimal_comma(const char *text, size_t length, double *value)
{
    enum { LONGEST = 64 };
    char copy[LONGEST];
    const char *comma = length && length < LONGEST ? memchr(text, ',', length) : NULL;
    if (!comma || comma == text || comma + 1 == text + length || !vg_is_digit(comma[-1]) ||
        !vg_is_digit(comma[1]))
        return false;
    memcpy(copy, text, length);
    copy[comma - text] = '.';
    bool integer;
    return memchr(text, '.', length) == NULL && vg_number_parse(copy, length, value, &integer);
}

VgTextClass vg_text_classify(const char *text, size_t length, double *value)
{
    while (length > 0 && (*text == ' ' || *text == '\t'))
        text++, length--;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (length == 0 || !(vg_is_digit(*text) || *text == '-' || *text == '+' || *text == '.'))
        return VG_TEXT_OTHER;
    bool integer;
    if (vg_number_parse(text, length, value, &integer)) {
        bool padded = length > 1 && *text == '0' && all_digits(text, length);
        bool inexact = integer && fabs(*value) >= 9007199254740992.0;
        return padded || inexact ? VG_TEXT_IDENTIFIER : VG_TEXT_NUMBER;
    }
    if (is_decimal_comma(text, length, value))
        return VG_TEXT_DECIMAL_COMMA;
    switch (vg_date_parse(text, length, value)) {
    case VG_DATE_RIGHT:
        return VG_TEXT_DATE;
    case VG_DATE_IMPOSSIBLE:
        return VG_TEXT_BAD_DATE;
    default:
        return VG_TEXT_OTHER;
    }
}
