/* Units of concentrations, as the study file asks for them. */
#ifndef VG_PANEL_CONVERT_H
#define VG_PANEL_CONVERT_H

#include "study/reader.h"

/* Every layer of concentrations into its declared unit; what does not convert is a problem. */
void vg_panel_convert(VgStudyReader *reader);

#endif
