# `cmake --install`: program, static and shared library, headers, pkg-config file, documents; and the Debian
# package (`cpack -G DEB`).

add_library(vagus_shared SHARED $<TARGET_OBJECTS:vagus_objects>)
set_target_properties(vagus_shared PROPERTIES OUTPUT_NAME vagus VERSION ${PROJECT_VERSION}
                      SOVERSION ${PROJECT_VERSION_MAJOR}
                      LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/libvagus.map)
target_link_libraries(vagus_shared PRIVATE PkgConfig::DEPS ${LAPACKE_LIBRARY} ${RMATH_LIBRARY}
                      ${READSTAT_LIBRARY} OpenMP::OpenMP_C Threads::Threads m vagus_flags)
target_link_options(vagus_shared PRIVATE
                    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/libvagus.map)

# relative to the file itself, so that a prefix can be chosen at installation and moved
file(RELATIVE_PATH PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" PREFIX_FROM_PC ${PREFIX_FROM_PC})
configure_file(${PROJECT_SOURCE_DIR}/cmake/vagus.pc.in ${PROJECT_BINARY_DIR}/vagus.pc @ONLY)

install(TARGETS vagus vagus_static vagus_shared
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/vagus DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/vagus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
        PATTERN "results" EXCLUDE)

# Made by cmake/describe.cmake; absent in sanitizer builds and where scdoc is missing.
if(TARGET described)
  install(FILES ${PROJECT_BINARY_DIR}/completion/vagus
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  if(SCDOC)
    install(DIRECTORY ${PROJECT_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
            FILES_MATCHING PATTERN "*.1")
  endif()
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
        FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "*.svg")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vagus)
set(CPACK_PACKAGE_VENDOR vagus)
set(CPACK_PACKAGE_CONTACT "the vagus developers <vagus@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
include(CPack)
