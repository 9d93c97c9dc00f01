/* The built-in scales. Each field is from the source named beside it; what no source settles is
 * left out (NAN, NULL) rather than invented. docs/scales.md is the same table for people, and a
 * test holds the two together.
 *
 * Where sources disagree the most cited one is taken and the others are named in the citation. */
#include <math.h>
#include <stddef.h>

#include <vagus/study.h>

#define BANDS(list) .band = (list), .n_bands = sizeof(list) / sizeof *(list)
#define REVERSED(list) .reversed = (list), .n_reversed = sizeof(list) / sizeof *(list)
#define NO_RESPONSE .response_fraction = NAN
#define NO_REMISSION .remission_cutoff = NAN
#define LOWER_IS_BETTER .lower_is_better = true
#define TOTAL(low, high) .minimum = (low), .maximum = (high)
#define ITEMS(n, low, high) .n_items = (n), .item_minimum = (low), .item_maximum = (high)
#define POINTS .unit = "points", .multiplier = 1

/* ---- Hamilton depression ---- */

/* Tables that are read by column: */
/* clang-format off */
static const double HAMD_RANGE[24][2] = {
    {0, 4}, {0, 4}, {0, 4}, {0, 2}, {0, 2}, {0, 2}, {0, 4}, {0, 4},
    {0, 4}, {0, 4}, {0, 4}, {0, 2}, {0, 2}, {0, 2}, {0, 4}, {0, 2},
    {0, 2},                         /* 17 insight */
    {0, 2}, {0, 4}, {0, 3}, {0, 2}, /* 18 diurnal, 19 depersonalisation, 20 paranoid, 21 obsessional */
    {0, 4}, {0, 4}, {0, 4}};        /* 22 helplessness, 23 hopelessness, 24 worthlessness */
/* depressed mood, guilt, work and activities, retardation, psychic anxiety, general somatic */
static const double HAMD6_RANGE[6][2] = {{0, 4}, {0, 4}, {0, 4}, {0, 4}, {0, 4}, {0, 2}};
static const VgSeverityBand HAMD17_BANDS[] = {
    {"none", 0, 7}, {"mild", 8, 16}, {"moderate", 17, 23}, {"severe", 24, 52}};
static const char HAMD17_REMISSION[] =
    "response >= 50 % fall, remission <= 7: Frank E, Prien RF, Jarrett RB, et al. Arch Gen Psychiatry "
    "1991;48:851-855";

/* ---- bands of the others ---- */

static const VgSeverityBand MADRS_BANDS[] = {
    {"none", 0, 6}, {"mild", 7, 19}, {"moderate", 20, 34}, {"severe", 35, 60}};
static const VgSeverityBand PHQ9_BANDS[] = {{"minimal", 0, 4},
                                            {"mild", 5, 9},
                                            {"moderate", 10, 14},
                                            {"moderately severe", 15, 19},
                                            {"severe", 20, 27}};
static const VgSeverityBand PHQ8_BANDS[] = {{"minimal", 0, 4},
                                            {"mild", 5, 9},
                                            {"moderate", 10, 14},
                                            {"moderately severe", 15, 19},
                                            {"severe", 20, 24}};
static const VgSeverityBand BDI2_BANDS[] = {
    {"minimal", 0, 13}, {"mild", 14, 19}, {"moderate", 20, 28}, {"severe", 29, 63}};
static const VgSeverityBand BDI_BANDS[] = {
    {"minimal", 0, 9}, {"mild to moderate", 10, 18}, {"moderate to severe", 19, 29}, {"severe", 30, 63}};
static const VgSeverityBand IDS_BANDS[] = {{"none", 0, 13},
                                           {"mild", 14, 25},
                                           {"moderate", 26, 38},
                                           {"severe", 39, 48},
                                           {"very severe", 49, 84}};
static const VgSeverityBand QIDS_BANDS[] = {{"none", 0, 5},
                                            {"mild", 6, 10},
                                            {"moderate", 11, 15},
                                            {"severe", 16, 20},
                                            {"very severe", 21, 27}};
