# What the program carries inside itself: modules of functions, the report's style sheet and phrases and, where the npm packages are
# installed (./dev setup), the Vega bundle of the interactive figures. Without the bundle the report has its
# SVG figures only.
add_executable(embed_tool ${PROJECT_SOURCE_DIR}/cmake/embed_tool.c)
set(EMBEDDED ${PROJECT_BINARY_DIR}/generated/report)
file(MAKE_DIRECTORY ${EMBEDDED})

function(vagus_embed mode name)
  add_custom_command(OUTPUT ${EMBEDDED}/${name}.c
                     COMMAND embed_tool ${mode} ${name} ${ARGN} > ${EMBEDDED}/${name}.c
                     DEPENDS embed_tool ${ARGN} VERBATIM)
  target_sources(vagus_objects PRIVATE ${EMBEDDED}/${name}.c)
endfunction()

vagus_embed(text vg_report_style ${PROJECT_SOURCE_DIR}/src/report/style.css)
vagus_embed(text vg_modules_text ${PROJECT_SOURCE_DIR}/src/panel/modules.txt)
vagus_embed(po vg_catalogue_en ${PROJECT_SOURCE_DIR}/src/report/language/en.po)
vagus_embed(po vg_catalogue_da ${PROJECT_SOURCE_DIR}/src/report/language/da.po)

set(VEGA ${PROJECT_SOURCE_DIR}/node_modules)
set(BUNDLE ${VEGA}/vega/build/vega.min.js ${VEGA}/vega-lite/build/vega-lite.min.js
           ${VEGA}/vega-embed/build/vega-embed.min.js)
set(HAVE_BUNDLE TRUE)
foreach(part ${BUNDLE})
  if(NOT EXISTS ${part})
    set(HAVE_BUNDLE FALSE)
  endif()
endforeach()
option(VAGUS_INTERACTIVE "Inline the Vega bundle in reports where its npm packages are installed" ON)
if(HAVE_BUNDLE AND VAGUS_INTERACTIVE)
  message(STATUS "Interactive figures: yes")
  vagus_embed(text vg_report_bundle ${BUNDLE})
else()
  message(STATUS "Interactive figures: no (npm packages vega, vega-lite and vega-embed not installed)")
  file(WRITE ${EMBEDDED}/no_bundle.c.new "#include <stddef.h>\nextern const unsigned char vg_report_bundle[];\n"
       "extern const size_t vg_report_bundle_size;\nconst unsigned char vg_report_bundle[] = {0};\n"
       "const size_t vg_report_bundle_size = 0;\n")
  file(COPY_FILE ${EMBEDDED}/no_bundle.c.new ${EMBEDDED}/no_bundle.c ONLY_IF_DIFFERENT)
  target_sources(vagus_objects PRIVATE ${EMBEDDED}/no_bundle.c)
endif()
