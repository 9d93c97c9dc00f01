/* Decimal numbers from text, exactly rounded, whatever the locale.
 *
 * Method: Clinger (1990), "How to read floating point numbers accurately": a mantissa up to 2^53 times or
 * divided by a power of ten up to 10^22 is one correctly rounded operation. Where long double has
 * a 64-bit mantissa, up to 2^64 and 10^27 work likewise unless the result lies next to a rounding
 * boundary of double. All else goes to strtod, as digits and exponent without a decimal point, which no
 * locale changes. */
#ifndef VG_TABLE_NUMBER_H
#define VG_TABLE_NUMBER_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a field's text looks like. */
typedef enum VgTextClass {
    VG_TEXT_OTHER = 0,
    VG_TEXT_NUMBER,
    VG_TEXT_IDENTIFIER,    /* digits with leading zeros, or an integer no double can hold */
    VG_TEXT_DECIMAL_COMMA, /* "3,5" */
    VG_TEXT_DATE,          /* ISO 8601, existing */
    VG_TEXT_BAD_DATE       /* looks like ISO 8601, but there is no such day or hour */
} VgTextClass;

/* Numbers and dates: *value is set. `text` is not terminated; blanks around it are ignored. */
VgTextClass vg_text_classify(const char *text, size_t length, double *value);

/* A number in the C locale's form: sign, digits, point, exponent. Hexadecimal, Inf and what
 * overflows are no numbers. *integer: neither point nor exponent. */
bool vg_number_parse(const char *text, size_t length, double *value, bool *integer);

extern const double VG_POWER_OF_TEN[23];
#if LDBL_MANT_DIG == 64
/* The long double path; false when the result lies too near a rounding boundary. */
bool vg_number_extended(uint64_t mantissa, int exponent, double *value);
#else
static inline bool vg_number_extended(uint64_t mantissa, int exponent, double *value)
{
    (void)mantissa, (void)exponent, (void)value;
    return false;
}
#endif

static inline bool vg_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* The fast path on text that ends somewhere in a character that is no digit. Returns where the number ends, or
 * NULL: not a plain number, ask vg_text_classify. */
static inline const char *vg_number_scan(const char *p, double *value)
{
    const uint64_t exact = (uint64_t)1 << 53;
    bool negative = *p == '-';
    p += negative;
    if (*p == '0' && vg_is_digit(p[1]))
        return NULL;
    const char *start = p;
    uint64_t mantissa = 0;
    while (vg_is_digit(*p))
        mantissa = mantissa * 10 + (uint64_t)(*p++ - '0');
    ptrdiff_t digits = p - start;
    int exponent = 0;
    bool integer = true;
    if (*p == '.') {
        const char *fraction = ++p;
        while (vg_is_digit(*p))
            mantissa = mantissa * 10 + (uint64_t)(*p++ - '0');
        digits += p - fraction;
        if (digits > 19)
            return NULL;
        exponent = (int)(fraction - p);
        integer = false;
    }
    if (digits == 0 || digits > 19)
        return NULL;
    if ((*p | 0x20) == 'e') {
        p++;
        bool minus = *p == '-';
        if (*p == '-' || *p == '+')
            p++;
        if (!vg_is_digit(*p))
            return NULL;
        int power = 0;
        for (int i = 0; i < 4 && vg_is_digit(*p); i++)
            power = power * 10 + (*p++ - '0');
        if (vg_is_digit(*p))
            return NULL;
        exponent += minus ? -power : power;
        integer = false;
    }
    double magnitude;
    if (mantissa < exact && exponent >= -22 && exponent <= 22)
        magnitude = exponent < 0 ? (double)mantissa / VG_POWER_OF_TEN[-exponent]
                                 : (double)mantissa * VG_POWER_OF_TEN[exponent];
    else if (integer || !vg_number_extended(mantissa, exponent, &magnitude))
        return NULL;
    *value = negative ? -magnitude : magnitude;
    return p;
}

#endif