static const VgSeverityBand CESD_BANDS[] = {{"below the screening cutoff", 0, 15},
                                            {"at or above the screening cutoff", 16, 60}};
static const VgSeverityBand EPDS_BANDS[] = {{"below the screening cutoffs", 0, 9},
                                            {"possible depression", 10, 12},
                                            {"probable depression", 13, 30}};
static const VgSeverityBand GDS_BANDS[] = {
    {"normal", 0, 4}, {"mild", 5, 8}, {"moderate", 9, 11}, {"severe", 12, 15}};
static const VgSeverityBand GAD7_BANDS[] = {
    {"minimal", 0, 4}, {"mild", 5, 9}, {"moderate", 10, 14}, {"severe", 15, 21}};
static const VgSeverityBand HAMA_BANDS[] = {
    {"none or minimal", 0, 7}, {"mild", 8, 14}, {"moderate", 15, 23}, {"severe", 24, 56}};
static const VgSeverityBand BAI_BANDS[] = {
    {"minimal", 0, 7}, {"mild", 8, 15}, {"moderate", 16, 25}, {"severe", 26, 63}};
static const VgSeverityBand HADS_BANDS[] = {
    {"normal", 0, 7}, {"possible case", 8, 10}, {"probable case", 11, 21}};
static const VgSeverityBand DASS_DEPRESSION_BANDS[] = {{"normal", 0, 9},
                                                       {"mild", 10, 13},
                                                       {"moderate", 14, 20},
                                                       {"severe", 21, 27},
                                                       {"extremely severe", 28, 42}};
static const VgSeverityBand DASS_ANXIETY_BANDS[] = {{"normal", 0, 7},
                                                    {"mild", 8, 9},
                                                    {"moderate", 10, 14},
                                                    {"severe", 15, 19},
                                                    {"extremely severe", 20, 42}};
static const VgSeverityBand DASS_STRESS_BANDS[] = {{"normal", 0, 14},
                                                   {"mild", 15, 18},
                                                   {"moderate", 19, 25},
                                                   {"severe", 26, 33},
                                                   {"extremely severe", 34, 42}};
static const VgSeverityBand CGIS_BANDS[] = {{"normal, not at all ill", 1, 1},
                                            {"borderline ill", 2, 2},
                                            {"mildly ill", 3, 3},
                                            {"moderately ill", 4, 4},
                                            {"markedly ill", 5, 5},
                                            {"severely ill", 6, 6},
                                            {"among the most extremely ill", 7, 7}};
static const VgSeverityBand CGII_BANDS[] = {{"very much improved", 1, 1}, {"much improved", 2, 2},
                                            {"minimally improved", 3, 3}, {"no change", 4, 4},
                                            {"minimally worse", 5, 5},    {"much worse", 6, 6},
                                            {"very much worse", 7, 7}};
static const VgSeverityBand SHAPS_BANDS[] = {{"normal hedonic tone", 0, 2}, {"anhedonia", 3, 14}};
static const VgSeverityBand PSQI_BANDS[] = {{"good sleep", 0, 5}, {"poor sleep", 6, 21}};
static const VgSeverityBand ISI_BANDS[] = {{"no clinically significant insomnia", 0, 7},
                                           {"subthreshold insomnia", 8, 14},
                                           {"moderate insomnia", 15, 21},
                                           {"severe insomnia", 22, 28}};
static const VgSeverityBand WHO5_BANDS[] = {
    {"likely depression", 0, 28}, {"low well-being", 29, 50}, {"well-being", 51, 100}};
static const VgSeverityBand IBS_SSS_BANDS[] = {
    {"remission", 0, 74}, {"mild", 75, 175}, {"moderate", 176, 300}, {"severe", 301, 500}};

/* ---- items that count in reverse, and groups of which the largest counts ---- */

