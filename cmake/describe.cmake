# Manual pages and completion, made by the program from its own description of the commands.
# In sanitizer and fuzz builds they are left out: they would say the same.
if(VAGUS_SANITIZE OR VAGUS_FUZZ OR VAGUS_COVERAGE)
  return()
endif()
find_program(SCDOC scdoc)
set(MAN_COMMANDS mmrm lm lmm glm mediate forest meta nma distance permanova differential norms diversity transform modules init check run simulate design report)
set(DESCRIBED ${PROJECT_BINARY_DIR}/completion/vagus)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/completion/vagus
  COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/completion
  COMMAND vagus --describe completion > ${PROJECT_BINARY_DIR}/completion/vagus
  DEPENDS vagus VERBATIM)
if(SCDOC)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man)
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/man/vagus.1
    COMMAND vagus --describe man > ${PROJECT_BINARY_DIR}/man/vagus.scd
    COMMAND ${SCDOC} < ${PROJECT_BINARY_DIR}/man/vagus.scd > ${PROJECT_BINARY_DIR}/man/vagus.1
    DEPENDS vagus VERBATIM)
  list(APPEND DESCRIBED ${PROJECT_BINARY_DIR}/man/vagus.1)
  foreach(command ${MAN_COMMANDS})
    set(page ${PROJECT_BINARY_DIR}/man/vagus-${command})
    add_custom_command(OUTPUT ${page}.1
      COMMAND vagus --describe man ${command} > ${page}.scd
      COMMAND ${SCDOC} < ${page}.scd > ${page}.1
      DEPENDS vagus VERBATIM)
    list(APPEND DESCRIBED ${page}.1)
  endforeach()
else()
  message(STATUS "scdoc not found: no manual pages")
endif()
add_custom_target(described ALL DEPENDS ${DESCRIBED})
