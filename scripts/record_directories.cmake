# Run by the installation before anything is installed: adds to HAUL_RECORD
# those of HAUL_DIRECTORIES, and of the directories above them, that are missing
# and so will be made. The target "uninstall" removes them again.
set(HAUL_MADE "")
if(EXISTS "${HAUL_RECORD}")
    file(STRINGS "${HAUL_RECORD}" HAUL_MADE)
endif()
foreach(dir IN LISTS HAUL_DIRECTORIES)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}"
        NORMALIZE)
    set(dir "$ENV{DESTDIR}${dir}")
    cmake_path(ABSOLUTE_PATH dir NORMALIZE)
    while(NOT EXISTS "${dir}")
        list(APPEND HAUL_MADE "${dir}")
        cmake_path(GET dir PARENT_PATH dir)
    endwhile()
endforeach()
list(REMOVE_DUPLICATES HAUL_MADE)
list(JOIN HAUL_MADE "\n" HAUL_MADE)
file(WRITE "${HAUL_RECORD}" "${HAUL_MADE}\n")