static const size_t CESD_REVERSED[] = {4, 8, 12, 16};
static const size_t GDS_REVERSED[] = {1, 5, 7, 11, 13};
static const size_t STAI_S_REVERSED[] = {1, 2, 5, 8, 10, 11, 15, 16, 19, 20};
static const size_t STAI_T_REVERSED[] = {1, 3, 6, 7, 10, 13, 14, 16, 19};
static const size_t PSS10_REVERSED[] = {4, 5, 7, 8};
static const size_t PSS14_REVERSED[] = {4, 5, 6, 7, 9, 10, 13};
/* 11/12 appetite less or more, 13/14 weight less or more */
static const unsigned char IDS_GROUPS[30] = {[10] = 1, [11] = 1, [12] = 2, [13] = 2};
/* 1–4 sleep, 6–9 appetite and weight, 15/16 psychomotor */
static const unsigned char QIDS_GROUPS[16] = {1, 1, 1, 1, 0, 2, 2, 2, 2, 0, 0, 0, 0, 0, 3, 3};

static const char LOVIBOND[] =
    "Lovibond SH, Lovibond PF. Manual for the Depression Anxiety Stress Scales, 2nd ed. Psychology "
    "Foundation, Sydney 1995 (DASS-21: seven items a scale, sum doubled)";
static const char ZIGMOND[] =
    "Zigmond AS, Snaith RP. The Hospital Anxiety and Depression Scale. Acta Psychiatr Scand "
    "1983;67:361-370";
static const char HADS_MISSING[] =
    "half rule (at least 4 of 7 answered): Bell ML, Fairclough DL, Fiero MH, Butow PN. BMC Res Notes "
    "2016;9:479";
static const char SPIELBERGER[] =
    "Spielberger CD, Gorsuch RL, Lushene R, Vagg PR, Jacobs GA. Manual for the State-Trait Anxiety "
    "Inventory (Form Y). Consulting Psychologists Press 1983";
static const char COHEN[] =
    "Cohen S, Kamarck T, Mermelstein R. A global measure of perceived stress. J Health Soc Behav "
    "1983;24:385-396";
static const char NO_STRESS_BANDS[] = "none: the authors give no cutoffs (not a diagnostic instrument)";
static const char GUY[] =
    "Guy W. ECDEU Assessment Manual for Psychopharmacology. US DHEW publication ADM 76-338, 1976";

static const VgScale SCALES[] = {
    /* ---- depression ---- */
    {.name = "HAM-D17", .title = "Hamilton Depression Rating Scale, 17 items",
     ITEMS(17, 0, 4), .item_range = HAMD_RANGE, TOTAL(0, 52), LOWER_IS_BETTER, POINTS,
     BANDS(HAMD17_BANDS), .response_fraction = 0.5, .remission_cutoff = 7,
     .citation = "Hamilton M. A rating scale for depression. J Neurol Neurosurg Psychiatry "
                 "1960;23:56-62; item ranges of the ECDEU form (Guy 1976), agitation 0-4",
     .bands_citation = "Zimmerman M, Martinez JH, Young D, Chelminski I, Dalrymple K. Severity "
                       "classification on the Hamilton depression rating scale. J Affect Disord "
                       "2013;150:384-388 (the older bands 8-13, 14-18, 19-22, >= 23 are also in use)",
     .remission_citation = HAMD17_REMISSION},
    {.name = "HAM-D21", .title = "Hamilton Depression Rating Scale, 21 items",
     ITEMS(21, 0, 4), .item_range = HAMD_RANGE, TOTAL(0, 63), LOWER_IS_BETTER, POINTS,
     .response_fraction = 0.5, NO_REMISSION,
     .citation = "Hamilton M. Development of a rating scale for primary depressive illness. Br J Soc Clin "
                 "Psychol 1967;6:278-296; item ranges of the ECDEU form (Guy 1976), paranoid symptoms "
                 "0-3 (forms that rate them 0-4 reach 64)",
     .remission_citation = "response >= 50 % fall: by custom, as for HAM-D17"},
    {.name = "HAM-D24", .title = "Hamilton Depression Rating Scale, 24 items",
     ITEMS(24, 0, 4), .item_range = HAMD_RANGE, TOTAL(0, 75), LOWER_IS_BETTER, POINTS,
     .response_fraction = 0.5, NO_REMISSION,
     .citation = "Guy W. ECDEU Assessment Manual for Psychopharmacology. US DHEW publication ADM "
                 "76-338, 1976 (HAM-D21 with helplessness, hopelessness, worthlessness)",
     .remission_citation = "response >= 50 % fall: by custom, as for HAM-D17"},
    {.name = "HAM-D6", .title = "Hamilton Depression Rating Scale, six core items",
     ITEMS(6, 0, 4), .item_range = HAMD6_RANGE, TOTAL(0, 22), LOWER_IS_BETTER, POINTS,
     .response_fraction = 0.5, NO_REMISSION,
     .citation = "Bech P, Gram LF, Dein E, Jacobsen O, Vitger J, Bolwig TG. Quantitative rating of "
                 "depressive states. Acta Psychiatr Scand 1975;51:161-170",
     .remission_citation = "response >= 50 % fall: by custom, as for HAM-D17"},
    {.name = "MADRS", .title = "Montgomery-Åsberg Depression Rating Scale", ITEMS(10, 0, 6),
     TOTAL(0, 60), LOWER_IS_BETTER, POINTS, BANDS(MADRS_BANDS), .response_fraction = 0.5,
     .remission_cutoff = 9,
     .citation = "Montgomery SA, Asberg M. A new depression scale designed to be sensitive to change. "
                 "Br J Psychiatry 1979;134:382-389",
     .bands_citation = "Snaith RP, Harrop FM, Newby DA, Teale C. Grade scores of the Montgomery-Asberg "
                       "Depression and the Clinical Anxiety Scales. Br J Psychiatry 1986;148:599-601",
     .remission_citation =
         "response >= 50 % fall: by custom, as for HAM-D17; remission < 10: Hawley CJ, Gale TM, Sivakumaran "
         "T. J Affect Disord 2002;72:177-184; <= 9: Zimmerman M, Posternak MA, Chelminski I. J Clin "
         "Psychiatry 2004;65:163-168 (trials also take <= 10 or <= 12)"},
    {.name = "PHQ-9", .title = "Patient Health Questionnaire, 9 items", ITEMS(9, 0, 3), TOTAL(0, 27),
     LOWER_IS_BETTER, POINTS, BANDS(PHQ9_BANDS), .response_fraction = 0.5, .remission_cutoff = 4,
     .citation = "Kroenke K, Spitzer RL, Williams JB. The PHQ-9: validity of a brief depression severity "
                 "measure. J Gen Intern Med 2001;16:606-613",
     .bands_citation = "Kroenke 2001",
     .remission_citation = "response >= 50 % fall, remission < 5: Kroenke K, Spitzer RL, Williams JB, Lowe "
                           "B. Gen Hosp Psychiatry 2010;32:345-359"},
    {.name = "PHQ-8", .title = "Patient Health Questionnaire, 8 items", ITEMS(8, 0, 3), TOTAL(0, 24),
     LOWER_IS_BETTER, POINTS, BANDS(PHQ8_BANDS), .response_fraction = 0.5, .remission_cutoff = 4,
     .citation = "Kroenke K, Strine TW, Spitzer RL, Williams JB, Berry JT, Mokdad AH. The PHQ-8 as a "
                 "measure of current depression in the general population. J Affect Disord "
                 "2009;114:163-173",
     .bands_citation = "Kroenke 2009",
     .remission_citation = "as for PHQ-9: Kroenke K, Spitzer RL, Williams JB, Lowe B. Gen Hosp Psychiatry "
                           "2010;32:345-359"},
    {.name = "BDI-II", .title = "Beck Depression Inventory, second edition", ITEMS(21, 0, 3),
     TOTAL(0, 63), LOWER_IS_BETTER, POINTS, BANDS(BDI2_BANDS), .response_fraction = 0.5,
     .remission_cutoff = 13,
     .citation = "Beck AT, Steer RA, Brown GK. Manual for the Beck Depression Inventory-II. Psychological "
                 "Corporation, San Antonio 1996",
     .bands_citation = "Beck 1996",
     .remission_citation = "response >= 50 % fall: by custom, as for HAM-D17; remission = the manual's "
                           "minimal band, <= 13 (Beck 1996; other trials take < 10 or <= 12)"},
    {.name = "BDI", .title = "Beck Depression Inventory (1961; revised IA)", ITEMS(21, 0, 3),
     TOTAL(0, 63), LOWER_IS_BETTER, POINTS, BANDS(BDI_BANDS), .response_fraction = 0.5,
     .remission_cutoff = 8,
     .citation = "Beck AT, Ward CH, Mendelson M, Mock J, Erbaugh J. An inventory for measuring depression. "
                 "Arch Gen Psychiatry 1961;4:561-571",
     .bands_citation = "Beck AT, Steer RA, Garbin MG. Psychometric properties of the Beck Depression "
                       "Inventory. Clin Psychol Rev 1988;8:77-100",
     .remission_citation = "response >= 50 % fall, remission <= 8: Frank E, Prien RF, Jarrett RB, et al. "
                           "Arch Gen Psychiatry 1991;48:851-855"},
    {.name = "IDS-SR30", .title = "Inventory of Depressive Symptomatology, self-report, 30 items",
     ITEMS(30, 0, 3), TOTAL(0, 84), LOWER_IS_BETTER, POINTS, BANDS(IDS_BANDS),
     .response_fraction = 0.5, .remission_cutoff = 13, .group = IDS_GROUPS,
     .citation = "Rush AJ, Gullion CM, Basco MR, Jarrett RB, Trivedi MH. The Inventory of Depressive "
                 "Symptomatology (IDS): psychometric properties. Psychol Med 1996;26:477-486; 28 of 30 "
                 "items count, the larger of appetite less/more and of weight less/more",
     .bands_citation = "Rush AJ, Trivedi MH, Ibrahim HM, et al. Biol Psychiatry 2003;54:573-583; table at "
                       "ids-qids.org",
     .remission_citation = "response >= 50 % fall by custom; remission <= 13 corresponds to HAM-D17 <= 7: "
                           "table at ids-qids.org after Rush 2003 and Trivedi 2004 (others take <= 14)"},
    {.name = "QIDS-SR16", .title = "Quick Inventory of Depressive Symptomatology, self-report, 16 items",
     ITEMS(16, 0, 3), TOTAL(0, 27), LOWER_IS_BETTER, POINTS, BANDS(QIDS_BANDS),
     .response_fraction = 0.5, .remission_cutoff = 5, .group = QIDS_GROUPS,
     .citation = "Rush AJ, Trivedi MH, Ibrahim HM, et al. The 16-item Quick Inventory of Depressive "
                 "Symptomatology (QIDS). Biol Psychiatry 2003;54:573-583; nine domains, the largest of "
                 "items 1-4, 6-9 and 15-16 counts",
     .bands_citation = "Rush 2003",
     .remission_citation = "response >= 50 % fall, remission <= 5: Trivedi MH, Rush AJ, Wisniewski SR, et "
                           "al. (STAR*D). Am J Psychiatry 2006;163:28-40"},
    {.name = "CES-D", .title = "Center for Epidemiologic Studies Depression Scale", ITEMS(20, 0, 3),
     TOTAL(0, 60), LOWER_IS_BETTER, POINTS, REVERSED(CESD_REVERSED), BANDS(CESD_BANDS), NO_RESPONSE,
     NO_REMISSION,
     .citation = "Radloff LS. The CES-D Scale: a self-report depression scale for research in the general "
                 "population. Appl Psychol Meas 1977;1:385-401",
     .bands_citation = "Radloff 1977 (cutoff 16)"},
    {.name = "EPDS", .title = "Edinburgh Postnatal Depression Scale", ITEMS(10, 0, 3), TOTAL(0, 30),
     LOWER_IS_BETTER, POINTS, BANDS(EPDS_BANDS), NO_RESPONSE, NO_REMISSION,
     .citation = "Cox JL, Holden JM, Sagovsky R. Detection of postnatal depression: development of the "
                 "10-item Edinburgh Postnatal Depression Scale. Br J Psychiatry 1987;150:782-786; items "
                 "as scored 0-3 on the form (3 and 5-10 are printed in reverse)",
     .bands_citation = "Cox 1987 (cutoffs 9/10 and 12/13)"},
    {.name = "GDS-15", .title = "Geriatric Depression Scale, 15 items", ITEMS(15, 0, 1), TOTAL(0, 15),
     LOWER_IS_BETTER, POINTS, REVERSED(GDS_REVERSED), BANDS(GDS_BANDS), NO_RESPONSE, NO_REMISSION,
     .citation = "Sheikh JI, Yesavage JA. Geriatric Depression Scale (GDS): recent evidence and development "
                 "of a shorter version. Clin Gerontol 1986;5:165-173; items as answered, yes = 1",
     .bands_citation = "Greenberg SA. The Geriatric Depression Scale (GDS). Hartford Institute for "
                       "Geriatric Nursing, Try This 4, 2012"},
    /* ---- global ---- */
    {.name = "CGI-S", .title = "Clinical Global Impression, severity", ITEMS(1, 1, 7), TOTAL(1, 7),
     LOWER_IS_BETTER, POINTS, BANDS(CGIS_BANDS), NO_RESPONSE, NO_REMISSION, .citation = GUY,
     .bands_citation = GUY},
    {.name = "CGI-I", .title = "Clinical Global Impression, improvement", ITEMS(1, 1, 7), TOTAL(1, 7),
     LOWER_IS_BETTER, POINTS, BANDS(CGII_BANDS), NO_RESPONSE, NO_REMISSION, .citation = GUY,
     .bands_citation = GUY},
    /* ---- anxiety ---- */
    {.name = "GAD-7", .title = "Generalised Anxiety Disorder scale, 7 items", ITEMS(7, 0, 3),
     TOTAL(0, 21), LOWER_IS_BETTER, POINTS, BANDS(GAD7_BANDS), NO_RESPONSE, NO_REMISSION,
     .citation = "Spitzer RL, Kroenke K, Williams JB, Lowe B. A brief measure for assessing generalized "
                 "anxiety disorder: the GAD-7. Arch Intern Med 2006;166:1092-1097",
     .bands_citation = "Spitzer 2006"},
    {.name = "HAM-A", .title = "Hamilton Anxiety Rating Scale", ITEMS(14, 0, 4), TOTAL(0, 56),
     LOWER_IS_BETTER, POINTS, BANDS(HAMA_BANDS), .response_fraction = 0.5, .remission_cutoff = 7,
     .citation = "Hamilton M. The assessment of anxiety states by rating. Br J Med Psychol 1959;32:50-55",
     .bands_citation = "Matza LS, Morlock R, Sexton C, Malley K, Feltner D. Identifying HAM-A cutoffs for "
                       "mild, moderate, and severe generalized anxiety disorder. Int J Methods "
                       "Psychiatr Res 2010;19:223-232",
     .remission_citation = "response >= 50 % fall by custom; remission <= 7: Ballenger JC. Clinical "
                           "guidelines for establishing remission in patients with depression and "
                           "anxiety. J Clin Psychiatry 1999;60(suppl 22):29-34"},
    {.name = "BAI", .title = "Beck Anxiety Inventory", ITEMS(21, 0, 3), TOTAL(0, 63), LOWER_IS_BETTER,
     POINTS, BANDS(BAI_BANDS), NO_RESPONSE, NO_REMISSION,
     .citation = "Beck AT, Epstein N, Brown G, Steer RA. An inventory for measuring clinical anxiety. J "
                 "Consult Clin Psychol 1988;56:893-897",
     .bands_citation = "Beck AT, Steer RA. Manual for the Beck Anxiety Inventory. Psychological "
                       "Corporation, San Antonio 1993"},
    {.name = "STAI-S", .title = "State-Trait Anxiety Inventory, state (form Y-1)", ITEMS(20, 1, 4),
     TOTAL(20, 80), LOWER_IS_BETTER, POINTS, REVERSED(STAI_S_REVERSED), NO_RESPONSE, NO_REMISSION,
     .citation = SPIELBERGER},
    {.name = "STAI-T", .title = "State-Trait Anxiety Inventory, trait (form Y-2)", ITEMS(20, 1, 4),
     TOTAL(20, 80), LOWER_IS_BETTER, POINTS, REVERSED(STAI_T_REVERSED), NO_RESPONSE, NO_REMISSION,
     .citation = SPIELBERGER},
    {.name = "HADS-A", .title = "Hospital Anxiety and Depression Scale, anxiety", ITEMS(7, 0, 3),
     TOTAL(0, 21), LOWER_IS_BETTER, POINTS, BANDS(HADS_BANDS), NO_RESPONSE, NO_REMISSION,
     .missing_items = VG_ITEMS_PRORATE, .items_required = 4, .citation = ZIGMOND,
     .bands_citation = ZIGMOND, .missing_citation = HADS_MISSING},
    {.name = "HADS-D", .title = "Hospital Anxiety and Depression Scale, depression", ITEMS(7, 0, 3),
     TOTAL(0, 21), LOWER_IS_BETTER, POINTS, BANDS(HADS_BANDS), NO_RESPONSE, NO_REMISSION,
     .missing_items = VG_ITEMS_PRORATE, .items_required = 4, .citation = ZIGMOND,
     .bands_citation = ZIGMOND, .missing_citation = HADS_MISSING},
    /* ---- stress ---- */
    {.name = "DASS-21-D", .title = "Depression Anxiety Stress Scales, 21 items, depression",
     ITEMS(7, 0, 3), TOTAL(0, 42), LOWER_IS_BETTER, .unit = "points", .multiplier = 2,
     BANDS(DASS_DEPRESSION_BANDS), NO_RESPONSE, NO_REMISSION, .citation = LOVIBOND,
     .bands_citation = LOVIBOND},
    {.name = "DASS-21-A", .title = "Depression Anxiety Stress Scales, 21 items, anxiety",
     ITEMS(7, 0, 3), TOTAL(0, 42), LOWER_IS_BETTER, .unit = "points", .multiplier = 2,
     BANDS(DASS_ANXIETY_BANDS), NO_RESPONSE, NO_REMISSION, .citation = LOVIBOND,
     .bands_citation = LOVIBOND},
    {.name = "DASS-21-S", .title = "Depression Anxiety Stress Scales, 21 items, stress",
     ITEMS(7, 0, 3), TOTAL(0, 42), LOWER_IS_BETTER, .unit = "points", .multiplier = 2,
     BANDS(DASS_STRESS_BANDS), NO_RESPONSE, NO_REMISSION, .citation = LOVIBOND,
     .bands_citation = LOVIBOND},
    {.name = "PSS-10", .title = "Perceived Stress Scale, 10 items", ITEMS(10, 0, 4), TOTAL(0, 40),
     LOWER_IS_BETTER, POINTS, REVERSED(PSS10_REVERSED), NO_RESPONSE, NO_REMISSION,
     .citation = "Cohen S, Williamson G. Perceived stress in a probability sample of the United States. "
                 "In: Spacapan S, Oskamp S (eds). The Social Psychology of Health. Sage 1988:31-67",
     .bands_citation = NO_STRESS_BANDS},
    {.name = "PSS-14", .title = "Perceived Stress Scale, 14 items", ITEMS(14, 0, 4), TOTAL(0, 56),
     LOWER_IS_BETTER, POINTS, REVERSED(PSS14_REVERSED), NO_RESPONSE, NO_REMISSION, .citation = COHEN,
     .bands_citation = NO_STRESS_BANDS},
    /* ---- pleasure, sleep, well-being ---- */
    {.name = "SHAPS", .title = "Snaith-Hamilton Pleasure Scale", ITEMS(14, 0, 1), TOTAL(0, 14),
     LOWER_IS_BETTER, POINTS, BANDS(SHAPS_BANDS), NO_RESPONSE, NO_REMISSION,
     .citation = "Snaith RP, Hamilton M, Morley S, Humayan A, Hargreaves D, Trigwell P. A scale for the "
                 "assessment of hedonic tone: the Snaith-Hamilton Pleasure Scale. Br J Psychiatry "
                 "1995;167:99-103; items scored 0 (agree) or 1 (disagree)",
     .bands_citation = "Snaith 1995"},
    {.name = "PSQI", .title = "Pittsburgh Sleep Quality Index (seven component scores)", ITEMS(7, 0, 3),
     TOTAL(0, 21), LOWER_IS_BETTER, POINTS, BANDS(PSQI_BANDS), NO_RESPONSE, NO_REMISSION,
     .citation = "Buysse DJ, Reynolds CF, Monk TH, Berman SR, Kupfer DJ. The Pittsburgh Sleep Quality "
                 "Index. Psychiatry Res 1989;28:193-213; the items here are the seven component scores",
     .bands_citation = "Buysse 1989 (cutoff > 5)"},
    {.name = "ISI", .title = "Insomnia Severity Index", ITEMS(7, 0, 4), TOTAL(0, 28), LOWER_IS_BETTER,
     POINTS, BANDS(ISI_BANDS), NO_RESPONSE, .remission_cutoff = 7,
     .citation = "Bastien CH, Vallieres A, Morin CM. Validation of the Insomnia Severity Index as an outcome "
                 "measure for insomnia research. Sleep Med 2001;2:297-307",
     .bands_citation = "Bastien 2001",
     .remission_citation = "remission < 8, the band without insomnia: Morin CM, Belleville G, Belanger L, "
                           "Ivers H. Sleep 2011;34:601-608 (their response is a fall of 8 points or more, "
                           "no share of the baseline)"},
    {.name = "WHO-5", .title = "WHO-5 Well-Being Index", ITEMS(5, 0, 5), TOTAL(0, 100),
     .lower_is_better = false, .unit = "points", .multiplier = 4, BANDS(WHO5_BANDS), NO_RESPONSE,
     NO_REMISSION,
     .citation = "Topp CW, Ostergaard SD, Sondergaard S, Bech P. The WHO-5 Well-Being Index: a systematic "
                 "review of the literature. Psychother Psychosom 2015;84:167-176 (sum × 4)",
     .bands_citation = "Topp 2015 (<= 50 low, <= 28 likely depression)"},
    /* ---- gut ---- */
    {.name = "GSRS", .title = "Gastrointestinal Symptom Rating Scale (mean of 15 items, 1-7)",
     ITEMS(15, 1, 7), TOTAL(1, 7), LOWER_IS_BETTER, .unit = "points", .multiplier = 1.0 / 15,
     NO_RESPONSE, NO_REMISSION,
     .citation = "Svedlund J, Sjodin I, Dotevall G. GSRS: a clinical rating scale for gastrointestinal "
                 "symptoms. Dig Dis Sci 1988;33:129-134; seven-point self-report form: Revicki DA, Wood M, "
                 "Wiklund I, Crawley J. Qual Life Res 1998;7:75-83"},
    {.name = "IBS-SSS", .title = "IBS Severity Scoring System", ITEMS(5, 0, 100), TOTAL(0, 500),
     LOWER_IS_BETTER, POINTS, BANDS(IBS_SSS_BANDS), NO_RESPONSE, .remission_cutoff = 74,
     .citation = "Francis CY, Morris J, Whorwell PJ. The irritable bowel severity scoring system. Aliment "
                 "Pharmacol Ther 1997;11:395-402",
     .bands_citation = "Francis 1997",
     .remission_citation = "remission < 75: Francis 1997 (their improvement is a fall of 50 points, no share "
                           "of the baseline)"},
};

/* clang-format on */

const VgScale *vg_scales(size_t *n_scales)
{
    *n_scales = sizeof SCALES / sizeof *SCALES;
    return SCALES;
}
